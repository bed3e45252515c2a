"""A customer's price list on paper: his prices by shelf, unit and quantity, and the day's promotions."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import price_lists
from fieldcrm.services.price_lists import PriceList, Row
from fieldcrm.ui import formats, papers, saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, prose, tr
from fieldcrm.ui.prices import sentences
from fieldcrm.ui.saving import Make
from fieldcrm.ui.widgets.fields import DayField, Field
from fieldcrm.ui.widgets.overlays import Dialog

_STYLE = (
    ".title{font-size:22pt;font-weight:600}.soft{color:#555}.shelf{font-size:13pt;font-weight:600}"
    "td,th{padding:2px 4px;border-bottom:1px solid #ddd;font-size:9pt}.steps{padding-left:16px}"
    "th{color:#555;font-weight:400}.small{font-size:10pt}"
)
_CELLS = ("align='left'", "align='left'", "align='left'", "align='right'", "align='left' class='steps'")
_WIDTHS = (36, 15, 9, 13, 27)  # the same on every shelf


class PriceListDialog(Dialog):
    """Asks for the day whose prices are listed."""

    def __init__(self, context: Context, account_id: UUID, account: str) -> None:
        said = tr("The prices and promotions of one day: what an order of that day would cost.")
        super().__init__(tr("Price list for {name}", name=account), said)
        self._context, self._account_id, self._account = context, account_id, account
        self.on = DayField(context.today(), name=tr("Day"))
        self.add(Field(tr("Day"), self.on))
        self.button(tr("Cancel"))
        self.button(tr("Save as PDF"), "primary", self._choose)

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window(), self.on)

    def _choose(self) -> None:
        name = f"{title(self._account)} {self.on.day.isoformat()}"
        saving.ask(self._context, tr("Save the price list"), name, self.make())

    def make(self) -> Make:
        """Return what makes the paper of the chosen day, by the rules of that day."""
        context, account_id, account = self._context, self._account_id, self._account
        on, company = self.on.day, context.me.company
        at = context.now() + (on - context.today())

        def make(session: Session) -> bytes:
            return paper(price_lists.price_list(session, account_id, on, at), account, company)

        return make


def title(account: str) -> str:
    """Return what the paper is called."""
    return f"{tr('Price list')} {account}"


def paper(found: PriceList, account: str, company: str) -> bytes:
    """Return the price list as a PDF."""
    return papers.pdf(html(found, account, company), title(account))


def html(found: PriceList, account: str, company: str) -> str:
    """Return the price list as a text; everything that people wrote is escaped."""
    facts = [company, tr("Holds from {day} on", day=formats.full_day(found.on))]
    facts += [tr("Rules no. {n}", n=found.rules)] if found.rules else []
    shelves = "".join(_shelf(name, rows) for name, rows in found.shelves)
    nothing = f"<p>{escape(tr('There is no price for this customer on this day.'))}</p>"
    return "".join((
        f"<html><head><style>{_STYLE}</style></head><body>",
        f"<p class='title'>{escape(tr('Price list'))}</p><p style='font-size:14pt'>{escape(account)}</p>",
        f"<p class='soft'>{escape(' · '.join(each for each in facts if each))}</p>",
        shelves or nothing, _promotions(found), _incomplete(found), "</body></html>",
    ))  # fmt: skip


def _shelf(name: str, rows: Sequence[Row]) -> str:
    heads = (tr("Item"), tr("Pack"), tr("Unit"), tr("Price/¥"), tr("From a quantity on"))
    head = "".join(
        f"<th {how} width='{wide}%'>{escape(each)}</th>"
        for each, how, wide in zip(heads, _CELLS, _WIDTHS, strict=True)
    )
    again = [each.code == before.code for each, before in zip(rows[1:], rows, strict=False)]
    lines = "".join(_row(each, again=said) for each, said in zip(rows, [False, *again], strict=True))
    title = f"<h3 class='shelf'>{escape(name)}</h3>" if name else ""
    return f"{title}<table width='100%' cellspacing='0'><thead><tr>{head}</tr></thead>{lines}</table>"


def _row(row: Row, *, again: bool) -> str:
    """Return a line; an article in a further unit is not named again."""
    first, *more = row.breaks
    price = formats.figure(first.price)
    if first.least != 1:
        price = tr("{price} from {quantity}", price=price, quantity=formats.quantity(first.least, row.unit))
    if not row.tax_included:
        price = tr("{price} before tax", price=price)
    steps = [
        tr(
            "{quantity}: {price}",
            quantity=formats.quantity(each.least, row.unit),
            price=formats.figure(each.price),
        )
        for each in more
    ]
    named = ("", "") if again else (f"{row.code}  {row.name}", row.specification)
    cells = (*named, formats.unit(row.unit, 1), price, tr("; ").join(steps))
    said = zip(cells, _CELLS, strict=True)
    return "<tr>" + "".join(f"<td {how}>{escape(each)}</td>" for each, how in said) + "</tr>"


def _promotions(found: PriceList) -> str:
    lines = [
        f"<p class='small'><b>{escape(str(each['name']))}</b><br>{escape(_promotion(each, found))}</p>"
        for each in found.promotions
    ]
    return f"<h3 class='shelf'>{escape(tr('Promotions on this day'))}</h3>{''.join(lines)}" if lines else ""


def _promotion(doc: Doc, found: PriceList) -> str:
    said = sentences.sentence("promotion", doc, lambda key: found.names.get(key, key))
    when = sentences.period(doc, found.on)
    return prose(said, tr("Valid {period}.", period=when)) if when else said


def _incomplete(found: PriceList) -> str:
    if not found.incomplete:
        return ""
    names = listed(found.incomplete)
    said = tr("These price books are not here as a whole and do not count: {names}", names=names)
    return f"<p class='soft'>{escape(said)}</p>"
