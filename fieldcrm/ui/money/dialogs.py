"""Asking what is booked for a customer, and how far he is trusted; both say what laptops hold of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Invalid, Offline
from fieldcrm.ids import new_id
from fieldcrm.money import to_cents, typed
from fieldcrm.sync import office_money
from fieldcrm.sync.limits import Holder
from fieldcrm.sync.office_money import Booking, Credit, Customer, Lot, Standing
from fieldcrm.ui import errors, formats
from fieldcrm.ui.accounts import statement
from fieldcrm.ui.i18n import mark, ntr, prose, tr
from fieldcrm.ui.office_dialog import OfficeDialog
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.typing import LineField

IN, OUT = "in", "out"
_BOOKED = ("prepay", "cash", "receipt")
_WAITS = mark(
    "Laptops hold parts of it. They are called back, and it is booked when they have answered or their parts"
    " have ended; until then nobody is given any of it. What they sold before stands."
)


def amount(text: str) -> Decimal:
    """Return an amount above nothing, in whole cents, or raise ``Invalid``."""
    try:
        found = Decimal(typed(text))
    except InvalidOperation as error:
        raise Invalid("bad_amount", field="amount") from error
    if not found.is_finite() or found < 0 or found != to_cents(found):
        raise Invalid("bad_amount", field="amount")
    return found


class BookDialog(OfficeDialog):
    """One movement of a purse, or something taken out of a rebate (``lot``)."""

    def __init__(
        self, standing: Standing, today: date, then: Callable[[Booking], object], lot: Lot | None = None
    ) -> None:
        super().__init__(tr("Book money") if lot is None else tr("Take out of “{name}”", name=lot.name))
        self._standing, self._lot, self._then, self._key = standing, lot, then, new_id()
        named = [(purse, tr(statement.PURSES[purse])) for purse in _BOOKED]
        self.purse = ChoiceField(named, _BOOKED[0], name=tr("Purse"))
        self.way = Segments([(IN, tr("Comes in")), (OUT, tr("Goes out"))], current=IN if lot is None else OUT)
        self.amount, self.day = LineField(name=tr("Amount/¥")), DayField(today, name=tr("Day"))
        self.reference, self.note = LineField(name=tr("Reference")), LineField(name=tr("Note"))
        self._amount, self._note = Field(tr("Amount/¥"), self.amount), Field(tr("Note"), self.note)
        self._hint = Paragraph("", 13, tone="text2")
        if lot is None:
            self.add(Field(tr("Purse"), self.purse), self.way)
        self.add(row(self._amount, Field(tr("Day"), self.day), gap=12))
        if lot is None:
            self.add(Field(tr("Reference"), self.reference))
        self.add(self._note, self._hint)
        self.button(tr("Cancel"))
        verb = tr("Book") if lot is None else tr("Take out")
        self.sends(verb, self._press, self.purse if lot is None else self.amount)
        self.purse.chosen.connect(lambda _purse: self._look())
        self.way.chosen.connect(lambda _way: self._look())
        self.amount.settled.connect(lambda _text: self._look())
        self._look()

    def _there(self) -> tuple[Decimal, Decimal]:
        """Return what is there to be taken, and what of it laptops hold."""
        if self._lot is not None:
            return self._lot.left, self._lot.with_laptops
        for each in self._standing.purses:
            if each.purse == self.purse.value:
                return each.balance, each.with_laptops
        return Decimal(), Decimal()

    def _look(self) -> None:
        self._amount.show_error("")
        there, held = self._there()
        said = [tr("{amount} is there", amount=formats.money(there))]
        if held:
            said.append(tr("{amount} of it is with laptops", amount=formats.money(held)))
        self._amount.show_help(" · ".join(said))
        try:
            waits = self.way.current == OUT and there - amount(self.amount.text()) < held
        except Invalid:
            waits = False
        self._hint.setVisible(waits)
        self._hint.show_text(tr(_WAITS))

    def _press(self) -> None:
        try:
            found = amount(self.amount.text())
        except Invalid as error:
            self._wrong(self._amount, errors.worded(error).title)
            return
        goes_out = self.way.current == OUT
        if not found:
            self._wrong(self._amount, tr("Type an amount above nothing."))
        elif goes_out and found > self._there()[0]:
            self._wrong(self._amount, tr("That is more than is there."))
        elif goes_out and not self.note.text().strip():
            self._wrong(self._note, tr("Write a few words."))
        else:
            self._then(self._booking(-found if goes_out else found))

    def _wrong(self, field: Field, text: str) -> None:
        field.show_error(text)
        field.control.setFocus()

    def _booking(self, signed: Decimal) -> Booking:
        return Booking(
            self._key, str(self.purse.value), signed, self.day.day, self.reference.text().strip(),
            self.note.text().strip(), "" if self._lot is None else self._lot.id,
        )  # fmt: skip


class TrustDialog(OfficeDialog):
    """The credit limit; below what is owed and out it says whose parts come back, before it is saved."""

    def __init__(self, page: Page, customer: Customer, then: Callable[[Decimal | None], object]) -> None:
        super().__init__(tr("Credit limit of {customer}", customer=customer.name))
        self._page, self._customer, self._then, self._asked = page, customer, then, 0
        before = "" if customer.credit_limit is None else f"{customer.credit_limit:.2f}"
        self.limit = LineField(before, name=tr("Credit limit/¥"))
        self._limit = Field(tr("Credit limit/¥"), self.limit, tr("Empty: none agreed"))
        self.said = Paragraph("", 13, tone="text2")
        self.add(self._limit, self.said)
        self.button(tr("Cancel"))
        self.sends(tr("Save"), self._press, self.limit)
        self.limit.textChanged.connect(lambda _text: self.save.setEnabled(False))
        self.limit.settled.connect(lambda _text: self._look())
        self._look()

    def _typed(self) -> Decimal | None:
        text = self.limit.text().strip()
        return amount(text) if text else None

    def _look(self) -> None:
        """Ask the office whose parts would come back; nothing is saved before that is known."""
        self._asked += 1
        laptop, asked, account = self._page.context.laptop, self._asked, self._customer.id
        self.save.setEnabled(False)
        self._limit.show_error("")
        try:
            limit = self._typed()
        except Invalid as error:
            self._limit.show_error(errors.worded(error).title)
            return
        if laptop is None:
            self._fail(asked, Offline("unreachable"))
            return
        remote = laptop.remote

        def read(_stop: object, _told: object) -> Credit:
            return office_money.credit(remote, account, limit)

        self._page.jobs.task(self, read, partial(self._show, asked), partial(self._fail, asked))

    def _fail(self, asked: int, error: FieldCrmError) -> None:
        if asked == self._asked:
            self.said.show_text(errors.worded(error).title, "bad")

    def _show(self, asked: int, found: Credit) -> None:
        if asked == self._asked:
            self.show_credit(found)

    def show_credit(self, found: Credit) -> None:
        """Say what is owed and out, and whose parts would come back."""
        now = self._page.context.now()
        owed = tr("Owed {owed}, with laptops {held}.", owed=formats.money(found.exposure),
                  held=formats.money(found.with_laptops))  # fmt: skip
        back = found.would_come_back
        self.said.show_text(prose(owed, come_back(back, now)) if back else owed, "warn" if back else "text2")
        self.save.setText(tr("Call back and save") if back else tr("Save"))
        self.save.setEnabled(True)

    def _press(self) -> None:
        self._then(self._typed())


def come_back(parts: tuple[Holder, ...], now: datetime) -> str:
    """Say whose parts of a limit have no room any more, and what becomes of them."""
    people = tr(", ").join(f"{each.person} {formats.money(each.left)}" for each in parts)
    until = formats.moment(clock.from_ms(max(each.until for each in parts)), now)
    called = ntr("{n} part is called back: {people}.", "{n} parts are called back: {people}.", len(parts),
                 people=people)  # fmt: skip
    rest = tr(
        "A laptop without a network may go on until {until}, and what it sells is accepted.", until=until
    )
    return prose(called, rest)
