"""How a store that left this laptop is told: why it went, and what became of the work on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from fieldcrm.storage.local import OutboxState
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.sync import details, reasons, words
from fieldcrm.ui.sync.away import Departure, Work
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import Piece, card, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, section_title

_WHY = {
    "moved": mark("The office gave this store to somebody else."),
    "territory": mark("The office took this area out of your hands, and the store with it."),
    "deleted": mark("The office deleted this store."),
}


def title(gone: Departure) -> str:
    """Return the store's name."""
    return gone.name or tr("A record that is no longer here")


def under(gone: Departure, now: datetime) -> str:
    """Return since when and why, in a few words."""
    said = tr("Deleted") if gone.reason == "deleted" else tr("Moved away")
    return f"{said} · {formats.moment(gone.left_at, now)}"


def story(gone: Departure, naming: Naming) -> QWidget:
    """Return the whole explanation."""
    why = tr(_WHY.get(gone.reason, _WHY["moved"]))
    safe = tr(
        "It is not on this laptop any more, with its contacts, photos and prices. At the office it all is."
    )
    pieces: list[Piece] = [
        details.head(tr("Moved away"), Status.INFO, title(gone), under(gone, naming.now)),
        card(Paragraph(why, 14, SEMIBOLD), Paragraph(safe, 14, REGULAR, "text2"), gap=4),
        card(section_title(tr("What became of your work on it")), 4, *_lines(gone.work, naming), gap=8),
    ]
    return details.sheet(*pieces)


def _lines(work: Sequence[Work], naming: Naming) -> list[Piece]:
    if not work:
        return [Paragraph(tr("Nothing of yours was on its way."), 14, REGULAR, "text2")]
    return [_line(each, naming) for each in work]


def _line(work: Work, naming: Naming) -> Piece:
    icon, tone, said = _became(work)
    name = words.noun(work.entity, work.label)
    sign = Sign(icon, 20, tone)
    line = row(sign, gap=12)
    line.addWidget(Label(f"{name} · {formats.moment(work.at, naming.now)}", 14), 1)
    line.addWidget(Paragraph(said, 13, REGULAR, "text2", lines=2), 1)
    return line


def _became(work: Work) -> tuple[str, str, str]:
    if work.state == OutboxState.ACKED and work.code == "out_of_territory":
        return "check-circle", "ok", tr("Taken by the office, marked as after the move")
    if work.state == OutboxState.ACKED:
        return "check-circle", "ok", tr("Taken by the office")
    if work.state == OutboxState.REJECTED:
        why, _ = reasons.why(work.code, work.entity)
        return "alert", "warn", tr("Kept apart at the office: {why}", why=why)
    return "tray-arrow-up", "local", tr("Still here; the office decides when it arrives")
