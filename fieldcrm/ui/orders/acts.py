"""What both order pages do with an order that exists: cancel, agree, take goods back, send again."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.model.orders import OrderStatus
from fieldcrm.services import order_list, orders
from fieldcrm.sync import customer_pages
from fieldcrm.ui import formats, page_address
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import giving_back, reading, refused
from fieldcrm.ui.orders.draft import Draft
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.reasons import ask_reason


def ask_cancel(page: Page, order_id: UUID) -> None:
    """Cancel an order after asking: a draft is thrown away, what was handed over needs a reason."""
    page.jobs.read(page, lambda s: order_list.detail(s, order_id).row.status, partial(_ask, page, order_id))


def _ask(page: Page, order_id: UUID, status: OrderStatus) -> None:
    window = page.context.shell.window()
    if status == OrderStatus.DRAFT:
        text = tr("It cannot be brought back. A new one can be taken any time.")
        title, verb, keep = tr("Cancel this order?"), tr("Discard the draft"), tr("Keep the order")
        confirm(window, title, text, verb, lambda: cancel(page, order_id), keep=keep)
        return
    ask_reason(
        window,
        tr("Why is this order cancelled?"),
        tr("It cannot be brought back. What it took of budgets and rebates is given back."),
        tr("Cancel the order"),
        partial(cancel, page, order_id),
        keep=tr("Keep the order"),
        destroys=True,
    )


def cancel(page: Page, order_id: UUID, reason: str = "") -> None:
    """Cancel an order."""

    def said(_none: None) -> None:
        page.context.shell.toast(tr("The order is cancelled."))

    page.jobs.write(page, lambda s: orders.cancel(s, order_id, reason), said)


def send_again(page: Page, order_id: UUID) -> None:
    """Take today's prices for an order that needs attention and hand it over again."""
    at = page.context.now()

    def write(session: Session) -> Decimal:
        lines = order_list.draft_lines(session, order_id)
        detail = order_list.detail(session, order_id)
        rebates = order_list.rebates(session, order_id)
        spared = reading.spared(session, order_id)
        save = partial(
            orders.save, session, order_id, lines, at=at, wanted_on=detail.wanted_on, rebates=rebates
        )
        due = save().priced.payable
        if spared:  # what the customer did not want to pay from stays as it is
            save(paid_from=reading.paid_besides(session, order_id, due, spared))
        return orders.submit(session, order_id, at=at).priced.payable

    def sent(total: Decimal) -> None:
        said = tr("Saved with the new total {total}; it will be sent.", total=formats.money(total))
        page.context.shell.toast(said)

    page.jobs.write(page, write, sent)


def ask_approve(page: Page, order_id: UUID) -> None:
    """Agree to somebody's order after asking: the customer gets it as it stands."""
    confirm(
        page.context.shell.window(),
        tr("Approve this order?"),
        tr("The customer gets it as it stands. It gets its number when this is sent."),
        tr("Approve the order"),
        lambda: approve(page, order_id),
        keep=tr("Not yet"),
        destroys=False,
    )


def approve(page: Page, order_id: UUID) -> None:
    """Agree to an order."""
    me = page.context.me.id

    def said(_none: None) -> None:
        page.context.shell.toast(tr("You agreed; it will be sent."))

    page.jobs.write(page, lambda s: orders.approve(s, order_id, me=me), said)


def order_anew(page: Page, mutation_id: UUID) -> None:
    """Open a new draft with what a refused change would have added to an order that is fixed by now."""
    _order_added(page, partial(refused.order_anew, mutation_id=mutation_id))


def order_typed(page: Page, typed: Draft) -> None:
    """Open a new draft with what was being added to an order when it became fixed."""
    _order_added(page, partial(refused.order_typed, typed=typed))


def _order_added(page: Page, make: Callable[..., UUID]) -> None:
    me, at, shell = page.context.me.id, page.context.now(), page.context.shell

    def opened(order_id: UUID) -> None:
        page.context.jobs.announce({"outbox"})
        shell.toast(tr("A new order with what was to be added. The order before stays as it is."))
        shell.open("order", order_id=order_id)

    page.jobs.write(page, lambda s: make(s, me=me, at=at), opened, shell.show_error)


def ask_return(page: Page, order_id: UUID) -> None:
    """Ask what comes back and why."""
    page.jobs.read(page, lambda s: giving_back.offer(s, order_id), partial(giving_back.ask, page, order_id))


def give_page(page: Page, account_id: UUID) -> None:
    """Make the page on which a customer orders by himself and copy its address."""
    page_address.copy(page, lambda remote: customer_pages.of_account(remote, account_id))
