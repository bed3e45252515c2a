"""What sync did, and what was chosen between two values, with one click to choose the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.sync.status import LogLine
from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.sync import values, words
from fieldcrm.ui.sync.reading import Choice
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

_MOST = 40
_LISTS = ("syncs", "choices", "others")
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
    """Three lists: syncs, my choices, and what others disagreed about."""

    closed = Signal()
    check_wanted = Signal()
    swapped = Signal(object)  # the Choice whose other value is wanted

    def __init__(self, naming: Naming) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self._naming = naming
        self._stack = QStackedWidget()
        self.which = Segments(
            [("syncs", tr("Syncs")), ("choices", tr("Your choices")), ("others", tr("Between others"))],
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
        self._choices = QVBoxLayout()
        self._choices.setContentsMargins(0, 0, 0, 0)
        self._chosen: tuple[tuple[Choice, ...], ...] | None = None
        self._bodies = [QWidget(), QWidget()]
        self._others = QVBoxLayout()
        self._others.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._syncs)
        for layout, body in zip((self._choices, self._others), self._bodies, strict=True):
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

    def show_history(
        self, log: Sequence[LogLine], settled: tuple[Choice, ...], others: tuple[Choice, ...], naming: Naming
    ) -> None:
        """Show every list as it is now."""
        self._naming = naming
        self.model.show_rows(log)
        self._syncs.setCurrentIndex(0 if log else 1)
        if (settled, others) == self._chosen:
            return
        self._chosen = (settled, others)
        self._replace(0, self._choices, self._settled(settled, naming))
        self._replace(1, self._others, self._of_others(others, naming))

    def _replace(self, number: int, layout: QVBoxLayout, body: QWidget) -> None:
        layout.replaceWidget(self._bodies[number], body)
        self._bodies[number].deleteLater()
        self._bodies[number] = body

    def _of_others(self, others: tuple[Choice, ...], naming: Naming) -> QWidget:
        if not others:
            return EmptyState(
                "source-branch", tr("Nobody disagreed"),
                tr("When two colleagues change one field of a record you see, both values are listed here."),
            )  # fmt: skip
        lines = [self._line(choice, naming, of_others=True) for choice in others[:_MOST]]
        return holder(column(*lines, None, gap=12))

    def _settled(self, settled: tuple[Choice, ...], naming: Naming) -> QWidget:
        if not settled:
            return EmptyState(
                "source-branch", tr("Nothing chosen yet"),
                tr("When two people change one field, what was chosen is listed here."),
            )  # fmt: skip
        lines = [self._line(choice, naming) for choice in settled[:_MOST]]
        return holder(column(*lines, None, gap=12))

    def _line(self, choice: Choice, naming: Naming, *, of_others: bool = False) -> QWidget:
        name = values.label(choice.entity, choice.field)
        title = choice.first.title or choice.first.account or tr("A record that is no longer here")
        standing, other = (choice.mine, choice.theirs) if choice.mine_holds else (choice.theirs, choice.mine)
        holds = values.said(choice.entity, choice.fields, standing, naming)
        rest = values.said(choice.entity, choice.fields, other, naming)
        said = Paragraph(tr("{field}: {value}", field=name, value=holds), 14, REGULAR, lines=2)
        decided = words.others_decision(choice, naming.now) if of_others else words.decision(choice)
        under = caption(tr("{decision}, instead of {value}", decision=decided, value=rest), "text2")
        line = row(gap=12)
        line.addLayout(column(Label(title, 14, SEMIBOLD), said, under, gap=2), 1)
        if choice.can_take:
            verb = words.restore_word(choice) if of_others else words.other_word(choice)
            button = Button(verb, height=36, on_click=lambda: self.swapped.emit(choice))
            line.addWidget(button)
        else:
            line.addLayout(row(Sign("minus-circle-outline", 16), caption(tr("The record has gone")), gap=4))
        return card(line)


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
