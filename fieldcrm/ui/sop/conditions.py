"""When a step or question is shown or required: tests of other answers, all or any of which hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules.sop import GROUPS, Field, FieldType, Op, Step
from fieldcrm.rules.sop_check import ops_for
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sop import words
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.visit.words import CHECKS, inner_label
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.typing import LineField

_WITHOUT_VALUE = frozenset({Op.ANSWERED, Op.EMPTY})


@dataclass(frozen=True, slots=True)
class Source:
    """One answer a condition can look at."""

    step: str
    key: str
    label: str
    field: Field


def sources(steps: Sequence[Step], here: tuple[str, str]) -> list[Source]:
    """Return what a condition may look at, its own question left out."""
    found = []
    for step in steps:
        for field in step.fields:
            if (step.key, field.key) == here or (not here[1] and step.key == here[0]):
                continue
            if ops_for(field):
                found.append(Source(step.key, field.key, f"{step.title} · {field.label}", field))
            if field.type in GROUPS:
                found += [
                    Source(
                        step.key, f"{field.key}.{inner.key}", f"{field.label} · {inner_label(inner)}", inner
                    )
                    for inner in field.fields
                    if ops_for(inner)
                ]
    return found


class ConditionEditor(QWidget):
    """The tests of one condition; ``changed`` tells its JSON, None for no condition."""

    changed = Signal(object)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._sources: list[Source] = []
        self._here = ""
        self._raw: dict[str, Any] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self._match = Segments([("all", tr("All hold")), ("any", tr("Any holds"))], current="all")
        self._match.chosen.connect(lambda match: self._tell(match=str(match)))
        self._add = Button(tr("Add a condition"), "link", "plus", height=28, on_click=self.add)
        head = row(Label(title, 13, REGULAR, "text2"), None, self._add)
        self.setLayout(column(head, self._match, self._rows, gap=6))

    def show_condition(self, raw: Any, found: list[Source], step: str) -> None:
        """Show a condition; ``found`` is what it may look at, ``step`` where it stands."""
        self._raw = dict(raw) if isinstance(raw, dict) else {}
        self._sources, self._here = found, step
        self._match.choose(self._raw.get("match") or "all")
        self._match.setHidden(len(self._tests()) < 2)
        self._add.setEnabled(bool(found))
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for number, test in enumerate(self._tests()):
            self._rows.addWidget(self._line(number, test))

    def _tests(self) -> list[dict[str, Any]]:
        return [dict(test) for test in self._raw.get("tests") or () if isinstance(test, dict)]

    def add(self) -> None:
        """Add a test of the first answer there is."""
        if self._sources:
            first = self._sources[0]
            test = {"step": first.step, "field": first.key, "op": str(ops_for(first.field)[0]), "value": None}
            self._tell([*self._tests(), _fitting(test, first)])

    def _source(self, test: dict[str, Any]) -> Source | None:
        step = test.get("step") or self._here
        return next((s for s in self._sources if (s.step, s.key) == (step, test.get("field"))), None)

    def _line(self, number: int, test: dict[str, Any]) -> QWidget:
        found = self._source(test)
        choices: list[tuple[object, str]] = [((s.step, s.key), s.label) for s in self._sources]
        if found is None:
            choices.insert(0, (None, tr("A question that is not there")))
        where = ChoiceField(
            choices, None if found is None else (found.step, found.key), name=tr("Which answer")
        )
        where.chosen.connect(partial(self._on_where, number))
        where.setMinimumContentsLength(12)
        drop = IconButton(
            "close", tr("Remove this condition"), partial(self._remove, number), quiet=True, size=32
        )
        first = row(where, drop, gap=4)
        first.setStretch(0, 1)
        pieces: list[Any] = [first]
        if found is not None:
            pieces.append(self._second(number, test, found))
        line = QWidget()
        line.setLayout(column(*pieces, gap=4))
        return line

    def _second(self, number: int, test: dict[str, Any], found: Source) -> Any:
        ops = [(str(op), tr(words.OPS[op])) for op in ops_for(found.field)]
        how = ChoiceField(ops, test.get("op"), name=tr("How it is compared"))
        how.chosen.connect(lambda op: self._put(number, op=op))
        if test.get("op") in _WITHOUT_VALUE:
            return row(how, None)
        ready = _values(found.field)
        if ready:
            what: QWidget = ChoiceField(ready, test.get("value"), name=tr("With what"))
            what.chosen.connect(lambda value: self._put(number, value=value))  # type: ignore[attr-defined]
        else:
            line = LineField(str(test.get("value") or ""), name=tr("With what"))
            line.left.connect(lambda: self._put(number, value=line.text().strip()))
            what = line
        both = row(how, what, gap=8)
        both.setStretch(1, 1)
        return both

    def _on_where(self, number: int, chosen: Any) -> None:
        found = next((s for s in self._sources if (s.step, s.key) == chosen), None)
        if found is not None:
            test = {"step": found.step, "field": found.key, "op": str(ops_for(found.field)[0]), "value": None}
            self._put(number, **_fitting(test, found))

    def _put(self, number: int, **values: Any) -> None:
        tests = self._tests()
        tests[number] |= values
        self._tell(tests)

    def _remove(self, number: int) -> None:
        self._tell([test for n, test in enumerate(self._tests()) if n != number])

    def _tell(self, tests: list[dict[str, Any]] | None = None, match: str = "") -> None:
        kept = self._tests() if tests is None else tests
        self.changed.emit(
            {"match": match or self._raw.get("match") or "all", "tests": kept} if kept else None
        )


def _values(field: Field) -> list[tuple[object, str]]:
    match field.type:
        case FieldType.CHOICE:
            return [(choice, choice) for choice in field.choices]
        case FieldType.YES_NO:
            return [(True, tr("Yes")), (False, tr("No"))]
        case FieldType.CHECK:
            return [(key, tr(word)) for key, word, _, _ in CHECKS]
    return []


def _fitting(test: dict[str, Any], found: Source) -> dict[str, Any]:
    """Return a test with a value that can be answered."""
    ready = _values(found.field)
    usual = ready[0][0] if ready else "0" if found.field.type is FieldType.NUMBER else ""
    return test | {"value": usual}
