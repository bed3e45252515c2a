"""What waits, above the list; while sync runs, which step it is at, and a way to cancel it."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from fieldcrm.ui import formats
from fieldcrm.ui.connection import Connection
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.sync import words
from fieldcrm.ui.sync.parcels import Pictures
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.states import ProgressRow


class Summary(QStackedWidget):
    """Two faces of the same height: what waits, and what is being done."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._title = Label(tr("Waiting to send"), 14, SEMIBOLD, rigid=True)
        self._fact = Label("", 13, REGULAR, "text2")
        self._note = secondary("", "text3")
        self.progress = ProgressRow("", connection.stop_wanted.emit)
        self._most = 0
        still = column(row(self._title, None, self._fact, gap=8), self._note, gap=4, margins=(20, 16, 20, 4))
        self.addWidget(holder(still))
        self.addWidget(holder(column(self.progress, gap=0, margins=(20, 12, 8, 4))))
        self.setFixedHeight(64)

    def show_waiting(self, ready: int, records: int, pictures: Pictures) -> None:
        """Show how much waits, and follow the sync that runs; ``records`` travel for ``ready`` things."""
        facts = [ntr("{n} ready", "{n} ready", ready)]
        if records:
            facts.append(ntr("{n} record", "{n} records", records))
        self._title.show_text(tr("Waiting to send") if ready else tr("Nothing waits"))
        self._fact.show_text(" · ".join(facts) if ready else "")
        if pictures.count:
            note = tr("{photos} go last", photos=words.photos(pictures.count, pictures.size))
        else:
            note = tr("Orders and visits go first.") if ready else tr("Everything is at the office.")
        self._note.show_text(note)
        self._most = max(self._most, pictures.count) if self._connection.syncing else pictures.count
        self.setCurrentIndex(1 if self._connection.syncing else 0)
        if self._connection.syncing:
            self._show_step(records, pictures)

    def _show_step(self, records: int, pictures: Pictures) -> None:
        step = self._connection.step or tr("Sending and fetching")
        if pictures.count and not records:
            done = self._most - pictures.count
            step = tr(
                "Photos {done} / {all}, {size} left",
                done=done,
                all=self._most,
                size=formats.size(pictures.size),
            )
            self.progress.show_progress(step, done / self._most)
        else:
            self.progress.show_progress(step, None)
