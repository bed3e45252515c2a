"""The only place that says who sees and who writes what.

A row has exactly one scope, named by its own columns; a user holds a set of scopes, worked
out afresh from the database inside the transaction that reads or writes. A field user
writes only rows whose scope he holds and makes events only in his own name; the office
writes through REST. Events and orders captured while an account was still his, or within
``GRACE_MS`` after it left him, are welcome whenever they arrive; they are marked
``out_of_territory``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from fieldcrm.errors import SignInRequired
from fieldcrm.faults import planted
from fieldcrm.model.base import Kind
from fieldcrm.model.users import Role
from fieldcrm.rules.margins import SEE_MARGIN
from fieldcrm.sync.entities import GLOBAL_SCOPE, Entity
from fieldcrm.sync.protocol import Op
from server import devices
from server.database import run

MAX_SCOPES = 64
MAX_CURRENCIES = 4
COSTS_SINCE = 2
GRACE_MS = 14 * 86_400_000

_FIELD = frozenset({Role.REP, Role.MANAGER})
_MASTER = {Op.CREATE: _FIELD, Op.PATCH: _FIELD, Op.DELETE: _FIELD}
_EVENT = {Op.CREATE: _FIELD}
_BUILDERS = frozenset({Role.MANAGER, Role.ADMIN})
_PLANNING = dict.fromkeys((Op.CREATE, Op.PATCH, Op.DELETE), _BUILDERS)
_OF_AREAS = frozenset({"cadence_rule", "office_day", "planning_default"})
_WRITERS: Mapping[str, Mapping[Op, frozenset[Role]]] = {
    "account": _MASTER, "contact": _MASTER, "account_strategy": _MASTER,
    "visit_plan": _MASTER, "todo": _MASTER,
    "visit": _EVENT, "check_in": _EVENT, "check_out": _EVENT, "step_answer": _EVENT, "photo": _EVENT,
    "visit_review": _EVENT, "order": _MASTER | {Op.ACT: _FIELD}, "conflict": {Op.PATCH: _FIELD},
    "quarantine": {Op.PATCH: _FIELD}, "call_list": _MASTER, "phone_call": _EVENT,
    "sop_template": dict.fromkeys((Op.CREATE, Op.PATCH, Op.DELETE), _BUILDERS),
    "cadence_rule": _PLANNING, "office_day": _PLANNING, "planning_default": _PLANNING,
    "visit_amendment": _EVENT, "store_code": {Op.CREATE: frozenset({Role.MANAGER})},
    "position_refusal": _EVENT, "visit_share": _EVENT, "joint_visit": _MASTER,
    "plan_week": _MASTER, "quote": _EVENT, "quote_act": _EVENT, "order_return": _EVENT,
    "quote_grant": dict.fromkeys((Op.CREATE, Op.DELETE), frozenset({Role.MANAGER})),
}  # fmt: skip
_AUTHOR = {
    "visit": "rep_id", "check_in": "rep_id", "check_out": "rep_id", "step_answer": "rep_id",
    "photo": "rep_id", "order": "rep_id", "visit_review": "reviewer_id", "todo": "created_by",
    "call_list": "rep_id", "phone_call": "rep_id", "visit_amendment": "rep_id", "store_code": "issued_by",
    "position_refusal": "refused_by", "visit_share": "shared_by",
    "quote": "rep_id", "quote_act": "by_id", "quote_grant": "granted_by", "order_return": "rep_id",
}  # fmt: skip
_MANAGERS = frozenset({Role.MANAGER})
_NOBODY: frozenset[Role] = frozenset()
_OF_AN_EDITION = [
    ("sop_template", name)
    for name in (
        "code", "name", "edition", "channels", "store_types", "purpose", "steps", "valid_from", "sunset_on",
    )
]  # fmt: skip
_FIELD_WRITERS: Mapping[tuple[str, str], frozenset[Role]] = {
    ("account", "territory_id"): _MANAGERS, ("account", "owner_id"): _MANAGERS,
    ("account", "price_group"): _MANAGERS, ("account", "credit_limit"): _MANAGERS,
    **dict.fromkeys(_OF_AN_EDITION, _NOBODY), ("sop_template", "valid_to"): _BUILDERS,
}  # fmt: skip
_REVIEWS_OF_ANYONE = frozenset({"comment"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, and from which device."""

    user_id: UUID
    role: Role
    territory_id: UUID | None
    device_id: UUID
    hands_in: bool = False


def confirmed(connection: Connection, principal: Principal, hands_in_ms: int | None = None) -> Principal:
    """Return the principal as the database has him now; a revoked device gets nothing more (I18).

    A request that brings work says when (``hands_in_ms``): a leaver's device may make it, and
    ``hands_in`` then says that it gets answers and no rows.
    """
    user = run(
        connection,
        'SELECT role, territory_id, active, archived_at FROM "user" WHERE id = ?',
        str(principal.user_id),
    ).first()
    if user is None or not user[2] or user[3] is not None:
        raise SignInRequired("signed_out")
    role, territory = Role(user[0]), UUID(user[1]) if user[1] else None
    device = run(
        connection, "SELECT user_id, state, state_at FROM device WHERE id = ?", str(principal.device_id)
    ).first()
    if device is not None and device[0] != str(principal.user_id):
        raise SignInRequired("device_of_another_user")
    hands_in = device is not None and devices.check(device[1], device[2], hands_in_ms)
    return Principal(principal.user_id, role, territory, principal.device_id, hands_in)


def grants(connection: Connection, principal: Principal) -> frozenset[str]:
    """Return the scopes he holds now; nearest territories first when there are more than 64."""
    scopes = [GLOBAL_SCOPE, f"rep:{principal.user_id}"]
    if principal.role in SEE_MARGIN or planted("cost_shown"):
        scopes += _costs(connection)
    scopes += _shared_books(connection, 24 if principal.role is Role.MANAGER else 48)
    if principal.role in _FIELD and principal.territory_id is not None:
        below = _territories_below(connection, principal.territory_id)
        scopes += [f"terr:{territory}" for territory in below]
        if principal.role is Role.MANAGER:
            scopes += [f"rep:{user}" for user in _people_in(connection, below)]
    return frozenset(list(dict.fromkeys(scopes))[:MAX_SCOPES])


def known_to(schema: int, held: frozenset[str]) -> frozenset[str]:
    """Return the scopes that a first sync of a client of ``schema`` can put in order."""
    return held if schema >= COSTS_SINCE else frozenset(each for each in held if not each.startswith("cost:"))


def _costs(connection: Connection) -> list[str]:
    found = run(connection, "SELECT DISTINCT currency FROM cost_price ORDER BY 1 LIMIT ?", MAX_CURRENCIES)
    return [f"cost:{currency}" for (currency,) in found]


def _shared_books(connection: Connection, limit: int) -> list[str]:
    books = run(
        connection,
        "SELECT id FROM price_book WHERE territory_id IS NULL AND archived_at IS NULL "
        "ORDER BY CASE WHEN until_set IS NULL THEN 0 ELSE 1 END, id LIMIT ?",  # those that ended last
        limit,
    )
    return [f"pricebook:{book}" for (book,) in books]


def _territories_below(connection: Connection, root: UUID) -> list[str]:
    rows = run(
        connection,
        "WITH RECURSIVE below (id, depth) AS (SELECT id, 0 FROM territory WHERE id = ? UNION ALL "
        "SELECT t.id, b.depth + 1 FROM territory t JOIN below b ON t.parent_id = b.id WHERE b.depth < 12) "
        "SELECT id, min(depth) AS depth FROM below GROUP BY id ORDER BY 2, 1",
        str(root),
    )
    return [row[0] for row in rows]


def _people_in(connection: Connection, territories: list[str]) -> list[str]:
    rows = run(
        connection,
        'SELECT id FROM "user" WHERE territory_id IN ? AND archived_at IS NULL ORDER BY id',
        territories,
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one user may do right now: scopes held, scopes lost and when, accounts that left and when.

    ``shown`` are the visits whose reports a colleague shared with him.
    """

    principal: Principal
    held: frozenset[str]
    lately: Mapping[str, int]
    left: Mapping[str, int]
    shown: frozenset[str] = frozenset()

    @property
    def me(self) -> str:
        """Return the user's id as stored."""
        return str(self.principal.user_id)

    def welcomes(self, account_id: str, scope: str, captured_at: int) -> bool:
        """Say whether an event or order on an account that is no longer his is still taken."""
        until = max(self.lately.get(scope, 0), self.left.get(account_id, 0))
        return scope in self.held or captured_at <= until + GRACE_MS


def standing(connection: Connection, principal: Principal, accounts: list[str], at_ms: int) -> Standing:
    """Return the user's standing towards these accounts."""
    held = grants(connection, principal)
    lately = _lost(connection, str(principal.user_id), held, at_ms)
    shown = run(connection, "SELECT visit_id FROM shared_report WHERE to_id = ?", str(principal.user_id))
    left = _left(connection, held, lately, accounts, at_ms)
    return Standing(principal, held, lately, left, frozenset(visit_id for (visit_id,) in shown))


def _lost(connection: Connection, user_id: str, held: frozenset[str], at_ms: int) -> dict[str, int]:
    """Return the scopes he lost and when; a loss that is not yet written down is of this moment."""
    past = run(connection, "SELECT scope_id, until_at FROM past_grant WHERE user_id = ?", user_id)
    lost: dict[str, int] = {scope: until for scope, until in past if scope not in held}
    noted = run(connection, "SELECT scope_id FROM held_grant WHERE user_id = ?", user_id)
    return lost | {scope: at_ms for (scope,) in noted if scope not in held}


def _left(
    connection: Connection, held: frozenset[str], lost: Mapping[str, int], accounts: list[str], at_ms: int
) -> dict[str, int]:
    """Return until when each account was in a scope of his."""
    seen = sorted(scope for scope in held | lost.keys() if scope.startswith("terr:"))
    if not accounts or not seen:
        return {}
    left: dict[str, int] = {}
    for account, scope, state, at in run(
        connection, "SELECT row_id, scope_id, state, at FROM sync_row WHERE row_id IN ? AND scope_id IN ?",
        accounts, seen,
    ):  # fmt: skip
        until = min(at_ms if state == "put" else at, lost.get(scope, at_ms))
        left[account] = max(until, left.get(account, 0))
    return left


def has_held(connection: Connection, standing: Standing, row_id: str) -> bool:
    """Say whether a row is or was in a scope of his; of any other he shall not learn that it exists."""
    mine = sorted(standing.held | standing.lately.keys())
    known = run(connection, "SELECT 1 FROM sync_row WHERE row_id = ? AND scope_id IN ? LIMIT 1", row_id, mine)
    return known.first() is not None


def is_author(standing: Standing, entity: Entity, row: Mapping[str, Any]) -> bool:
    """Say whether the user made this row."""
    author = _AUTHOR.get(entity.name)
    return author is not None and row[author] == standing.me


def may_write(principal: Principal, entity: str, op: Op, field: str | None = None) -> bool:
    """Say whether a user of this role may do ``op``, and to this field, on any row at all."""
    writers = _WRITERS.get(entity, {}).get(op, frozenset())
    return principal.role in writers & _FIELD_WRITERS.get((entity, field or ""), writers)


def refusal(
    standing: Standing, entity: Entity, op: Op, before: Mapping[str, Any] | None, after: Mapping[str, Any],
    captured_at: int = 0,
) -> str | None:  # fmt: skip
    """Return why this row may not be written so, or None; rows are as stored."""
    if before is not None and entity.scope_of(before) not in standing.held:
        return "out_of_territory"
    elsewhere = entity.scope_of(after) not in standing.held
    welcome = before is None and (
        _still_his(standing, entity, after, captured_at) or _may_comment(standing, entity, after)
    )
    if elsewhere and not welcome:
        return "out_of_territory"
    author = _AUTHOR.get(entity.name)
    if author and (op is Op.CREATE or entity.name == "order") and after[author] != standing.me:
        return None if _manager_cancels(standing, entity, op, before) else "not_the_author"
    if entity.name == "visit_review" and standing.principal.role is not Role.MANAGER:
        return None if after["decision"] in _REVIEWS_OF_ANYONE else "not_a_manager"
    if entity.name == "plan_week" and standing.principal.role is not Role.MANAGER:
        return _week_refusal(before, after)
    if entity.name == "account" and op is Op.CREATE:
        return _account_refusal(standing, after)
    if entity.name in _OF_AREAS and not all(_plans_for(standing, row) for row in (before, after) if row):
        return "out_of_territory"
    return None


def _week_refusal(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str | None:
    """A rep submits his week and nothing else; deciding is his manager's."""
    decides = after["state"] != "submitted" and (before is None or after["state"] != before["state"])
    return "not_a_manager" if decides else None


def _plans_for(standing: Standing, row: Mapping[str, Any]) -> bool:
    """Say whether he writes the rules of a row's area; those of the company are the administrator's."""
    if standing.principal.role is Role.ADMIN:
        return True
    return row["territory_id"] is not None and f"terr:{row['territory_id']}" in standing.held


def _may_comment(standing: Standing, entity: Entity, after: Mapping[str, Any]) -> bool:
    """Say whether this is a word about a report that was shown to him."""
    is_word = entity.name == "visit_review" and after["decision"] in _REVIEWS_OF_ANYONE
    return is_word and after["visit_id"] in standing.shown


def _still_his(standing: Standing, entity: Entity, after: Mapping[str, Any], captured_at: int) -> bool:
    if "account_id" not in after or entity.scope != (("terr", "territory_id"),) or entity.kind is Kind.MASTER:
        return False
    return standing.welcomes(after["account_id"], entity.scope_of(after), captured_at)


def _manager_cancels(standing: Standing, entity: Entity, op: Op, before: Mapping[str, Any] | None) -> bool:
    return (
        entity.name == "order" and op is Op.ACT and before is not None
        and standing.principal.role is Role.MANAGER
    )  # fmt: skip


def _account_refusal(standing: Standing, after: Mapping[str, Any]) -> str | None:
    if standing.principal.role is Role.MANAGER:
        return None
    if after["owner_id"] not in (None, standing.me):
        return "field_not_yours"
    return "field_not_yours" if after["price_group"] or after["credit_limit"] is not None else None


def writers(entity: str) -> dict[str, Any]:
    """Describe who may write ``entity``, for the published schema; empty means nobody by sync."""
    described: dict[str, Any] = {str(op): sorted(roles) for op, roles in _WRITERS.get(entity, {}).items()}
    fields = {name: sorted(roles) for (owner, name), roles in _FIELD_WRITERS.items() if owner == entity}
    if fields:
        described["fields"] = fields
    if entity in _AUTHOR:
        described["author"] = _AUTHOR[entity]
    return described
