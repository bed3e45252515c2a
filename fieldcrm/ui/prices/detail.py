"""The chosen rule beside the list: what it does, what is wrong with it, what it changes, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from fieldcrm.rules.rule_columns import get, parts, table
from fieldcrm.rules.rule_draft import is_same
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.prices import fault_words, lines, values, words
from fieldcrm.ui.prices.reading import Desk, Line
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Inspector, column, row
from fieldcrm.ui.widgets.labels import Paragraph, Sign, caption

if TYPE_CHECKING:
    from fieldcrm.ui.prices.page import PricesPage


class DetailPane(Inspector):
    """One rule in full."""

    def __init__(self, page: PricesPage) -> None:
        self._page = page
        self._title = Paragraph("", 20, SEMIBOLD, lines=3)
        self._does = Paragraph("", 14, 400, "text2")
        self._facts = column(gap=8)
        self.edit = Button(tr("Edit"), icon="pencil-outline", on_click=page.edit)
        self.prices = Button(tr("Prices in it"), icon="tag-outline", on_click=self._open_prices)
        self.end = Button("", "ghost", on_click=page.end)
        self.revert = Button(tr("As published"), "ghost", "undo-variant", on_click=page.revert)
        actions = column(
            self.prices, self.edit, row(self.end, self.revert, gap=8), gap=8, margins=(20, 12, 20, 16)
        )
        super().__init__(
            column(self._title, self._does, self._facts, None, gap=12, margins=(20, 20, 20, 16)), actions
        )
        self._key = ""

    def show_line(self, desk: Desk, line: Line | None) -> None:
        """Show a rule; None hides the pane."""
        self.setVisible(line is not None)
        for widget in (self.edit, self.prices, self.end, self.revert):
            widget.setVisible(False)
        _empty(self._facts)
        self._title.show_text("" if line is None else lines.name(desk, line))
        self._does.show_text("" if line is None else lines.said(desk, line))
        if line is None:
            return
        self._key = line.key
        for piece in _pieces(desk, line):
            self._facts.addWidget(piece)
        self.edit.setVisible(line.doc is not None)
        self.prices.setVisible(line.noun == "price_book" and line.doc is not None)
        self.end.setVisible(line.doc is not None and line.said.get("active") is not False)
        self.end.setText(tr("Take off sale") if line.noun == "product" and line.before else
                         tr("End it") if line.before else tr("Throw away"))  # fmt: skip
        self.revert.setVisible(line.before is not None and (line.noun, line.key) in desk.draft.changes)

    def _open_prices(self) -> None:
        self._page.context.shell.open("price_book", book=self._key)


def _pieces(desk: Desk, line: Line) -> Iterator[QWidget]:
    if line.stood:
        yield Paragraph(tr("It was so before this draft and does not keep it from being published."), 13, 400,
                        "text2")  # fmt: skip
    for fault in line.faults:
        where = words.column(fault.field) if fault.field else ""
        said = fault_words.said(fault.error, desk.named)
        other = other_name(desk, fault.noun, fault.other)
        yield _Fault(
            f"{where}: {said}" if where else said, tr("The other one: {name}", name=other) if other else ""
        )
    if line.noun != "price_entry":
        yield from _values(desk, line)


def other_name(desk: Desk, noun: str, key: str) -> str:
    """Return what the other rule of a clash is called."""
    said = desk.docs.get(noun, {}).get(key) or {}
    return str(said.get("name") or said.get("code") or "")


class _Fault(QWidget):
    def __init__(self, text: str, more: str) -> None:
        super().__init__()
        body = column(Paragraph(text, 14, 400, "bad"), gap=2)
        if more:
            body.addWidget(Paragraph(more, 13, 400, "text2"))
        line = row(Sign("close-octagon", 20, "bad"), body, gap=8)
        line.setStretch(1, 1)
        self.setLayout(line)


def _values(desk: Desk, line: Line) -> Iterator[QWidget]:
    """Yield every column that says something, or said something else before."""
    before = line.before or {}
    for each in table(line.noun).columns:
        now, then = get(line.said, each.path), get(before, each.path)
        if now in (None, "", [], {}) and (line.before is None or then in (None, "", [], {})):
            continue
        said = values.said(desk.named, each, now)
        is_other = line.doc is not None and line.before is not None and not is_same(now, then)
        yield FactRow(words.column(each.path), said, tone="accent" if is_other else "text")
        if is_other:
            yield caption(tr("published: {value}", value=values.said(desk.named, each, then)))
    for each_part in parts(line.noun):
        held = get(line.said, each_part.part) or ()
        if held:
            yield FactRow(words.sheet(each_part.name), ntr("{n} line", "{n} lines", len(held)))


def _empty(layout: Any) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.deleteLater()
