"""What was changed in a report after it was submitted: why, and each answer before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fieldcrm.services.amending import Amended, Change
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.reviews import words
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, secondary, section_title


def differences(amended: Sequence[Amended], now: datetime) -> QFrame | None:
    """Return the card of a report's amendments, or None when there are none."""
    if not amended:
        return None
    frame = card(section_title(tr("Amended after it was submitted")), 4, gap=12)
    layout = frame.layout()
    if isinstance(layout, QVBoxLayout):
        for one in amended:
            layout.addWidget(_amendment(one, now))
    return frame


def _amendment(one: Amended, now: datetime) -> QWidget:
    head = row(
        Sign("file-document-edit-outline", 18, "accent"),
        Label(one.reason, 14, SEMIBOLD),
        None,
        secondary(formats.moment(one.at, now)),
        gap=8,
    )
    lines = [_change(change) for change in one.changes]
    if one.summary_after is not None:
        lines.append(_line(tr("Rep's summary"), one.summary_before or "—", one.summary_after or "—"))
    if one.photos:
        lines.append(_line(tr("Photos"), "", ntr("{n} photo added", "{n} photos added", one.photos)))
    return holder(column(head, *lines, gap=6))


def _change(change: Change) -> QWidget:
    asked: Mapping[str, Any] = change.asked
    before, after = words.answer(dict(asked), change.before)[0], words.answer(dict(asked), change.after)[0]
    if before == after:  # the same number of articles, counted otherwise
        before, after = _spelled(change.before), _spelled(change.after)
    return _line(f"{change.step} · {asked['label']}", before, after)


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(each) for each in value.values())
    return str(value)


def _line(name: str, before: str, after: str) -> QWidget:
    was = Label(before, 13, REGULAR, "text3")
    was.setAccessibleName(tr("before: {value}", value=before))
    shown = row(
        secondary(name), None, was, Sign("arrow-right", 16, "text3"), Label(after, 13, SEMIBOLD), gap=8
    )
    if len(before) + len(after) > 60:
        return holder(
            column(
                secondary(name), Paragraph(before, 13, REGULAR, "text3"), Paragraph(after, 13, 400, "text")
            )
        )
    return holder(shown)
