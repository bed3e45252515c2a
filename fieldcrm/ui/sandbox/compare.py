"""Two versions of the rules on a month's orders: sums at the top, what is behind them in a table."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout
from sqlalchemy.orm import Session

from fieldcrm.services import sandbox_compare
from fieldcrm.services.sandbox_compare import Comparison, OrderRow, Sum
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.sandbox import sheets, words
from fieldcrm.ui.sandbox.reading import Choice, Versions, usual
from fieldcrm.ui.sandbox.replay import ReplayView
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, Fact, Field
from fieldcrm.ui.widgets.frames import column, holder, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

ORDERS, CUSTOMERS, PROMOTIONS, PRODUCTS = "orders", "customers", "promotions", "products"
TABS = {
    ORDERS: mark("By order"), CUSTOMERS: mark("By customer"), PROMOTIONS: mark("By promotion"),
    PRODUCTS: mark("By item"),
}  # fmt: skip
GAP = 4  # the column of the difference in the orders' table


class CompareView(ReplayView):
    """What to compare at the left, the answer at the right."""

    def __init__(self, context: Context, versions: Versions) -> None:
        super().__init__(context, versions, tr("Compare"), "scale-balance")
        self._choices: dict[int, Choice] = {}
        self._names = ("A", "B")
        self.found: Comparison | None = None
        self.a, self.b = ChoiceField([], name=tr("Rules A")), ChoiceField([], name=tr("Rules B"))
        self.facts = [Fact(tr(each), px=20, weight=SEMIBOLD) for each in _FACTS]
        self.tabs = Segments([(key, tr(said)) for key, said in TABS.items()], current=ORDERS, even=False)
        self.tabs.chosen.connect(lambda key: self._pages.setCurrentIndex(list(TABS).index(str(key))))
        self.export = Button(tr("Export…"), icon="file-export-outline", on_click=self.ask_file)
        self._make_tables()
        text = tr("Every accepted order of the month is priced again by both. Nothing is changed.")
        self._lay_out(
            [Field(tr("Rules A"), self.a), Field(tr("Rules B"), self.b)],
            tr(words.REPLAY_ASSUMES),
            EmptyState("scale-balance", tr("What would the orders have cost?"), text),
            holder(self._answer()),
        )

    def _make_tables(self) -> None:
        context = self._context
        today, high = context.today(), context.settings.row_height(44)
        self.orders: RowsModel[OrderRow] = RowsModel(_order_columns(today), key=lambda each: each.order.id)
        self.order_table = RowTable(
            self.orders,
            context.settings.row_height(52),
            name=tr("Orders"),
            sortable=True,
            cells={0: _draw_order, GAP: _draw_gap},
        )
        self.order_table.opened.connect(
            lambda each: self._context.shell.open("order", order_id=each.order.id)
        )
        self.sums: dict[str, RowsModel[Sum]] = {
            key: RowsModel(_sum_columns(said), key=lambda each: each.key)
            for key, said in ((CUSTOMERS, mark("Customer")), (PROMOTIONS, mark("Promotion")),
                              (PRODUCTS, mark("Item")))
        }  # fmt: skip
        self._pages = QStackedWidget()
        self._pages.addWidget(self.order_table)
        for key, model in self.sums.items():
            table = RowTable(model, high, name=tr(TABS[key]), sortable=True, cells={4: _draw_gap})
            self._pages.addWidget(table)

    def _answer(self) -> QVBoxLayout:
        head = row(*self.facts, gap=24)
        for place in range(len(self.facts)):
            head.setStretch(place, 1)
        card = surface("card", column(self._pages, gap=0, margins=(1, 1, 1, 8)))
        shown = column(head, self.note, row(self.tabs, None, self.export, gap=8), card, gap=12,
                       margins=(24, 16, 24, 16))  # fmt: skip
        shown.setStretch(3, 1)
        return shown

    def show_choices(self, found: list[Choice]) -> None:
        """Offer these versions."""
        self._choices = {each.key: each for each in found}
        said = words.choices(found, self._context.today())
        for field, first in zip((self.a, self.b), usual(found), strict=True):
            field.show_choices(said, field.value if field.value in self._choices else first)

    def run(self) -> None:
        """Replay the month by A and by B."""
        keys, wanted, versions = self._chosen(self.a, self.b), self.months.wanted, self._versions
        if keys is None:
            return
        a, b = (words.short(self._choices[key]) for key in keys)
        names = f"A · {a}", f"B · {b}"

        def work(session: Session, stop: Stop, progress: Progress) -> Comparison:
            pair = (versions.of(session, keys[0]), versions.of(session, keys[1]))
            return sandbox_compare.compare(session, wanted, pair, stop, progress)

        self._replay(work, partial(self._show, names))

    def _show(self, names: tuple[str, str], found: Comparison) -> None:
        self.found, self._names = found, names
        self.orders.show_rows(found.rows)
        for key, rows in ((CUSTOMERS, found.customers), (PROMOTIONS, found.promotions),
                          (PRODUCTS, found.products)):  # fmt: skip
            self.sums[key].show_rows(rows)
        a, b = found.total("a"), found.total("b")
        values = (formats.money(found.total("paid")), formats.money(a), formats.money(b), words.signed(b - a))
        for fact, value in zip(self.facts, values, strict=True):
            fact.value.show_text(value)
        self.facts[3].value.set_tone(words.tone(b - a) if a != b else "text")
        for fact, name in zip(self.facts[1:3], names, strict=True):
            fact.caption.show_text(name)
        lost = sum(1 for each in found.rows if each.difference is None)
        self._say_note(len(found.rows), found.expected, _unpriced(lost))

    def ask_file(self) -> None:
        """Ask where to, and write the comparison there."""
        window = self._context.shell.window()
        found = self.found
        if found is None:
            return
        name = f"{tr('Comparison of rules')} {found.wanted.first:%Y-%m}.xlsx"
        path, _ = QFileDialog.getSaveFileName(window, tr("Export the comparison"), name, "Excel (*.xlsx)")
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write the comparison as a workbook."""
        found, names, shell = self.found, self._names, self._context.shell
        if found is None:
            return
        self._context.jobs.task(
            self, lambda _stop, _progress: sheets.write(path, found, names),
            lambda _done: shell.toast(tr("Comparison exported")), shell.show_error,
        )  # fmt: skip


_FACTS = (mark("Paid, before rebates"), "A", "B", mark("Difference B − A/¥"))


def _unpriced(lost: int) -> str:
    if not lost:
        return ""
    return ntr("{n} order was not priced by both and is not in the sums.",
               "{n} orders were not priced by both and are not in the sums.", lost)  # fmt: skip


def _order_columns(today: date) -> tuple[Column[OrderRow], ...]:
    right = paint.RIGHT
    return (
        Column(mark("Customer"), lambda r: _facts(r, today), lambda r: r.order.account, hint=_trouble),
        Column(mark("Paid/¥"), lambda r: formats.figure(r.paid), lambda r: r.paid, right, 108),
        Column("A/¥", lambda r: formats.figure(r.a), lambda r: r.a or 0, right, 108),
        Column("B/¥", lambda r: formats.figure(r.b), lambda r: r.b or 0, right, 108),
        Column(
            mark("Difference/¥"),
            lambda r: words.signed(r.difference),
            lambda r: r.difference or 0,
            right,
            120,
        ),
    )


def _facts(row: OrderRow, today: date) -> str:
    return f"{row.order.number} · {formats.table_day(row.order.on, today)}"


def _draw_order(cell: Cell) -> None:
    cell.two_lines(cell.row.order.account, cell.said)


def _trouble(order: OrderRow) -> str:
    return words.trouble(order.trouble, ("A", "B"))


def _sum_columns(title: str) -> tuple[Column[Sum], ...]:
    right = paint.RIGHT
    return (
        Column(title, lambda r: r.name, lambda r: r.name),
        Column(mark("Orders"), lambda r: formats.count(r.orders), lambda r: r.orders, right, 88),
        Column("A/¥", lambda r: formats.figure(r.a), lambda r: r.a, right, 128),
        Column("B/¥", lambda r: formats.figure(r.b), lambda r: r.b, right, 128),
        Column(
            mark("Difference/¥"), lambda r: words.signed(r.difference), lambda r: r.difference, right, 136
        ),
    )


def _draw_gap(cell: Cell) -> None:
    gap = cell.row.difference
    if gap is None:
        paint.text(cell.painter, cell.rect, tr("not priced"), 13, REGULAR, "bad", paint.RIGHT)
    else:
        cell.text(cell.said, 14, SEMIBOLD if gap else REGULAR, words.tone(gap))
