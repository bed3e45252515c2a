"""Two questions of the plan: why a visit is skipped, and whether a better order is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from PySide6.QtWidgets import QWidget

from fieldcrm.services.routes import Proposal
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.today.words import SKIP_REASONS
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Chips
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Sign, secondary
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField

_NO_REASON = mark("Write why, so that your manager need not ask")


def ask_reason(host: QWidget, store: str, then: Callable[[str], object]) -> None:
    """Ask why ``store`` is skipped; without a reason the question stays."""
    dialog = Dialog(tr("Skip {store}?", store=store))
    field = LineField("", tr("Reason"))
    labelled = Field(tr("Reason"), field)
    chips = Chips([(reason, tr(reason)) for reason in SKIP_REASONS])
    chips.changed.connect(lambda: field.setText(tr(str(chips.current))))
    dialog.add(chips, labelled)
    dialog.button(tr("Keep it"))

    def skip() -> None:
        if not field.text().strip():
            labelled.show_error(tr(_NO_REASON))
            field.setFocus()
            return
        dialog.leave()
        then(field.text())

    dialog.button(tr("Skip the visit"), "primary", skip, stays=True)
    dialog.ask(host, field)


def show_proposal(
    host: QWidget, proposal: Proposal, names: Mapping[UUID, str], today: date,
    then: Callable[[Proposal], object],
) -> None:  # fmt: skip
    """Show the better order beside what it saves."""
    now, better = proposal.now, proposal.better
    dialog = Dialog(tr("A better order for {day}", day=formats.day(proposal.on, today)), _savings(proposal))
    lines = column(gap=4)
    for place, stop in enumerate(better.stops, start=1):
        time = f"{stop.begin // 60 % 24:02d}:{stop.begin % 60:02d}"
        line = row(
            Label(time, 13, SEMIBOLD, "text2", rigid=True), Label(names.get(stop.key, ""), 14), None, gap=12
        )
        if stop.closed:
            line.addWidget(Sign("alert", 16, "warn"))
            line.addWidget(Label(tr("closed then"), 12, SEMIBOLD, "warn", rigid=True))
        lines.addLayout(row(Label(str(place), 13, 400, "text3", align=paint.RIGHT, rigid=True), line, gap=12))
    area = scrolling(holder(lines))
    area.setFixedHeight(min(320, 24 * len(better.stops) + 8))
    dialog.add(area)
    if any(stop.closed for stop in now.stops):
        dialog.add(secondary(tr("In the order as it stands, a store would be closed on arrival.")))
    dialog.button(tr("Keep my order"))
    dialog.button(tr("Take this order"), "primary", lambda: then(proposal))
    dialog.ask(host)


def _savings(proposal: Proposal) -> str:
    now, better = proposal.now, proposal.better
    km, minutes = now.km - better.km, now.finish - better.finish
    parts = []
    if km >= 0.05:
        parts.append(tr("{distance} less to drive", distance=formats.distance(km * 1000)))
    if minutes > 0:
        parts.append(tr("done {time} earlier", time=formats.duration(minutes * 60)))
    end = f"{better.finish // 60 % 24:02d}:{better.finish % 60:02d}"
    parts.append(tr("finished by {time}", time=end))
    return tr(", ").join(parts)
