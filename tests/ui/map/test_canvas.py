"""The map shows, zooms and lets a position be picked, by mouse and by keys."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from fieldcrm.errors import Invalid
from fieldcrm.rules.positions import GCJ02, Position, of_degrees, quick_distance_m
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.map.tiles import open_sheet

STORES = [of_degrees(30.27 + n / 100, 120.15 + n / 80) for n in range(3)]


@pytest.fixture
def canvas(qtbot: QtBot) -> MapCanvas:
    made = MapCanvas("Map")
    qtbot.addWidget(made)
    made.resize(360, 280)
    made.show()
    marks = [Mark(store, Pin.OPEN, str(n + 1), f"Store {n}") for n, store in enumerate(STORES)]
    made.show_marks(marks, STORES[:2], STORES[1:])
    return made


def tile_file(path: Path, kind: str = "png") -> Path:
    """Write a map of one red tile at zoom 0."""
    image = QImage(256, 256, QImage.Format.Format_RGB32)
    image.fill(QColor("#C00000"))
    store = QByteArray()
    buffer = QBuffer(store)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name text, value text)")
        file.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)"
        )
        file.execute("INSERT INTO metadata VALUES ('format', ?), ('name', 'Test')", (kind,))
        file.execute("INSERT INTO tiles VALUES (0, 0, 0, ?)", (bytes(store.data()),))
    file.close()
    return path


def test_every_stop_is_in_sight(canvas: MapCanvas) -> None:
    for item in canvas.scene().items():
        if item.toolTip():
            assert canvas.viewport().rect().contains(canvas.mapFromScene(item.pos()))


def test_a_click_on_a_disc_tells_its_number(canvas: MapCanvas, qtbot: QtBot) -> None:
    disc = next(item for item in canvas.scene().items() if item.toolTip() == "Store 2")
    with qtbot.waitSignal(canvas.mark_clicked) as clicked:
        qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.mapFromScene(disc.pos()))
    assert clicked.args == [2]


def test_keys_zoom_pan_and_show_everything_again(canvas: MapCanvas, qtbot: QtBot) -> None:
    zoom, centre = canvas.zoom, canvas.centre()
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.zoom == zoom + 1
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.centre().longitude > centre.longitude
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.zoom == zoom


def test_zooming_keeps_the_middle(canvas: MapCanvas) -> None:
    before = canvas.centre()
    canvas.zoom_by(2)
    assert quick_distance_m(before, canvas.centre()) < 30


def test_a_position_is_picked_by_a_click_where_it_was_clicked(canvas: MapCanvas, qtbot: QtBot) -> None:
    canvas.set_picking(True)
    spot = QPoint(100, 80)
    where = canvas.mapToScene(spot)
    with qtbot.waitSignal(canvas.picked) as picked:
        qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    found: Position = picked.args[0]
    assert canvas.mapToScene(canvas.viewport().rect().center()).x() == pytest.approx(where.x(), rel=1e-6)
    assert quick_distance_m(found, canvas.centre()) < 60


def test_a_position_is_picked_by_keys_alone(canvas: MapCanvas, qtbot: QtBot) -> None:
    canvas.set_picking(True)
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    with qtbot.waitSignal(canvas.picked) as picked:
        qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert quick_distance_m(picked.args[0], canvas.centre()) < 60


def test_tiles_of_the_users_file_lie_under_the_stops(canvas: MapCanvas, qtbot: QtBot, tmp_path: Path) -> None:
    canvas.use_sheet(open_sheet(tile_file(tmp_path / "map.mbtiles"), GCJ02))

    def red() -> bool:
        return canvas.grab().toImage().pixelColor(5, 5).red() > 150

    qtbot.waitUntil(red)
    assert canvas.datum == GCJ02
    canvas.use_sheet(None)
    assert canvas.grab().toImage().pixelColor(5, 5).green() > 150


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 50])
def test_a_file_that_is_no_map_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "map.mbtiles"
    file.write_bytes(content)
    with pytest.raises(Invalid, match="not_a_tile_file"):
        open_sheet(file)


def test_vector_tiles_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not_raster_tiles"):
        open_sheet(tile_file(tmp_path / "map.mbtiles", "pbf"))
