"""Ctrl+K: find a store, an item, an order or a page by typing, and go there with Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from fieldcrm.ui import paint, sections
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import shade
from fieldcrm.ui.widgets.typing import LineField

LIMIT = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found and where it is shown."""

    icon: str
    title: str
    meta: str
    page: str
    where: dict[str, object] = field(default_factory=dict)


def hits(session: Any, text: str) -> list[Hit]:
    """Return stores and products that match ``text``, best first."""
    from sqlalchemy import select

    from fieldcrm.model.accounts import Account
    from fieldcrm.model.products import Product
    from fieldcrm.storage import search

    found: list[Hit] = []
    places = {section.key for section in sections.SECTIONS}
    wanted: tuple[tuple[str, Any, str, str, str], ...] = (
        ("account", Account, "storefront-outline", "account", "account_id"),
        ("product", Product, "package-variant-closed", "products", "product_id"),
    )
    for entity, table, icon, page, name in (each for each in wanted if each[3] in places):
        ids = search.find(session, entity, text, LIMIT)
        rows = {row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))}
        for each in ids:
            if row := rows.get(each):
                meta = " · ".join(part for part in _meta(row) if part)
                found.append(Hit(icon, row.name, meta, page, {name: row.id}))
    return found + _departed(session, text)


def _departed(session: Any, text: str) -> list[Hit]:
    """Return stores that are not here any more: what became of them stands in Sync."""
    from fieldcrm.clock import now
    from fieldcrm.ui.sync import away, departures

    return [
        Hit(
            "map-marker-off-outline",
            gone.name,
            departures.under(gone, now()),
            "sync",
            {"row_id": gone.row_id},
        )
        for gone in away.lately(session, text)[:LIMIT]
    ]


def _meta(row: Any) -> tuple[str, ...]:
    if hasattr(row, "address"):
        return (row.district, row.address)
    return (row.brand, row.specification, row.code)


class FindAnything(QFrame):
    """The panel of the overlay: a field and what it found."""

    done = Signal()

    def __init__(self, context: Context, go: Callable[..., object]) -> None:
        super().__init__()
        self.setProperty("surface", "raised")
        self.setFixedWidth(560)
        self.setAccessibleName(tr("Find anything"))
        self._context, self._go = context, go
        self.field = LineField("", tr("Stores, items, pages"), height=44)
        self.model: RowsModel[Hit] = RowsModel((Column("", lambda hit: f"{hit.title} {hit.meta}"),), id)
        self.list = RowList(self.model, _draw, 52, name=tr("Found"), lines=False)
        self._nothing = Label("", 13, 400, "text2")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self._nothing)
        self.setFocusProxy(self.field)
        self.field.settled.connect(self._search)
        self.field.installEventFilter(self)
        self.list.opened.connect(self._open)
        self.list.clicked.connect(lambda index: self._open(self.model.rows[index.row()]))
        shade(self)
        self._show("", [])

    def _search(self, text: str) -> None:
        if not text.strip() or self._context.database is None:
            self._show(text, [])
            return
        self._context.jobs.read(self, lambda s: hits(s, text.strip()), lambda found: self._show(text, found))

    def _show(self, text: str, found: list[Hit]) -> None:
        if text != self.field.text():
            return
        rows = [*found, *self._pages(text)][: 2 * LIMIT]
        self.model.show_rows(rows)
        self.list.pick(0)
        self.list.setFixedHeight(min(len(rows), LIMIT) * 52)
        self.list.setVisible(bool(rows))
        self._nothing.show_text(
            tr("Nothing found. Try part of the name, its initials, a code or a phone number.")
        )
        self._nothing.setVisible(not rows)
        self.adjustSize()

    def _pages(self, text: str) -> list[Hit]:
        role, wanted = self._context.me.role, text.strip().casefold()
        shown = [
            s for s in sections.SECTIONS if role in s.roles and (s.icon or s.key in ("settings", "manual"))
        ]
        return [
            Hit(each.icon or "cog-outline", tr(each.title), tr("Page"), each.key)
            for each in shown
            if wanted in tr(each.title).casefold()
        ]

    def _open(self, hit: Hit) -> None:
        self.done.emit()
        self._go(hit.page, **hit.where)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            not isinstance(event, QKeyEvent)
            or event.type() != QEvent.Type.KeyPress
            or self.field.is_composing
        ):
            return False
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None:
            self.list.pick(max(0, self.list.currentIndex().row() + step))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.row() is not None:
            self._open(self.list.row())
            return True
        return False


def _draw(cell: Cell) -> None:
    hit: Hit = cell.row
    middle = cell.rect.center().y()
    paint.icon(cell.painter, hit.icon, cell.rect.x(), middle - 10, 20, "text2")
    cell.rect = cell.rect.adjusted(36, 0, 0, 0)
    cell.two_lines(hit.title, hit.meta)
