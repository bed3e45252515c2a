"""The quote on paper: what the customer gets, in the language of the screen."""

from __future__ import annotations

from html import escape

from fieldcrm.services.insides import Part
from fieldcrm.services.quote_list import Detail, LineRow
from fieldcrm.ui import formats, papers
from fieldcrm.ui.i18n import tr

_STYLE = (
    ".title{font-size:22pt;font-weight:600}.soft{color:#555}.total{font-size:15pt;font-weight:600}"
    "td,th{padding:5px 8px;border-bottom:1px solid #ddd}th{color:#555;font-weight:400}"
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
    heads = (tr("Item"), tr("Quantity"), tr("Unit price"), tr("Amount"))
    lines = "".join(map(_line, detail.lines))
    fees = "".join(_sum(name, formats.money(amount)) for name, amount in detail.fees)
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body>",
        f"<p class='title'>{escape(title(detail))}</p>",
        f"<p class='soft'>{escape(' · '.join(each for each in facts if each))}</p>",
        f"<p>{escape(row.account)}</p>",
        "<table width='100%' cellspacing='0'><tr>", _cells(heads, "th"), "</tr>", lines, "</table><br>",
        "<table width='100%' cellspacing='0'>", fees, _sum(tr("Tax"), formats.money(detail.tax)), "</table>",
        f"<p class='total' align='right'>{escape(tr('Total'))} {escape(formats.money(row.total))}</p>",
        f"<p>{escape(detail.note)}</p><p class='soft'>{escape(detail.author)}</p></body></html>",
    ))  # fmt: skip


def _line(line: LineRow) -> str:
    price = tr("Gift") if line.is_gift else formats.money(line.unit_price)
    cells = (line.name, formats.quantity(line.quantity, line.unit), price, formats.money(line.net))
    return f"<tr>{_cells(cells, 'td')}</tr>" + "".join(map(_part, line.parts))


def _part(part: Part) -> str:
    """Return what is inside a configured article, indented under it."""
    name = f"{'&#160;' * 4 * part.depth}{escape(part.name)}"
    many = escape(formats.quantity(part.quantity, part.unit))
    return (
        f"<tr><td class='soft'>{name}</td><td class='soft' align='right'>{many}</td><td></td><td></td></tr>"
    )


def _cells(texts: tuple[str, ...], tag: str) -> str:
    sides = ("left", "right", "right", "right")
    return "".join(
        f"<{tag} align='{side}'>{escape(text)}</{tag}>" for side, text in zip(sides, texts, strict=True)
    )


def _sum(name: str, amount: str) -> str:
    return f"<tr><td>{escape(name)}</td><td align='right'>{escape(amount)}</td></tr>"


def pdf(detail: Detail, company: str) -> bytes:
    """Return the paper as a PDF."""
    return papers.pdf(html(detail, company), title(detail))
