"""Signing in again without leaving: the session has ended, the work on this laptop has not."""

from __future__ import annotations

import platform

import shiboken6

from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync.working import Working, secret
from fieldcrm.ui.widgets.fields import Field


class SignInAgain(Working):
    """Asks for the password and goes on syncing."""

    def __init__(self, context: Context) -> None:
        text = tr("As {name}. Everything you saved is here and is sent right after.", name=context.me.name)
        super().__init__(context, tr("Sign in again"), text)
        self.password = secret(tr("Password"))
        self._field = Field(tr("Password"), self.password)
        self.add(self._field, self.progress, self.wrong)
        self.button(tr("Later"))
        self.main = self.button(tr("Sign in"), "primary", self.sign_in, stays=True)

    def sign_in(self) -> None:
        """Ask the office for a new session."""
        laptop, login, password = self.context.laptop, self.context.me.login, self.password.text()
        if not password or laptop is None:
            self._field.show_error(tr("Type your password."))
            self.password.setFocus()
            return
        self._field.show_error("")
        self.run(
            tr("Signing in"),
            lambda: laptop.remote.login(login, password, platform.node()),
            self._on_signed_in,
        )

    def _on_signed_in(self, _tokens: object) -> None:
        if shiboken6.isValid(self):
            self.leave()
        self.context.connection.update(error=None)
        self.context.shell.sync_now()


def ask(context: Context) -> SignInAgain:
    """Ask for the password."""
    dialog = SignInAgain(context)
    dialog.ask(context.shell.window(), dialog.password)
    return dialog
