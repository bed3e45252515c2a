"""The one thing to know about sync right now: in a strip above, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldcrm.errors import ClientTooOld, Malformed, SignInRequired
from fieldcrm.ui import errors, formats, theme
from fieldcrm.ui.connection import CLOCK_LIMIT, Connection
from fieldcrm.ui.devices.lease import WARN_MS, locks_in
from fieldcrm.ui.i18n import ntr, prose, tr
from fieldcrm.ui.sync.reading import Centre
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign

_LATELY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class State:
    """What the strip says; ``act`` is sign_in, sync, photos or nothing."""

    tone: str
    icon: str
    title: str
    text: str
    verb: str = ""
    act: str = ""


def state(centre: Centre, connection: Connection, now: datetime) -> State | None:
    """Return the most urgent thing to know, or None when all is well."""
    return (
        _signed_out(connection)
        or _first(centre, connection)
        or _wrong_clock(centre)
        or _refusing(connection)
        or _locks_soon(connection)
        or _offline(centre, connection)
        or _partial(centre, now)
        or _weak(centre, connection, now)
        or _metered(connection)
    )


def _signed_out(connection: Connection) -> State | None:
    if not isinstance(connection.error, SignInRequired):
        return None
    wording = errors.worded(connection.error)
    return State("bad", "account-alert-outline", wording.title, wording.text, tr("Sign in again"), "sign_in")


def _first(centre: Centre, connection: Connection) -> State | None:
    if not centre.is_first:
        return None
    text = tr("Today's stores come first. You can work meanwhile; what you save is sent afterwards.")
    if not connection.online and not connection.syncing:
        text = tr("It goes on where it stopped as soon as there is a connection.")
    return State("soft", "cloud-sync-outline", tr("The first sync is not complete yet."), text)


def _wrong_clock(centre: Centre) -> State | None:
    off = -centre.clock_off
    if abs(off) <= CLOCK_LIMIT:
        return None
    how = formats.duration(abs(off).total_seconds())
    title = (
        tr("This laptop's clock is {time} fast.", time=how)
        if off > timedelta()
        else tr("This laptop's clock is {time} slow.", time=how)
    )
    text = tr("Nothing is lost, but your visits carry wrong times. Set the clock in the system's settings.")
    return State("warn", "clock-alert-outline", title, text)


def _refusing(connection: Connection) -> State | None:
    if not isinstance(connection.error, ClientTooOld | Malformed):
        return None
    wording = errors.worded(connection.error)
    return State("warn", "alert", wording.title, wording.text, tr("Try again"), "sync")


def _locks_soon(connection: Connection) -> State | None:
    if connection.lease_ms is None or connection.lease_ms > WARN_MS:
        return None
    text = tr("Too long without the office. A sync with any network opens it for another while; if it does "
              "lock, nothing is lost and signing in opens it.")  # fmt: skip
    return State("warn", "lock-clock", locks_in(connection.lease_ms), text, tr("Try again"), "sync")


def _offline(centre: Centre, connection: Connection) -> State | None:
    if connection.online or connection.syncing:
        return None
    if centre.ready:
        title = ntr("Offline. {n} thing waits on this laptop.", "Offline. {n} things wait on this laptop.",
                    len(centre.ready))  # fmt: skip
    else:
        title = tr("Offline. Nothing waits on this laptop.")
    text = tr("Work on as usual. It is sent by itself when there is a connection.")
    return State("local", "cloud-off-outline", title, text, tr("Try again"), "sync")


def _partial(centre: Centre, now: datetime) -> State | None:
    last = next((line for line in centre.log[:1] if line.at >= now - _LATELY), None)
    refused = int(last.data.get("rejected") or 0) if last is not None else 0
    parts = []
    if refused and centre.refused:
        parts.append(ntr("{n} change was refused.", "{n} changes were refused.", refused))
    if centre.pictures.unreadable:
        parts.append(
            ntr("{n} photo cannot be read on this laptop.", "{n} photos cannot be read on this laptop.",
                centre.pictures.unreadable)
        )  # fmt: skip
    if not parts:
        return None
    return State("warn", "alert", prose(*parts), tr("Everything else went through."))


def _weak(centre: Centre, connection: Connection, now: datetime) -> State | None:
    """Say that a line is bad: it broke more than once lately, although something got through."""
    lately = [line for line in centre.log if line.at >= now - _LATELY]
    broke = sum(line.kind == "failed" for line in lately)
    if broke < 2 or not (connection.online or connection.syncing):
        return None
    text = tr("It goes on in small pieces, orders first and photos last. Nothing is sent twice.")
    return State("warn", "signal-cellular-1", tr("The connection keeps breaking."), text)


def _metered(connection: Connection) -> State | None:
    if not (connection.metered and connection.photos and connection.online):
        return None
    title = ntr(
        "This connection is metered. {n} photo waits.",
        "This connection is metered. {n} photos wait.",
        connection.photos,
    )  # fmt: skip
    text = tr("Orders, visits and everything else go as usual. Photos go when the line is free.")
    return State("soft", "image-outline", title, text, tr("Send photos now"), "photos")


class Strip(QFrame):
    """The strip; hidden while there is nothing to say."""

    acted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "warn")
        self._state: State | None = None
        self._sign = Sign("alert", 20, "warn")
        self._title = Label("", 14, SEMIBOLD)
        self._text = Paragraph("", 13, REGULAR, "text2")
        self.button = Button("", on_click=self._act)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(12)
        layout.addWidget(self._sign)
        layout.addLayout(words, 1)
        layout.addWidget(self.button)
        self.hide()

    @property
    def state(self) -> State | None:
        """What is said now."""
        return self._state

    def show_state(self, shown: State | None) -> None:
        """Say something else, or nothing."""
        self._state = shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        theme.restyle(self, "surface", shown.tone)
        self._sign.show_sign(shown.icon, "accent" if shown.tone == "soft" else shown.tone)
        self._title.show_text(shown.title)
        self._text.show_text(shown.text)
        self.button.setText(shown.verb)
        self.button.setVisible(bool(shown.verb))
        self.setAccessibleName(f"{shown.title} {shown.text}")

    def _act(self) -> None:
        if self._state is not None:
            self.acted.emit(self._state.act)
