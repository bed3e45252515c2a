"""One customer's money: his purses, his credit, what waits for laptops, his rebates and what moved lately."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QWidget

from fieldcrm.model.users import Role
from fieldcrm.services.money import Line
from fieldcrm.sync.office_money import Credit, Customer, Lot, Purse, Standing, Waiting
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import statement
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.limits import words as limit_words
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title
from fieldcrm.ui.widgets.states import EmptyState

_LATELY = 30


class Side(QWidget):
    """The pane at the right."""

    def __init__(
        self, context: Context, take_out: Callable[[Lot], object], withdraw: Callable[[Waiting], object]
    ) -> None:
        super().__init__()
        self._context, self._take_out, self._withdraw = context, take_out, withdraw
        self._may = context.me.role == Role.FINANCE
        self.customer: Customer | None = None
        self._body = QWidget()
        self._layout = column(self._body, gap=0)
        self.setLayout(self._layout)

    def show_customer(self, customer: Customer | None, found: Standing | None) -> None:
        """Show a customer's money, or that nobody is chosen."""
        self.customer = customer
        if customer is None or found is None:
            shown: QWidget = EmptyState(
                "cash-multiple", tr("No customer chosen"), tr("Choose one to see what he has and owes.")
            )
        else:
            pieces = list(self._pieces(customer, found))
            shown = scrolling(column(*pieces, None, gap=12, margins=(20, 20, 20, 20)))
        self._layout.replaceWidget(self._body, shown)
        self._body.hide()
        self._body.deleteLater()
        self._body = shown

    def _pieces(self, customer: Customer, found: Standing) -> Iterator[QWidget]:
        yield Paragraph(customer.name, 20, SEMIBOLD)
        yield section_title(tr("Balances"))
        if not found.purses:
            yield Paragraph(tr("Nothing was ever booked for this customer."), 13, tone="text2")
        for purse in found.purses:
            yield _purse(purse)
        yield section_title(tr("Credit"))
        yield from _credit(found.credit)
        if found.waiting:
            yield section_title(tr("Waits for laptops"))
            yield from map(self._waiting, found.waiting)
        if found.lots:
            yield section_title(tr("Rebates"))
            yield from map(self._lot, found.lots)
        lines = sorted(
            ((section.purse, line) for section in found.sections for line in section.lines),
            key=lambda each: each[1].on, reverse=True,
        )  # fmt: skip
        if lines:
            yield section_title(tr("What moved lately"))
        for purse_name, line in lines[:_LATELY]:
            yield _moved(purse_name, line)
        if len(lines) > _LATELY:
            yield caption(tr("The statement has all movements."))

    def _waiting(self, each: Waiting) -> QWidget:
        top = row(Label(statement.name(each.kind), 14), None,
                  Label(formats.money(each.amount), 14, SEMIBOLD), gap=8)  # fmt: skip
        if each.short:
            said = tr(
                "Only {there} is left: laptops sold the rest meanwhile. Take it back and book what is left.",
                there=formats.money(each.there),
            )
        else:
            said = limit_words.returning(each.asked_back, each.came_back) or tr("It is booked in a moment.")
        pieces: list[QWidget] = [Paragraph(said, 13, tone="warn" if each.short else "text2")]
        pieces += [caption(each.note)] if each.note else []
        inside = column(top, *pieces, gap=4, margins=(12, 8, 12, 8))
        if self._may:
            inside.addLayout(row(None, Button(tr("Take it back"), "link", height=24,
                                              on_click=lambda: self._withdraw(each))))  # fmt: skip
        return surface("sunken", inside)

    def _lot(self, each: Lot) -> QWidget:
        left = formats.decimal(each.left) if each.kind == "goods" else formats.money(each.left)
        top = row(Label(each.name, 14), None, Label(left, 14, SEMIBOLD), gap=8)
        facts = [tr("until {day}", day=formats.full_day(each.valid_to))] if each.valid_to else []
        if each.with_laptops:
            facts.append(tr("{amount} of it is with laptops", amount=formats.money(each.with_laptops)))
        under = row(caption(" · ".join(facts)), None, gap=8)
        if self._may:
            under.addWidget(Button(tr("Take out"), "link", height=24, on_click=lambda: self._take_out(each)))
        return surface("sunken", column(top, under, gap=2, margins=(12, 8, 12, 8)))


def _purse(each: Purse) -> QWidget:
    shown = FactRow(statement.name(each.purse), formats.money(each.balance), weight=SEMIBOLD)
    if each.with_laptops:
        held = tr("{amount} of it is with laptops", amount=formats.money(each.with_laptops))
        return _two(shown, held)
    return shown


def _two(shown: QWidget, under: str) -> QWidget:
    holder = QWidget()
    holder.setLayout(column(shown, caption(under), gap=0))
    return holder


def _credit(found: Credit) -> Iterator[QWidget]:
    limit = formats.money(found.limit) if found.limit is not None else tr("None agreed")
    yield FactRow(tr("Credit limit"), limit)
    yield FactRow(tr("Credit in use"), formats.money(found.exposure))
    if found.free is not None:
        yield FactRow(tr("Free"), formats.money(found.free), tone="bad" if found.free < 0 else "text")
    if found.with_laptops:
        yield FactRow(tr("With laptops"), formats.money(found.with_laptops))


def _moved(purse: str, line: Line) -> QWidget:
    said = " · ".join(part for part in (formats.full_day(line.on), statement.name(purse)) if part)
    amount = Label(formats.money(line.amount), 14, tone="bad" if line.amount < 0 else "text")
    text = statement.said(line)
    top = row(Label(text or statement.name(purse), 14), None, amount, gap=8)
    top.setStretch(0, 1)
    holder = QWidget()
    holder.setLayout(column(top, caption(said), gap=0))
    return holder
