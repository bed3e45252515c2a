"""A paper about goods, as an order and a quote are: for whom, a line for each article, what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from fieldcrm.services.insides import Part
from fieldcrm.ui import formats

_STYLE = (
    ".title{font-size:22pt;font-weight:600}.soft{color:#555}.notice{font-size:14pt;font-weight:600;color:#a61b1b}.for{font-size:14pt;font-weight:600}"
    "td,th{padding:6px;font-size:10.5pt;border-bottom:1px solid #ddd}"
    "th{color:#555;font-weight:400}td.total{font-size:14pt;font-weight:600}"
)

Goods = tuple[Sequence[str], Sequence[Part]]  # a line's cells, and what is inside its article
Sum = tuple[str, str, str]  # its name, its amount, and how it looks: "total", "soft" or nothing


def html(
    title: str, facts: Iterable[str], account: str, heads: Sequence[str], goods: Iterable[Goods],
    sums: Iterable[Sum], *notes: str, notice: str = "",
) -> str:  # fmt: skip
    """Return the paper's text; everything that people wrote is escaped, and it has no margin of the trade.

    ``notice`` is why nobody is bound by it: it stands under the title, so that it is not taken for more.
    """
    said = "".join(f"<p>{escape(note).replace(chr(10), '<br>')}</p>" for note in notes if note)
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body><p class='title'>{escape(title)}</p>",
        f"<p class='notice'>{escape(notice)}</p>" if notice else "",
        f"<p class='soft'>{escape(' · '.join(each for each in facts if each))}</p>",
        f"<p class='for'>{escape(account)}</p><table width='100%' cellspacing='0'>",
        f"<thead><tr>{_cells(heads, 'th')}</tr></thead>", *(_line(*each) for each in goods),
        "</table><br><table width='100%' cellspacing='0'>", *(_sum(*each) for each in sums), "</table>",
        said, "</body></html>",
    ))  # fmt: skip


def _line(cells: Sequence[str], parts: Sequence[Part]) -> str:
    inside = "".join(_part(part, len(cells) - 2) for part in parts)
    return f"<tr>{_cells(cells, 'td')}</tr>{inside}"


def _part(part: Part, empty: int) -> str:
    """Return what is inside a configured article, indented under it."""
    name = f"{'&#160;' * 4 * part.depth}{escape(part.name)}"
    many = escape(formats.quantity(part.quantity, part.unit))
    said = f"<td class='soft'>{name}</td><td class='soft' align='right'>{many}</td>"
    return f"<tr>{said}{'<td></td>' * empty}</tr>"


def _cells(texts: Sequence[str], tag: str) -> str:
    """Return a row's cells: the name at the left, figures at the right."""
    figures = "".join(f"<{tag} align='right'>{escape(text)}</{tag}>" for text in texts[1:])
    return f"<{tag} align='left'>{escape(texts[0])}</{tag}>{figures}"


def _sum(name: str, amount: str, kind: str) -> str:
    figure = f"<td class='{kind}' align='right'>{escape(amount)}</td>"
    return f"<tr><td class='{kind}'>{escape(name)}</td>{figure}</tr>"
