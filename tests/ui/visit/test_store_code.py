"""The sheet's QR code survives printing and a poor photo; at check-in it raises the grade, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtPdf import QPdfDocument

from fieldcrm.errors import Invalid
from fieldcrm.services import store_codes
from fieldcrm.services.store_codes import Sheet
from fieldcrm.ui.accounts.code_sheet import paper
from fieldcrm.ui.visit import scanning
from fieldcrm.ui.visit.arrival import CheckInPage
from tests.ui.conftest import NOW
from tests.ui.visit.conftest import AtStore

TEXT = "FIELDCRM:1:0123456789ABCDEF0123456789ABCDEF:3:7K3M9QXA"


def photo_of(code: QImage, turn: float = 7) -> QImage:
    """Return a small, turned, grey, recompressed photo of a code on a wall."""
    wall = QImage(1600, 1200, QImage.Format.Format_RGB32)
    wall.fill(QColor(186, 180, 170))
    painter = QPainter(wall)
    painter.drawImage(560, 330, code.transformed(QTransform().rotate(turn)))
    painter.fillRect(wall.rect(), QColor(0, 0, 0, 90))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    wall.save(buffer, "JPEG", 40)  # type: ignore[call-overload]  # the stub wants bytes
    return QImage.fromData(buffer.data())


@pytest.mark.parametrize("turn", [0, 7, 90, 200])
def test_a_code_is_read_from_a_turned_dark_recompressed_photo(qapp: Any, turn: float) -> None:
    assert scanning.found(photo_of(scanning.drawn(TEXT, 360), turn)) == TEXT


def test_a_picture_without_a_code_says_so(qapp: Any) -> None:
    with pytest.raises(Invalid, match="no_code_in_picture"):
        scanning.found(QImage(200, 200, QImage.Format.Format_RGB32))


def test_the_printed_sheet_carries_the_code(qapp: Any, tmp_path: Path) -> None:
    sheet = Sheet("好邻居便利店", "文三路 12 号", 3, "7K3M9QXA", TEXT, NOW)
    file = tmp_path / "sheet.pdf"
    file.write_bytes(paper(sheet))
    document = QPdfDocument(None)
    document.load(str(file))
    assert document.pageCount() == 1
    size = document.pagePointSize(0).toSize() * 2
    assert scanning.found(document.render(0, size)) == TEXT
    said = document.getAllText(0).text()
    assert all(part in said for part in ("好邻居便利店", "7K3M", "9QXA"))


def test_a_shown_code_raises_the_grade_at_check_in(
    at_store: AtStore, open_page: Any, settle: Any, tmp_path: Path
) -> None:
    stop, me = at_store.stop, at_store.context.me.id
    sheet = at_store.write(lambda s: store_codes.issue(s, stop.account_id, me=me, at=NOW))
    page = CheckInPage(at_store.context)
    page.show_place(account_id=stop.account_id)
    open_page(page)
    assert page.panel is not None
    assert page.panel.code is not None
    page.panel.sources.chosen.emit("none")
    page.panel.code.check("0000-0000")
    settle()
    assert page.panel.code.shown is None
    file = tmp_path / "photo.png"
    photo_of(scanning.drawn(sheet.text, 360)).save(str(file))
    page.panel.code.read_file(file)
    settle()
    assert page.panel.code.shown is not None
    assert page.panel.proof is not None
    assert page.panel.proof.coded
    page.check_in()
    settle()
    assert at_store.shell.errors == []
    assert at_store.shell.opened[-1][0] == "visit"


def test_a_store_without_a_sheet_asks_for_no_code(at_store: AtStore, open_page: Any) -> None:
    page = CheckInPage(at_store.context)
    page.show_place(account_id=at_store.stop.account_id)
    open_page(page)
    assert page.panel is not None
    assert page.panel.code is None
