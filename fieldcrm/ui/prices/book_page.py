"""The prices of one book: found by item, changed one by one or all that are shown by a percentage."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.errors import Invalid
from fieldcrm.money import to_cents
from fieldcrm.rules.rule_columns import Column as RuleColumn
from fieldcrm.rules.rule_columns import Kind, table
from fieldcrm.rules.rule_draft import Doc, Key
from fieldcrm.services import rule_cells, rule_documents, rule_faults
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.prices import choices, form, lines, reading, sentences
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import RuleFields
from fieldcrm.ui.prices.reading import Desk, Line
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField, SearchField

_STATE = 6
_PERCENT = RuleColumn("percent", Kind.NUMBER, required=True)


class BookPage(Page):
    """Prices of a book, with what the draft makes of them."""

    watches = frozenset({"draft", "price_book", "price_entry"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.book, self._entry = "", ""
        self.desk: Desk | None = None
        self.offers = Offers()
        self._lines: list[Line] = []
        columns: tuple[Column[Line], ...] = (
            Column(mark("Code"), self._code, sort=self._code, width=112),
            Column(mark("Item"), self._name, sort=self._name, hint=self._name),
            Column(mark("Unit"), lambda line: formats.unit(str(line.said["unit"]), 1), width=80),
            Column(mark("From quantity"), _least, align=paint.RIGHT, width=128),
            Column(mark("Published/¥"), lambda line: _price(line.before), align=paint.RIGHT, width=112),
            Column(mark("Price/¥"), lambda line: _price(line.doc), _amount, paint.RIGHT, 112),
            Column(mark("State"), lambda line: tr(lines.STATES[line.state][0]), width=128),
        )
        self.model: RowsModel[Line] = RowsModel(columns, key=lambda line: line.key)
        self.table = RowTable(
            self.model, context.settings.row_height(40), name=tr("Prices"), sortable=True,
            cells={_STATE: lines.draw_state},
        )  # fmt: skip
        self.search = SearchField(tr("Code or item"), "Ctrl F", name=tr("Search the prices"), width=280)
        lead = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        change = Button(tr("Change all shown"), icon="percent-outline", on_click=self.change_all)
        remove = Button(tr("Remove"), "ghost", on_click=self.remove)
        edit = Button(tr("Edit"), icon="pencil-outline", on_click=self.edit)
        add = Button(tr("Add a price"), "primary", "plus", on_click=lambda: self.open_price(None))
        self.header = Header("", "", [add], lead)
        self._stack = QStackedWidget()
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(
            surface("card", column(EmptyState("tag-outline", tr("No prices here"),
                                              tr("Add one, or clear the search."))))
        )  # fmt: skip
        body = column(
            row(self.search, None, remove, edit, change, gap=8), self._stack, gap=12, margins=(24, 16, 24, 16)
        )
        body.setStretch(1, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self._connect()

    def _connect(self) -> None:
        self.table.opened.connect(lambda _line: self.edit())
        self.search.settled.connect(lambda _text: self._show_rows())
        self.bind("N", lambda: self.open_price(None), tr("Add a price"))
        self.bind("E", self.edit, tr("Edit the price"))
        self.bind("Delete", self.remove, tr("Remove the price"))
        self.bind("Ctrl+F", self.search.setFocus, tr("Search the prices"))

    def panes(self) -> list[QWidget]:
        """Return the header and the prices."""
        return [self.header, self.table]

    def show_place(self, **where: object) -> None:
        """Show a book, and one of its prices."""
        self.book, self._entry = str(where.get("book") or ""), str(where.get("entry") or "")
        self.refresh_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.setFocus()

    def refresh(self) -> None:
        """Read the prices and the draft again."""
        at = self.context.now()

        def read(session: Any) -> tuple[Desk, Offers]:
            desk = reading.read(session, at)
            return desk, choices.offers(session, desk.docs, desk.names)

        self.jobs.read(self, read, self._show)

    def _show(self, found: tuple[Desk, Offers]) -> None:
        self.desk, self.offers = found
        desk = self.desk
        said = desk.line("price_book", self.book).said
        self.header.show_title(str(said.get("name") or tr("Price book")))
        self._lines = sorted(desk.prices(self.book), key=lambda line: (self._code(line), *_place(line)))
        self._show_rows()

    def _show_rows(self) -> None:
        text = self.search.text().strip().casefold()
        shown = [each for each in self._lines if text in f"{self._code(each)} {self._name(each)}".casefold()]
        self.model.show_rows(shown)
        self._stack.setCurrentIndex(0 if shown else 1)
        self.header.show_facts(ntr("{n} price", "{n} prices", len(shown)))
        if self._entry:
            self.table.pick(self.model.number_of(self._entry))
            self._entry = ""
        elif shown and self.table.row() is None:
            self.table.pick(0)

    def _code(self, line: Line) -> str:
        return self.desk.names.code("products", str(line.said["product_id"])) if self.desk else ""

    def _name(self, line: Line) -> str:
        return self.desk.named(str(line.said["product_id"])) if self.desk else ""

    # -- acting ----------------------------------------------------------------------------

    def edit(self) -> None:
        """Change the chosen price."""
        line: Line | None = self.table.row()
        if line is not None:
            self.open_price(line)

    def open_price(self, line: Line | None) -> None:
        """Open a price, or a new one."""
        if self.desk is not None:
            PriceDialog(self, self.desk, line).open()

    def remove(self) -> None:
        """Let the chosen price end with the next set."""
        line: Line | None = self.table.row()
        if line is not None and line.doc is not None:
            self.keep({("price_entry", line.key): None}, tr("The price is gone with the next set"))

    def change_all(self) -> None:
        """Ask by how many per cent the prices that are shown change."""
        PercentDialog(self).open()

    def changed_by(self, percent: Decimal) -> None:
        """Change every price that is shown."""
        changes: dict[Key, Doc | None] = {}
        for line in self.model.rows:
            if line.doc is not None:
                price = to_cents(Decimal(line.doc["price"]) * (100 + percent) / 100)
                changes["price_entry", line.key] = line.doc | {"price": str(price)}
        self.keep(changes, ntr("{n} price changed", "{n} prices changed", len(changes)))

    def keep(self, changes: Mapping[Key, Doc | None], said: str) -> None:
        """Put changes into the draft, with a way back."""
        desk, at = self.desk, self.context.now()
        if desk is None:
            return

        def back() -> None:
            self.jobs.write(self, lambda s: reading.put_back(s, desk.draft, list(changes), at))

        self.jobs.write(
            self, lambda s: reading.put(s, desk, changes, at),
            lambda _draft: self.context.shell.toast(said, back), self.context.shell.show_error,
        )  # fmt: skip


class PriceDialog(Dialog):
    """One price; what cannot stay is said at its field."""

    def __init__(self, page: BookPage, desk: Desk, line: Line | None) -> None:
        super().__init__(tr("Price") if line else tr("New price"), width=520)
        self._page, self._desk, self._line = page, desk, line
        known = table("price_entry")
        self._doc: Doc = dict(line.said) if line else {"price_book_id": page.book}
        paths = [each.path for each in known.columns if each.path != "price_book_id"]
        self.fields = RuleFields(page.context, known, paths, page.offers, self._doc)
        self.add(self.fields)
        self.button(tr("Cancel"))
        self.button(tr("Keep in the draft"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Show the price."""
        path = "price" if self._line else "product_id"
        self.ask(self._page.context.shell.window(), focus=self.fields.fields[path].control)

    def save(self) -> None:
        """Keep the price in the draft, or say what cannot stay."""
        doc, errors = form.document([self.fields], self._doc)
        if errors:
            return
        doc = rule_documents.filled("price_entry", doc)
        key = rule_documents.key_of("price_entry", doc)
        changes: dict[Key, Doc | None] = {("price_entry", key): doc}
        if self._line is not None and self._line.key != key:
            changes["price_entry", self._line.key] = None
        taken = reading.taken(self._desk, "price_entry", key, self._line.key if self._line else "")
        error = rule_faults.of_price(self._desk.docs["product"], doc) or (taken.error if taken else None)
        if error is not None:
            self.fields.show_error(str(error.data.get("field") or "price"), error)
            return
        self.leave()
        self._page.keep(changes, tr("Kept in the draft; nothing is published yet"))


class PercentDialog(Dialog):
    """By how many per cent prices change."""

    def __init__(self, page: BookPage) -> None:
        number = len(page.model.rows)
        super().__init__(
            ntr("Change {n} price", "Change {n} prices", number), tr("Rounded to cents. It can be undone.")
        )
        self._page = page
        self.percent = LineField("", tr("3 or -2.5"))
        self.field = Field(tr("Per cent"), self.percent, required=True)
        self.add(self.field)
        self.button(tr("Cancel"))
        self.button(tr("Change them"), "primary", self.save, stays=True)

    def open(self) -> None:
        """Ask."""
        self.ask(self._page.context.shell.window(), focus=self.percent)

    def save(self) -> None:
        """Change the prices, or say what cannot be read."""
        try:
            percent = Decimal(rule_cells.read(_PERCENT, self.percent.text(), rule_cells.Names()))
            if percent <= -100:
                raise Invalid("out_of_range", field="percent")
        except Invalid as error:
            self.field.show_error(worded(error).title)
            self.percent.setFocus()
            return
        self.leave()
        self._page.changed_by(percent)


def _least(line: Line) -> str:
    least = Decimal(line.said.get("min_quantity") or 0)
    unit = str(line.said.get("min_quantity_unit") or line.said["unit"])
    return sentences.quantity(least, unit) if least else formats.NONE


def _place(line: Line) -> tuple[Any, ...]:
    return str(line.said["unit"]), Decimal(line.said.get("min_quantity") or 0)


def _price(doc: Doc | None) -> str:
    return formats.NONE if doc is None else formats.figure(Decimal(doc["price"]))


def _amount(line: Line) -> Decimal:
    return Decimal(line.said["price"])
