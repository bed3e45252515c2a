"""Taking an order: chips, a table that is typed into, the total beside it.

Prices are worked out in this thread with the values read once (``Counter``), so a digit shows its
price within the frame. What is typed is kept on this laptop while it is typed; leaving the page
saves it as a draft order.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from fieldcrm.rules import orders as order_rules
from fieldcrm.rules.orders import MAX_QUANTITY, Origin
from fieldcrm.rules.pricing import PricedLine, Problem
from fieldcrm.services import quote_orders
from fieldcrm.services.pricing import DraftLine, Quote
from fieldcrm.storage import search
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import gaps, lines, nothing, price_words, scanning
from fieldcrm.ui.orders.configure import inside, open_for
from fieldcrm.ui.orders.draft import Draft, Key, in_unit
from fieldcrm.ui.orders.lines import EntryRow, LinesTable
from fieldcrm.ui.orders.moved import MovedBar, costs
from fieldcrm.ui.orders.reading import Counter
from fieldcrm.ui.orders.summary import Amounts, Summary
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import DayField
from fieldcrm.ui.widgets.frames import column, holder, row, surface
from fieldcrm.ui.widgets.labels import Label, Sign, caption
from fieldcrm.ui.widgets.states import EmptyState

SUGGESTED, ALL, ORDERED = "suggested", "all", "ordered"
_KEEP_MS = 400
_FOUND = 200
_NARROW = 1140  # below, names matter more than what the store had


class EntryView(QWidget):
    """The order being taken; the page around it reads and saves."""

    submit = Signal()
    keep = Signal()
    edited = Signal()  # after a short pause: keep what is typed
    started_over = Signal()

    def __init__(self, context: Context, *, is_quote: bool = False) -> None:
        super().__init__()
        self._context = context
        self.counter: Counter | None = None
        self.draft: Draft | None = None
        self.quote: Quote | None = None
        self._found: list[Key] | None = None
        self._wanted = ""
        self._before: object = ALL  # the chip that was on before a search
        self._is_quote = is_quote
        self._units: dict[UUID, str] = {}
        self._listed: list[Key] = []  # rows of "in this order" stay while their number is typed anew
        self._pause = QTimer(self, interval=_KEEP_MS, singleShot=True)
        self._pause.timeout.connect(self.edited.emit)
        self.chips = Chips()
        self.model = lines.model()
        self.table = LinesTable(self.model, context.settings.row_height(lines.ROW))
        self.empty = EmptyState("package-variant-closed", "", action=tr("Show all"), on_action=self.show_all)
        self._delivery = DayField(height=32, name=tr("Deliver on"))
        delivery = holder(row(Label(tr("Deliver on"), 13, tone="text2"), None, self._delivery))
        self.summary = Summary(delivery, is_quote=is_quote)
        self._restored, self.moved = self._restored_bar(), MovedBar(self._name_of)
        self._build()
        self._connect()

    def _restored_bar(self) -> QWidget:
        self._why_here = Label("", 13)
        over = Button(tr("Start over"), "link", height=24, on_click=self.started_over.emit)
        sign = Sign("content-save-outline", 16, "local")
        return surface("local", row(sign, self._why_here, None, over, gap=8, margins=(12, 8, 12, 8)))

    def _build(self) -> None:
        done = tr("keep") if self._is_quote else tr("submit")
        keys = [("↑ ↓", tr("row")), ("0–9", tr("quantity")), ("+ −", tr("one more, one less")),
                ("U", tr("unit")), ("Ctrl F", tr("search")), ("Ctrl Enter", done)]  # fmt: skip
        hints = row(gap=8)
        for key, meaning in keys:
            hints.addWidget(Label(key, 12, 600, "text2", rigid=True))
            hints.addWidget(caption(meaning))
            hints.addSpacing(12)
        hints.addStretch(1)
        table = column(self.table, self.empty, gap=0, margins=(1, 1, 1, 8))
        left = column(self.chips, self._restored, self.moved, surface("card", table), hints, gap=12)
        left.setContentsMargins(24, 16, 24, 12)
        left.setStretch(3, 1)
        body = row(gap=0)
        body.addLayout(left, 1)
        body.addWidget(self.summary)
        self.setLayout(body)
        self.empty.hide()

    def _connect(self) -> None:
        self.chips.changed.connect(self._on_chip)
        self.table.typed.connect(self.set_quantity)
        self.table.unit_asked.connect(self.switch_unit)
        self.table.scanned.connect(self._on_scanned)
        self.table.current_changed.connect(self.summary.show_reason)
        self.summary.submit.connect(self.submit.emit)
        self.summary.keep.connect(self.keep.emit)
        self.summary.gap_asked.connect(self.go_to_gap)
        self.summary.discount.offered.connect(self._offer)
        self.summary.inside.asked.connect(self.configure)
        self.summary.inside.more.connect(self.configure_another)
        self.table.opened.connect(self._on_opened)
        self.summary.rebate.chosen.connect(self._use_rebate)
        self.summary.goods.chosen.connect(self._take_goods)
        self.summary.money.spared.connect(self._spare)
        self.summary.promise.back.connect(self._as_quoted)
        self._delivery.chosen.connect(self._on_delivery)

    def show_counter(self, counter: Counter, draft: Draft, *, restored: bool, refused: str = "") -> None:
        """Begin or go on with an order; ``refused`` is why the office did not take what was typed."""
        same = self.draft is draft
        self.counter, self.draft = counter, draft
        for key in [key for key in draft.quantities if key[0] not in counter.articles]:
            draft.put(key, Decimal())  # deleted for good: there is nothing left to show
        unfinished = tr("This order was not finished. It is as you left it.")
        self._why_here.show_text(tr("{why} What you typed is here.", why=refused) if refused else unfinished)
        self._restored.setVisible(restored or bool(refused))
        if not same:
            self._units, self._listed, self._found = {}, [], None
            day = draft.day_of_delivery(self._context.today(), is_open=order_rules.may_edit(counter.status))
            self._delivery.show_day(day)
            self.moved.begin(counter.kept)
        self._show_chips(first=not same)
        now = self._context.now()
        basis = counter.basis
        self.summary.show_age(
            self._context.connection.last_sync, now, basis.incomplete, is_coming=basis.is_coming
        )
        self._reprice()
        self.moved.read_anew(costs(draft, self.quote) if self.quote is not None else {})
        if not same:
            self.table.pick(0)
            self.table.setFocus()

    def _show_chips(self, *, first: bool) -> None:
        assert self.counter is not None and self.draft is not None  # noqa: S101, PT018
        suggested = len(self._suggested())
        chips: list[tuple[object, str]] = []
        if suggested:
            chips.append((SUGGESTED, tr("Suggested {n}", n=suggested)))
        sold = self.counter.sold
        chips += [
            (ALL, tr("All {n}", n=sold)),
            (ORDERED, tr("In this order {n}", n=len(self.draft.quantities))),
        ]
        chips += [(category.id, f"{category.name} {category.count}") for category in self.counter.categories]
        self.chips.show_chips(chips)
        if self._found is None and (first or self.chips.current is None):
            begin = ORDERED if self.draft.quantities else SUGGESTED if suggested else ALL
            self.chips.choose(begin)

    def _suggested(self) -> list[UUID]:
        assert self.counter is not None  # noqa: S101
        needs, articles = self.counter.needs, self.counter.articles
        wanted = [n for n in needs.values() if n.suggested and n.product_id in articles]
        return [need.product_id for need in wanted if articles[need.product_id].active]

    def _on_chip(self) -> None:
        self._found = None
        self._show_rows()
        self.table.pick(0)
        self.table.setFocus()

    def show_all(self) -> None:
        """Show the whole catalogue."""
        self.chips.choose(ALL)
        self._on_chip()

    def look_up(self, text: str) -> None:
        """Show what a search finds; an empty one shows the chosen chip again."""
        wanted = self._wanted = text.strip()

        def show(found: list[UUID]) -> None:
            if wanted == self._wanted:  # else more was typed meanwhile
                self.show_found(found)

        if wanted:
            self._context.jobs.read(self, lambda s: search.find(s, "product", wanted, _FOUND), show)
        else:
            self.show_found(None)

    def show_found(self, ids: Iterable[UUID] | None) -> None:
        """Show what a search found; None shows the chosen chip again."""
        self._found = None if ids is None else [self._key(each) for each in ids if self._is_sold(each)]
        if self.chips.current is not None:
            self._before = self.chips.current
        self.chips.choose(None if ids is not None else self._before)  # what is found belongs to no chip
        self._show_rows()
        self.table.pick(0)

    def _is_sold(self, product_id: UUID) -> bool:
        assert self.counter is not None  # noqa: S101
        article = self.counter.articles.get(product_id)
        return article is not None and article.active

    def _key(self, product_id: UUID) -> Key:
        assert self.counter is not None  # noqa: S101
        unit = self._units.get(product_id) or self.counter.articles[product_id].sales_unit.name
        return product_id, unit

    def _keys(self) -> list[Key]:
        """Return the rows of the chosen chip; other units of an article stand under it."""
        assert self.counter is not None and self.draft is not None  # noqa: S101, PT018
        chip = self.chips.current
        if chip != ORDERED or self._found is not None:
            self._listed = []
        if self._found is not None:
            keys = self._found
        elif chip == ORDERED:
            self._listed = list(dict.fromkeys((*self._listed, *self.draft.quantities)))
            return self._listed
        elif chip == SUGGESTED:
            keys = [self._key(each) for each in self._suggested()]
        else:
            sold = (a for a in self.counter.articles.values() if a.active and chip in (ALL, a.category_id))
            keys = [self._key(article.id) for article in sold]
        extra: dict[UUID, list[Key]] = {}
        for key in self.draft.quantities:
            extra.setdefault(key[0], []).append(key)
        return [each for key in keys for each in dict.fromkeys((key, *extra.get(key[0], ())))]

    def _show_rows(self) -> None:
        assert self.quote is not None and self.draft is not None  # noqa: S101, PT018
        ordered = list(self.draft.quantities)
        priced = {ordered[int(line.key)]: line for line in self.quote.priced.lines}
        problems = {ordered[int(problem.line)]: problem for problem in self.quote.problems}
        rows = [self._row(key, priced.get(key), problems.get(key)) for key in self._keys()]
        self.model.show_rows(rows)
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        if not rows:
            has_catalogue = self.counter is None or bool(self.counter.articles)
            nothing.say(self.empty, is_searching=self._found is not None, has_catalogue=has_catalogue)
        self.summary.show_reason(self.table.row())

    def _row(self, key: Key, priced: PricedLine | None, problem: Problem | None) -> EntryRow:
        assert self.counter is not None and self.draft is not None  # noqa: S101, PT018
        article = self.counter.articles[key[0]]
        unit = article.unit(key[1]) or article.sales_unit
        return EntryRow(
            article=article,
            unit=unit,
            quantity=self.draft.quantity(key),
            price=priced.unit_price if priced else self.counter.prices.get((key[0], key[1])),
            subtotal=priced.net_amount if priced else None,
            problem=problem.code if problem else "",
            need=self.counter.needs.get(key[0]),
            steps=priced.steps if priced else (),
            manual=self.draft.manual.get(key),
            inside=inside(self.counter.basis, self.draft, key),
            number=key[2] if len(key) > 2 else 1,
        )

    def _on_opened(self, row: EntryRow) -> None:
        if self.table.currentIndex().column() == lines.ITEM:
            self.configure(row.key)

    def configure(self, key: Key | None = None) -> None:
        """Open the guided screen for the current article, if there is something to choose in it."""
        row: EntryRow | None = self.table.row()
        key = key or (row.key if row is not None else None)
        if self.counter is not None and self.draft is not None and key is not None:
            open_for(self, self.counter.basis, self.draft, key, self._changed)

    def configure_another(self, key: Key) -> None:
        """Order one more of a configurable article, with something else in it."""
        if self.draft is not None:
            fresh = self.draft.another(key)
            self._changed()
            self.table.pick(self.model.number_of(fresh))
            self.configure(fresh)

    def set_quantity(self, key: Key, quantity: Decimal) -> None:
        """Order another quantity and show its price at once."""
        if self.draft is None:
            return
        self.draft.put(key, quantity)
        self._changed()

    def switch_unit(self, key: Key | None = None) -> None:
        """Order the current article in its next unit."""
        current: EntryRow | None = self.table.row()
        if self.draft is None or current is None:
            return
        key = key or current.key
        names = [unit.name for unit in current.article.units]
        if len(names) < 2 or key[1] not in names:
            return
        fresh = in_unit(key, names[(names.index(key[1]) + 1) % len(names)])
        self.draft.switch(key, fresh)
        self._units[key[0]] = fresh[1]
        if self._found is not None:
            self._found = [self._key(product) for product, *_ in self._found]
        self._changed()
        self.table.pick(self.model.number_of(fresh))

    def add_scanned(self, barcode: str) -> bool:
        """Add one of what carries exactly this barcode; False when nothing does."""
        found = self.counter.barcodes.get(barcode.strip()) if self.counter else None
        if found is None or self.draft is None:
            return False
        self._units[found[0]] = found[1]
        self.draft.put(found, self.draft.quantity(found) + 1)
        self._found = None
        if self.model.number_of(found) < 0:
            self.chips.choose(ORDERED)
        self._changed()
        self.table.pick(self.model.number_of(found))
        self.table.setFocus()
        return True

    def _on_scanned(self, key: Key, digits: str) -> None:
        """Add what carries the code in these digits, which are more than a quantity."""
        assert self.counter is not None  # noqa: S101 - for the type checker
        found = scanning.heard(digits, self.counter.barcodes)
        if found is None:
            most = formats.count(int(MAX_QUANTITY))
            said = tr(
                "No item carries the code {code}. At most {most} can be ordered.", code=digits, most=most
            )
            self._context.shell.toast(said)
            return
        quantity, code = found
        if quantity is not None:
            self.set_quantity(key, quantity)
        self.add_scanned(code)

    def repeat_last(self) -> bool:
        """Order what was ordered last; False when there is nothing to repeat."""
        if self.counter is None or self.draft is None or not self.counter.last_lines:
            return False
        known = self.counter.articles
        self._fill([line for line in self.counter.last_lines if line.product_id in known], Origin.REPEAT)
        return True

    @property
    def has_suggestions(self) -> bool:
        """Whether something is suggested from counts and earlier orders."""
        return self.counter is not None and bool(self._suggested())

    def take_suggested(self) -> bool:
        """Order what is suggested; False when nothing is."""
        if self.counter is None or self.draft is None or not self._suggested():
            return False
        needs, articles = self.counter.needs, self.counter.articles
        wanted = [
            DraftLine(key, articles[key].sales_unit.name, needs[key].suggested) for key in self._suggested()
        ]
        self._fill(wanted, Origin.SUGGESTED)
        return True

    def _fill(self, lines: Iterable[DraftLine], origin: Origin) -> None:
        assert self.draft is not None  # noqa: S101 - for the type checker
        self.draft.fill(lines)
        self.draft.origin = origin
        self._listed, self._found = [], None
        self.chips.choose(ORDERED)
        self._changed()
        self.table.pick(0)
        self.table.setFocus()

    def _as_quoted(self) -> None:
        """Order what the quote offered and nothing else."""
        promise = self.counter.promise if self.counter is not None else None
        if promise is not None:
            self._fill(promise.lines, Origin.QUOTE)

    def restore(self, kept: Any) -> None:
        """Order exactly what was kept (``Draft.as_json``), to take a step back."""
        if self.draft is not None:
            self.draft.restore(kept)
            if self.draft.wanted_on is not None:
                self._delivery.show_day(self.draft.wanted_on)
            self._listed = []
            self._restored.hide()
            self._changed()

    def take_typed(self) -> bool:
        """Take over a price that is still being typed; False when it is none."""
        is_price = self.summary.discount.take_typed()
        if not is_price:
            self._context.shell.toast(tr("Your price is no amount. Type it like 12.50."))
        return is_price

    def _on_delivery(self, day: object) -> None:
        if self.draft is not None:
            self.draft.wanted_on = self._delivery.day
            self._pause.start()

    def _changed(self) -> None:
        self._reprice()
        if self.draft is not None and self.quote is not None:
            self.moved.typed(costs(self.draft, self.quote))
        self._show_chips(first=False)
        self._pause.start()

    def _reprice(self) -> None:
        assert self.counter is not None and self.draft is not None  # noqa: S101, PT018
        counter, today = self.counter, self._context.today()
        found = quote_orders.priced(
            counter.basis, counter.promise, counter.promised, self.draft.lines(), self.draft.rebates, today
        )
        self.quote = found.quote
        self.summary.promise.show_promise(counter.promise, found.lost, today)
        priced = self.quote.priced
        totals = order_rules.totals(
            priced.lines, tax_on_top=priced.tax_on_top, paid_otherwise=priced.rebate_used
        )
        quantities: dict[str, Decimal] = {}
        for key, number in self.draft.quantities.items():
            quantities[key[1]] = quantities.get(key[1], Decimal()) + number
        self.summary.show_amounts(
            Amounts(totals, len(self.draft.quantities), quantities, tax_inside=not priced.tax_on_top)
        )
        on = self.draft.uses_rebate
        self.summary.show_prices(
            self.quote, self.counter.rebate, self._name_of, self.counter.shares, uses_rebate=on
        )
        self.summary.goods.show_goods(self.counter.goods, self._name_of, on=self.draft.takes_goods)
        pays = self.draft.pays(self.counter.means, totals.total)
        self.summary.show_payment(self.counter.means, pays, self.draft.spared)
        self.summary.show_gaps(gaps.said(self.counter, self.quote))
        self.summary.show_policy(price_words.policy(self.counter, priced))
        self._show_rows()

    def _name_of(self, product: str) -> str:
        article = self.counter.articles.get(UUID(product)) if self.counter is not None and product else None
        return article.name if article else tr("An item") if product else ""

    def _spare(self, purse: str, spared: bool) -> None:
        if self.draft is not None:
            self.draft.spare(purse, spared=spared)
            self._changed()

    def _offer(self, key: Key, price: Decimal | None) -> None:
        if self.draft is not None:
            self.draft.offer(key, price)
            self._changed()

    def _use_rebate(self, on: bool) -> None:
        if self.draft is not None:
            self.draft.uses_rebate = on
            self._changed()

    def _take_goods(self, on: bool) -> None:
        if self.draft is not None:
            self.draft.takes_goods = on
            self._changed()

    def go_to_gap(self) -> None:
        """Go to the first line that keeps the order from being submitted."""
        if self.quote is None or self.draft is None or not self.quote.problems:
            return
        key = list(self.draft.quantities)[int(self.quote.problems[0].line)]
        if self.model.number_of(key) < 0:
            self._found = None
            self.chips.choose(ORDERED)
            self._show_rows()
        self.table.pick(self.model.number_of(key))
        self.table.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        for column_number in (lines.STOCK, lines.LAST):
            self.table.setColumnHidden(column_number, narrow)

    @property
    def total(self) -> Decimal:
        """What the screen says is to be paid."""
        return self.quote.priced.payable if self.quote is not None else Decimal()

    def stop_waiting(self) -> None:
        """Forget a pending pause; what was typed is being saved for good."""
        self._pause.stop()
