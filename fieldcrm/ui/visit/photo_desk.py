"""Getting photos in and out: files and camera become stored pictures, thumbnails come back.

Everything that reads, decodes or encrypts runs beside the interface. A photo counts only
after its bytes are safely in the file store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from fieldcrm.clock import business_day
from fieldcrm.errors import Invalid
from fieldcrm.services.visits import Picture
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import device, dialogs, pictures, words
from fieldcrm.ui.visit.photos import SUFFIXES


class PhotoDesk(QObject):
    """The photos of one visit page; ``kept`` is called with each picture that is stored."""

    def __init__(self, page: QWidget, context: Context, kept: Callable[[Picture], object]) -> None:
        super().__init__(page)
        self._page, self._context, self._kept = page, context, kept

    def add(self, visit: Workspace, step_key: str, field_key: str, caption: str) -> None:
        """Take a photo with the camera, or choose files where there is none."""
        found = device.cameras()
        if found:
            window = self._context.shell.window()

            def taken(image: QImage) -> None:
                self.keep_image(visit, step_key, field_key, caption, image)

            dialogs.take_photo(window, found[0], taken)
            return
        pattern = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        title = tr("No camera found: choose photos")
        names, _ = QFileDialog.getOpenFileNames(self._page, title, "", f"{tr('Photos')} ({pattern})")
        self.keep_files(visit, step_key, field_key, caption, [Path(name) for name in names])

    def keep_files(
        self, visit: Workspace, step_key: str, field_key: str, caption: str, files: Sequence[Path]
    ) -> None:
        """Store files as photos, one after the other."""
        at = self._context.now()
        lines = watermark(visit, at, added=True)
        for file in files:
            self._store(partial(_from_file, file, lines), step_key, field_key, caption, at)

    def keep_image(
        self, visit: Workspace, step_key: str, field_key: str, caption: str, image: QImage
    ) -> None:
        """Store an image from the camera."""
        at = self._context.now()
        lines = watermark(visit, at, added=False)
        self._store(lambda: pictures.finished(image, lines), step_key, field_key, caption, at)

    def keep_signature(self, step_key: str, field_key: str, caption: str, image: QImage) -> None:
        """Store a signature as a PNG, without a watermark."""
        at, files = self._context.now(), self._context.files

        def work(*_: object) -> Picture:
            content = pictures.png(image)
            size = (image.width(), image.height())
            return Picture(
                files.put(content), len(content), "image/png", *size, at, step_key, field_key, caption
            )

        self._context.jobs.task(self, work, self._kept)

    def _store(
        self,
        prepare: Callable[[], pictures.Prepared],
        step_key: str,
        field_key: str,
        caption: str,
        at: datetime,
    ) -> None:
        files = self._context.files

        def work(*_: object) -> Picture:
            ready = prepare()
            sha256 = files.put(ready.content)
            return Picture(
                sha256,
                len(ready.content),
                pictures.MEDIA_TYPE,
                ready.width,
                ready.height,
                at,
                step_key,
                field_key,
                caption,
            )

        self._context.jobs.task(self, work, self._kept, self._context.shell.show_error)

    def thumbnail(self, sha256: str, show: Callable[[QImage], object]) -> None:
        """Read a thumbnail and hand it on; one that is not on this laptop stays grey."""
        self._read(lambda: self._context.files.thumbnail(sha256), show)

    def whole(self, sha256: str, show: Callable[[QImage], object]) -> None:
        """Read a whole photo and hand it on."""
        self._read(lambda: self._context.files.get(sha256), show)

    def _read(self, read: Callable[[], bytes], show: Callable[[QImage], object]) -> None:
        owner = getattr(show, "__self__", None)

        def then(image: QImage) -> None:
            if not image.isNull():
                show(image)

        self._context.jobs.task(
            owner if isinstance(owner, QObject) else self,
            lambda *_: QImage.fromData(read()),
            then,
            lambda _error: None,
        )


def watermark(visit: Workspace, at: datetime, *, added: bool) -> list[str]:
    """Return the lines drawn into a photo; one that was chosen from files says when it was added."""
    time = f"{formats.full_day(business_day(at))} {formats.clock(at)}"
    place = tr("no position")
    arrived = visit.arrived
    if arrived is not None and arrived.position is not None:
        here = arrived.position
        place = f"{here.latitude:.5f}, {here.longitude:.5f} · {words.distance(arrived.fix)}"
    return [visit.account, f"{tr('added {time}', time=time) if added else time} · {place}"]


def _from_file(file: Path, lines: Sequence[str]) -> pictures.Prepared:
    return pictures.prepared(_bytes(file), lines)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > pictures.MAX_BYTES:
            raise Invalid("picture_too_large", field="photo", maximum=pictures.MAX_BYTES)
        return file.read_bytes()
    except OSError as error:
        raise Invalid("not_a_picture", field="photo") from error
