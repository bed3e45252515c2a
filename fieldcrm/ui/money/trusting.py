"""Another credit limit from a customer's own page: on line, with what laptops hold of it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from uuid import UUID

from fieldcrm.errors import Offline
from fieldcrm.sync import office_money
from fieldcrm.sync.office_money import Customer
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.money.dialogs import TrustDialog
from fieldcrm.ui.page import Page


def ask(page: Page, account_id: UUID) -> None:
    """Ask the office how it stands with the customer, then for another limit."""
    laptop, shell = page.context.laptop, page.context.shell
    if laptop is None:
        shell.show_error(Offline("unreachable"))
        return
    remote = laptop.remote
    page.jobs.task(
        page, lambda _stop, _told: office_money.one(remote, str(account_id)), partial(show, page),
        shell.show_error,
    )  # fmt: skip


def show(page: Page, customer: Customer) -> None:
    """Ask for a customer's limit."""
    TrustDialog(page, customer, partial(_save, page, customer)).open()


def _save(page: Page, customer: Customer, limit: Decimal | None) -> None:
    laptop, shell = page.context.laptop, page.context.shell
    if laptop is None:
        shell.show_error(Offline("unreachable"))
        return
    remote = laptop.remote

    def done(_nothing: None) -> None:
        shell.toast(tr("Saved; laptops hear of it with their next sync"))
        shell.sync_now()

    page.jobs.task(
        page, lambda _stop, _told: office_money.trust(remote, customer, limit), done, shell.show_error
    )
