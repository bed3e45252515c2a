"""A data file that cannot be read: what is lost, what is not, and the ways out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from fieldcrm.ui.errors import Wording
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.signin.form import WIDE, Notice
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column
from fieldcrm.ui.widgets.labels import Paragraph

if TYPE_CHECKING:
    from fieldcrm.afresh import Rescued


class DamagedForm(QFrame):
    """Offers to rescue what is unsent; ``opens`` when the file still opens and work could go on."""

    rescue_wanted = Signal()
    seal_wanted = Signal()
    later_wanted = Signal()

    def __init__(self, *, can_seal: bool, opens: bool) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDE)
        self.notice = Notice()
        self.rescue = Button(
            tr("Rescue unsent work and start afresh"), "primary", height=44, on_click=self.rescue_wanted.emit
        )
        self.seal = Button(tr("Save it for the office instead"), height=44, on_click=self.seal_wanted.emit)
        verb = tr("Later: go on with what can be read") if opens else tr("Sign in as someone else")
        self.later = Button(verb, "ghost", height=44, on_click=self.later_wanted.emit)
        why = tr(
            "Part of the file cannot be read; disks do that when they wear out or the power goes. What you "
            "sent is safe at the office. What you had not sent is read out of the file as far as possible."
        )
        then = tr(
            "Then you sign in, everything is fetched again and the rescued work is sent; nothing arrives "
            "twice. This needs a network. The damaged file is kept beside the new one."
        )
        self.setLayout(
            column(
                Paragraph(tr("The data file on this laptop is damaged"), 20, SEMIBOLD),
                Paragraph(why, 13, REGULAR, "text2"), Paragraph(then, 13, REGULAR, "text2"), self.notice, 4,
                self.rescue, self.seal, self.later, gap=12, margins=(24, 20, 24, 24),
            )
        )  # fmt: skip
        self.seal.setVisible(can_seal)
        self.setFocusProxy(self.rescue)

    def set_running(self, running: bool) -> None:
        """Take no second press while the file is read."""
        self.rescue.set_running(running)
        self.rescue.setText(
            tr("Reading the data file") if running else tr("Rescue unsent work and start afresh")
        )
        self.seal.setEnabled(not running)
        self.later.setEnabled(not running)
        if running:
            self.notice.say(None)

    def fail(self, wording: Wording) -> None:
        """Say what went wrong."""
        self.set_running(False)
        self.notice.say(wording)


class RescuedForm(QFrame):
    """What was read out, and what comes next."""

    go_on = Signal()

    def __init__(self, done: Rescued, *, parcel: str = "") -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDE)
        title = tr("Saved for the office") if parcel else tr("Your unsent work was read out")
        if not done.readable:
            title = tr("Nothing could be read out of the file")
        then = (
            tr("Give the file {name} to your administrator: only the office can open it. "
               "The data file was left as it is.", name=parcel)
            if parcel
            else tr("Now sign in: everything is fetched from the office, and what was read out is sent.")
        )  # fmt: skip
        self.next = Button(tr("Back") if parcel else tr("Sign in"), "primary", height=44)
        self.next.clicked.connect(self.go_on)
        self.setLayout(
            column(
                Paragraph(title, 20, SEMIBOLD), Paragraph(count(done), 13, REGULAR, "text2"),
                Paragraph(then, 13, REGULAR, "text2"), 4, self.next, gap=12, margins=(24, 20, 24, 24),
            )
        )  # fmt: skip
        self.setFocusProxy(self.next)


def count(done: Rescued) -> str:
    """Say how much was read out, and how much was not."""
    if not done.readable:
        return tr("What was not sent from this file is lost. What was sent is at the office.")
    parts = [
        ntr("{n} change", "{n} changes", done.changes), ntr("{n} photo", "{n} photos", done.photos),
        ntr("{n} draft", "{n} drafts", done.drafts),
    ]  # fmt: skip
    said = tr("Read out: {parts}.", parts=tr(", ").join(parts))
    if not done.lost:
        return said
    lost = ntr("{n} entry could not be read.", "{n} entries could not be read.", done.lost)
    return tr("{one} {two}", one=said, two=lost)
