"""How the offline lease is spoken of."""

from __future__ import annotations

from fieldcrm.errors import LeaseOver
from fieldcrm.ui.errors import Wording, worded
from fieldcrm.ui.i18n import ntr, tr

_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
WARN_MS = 3 * _DAY_MS


def locks_in(left_ms: int) -> str:
    """Say when this laptop locks without contact."""
    if left_ms >= _DAY_MS:
        return ntr("Locks in {n} day without sync", "Locks in {n} days without sync", left_ms // _DAY_MS)
    if left_ms >= _HOUR_MS:
        return ntr("Locks in {n} hour without sync", "Locks in {n} hours without sync", left_ms // _HOUR_MS)
    return tr("Locks within the hour without sync")


def locked(error: LeaseOver) -> Wording:
    """Say why this laptop is locked, and how much waits on it."""
    said, waiting = worded(error), error.data.get("waiting")
    if not isinstance(waiting, int) or not waiting:
        return said
    rest = ntr("{n} thing waits here, unsent, and goes when you have signed in.",
               "{n} things wait here, unsent, and go when you have signed in.", waiting)  # fmt: skip
    return Wording(said.title, tr("{one} {two}", one=said.text, two=rest))
