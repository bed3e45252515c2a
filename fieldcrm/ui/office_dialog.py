"""A question whose answer the office must take: it stays open, with what was typed, until it has.

Sent once more after a lost answer it goes out under the same id, so nothing is booked twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.sync.remote import Remote
from fieldcrm.ui import errors
from fieldcrm.ui.i18n import prose
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog, Overlay

Answer = TypeVar("Answer")


class OfficeDialog(Dialog):
    """A form with one button that sends it; what the office refuses is said above the buttons."""

    def __init__(self, title: str, text: str = "", *, width: int = 520) -> None:
        super().__init__(title, text, width=width)
        self.refusal = Paragraph("", 13, tone="bad")
        self.refusal.hide()

    def sends(self, verb: str, press: Callable[[], object], first: QWidget) -> Button:
        """Add the button that sends; ``first`` is where typing begins."""
        self._begins = first
        self.add(self.refusal)
        self.save = self.button(verb, "primary", press, stays=True)
        return self.save

    def open(self, page: Page) -> Overlay:
        """Show the question."""
        return self.ask(page.context.shell.window(), focus=self._begins)

    def send(
        self, page: Page, act: Callable[[Remote], Answer], done: Callable[[Answer], object]
    ) -> None:  # fmt: skip
        """Let the office do it, and leave once it has."""
        laptop = page.context.laptop
        self.refusal.hide()
        if laptop is None:
            self.refuse(Offline("unreachable"))
            return
        remote = laptop.remote
        self.save.set_running(True)

        def did(answer: Answer) -> None:
            if isValid(self):
                self.leave()
            done(answer)

        def refused(error: FieldCrmError) -> None:
            if isValid(self):
                self.refuse(error)
            else:
                page.context.shell.show_error(error)

        page.jobs.task(page, lambda _stop, _told: act(remote), did, refused)

    def refuse(self, error: FieldCrmError) -> None:
        """Say why it was not done; everything typed is still there."""
        said = errors.worded(error)
        self.save.set_running(False)
        self.refusal.show_text(prose(said.title, said.text), "bad")
        self.refusal.show()
        self.save.setFocus()
