"""The foot of the workspace: back, what is saved, what is missing, and the one primary button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Footer
from fieldcrm.ui.widgets.labels import Label, Sign, secondary


class StepFooter(Footer):
    """What one does next in a visit."""

    def __init__(self, back: Callable[[], object], go_on: Callable[[], object]) -> None:
        self._back = Button(tr("Previous"), icon="arrow-left", height=FIELD_ACTION, on_click=back)
        self._sign, self._saved = Sign("content-save-check-outline", 18, "local"), secondary("")
        self._missing = Label("", 13, SEMIBOLD, "warn")
        self.primary = Button("", "primary", height=FIELD_ACTION, on_click=go_on, wide=208)
        super().__init__(self._back, None, self._sign, self._saved, self._missing, self.primary)

    def show_controls(self, *, back: bool, primary: str, saved: bool) -> None:
        """Show what the buttons do; ``saved`` says whether saving is of interest now."""
        self._back.setVisible(back)
        self.primary.setText(primary)
        self._saved.setVisible(saved)
        self._sign.setVisible(saved and bool(self._saved.text()))
        if not saved:
            self._missing.show_text("")

    def show_missing(self, words: str) -> None:
        """Say beside the button what is missing."""
        self._missing.show_text(words, "warn")

    def say_saved(self, at: datetime) -> None:
        """Say when the latest change was saved."""
        self._saved.show_text(tr("Saved here {time}", time=formats.clock(at)))
        self._sign.setVisible(self._saved.isVisibleTo(self))
