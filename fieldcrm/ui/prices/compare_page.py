"""Two versions of the rules side by side: what changed from one to the other, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QStackedWidget, QWidget

from fieldcrm.rules.rule_draft import Difference, Docs
from fieldcrm.services import rule_documents, rule_drafts, rule_sets, rule_versions
from fieldcrm.services.rule_versions import Change
from fieldcrm.storage import rule_draft as kept
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.prices import lines, publishing, reading, sentences, values, words
from fieldcrm.ui.prices.reading import Desk, Line
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Chips, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Header, Inspector, column, holder, row, rule, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

DRAFT = "draft"
_STATE = 2
_LINES_AT_MOST = 40


@dataclass(frozen=True, slots=True)
class Shown:
    """Two versions and what lies between them."""

    desk: Desk
    sets: Sequence[tuple[object, str]]
    before: object = 0
    after: object = DRAFT
    found: Sequence[Difference] = field(default_factory=tuple)


class ComparePage(Page):
    """The differences in a list, the chosen one side by side."""

    watches = frozenset({"draft", "rule_set"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.shown: Shown | None = None
        self._versions: tuple[object, object] = (None, DRAFT)
        self.left = ChoiceField(name=tr("Before"))
        self.right = ChoiceField(name=tr("After"))
        lead = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        picks = row(self.left, Label("→", 20, 400, "text3"), self.right, gap=12)
        self.header = Header(tr("What changes"), "", [holder(picks)], lead)
        code: Column[Line] = Column(mark("Code"), self._code, width=120, hint=self._code)
        said: Column[Line] = Column(mark("What it says"), self._name, hint=self._words)
        state: Column[Line] = Column(mark("State"), lambda line: tr(lines.STATES[line.state][0]), width=120)
        self.model: RowsModel[Line] = RowsModel((code, said, state), key=lambda line: (line.noun, line.key))
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("What changes"),
            cells={1: self._draw_said, _STATE: lines.draw_state},
        )  # fmt: skip
        self.chips = Chips([("all", tr("All"))], current="all")
        self.sides = Sides()
        self._stack = QStackedWidget()
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        none = EmptyState("compare", tr("Nothing differs"), tr("Both versions say the same."))
        self._stack.addWidget(surface("card", column(none)))
        body = column(self.chips, self._stack, gap=12, margins=(24, 16, 24, 16))
        body.setStretch(1, 1)
        middle = row(gap=0)
        middle.addLayout(body, 1)
        middle.addWidget(self.sides)
        self.outer.addWidget(self.header)
        self.outer.addLayout(middle, 1)
        self._connect()

    def _connect(self) -> None:
        self.left.chosen.connect(lambda value: self._choose(value, self._versions[1]))
        self.right.chosen.connect(lambda value: self._choose(self._versions[0], value))
        self.chips.changed.connect(self._show_rows)
        self.table.picked.connect(lambda _line: self._show_line())
        self.table.opened.connect(lambda _line: self.open())
        self.bind("E", self.open, tr("Edit the rule"))

    def panes(self) -> list[QWidget]:
        """Return the versions, the differences and the chosen one."""
        return [self.header, self.table, self.sides]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.setFocus()

    def show_place(self, **_where: object) -> None:
        """Compare what is in force with the draft."""
        self._versions = (None, DRAFT)
        self.refresh_soon()

    def refresh(self) -> None:
        """Read both versions again."""
        at, asked = self.context.now(), self._versions
        self.jobs.read(self, lambda session: _read(session, at, asked), self._show)

    def _choose(self, before: object, after: object) -> None:
        self._versions = (before, after)
        self.refresh()

    def _show(self, shown: Shown) -> None:
        self.shown, self._versions = shown, (shown.before, shown.after)
        self.left.show_choices([each for each in shown.sets if each[0] != DRAFT], shown.before)
        self.right.show_choices(shown.sets, shown.after)
        counted = [f"{noun} {said}" for noun, said in publishing.counts(list(shown.found))]
        self.header.show_facts(" · ".join(counted) or tr("Nothing differs"))
        number = Counter(each.noun for each in shown.found)
        every = ("all", tr("All {n}", n=formats.count(len(shown.found))))
        self.chips.show_chips(
            [every, *((noun, f"{words.sheet(noun)} {formats.count(n)}") for noun, n in number.items())]
        )
        if self.chips.current is None:
            self.chips.choose("all")
        self._show_rows()

    def _show_rows(self) -> None:
        if self.shown is None:
            return
        wanted = self.chips.current
        rows = [_line(each) for each in self.shown.found if wanted in ("all", each.noun)]
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        if rows and self.table.row() is None:
            self.table.pick(0)
        self._show_line()

    def _show_line(self) -> None:
        line: Line | None = self.table.row() if self.model.rows else None
        if self.shown is None or line is None:
            self.sides.show_nothing()
            return
        named = dict(self.shown.sets)
        heads = (str(named.get(self.shown.before, "")), str(named.get(self.shown.after, "")))
        self.sides.show_line(self.shown.desk, line, heads)

    def open(self) -> None:
        """Open the chosen rule as the draft has it."""
        line: Line | None = self.table.row()
        if self.shown is None or line is None or self.shown.after != DRAFT or line.doc is None:
            return
        if line.noun == "price_entry":
            self.context.shell.open("price_book", book=line.said["price_book_id"])
        elif line.noun == "sales_bom":
            self.context.shell.open("price_bill", rule=line.key)
        else:
            key = str(line.said.get("id") or line.key)
            self.context.shell.open("price_rule", noun=line.noun, rule=key)

    def _code(self, line: Line) -> str:
        if line.noun == "price_entry":  # its book may go by another id in the other version
            return line.key.partition("|")[0]
        return lines.code(self.shown.desk if self.shown else None, line)

    def _name(self, line: Line) -> str:
        return lines.name(self.shown.desk if self.shown else None, line)

    def _words(self, line: Line) -> str:
        return lines.said(self.shown.desk, line) if self.shown else ""

    def _draw_said(self, cell: Cell) -> None:
        cell.two_lines(self._name(cell.row), f"{words.sheet(cell.row.noun)} · {self._words(cell.row)}")


def _line(found: Difference) -> Line:
    return Line(found.noun, found.key, found.after, found.before)


def _read(session: Any, at: Any, asked: tuple[object, object]) -> Shown:
    desk = reading.read(session, at)
    named = [(row.number, tr("Set no. {n}", n=row.number) + (f" · {row.name}" if row.name else ""))
             for row in rule_sets.listing(session)]  # fmt: skip
    sets: list[tuple[object, str]] = [(DRAFT, tr("The next set")), *named] if named else [
        (DRAFT, tr("The next set")), (0, tr("No set")),
    ]  # fmt: skip
    before = desk.in_force if asked[0] is None else asked[0]
    found = rule_versions.compared(_docs(session, desk, before), _docs(session, desk, asked[1]))
    return Shown(desk, sets, before, asked[1], found)


def _docs(session: Any, desk: Desk, version: object) -> Docs:
    if version == DRAFT:
        return desk.docs
    if version == desk.newest:
        return desk.published
    own = kept.own_books(session)
    docs = rule_drafts.published(session, int(str(version)))
    return rule_documents.with_books(docs, own) if own else docs


class Sides(Inspector):
    """One rule in both versions: its sentence, and each field that differs, left and right."""

    def __init__(self) -> None:
        self._title = Paragraph("", 20, SEMIBOLD, lines=3)
        self._held = column(gap=12)
        super().__init__(column(self._title, self._held, None, gap=12, margins=(20, 20, 20, 16)), width=416)

    def show_nothing(self) -> None:
        """Show no rule."""
        self._clear()
        self._title.show_text("")

    def show_line(self, desk: Desk, line: Line, heads: tuple[str, str]) -> None:
        """Show a rule before and after."""
        self._clear()
        self._title.show_text(lines.name(desk, line))
        self._held.addWidget(_pair(caption(heads[0]), caption(heads[1])))
        if line.noun != "price_entry":
            self._held.addWidget(_pair(*(_sentence(desk, line.noun, doc) for doc in (line.before, line.doc))))
        for each in rule_versions.changes(Difference(line.noun, line.key, line.before, line.doc)):
            if each.column is not None and each.column.path in _OURS:
                continue
            self._held.addWidget(rule())
            self._held.addWidget(caption(_titled(each)))
            told = [_told(desk, each, value) for value in (each.before, each.after)]
            left, right = Paragraph(told[0], 14, 400, "text2"), Paragraph(told[1], 14, SEMIBOLD, "accent")
            self._held.addWidget(_pair(left, right))

    def _clear(self) -> None:
        while (item := self._held.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()


_OURS = frozenset({"price_book_id"})


def _titled(change: Change) -> str:
    if change.column is not None:
        return words.column(change.column.path)
    return words.sheet(change.part.name) if change.part is not None else ""


def _told(desk: Desk, change: Change, value: Any) -> str:
    if change.column is not None:
        return values.said(desk.named, change.column, value)
    assert change.part is not None  # noqa: S101 - for the type checker
    told = [values.line(desk.named, change.part, each) for each in value[:_LINES_AT_MOST]]
    more = len(value) - len(told)
    if more > 0:
        told.append(ntr("and {n} more line", "and {n} more lines", more))
    return "\n".join(told) or formats.NONE


def _sentence(desk: Desk, noun: str, doc: Mapping[str, Any] | None) -> Paragraph:
    text = tr("Not there") if doc is None else sentences.sentence(noun, doc, desk.named)
    return Paragraph(text or formats.NONE, 13, 400, "text3" if doc is None else "text")


def _pair(left: QWidget, right: QWidget) -> QFrame:
    pair = QFrame()
    grid = QGridLayout(pair)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(16)
    for place, each in enumerate((left, right)):
        grid.addWidget(each, 0, place)
        grid.setColumnStretch(place, 1)
        grid.setColumnMinimumWidth(place, 160)
    return pair
