"""The third step of an import: what will happen, and what is wrong, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.rules.importing.duplicates import Action
from fieldcrm.rules.importing.lines import Finding, Weight
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts import words
from fieldcrm.ui.accounts.findings_file import WEIGHTS
from fieldcrm.ui.accounts.importing import Report
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, WindowModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import Fact
from fieldcrm.ui.widgets.frames import column, row, surface
from fieldcrm.ui.widgets.labels import section_title
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

_SIGNS = {Weight.ERROR: Status.OVERDUE, Weight.WARNING: Status.WARNING, Weight.NOTE: Status.INFO}
_COLUMNS: tuple[Column[Finding], ...] = (
    Column(mark("Line"), lambda f: formats.count(f.line), align=paint.RIGHT, width=84),
    Column(mark("Weight"), lambda f: tr(WEIGHTS[f.weight]), width=128),
    Column(mark("Column"), lambda f: tr(words.FIELDS.get(f.field, f.field)), width=160),
    Column(mark("Value"), lambda f: f.value, width=220, hint=lambda f: f.value),
    Column(mark("What is wrong"), lambda f: _wrong(f), hint=lambda f: _wrong(f)),
)


class CheckStep(QWidget):
    """Four figures, then every finding; ``save`` writes them to a file."""

    def __init__(self, save: Callable[[], object]) -> None:
        super().__init__()
        self._findings: Sequence[Finding] = ()
        self._shown: Sequence[Finding] = ()
        names = (tr("Lines read"), tr("Will be added"), tr("Will be updated"), tr("Will be left out"))
        self._facts = [Fact(name, "", px=24, weight=SEMIBOLD) for name in names]
        figures = row(*self._facts, gap=24, margins=(20, 16, 20, 16))
        for place in range(len(names)):
            figures.setStretch(place, 1)
        self._chips = Chips([("all", "")], current="all")
        self._chips.changed.connect(self._filter)
        self._save = Button(tr("Save the report…"), "ghost", "download-outline", height=32, on_click=save)
        self.model: WindowModel[Finding] = WindowModel(_COLUMNS, self._ask, key=lambda f: f)
        table = RowTable(self.model, 40, name=tr("Findings"), cells={1: _weight, 3: _value})
        self._stack = QStackedWidget()
        self._stack.addWidget(table)
        self._stack.addWidget(
            EmptyState("check-circle", tr("Nothing to complain about"), tr("Every line is fine."))
        )
        inside = QVBoxLayout()
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._stack)
        tools: QHBoxLayout = row(section_title(tr("Findings")), self._chips, self._save, gap=16)
        tools.setStretch(1, 1)
        body = column(
            surface("card", figures), tools, surface("card", inside), gap=16, margins=(24, 16, 24, 16)
        )
        body.setStretch(2, 1)
        self.setLayout(body)

    def show_report(self, report: Report) -> None:
        """Show what a dry run found, the gravest first."""
        numbers = (
            report.lines, report.actions[Action.CREATE], report.actions[Action.UPDATE], report.left_out,
        )  # fmt: skip
        for fact, number in zip(self._facts, numbers, strict=True):
            fact.value.show_text(formats.count(number))
        self._facts[3].value.set_tone("warn" if report.left_out else "text")
        self._findings = report.ranked
        self._chips.show_chips(self._kinds(report))
        self._chips.choose("all")
        self._save.setVisible(bool(self._findings))
        self._filter()

    def _kinds(self, report: Report) -> list[tuple[object, str]]:
        kinds: list[tuple[object, str]] = [("all", f"{tr('All')} {formats.count(len(self._findings))}")]
        for weight in sorted(Weight, reverse=True):
            number = sum(n for (w, _, _), n in report.kinds.items() if w is weight)
            if number:
                kinds.append((weight, f"{tr(WEIGHTS[weight])} {formats.count(number)}"))
        return kinds

    def _filter(self) -> None:
        weight = self._chips.current
        self._shown = self._findings
        if weight != "all":
            self._shown = [finding for finding in self._findings if finding.weight is weight]
        self.model.show(len(self._shown), self._shown[:100])
        self._stack.setCurrentIndex(0 if self._shown else 1)

    def _ask(self, offset: int, limit: int, then: Callable[[Sequence[Finding]], object]) -> None:
        then(self._shown[offset : offset + limit])


def _wrong(finding: Finding) -> str:
    return words.finding(finding.code, finding.kept)


def _weight(cell: Cell) -> None:
    finding: Finding = cell.row
    paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), cell.said, _SIGNS[finding.weight])


def _value(cell: Cell) -> None:
    cell.text(cell.said or formats.NONE, 13, REGULAR, "text2")
