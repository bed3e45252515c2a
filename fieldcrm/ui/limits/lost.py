"""Telling who sells why his laptop may use less of a limit than before."""

from __future__ import annotations

from fieldcrm import clock
from fieldcrm.rules.slices import Ended
from fieldcrm.services.slices import Share
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr

_WHY = {
    Ended.LOWERED: mark("The office lowered it ({when}) and called this laptop's part back. What was sold"
                        " before stands."),
    Ended.RECALLED: mark("The office called this laptop's part back ({when}). What was sold before stands."),
    Ended.MOVED: mark("The store is served by somebody else now, so this laptop's part ended ({when})."),
}  # fmt: skip


def after(text: str, share: Share) -> str:
    """Return what is said of a share, and on a line after it why it shrank lately."""
    if share.lost is None:
        return text
    known = {str(each) for each in Ended}  # a newer server may know more reasons
    why = Ended(share.lost.why) if share.lost.why in known else Ended.RECALLED
    when = formats.moment(share.lost.at, clock.now())
    return f"{text}\n{tr(_WHY[why]).format(when=when)}"
