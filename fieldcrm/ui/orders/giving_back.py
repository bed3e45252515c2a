"""Taking goods back: how many of each line, why, and what the customer gets for it while one types."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.returns import Back
from fieldcrm.services import order_list, returns
from fieldcrm.services.returns import Worth
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.fields import FactRow, Field, Stepper
from fieldcrm.ui.widgets.frames import column, holder, row, rule, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField

_LINE = 56
_MOST_HIGH = 300


@dataclass(frozen=True, slots=True)
class Offer:
    """One line that may come back."""

    line: str
    name: str
    unit: str
    left: Decimal
    is_gift: bool


def offer(session: Session, order_id: UUID) -> list[Offer]:
    """Return the lines of which something may come back."""
    left = returns.basis(session, order_id).left
    return [
        Offer(str(line.id), line.name, line.unit, left[str(line.id)], line.gift_value is not None)
        for line in order_list.detail(session, order_id).lines
        if left.get(str(line.id), Decimal()) > 0
    ]


def ask(page: Page, order_id: UUID, offers: list[Offer]) -> None:
    """Show the question."""
    ReturnDialog(page, order_id, offers).open()


class ReturnDialog(Dialog):
    """The lines with a number each, the reason, and the money."""

    def __init__(self, page: Page, order_id: UUID, offers: list[Offer]) -> None:
        super().__init__(tr("What comes back?"), width=560)
        self._page, self._order_id = page, order_id
        self._asked = 0  # answers of an earlier question come too late
        self.steppers = {each.line: Stepper(most=each.left, name=each.name) for each in offers}
        lines = column(*(self._line(each) for each in offers), gap=8, margins=(0, 0, 16, 0))
        area = scrolling(holder(lines))
        area.setFixedHeight(min(_LINE * len(offers) + 8, _MOST_HIGH))
        self.reason = TextField(height=64, name=tr("Reason"))
        self._why = Field(tr("Reason"), self.reason)
        self._total = FactRow(tr("The customer gets"), weight=SEMIBOLD)
        self._rebate = FactRow(tr("Back to the rebate"), tone="ok")
        self._withheld = FactRow(tr("Kept back for gifts"))
        self._problem = Paragraph("", 13, tone="bad")
        self.add(area, self._why, rule(), self._total, self._rebate, self._withheld, self._problem)
        self.button(tr("Cancel"))
        self.send = self.button(tr("Take the goods back"), "primary", self._press, stays=True)
        self._show(0, Worth(Back()))

    def _line(self, each: Offer) -> QWidget:
        stepper = self.steppers[each.line]
        stepper.changed.connect(lambda _value: self._reckon())
        left = tr("{quantity} at the customer's", quantity=formats.quantity(each.left, each.unit))
        said = f"{left} · {tr('Gift')}" if each.is_gift else left
        texts = column(Label(each.name, 14), Label(said, 13, REGULAR, "text2"), gap=2)
        line = row(gap=12)
        line.addLayout(texts, 1)
        line.addWidget(stepper)
        return holder(line)

    def open(self) -> None:
        """Show the question over the page."""
        first = next(iter(self.steppers.values()), None)
        self.ask(self._page.context.shell.window(), focus=first)

    @property
    def quantities(self) -> dict[str, Decimal]:
        """What was typed."""
        return {line: stepper.value for line, stepper in self.steppers.items() if stepper.value}

    def _reckon(self) -> None:
        self._asked += 1
        wanted, order_id, asked = self.quantities, self._order_id, self._asked
        if not wanted:
            self._show(asked, Worth(Back()))
            return

        def read(session: Session) -> Worth:
            return returns.worth(session, returns.basis(session, order_id), wanted)

        self._page.jobs.read(self._page, read, partial(self._show, asked), partial(self._refuse, asked))

    def _show(self, asked: int, worth: Worth) -> None:
        if asked != self._asked:
            return
        self._problem.setVisible(False)
        self._total.value.show_text(formats.money(worth.total))
        self._rebate.setVisible(bool(worth.back.rebate))
        self._rebate.value.show_text(formats.money(worth.back.rebate))
        self._withheld.setVisible(bool(worth.back.withheld))
        self._withheld.value.show_text(formats.money(worth.back.withheld))
        self.send.setEnabled(True)

    def _refuse(self, asked: int, _error: FieldCrmError) -> None:
        if asked == self._asked:
            self._problem.setVisible(True)
            self._problem.show_text(tr("This cannot come back. Sync and look at the order once more."))
            self.send.setEnabled(False)

    def _press(self) -> None:
        if not self.quantities:
            self._problem.show_text(tr("Say first how many come back."))
            self._problem.setVisible(True)
            next(iter(self.steppers.values())).setFocus()
            return
        why = self.reason.text().strip()
        if not why:
            self._why.show_error(tr("Write a few words."))
            self.reason.setFocus()
            return
        page, order_id, wanted = self._page, self._order_id, self.quantities
        me, at = page.context.me.id, page.context.now()

        def said(_id: UUID) -> None:
            page.context.shell.toast(tr("The return is saved on this laptop and will be sent."))

        self.leave()
        page.jobs.write(page, lambda s: returns.make(s, order_id, wanted, why, me=me, at=at), said)
