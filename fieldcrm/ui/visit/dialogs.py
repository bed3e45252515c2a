"""Small questions of a visit: a note, a to-do, an article to count, a photo to look at or take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.products import Product
from fieldcrm.storage import search
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import FIELD_ACTION
from fieldcrm.ui.visit.device import Camera
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import DayField, Field
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import SearchField, TextField

NOTE, TODO = "note", "todo"
_FOUND = 30


def ask_note(host: QWidget, today: date, kind: str, keep: Callable[[str, date | None], object]) -> Dialog:
    """Ask for a note for the report, or with a day for a to-do."""
    dialog = Dialog(tr("Write something down"), width=520)
    kinds = Chips([(NOTE, tr("For the report")), (TODO, tr("To do later"))], current=kind)
    text = TextField(height=96, name=tr("Note"))
    day = DayField(today + timedelta(7), height=FIELD_ACTION)
    due = Field(tr("Due"), day)
    words = Field(tr("What was said or agreed?"), text)
    due.setVisible(kind == TODO)
    kinds.changed.connect(lambda: due.setVisible(kinds.current == TODO))
    dialog.add(kinds, words, due)

    def press() -> None:
        if not text.text().strip():
            words.show_error(tr("Write a few words."))
            text.setFocus()
            return
        dialog.leave()
        keep(text.text().strip(), day.day if kinds.current == TODO else None)

    dialog.button(tr("Cancel"))
    dialog.button(tr("Keep"), "primary", press, stays=True)
    dialog.ask(host, focus=text)
    return dialog


class FindArticle(Dialog):
    """A search over the catalogue; Enter takes the article."""

    def __init__(self, context: Context, take: Callable[[UUID], object]) -> None:
        super().__init__(tr("Add an article to the count"), width=560)
        self._context, self._take = context, take
        self.search = SearchField(tr("Name or code"))
        said: Column[tuple[UUID, str, str]] = Column("", lambda found: f"{found[1]}, {found[2]}")
        self._model: RowsModel[tuple[UUID, str, str]] = RowsModel((said,), key=lambda found: found[0])
        self.list = RowList(self._model, _draw_article, 48, name=tr("Articles"))
        self.list.setFixedHeight(48 * 6)
        Dialog.add(self, self.search, self.list)
        self.button(tr("Cancel"))
        self.button(tr("Add"), "primary", self._press, stays=True)
        self.search.settled.connect(self._read)
        self.search.returnPressed.connect(self._press)
        self.list.opened.connect(lambda _row: self._press())

    def open(self, host: QWidget) -> None:
        """Show the dialog."""
        self.ask(host, focus=self.search)
        self._read("")

    def _read(self, text: str) -> None:
        def wanted(session: Session) -> list[tuple[UUID, str, str]]:
            query = select(Product.id, Product.name, Product.code).where(Product.active)
            if text.strip():
                query = query.where(Product.id.in_(search.find(session, "product", text, _FOUND)))
            rows = session.execute(query.order_by(Product.code).limit(_FOUND))
            return [(row[0], row[1], row[2]) for row in rows]

        self._context.jobs.read(self, wanted, self._show)

    def _show(self, found: list[tuple[UUID, str, str]]) -> None:
        self._model.show_rows(found)
        self.list.pick(0)

    def _press(self) -> None:
        found = self.list.row()
        if found is not None:
            self.leave()
            self._take(found[0])


def _draw_article(cell: Cell) -> None:
    cell.two_lines(cell.row[1], cell.row[2])


class Picture(QWidget):
    """An image fitted into its widget."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._image = QImage()
        self.setFixedSize(width, height)

    def show_image(self, image: QImage) -> None:
        """Show another image."""
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), color("sunken"))
        if not self._image.isNull():
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)
        painter.end()


def show_photo(host: QWidget, caption: str) -> Picture:
    """Show a photo large; returns where its image goes when it has been read."""
    dialog = Dialog(caption or tr("Photo"), width=840)
    picture = Picture(792, 480)
    dialog.add(picture)
    dialog.button(tr("Close"))
    dialog.ask(host)
    return picture


def take_photo(host: QWidget, camera: Any, taken: Callable[[QImage], object]) -> Dialog:
    """Show what the camera sees and take one picture."""
    dialog = Dialog(tr("Take a photo"), width=720)
    picture = Picture(672, 420)
    dialog.add(picture, secondary(tr("Store, time and place are drawn into the picture.")))
    device = Camera(dialog, camera, picture.show_image)

    def press() -> None:
        image = device.latest
        device.close()
        if not image.isNull():
            taken(image)

    dialog.button(tr("Cancel"), on_click=device.close)
    button = dialog.button(tr("Take photo"), "primary", press)
    overlay = dialog.ask(host, focus=button)
    overlay.closed.connect(device.close)
    return dialog
