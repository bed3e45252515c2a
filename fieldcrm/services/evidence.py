"""Visits as evidence: what they and those around them say, for the rules that compare (V6).

A visit is compared with the same person's visits of the days around it, whoever looks at it;
what this laptop does not hold is not compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.evidence import VisitFinding
from fieldcrm.model.visits import CheckIn, CheckOut, StepAnswer, Visit
from fieldcrm.rules import findings as rules
from fieldcrm.rules import positions
from fieldcrm.rules.findings import Finding, Seen
from fieldcrm.services import linked, photo_facts, reused_photos, store_codes
from fieldcrm.services.linked import Attested

AROUND = timedelta(days=7)


def findings(
    session: Session,
    visits: Sequence[Visit],
    alike: Mapping[UUID, UUID] | None = None,
    attested: Attested | None = None,
) -> dict[UUID, tuple[Finding, ...]]:
    """Return what does not fit in these visits, compared with those around them.

    ``alike`` names photos whose bytes were found to show an earlier one, ``attested`` tells which
    links of their chains the server signed.
    """
    if not visits:
        return {}
    first = min(visit.started_at for visit in visits) - AROUND
    last = max(visit.started_at for visit in visits) + AROUND
    around = seen(session, {visit.rep_id for visit in visits}, first, last)
    wanted = {visit.id for visit in visits}
    parts = (
        linked.findings(session, wanted, attested),
        reused_photos.findings(session, wanted, alike),
        photo_facts.findings(session, wanted),
        store_codes.findings(session, wanted),
        rules.findings(around),
    )
    every = {key: tuple(each for part in parts for each in part.get(key, ())) for key in wanted}
    return {key: found for key, found in every.items() if found}


def with_the_servers(
    session: Session, visits: Sequence[Visit], others: Collection[UUID] = ()
) -> dict[UUID, tuple[Finding, ...]]:
    """Return what this laptop finds and what the server found, which has seen the whole team's work.

    Of ``others`` only what the server found is returned: this laptop does not look at them again.
    """
    mine = findings(session, visits)
    asked = VisitFinding.visit_id.in_([*(visit.id for visit in visits), *others])
    rows = session.scalars(select(VisitFinding).where(asked))
    for row in rows:
        told = rules.heard(row.found)
        codes = {each.code for each in told}
        mine[row.visit_id] = (*told, *(e for e in mine.get(row.visit_id, ()) if e.code not in codes))
    return {key: found for key, found in mine.items() if found}


def seen(session: Session, rep_ids: Collection[UUID], first: datetime, last: datetime) -> list[Seen]:
    """Return the visits that began between two moments, as evidence."""
    among = Visit.rep_id.in_(rep_ids), Visit.started_at.between(first, last), Visit.archived_at.is_(None)
    rows = session.execute(
        select(Visit, CheckIn, CheckOut, Account)
        .outerjoin(CheckIn, CheckIn.visit_id == Visit.id)
        .outerjoin(CheckOut, CheckOut.visit_id == Visit.id)
        .outerjoin(Account, Account.id == Visit.account_id)
        .where(*among)
    )
    answers = _answers(session, select(Visit.id).where(*among))
    return list({row[0].id: _seen(*row, answers[row[0].id]) for row in rows}.values())


def _answers(session: Session, visit_ids: Select[Any]) -> defaultdict[UUID, dict[str, Any]]:
    rows = session.execute(
        select(StepAnswer.visit_id, StepAnswer.step_key, StepAnswer.answers)
        .where(StepAnswer.visit_id.in_(visit_ids))
        .order_by(StepAnswer.answered_at, StepAnswer.id)
    )
    found: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for visit_id, step_key, answers in rows:
        found[visit_id][step_key] = answers
    return found


def _seen(
    visit: Visit, arrived: CheckIn | None, left: CheckOut | None, account: Account | None, answers: Any
) -> Seen:
    here = store = None
    if arrived is not None:
        here = positions.stored(arrived.latitude_e7, arrived.longitude_e7, arrived.datum)
    if account is not None:
        store = positions.stored(account.latitude_e7, account.longitude_e7, account.datum)
    return Seen(
        visit.id,
        visit.rep_id,
        visit.account_id,
        "" if account is None else account.name,
        visit.started_at,
        None if left is None else left.at,
        here,
        "none" if arrived is None else str(arrived.source),
        0 if arrived is None else arrived.accuracy_m or 0,
        store,
        visit.sop_template_id,
        answers,
    )
