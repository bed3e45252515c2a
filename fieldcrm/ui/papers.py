"""Papers: a laid-out text as a PDF on A4, with the pictures it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import QColor, QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

from fieldcrm.errors import Invalid
from fieldcrm.ui import typesetting
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import font

_MARGIN_MM = 18
_DPI = 300
_SOFT, _FOOT_PX = "#555555", 11
_ONE_WIDTH = QFont.Tag("tnum")


def pdf(html: str, title: str, images: Mapping[str, QImage] | None = None) -> bytes:
    """Return a document as a PDF; ``images`` are what its ``img`` tags name.

    Several pages are numbered and say under the text what they belong to.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.setDefaultFont(_plain())
    for name, image in (images or {}).items():
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
    document.setHtml(html)
    document.setPageSize(QSizeF(writer.pageLayout().paintRectPoints().size()))
    typesetting.set_level(document)
    typesetting.keep_whole(document)
    _paint(document, writer, title)
    del writer  # it ends the file
    return bytes(buffer.data().data())


def _paint(document: QTextDocument, writer: QPdfWriter, title: str) -> None:
    size, pages = document.pageSize(), document.pageCount()
    painter = QPainter(writer)
    painter.scale(writer.width() / size.width(), writer.width() / size.width())
    for number in range(pages):
        if number:
            writer.newPage()
        page = QRectF(0, number * size.height(), size.width(), size.height())
        painter.save()
        painter.translate(0, -page.top())
        document.drawContents(painter, page)
        painter.restore()
        if pages > 1:
            said = tr("Page {n} of {total}", n=number + 1, total=pages)
            _foot(painter, document, title, said)
    painter.end()


def _foot(painter: QPainter, document: QTextDocument, title: str, number: str) -> None:
    """Write what a page belongs to, and which one it is, into its lower margin."""
    small = _plain()
    small.setPixelSize(_FOOT_PX)
    small.setFeature(_ONE_WIDTH, 0)  # else the painter takes it from the application's font
    painter.setFont(small)
    painter.setPen(QColor(_SOFT))
    size, margin, metrics = document.pageSize(), document.documentMargin(), painter.fontMetrics()
    foot = QRectF(margin, size.height() + _FOOT_PX, size.width() - 2 * margin, 2 * _FOOT_PX)
    left = int(foot.width()) - metrics.horizontalAdvance(number) - 2 * _FOOT_PX
    said = metrics.elidedText(title, Qt.TextElideMode.ElideRight, left)
    painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, said)
    painter.drawText(foot, Qt.AlignmentFlag.AlignRight, number)


def _plain() -> QFont:
    """Return the screen's font without its figures of one width: on paper they cannot be copied as text."""
    plain = QFont(font(12).families())
    plain.setPointSize(12)
    return plain


def save(path: Path, content: bytes) -> None:
    """Write a file; ``Invalid`` when it cannot be written there."""
    with writable(path):
        path.write_bytes(content)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Say in our words that a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise Invalid("cannot_write", field="file", file=path.name) from error
