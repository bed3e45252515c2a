"""Answering by phone: a manager types what a rep reads out, sees what he agrees to, reads back a code.

A quote that has come to this laptop already is shown whole; of any other he agrees to what he
was told and typed, and the code fits nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm import money
from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.accounts import Account
from fieldcrm.services import quote_codes, quote_list, team
from fieldcrm.services.quote_codes import Heard
from fieldcrm.services.quote_list import Detail
from fieldcrm.services.team import Member
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.page import Page
from fieldcrm.ui.quotes import keys
from fieldcrm.ui.quotes.detail import WIDTH, DetailPane
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import Header, card, column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField

FORM = 480


@dataclass(frozen=True, slots=True)
class _Found:
    detail: Detail | None


class AnswerPage(Page):
    """The form at the left, the quote at the right if it is here."""

    watches = frozenset({"user", "quote", "quote_act"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.account_id: UUID | None = None
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.header = Header(tr("Approve by phone"), tr("A rep reads out, you read back a code."), [], back)
        self.who = ChoiceField([], name=tr("Who calls"))
        self.challenge = LineField("", "000-000-000", name=tr("Challenge"))
        self.store = Button(
            tr("Choose the customer…"), "pick", icon="storefront-outline", on_click=self.pick_store
        )
        self.total = LineField("", "0.00", name=tr("Total/¥"))
        self.percent = LineField("", "0", name=tr("Discount off the price list/%"))
        self.fields = {
            "rep_id": Field(tr("Who calls"), self.who),
            "challenge": Field(tr("Challenge"), self.challenge, tr("Nine letters and digits")),
            "account_id": Field(tr("Customer"), self.store),
            "total": Field(tr("Total/¥"), self.total),
            "percent": Field(tr("Discount off the price list/%"), self.percent),
        }
        self.yes = Button(tr("I agree: show the code"), "primary", on_click=self.agree)
        self.code = Label("", 28, SEMIBOLD)
        self.code.setAccessibleName(tr("Code"))
        self.code.hide()
        self.said = Paragraph("", 13, tone="text2")
        self.outer.addWidget(self.header)
        self.outer.addLayout(self._body(), 1)
        self.challenge.textChanged.connect(lambda _text: self.look_up())
        self.who.chosen.connect(lambda _who: self.look_up())
        for field in (self.total, self.percent):
            field.textChanged.connect(lambda _text: self._forget())
        self.bind("Ctrl+Return", self.agree, tr("Show the code"))

    def _body(self) -> QHBoxLayout:
        form = card(*self.fields.values(), row(self.yes, None), self.code, self.said, gap=12)
        form.setFixedWidth(FORM)
        self.unknown = EmptyState(
            "phone-in-talk-outline", tr("The quote is not on this laptop"),
            tr("You agree to exactly the customer, total and discount that you type. The code fits nothing "
               "else, and the office checks it."),
        )  # fmt: skip
        self.detail = DetailPane(self.context)
        self.aside = QStackedWidget()
        self.aside.addWidget(self.unknown)
        self.aside.addWidget(self.detail)
        self.aside.setFixedWidth(WIDTH)
        body = row(gap=0)
        body.addLayout(column(form, None, margins=(24, 24, 24, 24)))
        body.addStretch(1)
        body.addWidget(self.aside)
        return body

    def panes(self) -> list[QWidget]:
        return [self.header, self.who, self.detail]

    def refresh(self) -> None:
        me = self.context.me.id
        self.jobs.read(self, lambda s: team.reps_of(s, me), self._show_people)

    def _show_people(self, people: list[Member]) -> None:
        chosen = self.who.value
        offered: list[tuple[object, str]] = [(each.id, each.name) for each in people]
        self.who.show_choices(offered, chosen or (offered[0][0] if offered else None))

    def look_up(self) -> None:
        """Show the quote that is read out, if it has come here."""
        self._forget()
        rep, text, me, today = self.who.value, self.challenge.text(), self.context.me.id, self.context.today()
        if not isinstance(rep, UUID):
            return

        def find(session: Session) -> _Found:
            key = quote_codes.known(session, rep, text)
            return _Found(quote_list.detail(session, key, me=me, today=today) if key is not None else None)

        self.jobs.read(self, find, self._show_found)

    def _show_found(self, found: _Found) -> None:
        detail = found.detail
        self.aside.setCurrentWidget(self.unknown if detail is None else self.detail)
        if detail is None:
            return
        self.detail.show_round(detail, read_only=True)
        self._show_store(detail.row.account_id, detail.row.account)
        self.total.setText(f"{detail.row.total:.2f}")
        self.percent.setText(f"{detail.percent:.2f}")

    def pick_store(self) -> None:
        """Ask which customer the rep named."""
        picker = StorePicker(
            self.context, self._on_store, title=tr("Which customer is it?"), verb=tr("Choose"),
        )  # fmt: skip
        picker.open(self.context.shell.window())

    def _on_store(self, key: UUID) -> None:
        def name(session: Session) -> str:
            account = session.get(Account, key)
            return account.name if account is not None else ""

        self.jobs.read(self, name, lambda said: self._show_store(key, said))

    def _show_store(self, key: UUID, name: str) -> None:
        self.account_id = key
        self.store.setText(name)
        self._forget()

    def _forget(self) -> None:
        """Take the code away: it was for what stood here before."""
        self.code.show_text("")
        self.code.hide()
        self.said.show_text("")

    def agree(self) -> None:
        """Show the code for exactly what is typed."""
        for field in self.fields.values():
            field.show_error("")
        try:
            heard = self._typed()
        except Invalid as error:
            self._refuse(error)
            return
        key, me, at = keys.here(self.context).approver, self.context.me.id, self.context.now()
        self.jobs.read(
            self, lambda s: quote_codes.answer(s, key, heard, me=me, at=at), self._show_code, self._refuse
        )

    def _typed(self) -> Heard:
        rep = self.who.value
        if not isinstance(rep, UUID):
            raise Invalid("required", field="rep_id")
        if self.account_id is None:
            raise Invalid("required", field="account_id")
        total, percent = number("total", self.total.text()), number("percent", self.percent.text())
        return Heard(rep, self.challenge.text(), self.account_id, total, percent)

    def _show_code(self, code: str) -> None:
        self.code.show_text(code)
        self.code.show()
        self.said.show_text(tr("Read it back. It holds today and tomorrow, once, for this quote."))

    def _refuse(self, error: FieldCrmError) -> None:
        field = self.fields.get(error.field) if isinstance(error, Invalid) else None
        if field is None:
            self.context.shell.show_error(error)
            return
        field.show_error(worded(error).title)
        field.control.setFocus()


def number(field: str, text: str) -> Decimal:
    """Return what was typed as a number; ``Invalid`` names the field."""
    try:
        return Decimal(money.typed(text))
    except InvalidOperation as error:
        raise Invalid("bad_amount", field=field) from error
