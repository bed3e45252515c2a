"""The office's half of ``scope.py``: who sees and writes what through REST.

Reps and managers see their territories and no more than by sync; finance, customer success
and administrators work for the whole company. What somebody may not see does not exist for
him: the answer is the same as for an id that was never given.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import Connection, Table, select

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.rules.margins import SEE_MARGIN
from fieldcrm.sync.protocol import Op
from server import scope
from server.scope import Principal
from server.tables import device

territory = cast(Table, Territory.__table__)
user = cast(Table, User.__table__)


class Act(StrEnum):
    """What the office does through REST."""

    KEEP_USERS = "keep_users"
    KEEP_TERRITORIES = "keep_territories"
    SEE_DEVICES = "see_devices"
    REPORT_LOST = "report_lost"
    REVOKE_DEVICES = "revoke_devices"
    RESTORE_DEVICES = "restore_devices"
    SEE_METRICS = "see_metrics"
    WRITE_ACCOUNTS = "write_accounts"
    DECIDE_ORDERS = "decide_orders"
    DELIVER_ORDERS = "deliver_orders"
    SEE_ORPHANS = "see_orphans"
    PUBLISH_RULES = "publish_rules"
    BOOK_MONEY = "book_money"
    KEEP_STOCK = "keep_stock"
    BOOK_RETURNS = "book_returns"
    RECALL_SLICES = "recall_slices"
    SEE_COSTS = "see_costs"


_WHOLE_COMPANY = frozenset({Role.ADMIN, Role.FINANCE, Role.CSM})
_MAY: Mapping[Act, frozenset[Role]] = {
    Act.KEEP_USERS: frozenset({Role.ADMIN}),
    Act.KEEP_TERRITORIES: frozenset({Role.ADMIN}),
    Act.SEE_DEVICES: frozenset(Role),
    Act.REPORT_LOST: frozenset(Role),
    Act.REVOKE_DEVICES: frozenset({Role.ADMIN, Role.MANAGER}),
    Act.RESTORE_DEVICES: frozenset({Role.ADMIN}),
    Act.SEE_METRICS: frozenset({Role.ADMIN}),
    Act.WRITE_ACCOUNTS: frozenset({Role.ADMIN, Role.MANAGER, Role.REP, Role.FINANCE}),
    Act.DECIDE_ORDERS: frozenset({Role.ADMIN, Role.MANAGER, Role.FINANCE}),
    Act.DELIVER_ORDERS: _WHOLE_COMPANY,
    Act.SEE_ORPHANS: _WHOLE_COMPANY,
    Act.PUBLISH_RULES: frozenset({Role.ADMIN, Role.FINANCE}),
    Act.BOOK_MONEY: frozenset({Role.FINANCE}),
    Act.KEEP_STOCK: frozenset({Role.ADMIN, Role.FINANCE}),
    Act.BOOK_RETURNS: frozenset({Role.ADMIN, Role.FINANCE, Role.CSM, Role.MANAGER}),
    Act.RECALL_SLICES: frozenset({Role.ADMIN, Role.FINANCE}),
    Act.SEE_COSTS: frozenset(map(Role, SEE_MARGIN)),
}
_FINANCE_FIELDS = frozenset({"credit_limit", "tax_id", "price_group", "status"})


def check(principal: Principal, act: Act) -> None:
    """Raise ``RuleBroken`` (``not_allowed``) unless this role may do ``act`` at all."""
    if principal.role not in _MAY[act]:
        raise RuleBroken("not_allowed", act=str(act))


def seen_territories(connection: Connection, principal: Principal) -> frozenset[UUID] | None:
    """Return the territories whose accounts somebody sees; None is the whole company."""
    if principal.role in _WHOLE_COMPANY:
        return None
    below: dict[UUID | None, list[UUID]] = {}
    for row in connection.execute(select(territory.c.id, territory.c.parent_id)):
        below.setdefault(row.parent_id, []).append(row.id)
    seen: set[UUID] = set()
    left = [principal.territory_id] if principal.territory_id else []
    while left:
        here = left.pop()
        if here not in seen:
            seen.add(here)
            left += below.get(here, ())
    return frozenset(seen)


def seen_people(connection: Connection, principal: Principal) -> frozenset[UUID] | None:
    """Return whose devices somebody sees: his own, a manager's people; None is everybody's."""
    if principal.role is Role.ADMIN:
        return None
    if principal.role is not Role.MANAGER:
        return frozenset({principal.user_id})
    areas = seen_territories(connection, principal) or frozenset()
    people = connection.execute(select(user.c.id).where(user.c.territory_id.in_(areas))).scalars()
    return frozenset(people) | {principal.user_id}


def check_device(connection: Connection, principal: Principal, act: Act, device_id: UUID) -> None:
    """Raise unless somebody of this role may do ``act`` to a device, and sees whose it is."""
    check(principal, act)
    seen = seen_people(connection, principal)
    owner = connection.execute(select(device.c.user_id).where(device.c.id == device_id)).scalar()
    if owner is None or (seen is not None and owner not in seen):
        raise NotFound("device", device_id)


def check_account_fields(principal: Principal, op: Op, fields: set[str]) -> None:
    """Raise ``RuleBroken`` naming the fields of an account that this role may not set."""
    if principal.role is Role.ADMIN:
        return
    if principal.role is Role.FINANCE:
        refused = fields - _FINANCE_FIELDS if op is Op.PATCH else fields
    else:
        refused = {field for field in fields if not scope.may_write(principal, "account", op, field)}
    if refused:
        raise RuleBroken("not_allowed", fields=sorted(refused))


def check_decision(principal: Principal, rep_id: UUID) -> None:
    """Raise ``RuleBroken`` for who may not decide about an order; nobody decides about his own."""
    check(principal, Act.DECIDE_ORDERS)
    if rep_id == principal.user_id:
        raise RuleBroken("not_allowed", act="decide_own_order")
