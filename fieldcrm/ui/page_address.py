"""The address of a customer's page: made at the server, copied, and told only then."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication

from fieldcrm.errors import Offline
from fieldcrm.sync.remote import Remote
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page


def copy(page: Page, make: Callable[[Remote], str], then: Callable[[], object] | None = None) -> None:
    """Let the server make an address, and copy it."""
    laptop, shell = page.context.laptop, page.context.shell
    if laptop is None:
        shell.show_error(Offline("unreachable"))
        return

    def made(address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        shell.toast(tr("The address is copied. It is told only this once: send it now."))
        if then is not None:
            then()

    remote = laptop.remote
    page.jobs.task(page, lambda _stop, _told: make(remote), made, shell.show_error)
