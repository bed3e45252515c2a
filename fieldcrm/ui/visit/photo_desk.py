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
from fieldcrm.rules.sop import Step
from fieldcrm.services.visits import Picture
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import device, dialogs, pictures, words
from fieldcrm.ui.visit.keeping import Keeper
from fieldcrm.ui.visit.photos import SUFFIXES, Tile
from fieldcrm.ui.visit.step import StepView


class PhotoDesk(QObject):
    """The photos of the visit that is kept; ``changed`` is called when there is one more or less."""

    def __init__(
        self, page: QWidget, context: Context, keeper: Keeper, changed: Callable[[], object]
    ) -> None:
        super().__init__(page)
        self._page, self._context, self._keeper, self._changed = page, context, keeper, changed

    def serve(self, view: StepView) -> None:
        """Do what a step asks for its photos."""
        step = view.step
        view.photo_asked.connect(lambda key: self.add(step, key))
        view.photos_dropped.connect(lambda key, files: self.keep_files(step, key, files))
        view.signed.connect(lambda key, image: self._keep_signature(step, key, image))
        view.photo_removed.connect(self.remove)
        view.photo_opened.connect(lambda sha256: self._show(step.key, sha256))

    def tiles(self, step_key: str) -> list[Tile]:
        """Return the photos of a step; those not written yet can be removed."""
        visit = self._keeper.visit
        written = visit.photos if visit is not None else ()
        kept = [_tile(p.sha256, p.taken_at, p.caption) for p in written if p.step_key == step_key]
        fresh = self._keeper.progress.photos_of(step_key)
        return kept + [_tile(p.sha256, p.taken_at, p.caption, removable=True) for p in fresh]

    def add(self, step: Step, field_key: str) -> None:
        """Take a photo with the camera, or choose files where there is none."""
        found = device.cameras()
        if found:
            window = self._context.shell.window()
            dialogs.take_photo(window, found[0], lambda image: self._keep_image(step, field_key, image))
            return
        pattern = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        title = tr("No camera found: choose photos")
        names, _ = QFileDialog.getOpenFileNames(self._page, title, "", f"{tr('Photos')} ({pattern})")
        self.keep_files(step, field_key, [Path(name) for name in names])

    def keep_files(self, step: Step, field_key: str, files: Sequence[Path]) -> None:
        """Store files as photos, one after the other."""
        visit, at = self._keeper.visit, self._context.now()
        if visit is None:
            return
        lines = watermark(visit, at, added=True)
        for file in files:
            self._store(partial(_from_file, file, lines), step, field_key, at)

    def _keep_image(self, step: Step, field_key: str, image: QImage) -> None:
        visit, at = self._keeper.visit, self._context.now()
        if visit is not None:
            lines = watermark(visit, at, added=False)
            self._store(lambda: pictures.finished(image, lines), step, field_key, at)

    def _keep_signature(self, step: Step, field_key: str, image: QImage) -> None:
        """Store a signature as a PNG, without a watermark."""
        at, files = self._context.now(), self._context.files
        caption, size = _caption(step, field_key), (image.width(), image.height())

        def work(*_: object) -> Picture:
            content = pictures.png(image)
            sha256 = files.put(content)
            return Picture(sha256, len(content), "image/png", *size, at, step.key, field_key, caption)

        self._context.jobs.task(self, work, self._on_kept)

    def remove(self, sha256: str) -> None:
        """Take a photo back that is not written yet; it can be undone."""
        gone = self._keeper.remove_photo(sha256)
        self._changed()
        self._context.shell.toast(tr("Photo removed"), lambda: self._bring_back(gone))

    def _bring_back(self, photos: Sequence[Picture]) -> None:
        for photo in photos:
            self._on_kept(photo)

    def _on_kept(self, picture: Picture) -> None:
        self._keeper.add_photo(picture, self._keeper.progress.step)
        self._changed()

    def _show(self, step_key: str, sha256: str) -> None:
        captions = [tile.caption for tile in self.tiles(step_key) if tile.sha256 == sha256]
        picture = dialogs.show_photo(self._context.shell.window(), captions[0] if captions else "")
        self._read(lambda: self._context.files.get(sha256), picture.show_image)

    def _store(
        self, prepare: Callable[[], pictures.Prepared], step: Step, field_key: str, at: datetime
    ) -> None:
        files, caption = self._context.files, _caption(step, field_key)

        def work(*_: object) -> Picture:
            ready = prepare()
            sha256 = files.put(ready.content)
            facts = (sha256, len(ready.content), pictures.MEDIA_TYPE, ready.width, ready.height, at)
            shown = ready.likeness, ready.looks, ready.exif
            return Picture(*facts, step.key, field_key, caption, *shown)

        self._context.jobs.task(self, work, self._on_kept, self._context.shell.show_error)

    def thumbnail(self, sha256: str, show: Callable[[QImage], object]) -> None:
        """Read a thumbnail and hand it on; one that is not on this laptop stays grey."""
        self._read(lambda: self._context.files.thumbnail(sha256), show)

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


def _caption(step: Step, field_key: str) -> str:
    asked = step.field(field_key.partition("/")[0])
    return step.title if asked is None else asked.label


def _tile(sha256: str, taken_at: datetime, caption: str, *, removable: bool = False) -> Tile:
    return Tile(sha256, f"{formats.clock(taken_at)} {caption}".strip(), removable)


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
