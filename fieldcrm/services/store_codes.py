"""Store codes: issuing a sheet, checking what was shown, and what check-ins prove by it (V6)."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.evidence import StoreCode
from fieldcrm.model.visits import CheckIn
from fieldcrm.rules import store_codes
from fieldcrm.rules.findings import Code, Finding, Weight
from fieldcrm.rules.store_codes import Edition, Standing, spelled

__all__ = [
    "Edition",
    "Sheet",
    "Shown",
    "Standing",
    "editions",
    "findings",
    "issue",
    "shown",
    "spelled",
    "standings",
]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed; the code is nowhere else."""

    account: str
    address: str
    edition: int
    code: str
    text: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that was shown at a store, checked."""

    code: str
    edition: int


def issue(session: Session, account_id: UUID, *, me: UUID, at: datetime) -> Sheet:
    """Begin a store's next edition; the sheet must be printed now, its code is not kept."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    edition = max((each.number for each in editions(session, account_id)), default=0) + 1
    code = store_codes.new_code(secrets.choice)
    row = StoreCode(
        id=new_id(),
        account_id=account_id,
        territory_id=account.territory_id,
        issued_by=me,
        at=at,
        edition=edition,
        public_key=store_codes.public_key(code, account_id, edition),
    )
    session.add(row)
    text = store_codes.printed(account_id, edition, code)
    return Sheet(account.name, account.address, edition, code, text, at)


def editions(session: Session, account_id: UUID) -> list[Edition]:
    """Return a store's sheets, oldest first."""
    return _editions(session, [account_id])[account_id]


def shown(text: str, account_id: UUID, known: Sequence[Edition], at: datetime) -> Shown:
    """Return what a typed or scanned code shows; ``Invalid`` says why it shows nothing. It takes a moment."""
    code = store_codes.scanned(text, account_id) if ":" in text else store_codes.typed(text)
    if not code:
        raise Invalid("not_this_stores_code", field="store_code")
    for edition in sorted(known, key=lambda each: -each.number):
        if store_codes.public_key(code, account_id, edition.number) == edition.public_key:
            if not store_codes.standing(edition.number, known, at).counts:
                raise Invalid("store_code_old", field="store_code")
            return Shown(code, edition.number)
    raise Invalid("not_this_stores_code", field="store_code")


def standings(session: Session, check_ins: Iterable[CheckIn]) -> dict[UUID, Standing]:
    """Return by check-in what its code shows; those without a code are not in it."""
    coded = [row for row in check_ins if row.code_edition is not None]
    known = _editions(session, {row.account_id for row in coded})
    return {row.id: _standing(row, known[row.account_id]) for row in coded}


def findings(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, tuple[Finding, ...]]:
    """Return the visits whose store code does not show what it claims."""
    rows = session.scalars(
        select(CheckIn).where(CheckIn.visit_id.in_(visit_ids), CheckIn.code_edition.is_not(None))
    ).all()
    found: dict[UUID, tuple[Finding, ...]] = {}
    for row_id, standing in standings(session, rows).items():
        if not standing.counts:
            row = next(each for each in rows if each.id == row_id)
            weight = Weight.NOTICE if standing is Standing.OLD else Weight.STRONG
            found[row.visit_id] = (Finding(Code.STORE_CODE, weight, {"edition": row.code_edition}),)
    return found


def _standing(row: CheckIn, known: Sequence[Edition]) -> Standing:
    edition = next((each for each in known if each.number == row.code_edition), None)
    if edition is None or row.code_signature is None:
        return Standing.UNKNOWN
    if not store_codes.holds(row.code_signature, edition, row.account_id, row.visit_id, row.at):
        return Standing.UNKNOWN
    return store_codes.standing(edition.number, known, row.at)


def _editions(session: Session, account_ids: Collection[UUID]) -> defaultdict[UUID, list[Edition]]:
    found: defaultdict[UUID, list[Edition]] = defaultdict(list)
    rows = session.scalars(
        select(StoreCode).where(StoreCode.account_id.in_(account_ids), StoreCode.archived_at.is_(None))
    )
    for row in sorted(rows, key=lambda row: row.edition):
        found[row.account_id].append(Edition(row.edition, row.at, row.public_key))
    return found
