"""Two rounds side by side: every line, with what was added, taken away or changed marked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtWidgets import QGridLayout

from fieldcrm.rules.items import Item
from fieldcrm.services.quote_list import Compared
from fieldcrm.ui import formats, margin_words, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import holder, scrolling
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.marks import Badge
from fieldcrm.ui.widgets.overlays import Dialog

_MOST_HIGH = 420
_LINE = 32
_MARKS = {
    "new": (mark("New"), "ok", "plus"),
    "gone": (mark("Gone"), "bad", "minus"),
    "changed": (mark("Differs"), "warn", "pencil-outline"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of both rounds; ``kind`` says how they differ, if they do."""

    name: str
    before: str
    after: str
    kind: str = ""


class CompareDialog(Dialog):
    """A table of both rounds; what differs stands out and has a mark."""

    def __init__(self, context: Context, found: Compared) -> None:
        super().__init__(
            tr("Round {before} and round {after}", before=found.before, after=found.after), width=820
        )
        self._context = context
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 12, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        lines = rows(found)
        for number, line in enumerate(lines):
            heavy = number in (0, len(lines) - 1)
            weight = SEMIBOLD if heavy or line.kind else REGULAR
            tone = "text" if heavy or line.kind else "text2"
            for place, text in enumerate((line.name, line.before, line.after)):
                align = paint.LEFT if place == 0 else paint.RIGHT
                grid.addWidget(Label(text, 13, weight, tone, align=align), number, place)
            if line.kind:
                text, badge, sign = _MARKS[line.kind]
                grid.addWidget(Badge(tr(text), badge, sign), number, 3)
        area = scrolling(holder(grid))
        area.setFixedHeight(min(_LINE * len(lines) + 8, _MOST_HIGH))
        self.add(area)
        self.button(tr("Close"), "primary")

    def open(self) -> None:
        """Show the table."""
        self.ask(self._context.shell.window())


def rows(found: Compared) -> list[Row]:
    """Return the table: a title, every line and fee, last day and note, the totals."""
    heads = Row("", tr("Round {n}", n=found.before), tr("Round {n}", n=found.after))
    goods = [
        Row(name, _said(each.before), _said(each.after), _kind(each.before, each.after))
        for name, each in found.lines
    ]
    fees = [
        Row(name, _money(before), _money(after), _kind(before, after)) for name, before, after in found.fees
    ]
    days = [formats.plain_day(day) for day in found.until]
    until = Row(tr("Valid until"), days[0], days[1], _kind(*found.until))
    notes = [Row(tr("Note"), *found.notes, "changed")] if found.notes[0] != found.notes[1] else []
    before, after = found.before_total, found.after_total
    total = Row(tr("Total"), _money(before), _money(after), _kind(before, after))
    return [heads, *goods, *fees, until, *notes, *_margins(found), total]


def _margins(found: Compared) -> list[Row]:
    if found.margins is None:
        return []
    before, after = found.margins
    said = margin_words.compared(before), margin_words.compared(after)
    return [Row(tr("Margin"), *said, _kind(*said))]


def _kind(before: object, after: object) -> str:
    if before == after:
        return ""
    return "new" if before is None else "gone" if after is None else "changed"


def _money(amount: Decimal | None) -> str:
    return tr("not in it") if amount is None else formats.money(amount)


def _said(item: Item | None) -> str:
    if item is None:
        return tr("not in it")
    number = formats.quantity(item.quantity, item.unit)
    if item.gift_by is not None:
        return f"{number} · {tr('Gift')}"
    return f"{number} × {formats.money(item.unit_price)} = {formats.money(item.net)}"
