"""The week's standing under the board: the rep submits, the manager approves or returns (V2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.plans import WeekState
from fieldcrm.services import plan_weeks
from fieldcrm.services.plan_weeks import Week
from fieldcrm.services.team import Member
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.paint import SIGN, Status
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import Sign, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField

_STATES: dict[WeekState | None, tuple[str, Status]] = {
    None: (mark("Week not submitted"), Status.OPEN),
    WeekState.SUBMITTED: (mark("Week submitted"), Status.QUEUED),
    WeekState.APPROVED: (mark("Week approved"), Status.DONE),
    WeekState.RETURNED: (mark("Week returned"), Status.RETURNED),
}


class WeekCard(QWidget):
    """One line: how the week stands, and what can be done about it."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rep: Member | None = None
        self._monday = date.min
        self._sign, self._words = Sign("circle-outline", 20, "neutral"), secondary("")
        self.submit = Button(tr("Submit the week"), icon="send-outline", on_click=self._submit)
        self.approve = Button(tr("Approve the week"), icon="check", on_click=lambda: self._decide(""))
        self.give_back = Button(tr("Return…"), "ghost", "undo-variant", on_click=self._ask_return)
        self.setLayout(row(self._sign, self._words, None, self.give_back, self.approve, self.submit, gap=8))

    def show_week(self, week: Week, rep: Member, monday: date, *, mine: bool) -> None:
        """Show how a week stands; ``mine`` is one's own."""
        self._rep, self._monday = rep, monday
        said, status = _STATES[week.state]
        self._sign.show_sign(*SIGN[status])
        self._words.show_text(" · ".join(filter(None, (tr(said), *self._more(week)))))
        self.submit.setVisible(mine and bool(week.visits) and _submittable(week))
        self.submit.setText(tr("Submit again") if week.state is not None and mine else tr("Submit the week"))
        waits = not mine and week.state is WeekState.SUBMITTED
        self.approve.setVisible(waits)
        self.give_back.setVisible(waits)

    def _more(self, week: Week) -> list[str]:
        told = []
        if week.at is not None:
            told.append(formats.moment(week.at, self._context.now()))
        if week.note:
            told.append(week.note)
        if week.state is not None and week.since > 0:
            told.append(ntr("{n} visit added since", "{n} visits added since", week.since))
        elif week.state is not None and week.since < 0:
            told.append(ntr("{n} visit fewer since", "{n} visits fewer since", -week.since))
        return told

    def _submit(self) -> None:
        if (rep := self._rep) is not None:
            monday, at = self._monday, self._context.now()
            self._do(lambda s: plan_weeks.submit(s, rep.id, monday, at), tr("Your manager sees the week"))

    def _decide(self, note: str) -> None:
        if (rep := self._rep) is None:
            return
        monday, me, at, approved = self._monday, self._context.me.id, self._context.now(), not note

        def act(session: Session) -> None:
            plan_weeks.decide(session, rep.id, monday, approved=approved, me=me, at=at, note=note)

        said = tr("Week of {person} approved") if approved else tr("Week of {person} returned")
        self._do(act, said.format(person=rep.name))

    def _do(self, act: Callable[[Session], None], said: str) -> None:
        shell = self._context.shell
        self._context.jobs.write(self, act, lambda _done: shell.toast(said), failed=shell.show_error)

    def _ask_return(self) -> None:
        dialog = Dialog(tr("Return the week?"), tr("The rep reads your words and submits again."))
        field = LineField("", tr("What should change"))
        labelled = Field(tr("What should change"), field)
        dialog.add(labelled)
        dialog.button(tr("Cancel"))

        def answer() -> None:
            if not field.text().strip():
                labelled.show_error(tr("Say what should change."))
                return
            dialog.leave()
            self._decide(field.text().strip())

        dialog.button(tr("Return the week"), "primary", answer, stays=True)
        dialog.ask(self, focus=field)


def _submittable(week: Week) -> bool:
    return week.state in (None, WeekState.RETURNED) or week.since != 0
