"""Choosing an offline map: an MBTiles file and the datum its tiles were drawn in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from fieldcrm.errors import Invalid
from fieldcrm.rules.positions import BD09, GCJ02, WGS84
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map.tiles import Sheet, open_sheet
from fieldcrm.ui.preferences import Preferences
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.overlays import Dialog

_FILE, _DATUM = "map.file", "map.datum"
DATUMS = ((WGS84, "WGS-84"), (GCJ02, "GCJ-02"), (BD09, "BD-09"))


def remembered(settings: Preferences) -> Sheet | None:
    """Return the map chosen earlier, or None when there is none or it was taken away."""
    path = settings.get(_FILE)
    if not path:
        return None
    try:
        return open_sheet(Path(str(path)), str(settings.get(_DATUM, WGS84)))
    except Invalid:
        return None


def forget(settings: Preferences) -> None:
    """Use no map file any more."""
    settings.set(_FILE, None)


def choose(
    host: QWidget, settings: Preferences, then: Callable[[Sheet], object], failed: Callable[[Invalid], object]
) -> None:
    """Ask for a file and its datum, remember both, and hand the map to ``then``."""
    name, _ = QFileDialog.getOpenFileName(host, tr("Choose an offline map"), "", "MBTiles (*.mbtiles)")
    if not name:
        return
    try:
        sheet = open_sheet(Path(name))
    except Invalid as error:
        failed(error)
        return
    ask_datum(host, lambda datum: _use(settings, sheet.path, datum, then))
    return


def ask_datum(host: QWidget, then: Callable[[str], object]) -> Dialog:
    """Ask in which datum the tiles were drawn; a wrong one puts stores hundreds of metres off."""
    dialog = Dialog(
        tr("Which coordinates do the tiles use?"),
        tr("Maps from Chinese providers use GCJ-02 or BD-09, OpenStreetMap uses WGS-84."),
    )
    datum = Segments(DATUMS, current=WGS84)
    dialog.add(Field(tr("Coordinates"), datum))
    dialog.button(tr("Cancel"))
    dialog.button(tr("Use this map"), "primary", lambda: then(str(datum.current)))
    dialog.ask(host, focus=datum.button(WGS84))
    return dialog


def _use(settings: Preferences, path: Path, datum: str, then: Callable[[Sheet], object]) -> None:
    settings.set(_FILE, str(path))
    settings.set(_DATUM, datum)
    then(open_sheet(path, datum))
