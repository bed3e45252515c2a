"""Another credit limit, asked for on a customer's page or among customers' money: on line only."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
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
        page, lambda _stop, _told: office_money.one(remote, str(account_id)),
        lambda customer: show(page, customer, shell.sync_now), shell.show_error,
    )  # fmt: skip


def show(page: Page, customer: Customer, then: Callable[[], object]) -> None:
    """Ask for a customer's limit; ``then`` follows when it is saved."""

    def save(limit: Decimal | None) -> None:
        dialog.send(page, lambda remote: office_money.trust(remote, customer, limit), done)

    def done(_nothing: None) -> None:
        page.context.shell.toast(tr("Saved; laptops hear of it with their next sync"))
        then()

    dialog = TrustDialog(page, customer, save)
    dialog.open(page)
