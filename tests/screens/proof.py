"""A manager's screens of evidence: positions to check, a new code sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.shares import SharedReport, VisitShare
from fieldcrm.model.users import User
from fieldcrm.model.visits import CheckOut, PositionSource, Visit
from fieldcrm.rules.positions import Position
from fieldcrm.services import sharing
from fieldcrm.ui.accounts.code_sheet import CodeSheetDialog
from fieldcrm.ui.reviews.sharing import ShareDialog
from tests.builders import make_check_in, make_visit
from tests.screens.stage import Stage, at


def walk(stage: Stage) -> None:
    """Look at a store that is drawn in the wrong place, and issue a sheet."""
    with stage.office():
        store, name = stage.write(_misplaced)
    page: Any = stage.open("positions", account_id=store)
    page.table.setFocus()
    stage.take("92-positions")
    dialog = CodeSheetDialog(stage.context, store, name)
    dialog.open()
    stage.take("93-code-sheet")
    dialog.leave()
    with stage.office():
        visit = stage.write(lambda s: _shared(s, stage.context.me.id))
    stage.open("shared").setFocus()
    stage.take("94-shared-with-me", data=("无", "买赠", "堆头特价", "第二件半价"))
    people = stage.read(lambda s: sharing.colleagues(s, stage.context.me.id))
    question = ShareDialog(stage.context, visit, name, people)
    question.ask(stage.window)
    stage.take("95-share", data=("无", "买赠", "堆头特价", "第二件半价"))
    question.leave()


def _shared(session: Session, me: UUID) -> UUID:
    out = session.scalars(select(CheckOut).order_by(CheckOut.at.desc())).first()
    visit = None if out is None else session.get(Visit, out.visit_id)
    assert visit is not None
    facts = {"visit_id": visit.id, "rep_id": visit.rep_id, "to_id": me}
    share = VisitShare(id=new_id(), shared_by=visit.rep_id, text="看看这个堆头。", at=at(9), **facts)
    report = sharing.told(session, share)
    session.add(SharedReport(id=new_id(), started_at=visit.started_at, report=report, **facts))
    return visit.id


def _misplaced(session: Session) -> tuple[UUID, str]:
    store = session.scalars(select(Account).where(Account.latitude_e7.is_not(None))).first()
    rep = session.scalars(select(User).where(User.role == "rep")).first()
    assert store is not None
    assert rep is not None
    here = Position(store.latitude_e7 or 0, store.longitude_e7 or 0, str(store.datum)).to("wgs84")
    for n in range(16):
        when = at(9) - timedelta(days=n)
        visit = make_visit(rep, store, started_at=when)
        fix = {"source": PositionSource.DEVICE, "accuracy_m": 12, "fix_age_s": 2, "at": when}
        place = {"latitude_e7": here.latitude_e7 + 20_000 + n * 90, "longitude_e7": here.longitude_e7}
        session.add_all([visit, make_check_in(visit, **fix, **place)])
    return store.id, store.name
