"""One question of a step: its words at the left, its answer at the right.

What every kind of answer is stands in ``answers.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldcrm import money
from fieldcrm.errors import Invalid
from fieldcrm.rules import visits
from fieldcrm.rules.sop import Field, FieldType, given
from fieldcrm.rules.visits import FAIL
from fieldcrm.ui import errors, theme
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.theme import font
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.visit import words
from fieldcrm.ui.visit.answers import Answer, ManyAnswer, PaymentAnswer
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, DayField
from fieldcrm.ui.widgets.frames import column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, secondary
from fieldcrm.ui.widgets.marks import Badge
from fieldcrm.ui.widgets.typing import LineField, TextField

_SEGMENT_CHOICES = 3
_SEGMENT_LETTERS = 24


class TextAnswer(Answer):
    """Words."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._text = TextField(height=72, name=asked.label)
        self._text.settled.connect(lambda text: self.changed.emit(text.strip() or None))
        self._text.left.connect(lambda: self.changed.emit(self._text.text().strip() or None))
        self.setLayout(column(self._text))
        self.setFixedWidth(360)

    def show_value(self, value: Any) -> None:
        self._text.blockSignals(True)
        self._text.setText(str(value or ""))
        self._text.blockSignals(False)

    def take_focus(self) -> None:
        self._text.setFocus()


class NumberAnswer(Answer):
    """A number with its unit; an impossible one stays and says why."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._asked = asked
        self._line = LineField(height=FIELD_ACTION, name=asked.label)
        self._line.setFixedWidth(140)
        self._line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._error = Label("", 12, REGULAR, "bad")
        self._line.settled.connect(self._tell)
        self._line.left.connect(self._on_left)
        unit = secondary(asked.unit)
        self.setLayout(column(row(self._line, unit, gap=8), self._error, gap=4))
        self._error.hide()

    def show_value(self, value: Any) -> None:
        self._line.blockSignals(True)
        self._line.setText("" if value is None else str(value))
        self._line.blockSignals(False)
        self._check()

    def take_focus(self) -> None:
        self._line.setFocus()

    def _value(self) -> str | None:
        return money.typed(self._line.text()).replace("。", ".") or None

    def _tell(self, _text: str = "") -> None:
        self.changed.emit(self._value())

    def _on_left(self) -> None:
        self._tell()
        self._check()

    def _check(self) -> None:
        try:
            visits.validate(self._asked, self._value())
            wrong = ""
        except Invalid as error:
            wrong = errors.worded(error).title
        self._line.set_wrong(bool(wrong))
        self._error.show_text(wrong)
        self._error.setVisible(bool(wrong))


class ChoiceAnswer(Answer):
    """One of several words: side by side when few and short, else a list."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        choices = [(choice, choice) for choice in asked.choices]
        short = sum(map(len, asked.choices)) <= _SEGMENT_LETTERS
        self._segments = Segments(choices, height=36) if len(choices) <= _SEGMENT_CHOICES and short else None
        self._list = ChoiceField([(None, tr("Choose")), *choices], height=FIELD_ACTION, name=asked.label)
        shown: QWidget = self._segments or self._list
        if self._segments is not None:
            self._segments.chosen.connect(self.changed.emit)
            self._segments.setAccessibleName(asked.label)
            self._segments.setMinimumWidth(268)
        else:
            self._list.setMinimumWidth(220)
            self._list.chosen.connect(self.changed.emit)
        self.setLayout(column(shown))

    def show_value(self, value: Any) -> None:
        if self._segments is not None:
            self._segments.choose(value)
        else:
            self._list.choose(value)

    def take_focus(self) -> None:
        if self._segments is not None:
            _focus_segments(self._segments)
        else:
            self._list.setFocus()


class YesNoAnswer(Answer):
    """Yes or no."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._segments = Segments([(True, tr("Yes")), (False, tr("No"))], height=36)
        self._segments.setAccessibleName(asked.label)
        self._segments.setFixedWidth(184)
        self._segments.chosen.connect(self.changed.emit)
        self.setLayout(column(self._segments))

    def show_value(self, value: Any) -> None:
        self._segments.choose(value)

    def take_focus(self) -> None:
        _focus_segments(self._segments)


class CheckAnswer(Answer):
    """Pass, fail or not applicable; the chosen one carries its sign."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        choices = [(key, tr(word)) for key, word, _, _ in words.CHECKS]
        self._segments = Segments(choices, height=36)
        self._segments.setFixedWidth(268)
        self._segments.setAccessibleName(asked.label)
        self._segments.chosen.connect(self._on_chosen)
        self.setLayout(column(self._segments))

    def show_value(self, value: Any) -> None:
        self._segments.choose(value)
        for key, _, sign, tone in words.CHECKS:
            icon = theme.icon(sign, tone) if key == value else QIcon()
            self._segments.button(key).setIcon(icon)

    def _on_chosen(self, value: Any) -> None:
        self.show_value(value)
        self.changed.emit(value)

    def take_focus(self) -> None:
        _focus_segments(self._segments)


class DateAnswer(Answer):
    """A day, or none."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self._set = Button(tr("Choose a day"), icon="calendar-blank-outline", height=FIELD_ACTION)
        self._day = DayField(height=FIELD_ACTION, name=asked.label)
        self._day.setFixedWidth(176)
        self._clear = IconButton("close", tr("Take the day away"), self._on_clear, quiet=True)
        self._today = date(2000, 1, 1)
        self._set.clicked.connect(self._on_set)
        self._day.chosen.connect(lambda day: self.changed.emit(day.isoformat()))
        self.setLayout(row(None, self._set, self._day, self._clear, gap=4))
        self.show_value(None)

    def start_from(self, today: date) -> None:
        """Begin with this day when none is chosen yet."""
        self._today = today

    def show_value(self, value: Any) -> None:
        self._set.setVisible(value is None)
        self._day.setVisible(value is not None)
        self._clear.setVisible(value is not None)
        if value is not None:
            self._day.show_day(date.fromisoformat(value))

    def take_focus(self) -> None:
        (self._day if self._day.isVisible() else self._set).setFocus()

    def _on_set(self) -> None:
        self.show_value(self._today.isoformat())
        self._day.setFocus()
        self.changed.emit(self._today.isoformat())

    def _on_clear(self) -> None:
        self.show_value(None)
        self.changed.emit(None)


class UnknownAnswer(Answer):
    """A question of a newer version: it is shown and left alone."""

    def __init__(self, asked: Field) -> None:
        super().__init__()
        note = secondary(tr("Needs a newer version; leave it."), "text3")
        self.setLayout(column(note))

    def show_value(self, value: Any) -> None:
        """Leave the answer as it is."""


class _Title(Paragraph):
    """A question's words, which grow strong while it is the current one."""

    def set_weight(self, weight: int) -> None:
        """Take another weight."""
        self._font = font(15, weight)
        self.setFont(self._font)
        self.updateGeometry()
        self.update()


class QuestionRow(QFrame):
    """A question with its answer, a note when it failed, and how many photos it has."""

    changed = Signal(str, object)  # field key, value
    noted = Signal(str, str)  # field key, note

    def __init__(self, asked: Field) -> None:
        super().__init__()
        self.asked = asked
        self.answer = _answer_for(asked)
        self._title = _Title(asked.label, 15, REGULAR, lines=2)
        self._under = Label("", 13, REGULAR, "text3")
        self._photos = Badge("", "neutral", "camera-outline")
        self._photos.hide()
        self._note = LineField(
            hint=tr("What did you see?"), name=tr("What was seen: {label}", label=asked.label)
        )
        self._note.settled.connect(lambda text: self.noted.emit(asked.key, text.strip()))
        self._value: Any = None
        self._before: Any = None
        self._count = 0
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addStretch(1)
        said.addWidget(self._title)
        said.addWidget(self._under)
        said.addStretch(1)
        line = QHBoxLayout()
        line.setContentsMargins(20, 12, 16, 12)
        line.setSpacing(16)
        line.addLayout(said, 1)
        line.addWidget(self._photos)
        line.addWidget(self.answer)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(line)
        self._note_line = holder(row(self._note, margins=(20, 0, 16, 12)))
        outer.addWidget(self._note_line)
        self.answer.changed.connect(self._on_changed)

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer."""
        return self._value is not None

    def show_answer(self, value: Any, note: str = "") -> None:
        """Show an answer and its note without telling anybody."""
        self._value = value
        self.answer.show_value(value)
        if self._note.text() != note and not self._note.hasFocus():
            self._note.blockSignals(True)
            self._note.setText(note)
            self._note.blockSignals(False)
        self._show_words()

    def show_asked(self, asked: Field) -> None:
        """Take the question as it stands now: a condition may have made it required."""
        if asked != self.asked:
            self.asked = asked
            self._show_words()

    def show_before(self, value: Any) -> None:
        """Say what was answered the last time."""
        self._before = value
        self._show_words()

    def show_photos(self, count: int) -> None:
        """Say how many photos belong to the question."""
        self._photos.show_badge(
            ntr("{n} photo", "{n} photos", count) if count else "", "neutral", "camera-outline"
        )
        self._photos.setVisible(bool(count))
        self._count = count
        self._show_words()

    def set_current(self, current: bool) -> None:
        """Make the words strong while this is the question to answer."""
        self._title.set_weight(SEMIBOLD if current else REGULAR)

    @property
    def wants_photo(self) -> bool:
        """Whether a failed check still lacks its photo."""
        return self.has_failed and self.asked.photo_on_fail and not self._count

    @property
    def has_failed(self) -> bool:
        """Whether it is a check that was answered with fail."""
        return self.asked.type is FieldType.CHECK and self._value == FAIL

    def focus_note(self) -> None:
        """Go to the note of a failed check."""
        self._note.setFocus()

    def _on_changed(self, value: Any) -> None:
        self._value = value
        self._show_words()
        self.changed.emit(self.asked.key, value)

    def _show_words(self) -> None:
        self._note_line.setVisible(self.has_failed)
        self._under.show_text(*self._state())
        self._under.setVisible(bool(self._under.text()))

    def _state(self) -> tuple[str, str]:
        if self.wants_photo:
            return tr("Photo needed"), "bad"
        if problem := self._problem():
            return problem, "bad"
        if self.asked.planned and self.asked.type is FieldType.NUMBER:
            return words.against_plan(self.asked, self._value)
        before = ""
        if given(self._before):
            before = tr("last time {value}", value=words.answer(self.asked, self._before))
        if self._value is not None:
            return (tr("as the last time") if self._value == self._before else before), "text3"
        state = tr("Not answered yet") if self.asked.required else tr("Optional")
        return " · ".join(part for part in (state, before) if part), "text3"

    def _problem(self) -> str:
        """Return why the answer does not fit; a number says it where it is typed."""
        if self._value is None or self.asked.type is FieldType.NUMBER:
            return ""
        try:
            visits.validate(self.asked, self._value)
        except Invalid as error:
            return errors.worded(error).whole
        return ""


def _answer_for(asked: Field) -> Answer:
    if asked.type is FieldType.CHOICE and asked.many:
        return ManyAnswer(asked)
    return KINDS.get(asked.type, UnknownAnswer)(asked)


def _focus_segments(segments: Segments) -> None:
    chosen = segments.current
    button = segments.button(chosen) if chosen is not None else segments.findChildren(Button)[0]
    button.setFocus()


KINDS: dict[FieldType, Callable[[Field], Answer]] = {
    FieldType.TEXT: TextAnswer,
    FieldType.NUMBER: NumberAnswer,
    FieldType.CHOICE: ChoiceAnswer,
    FieldType.YES_NO: YesNoAnswer,
    FieldType.CHECK: CheckAnswer,
    FieldType.DATE: DateAnswer,
    FieldType.PAYMENT: PaymentAnswer,
}
