"""The rows of the left list: what needs a person, what waits, what the office has, by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt

from fieldcrm import clock
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.sync import departures, reasons, words
from fieldcrm.ui.sync.parcels import Parcel
from fieldcrm.ui.sync.reading import AttentionOrder, Centre
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.lists import Cell

ROW, HEADING = 56, 40


@dataclass(frozen=True, slots=True)
class Item:
    """One row; a heading has no ``what``."""

    key: object
    title: str
    under: str = ""
    status: Status = Status.INFO
    what: Any = None
    fact: str = ""

    @property
    def is_heading(self) -> bool:
        """Whether it only names what follows."""
        return self.what is None


class ItemsModel(RowsModel[Item]):
    """Rows between headings that cannot be chosen."""

    def __init__(self) -> None:
        column: Column[Item] = Column("", _spoken, hint=lambda item: item.title)
        super().__init__((column,), key=lambda item: item.key)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """Let headings be passed over."""
        found = self.row(index.row())
        if found is None or found.is_heading:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)


def _spoken(item: Item) -> str:
    return f"{item.title}, {item.under}" if item.under else item.title


def height(item: Item) -> int:
    """Return how high a row is."""
    return HEADING if item.is_heading else ROW


def items(centre: Centre, now: datetime) -> list[Item]:
    """Return every row in order."""
    return [*_needs(centre), *_ready(centre, now), *_departed(centre, now), *_sent(centre, now)]


def _heading(key: str, title: str, fact: str) -> Item:
    return Item(("heading", key), title, fact=fact)


def _needs(centre: Centre) -> Iterator[Item]:
    if not centre.needs_me:
        return
    yield _heading("needs", tr("NEEDS YOU"), formats.count(centre.needs_me))
    for clash in centre.clashes:
        yield Item(clash.key, words.clash_title(clash), words.clash_under(clash), Status.CONFLICT, clash)
    for refused in centre.refused:
        title = words.refused_title(refused, centre.titles.get((refused.entity, refused.row_id), ""))
        why, _ = reasons.why(refused.code, refused.entity, refused.message)
        yield Item(refused.mutation_id, title, why, Status.OVERDUE, refused)
    for elsewhere in centre.elsewhere:
        title = words.noun(elsewhere.entity, elsewhere.title)
        yield Item(elsewhere.quarantine_id, title, tr("Refused on another device"), Status.OVERDUE, elsewhere)
    for order in centre.orders:
        yield Item(("attention", order.order_id), _order(order), _attention(order), Status.WARNING, order)


def _order(order: AttentionOrder) -> str:
    return tr("{what}, {where}", what=tr(words.NOUNS["order"]), where=order.account or order.number)


def _attention(order: AttentionOrder) -> str:
    return f"{formats.money(order.total)} · {tr('The office has a question')}"


def _ready(centre: Centre, now: datetime) -> Iterator[Item]:
    if centre.ready:
        yield _heading("ready", tr("READY TO SEND"), formats.count(len(centre.ready)))
    for parcel in centre.ready:
        yield _parcel(parcel, now)


def _departed(centre: Centre, now: datetime) -> Iterator[Item]:
    if centre.departed:
        yield _heading("departed", tr("MOVED AWAY"), formats.count(len(centre.departed)))
    for gone in centre.departed:
        under = departures.under(gone, now)
        yield Item(("departed", gone.row_id), departures.title(gone), under, Status.INFO, gone)


def _sent(centre: Centre, now: datetime) -> Iterator[Item]:
    today = clock.business_day(now)

    def on(parcel: Parcel) -> date:
        return clock.business_day(parcel.stored_at or now)

    for day, group in groupby(centre.sent, on):
        parcels = list(group)
        yield _heading(f"sent {day}", words.day_title(day, today), formats.count(len(parcels)))
        for parcel in parcels:
            yield _parcel(parcel, now)


def _parcel(parcel: Parcel, now: datetime) -> Item:
    return Item(parcel.key, words.title(parcel), words.under(parcel, now), words.sign(parcel), parcel)


def first(rows: list[Item], centre: Centre) -> int:
    """Return which row to open by itself: the first that needs a person, or none."""
    return next((n for n, item in enumerate(rows) if not item.is_heading), -1) if centre.needs_me else -1


def draw(cell: Cell) -> None:
    """Paint one row."""
    item: Item = cell.row
    if item.is_heading:
        line = QRectF(cell.rect.x(), cell.rect.bottom() - 28, cell.rect.width(), 20)
        paint.text(cell.painter, line, item.title, 12, SEMIBOLD, "text3")
        paint.text(cell.painter, line, item.fact, 12, SEMIBOLD, "text3", paint.RIGHT)
        return
    paint.status(cell.painter, item.status, cell.rect.x(), cell.rect.center().y() - 10)
    inside = cell.rect.adjusted(34, 0, 0, 0)
    upper = QRectF(inside.x(), inside.y() + 8, inside.width(), 20)
    lower = QRectF(inside.x(), inside.y() + 28, inside.width(), 18)
    paint.text(cell.painter, upper, item.title, 14, SEMIBOLD)
    paint.text(cell.painter, lower, item.under, 12, 400, "text2" if cell.selected else "text3")
