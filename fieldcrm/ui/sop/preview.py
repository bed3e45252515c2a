"""What the rep will see: the step's own widgets, with answers that are only tried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules import sop_logic
from fieldcrm.rules.sop import Step
from fieldcrm.rules.sop_draft import Document
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.services.workspace import StockItem
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.visit.step import Seen, StepView
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label


class Preview(QWidget):
    """One step of the template as a visit shows it; conditions react to what is tried."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self._steps: tuple[Step, ...] = ()
        self._key = ""
        self._items: Sequence[StockItem] = ()
        self.answers: dict[str, dict[str, Any]] = {}
        self.view: StepView | None = None
        self._shown: Step | None = None
        self._hidden = Label(tr("Not asked with these answers"), 13, REGULAR, "warn")
        clear = Button(tr("Empty the answers"), "link", height=28, on_click=self.clear)
        head = row(
            Label(tr("As the rep sees it"), 13, SEMIBOLD, "text2"), self._hidden, None, clear,
            margins=(32, 8, 24, 0),
        )  # fmt: skip
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(surface("clear", head))
        self._area: QWidget = QWidget()
        self._layout.addWidget(self._area, 1)

    def use_items(self, items: Sequence[StockItem]) -> None:
        """Take articles for groups and counts."""
        self._items = items
        self._show()

    def show_step(self, document: Document, key: str) -> None:
        """Show a step of the template; a change of it draws it anew."""
        self._steps, self._key = steps_of(document.get("steps")), key
        step = next((each for each in self._steps if each.key == key), None)
        if step != self._shown:
            self._shown = step
            self._replace(step)
        self._show()

    def clear(self) -> None:
        """Forget what was tried."""
        self.answers = {}
        self._replace(self._shown)
        self._show()

    def _replace(self, step: Step | None) -> None:
        self._layout.removeWidget(self._area)
        self._area.deleteLater()
        self.view = None if step is None else StepView(step, lambda *_: None, self._today)
        if self.view is None:
            self._area = QWidget()
        else:
            self.view.answered.connect(self._on_answer)
            self._area = scrolling(self.view)
        self._layout.addWidget(self._area, 1)

    def _on_answer(self, key: str, value: Any) -> None:
        answers = self.answers.setdefault(self._key, {})
        if value is None or value in ("", {}):
            answers.pop(key, None)
        else:
            answers[key] = value
        self._show()

    def _show(self) -> None:
        asked = sop_logic.asked_step(self._steps, self.answers, self._key)
        self._hidden.setVisible(self._shown is not None and asked is None)
        if self.view is not None:
            seen = Seen({}, self._items, self._items, {}, asked or self._shown)
            self.view.show_answers(self.answers.get(self._key, {}), seen)
            self.view.show_photos([])
