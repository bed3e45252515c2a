"""A bill as a tree of painted rows: the article, what is always in it, groups, and what is inside those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent

from fieldcrm.rules import bill_doc
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.ui import formats, paint
from fieldcrm.ui.configuring import words as choosing
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell, RowList

ROW = 52
_INDENT = 24
_DEEPEST = 4
_ALT = Qt.KeyboardModifier.AltModifier


class Sort(StrEnum):
    """What a row is."""

    HOST = "host"
    ALWAYS = "always"
    GROUP = "group"
    ITEM = "item"
    INNER = "inner"


@dataclass(frozen=True, slots=True)
class BillRow:
    """One row; ``number`` is the group's, ``product`` the article's, ``bill`` whose bill it stands in."""

    sort: Sort
    depth: int
    title: str
    said: str = ""
    number: int = -1
    product: str = ""
    group: str | None = None
    bill: str = ""
    opens: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What identifies the row."""
        return self.sort, self.number, self.product, self.bill, self.depth


def rows(desk: Desk, doc: Mapping[str, Any]) -> list[BillRow]:
    """Return a bill from the article down to what is inside what is inside it."""
    host = str(doc.get("host_id") or "")
    return list(_rows(desk, doc, host))


def _rows(desk: Desk, doc: Mapping[str, Any], host: str) -> Iterator[BillRow]:
    name = desk.named(host) if host else tr("No article yet")
    yield BillRow(Sort.HOST, 0, name, _of_host(doc))
    yield BillRow(Sort.ALWAYS, 0, tr("Always in it"), tr("Nobody chooses these"))
    yield from _goods(desk, doc, None, host)
    for number, group in enumerate(bill_doc.groups(doc)):
        said = choosing.of_group(
            int(group.get("least") or 0), int(group.get("most") or 1), required=bool(group.get("required"))
        )
        yield BillRow(Sort.GROUP, 0, str(group.get("name") or ""), said, number, group=str(group.get("name")))
        yield from _goods(desk, doc, str(group.get("name")), host)


def _goods(desk: Desk, doc: Mapping[str, Any], group: str | None, host: str) -> Iterator[BillRow]:
    for node in bill_doc.nodes(doc):
        if (node.get("group") or None) != group:
            continue
        product = str(node["product_id"])
        opens = product in desk.docs["sales_bom"] and product != host
        yield BillRow(
            Sort.ITEM, 1, desk.named(product), of_item(desk, doc, node), product=product, group=group,
            bill=host, opens=opens,
        )  # fmt: skip
        if opens:
            yield from _inner(desk, product, 2, (host,))


def _inner(desk: Desk, host: str, depth: int, above: tuple[str, ...]) -> Iterator[BillRow]:
    """Yield what is inside an article by its own bill; it is changed there."""
    if host in above or depth > _DEEPEST:
        return
    doc = desk.docs["sales_bom"].get(host) or {}
    for node in bill_doc.nodes(doc):
        product = str(node["product_id"])
        said = str(node.get("group") or tr("Always in it"))
        opens = product in desk.docs["sales_bom"]
        yield BillRow(
            Sort.INNER, depth, desk.named(product), said, product=product, bill="/".join((*above, host)),
            opens=opens,
        )  # fmt: skip
        yield from _inner(desk, product, depth + 1, (*above, host))


def _of_host(doc: Mapping[str, Any]) -> str:
    if doc.get("price_mode") == "components":
        return tr("It costs what its parts cost")
    price = doc.get("base_price")
    return tr("Own price {price}", price=_money(price)) if price else tr("It costs what the price books say")


def of_item(desk: Desk, doc: Mapping[str, Any], node: Doc) -> str:
    """Return how many of an article go in, what it adds, and how it goes with others."""
    product = str(node["product_id"])
    least, most = _number(node.get("least")), _number(node.get("most"))
    facts = [choosing.limits(least, most, _number(node.get("step")))]
    if not facts[0] and least != 1:
        facts = [formats.decimal(least)]
    delta = _number(node.get("delta"), "0")
    if delta and node.get("group"):
        facts.append(choosing.added(delta))
    if bill_doc.is_hidden(doc, product):
        facts.append(tr("hidden until needed"))
    needed, against = bill_doc.needs(doc, product), bill_doc.against(doc, product)
    if needed:
        facts.append(tr("needs {names}", names=choosing.names(needed, desk.named)))
    if against:
        facts.append(tr("not with {names}", names=choosing.names(against, desk.named)))
    return " · ".join(each for each in facts if each) or tr("one")


def _number(said: object, usual: str = "1") -> Decimal:
    try:
        return Decimal(str(said or usual))
    except InvalidOperation:
        return Decimal(usual)


def _money(said: object) -> str:
    return formats.money(_number(said, "0"))


class BillTree(RowList):
    """The list; ``removed`` and ``moved`` tell what keys ask for."""

    removed = Signal(object)  # BillRow
    moved = Signal(object, int)  # BillRow, -1 or +1

    def __init__(self) -> None:
        said: Column[BillRow] = Column("", lambda row: ", ".join(x for x in (row.title, row.said) if x))
        self.rows: RowsModel[BillRow] = RowsModel((said,), key=lambda row: row.key)
        super().__init__(self.rows, self._draw, ROW, name=tr("What is in it"), inset=16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row: BillRow | None = self.row()
        up, down = event.key() == Qt.Key.Key_Up, event.key() == Qt.Key.Key_Down
        if row is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(row)
        elif row is not None and event.modifiers() & _ALT and (up or down):
            self.moved.emit(row, -1 if up else 1)
        else:
            super().keyPressEvent(event)

    def _draw(self, cell: Cell) -> None:
        row: BillRow = cell.row
        rect = cell.rect.adjusted(_INDENT * row.depth, 0, 0, 0)
        tone = "text3" if row.sort is Sort.INNER else "text2"
        paint.icon(cell.painter, _SIGNS[row.sort], rect.x(), rect.center().y() - 9, 18, tone)
        right = rect.right()
        if row.opens:
            paint.icon(cell.painter, "chevron-right", right - 18, rect.center().y() - 9, 18, "text3")
            right -= 26
        cell.rect = QRectF(rect.x() + 28, rect.y(), right - rect.x() - 28, rect.height())
        weight = SEMIBOLD if row.sort in (Sort.HOST, Sort.GROUP, Sort.ALWAYS) else REGULAR
        cell.two_lines(row.title, row.said, weight)


_SIGNS = {
    Sort.HOST: "package-variant", Sort.ALWAYS: "lock-outline", Sort.GROUP: "format-list-checks",
    Sort.ITEM: "circle-small", Sort.INNER: "circle-small",
}  # fmt: skip
