"""The manual, shown offline: topics at the left, the page at the right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from fieldcrm.ui import i18n, paint, resources, theme
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.frames import Header, ListPane, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowList

COLUMN = 760


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of the manual; ``id`` is its file's name without the number in front."""

    id: str
    title: str
    file: Path


def topics(language: str) -> list[Topic]:
    """Return the manual's pages in the order of their numbers."""
    found = []
    for file in sorted(resources.path("manual", language).glob("*.md")):
        title = file.read_text("utf-8").partition("\n")[0].lstrip("# ").strip()
        found.append(Topic(file.stem.partition("-")[2] or file.stem, title, file))
    return found


class ManualPage(Page):
    """Reads the manual of the language spoken now."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.outer.addWidget(Header(tr("Manual"), tr("Works without a network"), lead=back))
        self.model: RowsModel[Topic] = RowsModel((Column("", lambda topic: topic.title),))
        self.list = RowList(self.model, _draw, 44, name=tr("Topics"), lines=False)
        self.text = QTextBrowser()
        self.text.setProperty("kind", "page")
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(tr("Manual"))
        self.text.setMaximumWidth(COLUMN)
        self.text.anchorClicked.connect(self._follow)
        self.list.picked.connect(self._show)
        self.setFocusProxy(self.list)
        body = row(ListPane(8, self.list, width=264), gap=0)
        reading = row(self.text, None, gap=0)
        reading.setStretch(0, 100)
        page = surface("page", reading)
        body.addWidget(page, 1)
        self.outer.addLayout(body, 1)
        self.model.show_rows(topics(i18n.language()))

    def panes(self) -> list[QWidget]:
        return [self.list, self.text]

    def show_place(self, topic: str = "", **where: Any) -> None:
        numbers = [n for n, each in enumerate(self.model.rows) if each.id == topic]
        if numbers or self.list.row() is None:
            self.list.pick(numbers[0] if numbers else 0)

    def _follow(self, link: QUrl) -> None:
        self.show_place(Path(link.path()).stem.partition("-")[2])

    def _show(self, topic: Topic | None) -> None:
        if topic is None:
            return
        document = QTextDocument(self)
        document.setDefaultFont(theme.font(14))
        document.setMarkdown(topic.file.read_text("utf-8"))
        _lay_out(document)
        self.text.setDocument(document)


def _lay_out(document: QTextDocument) -> None:
    """Give headings, paragraphs and tables the sizes and gaps of the interface."""
    document.setDocumentMargin(32)
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        level = block.blockFormat().headingLevel()
        shape = QTextBlockFormat()
        shape.setTopMargin({0: 0.0, 1: 0.0}.get(level, 20.0))
        shape.setBottomMargin(12 if level == 1 else 8)
        shape.setLineHeight(22 if not level else 32, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(shape)
        if level:
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            letters = QTextCharFormat()
            letters.setFont(theme.font(24 if level == 1 else 15, SEMIBOLD))
            cursor.mergeCharFormat(letters)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _lay_out_table(frame)


def _lay_out_table(table: QTextTable) -> None:
    shape = table.format()
    shape.setBorder(0)
    shape.setBorderCollapse(True)
    shape.setCellPadding(8)
    shape.setTopMargin(4)
    shape.setBottomMargin(12)
    table.setFormat(shape)
    for line in range(table.rows()):
        for place in range(table.columns()):
            cell = table.cellAt(line, place)
            look = cell.format().toTableCellFormat()
            look.setBottomBorder(1)
            look.setBottomBorderBrush(theme.color("line"))
            look.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            cell.setFormat(look)


def _draw(cell: Cell) -> None:
    paint.text(cell.painter, cell.rect, cell.row.title, 14, 600 if cell.selected else 400)
