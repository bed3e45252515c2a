"""Grants and phone codes as they arrive (Q3): what a laptop took for a yes is looked at once more.

A grant is signed when it comes in. An approval that its author wrote down counts only if the
grant covered it and was not used up, or if the code is the approver's own for exactly this
round, on a place that was not used before. What does not verify is refused and harms nothing
else: the round goes on waiting, and its author is told why.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.clock import business_day, from_ms
from fieldcrm.errors import Rejected, RuleBroken
from fieldcrm.faults import planted
from fieldcrm.model.base import SCALE
from fieldcrm.model.users import Role
from fieldcrm.rules import quote_codes, quote_grants, quotes
from fieldcrm.rules.quote_codes import Said
from fieldcrm.rules.quote_grants import Grant, Use, Used
from fieldcrm.rules.quotes import Act, Round, State
from fieldcrm.sync.entities import registry
from server import approver_keys, keys, scope
from server.batch import Batch, Held
from server.database import run
from server.rows import Stored
from server.scope import Principal

_DAY = timedelta(days=1)
_GUESSES = "SELECT count(*) FROM quarantine WHERE rep_id = ? AND code = 'quote_code_wrong' AND at > ?"


def sign(batch: Batch, held: Held) -> None:
    """Check a new grant and sign it."""
    row = held.row
    if row["granted_by"] != batch.standing.me:
        raise Rejected("not_the_author")
    grant = _grant(row)
    quote_grants.check(grant, business_day(from_ms(batch.at_ms)))
    held.put("signature", keys.sign(batch.connection, quote_grants.statement(grant)))


def is_delegated(row: Stored) -> bool:
    """Say whether an act claims the word of somebody who did not write it down himself."""
    return any(row[name] is not None for name in ("approver_id", "grant_id", "code"))


def check(batch: Batch, row: Stored, quote: Stored, of: Round, now: State) -> None:
    """Raise unless somebody agreed to this beforehand or over the phone."""
    approver, me = row["approver_id"], batch.standing.principal.user_id
    if row["act"] != Act.APPROVED or approver is None or (row["grant_id"] is None) == (row["code"] is None):
        raise RuleBroken("quote_consent_unclear")
    who = _standing(batch, UUID(approver))
    if who is None or f"terr:{quote['territory_id']}" not in scope.grants(batch.connection, who):
        raise RuleBroken("quote_not_yours_to_decide", approver=quote["approver"] or "")
    top = run(batch.connection, "SELECT parent_id FROM territory WHERE id = ?", str(who.territory_id)).first()
    is_top = top is not None and top[0] is None
    quotes.check_consent(of, now, me, who.user_id, str(who.role), is_top=is_top)
    if row["grant_id"] is not None:
        _check_grant(batch, row, quote)
    else:
        _check_code(batch, row, quote, who.user_id)


def _standing(batch: Batch, approver: UUID) -> Principal | None:
    row = run(
        batch.connection, 'SELECT role, territory_id, active, archived_at FROM "user" WHERE id = ?',
        str(approver),
    ).first()  # fmt: skip
    if row is None or not row[2] or row[3] is not None or row[1] is None:
        return None
    return replace(batch.standing.principal, user_id=approver, role=Role(row[0]), territory_id=UUID(row[1]))


def _check_grant(batch: Batch, row: Stored, quote: Stored) -> None:
    """The grant's row is held until the push ends, so two laptops cannot both use what is left."""
    if batch.held("quote_grant", row["grant_id"]) is None:
        batch.add_rows(registry()["quote_grant"], [row["grant_id"]], "FOR UPDATE")
    held = batch.held("quote_grant", row["grant_id"])
    if held is None or held.row["rep_id"] != batch.standing.me:
        raise RuleBroken("grant_of_another")
    if held.row["archived_at"] is not None:
        raise RuleBroken("grant_over")
    grant, today = _grant(held.row), business_day(from_ms(batch.at_ms))
    if held.row["granted_by"] != row["approver_id"] or today > grant.valid_until + quote_grants.GRACE:
        raise RuleBroken("grant_over")
    used = run(
        batch.connection,
        "SELECT count(*), coalesce(sum(q.total_amount), 0) FROM quote_act a "
        "JOIN quote q ON q.id = a.quote_id WHERE a.grant_id = ? AND a.act = 'approved'",
        row["grant_id"],
    ).one()
    use = Use(
        UUID(quote["rep_id"]), UUID(quote["account_id"]), _decimal(quote["discount_percent"]),
        _decimal(quote["total_amount"]), business_day(from_ms(row["at"])),
    )  # fmt: skip
    quote_grants.check_use(grant, use, Used(used[0], _decimal(int(used[1]))))


def _check_code(batch: Batch, row: Stored, quote: Stored, approver: UUID) -> None:
    if batch.wrong_codes + _guesses(batch) >= quote_codes.MAX_WRONG:
        raise RuleBroken("quote_codes_stopped")
    place, on = row["code_place"], row["code_on"]
    if place is None or on is None:
        raise RuleBroken("quote_consent_unclear")
    sheet = _sheet(batch, approver, place)
    number = approver_keys.number(batch.connection, approver)
    if sheet is None or sheet["key_number"] != number or not _in_time(batch, row, sheet):
        raise RuleBroken("quote_code_over")
    used = run(
        batch.connection,
        "SELECT 1 FROM quote_act WHERE by_id = ? AND approver_id = ? AND code_place = ?",
        batch.standing.me, str(approver), place,
    ).first()  # fmt: skip
    if used is not None and not planted("code_used_twice"):
        raise RuleBroken("quote_code_used")
    said = Said(
        UUID(quote["rep_id"]), place, quote_codes.digest(quote["content"]), UUID(quote["account_id"]),
        _decimal(quote["total_amount"]), _decimal(quote["discount_percent"]), date.fromisoformat(on),
    )  # fmt: skip
    if not quote_codes.is_genuine(
        row["code"], said, approver_keys.secret(batch.connection, approver, number)
    ):
        batch.wrong_codes += 1
        raise RuleBroken("quote_code_wrong")


def _guesses(batch: Batch) -> int:
    since = batch.at_ms - int(timedelta(days=365).total_seconds() * 1000)
    return int(run(batch.connection, _GUESSES, batch.standing.me, since).scalar_one())


def _sheet(batch: Batch, approver: UUID, place: int) -> Stored | None:
    """Return the sheet of this rep that the place is on, held until the push ends."""
    found = run(
        batch.connection,
        "SELECT id FROM quote_codes WHERE rep_id = ? AND approver_id = ? AND first_place <= ? "
        "ORDER BY first_place DESC LIMIT 1",
        batch.standing.me, str(approver), place,
    ).first()  # fmt: skip
    if found is None:
        return None
    batch.add_rows(registry()["quote_codes"], [found[0]], "FOR UPDATE")
    held = batch.held("quote_codes", found[0])
    on_it = held is not None and place < held.row["first_place"] + len(json.loads(held.row["checks"]))
    return held.row if held is not None and on_it else None


def _in_time(batch: Batch, row: Stored, sheet: Stored) -> bool:
    """Say whether a code was taken on its day or the next, while its sheet held, and not too long ago."""
    given, taken = date.fromisoformat(row["code_on"]), business_day(from_ms(row["at"]))
    late = batch.at_ms > sheet["expires_at"] + int(quote_codes.GRACE.total_seconds() * 1000)
    return given <= taken <= given + _DAY and row["at"] <= sheet["expires_at"] and not late


def _grant(row: Stored) -> Grant:
    return Grant(
        UUID(row["id"]), UUID(row["rep_id"]), UUID(row["granted_by"]),
        UUID(row["account_id"]) if row["account_id"] else None, _decimal(row["up_to_percent"]),
        None if row["up_to_amount"] is None else _decimal(row["up_to_amount"]),
        date.fromisoformat(row["valid_until"]), row["max_count"],
        None if row["max_sum"] is None else _decimal(row["max_sum"]),
    )  # fmt: skip


def _decimal(stored: Any) -> Decimal:
    return Decimal(stored or 0) / SCALE
