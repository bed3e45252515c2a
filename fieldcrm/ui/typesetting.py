"""What Qt leaves to be done when a text with tables is laid out on pages.

The cells of a row begin at one height, so that Han and Latin text stand on different lines: the lower ones
are moved down. Qt repeats the head of a table on each page, but moves a row to the next one only when not
even its first line fits: the row before one that would be torn is made as long as its page. Sums and
headings with what follows begin a page instead. A vertical alignment in the style would undo all this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument, QTextFormat, QTextTable, QTextTableCell

_TOP, _BOTTOM = QTextFormat.Property.TableCellTopPadding, QTextFormat.Property.TableCellBottomPadding
_ALMOST = 3.0  # what is left of a page that has been filled: too little for a line, and surely not too much


def set_level(document: QTextDocument) -> None:
    """Let the first lines of a row's cells stand on one line."""
    document.documentLayout().documentSize()  # lays it out
    edit = QTextCursor(document)
    edit.beginEditBlock()  # laid out once, when it ends
    for block in _blocks(document):
        table = _table(block)
        if table is not None and block == table.firstCursorPosition().block():
            for row in range(table.rows()):
                _level(table, row)
    edit.endEditBlock()


def _level(table: QTextTable, row: int) -> None:
    cells = [table.cellAt(row, column) for column in range(table.columns())]
    firsts = [cell.firstCursorPosition().block().layout() for cell in cells]
    ascents = [text.lineAt(0).ascent() if text.lineCount() else 0.0 for text in firsts]
    for cell, ascent in zip(cells, ascents, strict=True):
        if ascent < max(ascents):
            _pad(table, cell, _TOP, max(ascents) - ascent)


def _pad(table: QTextTable, cell: QTextTableCell, side: QTextFormat.Property, more: float) -> None:
    """Give a cell more room at its top or bottom than it has of its own, or else from its table."""
    form = cell.format().toTableCellFormat()
    given = form.doubleProperty(side) if form.hasProperty(side) else table.format().cellPadding()
    form.setProperty(side, given + more)
    cell.setFormat(form)


def keep_whole(document: QTextDocument) -> None:
    """Change a document that has its pages' size so that nothing is torn that fits on one page."""
    block = document.begin()
    while block.isValid():
        table = _table(block)
        if table is not None:
            _keep_table(document, block.previous(), table)
            block = document.findBlock(table.lastPosition() + 1)
            continue
        after = block.next()
        if block.blockFormat().headingLevel() and after.isValid():
            _keep(document, block, [block, *_opening(after)])
        block = after


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _table(block: QTextBlock) -> QTextTable | None:
    return QTextCursor(block).currentTable()


def _keep_table(document: QTextDocument, before: QTextBlock, table: QTextTable) -> None:
    heads = table.format().headerRowCount()
    if not heads:
        _keep(document, before, _lines(table, range(table.rows())))
        return
    for row in range(heads + 1, table.rows()):
        span = _torn(document, _lines(table, [row]))
        if span:
            _fill(document, table, row - 1, span)


def _opening(block: QTextBlock) -> Iterator[QTextBlock]:
    """Return what a heading must not be parted from: the paragraph after it, or a table's first lines."""
    table = _table(block)
    if table is None:
        yield block
    else:
        yield from _lines(table, range(min(table.format().headerRowCount() + 1, table.rows())))


def _lines(table: QTextTable, rows: Iterable[int]) -> Iterator[QTextBlock]:
    for row in rows:
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            block, last = cell.firstCursorPosition().block(), cell.lastPosition()
            while block.isValid() and block.position() <= last:
                yield block
                block = block.next()


def _torn(document: QTextDocument, blocks: Iterable[QTextBlock]) -> float:
    """Return how much of its page is left where ``blocks`` begin if they end on the next; else nothing."""
    layout, page = document.documentLayout(), document.pageSize().height()
    rects = [layout.blockBoundingRect(block) for block in blocks]
    top, bottom = min(rect.top() for rect in rects), max(rect.bottom() for rect in rects)
    left = page - top % page
    return left if left < bottom - top < page else 0.0


def _keep(document: QTextDocument, before: QTextBlock, blocks: Iterable[QTextBlock]) -> None:
    """Begin a page with the block before ``blocks`` if they are torn."""
    if _torn(document, blocks) and before.isValid():
        form = before.blockFormat()
        form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
        QTextCursor(before).setBlockFormat(form)


def _fill(document: QTextDocument, table: QTextTable, row: int, left: float) -> None:
    """Make a row longer by almost what is left of its page."""
    edit = QTextCursor(document)
    edit.beginEditBlock()  # the table is laid out once for all cells of the row
    for column in range(table.columns()):
        _pad(table, table.cellAt(row, column), _BOTTOM, left - _ALMOST)
    edit.endEditBlock()
