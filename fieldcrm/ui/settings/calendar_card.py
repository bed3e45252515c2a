"""The plan in another calendar program: an address that is made, copied once, and ended here."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QLineEdit

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.sync import calendars
from fieldcrm.sync.calendars import Feed
from fieldcrm.ui import errors, formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import card, row
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.overlays import confirm


class CalendarCard:
    """What the server says of one's address, and what can be done about it; needs a connection."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.said = Paragraph("", 13, 400, "text2")
        self.address = QLineEdit()
        self.address.setReadOnly(True)
        self.address.setAccessibleName(tr("Address of your calendar"))
        self.make = Button(tr("Make an address"), icon="calendar-plus", on_click=self._ask_make)
        self.copy = Button(tr("Copy"), icon="content-copy", on_click=self._copy)
        self.end = Button(tr("End the address"), "danger", on_click=self._ask_end)
        self.card: QFrame = card(
            section_title(tr("Your plan in another calendar")), self.said, row(self.address, self.copy),
            row(self.make, self.end, None), gap=12,
        )  # fmt: skip
        self._hide_address()
        self._show(Feed())

    def load(self) -> None:
        """Ask the server whether there is an address."""
        laptop = self._context.laptop
        if laptop is None:
            self._failed(Offline("unreachable"))
            return
        self._context.jobs.task(
            self.card, lambda _stop, _told: calendars.state(laptop.remote), self._show, self._failed
        )

    def _show(self, feed: Feed) -> None:
        has = feed.made_at is not None
        self.make.setText(tr("Make a new address") if has else tr("Make an address"))
        self.make.setEnabled(True)
        self.end.setVisible(has)
        if feed.made_at is None:
            self.said.show_text(tr("Phones and calendar programs can subscribe to your planned visits."))
            return
        now = self._context.now()
        made = formats.moment(_moment(feed.made_at), now)
        read = formats.moment(_moment(feed.read_at), now) if feed.read_at is not None else tr("not yet")
        self.said.show_text(
            tr("Made {made}, last read {read}. Who has it sees your plan.", made=made, read=read)
        )

    def _failed(self, error: FieldCrmError) -> None:
        self.make.setEnabled(not isinstance(error, Offline))
        self.end.setVisible(False)
        offline = tr("No connection. The address is made when the office can be reached.")
        self.said.show_text(offline if isinstance(error, Offline) else errors.worded(error).whole)

    def _hide_address(self) -> None:
        self.address.hide()
        self.copy.hide()

    def _ask_make(self) -> None:
        if not self.end.isVisibleTo(self.card):
            self._make()
            return
        confirm(
            self._context.shell.window(), tr("Make a new address?"),
            tr("The address you use now ends at once."), tr("Make a new address"), self._make,
            keep=tr("Stay"),
        )  # fmt: skip

    def _make(self) -> None:
        laptop = self._context.laptop
        if laptop is not None:
            self._context.jobs.task(
                self.card, lambda _stop, _told: calendars.make(laptop.remote), self._on_made, self._failed
            )

    def _on_made(self, made: tuple[Feed, str]) -> None:
        feed, address = made
        self._show(feed)
        self.address.setText(address)
        self.address.show()
        self.copy.show()
        self.address.selectAll()
        self.said.show_text(tr("Copy it now: it is shown only this once. Who has it sees your plan."))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.address.text())
        self._context.shell.toast(tr("Address copied"))

    def _ask_end(self) -> None:
        confirm(
            self._context.shell.window(), tr("End the address?"),
            tr("Calendars that use it hear nothing more of your plan."), tr("End the address"), self._end,
            keep=tr("Stay"), destroys=True,
        )  # fmt: skip

    def _end(self) -> None:
        laptop = self._context.laptop
        if laptop is not None:
            self._context.jobs.task(
                self.card, lambda _stop, _told: calendars.revoke(laptop.remote), self._on_ended, self._failed
            )

    def _on_ended(self, _done: None) -> None:
        self._hide_address()
        self._show(Feed())


def _moment(ms: int) -> datetime:
    return clock.from_ms(ms)
