"""A check-out forgotten on an earlier day: the rep states when they left, and it is marked so."""

from __future__ import annotations

from datetime import datetime, time

from PySide6.QtWidgets import QWidget

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.visit.wrap_up import is_time
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import card, column
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.typing import LineField, TextField


class MissedCheckOut(QWidget):
    """Asks for the time of leaving."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self._title = Label("", 24, SEMIBOLD)
        self._left = LineField(hint="09:51", height=FIELD_ACTION)
        self._left.setMaximumWidth(120)
        self._field = Field(tr("When did you leave?"), self._left)
        self.summary = TextField(height=88, name=tr("Report"))
        text = tr("What you answered is kept. The report says that the time was stated later.")
        self.setLayout(
            column(
                self._title,
                Paragraph(text, 14, REGULAR, "text2"),
                8,
                card(self._field, Field(tr("Report for your manager"), self.summary), gap=16),
                None,
                gap=8,
                margins=(32, 24, 32, 16),
            )
        )
        self._visit: Workspace | None = None

    def show_visit(self, visit: Workspace, summary: str) -> None:
        """Ask about a visit."""
        self._visit = visit
        day = formats.full_day(business_day(visit.started_at))
        self._title.show_text(tr("You did not check out on {day}", day=day))
        arrived = formats.clock(visit.started_at)
        self._field.show_help(tr("You checked in at {time}.", time=arrived))
        self.summary.setText(summary)

    @property
    def left_at(self) -> datetime | None:
        """The moment stated, or None while it is no time after the check-in."""
        text = self._left.text().strip()
        if self._visit is None or not is_time(text):
            return None
        hour, _, minute = text.partition(":")
        day = business_day(self._visit.started_at)
        moment = datetime.combine(day, time(int(hour), int(minute)), DEFAULT_ZONE)
        return moment if moment >= self._visit.started_at else None

    def show_gap(self) -> None:
        """Say that the time is missing and go there."""
        self._field.show_error(tr("Type a time after the check-in, such as 09:51."))
        self._left.setFocus()
