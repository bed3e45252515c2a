"""A paper of several pages: what is torn, what is repeated, that all of it is there."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QSizeF
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from fieldcrm.ui import papers, typesetting

PAGE = QSizeF(480, 700)
LONG = "An article with so long a name that it takes several lines. "
HAN = "饮用天然水 "
ROWS = 60


def paper(first: int) -> str:
    """Return a long table, sums and a note; ``first`` shifts where the pages end."""
    rows = "".join(
        f"<tr><td>Row{n}. {HAN}{LONG * (n % 4)}</td><td>many{n}</td><td>{n}.00</td></tr>" for n in range(ROWS)
    )
    sums = "".join(f"<tr><td>Sum{n}</td><td>{n}</td></tr>" for n in range(4))
    shelves = "".join(
        f"<h3>Shelf{n}</h3><table><thead><tr><th>Name</th></tr></thead>"
        + "".join(f"<tr><td>Item {k}</td></tr>" for k in range(7 + n % 3)) + "</table>"
        for n in range(12)
    )  # fmt: skip
    return (
        f"{'<p>before</p>' * first}<table width='100%' cellpadding='6'><thead><tr><th>Head</th><th>H</th>"
        f"<th>H</th></tr></thead>{rows}</table>{shelves}<br>"
        f"<table cellpadding='6'>{sums}</table><p>The end</p>"
    )


def laid_out(html: str) -> QTextDocument:
    document = QTextDocument()
    document.setHtml(html)
    document.setPageSize(PAGE)
    return document


def page_of(document: QTextDocument, block: QTextBlock) -> tuple[int, int]:
    rect, height = document.documentLayout().blockBoundingRect(block), PAGE.height()
    return int(rect.top() // height), int((rect.bottom() - 1) // height)


def base_lines(document: QTextDocument) -> list[set[float]]:
    """Return on which lines the cells of each row of the first table stand."""
    layout = document.documentLayout()
    layout.documentSize()
    table = QTextCursor(document.find("Row0")).currentTable()
    cells = [
        [table.cellAt(row, column).firstCursorPosition().block() for column in range(table.columns())]
        for row in range(1, table.rows())
    ]
    return [
        {round(layout.blockBoundingRect(each).top() + each.layout().lineAt(0).ascent()) for each in row}
        for row in cells
    ]


def torn(document: QTextDocument) -> list[str]:
    """Return what stands on two pages: rows, the sums, headings without what they head."""
    found, block = [], document.begin()
    sums = set()
    while block.isValid():
        first, last = page_of(document, block)
        said = block.text()
        if said.startswith("Row") and first != last:
            found.append(said[:6])
        if said.startswith("Sum"):
            sums.add(first)
        if said.startswith("Shelf") and page_of(document, block.next().next())[0] != first:
            found.append(said)
        block = block.next()
    return [*found, "Sums"] if len(sums) > 1 else found


def test_no_row_is_torn_sums_stand_together_and_a_heading_with_its_table(qapp: QApplication) -> None:
    seen: set[str] = set()
    for first in range(20):
        document = laid_out(paper(first))
        typesetting.set_level(document)
        seen |= {each[:3] for each in torn(document)}
        pages = document.pageCount()
        typesetting.keep_whole(document)
        assert torn(document) == []
        assert document.pageCount() <= pages + 2
        if seen == {"Row", "Sum", "She"}:
            return
    raise AssertionError(f"only {seen} were torn before: nothing is proven of the others")


def test_the_cells_of_a_row_stand_on_one_line_whatever_their_letters(qapp: QApplication) -> None:
    document = laid_out(paper(0))
    assert max(len(each) for each in base_lines(document)) > 1, "else nothing is proven"
    typesetting.set_level(document)
    typesetting.keep_whole(document)
    assert max(len(each) for each in base_lines(document)) == 1


def test_what_is_longer_than_a_page_is_torn_all_the_same(qapp: QApplication) -> None:
    row = f"<tr><td>{LONG * 200}</td><td>1</td></tr>"
    document = laid_out(f"<table><thead><tr><th>H</th><th>H</th></tr></thead>{row * 2}</table>")
    pages = document.pageCount()
    typesetting.keep_whole(document)
    assert document.pageCount() == pages > 2


def test_every_page_has_the_heads_its_number_and_nothing_is_lost(qapp: QApplication) -> None:
    raw = QByteArray(papers.pdf(paper(1), "The paper"))
    buffer = QBuffer(raw)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    read = ("".join(document.getAllText(n).text().split()) for n in range(document.pageCount()))
    pages = [text.replace("\u2eda", "页") for text in read]  # the reader takes it for its radical
    assert len(pages) > 3
    for number, text in enumerate(pages, 1):
        assert f"第{number}页，共{len(pages)}页" in text
        assert "Head" in text or "Name" in text
    whole = " ".join(pages)
    wanted = [*(f"Row{n}." for n in range(ROWS)), *(f"Sum{n}" for n in range(4)), "Theend"]
    assert [each for each in wanted if whole.count(each) != 1] == []
