"""The section for prices: what is in force, what the next set will say, and what is wrong with it.

Nouns stand at the left, their rules in the middle, the chosen one at the right. Every change goes
into the draft of this laptop at once and can be undone; only publishing needs the network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.errors import Offline
from fieldcrm.rules.rule_draft import Doc, Key, RuleDraft
from fieldcrm.storage import rule_draft as kept
from fieldcrm.sync import rule_books
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.prices import lines, publishing, reading, words, workbook
from fieldcrm.ui.prices.detail import DetailPane
from fieldcrm.ui.prices.reading import NOUNS, Desk, Line
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.frames import Header, ListPane, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowList, RowTable
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

DRAFT = "draft"
_STATE, _INDENT, _DEEPEST = 2, 24, 6
_EMPTY: Mapping[str, tuple[str, str, str]] = {
    DRAFT: (
        "file-document-outline",
        mark("Nothing is changed yet"),
        mark("Change a rule or bring a workbook: it waits here until you publish it as a whole."),
    ),
    "product_category": (
        "file-tree-outline",
        mark("No categories yet"),
        mark("Categories put the catalogue in order; ranges can mean them."),
    ),
    "product_attribute": (
        "tag-text-outline",
        mark("No attributes yet"),
        mark("An attribute is what items say of themselves, as flavour or volume; ranges can mean it."),
    ),
    "product": (
        "package-variant-closed",
        mark("No items yet"),
        mark("Bring the catalogue as a workbook, or add items."),
    ),
    "cost_price": (
        "cash-multiple",
        mark("No cost prices yet"),
        mark("What goods cost you: for margins and the return of promotions. Reps never see it."),
    ),
    "price_book": (
        "tag-multiple-outline",
        mark("No price books yet"),
        mark("A book says what items cost, for whom and when."),
    ),
    "promotion": (
        "gift-outline",
        mark("No promotions yet"),
        mark("A promotion gives something when a condition is met."),
    ),
    "rebate_program": (
        "cash-refund",
        mark("No rebates yet"),
        mark("A rebate is earned by orders and paid later."),
    ),
    "sellable_range": (
        "storefront-outline",
        mark("No ranges yet"),
        mark("Without a range everything may be sold to everybody."),
    ),
    "quantity_rule": (
        "link-variant",
        mark("No tied quantities yet"),
        mark("Some items are only sold together."),
    ),
    "approval_rung": ("stairs", mark("No ladder yet"), mark("A rung says who agrees to how much off.")),
    "sales_bom": (
        "file-tree-outline",
        mark("No bills yet"),
        mark("A bill says what an item is made of and what is chosen."),
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the list at the left."""

    key: str
    count: int
    changed: int
    wrong: int


class PricesPage(Page):
    """Rules by noun, with the draft over them."""

    watches = frozenset({
        "draft", "rule_set", "promotion", "price_book", "cost_price", "product", "product_category",
        "product_attribute", "rebate_program",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.desk: Desk | None = None
        self._place = DRAFT
        named: Column[Place] = Column(mark("Prices"), lambda each: _title(each.key))
        self.places: RowsModel[Place] = RowsModel((named,), key=lambda each: each.key)
        self.nav = RowList(self.places, _draw_place, 48, name=tr("Prices"))
        self.nav.picked.connect(self._on_place)
        code: Column[Line] = Column(mark("Code"), self._code, width=144, hint=self._code)
        said: Column[Line] = Column(mark("What it says"), self._name, hint=self._said)
        state: Column[Line] = Column(mark("State"), lambda line: tr(lines.STATES[line.state][0]), width=136)
        self.model: RowsModel[Line] = RowsModel((code, said, state), key=lambda line: (line.noun, line.key))
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Rules"),
            cells={1: self._draw_said, _STATE: lines.draw_state},
        )  # fmt: skip
        self.search = SearchField(tr("Code, name or text"), "Ctrl F", name=tr("Search the rules"), width=220)
        self.chips = Chips(
            [("all", tr("All")), ("changed", tr("In the draft")), ("wrong", tr("To mend"))], current="all",
            one_row=True,
        )  # fmt: skip
        self.detail = DetailPane(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        self.new_button = Button(tr("New"), icon="plus", on_click=self.new)
        own = tr("Fetch customers' own books")
        self.own_button = IconButton("cloud-sync-outline", own, self.fetch_own)
        discard = partial(publishing.discard, self)
        self.discard_button = Button(tr("Throw the draft away"), "ghost", on_click=discard)
        bring = Button(tr("Bring a workbook"), icon="table-arrow-up", on_click=partial(workbook.bring, self))
        save = Button(
            tr("Save as a workbook"), icon="table-arrow-down", on_click=partial(workbook.save, self)
        )
        self.publish = Button(tr("Check and publish"), "primary", on_click=partial(publishing.ask, self))
        shell = self.context.shell
        parts = Button(tr("Parts on laptops"), "ghost", on_click=lambda: shell.open("limits"))
        self.try_button = IconButton("flask-outline", tr("Try rules"), lambda: shell.open("sandbox"))
        self.header = Header(tr("Prices"), "", [self.try_button, parts, bring, save, self.publish])
        self.notice = publishing.Notice(self)
        icon, title, text = _EMPTY[DRAFT]
        self.empty = EmptyState(icon, tr(title), tr(text), on_action=self._on_empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(surface("card", column(self.empty)))
        compare = partial(self.context.shell.open, "price_versions")
        self.compare_button = IconButton("compare", tr("See both versions side by side"), compare)
        bar = row(
            self.search, self.chips, self.own_button, self.discard_button, self.compare_button,
            self.new_button, gap=12,
        )  # fmt: skip
        bar.setStretch(1, 1)
        bar.setAlignment(self.chips, Qt.AlignmentFlag.AlignVCenter)
        middle = column(self.notice, bar, self._stack, gap=12, margins=(24, 16, 24, 16))
        middle.setStretch(2, 1)
        body = row(ListPane(self.nav, width=224, margins=(0, 8, 1, 8)), gap=0)
        body.addLayout(middle, 1)
        body.addWidget(self.detail)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _connect(self) -> None:
        self.table.picked.connect(lambda _line: self._show_line())
        self.table.opened.connect(lambda _line: self.edit())
        self.search.settled.connect(lambda _text: self._show_rows())
        self.chips.changed.connect(self._show_rows)
        self.bind("N", self.new, tr("New rule"))
        self.bind("E", self.edit, tr("Edit the rule"))
        self.bind("Delete", self.end, tr("End the rule"))
        self.bind("Ctrl+F", self.search.setFocus, tr("Search the rules"))
        self.bind("Ctrl+Return", self.publish.click, tr("Check and publish"))

    def panes(self) -> list[QWidget]:
        """Return the nouns, the rules and the chosen one."""
        return [self.nav, self.table, self.detail]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.setFocus()

    def show_place(self, **where: object) -> None:
        """Show the rules of a noun."""
        noun = where.get("noun")
        if isinstance(noun, str) and noun in (DRAFT, *NOUNS):
            self._place = noun
        self.refresh_soon()

    def refresh(self) -> None:
        """Read the rules and the draft again."""
        at = self.context.now()
        self.jobs.read(self, lambda session: reading.read(session, at), self._show)

    def _show(self, desk: Desk) -> None:
        self.desk = desk
        self.places.show_rows([_place(desk, key) for key in (DRAFT, *NOUNS)])
        self.nav.pick(self.places.number_of(self._place))
        self.header.show_facts(_facts(desk))
        self.notice.show_desk(desk)
        self._show_rows()

    def _on_place(self, place: Place | None) -> None:
        if place is not None and place.key != self._place:
            self._place = place.key
            self._show_rows()

    def _show_rows(self) -> None:
        if self.desk is None:
            return
        rules = self.desk.changed() if self._place == DRAFT else self.desk.lines(self._place)
        shown = [line for line in rules if self._is_wanted(line)]
        self.model.show_rows(shown)
        self._stack.setCurrentIndex(0 if shown else 1)
        self.new_button.setVisible(self._place != DRAFT)
        self.discard_button.setVisible(self._place == DRAFT and bool(self.desk.draft.changes))
        self.compare_button.setVisible(self._place == DRAFT)
        self.own_button.setVisible(self._place == "price_book")
        icon, title, text = _EMPTY[self._place]
        action = "" if self._place == DRAFT else tr("New")
        if rules and not shown:
            icon, title, text = (
                "filter-variant",
                mark("Nothing matches"),
                mark("Clear the search or show all."),
            )
            action = tr("Show all")
        self.empty.show_state(icon, tr(title), tr(text), action)
        if shown and self.table.row() is None:
            self.table.pick(0)
        self._show_line()

    def _on_empty(self) -> None:
        if not self.search.text().strip() and self.chips.current == "all":
            self.new()
            return
        self.search.clear()
        self.chips.choose("all")
        self._show_rows()

    def _is_wanted(self, line: Line) -> bool:
        chosen = self.chips.current
        if (chosen == "changed" and line.state == "") or (chosen == "wrong" and not line.faults):
            return False
        text = self.search.text().strip().casefold()
        return not text or text in f"{self._code(line)} {self._name(line)} {self._said(line)}".casefold()

    @property
    def line(self) -> Line | None:
        """The rule that is chosen."""
        found: Line | None = self.table.row()
        return found

    def _show_line(self) -> None:
        if self.desk is not None:
            self.detail.show_line(self.desk, self.line if self.model.rows else None)

    # -- what a line says ------------------------------------------------------------------

    def _code(self, line: Line) -> str:
        return lines.code(self.desk, line)

    def _name(self, line: Line) -> str:
        return lines.name(self.desk, line)

    def _said(self, line: Line) -> str:
        return "" if self.desk is None else lines.said(self.desk, line)

    def _draw_said(self, cell: Cell) -> None:
        if cell.row.noun == "product_category" and self.desk is not None:
            depth = len(self.desk.above(cell.row.key)) - 1
            cell.rect = cell.rect.adjusted(_INDENT * min(max(depth, 0), _DEEPEST), 0, 0, 0)
        cell.two_lines(self._name(cell.row), self._said(cell.row))

    # -- acting ----------------------------------------------------------------------------

    def new(self) -> None:
        """Write a new rule of the noun that is shown."""
        if self._place != DRAFT:
            self._open(self._place, "")

    def edit(self) -> None:
        """Open the chosen rule; a price is edited in its book."""
        line = self.line
        if line is not None and line.noun == "price_entry":
            self.context.shell.open("price_book", book=line.said["price_book_id"], entry=line.key)
        elif line is not None and line.doc is not None:
            self._open(line.noun, line.key)

    def _open(self, noun: str, key: str) -> None:
        if noun == "sales_bom":
            self.context.shell.open("price_bill", rule=key)
        else:
            self.context.shell.open("price_rule", noun=noun, rule=key)

    def end(self) -> None:
        """Let the chosen rule end with the next set; an article goes off sale."""
        line = self.line
        if line is None or line.doc is None:
            return
        doc = line.doc | {"active": False} if line.noun == "product" and line.before is not None else None
        said = tr("It goes off sale with the next set") if doc else tr("It ends with the next set")
        self.change({(line.noun, line.key): doc}, said if line.before is not None else tr("It is gone"))

    def fetch_own(self) -> None:
        """Fetch the books that travel with their customers' territories, which sync does not bring here."""
        laptop, at = self.context.laptop, self.context.now()
        if laptop is None:
            self.context.shell.show_error(Offline("unreachable"))
            return

        def keep(found: dict[str, list[dict[str, Any]]]) -> None:
            number = len(found["price_book"])
            self.jobs.write(
                self, lambda s: kept.keep_own_books(s, found, at),
                lambda _done: self.context.shell.toast(ntr("{n} book fetched", "{n} books fetched", number)),
            )  # fmt: skip

        remote = laptop.remote
        work = partial(rule_books.fetch, remote)
        workbook.Working(self, tr("Fetching customers' own books"), work, keep)

    def revert(self) -> None:
        """Let the chosen rule be as it is published."""
        line = self.line
        if line is not None:
            self.change({(line.noun, line.key): line.before}, tr("It is as published again"))

    def change(
        self, changes: Mapping[Key, Doc | None], said: str, then: Callable[[], object] | None = None
    ) -> None:
        """Put changes into the draft, with a way back."""
        desk, at = self.desk, self.context.now()
        if desk is None:
            return
        before, places = desk.draft, list(changes)

        def done(_draft: object) -> None:
            self.context.shell.toast(said, partial(self._put_back, before, places))
            if then is not None:
                then()

        self.jobs.write(
            self, lambda s: reading.put(s, desk, changes, at), done, self.context.shell.show_error
        )

    def show_wrong(self) -> None:
        """Show what is to be mended."""
        self._place = DRAFT
        self.nav.pick(self.places.number_of(DRAFT))
        self.chips.choose("wrong")
        self._show_rows()

    def _put_back(self, before: RuleDraft, places: Sequence[Key]) -> None:
        at = self.context.now()
        self.jobs.write(self, lambda s: reading.put_back(s, before, places, at))


def _title(key: str) -> str:
    return tr("The next set") if key == DRAFT else words.sheet(key)


def _place(desk: Desk, key: str) -> Place:
    if key == DRAFT:
        return Place(key, len(desk.draft.changes), 0, len(desk.refused))
    wrong = sum(
        each.noun == key or (key == "price_book" and each.noun == "price_entry") for each in desk.refused
    )
    changed = len(desk.draft.of(key)) + (len(desk.draft.of("price_entry")) if key == "price_book" else 0)
    return Place(key, len(desk.docs[key]), changed, wrong)


def _facts(desk: Desk) -> str:
    force = tr("Set no. {n} is in force", n=desk.in_force) if desk.in_force else tr("No set is in force")
    changed = ntr(
        "{n} rule changed on this laptop", "{n} rules changed on this laptop", len(desk.draft.changes)
    )
    return f"{force} · {changed}" if desk.draft.changes else force


def _draw_place(cell: Cell) -> None:
    place: Place = cell.row
    number = formats.count(place.count)
    paint.text(cell.painter, cell.rect, number, 13, tone="text2", align=paint.RIGHT)
    cell.rect = cell.rect.adjusted(0, 0, -paint.width(number, 13) - 8, 0)
    more = [ntr("{n} changed", "{n} changed", place.changed)] if place.changed else []
    more += [ntr("{n} to mend", "{n} to mend", place.wrong)] if place.wrong else []
    if more:
        cell.two_lines(_title(place.key), " · ".join(more), tone="bad" if place.wrong else "text3")
    else:
        cell.text(_title(place.key), 14, SEMIBOLD)
