"""A manager's screens of evidence: positions to check, a new code sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.model.users import User
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules.positions import Position
from fieldcrm.ui.accounts.code_sheet import CodeSheetDialog
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
