"""A decision with a word: why it is refused, or what to mind where it is approved."""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.rules.quotes import Act
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField


class DecisionDialog(Dialog):
    """Asks for a note; a refusal needs one."""

    def __init__(self, context: Context, act: Act, then: Callable[[str], object]) -> None:
        refuses = act is Act.REFUSED
        super().__init__(tr("Refuse the quote?") if refuses else tr("Approve the quote?"))
        self._context, self._then, self._needed = context, then, refuses
        hint = tr("What has to change") if refuses else tr("What the rep should mind")
        self.note = LineField("", hint)
        self._field = Field(tr("Reason") if refuses else tr("Note"), self.note, required=refuses)
        self.add(self._field)
        self.button(tr("Cancel"))
        self.button(tr("Refuse") if refuses else tr("Approve"), "primary", self.decide, stays=True)
        self.note.returnPressed.connect(self.decide)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window(), self.note)

    def decide(self) -> None:
        """Hand the note over, if there has to be one."""
        note = self.note.text().strip()
        if self._needed and not note:
            self._field.show_error(tr("Say what has to change."))
            self.adjustSize()
            return
        self.leave()
        self._then(note)
