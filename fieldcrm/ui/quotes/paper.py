"""The quote on paper: what the customer gets, in the language of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fieldcrm.rules.quotes import State
from fieldcrm.services.quote_list import Detail, LineRow, QuoteRow
from fieldcrm.ui import formats, goods_paper, papers
from fieldcrm.ui.goods_paper import Goods, Sum
from fieldcrm.ui.i18n import tr


def title(detail: Detail) -> str:
    """Return what the paper is called."""
    return tr("Quote {number}", number=detail.row.number)


def html(detail: Detail, company: str) -> str:
    """Return the paper's text; it has no margin."""
    row = detail.row
    facts = [
        company, tr("Round {n}", n=row.round), formats.full_day(row.quoted_on),
        tr("Valid until {day}", day=formats.full_day(row.valid_until)),
    ]  # fmt: skip
    off = any(line.discount for line in detail.lines)
    heads = [tr("Item"), tr("Quantity"), tr("Unit price"), *([tr("Discount")] if off else []), tr("Amount")]
    lines = map(partial(_line, off=off), detail.lines)
    return goods_paper.html(
        title(detail), facts, row.account, heads, lines, _sums(detail), detail.note,
        tr("Quoted by {name}", name=detail.author), notice=_notice(row),
    )  # fmt: skip


def _notice(row: QuoteRow) -> str:
    """Say why a round is no offer; nothing of one that may be given to the customer."""
    if row.state is State.EXPIRED:
        return tr("Expired: this is no offer any more.")
    if row.state is State.SUPERSEDED:
        return tr("Replaced by a newer round: this is no offer any more.")
    unagreed = row.state is State.DRAFT and row.approver is not None
    open_ = row.state in (State.DRAFT, State.WAITING, State.APPROVED) and row.review_code is not None
    if unagreed or open_ or row.state in (State.WAITING, State.REFUSED):
        return tr("Not approved: this is a draft and no offer.")
    return ""


def _line(line: LineRow, *, off: bool) -> Goods:
    price = tr("Gift") if line.is_gift else formats.money(line.unit_price)
    less = [formats.money(-line.discount) if line.discount else ""] if off else []
    many = formats.quantity(line.quantity, line.unit)
    return [line.name, many, price, *less, formats.money(line.net)], line.parts


def _sums(detail: Detail) -> Iterator[Sum]:
    """Return fees, tax and total; tax that is in the prices stands after the total that holds it."""
    for name, amount in detail.fees:
        yield name, formats.money(amount), ""
    total = tr("Total"), formats.money(detail.row.total), "total"
    said = tr("Tax included") if detail.is_tax_included else tr("Tax")
    tax = said, formats.money(detail.tax), "soft"
    yield from (total, tax) if detail.is_tax_included else (tax, total)


def pdf(detail: Detail, company: str) -> bytes:
    """Return the paper as a PDF."""
    return papers.pdf(html(detail, company), title(detail))
