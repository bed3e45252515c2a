"""Keeps a visit's unwritten part safe: a draft on every change, events when a step is left.

Saves are queued in the order in which things were done; the page never waits for them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from fieldcrm.services.visits import Picture
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui.context import Context
from fieldcrm.ui.visit import progress, rows
from fieldcrm.ui.visit.progress import Progress


class Keeper(QObject):
    """One visit: what is written of it and what is not yet."""

    def __init__(self, page: QObject, context: Context, saved: Callable[[], object]) -> None:
        super().__init__(page)
        self._context, self._saved = context, saved
        self.visit: Workspace | None = None
        self.progress = Progress()

    def take(self, written: Workspace, fresh: Progress | None) -> None:
        """Take what was read; ``fresh`` begins with what was kept of it."""
        self.visit = written
        if fresh is not None:
            self.progress = fresh

    def forget(self) -> None:
        """Let go of the visit."""
        self.visit, self.progress = None, Progress()

    def save(self) -> None:
        """Keep the draft."""
        visit = self.visit
        if visit is None or not visit.takes_answers:
            return
        at, snapshot = self._context.now(), progress.to_json(self.progress)
        kind = progress.AMENDMENT if visit.amending else progress.KIND
        self._context.jobs.write(
            self,
            lambda session: progress.save(session, visit.visit_id, snapshot, at, kind),
            lambda _: self._saved(),
        )

    def leave(self, step_key: str) -> None:
        """Turn a step's answers and photos into events; an amendment is written whole, at its end."""
        visit = self.visit
        if visit is None or not step_key or not visit.takes_answers:
            return
        if visit.amending:
            self.save()
            return
        self.progress.answers.setdefault(step_key, {})
        at, snapshot = self._context.now(), progress.to_json(self.progress)
        self._context.jobs.write(
            self,
            lambda session: progress.write_step(session, visit.visit_id, step_key, snapshot, at),
            lambda _: self._saved(),
        )
        written = self.progress.photos_of(step_key)
        self.progress.photos = [photo for photo in self.progress.photos if photo not in written]
        self.visit = rows.with_photos(visit, written)

    def add_photo(self, picture: Picture, here: str) -> None:
        """Keep a stored photo; one that was ready only after its step had been left is written."""
        self.progress.photos.append(picture)
        if picture.step_key == here:
            self.save()
        else:
            self.leave(picture.step_key)

    def remove_photo(self, sha256: str) -> list[Picture]:
        """Take a photo back that is not written yet; returns it for undoing."""
        gone = [photo for photo in self.progress.photos if photo.sha256 == sha256]
        self.progress.photos = [photo for photo in self.progress.photos if photo.sha256 != sha256]
        self.save()
        return gone
