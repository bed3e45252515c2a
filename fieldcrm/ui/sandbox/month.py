"""What both replays ask for: a month that is over, and the day the orders are priced on."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QWidget

from fieldcrm.services import sandbox_compare
from fieldcrm.services.sandbox_replay import Wanted
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field, Tick
from fieldcrm.ui.widgets.frames import column

WIDTH = 332  # of the pane that asks


class MonthBox(QWidget):
    """A month, and perhaps one day for all of its orders."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self._months = sandbox_compare.months(today)
        said = [(first, formats.month(first)) for first, _ in self._months]
        self.month = ChoiceField(said, said[0][0], name=tr("Orders of"))
        self.as_if = Tick(tr("Price them all as if ordered on"))
        self.on = DayField(today, name=tr("Priced as if ordered on"))
        self.on.setEnabled(False)
        self.as_if.toggled.connect(self.on.setEnabled)
        day = column(self.as_if, self.on, gap=4)
        self.setLayout(column(Field(tr("Orders of"), self.month), day, gap=12))

    @property
    def wanted(self) -> Wanted:
        """What is chosen."""
        first, last = self._months[self.month.currentIndex()]
        return Wanted(first, last, self.on.day if self.as_if.isChecked() else None)
