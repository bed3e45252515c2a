"""What both order pages do with an order that exists: cancel it, or send it again at new prices."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.services import order_list, orders
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.overlays import confirm


def ask_cancel(page: Page, order_id: UUID) -> None:
    """Cancel an order after asking: it cannot be brought back."""
    confirm(
        page.context.shell.window(),
        tr("Cancel this order?"),
        tr("It cannot be brought back. A new one can be taken any time."),
        tr("Cancel the order"),
        lambda: cancel(page, order_id),
        keep=tr("Keep the order"),
    )


def cancel(page: Page, order_id: UUID) -> None:
    """Cancel an order."""

    def said(_none: None) -> None:
        page.context.shell.toast(tr("The order is cancelled."))

    page.jobs.write(page, lambda s: orders.cancel(s, order_id), said)


def send_again(page: Page, order_id: UUID) -> None:
    """Take today's prices for an order that needs attention and hand it over again."""
    at = page.context.now()

    def write(session: Session) -> Decimal:
        lines = order_list.draft_lines(session, order_id)
        detail = order_list.detail(session, order_id)
        rebates = order_list.rebates(session, order_id)
        orders.save(session, order_id, lines, at=at, wanted_on=detail.wanted_on, rebates=rebates)
        return orders.submit(session, order_id, at=at).priced.payable

    def sent(total: Decimal) -> None:
        said = tr("Saved with the new total {total}; it will be sent.", total=formats.money(total))
        page.context.shell.toast(said)

    page.jobs.write(page, write, sent)
