"""How the organisation uses its customers' money: which purse pays first, when to warn, who may release."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from fieldcrm.errors import Invalid
from fieldcrm.rules.money import CASH, PREPAY
from fieldcrm.sync.office_money import Policy
from fieldcrm.ui import errors, formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.money.dialogs import amount
from fieldcrm.ui.office_dialog import OfficeDialog
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.typing import LineField

_FIRST = ((PREPAY, CASH), (CASH, PREPAY), (PREPAY,), (CASH,), ())


class PolicyDialog(OfficeDialog):
    """Three decisions that hold for every customer."""

    def __init__(self, policy: Policy, then: Callable[[Policy], object]) -> None:
        text = tr(
            "A rebate is used while the order is priced; these pay what remains, and the rest is on credit."
        )
        super().__init__(tr("How is customers' money used?"), text)
        self._then = then
        self.use = ChoiceField([(each, _order(each)) for each in _FIRST], policy.order_of_use)
        percent = formats.decimal(policy.warn_percent)
        over = "" if policy.manager_over is None else f"{policy.manager_over:.2f}"
        self.percent, self.over = LineField(percent), LineField(over)
        self._percent = Field(tr("Warn when so much of the credit is used/%"), self.percent)
        self._over = Field(
            tr("A manager may release beyond the limit up to/¥"), self.over, tr("Empty: any amount")
        )
        self.add(Field(tr("Pays first"), self.use), self._percent, self._over)
        self.button(tr("Cancel"))
        self.sends(tr("Save for everybody"), self._press, self.use)

    def _press(self) -> None:
        percent, over = self._number(self._percent, self.percent), self._number(self._over, self.over)
        if percent is None or not 0 < percent <= 100:
            self._wrong(self._percent, tr("Type a percentage from 1 to 100."))
        elif over is None and self.over.text().strip():
            self.over.setFocus()
        else:
            use = self.use.value
            self._then(Policy(tuple(use) if isinstance(use, tuple) else (), percent, over))

    def _number(self, field: Field, edit: LineField) -> Decimal | None:
        field.show_error("")
        if not edit.text().strip():
            return None
        try:
            return amount(edit.text())
        except Invalid as error:
            field.show_error(errors.worded(error).title)
            return None

    def _wrong(self, field: Field, text: str) -> None:
        field.show_error(text)
        field.control.setFocus()


def _order(purses: tuple[str, ...]) -> str:
    named = {PREPAY: tr("Paid ahead"), CASH: tr("Cash laid down")}
    return tr(", then ").join(named[each] for each in purses) or tr("Nothing: all on credit")
