"""The order on paper: what was ordered, with what is inside configured articles, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from fieldcrm.services.insides import Part
from fieldcrm.services.order_list import LineRow, OrderDetail
from fieldcrm.ui import formats, papers
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr

_STYLE = (
    ".title{font-size:22pt;font-weight:600}.soft{color:#555}.for{font-size:14pt;font-weight:600}"
    "td,th{padding:6px;font-size:10.5pt;border-bottom:1px solid #ddd}"
    "th{color:#555;font-weight:400}td.total{font-size:14pt;font-weight:600}"
)


def title(detail: OrderDetail) -> str:
    """Return what the paper is called."""
    return tr("Order {number}", number=detail.row.number)


def html(detail: OrderDetail, company: str) -> str:
    """Return the paper's text; everything that people wrote is escaped, and it has no margin."""
    row = detail.row
    facts = [company, formats.full_day(row.ordered_on)]
    if detail.wanted_on is not None:
        facts.append(tr("Deliver on {day}", day=formats.full_day(detail.wanted_on)))
    heads = (tr("Item"), tr("Quantity"), tr("Unit price"), tr("Amount"))
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body><p class='title'>{escape(title(detail))}</p>",
        f"<p class='soft'>{escape(' · '.join(each for each in facts if each))}</p>",
        f"<p class='for'>{escape(row.account)}</p><table width='100%' cellspacing='0'><thead><tr>",
        _cells(heads, "th"), "</tr></thead>", *map(_line, detail.lines), "</table><br>",
        "<table width='100%' cellspacing='0'>", *_sums(detail), "</table>",
        f"<p>{escape(detail.note).replace(chr(10), '<br>')}</p></body></html>",
    ))  # fmt: skip


def _line(line: LineRow) -> str:
    price = tr("Gift") if line.gift_value is not None else formats.money(line.unit_price)
    cells = (line.name, formats.quantity(line.quantity, line.unit), price, formats.money(line.net))
    return f"<tr>{_cells(cells, 'td')}</tr>" + "".join(map(_part, line.parts))


def _part(part: Part) -> str:
    name = f"{'&#160;' * 4 * part.depth}{escape(part.name)}"
    many = escape(formats.quantity(part.quantity, part.unit))
    return (
        f"<tr><td class='soft'>{name}</td><td class='soft' align='right'>{many}</td><td></td><td></td></tr>"
    )


def _cells(texts: tuple[str, ...], tag: str) -> str:
    figures = "".join(f"<{tag} align='right'>{escape(text)}</{tag}>" for text in texts[1:])
    return f"<{tag} align='left'>{escape(texts[0])}</{tag}>{figures}"


def _sums(detail: OrderDetail) -> Iterator[str]:
    inside = detail.row.total == detail.goods - detail.discount - detail.rebate
    yield _sum(tr("Goods"), formats.money(detail.goods))
    if detail.discount:
        yield _sum(tr("Discount"), formats.money(-detail.discount))
    if detail.rebate:
        yield _sum(tr("Paid by rebate"), formats.money(-detail.rebate))
    yield _sum(tr("Tax, included") if inside else tr("Tax, on top"), formats.money(detail.tax))
    yield _sum(tr("Total"), formats.money(detail.row.total), "total")


def _sum(name: str, amount: str, kind: str = "") -> str:
    figure = f"<td class='{kind}' align='right'>{escape(amount)}</td>"
    return f"<tr><td class='{kind}'>{escape(name)}</td>{figure}</tr>"


def pdf(detail: OrderDetail, company: str) -> bytes:
    """Return the paper as a PDF."""
    return papers.pdf(html(detail, company), title(detail))


def ask(host: QWidget, context: Context, detail: OrderDetail) -> None:
    """Ask where to, and write the paper there."""
    name = f"{title(detail)}.pdf"
    path, _ = QFileDialog.getSaveFileName(host.window(), tr("Save the order"), name, "PDF (*.pdf)")
    if path:
        save(host, context, detail, Path(path))


def save(host: QWidget, context: Context, detail: OrderDetail, path: Path) -> None:
    """Write the paper beside the interface's thread."""
    company = context.me.company
    context.jobs.task(
        host, lambda _stop, _told: papers.save(path, pdf(detail, company)),
        lambda _done: context.shell.toast(tr("Saved as {name}", name=path.name)), context.shell.show_error,
    )  # fmt: skip
