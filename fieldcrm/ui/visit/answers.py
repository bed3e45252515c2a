"""What every kind of answer is, and the two that have several parts: many choices, a payment.

``changed`` tells a new value (None for no answer), ``show_value`` shows one without telling,
``take_focus`` goes to where one answers.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from fieldcrm import money
from fieldcrm.rules.sop import Field
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import FIELD_ACTION
from fieldcrm.ui.visit import words
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.typing import LineField


class Answer(QWidget):
    """Where one question is answered."""

    changed = Signal(object)

    def show_value(self, value: Any) -> None:
        """Show an answer without telling anybody."""
        raise NotImplementedError

    def take_focus(self) -> None:
        """Go to where one answers."""
        self.setFocus()


class ManyAnswer(Answer):
    """Any number of several words."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._chips = Chips([(choice, choice) for choice in asked.choices], several=True)
        self._chips.setAccessibleName(asked.label)
        self._chips.changed.connect(lambda: self.changed.emit(self._chips.chosen() or None))
        self.setLayout(column(self._chips))
        self.setFixedWidth(360)

    def show_value(self, value: Any) -> None:
        """Show the choices made."""
        self._chips.choose_all(value if isinstance(value, list) else [value])

    def take_focus(self) -> None:
        """Go to the first choice."""
        for button in self._chips.findChildren(Button)[:1]:
            button.setFocus()


class PaymentAnswer(Answer):
    """What a customer paid: how much, how, and under which reference."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._said: dict[str, Any] = {}
        self._amount = LineField(height=FIELD_ACTION, name=tr("Amount paid"))
        self._amount.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._amount.setFixedWidth(108)
        ways = [(str(key), tr(word)) for key, word in words.PAID.items()]
        self._method = ChoiceField([(None, tr("How paid")), *ways], height=FIELD_ACTION, name=tr("How paid"))
        self._method.setMinimumWidth(132)
        self._reference = LineField(hint=tr("Receipt number"), height=FIELD_ACTION, name=tr("Receipt number"))
        self._amount.settled.connect(lambda text: self._tell("amount", money.typed(text)))
        self._reference.settled.connect(lambda text: self._tell("reference", text.strip()))
        self._method.chosen.connect(lambda value: self._tell("method", value or ""))
        first = row(secondary("¥"), self._amount, self._method, gap=8)
        self.setLayout(column(first, self._reference, gap=8))

    def show_value(self, value: Any) -> None:
        """Show a payment."""
        self._said = dict(value) if isinstance(value, dict) else {}
        for line, key in ((self._amount, "amount"), (self._reference, "reference")):
            said = str(self._said.get(key) or "")
            if not line.hasFocus() and line.text() != said:
                line.blockSignals(True)
                line.setText(said)
                line.blockSignals(False)
        self._method.choose(self._said.get("method") or None)

    def take_focus(self) -> None:
        """Go to the amount."""
        self._amount.setFocus()

    def _tell(self, key: str, value: Any) -> None:
        if str(self._said.get(key) or "") == str(value):
            return
        self._said = {k: v for k, v in self._said.items() if k != key} | ({key: str(value)} if value else {})
        self.changed.emit(dict(self._said) or None)
