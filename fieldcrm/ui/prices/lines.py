"""What a line of rules says: its code and name, what it does, its state."""

from __future__ import annotations

from collections.abc import Mapping

from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.prices import sentences, words
from fieldcrm.ui.prices.reading import Desk, Line
from fieldcrm.ui.widgets.lists import Cell

STATES: Mapping[str, tuple[str, paint.Status]] = {
    "wrong": (mark("To mend"), paint.Status.FAILED), "stood": (mark("Was wrong"), paint.Status.WARNING),
    "new": (mark("New"), paint.Status.SAVED),
    "changed": (mark("Altered"), paint.Status.SAVED), "ends": (mark("Will end"), paint.Status.SKIPPED),
    "": (mark("Published"), paint.Status.DONE),
}  # fmt: skip


def code(desk: Desk | None, line: Line) -> str:
    """Return by which code people know a rule."""
    said = line.said
    if line.noun == "price_entry" and desk is not None:
        return desk.names.code("books", str(said.get("price_book_id")))
    if line.noun in ("sales_bom", "cost_price") and desk is not None:
        return desk.names.code("products", line.key.partition("|")[0])
    return (
        sentences.percent(said["up_to_percent"])
        if line.noun == "approval_rung"
        else str(said.get("code") or "")
    )


def name(desk: Desk | None, line: Line) -> str:
    """Return what a rule is called."""
    said = line.said
    if line.noun in ("price_entry", "cost_price") and desk is not None:
        return desk.named(str(said.get("product_id")))
    if line.noun == "approval_rung":
        return words.choice(said.get("approver")) or tr("Nobody")
    named = str(said.get("name") or "")
    return named or (
        desk.named(line.key) if desk is not None and line.noun == "sales_bom" else tr("Without a name")
    )


def said(desk: Desk, line: Line) -> str:
    """Return what a rule does; of a price what it was and will be."""
    if line.noun == "price_entry":
        return price_words(line)
    return sentences.sentence(line.noun, line.said, desk.named)


def price_words(line: Line) -> str:
    """Return what a price was and will be."""
    said = line.said
    new = tr("no price") if line.doc is None else sentences.money(line.doc["price"])
    old = tr("no price") if line.before is None else sentences.money(line.before["price"])
    least = sentences.quantity(said["min_quantity"], said.get("min_quantity_unit") or said["unit"])
    start = " " + tr("from {quantity}", quantity=least) if float(said.get("min_quantity") or 0) else ""
    if line.doc is line.before:
        return tr("{unit}{start}: {price}", unit=formats.unit(said["unit"]), start=start, price=new)
    return tr("{unit}{start}: {old} → {new}", unit=formats.unit(said["unit"]), start=start, old=old, new=new)


def draw_state(cell: Cell) -> None:
    """Draw a line's state with its sign."""
    text, status = STATES[cell.row.state]
    paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 10, 20)
    cell.rect = cell.rect.adjusted(28, 0, 0, 0)
    cell.text(tr(text))
