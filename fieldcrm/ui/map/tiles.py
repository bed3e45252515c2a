"""Raster tiles from an MBTiles file the user chose; read and decoded beside the interface.

MBTiles is a SQLite file whose rows count from the south (TMS). A tile is asked for once;
until it arrives the canvas shows what it has. The latest few hundred pictures stay.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from PySide6.QtGui import QImage

from fieldcrm.errors import Invalid
from fieldcrm.rules.positions import WGS84

KEPT = 300
_RASTER = {"png", "jpg", "jpeg", "webp", ""}

Key = tuple[int, int, int]  # zoom, x, y from the north


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of a tile file."""

    path: Path
    name: str
    attribution: str
    lowest: int
    highest: int
    datum: str = WGS84


def open_sheet(path: Path, datum: str = WGS84) -> Sheet:
    """Read a file's metadata, or raise ``Invalid`` when it holds no raster tiles."""
    try:
        with _reading(path) as file:
            facts = dict(file.execute("SELECT name, value FROM metadata").fetchall())
            levels = file.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise Invalid("not_a_tile_file", field="tiles", file=path.name) from error
    if str(facts.get("format", "")).lower() not in _RASTER or levels[0] is None:
        raise Invalid("not_raster_tiles", field="tiles", file=path.name)
    name = str(facts.get("name") or path.stem)
    return Sheet(path, name, str(facts.get("attribution") or ""), int(levels[0]), int(levels[1]), datum)


class Tiles(QObject):
    """Pictures of one sheet by key; ``arrived`` says that there is something new to draw."""

    arrived = Signal()
    _loaded = Signal(object, object)  # Key, QImage or None

    def __init__(self, sheet: Sheet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self._kept: OrderedDict[Key, QImage | None] = OrderedDict()
        self._asked: set[Key] = set()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._loaded.connect(self._on_loaded)

    def picture(self, key: Key) -> QImage | None:
        """Return a tile, or None while it is on its way or when the sheet has none."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._asked:
            self._asked.add(key)
            self._pool.start(_Load(self, key))
        return None

    def load(self, key: Key) -> None:
        """Read and decode one tile; called in the pool's thread."""
        zoom, x, y = key
        row = None
        try:
            with _reading(self.sheet.path) as file:
                row = file.execute(
                    "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?",
                    (zoom, x, (1 << zoom) - 1 - y),
                ).fetchone()
        except sqlite3.Error:
            row = None  # the file was taken away: an empty canvas says the same
        image = QImage.fromData(row[0]) if row else QImage()
        self._loaded.emit(key, None if image.isNull() else image)

    def close(self) -> None:
        """Let the file go."""
        self._pool.clear()
        self._pool.waitForDone()

    def _on_loaded(self, key: Key, image: QImage | None) -> None:
        self._asked.discard(key)
        self._kept[key] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if image is not None:
            self.arrived.emit()


class _Load(QRunnable):
    def __init__(self, tiles: Tiles, key: Key) -> None:
        super().__init__()
        self._tiles, self._key = tiles, key

    def run(self) -> None:
        self._tiles.load(self._key)


class _reading:  # noqa: N801 - used as a verb
    """A read-only connection that is closed at the end of the block."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        self._file = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()
