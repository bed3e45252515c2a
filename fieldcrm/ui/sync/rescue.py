"""Taking unsent work along: a bundle under a passphrase, and bringing one in.

The passphrase is asked for twice, because nobody can open the bundle without it. Bringing a
bundle in twice changes nothing; what came and what was here already is told.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QFileDialog, QWidget

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Invalid, SyncError, WrongKey
from fieldcrm.storage import backup
from fieldcrm.storage.backup import Imported, Rescued
from fieldcrm.storage.bundle import Contents
from fieldcrm.storage.key import Hardness
from fieldcrm.storage.unsent import unsent
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, prose, tr
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.sync.working import Working, secret
from fieldcrm.ui.widgets.fields import Field

LEAST = 8
ENDING = ".fieldrescue"

ChooseFile = Callable[[QWidget, str], Path | None]


def ask_where(host: QWidget, name: str) -> Path | None:
    """Let a person choose where the bundle goes."""
    kinds = f"{tr('Rescue bundle')} (*{ENDING})"
    chosen, _ = QFileDialog.getSaveFileName(host, tr("Save the rescue bundle"), name, kinds)
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(ENDING)


def ask_which(host: QWidget, _name: str) -> Path | None:
    """Let a person choose a bundle."""
    kinds = f"{tr('Rescue bundle')} (*{ENDING})"
    chosen, _ = QFileDialog.getOpenFileName(host, tr("Choose a rescue bundle"), "", kinds)
    return Path(chosen) if chosen else None


def said(error: FieldCrmError) -> str:
    """Return what went wrong with a bundle."""
    if isinstance(error, WrongKey):
        return tr("This passphrase does not open the bundle. Nothing was changed. Type it again.")
    if isinstance(error, Invalid) and error.code == "another_user":
        return tr("This bundle holds another person's work. Nothing was changed.")
    if type(error).__name__ == "Damaged":
        return tr("This file is not a whole rescue bundle. Nothing was changed. Choose another copy of it.")
    return errors.worded(error).whole


class ExportDialog(Working):
    """Asks for a passphrase twice and for a place, then writes the bundle."""

    def __init__(
        self, context: Context, then: Callable[[], object] | None = None, *,
        choose: ChooseFile = ask_where, hardness: Hardness | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            context,
            tr("Save a rescue bundle?"),
            tr("It holds everything that is only on this laptop, locked with a passphrase. "
               "You can bring it in on another laptop; nothing arrives twice."),
        )  # fmt: skip
        self._then, self._choose, self._hardness = then, choose, hardness
        self.first, self.second = secret(tr("Passphrase")), secret(tr("The passphrase again"))
        self._once = Field(
            tr("Passphrase"), self.first,
            ntr("At least {n} character. Without it nobody can open the bundle.",
                "At least {n} characters. Without it nobody can open the bundle.", LEAST),
        )  # fmt: skip
        self._twice = Field(tr("The passphrase again"), self.second)
        self.add(self._once, self._twice, self.progress, self.wrong)
        self.button(tr("Cancel"))
        self.main = self.button(tr("Save the bundle"), "primary", self.save, stays=True)

    def save(self) -> None:
        """Check the passphrase, ask for the place, write."""
        if not self._is_right():
            return
        name = f"fieldcrm-{clock.business_day(self.context.now()):%Y-%m-%d}{ENDING}"
        path = self._choose(self, name)
        if path is None:
            return
        context, passphrase, hardness = self.context, self.first.text(), self._hardness

        def work(stop: Stop, progress: Progress) -> Rescued:
            with context.database.reading() as session:
                whole = max(1, unsent(session).count)

            def on_piece(done: Contents) -> None:
                if stop():
                    raise SyncError("stopped")
                progress(min(1.0, (len(done.mutations) + len(done.photos)) / whole))

            return backup.export_rescue(context.database, context.files, path, passphrase, hardness, on_piece)

        self.run_long(tr("Locking changes and photos"), work, self._on_saved)

    def _is_right(self) -> bool:
        short = len(self.first.text()) < LEAST
        differs = self.first.text() != self.second.text()
        self._once.show_error(
            ntr("Type at least {n} character.", "Type at least {n} characters.", LEAST) if short else ""
        )
        self._twice.show_error(tr("The two are not the same.") if differs and not short else "")
        if short or differs:
            (self.first if short else self.second).setFocus()
        return not (short or differs)

    def words(self, error: FieldCrmError) -> str:
        return said(error)

    def _on_saved(self, done: Rescued) -> None:
        if shiboken6.isValid(self):
            self.leave()
        changes = ntr("{n} change", "{n} changes", done.changes)
        photos = ntr("{n} photo", "{n} photos", done.photos)
        self.context.shell.toast(
            tr("Rescue bundle saved: {changes}, {photos}", changes=changes, photos=photos)
        )
        self.context.jobs.announce({"outbox"})
        if self._then is not None:
            self._then()


class ImportDialog(Working):
    """Asks for the passphrase of a chosen bundle, brings it in and tells what came."""

    def __init__(self, context: Context, path: Path) -> None:
        super().__init__(
            context,
            tr("Bring in this rescue bundle?"),
            tr("What is not here yet is added and sent with the next sync. Nothing arrives twice."),
        )
        self._path = path
        self.passphrase = secret(tr("Passphrase"))
        self._field = Field(tr("Passphrase"), self.passphrase)
        self.add(self._field, self.progress, self.wrong)
        self.button(tr("Cancel"))
        self.main = self.button(tr("Bring it in"), "primary", self.bring, stays=True)

    def bring(self) -> None:
        """Read the bundle into this profile."""
        if not self.passphrase.text():
            self._field.show_error(tr("Type the passphrase of the bundle."))
            self.passphrase.setFocus()
            return
        self._field.show_error("")
        context, path, passphrase = self.context, self._path, self.passphrase.text()
        self.run(
            tr("Opening the bundle"),
            lambda: backup.import_rescue(context.database, context.files, path, passphrase),
            self._on_brought,
        )

    def words(self, error: FieldCrmError) -> str:
        return said(error)

    def _on_brought(self, done: Imported) -> None:
        if shiboken6.isValid(self):
            self.leave()
        self.context.jobs.announce({"outbox", "upload"})
        tell(self.context, done)


def tell(context: Context, done: Imported) -> None:
    """Say what a bundle brought."""
    parts = [ntr("{n} change came in.", "{n} changes came in.", done.changes)]
    if done.photos:
        parts.append(ntr("{n} photo came in.", "{n} photos came in.", done.photos))
    if done.drafts:
        parts.append(ntr("{n} draft came in.", "{n} drafts came in.", done.drafts))
    if done.known:
        parts.append(ntr("{n} change was here already.", "{n} changes were here already.", done.known))
    context.shell.toast(prose(*parts))


def save_bundle(
    context: Context, then: Callable[[], object] | None = None, *, choose: ChooseFile = ask_where,
    hardness: Hardness | None = None,
) -> ExportDialog:  # fmt: skip
    """Ask for a passphrase and a place, and write everything unsent."""
    dialog = ExportDialog(context, then, choose=choose, hardness=hardness)
    dialog.ask(context.shell.window(), dialog.first)
    return dialog


def bring_bundle(context: Context, *, choose: ChooseFile = ask_which) -> ImportDialog | None:
    """Ask for a bundle and its passphrase, and bring it in; None when none was chosen."""
    path = choose(context.shell.window(), "")
    if path is None:
        return None
    dialog = ImportDialog(context, path)
    dialog.ask(context.shell.window(), dialog.passphrase)
    return dialog
