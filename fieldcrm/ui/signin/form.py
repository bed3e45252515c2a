"""The sign-in form: server, account, password; who has worked here can go on offline."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit

from fieldcrm.ui import theme
from fieldcrm.ui.errors import Wording
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign
from fieldcrm.ui.widgets.typing import LineField

if TYPE_CHECKING:
    from fieldcrm.storage.profiles import Profile

WIDE = 400


class Notice(QFrame):
    """What went wrong, inside a form."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "bad")
        self._title = Paragraph("", 13, SEMIBOLD)
        self._text = Paragraph("", 13, 400, "text2")
        words = column(self._title, self._text, gap=0)
        layout = row(gap=8, margins=(12, 10, 12, 10))
        layout.addWidget(Sign("alert-octagon", 18, "bad"), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.setLayout(layout)
        self.hide()

    def say(self, wording: Wording | None) -> None:
        """Show a text, or nothing."""
        self.setVisible(wording is not None)
        if wording is not None:
            self._title.show_text(wording.title)
            self._text.show_text(wording.text)
            self._text.setVisible(bool(wording.text))
            self.setAccessibleName(wording.whole)

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()} {self._text.text()}".strip()


class PasswordField(LineField):
    """A password with an eye that shows it while it is pressed on."""

    def __init__(self, name: str, height: int = 44) -> None:
        super().__init__("", "", height=height, name=name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye = self.addAction(
            theme.icon("eye-outline", "text3"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._eye.setToolTip(tr("Show the password"))
        self._eye.triggered.connect(self._turn)

    def _turn(self) -> None:
        hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)
        self._eye.setIcon(theme.icon("eye-off-outline" if hidden else "eye-outline", "text3"))
        self._eye.setToolTip(tr("Hide the password") if hidden else tr("Show the password"))


class SignInForm(QFrame):
    """What has to be typed once."""

    submitted = Signal()
    offline_wanted = Signal(object)  # Profile

    def __init__(self, people: Sequence[Profile], server: str = "") -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDE)
        latest = people[0] if people else None
        self._people = people
        self.server = LineField(server or (latest.server if latest else ""), "https://", height=44)
        self.account = LineField(latest.login if latest else "", height=44)
        self.password = PasswordField(tr("Password"))
        self.device = LineField(platform.node(), height=44)
        self.server_field = Field(tr("Server"), self.server, tr("Your administrator gives you this address."))
        self.account_field = Field(tr("User name"), self.account)
        self.password_field = Field(tr("Password"), self.password)
        self.device_field = Field(tr("Name of this laptop"), self.device, tr("The office sees this name."))
        self.notice = Notice()
        self.submit = Button(tr("Sign in"), "primary", height=44, on_click=self._on_submit)
        self._offline = column(gap=8)
        layout = column(
            Label(tr("Sign in"), 20, SEMIBOLD), 4, self.notice, self.server_field, self.account_field,
            self.password_field, self.device_field, 4, self.submit, self._offline,
            gap=12, margins=(24, 20, 24, 24),
        )  # fmt: skip
        self.setLayout(layout)

    def first_gap(self) -> LineField:
        """Return the field to type into first."""
        return next((f for f in (self.server, self.account, self.password) if not f.text()), self.password)

    def _on_submit(self) -> None:
        wanted = (
            (self.server_field, self.server, tr("Type the address of the server.")),
            (self.account_field, self.account, tr("Type your account.")),
            (self.password_field, self.password, tr("Type your password.")),
        )
        for field, control, error in wanted:
            field.show_error("" if control.text().strip() else error)
        gap = next((control for _, control, _ in wanted if not control.text().strip()), None)
        if gap is not None:
            gap.setFocus()
            return
        self.submitted.emit()

    def set_running(self, running: bool) -> None:
        """Take no second press while signing in."""
        self.submit.set_running(running)
        self.submit.setText(tr("Signing in") if running else tr("Sign in"))
        if running:
            self.notice.say(None)

    def fail(self, wording: Wording, *, offer_offline: bool) -> None:
        """Say what went wrong; offline work is offered to those who have data here."""
        self.set_running(False)
        self.notice.say(wording)
        while (item := self._offline.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        for person in self._people if offer_offline else ():
            self._offline.addWidget(self._offer(person))

    def _offer(self, person: Profile) -> Button:
        def go() -> None:
            self.offline_wanted.emit(person)

        return Button(
            tr("Open offline as {name}", name=person.name), icon="cloud-off-outline", height=44, on_click=go
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.submit.isEnabled():
            self._on_submit()
            return
        super().keyPressEvent(event)


class UnlockForm(QFrame):
    """Asks for the passphrase of a profile; ``new`` asks for one to be chosen, twice, and explains why."""

    submitted = Signal(str)
    cancelled = Signal()

    def __init__(self, name: str, *, new: bool = False) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDE)
        self._new = new
        title = tr("Choose a passphrase") if new else tr("Unlock the data of {name}", name=name)
        why = (
            tr(
                "This computer has no keyring, the safe place where the key to your data would lie. "
                "A passphrase takes its place: you type it at each start. Nobody can recover it; without "
                "it, what has not been sent is lost."
            )
            if new
            else tr("Your data on this laptop is encrypted. No network is needed.")
        )
        self.first = PasswordField(tr("Passphrase"))
        self.second = PasswordField(tr("Passphrase again"))
        self._first_field = Field(tr("Passphrase"), self.first, tr("At least 8 characters.") if new else "")
        self._second_field = Field(tr("Passphrase again"), self.second)
        self.notice = Notice()
        verb = tr("Use this passphrase") if new else tr("Unlock")
        self.submit = Button(verb, "primary", height=44, on_click=self._on_submit)
        other = Button(tr("Back") if new else tr("Sign in as someone else"), "ghost", height=44)
        other.clicked.connect(self.cancelled)
        self.setLayout(
            column(
                Paragraph(title, 20, SEMIBOLD), Paragraph(why, 13, 400, "text2"), self.notice,
                self._first_field, self._second_field, 4, self.submit, other,
                gap=12, margins=(24, 20, 24, 24),
            )
        )  # fmt: skip
        self._second_field.setVisible(new)
        self.setFocusProxy(self.first)

    def _on_submit(self) -> None:
        short = self._new and len(self.first.text()) < 8
        other = self._new and not short and self.first.text() != self.second.text()
        self._first_field.show_error(tr("Use at least 8 characters.") if short else "")
        self._second_field.show_error(tr("The two are not the same.") if other else "")
        if not short and not other and self.first.text():
            self.submitted.emit(self.first.text())

    def fail(self, wording: Wording) -> None:
        """Say what went wrong."""
        self.submit.set_running(False)
        self.notice.say(wording)
        self.first.selectAll()
        self.first.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_submit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)
