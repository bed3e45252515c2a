"""What sync did, and what was chosen between two values, with one click to choose the other."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.sync.status import LogLine
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.sync import merged, words
from fieldcrm.ui.sync.choices import choice_line
from fieldcrm.ui.sync.merged import Change
from fieldcrm.ui.sync.reading import Centre, Choice
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

_MOST = 40
_LISTS = ("syncs", "choices", "others", "merged")
_SIGNS = {
    "done": ("check-circle", "ok"), "stopped": ("minus-circle-outline", "neutral"),
    "failed": ("alert", "warn"), "restored": ("cloud-sync-outline", "warn"),
    "forked": ("information-outline", "warn"), "checked": ("check-circle", "ok"),
    "compared": ("check-circle", "ok"),
}  # fmt: skip
_KINDS = {
    "done": mark("Finished"), "stopped": mark("Cancelled"), "failed": mark("Broke off"),
    "restored": mark("Sent again"), "forked": mark("New device"),
    "checked": mark("Self-check"), "compared": mark("Compared anew"),
}  # fmt: skip


class HistoryView(QWidget):
    """Four lists: syncs, my choices, what others disagreed about, and what merged without a clash."""

    closed = Signal()
    check_wanted = Signal()
    swapped = Signal(object)  # the Choice whose other value is wanted
    turned = Signal(object)  # the Change to put back, or to make again

    def __init__(self, naming: Naming) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self._naming = naming
        self._stack = QStackedWidget()
        self.which = Segments(
            [("syncs", tr("Syncs")), ("choices", tr("Your choices")), ("others", tr("Between others")),
             ("merged", tr("Merged"))],
            current="syncs", even=False,
        )  # fmt: skip
        self.which.setFixedHeight(40)
        self.which.chosen.connect(lambda key: self._stack.setCurrentIndex(_LISTS.index(str(key))))
        self.model: RowsModel[LogLine] = RowsModel(self._columns(), key=lambda line: (line.at, line.kind))
        self.table = RowTable(self.model, 40, name=tr("Syncs"), cells={1: _draw_kind})
        self._none = EmptyState("cloud-sync-outline", tr("No sync yet"), tr("What sync does is listed here."))
        self._syncs = QStackedWidget()
        self._syncs.addWidget(card(self.table, margins=(1, 1, 1, 1)))
        self._syncs.addWidget(self._none)
        self._places = [QVBoxLayout() for _ in _LISTS[1:]]
        self._bodies = [QWidget() for _ in _LISTS[1:]]
        self._shown: tuple[object, ...] | None = None
        self._stack.addWidget(self._syncs)
        for layout, body in zip(self._places, self._bodies, strict=True):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.addWidget(body)
            self._stack.addWidget(scrolling(holder(layout)))
        head = row(
            Label(tr("Send history"), 24, SEMIBOLD), None, self.which,
            Button(tr("Check now"), height=40, on_click=self.check_wanted.emit),
            IconButton("close", tr("Close the history"), self.closed.emit, quiet=True), gap=12,
        )  # fmt: skip
        layout = column(head, self._stack, gap=16, margins=(32, 24, 32, 24))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _columns(self) -> tuple[Column[LogLine], ...]:
        when: Column[LogLine] = Column(
            mark("When"), lambda line: formats.moment(line.at, self._naming.now), width=148
        )
        result: Column[LogLine] = Column(mark("Result"), _kind, width=132)
        sent: Column[LogLine] = Column(mark("Sent"), _sent, align=paint.RIGHT, width=84)
        photos: Column[LogLine] = Column(
            mark("Photos"), lambda line: _figure(line, "photos"), align=paint.RIGHT, width=84
        )
        received: Column[LogLine] = Column(
            mark("Received"), lambda line: _figure(line, "rows"), align=paint.RIGHT, width=92
        )
        problems: Column[LogLine] = Column(mark("Problems"), _problems, hint=_problems)
        return when, result, sent, photos, received, problems

    def show_history(self, centre: Centre, naming: Naming) -> None:
        """Show every list as it is now."""
        self._naming = naming
        self.model.show_rows(centre.log)
        self._syncs.setCurrentIndex(0 if centre.log else 1)
        shown = (centre.settled, centre.others, centre.merged)
        if shown == self._shown:
            return
        self._shown = shown
        made = (
            self._settled(centre.settled, naming), self._of_others(centre.others, naming),
            self._merged(centre.merged, naming),
        )  # fmt: skip
        for number, (layout, body) in enumerate(zip(self._places, made, strict=True)):
            layout.replaceWidget(self._bodies[number], body)
            self._bodies[number].deleteLater()
            self._bodies[number] = body

    def _of_others(self, others: tuple[Choice, ...], naming: Naming) -> QWidget:
        if not others:
            return EmptyState(
                "source-branch", tr("Nobody disagreed"),
                tr("When two colleagues change one field of a record you see, both values are listed here."),
            )  # fmt: skip
        swap = self.swapped.emit
        lines = [choice_line(choice, naming, swap, of_others=True) for choice in others[:_MOST]]
        return holder(column(*lines, None, gap=12))

    def _settled(self, settled: tuple[Choice, ...], naming: Naming) -> QWidget:
        if not settled:
            return EmptyState(
                "source-branch", tr("Nothing chosen yet"),
                tr("When two people change one field, what was chosen is listed here."),
            )  # fmt: skip
        lines = [choice_line(choice, naming, self.swapped.emit) for choice in settled[:_MOST]]
        return holder(column(*lines, None, gap=12))

    def _merged(self, found: tuple[Change, ...], naming: Naming) -> QWidget:
        if not found:
            return EmptyState(
                "source-branch", tr("Nothing merged"),
                tr("When colleagues change different fields of one record, both are kept and listed here."),
            )  # fmt: skip
        return holder(column(*merged.cards(found[:_MOST], naming, self.turned.emit), None, gap=12))


def _kind(line: LogLine) -> str:
    return tr(_KINDS.get(line.kind, mark("Something new")))


def _draw_kind(cell: Cell) -> None:
    name, tone = _SIGNS.get(cell.row.kind, ("information-outline", "text2"))
    paint.icon(cell.painter, name, cell.rect.x(), cell.rect.center().y() - 8, 16, tone)
    paint.text(cell.painter, cell.rect.adjusted(24, 0, 0, 0), cell.said, 13)


def _sent(line: LogLine) -> str:
    return _figure(line, "pushed")


def _figure(line: LogLine, name: str) -> str:
    found = line.data.get(name)
    return formats.count(found) if isinstance(found, int) and found else formats.NONE


def _problems(line: LogLine) -> str:
    if line.kind in ("checked", "compared"):
        return _checked(line)
    if line.kind == "restored":
        return words.restored(int(line.data.get("again") or 0), int(line.data.get("days") or 0))
    if line.kind == "forked":
        return words.forked()
    refused, clashes = line.data.get("rejected") or 0, line.data.get("conflicts") or 0
    found = [ntr("{n} refused", "{n} refused", refused)] if refused else []
    if clashes:
        found.append(ntr("{n} conflict", "{n} conflicts", clashes))
    code = line.data.get("code")
    if isinstance(code, str) and code:
        found.append(words.broke_off(code))
    return tr(", ").join(found) or formats.NONE


def _checked(line: LogLine) -> str:
    """Say in plain words what a comparison with the office found and put right."""
    mended, removed = (line.data.get(name) or 0 for name in ("mended", "removed"))
    said = [
        ntr("{n} record put right", "{n} records put right", mended) if mended else "",
        ntr("{n} record removed", "{n} records removed", removed) if removed else "",
    ]
    return tr(", ").join(filter(None, said)) or tr("Everything agrees with the office")
