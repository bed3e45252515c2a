"""Every shared table, once. Importing this package registers them all on ``Base.metadata``."""

from fieldcrm.model import accounts, calls, conflicts, orders, plans, prices, products, users, visits
from fieldcrm.model.base import Base

__all__ = [
    "Base",
    "accounts",
    "calls",
    "conflicts",
    "orders",
    "plans",
    "prices",
    "products",
    "users",
    "visits",
]
