"""From the first look to the shell: sign in, unlock, choose a passphrase, first sync.

What has to be done is done beside the interface by the functions of ``Door``; this page only
asks, waits and says what happened. A later start with a keyring shows nothing but the name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.errors import (
    Damaged,
    FieldCrmError,
    InUse,
    KeyringLocked,
    LeaseOver,
    NoKeyring,
    Offline,
    WrongKey,
)
from fieldcrm.ui import errors
from fieldcrm.ui.devices.lease import locked
from fieldcrm.ui.errors import Wording
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.jobs import Jobs, Progress, Stop, Task
from fieldcrm.ui.signin.damaged import DamagedForm
from fieldcrm.ui.signin.form import SignInForm, UnlockForm
from fieldcrm.ui.signin.progress import Fetched, FirstSync
from fieldcrm.ui.signin.rescue import Rescue
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.frames import column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, caption
from fieldcrm.ui.widgets.marks import Painted

if TYPE_CHECKING:
    from fieldcrm.afresh import Rescued
    from fieldcrm.laptop import Laptop
    from fieldcrm.storage.profiles import Profile


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form."""

    server: str = ""
    login: str = ""
    password: str = ""
    device_name: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """What signing in needs done; every function runs beside the interface."""

    open_profile: Callable[[Profile, str], Laptop]
    sign_in: Callable[[Typed, str, str], Laptop]  # what was typed, a passphrase, the device met before
    is_complete: Callable[[Laptop], bool]
    fetch: Callable[[Laptop, Stop, Progress], object]  # tells ``Fetched``
    has_room: Callable[[], bool]
    rescue: Callable[[Profile, str], Rescued]  # out of a damaged file; a new one is there afterwards
    seal: Callable[[Profile, str, Path], Rescued]  # the same into a parcel for the office
    can_seal: Callable[[Profile], bool]
    look_in: Callable[[Profile, str], Laptop]  # what another window has open, only to look


class SignInPage(QWidget):
    """Everything before the shell; ``entered`` hands over the open laptop, once work may begin."""

    entered = Signal(object)
    fetched = Signal()  # the first sync is complete

    def __init__(self, jobs: Jobs, door: Door, people: Sequence[Profile], server: str = "") -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.jobs, self.door, self._people = jobs, door, list(people)
        self._typed = Typed()
        self._device = ""
        self._laptop: Laptop | None = None
        self._entered = False
        self._task: Task | None = None
        self._panel: QWidget = QWidget()
        self._place = QVBoxLayout()
        self._server = server
        mark = Painted(_draw_mark, 40, 40, "fieldcrm")
        self.title = Label("fieldcrm", 20, SEMIBOLD, rigid=True)
        head = row(None, mark, self.title, None, gap=12)
        foot = row(None, caption(tr("Works without a network once your work is here.")), None)
        body = column(
            None, head, 16, row(None, self._place, None), 16, foot, None, gap=0, margins=(24, 24, 24, 24)
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(holder(body)))

    def begin(self) -> None:
        """Open the latest profile if that needs no typing, else ask."""
        if not self._people:
            self.ask_to_sign_in()
        elif self._people[0].unlock == "passphrase":
            self.ask_to_unlock(self._people[0])
        else:
            self._open(self._people[0])

    @property
    def is_fetching(self) -> bool:
        """Whether the first sync still runs, perhaps behind the shell."""
        return self._task is not None

    @property
    def panel(self) -> QWidget:
        """The form or the progress that is shown."""
        return self._panel

    def show_panel(self, panel: QWidget) -> None:
        """Show a form instead of what is shown."""
        self._place.removeWidget(self._panel)
        self._panel.hide()
        self._panel.deleteLater()
        self._panel = panel
        self._place.addWidget(panel)
        panel.show()

    def ask_to_sign_in(self, wording: Wording | None = None) -> SignInForm:
        """Show the form."""
        form = SignInForm(self._people, self._server)
        form.submitted.connect(lambda: self._sign_in(form))
        form.offline_wanted.connect(self._offline)
        self.show_panel(form)
        form.first_gap().setFocus()
        if wording is not None:
            form.fail(wording, offer_offline=bool(self._people))
        elif not self.door.has_room():
            form.fail(
                Wording(tr("The disk is nearly full."), tr("Free about 500 MB, so that your work fits.")),
                offer_offline=False,
            )
        return form

    def ask_to_unlock(self, person: Profile) -> UnlockForm:
        """Ask for the passphrase of somebody who has worked here."""
        form = UnlockForm(person.name)
        form.submitted.connect(lambda words: self._open(person, words))
        form.cancelled.connect(lambda: self.ask_to_sign_in())
        self.show_panel(form)
        form.setFocus()
        return form

    def _ask_for_new(self) -> None:
        form = UnlockForm("", new=True)
        form.submitted.connect(self._join)
        form.cancelled.connect(lambda: self.ask_to_sign_in())
        self.show_panel(form)
        form.setFocus()

    def _ask_for_known(self, wording: Wording) -> None:
        """Ask for the passphrase of somebody who signs in again on this laptop."""
        again = isinstance(self._panel, UnlockForm)
        form = UnlockForm(self._typed.login)
        form.submitted.connect(self._join)
        form.cancelled.connect(lambda: self.ask_to_sign_in())
        self.show_panel(form)
        form.setFocus()
        if again:
            form.fail(wording)

    def _offline(self, person: Profile) -> None:
        if person.unlock == "passphrase":
            self.ask_to_unlock(person)
        else:
            self._open(person)

    def _open(self, person: Profile, passphrase: str = "") -> None:
        if isinstance(self._panel, UnlockForm):
            self._panel.submit.set_running(True)
        door = self.door
        self.jobs.task(
            self, lambda _stop, _progress: door.open_profile(person, passphrase), self._opened,
            lambda error: self._not_opened(person, passphrase, error),
        )  # fmt: skip

    def offer_rescue(self, person: Profile, passphrase: str = "", *, opens: bool = False) -> DamagedForm:
        """Say that the file of ``person`` is damaged, and offer the ways out."""
        return Rescue(self, person, passphrase, opens=opens).offer()

    def _look_in(self, person: Profile, passphrase: str) -> None:
        """Another window has the file: open it here too, only to look."""
        door = self.door
        self.jobs.task(
            self, lambda _stop, _progress: door.look_in(person, passphrase), self._opened,
            lambda error: self.ask_to_sign_in(errors.worded(error)),
        )  # fmt: skip

    def _not_opened(self, person: Profile, passphrase: str, error: FieldCrmError) -> None:
        wording = errors.worded(error)
        if isinstance(error, Damaged):
            self.offer_rescue(person, passphrase)
        elif isinstance(error, InUse):
            self._look_in(person, passphrase)
        elif isinstance(error, LeaseOver):
            self.ask_to_sign_in().fail(locked(error), offer_offline=False)
        elif isinstance(self._panel, UnlockForm):
            self._panel.fail(wording)
        elif isinstance(error, KeyringLocked):
            form = self.ask_to_sign_in(wording)
            form.fail(wording, offer_offline=True)
        else:
            self.ask_to_sign_in(wording)

    def _sign_in(self, form: SignInForm) -> None:
        form.set_running(True)
        self._typed = Typed(
            form.server.text(), form.account.text().strip(), form.password.text(), form.device.text()
        )
        self._join("")

    def _join(self, passphrase: str) -> None:
        door, typed, device = self.door, self._typed, self._device
        self.jobs.task(
            self, lambda _stop, _progress: door.sign_in(typed, passphrase, device), self._opened,
            self._not_joined,
        )  # fmt: skip

    def _not_joined(self, error: FieldCrmError) -> None:
        if isinstance(error, NoKeyring):
            self._device = str(error.data.get("device", ""))
            self._ask_for_new()
            return
        if isinstance(error, WrongKey):
            self._ask_for_known(errors.worded(error))
            return
        form = self._panel if isinstance(self._panel, SignInForm) else self.ask_to_sign_in()
        wording = errors.worded(error)
        if isinstance(error, Offline) and not self._people:
            wording = Wording(
                tr("Could not reach the office."),
                tr("The first time needs a network. Check the connection and the server's address."),
            )
        form.fail(wording, offer_offline=isinstance(error, Offline) and bool(self._people))

    def _opened(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._typed = Typed()
        if laptop.database.read_only or self.door.is_complete(laptop):
            self._enter()
        else:
            self._fetch(laptop)

    def _fetch(self, laptop: Laptop) -> None:
        panel = self._panel
        if not isinstance(panel, FirstSync):
            panel = FirstSync(laptop.profile.name)
            panel.start_wanted.connect(self._enter)
            panel.retry_wanted.connect(lambda: self._fetch(laptop))
            panel.stop_wanted.connect(self._stop)
            self.show_panel(panel)
        panel.go_on()
        door = self.door
        self._task = self.jobs.task(
            self, lambda stop, progress: door.fetch(laptop, stop, progress), self._on_fetched,
            self._on_cut, self._on_news,
        )  # fmt: skip

    def _on_news(self, news: Any) -> None:
        if isinstance(self._panel, FirstSync) and isinstance(news, Fetched):
            self._panel.show_parts(news.parts, news.share, news.seconds_left)
            if news.workable:
                self._panel.allow_work()

    def _on_fetched(self, _answer: object) -> None:
        self._task = None
        if self._laptop is not None and self.door.is_complete(self._laptop):
            self.fetched.emit()
            self._enter()
        elif isinstance(self._panel, FirstSync):
            self._panel.fail(
                Wording(tr("You stopped it."), tr("What has come is kept. It goes on at the same item."))
            )

    def _on_cut(self, error: FieldCrmError) -> None:
        self._task = None
        if isinstance(self._panel, FirstSync):
            wording = errors.worded(error)
            if isinstance(error, Offline):
                wording = Wording(
                    tr("The connection broke."), tr("What has come is kept. It goes on at the same item.")
                )
            self._panel.fail(wording)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _enter(self) -> None:
        if self._laptop is not None and not self._entered:
            self._entered = True
            self.entered.emit(self._laptop)


def _draw_mark(painter: Any, rect: Any) -> None:
    from fieldcrm.ui import paint

    paint.box(painter, rect, 10, "accent")
    paint.icon(painter, "map-marker-check", rect.x() + 8, rect.y() + 8, 24, "onAccent")
