"""The order on paper: what was ordered, with what is inside configured articles, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

from fieldcrm.model.orders import OrderStatus
from fieldcrm.services.order_list import LineRow, OrderDetail
from fieldcrm.ui import formats, goods_paper, papers
from fieldcrm.ui.goods_paper import Goods, Sum
from fieldcrm.ui.i18n import mark, tr

_NOTICES = {
    OrderStatus.DRAFT: mark("Draft: nothing is ordered yet."),
    OrderStatus.SUBMITTED: mark("Not confirmed by the office yet."),
    OrderStatus.NEEDS_REVIEW: mark("Not confirmed by the office yet."),
    OrderStatus.CANCELLED: mark("This order is cancelled."),
}


def title(detail: OrderDetail) -> str:
    """Return what the paper is called."""
    return tr("Order {number}", number=detail.row.number)


def html(detail: OrderDetail, company: str) -> str:
    """Return the paper's text."""
    row = detail.row
    facts = [company, formats.full_day(row.ordered_on)]
    if detail.wanted_on is not None:
        facts.append(tr("Deliver on {day}", day=formats.full_day(detail.wanted_on)))
    heads = (tr("Item"), tr("Quantity"), tr("Unit price"), tr("Amount"))
    return goods_paper.html(
        title(detail), facts, row.account, heads, map(_line, detail.lines), _sums(detail), detail.note,
        notice=tr(_NOTICES[row.status]) if row.status in _NOTICES else "",
    )  # fmt: skip


def _line(line: LineRow) -> Goods:
    price = tr("Gift") if line.gift_value is not None else formats.money(line.unit_price)
    many = formats.quantity(line.quantity, line.unit)
    return (line.name, many, price, formats.money(line.net)), line.parts


def _sums(detail: OrderDetail) -> Iterator[Sum]:
    inside = detail.row.total == detail.goods - detail.discount - detail.rebate
    yield tr("Goods"), formats.money(detail.goods), ""
    if detail.discount:
        yield tr("Discount"), formats.money(-detail.discount), ""
    if detail.rebate:
        yield tr("Paid by rebate"), formats.money(-detail.rebate), ""
    yield tr("Tax, included") if inside else tr("Tax, on top"), formats.money(detail.tax), ""
    yield tr("Total"), formats.money(detail.row.total), "total"


def pdf(detail: OrderDetail, company: str) -> bytes:
    """Return the paper as a PDF."""
    return papers.pdf(html(detail, company), title(detail))
