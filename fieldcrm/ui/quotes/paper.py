"""The quote on paper: what the customer gets, in the language of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fieldcrm.services.insides import Part
from fieldcrm.services.quote_list import Detail, LineRow
from fieldcrm.ui import formats, papers
from fieldcrm.ui.i18n import tr

_STYLE = (
    ".title{font-size:22pt;font-weight:600}.soft{color:#555}"
    ".for{font-size:14pt;font-weight:600}"
    "td,th{padding:6px;font-size:10.5pt;border-bottom:1px solid #ddd;vertical-align:middle}"
    "th{color:#555;font-weight:400}td.total{font-size:14pt;font-weight:600}"
)


def title(detail: Detail) -> str:
    """Return what the paper is called."""
    return tr("Quote {number}", number=detail.row.number)


def html(detail: Detail, company: str) -> str:
    """Return the paper's text; everything that people wrote is escaped, and it has no margin."""
    row = detail.row
    facts = [
        company, tr("Round {n}", n=row.round), formats.full_day(row.quoted_on),
        tr("Valid until {day}", day=formats.full_day(row.valid_until)),
    ]  # fmt: skip
    off = any(line.discount for line in detail.lines)
    heads = [tr("Item"), tr("Quantity"), tr("Unit price"), *([tr("Discount")] if off else []), tr("Amount")]
    lines = "".join(_line(line, len(heads)) for line in detail.lines)
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body>",
        f"<p class='title'>{escape(title(detail))}</p>",
        f"<p class='soft'>{escape(' · '.join(each for each in facts if each))}</p>",
        f"<p class='for'>{escape(row.account)}</p>",
        "<table width='100%' cellspacing='0'><thead><tr>", _cells(heads, "th"), "</tr></thead>", lines,
        "</table><br>", "<table width='100%' cellspacing='0'>", _sums(detail), "</table>",
        f"<p>{escape(detail.note).replace(chr(10), '<br>')}</p>",
        f"<p class='soft'>{escape(detail.author)}</p></body></html>",
    ))  # fmt: skip


def _line(line: LineRow, columns: int) -> str:
    price = tr("Gift") if line.is_gift else formats.money(line.unit_price)
    off = [formats.money(-line.discount) if line.discount else ""] if columns == 5 else []
    cells = [line.name, formats.quantity(line.quantity, line.unit), price, *off, formats.money(line.net)]
    return f"<tr>{_cells(cells, 'td')}</tr>" + "".join(_part(part, columns) for part in line.parts)


def _part(part: Part, columns: int) -> str:
    """Return what is inside a configured article, indented under it."""
    name = f"{'&#160;' * 4 * part.depth}{escape(part.name)}"
    many = escape(formats.quantity(part.quantity, part.unit))
    return (
        f"<tr><td class='soft'>{name}</td><td class='soft' align='right'>{many}</td>"
        f"{'<td></td>' * (columns - 2)}</tr>"
    )


def _cells(texts: Sequence[str], tag: str) -> str:
    """Return a row: the name at the left, figures at the right."""
    figures = "".join(f"<{tag} align='right'>{escape(text)}</{tag}>" for text in texts[1:])
    return f"<{tag} align='left'>{escape(texts[0])}</{tag}>{figures}"


def _sums(detail: Detail) -> str:
    """Return fees, tax and total; tax that is in the prices stands after the total that holds it."""
    fees = [_sum(name, formats.money(amount)) for name, amount in detail.fees]
    total = _sum(tr("Total"), formats.money(detail.row.total), "total")
    said = tr("Tax included") if detail.is_tax_included else tr("Tax")
    tax = _sum(said, formats.money(detail.tax), "soft")
    return "".join([*fees, *((total, tax) if detail.is_tax_included else (tax, total))])


def _sum(name: str, amount: str, kind: str = "") -> str:
    figure = f"<td class='{kind}' align='right'>{escape(amount)}</td>"
    return f"<tr><td class='{kind}'>{escape(name)}</td>{figure}</tr>"


def pdf(detail: Detail, company: str) -> bytes:
    """Return the paper as a PDF."""
    return papers.pdf(html(detail, company), title(detail))
