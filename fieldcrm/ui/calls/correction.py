"""Saying again what came of a call of one's own; the history shows the last word (V8)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from fieldcrm.model.calls import CallOutcome
from fieldcrm.services import calls
from fieldcrm.services.calls import CallRow, Report
from fieldcrm.ui.calls import words
from fieldcrm.ui.calls.form import MORNING, moment
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import DayField, Field, Stepper
from fieldcrm.ui.widgets.frames import holder, row
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField, TextField


class CorrectionDialog(Dialog):
    """Begins with what was kept; whom was called and when stay as they are."""

    def __init__(self, context: Context, call: CallRow) -> None:
        today = context.today()
        began = words.when(call.started_at, today)
        under = tr("Its next step stays as it was kept.")
        super().__init__(tr("Correct the call of {when}", when=began), under, width=560)
        self._context, self._call = context, call
        kept = next((key for key in words.OUTCOMES if key == call.outcome), None)
        self.outcome = Chips([(key, tr(text)) for key, text in words.OUTCOMES.items()], current=kept)
        self.outcome.changed.connect(self._show_again)
        self.note = TextField(height=72, name=tr("Note"))
        self.note.setText(call.note)
        self.minutes = Stepper(Decimal(call.seconds // 60), most=Decimal(240), name=tr("Minutes"))
        again = words.local(call.call_back_at) if call.call_back_at else None
        self.day = DayField(again.date() if again else today, name=tr("Day"))
        self.time = LineField(f"{again:%H:%M}" if again else MORNING)
        self._time = Field(tr("Time"), self.time)
        self._again = holder(row(Field(tr("Day"), self.day), self._time, None, gap=12))
        said = row(Field(tr("Note"), self.note), Field(tr("Minutes"), self.minutes), gap=16)
        said.setStretch(0, 1)
        self.add(self.outcome, self._again, said)
        self.button(tr("Cancel"))
        self.button(tr("Save the correction"), "primary", self.save, stays=True)
        self._show_again()

    def open(self) -> None:
        """Show the form."""
        self.ask(self._context.shell.window(), focus=self.note)

    def _show_again(self) -> None:
        self._again.setVisible(self.outcome.current is CallOutcome.CALL_BACK)

    def save(self) -> None:
        """Keep the correction, or say what is missing."""
        outcome = self.outcome.current
        if not isinstance(outcome, CallOutcome):
            return
        again = moment(self.day.day, self.time.text()) if outcome is CallOutcome.CALL_BACK else None
        if outcome is CallOutcome.CALL_BACK and (again is None or again <= self._context.now()):
            self._time.show_error(tr("Choose a time to come, as in 14:30."))
            self.time.setFocus()
            return
        report, key, me = self._report(outcome, again), self._call.id, self._context.me.id
        self._context.jobs.write(
            self, lambda s: calls.correct(s, key, report, me=me), lambda _key: self._saved(),
            self._context.shell.show_error,
        )  # fmt: skip

    def _report(self, outcome: CallOutcome, again: datetime | None) -> Report:
        minutes, call = int(self.minutes.value), self._call
        return Report(
            outcome,
            contact_id=call.contact_id,
            phone=call.phone,
            seconds=call.seconds if minutes == call.seconds // 60 else minutes * 60,
            note=self.note.text(),
            call_back_at=again,
        )

    def _saved(self) -> None:
        self.leave()
        self._context.shell.toast(tr("The call is corrected"))
