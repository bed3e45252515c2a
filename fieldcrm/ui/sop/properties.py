"""The properties of what is chosen in the outline: a template, a step, or a question by its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules import sop_draft
from fieldcrm.rules.sop import Rows, Step
from fieldcrm.rules.sop_draft import Document, Path
from fieldcrm.rules.sop_logic import as_number
from fieldcrm.rules.sop_reading import COMPETITOR_FIELDS, SHELF_FIELDS, steps_of
from fieldcrm.ui.accounts.words import CHANNEL
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.sop import words
from fieldcrm.ui.sop.conditions import ConditionEditor, sources
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.visit.words import INNER
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field, Tick
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, caption
from fieldcrm.ui.widgets.typing import LineField, TextField

Kind = str
_LINE, _NUMBER, _LENGTH, _TICK, _LIST = "line", "number", "length", "tick", "list"
_REQUIRED = ("required", mark("Must be answered"), _TICK)
_PREFILL = ("prefill", mark("Begin with the last visit's answer"), _TICK)
_MIN, _MAX = ("min", mark("Least"), _NUMBER), ("max", mark("Most"), _NUMBER)
_PLANNED = ("planned", mark("Planned"), _NUMBER)
_CHOICES = ("choices", mark("Choices, one a line"), _LIST)
_OF: dict[str, tuple[tuple[str, str, Kind], ...]] = {
    "text": (("min_length", mark("Least letters"), _LENGTH), ("max_length", mark("Most letters"), _LENGTH),
             ("pattern", mark("Form (a pattern)"), _LINE), _PREFILL),
    "number": (("unit", mark("Unit"), _LINE), _MIN, _MAX, _PLANNED, _PREFILL),
    "choice": (_CHOICES, ("many", mark("Several may be chosen"), _TICK), _PREFILL),
    "yes_no": (_PREFILL,),
    "check": (("photo_on_fail", mark("A fail needs a photo"), _TICK),),
    "date": (_PREFILL,),
    "photo": (_MIN,),
    "stock": (("unit", mark("Unit"), _LINE), ("by_unit", mark("Count cases and loose pieces"), _TICK)),
    "group": (("labels", mark("Names of fixed rows, one a line"), _LIST), _MIN, _MAX, _PREFILL),
    "shelf": (_PLANNED, ("choices", mark("Places on the shelf, one a line"), _LIST),
              ("share", mark("Work out the share of the shelf"), _TICK),
              ("price_under", mark("Price below standard, % at most"), _NUMBER),
              ("price_over", mark("Price above standard, % at most"), _NUMBER)),
    "competitor": (_MIN, _MAX),
}  # fmt: skip
_ASKS = {"shelf": SHELF_FIELDS, "competitor": COMPETITOR_FIELDS}


class Properties(QWidget):
    """Shows one part and tells each change as (path, values, what it is about)."""

    changed = Signal(object, object, object)
    add_inner = Signal(object)

    def __init__(self, today: date) -> None:
        super().__init__()
        self._today = today
        self._path: Path = ()
        self._shape: object = None
        self._document: Document = {}
        self._showers: list[Callable[[dict[str, Any]], object]] = []
        self._body: QWidget = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(20, 16, 20, 16)
        self._layout.addWidget(self._body)
        self._layout.addStretch(1)

    def show_part(self, document: Document, path: Path) -> None:
        """Show what stands at a path; the same part keeps its widgets and the focus."""
        here = sop_draft.at(document, path)
        self._document = document
        shape = (path, here.get("key"), here.get("type"), here.get("rows"))
        if shape != self._shape:
            self._path, self._shape = path, shape
            self._rebuild(here)
        for show in self._showers:
            show(here)

    def _rebuild(self, here: dict[str, Any]) -> None:
        self._showers = []
        old, self._body = self._body, holder(column(*self._pieces(here), gap=12))
        self._layout.replaceWidget(old, self._body)
        old.deleteLater()

    def _pieces(self, here: dict[str, Any]) -> list[Any]:
        if not self._path:
            return self._of_template()
        if len(self._path) == 1:
            pieces = [
                Label(tr("Step"), 15, SEMIBOLD), self._line("title", tr("Title")),
                self._text("hint", tr("What the rep is told")), self._tick("required", tr("Must be done")),
            ]  # fmt: skip
            return [*pieces, self._condition("show", tr("Shown only when")), *self._key()]
        return self._of_field(str(here.get("type") or ""))

    def _of_field(self, kind: str) -> list[Any]:
        pieces: list[Any] = [Label(words.type_name(kind), 15, SEMIBOLD), self._text("label", tr("Question"))]
        pieces.append(self._tick(_REQUIRED[0], tr(_REQUIRED[1])))
        if kind in ("group", "shelf"):
            pieces.append(self._rows(kind))
        if kind in _ASKS:
            pieces.append(self._asks(kind))
        pieces += [self._one(*each) for each in _OF.get(kind, ()) if not self._is_idle(each[0])]
        if kind == "group":
            button = Button(tr("Add a question to the rows"), "link", "plus", height=28)
            button.clicked.connect(lambda: self.add_inner.emit(self._path))
            pieces.append(button)
        return [*pieces, self._condition("show", tr("Shown only when")),
                self._condition("require", tr("Must be answered when")), *self._key()]  # fmt: skip

    def _is_idle(self, name: str) -> bool:
        return name == "labels" and sop_draft.at(self._document, self._path).get("rows") != Rows.FIXED

    def _key(self) -> list[Any]:
        label = caption("")
        self._showers.append(
            lambda here: label.show_text(tr("Column in exports: {key}", key=str(here.get("key") or "")))
        )
        return [label]

    # -- template ------------------------------------------------------------------------

    def _of_template(self) -> list[Any]:
        chips = Chips([(key, tr(name)) for key, name in CHANNEL.items()], several=True)
        chips.changed.connect(lambda: self._tell("channels", [str(key) for key in chips.chosen()]))
        self._showers.append(lambda here: chips.choose_all(here.get("channels") or []))
        return [
            Label(tr("Template"), 15, SEMIBOLD),
            self._line("name", tr("Template name")),
            column(Label(tr("Kinds of store (none: all)"), 13, REGULAR, "text2"), chips, gap=6),
            self._words(
                "store_types", tr("Store types"), tr("Tags of the stores, separated by commas; none: all")
            ),
            self._line("purpose", tr("Purpose of the visit"), tr("As planned visits say it; empty: any")),
            self._day("valid_from", tr("Visits begin with it from"), tr("The day it is published")),
            self._day("sunset_on", tr("Visits begun before may be finished until"), tr("Without an end")),
        ]

    def _words(self, name: str, label: str, help_: str) -> QWidget:
        line = LineField(name=label)
        line.left.connect(lambda: self._tell(name, _split(line.text(), ",，、")))
        self._showers.append(lambda here: _show(line, tr(", ").join(here.get(name) or [])))
        return Field(label, line, help_)

    def _day(self, name: str, label: str, none: str) -> QWidget:
        tick, day = Tick(none), DayField(self._today, name=label)
        day.setFixedWidth(168)

        def show(here: dict[str, Any]) -> None:
            held = here.get(name)
            tick.setChecked(not held)
            day.setHidden(not held)
            if held:
                day.show_day(date.fromisoformat(held))

        tick.clicked.connect(lambda on: self._tell(name, None if on else self._today.isoformat()))
        day.chosen.connect(lambda chosen: self._tell(name, chosen.isoformat()))
        self._showers.append(show)
        return holder(column(Label(label, 13, REGULAR, "text2"), row(day, tick, None, gap=12), gap=4))

    # -- kinds of property -----------------------------------------------------------------

    def _one(self, name: str, label: str, kind: Kind) -> QWidget:
        if kind == _TICK:
            return self._tick(name, tr(label))
        if kind == _LIST:
            return self._lines(name, tr(label))
        if kind in (_NUMBER, _LENGTH):
            return self._number(name, tr(label), whole=kind == _LENGTH)
        return self._line(name, tr(label))

    def _line(self, name: str, label: str, help_: str = "") -> QWidget:
        line = LineField(name=label)
        line.settled.connect(lambda text: self._tell(name, text.strip()))
        self._showers.append(lambda here: _show(line, str(here.get(name) or "")))
        return Field(label, line, help_)

    def _text(self, name: str, label: str) -> QWidget:
        text = TextField(height=60, name=label)
        text.settled.connect(lambda said: self._tell(name, said.strip().replace("\n", " ")))
        self._showers.append(lambda here: _show(text, str(here.get(name) or "")))
        return Field(label, text)

    def _lines(self, name: str, label: str) -> QWidget:
        text = TextField(height=112, name=label)
        text.settled.connect(lambda said: self._tell(name, _split(said, "\n")))
        self._showers.append(lambda here: _show(text, "\n".join(map(str, here.get(name) or []))))
        return Field(label, text)

    def _number(self, name: str, label: str, *, whole: bool) -> QWidget:
        line = LineField(name=label)
        asked = Field(label, line)

        def tell(text: str) -> None:
            number = as_number(text.strip()) if text.strip() else None
            wrong = bool(text.strip()) and (
                number is None or (whole and (number != int(number) or number < 0))
            )
            asked.show_error(tr("This is not a number.") if wrong else "")
            if not wrong:
                self._tell(name, None if number is None else int(number) if whole else text.strip())

        line.settled.connect(tell)
        self._showers.append(lambda here: _show(line, "" if here.get(name) is None else str(here.get(name))))
        return asked

    def _tick(self, name: str, label: str) -> QWidget:
        tick = Tick(label)
        tick.clicked.connect(lambda on: self._tell(name, bool(on)))
        self._showers.append(lambda here: tick.setChecked(bool(here.get(name))))
        return tick

    def _rows(self, kind: str) -> QWidget:
        offered = list(Rows) if kind == "group" else [Rows.PLANNED, Rows.SELLABLE]
        choice = ChoiceField([(str(each), tr(words.ROWS[each])) for each in offered], name=tr("Rows"))
        choice.setMinimumContentsLength(12)
        choice.chosen.connect(lambda rows: self._tell("rows", rows))
        self._showers.append(lambda here: choice.choose(here.get("rows") or "planned"))
        return Field(tr("Rows"), choice)

    def _asks(self, kind: str) -> QWidget:
        ready = _ASKS[kind]
        chips = Chips([(key, tr(INNER[key])) for key in ready], several=True)
        chips.changed.connect(lambda: self._tell("ask", [key for key in ready if key in chips.chosen()]))
        self._showers.append(lambda here: chips.choose_all(here.get("ask") or list(ready)))
        return holder(column(Label(tr("Asked in each row"), 13, REGULAR, "text2"), chips, gap=6))

    def _condition(self, name: str, title: str) -> QWidget:
        editor = ConditionEditor(title)
        editor.changed.connect(partial(self._tell, name))
        self._showers.append(lambda here: editor.show_condition(here.get(name), *self._looked_at()))
        return editor

    def _looked_at(self) -> tuple[list[Any], str]:
        """Return what a condition here may look at, and the step it stands in."""
        steps = steps_of(self._document.get("steps"))
        if len(self._path) == 3:
            group = steps[self._path[0]].fields[self._path[1]]
            inside = Step("", group.label, "", required=False, fields=group.fields)
            return sources((inside,), ("", group.fields[self._path[2]].key)), ""
        step = steps[self._path[0]]
        field = step.fields[self._path[1]].key if len(self._path) == 2 else ""
        return sources(steps, (step.key, field)), step.key

    def _tell(self, name: str, value: Any) -> None:
        now = sop_draft.at(self._document, self._path).get(name)
        if value != now and not (value in (None, "", [], False) and now in (None, "", [], False)):
            self.changed.emit(self._path, {name: value}, (self._path, name))


def _show(field: LineField | TextField, text: str) -> None:
    if not field.hasFocus() and field.text() != text:
        field.blockSignals(True)
        field.setText(text)
        field.blockSignals(False)


def _split(text: str, marks: Sequence[str]) -> list[str]:
    for mark_ in marks:
        text = text.replace(mark_, "\n")
    return [part.strip() for part in text.split("\n") if part.strip()]
