"""Store codes in pictures: made for the printed sheet, read from a photo of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from zxingcpp import BarcodeFormat, BarcodeFormats, Image, create_barcode, read_barcodes

from fieldcrm.errors import Invalid

_EDGE = 2400


def drawn(text: str, pixels: int) -> QImage:
    """Return a QR code as a picture of at least ``pixels`` a side, with its quiet zone."""
    made = create_barcode(text, BarcodeFormat.QRCode, ec_level="Q")
    modules, _ = _size(made.to_image())
    image = made.to_image(scale=-(-pixels // modules))
    height, width = _size(image)
    return QImage(bytes(memoryview(image)), width, height, width, QImage.Format.Format_Grayscale8).copy()  # type: ignore[arg-type]  # it is a buffer


def _size(image: Image) -> tuple[int, int]:
    height, width = memoryview(image).shape or (0, 0)  # type: ignore[arg-type]  # it is a buffer
    return height, width


def found(image: QImage) -> str:
    """Return what the QR code in a picture says; ``Invalid`` when there is none."""
    if image.isNull():
        raise Invalid("no_code_in_picture", field="store_code")
    if max(image.width(), image.height()) > _EDGE:
        image = image.scaled(_EDGE, _EDGE, Qt.AspectRatioMode.KeepAspectRatio)
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    said = read_barcodes(grey, formats=BarcodeFormats([BarcodeFormat.QRCode]))
    if not said:
        raise Invalid("no_code_in_picture", field="store_code")
    return said[0].text
