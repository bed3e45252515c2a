"""One order at the office's desk: what came back of each line, why, and what the customer gets for it."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.sync.office_returns import Found, Line, Made, Returnable, Worth
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow, Field, Stepper
from fieldcrm.ui.widgets.frames import column, holder, row, rule, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import TextField


class Desk(QWidget):
    """The lines with a number each and what came back before; the money and the button stay in sight."""

    counted = Signal(object)  # what was typed, by line

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.order_id = self.customer = ""
        self.key, self.worth = new_id(), Worth()
        self.steppers: dict[str, Stepper] = {}
        self.reason = TextField(height=64, name=tr("Reason"))
        self._why = Field(tr("Reason"), self.reason)
        self._body = QWidget()
        self._total = FactRow(tr("The customer gets"), weight=SEMIBOLD)
        self._rebate = FactRow(tr("Back to the rebate"), tone="ok")
        self._withheld = FactRow(tr("Kept back for gifts"))
        self._problem = Paragraph("", 13, tone="bad")
        self.send = Button(tr("Take the goods back"), "primary", height=44)
        foot = column(
            self._why, rule(), self._total, self._rebate, self._withheld, self._problem, self.send, gap=8,
            margins=(20, 12, 20, 16),
        )  # fmt: skip
        self._layout = column(self._body, surface("sunken", foot), gap=0)
        self.setLayout(self._layout)
        self.clear()

    @property
    def quantities(self) -> dict[str, Decimal]:
        """What was typed."""
        return {line: stepper.value for line, stepper in self.steppers.items() if stepper.value}

    @property
    def why(self) -> str:
        """The reason."""
        return str(self.reason.text().strip())

    def clear(self) -> None:
        """Forget the order, and say what to do."""
        self.order_id = self.customer = ""
        self.steppers = {}
        self.reason.setText("")
        self._why.show_error("")
        text = tr("Choose one to say what of it came back.")
        self._put(EmptyState("package-down", tr("No order chosen"), text))

    def _put(self, body: QWidget) -> None:
        self._layout.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        self._layout.setStretch(0, 1)
        self.reason.setEnabled(bool(self.order_id))
        self.show_worth(Worth())

    def show_order(self, found: Found, read: Returnable) -> None:
        """Show an order; nothing of it is typed yet."""
        self.order_id, self.customer, self.key = found.id, found.account, new_id()
        self.steppers = {
            each.line: Stepper(most=each.left, name=each.name) for each in read.lines if each.left > 0
        }
        self.reason.setText("")
        self._why.show_error("")
        head = column(Paragraph(found.account, 20, SEMIBOLD), caption(f"{found.number} · {found.rep}"), gap=4)
        earlier = [section_title(tr("Came back before")), *map(self._made, read.returns)]
        body = scrolling(
            column(
                head, section_title(tr("What came back?")), *map(self._line, read.lines),
                *(earlier if read.returns else ()), None, gap=12, margins=(20, 20, 20, 20),
            )
        )  # fmt: skip
        self._put(body)

    def _line(self, each: Line) -> QWidget:
        facts = [tr("{quantity} delivered", quantity=formats.quantity(each.delivered, each.unit))]
        if each.returned:
            facts.append(tr("{quantity} returned", quantity=formats.quantity(each.returned, each.unit)))
        facts += [tr("Gift")] if each.is_gift else [formats.money(each.paid)]
        texts = column(Paragraph(each.name, 14), Paragraph(" · ".join(facts), 13, tone="text2"), gap=2)
        line = row(gap=12)
        line.addLayout(texts, 1)
        stepper = self.steppers.get(each.line)
        if stepper is None:
            line.addWidget(caption(tr("Nothing left to return")))
        else:
            stepper.changed.connect(lambda _value: self._on_typed())
            line.addWidget(stepper)
        return holder(line)

    def _made(self, each: Made) -> QWidget:
        when = formats.moment(clock.from_ms(each.at), self._context.now())
        top = row(Label(when, 14), None, Label(formats.money(each.total), 14, SEMIBOLD), gap=8)
        said = Paragraph(f"{each.by} · {each.reason}", 13, tone="text2")
        return surface("sunken", column(top, said, gap=2, margins=(12, 8, 12, 8)))

    def _on_typed(self) -> None:
        self.key = new_id()  # something else is another return
        self.send.setEnabled(False)
        self.counted.emit(self.quantities)

    def show_worth(self, worth: Worth) -> None:
        """Show what the office says these goods are worth."""
        self.worth = worth
        self._problem.hide()
        self._total.value.show_text(formats.money(worth.total))
        self._rebate.setVisible(bool(worth.rebate))
        self._rebate.value.show_text(formats.money(worth.rebate))
        self._withheld.setVisible(bool(worth.withheld))
        self._withheld.value.show_text(formats.money(worth.withheld))
        self.send.setEnabled(bool(self.quantities))

    def refuse(self, text: str) -> None:
        """Say why this cannot come back."""
        self._problem.show_text(text)
        self._problem.show()
        self.send.setEnabled(False)

    def may_send(self) -> bool:
        """Say whether the return is whole; what is missing is said where it is missing."""
        if not self.send.isEnabled():
            return False
        if not self.why:
            self._why.show_error(tr("Write a few words."))
            self.reason.setFocus()
            return False
        self._why.show_error("")
        return True
