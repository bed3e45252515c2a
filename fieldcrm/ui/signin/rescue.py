"""What happens at the door of a damaged file: read the unsent work out, then sign in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from fieldcrm.errors import FieldCrmError, WrongKey
from fieldcrm.ui import errors
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.signin.damaged import DamagedForm, RescuedForm
from fieldcrm.ui.signin.form import UnlockForm

if TYPE_CHECKING:
    from fieldcrm.afresh import Rescued
    from fieldcrm.storage.profiles import Profile
    from fieldcrm.ui.signin.page import SignInPage

ENDING = ".fieldparcel"


def ask_where(host: QWidget, name: str) -> Path | None:
    """Let a person choose where the parcel goes."""
    kinds = f"{tr('Parcel for the office')} (*{ENDING})"
    chosen, _ = QFileDialog.getSaveFileName(host, tr("Save the parcel for the office"), name, kinds)
    return Path(chosen).with_suffix(ENDING) if chosen else None


class Rescue(QObject):
    """One damaged file, from the bad news to the sign-in form."""

    def __init__(self, page: SignInPage, person: Profile, passphrase: str, *, opens: bool) -> None:
        super().__init__(page)
        self._page, self._person, self._passphrase, self._opens = page, person, passphrase, opens
        self.choose: Callable[[QWidget, str], Path | None] = ask_where

    def offer(self) -> DamagedForm:
        """Say that the file is damaged, and what can be done."""
        page = self._page
        form = DamagedForm(can_seal=page.door.can_seal(self._person), opens=self._opens)
        form.rescue_wanted.connect(lambda: self._unlocked(self._rescue))
        form.seal_wanted.connect(lambda: self._unlocked(self._seal))
        form.later_wanted.connect(page.begin if self._opens else lambda: page.ask_to_sign_in())
        page.show_panel(form)
        form.setFocus()
        return form

    def _unlocked(self, then: Callable[[], object]) -> None:
        """Ask for the passphrase first, where there is one and it was not typed just now."""
        if self._person.unlock != "passphrase" or self._passphrase:
            then()
            return
        form = UnlockForm(self._person.name)

        def typed(words: str) -> None:
            self._passphrase = words
            self.offer()
            then()

        form.submitted.connect(typed)
        form.cancelled.connect(self.offer)
        self._page.show_panel(form)
        form.setFocus()

    def _rescue(self) -> None:
        door, person, words = self._page.door, self._person, self._passphrase
        self._run(lambda: door.rescue(person, words), lambda done: self._tell(done, ""))

    def _seal(self) -> None:
        door, person, words = self._page.door, self._person, self._passphrase
        target = self.choose(self._page, f"fieldcrm-{person.login}{ENDING}")
        if target is not None:
            self._run(lambda: door.seal(person, words, target), lambda done: self._tell(done, target.name))

    def _run(self, work: Callable[[], Rescued], then: Callable[[Rescued], object]) -> None:
        if isinstance(self._page.panel, DamagedForm):
            self._page.panel.set_running(True)
        self._page.jobs.task(self, lambda _stop, _progress: work(), then, self._failed)

    def _failed(self, error: FieldCrmError) -> None:
        if isinstance(error, WrongKey):
            self._passphrase = ""
        if isinstance(self._page.panel, DamagedForm):
            self._page.panel.fail(errors.worded(error))

    def _tell(self, done: Rescued, parcel: str) -> None:
        form = RescuedForm(done, parcel=parcel)
        form.go_on.connect(self.offer if parcel else lambda: self._page.ask_to_sign_in())
        self._page.show_panel(form)
        form.setFocus()
