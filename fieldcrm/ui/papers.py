"""Papers: a laid-out text as a PDF on A4, with the pictures it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF, QUrl
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from fieldcrm.errors import Invalid
from fieldcrm.ui.theme import font

_MARGIN_MM = 18
_DPI = 300


def pdf(html: str, title: str, images: Mapping[str, QImage] | None = None) -> bytes:
    """Return a document as a PDF; ``images`` are what its ``img`` tags name."""
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
    document.print_(writer)
    del writer  # it ends the file
    return bytes(buffer.data().data())


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
