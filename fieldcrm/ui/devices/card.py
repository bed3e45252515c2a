"""One's own laptops, in the settings: this one and the others, and what can be done about those."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.sync import devices
from fieldcrm.sync.devices import Device, Page
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.devices import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, section_title
from fieldcrm.ui.widgets.overlays import confirm


class MyDevices:
    """A card that asks the server when it is first shown and says so when there is none."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.said = Paragraph(tr("Asking the office."), 13, 400, "text2")
        self._list = QVBoxLayout()
        self._list.setSpacing(12)
        self._body = QWidget()
        self._list.addWidget(self._body)
        self.again = Button(tr("Ask again"), icon="sync", height=36, on_click=self.load)
        self.card: QFrame = card(
            section_title(tr("My laptops")), self.said, self._list, row(self.again, None), gap=12
        )
        self.again.hide()

    def load(self) -> None:
        """Ask the server."""
        laptop = self._context.laptop
        if laptop is None:
            self._failed(Offline("unreachable"))
            return
        self._context.jobs.task(
            self.card, lambda _stop, _progress: devices.listed(laptop.remote, mine=True),
            self.show_devices, self._failed,
        )  # fmt: skip

    def show_devices(self, page: Page) -> None:
        """List them, this laptop first."""
        here = self._context.laptop.remote.device if self._context.laptop else ""
        living = sorted(page.items, key=lambda each: (each.id != here, -(each.seen_at or 0)))
        self.said.show_text(tr("As the office knows them."))
        self.again.hide()
        self._put(holder(column(*(self._line(each, each.id == here) for each in living), gap=12)))

    def _failed(self, error: FieldCrmError) -> None:
        if isinstance(error, Offline):
            self.said.show_text(tr("No connection. Your laptops are listed when the office can be reached."))
        else:
            self.said.show_text(errors.worded(error).whole)
        self.again.show()
        self._put(QWidget())

    def _put(self, body: QWidget) -> None:
        self._list.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        body.show()

    def _line(self, device: Device, is_here: bool) -> QWidget:
        word, icon, tone = words.state(device)
        name = device.name or tr("A laptop without a name")
        title = tr("{name} (this laptop)", name=name) if is_here else name
        facts = caption(tr(" · ").join((word, words.about(device, self._context.now()))), "text2")
        line = row(Sign(icon, 20, tone), gap=12)
        line.addLayout(column(Label(title, 14, SEMIBOLD), facts, gap=2), 1)
        if not is_here and device.state == words.ACTIVE:
            line.addWidget(Button(tr("Sign out"), height=36, on_click=partial(self._ask, "sign-out", device)))
            line.addWidget(
                Button(tr("Report lost"), "danger", height=36, on_click=partial(self._ask, "lost", device))
            )
        return holder(line)

    def _ask(self, what: str, device: Device) -> None:
        asked = words.question(what, device)
        confirm(
            self._context.shell.window(), asked.title, asked.text, asked.verb,
            lambda: self._do(what, device), keep=tr("Stay"), destroys=asked.destroys,
        )  # fmt: skip

    def _do(self, what: str, device: Device) -> None:
        laptop = self._context.laptop
        if laptop is not None:
            self._context.jobs.task(
                self.card, lambda _stop, _progress: devices.do(laptop.remote, device.id, what),
                lambda _done: self.load(), self._context.shell.show_error,
            )  # fmt: skip
