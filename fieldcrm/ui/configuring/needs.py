"""What something in the article needs and is still to be chosen: said with its reason, put in by a key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from fieldcrm.services.configuring import Desk, Row, Step
from fieldcrm.ui.configuring import words
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import Paragraph, Sign


class NeedBar(QFrame):
    """The first of the needs; ``wanted`` tells that it is to be put in."""

    wanted = Signal(object, object)  # Row, Step

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._need: tuple[Row, Step] | None = None
        self.setProperty("surface", "warn")
        self._said = Paragraph("", 13)
        self.button = Button("", height=32, on_click=self.add)
        layout = row(Sign("alert", 16, "warn"), self._said, self.button, gap=8, margins=(12, 8, 12, 8))
        layout.setStretch(1, 1)
        layout.setAlignment(self._said, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(layout)
        self.hide()

    def refresh(self) -> None:
        """Show the first thing that is needed, if any is."""
        self._need = next(iter(self._desk.needs()), None)
        self.setVisible(self._need is not None)
        if self._need is None:
            return
        answer = self._need[0].answer
        name = self._desk.name(answer.option.product)
        if answer.why is not None:
            self._said.show_text(words.need(answer.why, name, self._desk.name))
        self.button.setText(tr("Put it in (A)"))
        self.button.setAccessibleName(tr("Put in “{name}”", name=name))

    def add(self) -> None:
        """Ask for what is shown to be put in."""
        if self._need is not None:
            self.wanted.emit(*self._need)
