"""Writing a grant: for whom, for which customer, up to what, until when; what cannot stay is said there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.accounts import Account
from fieldcrm.services import quote_grants
from fieldcrm.services.quote_grants import Form
from fieldcrm.services.team import Member
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.quotes.answering import number
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import holder, row
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField

_USUAL_DAYS = timedelta(days=14)


class GrantDialog(Dialog):
    """The form; it counts once the office has signed it, which the next sync brings."""

    def __init__(self, context: Context, people: Sequence[Member]) -> None:
        super().__init__(
            tr("New grant"), tr("The rep may approve quotes of his own up to this, also without a network."),
            width=560,
        )  # fmt: skip
        self._context = context
        self.account_id: UUID | None = None
        named: list[tuple[object, str]] = [(each.id, each.name) for each in people]
        self.rep = ChoiceField(named, named[0][0] if named else None)
        self.store = Button(tr("Every customer"), "pick", icon="storefront-outline", on_click=self.pick_store)
        self.every = IconButton("close", tr("Every customer"), self._any_store, size=32, quiet=True)
        self.every.hide()
        self.percent = LineField("", "10")
        self.amount = LineField("", tr("No bound"))
        self.until = DayField(context.today() + _USUAL_DAYS)
        self.count = LineField("", tr("No bound"))
        self.sum = LineField("", tr("No bound"))
        self.note = LineField("")
        self.fields = {
            "rep_id": Field(tr("Rep"), self.rep),
            "account_id": Field(tr("Customer"), holder(row(self.store, self.every, gap=4))),
            "up_to_percent": Field(tr("Discount up to, in per cent"), self.percent, required=True),
            "up_to_amount": Field(tr("Each quote up to/¥"), self.amount),
            "valid_until": Field(tr("Valid until"), self.until),
            "max_count": Field(tr("Number of quotes"), self.count, tr("This or a total in all")),
            "max_sum": Field(tr("Total in all/¥"), self.sum),
            "note": Field(tr("What it is for"), self.note),
        }
        of = self.fields
        self.add(
            row(of["rep_id"], of["account_id"], gap=12), row(of["up_to_percent"], of["up_to_amount"], gap=12),
            row(of["valid_until"], of["max_count"], of["max_sum"], gap=12), of["note"],
        )  # fmt: skip
        self.button(tr("Cancel"))
        self.yes = self.button(tr("Grant it"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the form."""
        self.ask(self._context.shell.window(), self.percent)

    def pick_store(self) -> None:
        """Bind the grant to one customer."""
        picker = StorePicker(
            self._context, self._on_store, title=tr("Which customer is it?"), verb=tr("Choose")
        )
        picker.open(self._context.shell.window())

    def _on_store(self, key: UUID) -> None:
        def name(session: Session) -> str:
            account = session.get(Account, key)
            return account.name if account is not None else ""

        self._context.jobs.read(self, name, lambda said: self._show_store(key, said))

    def _show_store(self, key: UUID | None, name: str) -> None:
        self.account_id = key
        self.store.setText(name)
        self.every.setVisible(key is not None)

    def _any_store(self) -> None:
        self._show_store(None, tr("Every customer"))

    def save(self) -> None:
        """Save, once, or say at the field what cannot stay."""
        if self.yes.is_running:
            return
        for field in self.fields.values():
            field.show_error("")
        try:
            form = self._typed()
        except Invalid as error:
            self._refuse(error)
            return
        me, at = self._context.me.id, self._context.now()
        self.yes.set_running(True)
        self._context.jobs.write(
            self, lambda s: quote_grants.give(s, form, me=me, at=at), self._done, self._refuse
        )

    def _typed(self) -> Form:
        rep, count = self.rep.value, self.count.text().strip()
        if not isinstance(rep, UUID):
            raise Invalid("required", field="rep_id")
        if count and not (count.isascii() and count.isdigit()):
            raise Invalid("grant_count", field="max_count")
        return Form(
            rep, number("up_to_percent", self.percent.text()), self.until.day, self.account_id,
            _maybe("up_to_amount", self.amount.text()), int(count) if count else None,
            _maybe("max_sum", self.sum.text()), self.note.text(),
        )  # fmt: skip

    def _done(self, _grant: object) -> None:
        self.leave()
        self._context.shell.toast(tr("The grant is on its way: the office signs it, then the rep has it."))

    def _refuse(self, error: FieldCrmError) -> None:
        self.yes.set_running(False)
        field = self.fields.get(error.field) if isinstance(error, Invalid) else None
        if field is None:
            self.leave()
            self._context.shell.show_error(error)
            return
        field.show_error(worded(error).title)
        field.control.setFocus()
        self.adjustSize()


def _maybe(field: str, text: str) -> Decimal | None:
    return number(field, text) if text.strip() else None
