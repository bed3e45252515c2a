"""Every shared table, once. Importing this package registers them all on ``Base.metadata``."""

from fieldcrm.model import (
    accounts,
    boms,
    cadence,
    calls,
    conflicts,
    evidence,
    orders,
    plans,
    prices,
    products,
    promotions,
    rebates,
    rule_sets,
    selling,
    shares,
    users,
    visits,
)
from fieldcrm.model.base import Base

__all__ = [
    "Base",
    "accounts",
    "boms",
    "cadence",
    "calls",
    "conflicts",
    "evidence",
    "orders",
    "plans",
    "prices",
    "products",
    "promotions",
    "rebates",
    "rule_sets",
    "selling",
    "shares",
    "users",
    "visits",
]
