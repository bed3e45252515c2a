"""What is offered besides the goods: until when, which fees, what is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from fieldcrm import money
from fieldcrm.errors import Invalid
from fieldcrm.rules import quotes as rules
from fieldcrm.services.quotes import Terms
from fieldcrm.ui import errors
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import DayField, Field
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField, TextField


class TermsDialog(Dialog):
    """Asks for validity, fees and a note; what cannot be stays in the dialog with its reason."""

    def __init__(self, context: Context, terms: Terms, then: Callable[[Terms], object]) -> None:
        super().__init__(tr("Keep this round"), width=480)
        self._context, self._then = context, then
        self.until = DayField(terms.valid_until)
        self.note = TextField(terms.note, tr("Delivery, payment, what else the customer reads"), height=72)
        self._fees = column(gap=8)
        self.fees: list[tuple[LineField, LineField]] = []
        self._wrong = Paragraph("", 13, tone="bad")
        self._wrong.hide()
        self._until = Field(tr("Valid until"), self.until)
        self.add(
            self._until, section_title(tr("Fees")), holder(self._fees),
            row(Button(tr("Add a fee"), "link", height=24, on_click=self.add_fee), None),
            Field(tr("Note for the customer"), self.note), self._wrong,
        )  # fmt: skip
        for name, amount in terms.fees or (("", None),):
            self.add_fee(name, amount)
        self.button(tr("Cancel"))
        self.button(tr("Keep this round"), "primary", self.keep, stays=True)

    def add_fee(self, name: str = "", amount: Decimal | None = None) -> None:
        """Offer another row for a fee."""
        named = LineField(name, tr("Freight, unloading, …"), name=tr("Fee"))
        figure = LineField("" if amount is None else f"{amount:.2f}", "0.00", name=tr("Amount/¥"))
        figure.setFixedWidth(120)
        self.fees.append((named, figure))
        self._fees.addLayout(row(named, figure, gap=8))
        self.adjustSize()

    def open(self) -> None:
        """Show the question."""
        self.ask(self._context.shell.window(), self.until)

    def keep(self) -> None:
        """Hand over what is asked for, if it can be."""
        try:
            fees = tuple(rules.checked_fees(self._typed()))
            rules.check_validity(self._context.today(), self.until.day)
        except Invalid as error:
            self._wrong.show_text(errors.worded(error).whole)
            self._wrong.show()
            self.adjustSize()
            return
        self.leave()
        self._then(Terms(self.until.day, fees, self.note.text()))

    def _typed(self) -> list[tuple[str, Decimal]]:
        found = []
        for name, amount in self.fees:
            if not (name.text().strip() or amount.text().strip()):
                continue
            try:
                found.append((name.text(), Decimal(money.typed(amount.text()))))
            except InvalidOperation as error:
                raise Invalid("bad_fee", field="fees") from error
        return found


def usual(today: date) -> date:
    """Return until when a quote holds unless somebody says otherwise."""
    return date.fromordinal(today.toordinal() + 30)
