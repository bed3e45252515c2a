"""How laptops and what is done about them are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldcrm import clock
from fieldcrm.sync.devices import Device, DeviceAct
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr

ACTIVE, PUSH_ONLY, LOST = "active", "push_only", "revoked_wipe"
STATES: Mapping[str, tuple[str, str, str]] = {
    ACTIVE: (mark("In use"), "check-circle", "ok"),
    PUSH_ONLY: (mark("Handing in"), "cloud-outline", "warn"),
    LOST: (mark("Lost"), "alert", "bad"),
}
_ACTS: Mapping[str, str] = {
    "device_lost": mark("Reported lost"), "device_leaver": mark("Set to hand in only"),
    "device_restored": mark("Let back in"), "device_signed_out": mark("Signed out from elsewhere"),
    "device_wiped": mark("Confirmed that it wiped itself"),
    "parcel_received": mark("Left sealed work with the server"),
    "parcel_replayed": mark("Its sealed work was opened for review"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something is done, and how the button is called."""

    title: str
    text: str
    verb: str
    destroys: bool = True


def state(device: Device) -> tuple[str, str, str]:
    """Return what a laptop's state is called, its icon and tone."""
    if device.wiped_at is not None:
        return tr("Wiped"), "delete-outline", "neutral"
    word, icon, tone = STATES.get(device.state, (mark("Something new"), "information-outline", "neutral"))
    return tr(word), icon, tone


def seen(device: Device, now: datetime) -> str:
    """Say when a laptop was last heard of."""
    if device.seen_at is None:
        return tr("No contact so far")
    return formats.ago(clock.from_ms(device.seen_at), now)


def unsent(device: Device) -> str:
    """Say how much a laptop held when it was last heard of."""
    if device.unsent is None:
        return formats.NONE
    return ntr("{n} thing", "{n} things", device.unsent) if device.unsent else tr("Nothing")


def about(device: Device, now: datetime) -> str:
    """Say in a line what is worth knowing of a laptop."""
    never = device.seen_at is None
    parts = [seen(device, now) if never else tr("Last contact {when}", when=seen(device, now))]
    if device.unsent:
        parts.append(tr("{count} not sent yet", count=unsent(device)))
    if device.hand_in_until is not None:
        until = formats.moment(clock.from_ms(device.hand_in_until), now)
        parts.append(tr("hands in until {when}", when=until))
    return tr(" · ").join(parts)


def act(done: DeviceAct) -> str:
    """Say what was done, and by whom."""
    what = tr(_ACTS.get(done.what, mark("Something new")))
    if done.what in ("device_wiped", "parcel_received"):
        return what
    return tr("{what} by {who}", what=what, who=done.person or tr("the server's administrator"))


def question(what: str, device: Device) -> Question:
    """Return what is asked before ``what`` is done to a laptop."""
    name = device.name or tr("this laptop")
    if what == "lost":
        return Question(
            tr("Report {name} as lost?", name=name),
            tr(
                "It gets nothing more from now on. At its next contact it destroys its key and data; what "
                "was not sent is sealed for the office first. Only an administrator lets it back in."
            ),
            tr("Report as lost"),
        )
    if what == "leaver":
        return Question(
            tr("Let {name} only hand in?", name=name),
            tr("For 72 hours it may send what it still holds. Nothing new reaches it, from now on."),
            tr("Only hand in"),
        )
    if what == "restore":
        return Question(
            tr("Let {name} back in?", name=name),
            tr("It takes part again. If it was signed out, {person} signs in anew.", person=device.person),
            tr("Let it back in"),
            destroys=False,
        )
    return Question(
        tr("Sign {name} out?", name=name),
        tr("What is on it stays there, also what was not sent. A password signs it in again."),
        tr("Sign it out"),
        destroys=False,
    )
