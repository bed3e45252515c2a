"""Form fields: a label above, help below that an error replaces; choices, days, ticks, steppers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QDate, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from fieldcrm.ui import formats, paint, theme
from fieldcrm.ui.i18n import is_chinese, tr
from fieldcrm.ui.theme import font
from fieldcrm.ui.tokens import CONTROL, LINE, REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign
from fieldcrm.ui.widgets.typing import LineField


@runtime_checkable
class _Marked(Protocol):
    """A control that can show that its value cannot stay."""

    def set_wrong(self, wrong: bool) -> None: ...


def _is_named_by_example(control: QWidget) -> bool:
    return isinstance(control, QLineEdit) and control.accessibleName() == control.placeholderText()


class Field(QWidget):
    """A labelled control with its help or its error."""

    def __init__(self, label: str, control: QWidget, help: str = "", *, required: bool = False) -> None:  # noqa: A002
        super().__init__()
        self.control = control
        self._help = help
        self.label = Label(label, 13, REGULAR, "text2")
        if not control.accessibleName() or _is_named_by_example(control):
            control.setAccessibleName(label)
        self._sign = Sign("alert-circle", 16, "bad")
        self._note = Paragraph(help, 12, REGULAR, "text3")
        under = QHBoxLayout()
        under.setSpacing(4)
        under.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        under.addWidget(self._note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.label)
        layout.addWidget(control)
        layout.addLayout(under)
        layout.addStretch(1)
        if required:
            self.label.show_text(tr("{label} (required)", label=label))
        self.show_error("")

    def show_error(self, error: str) -> None:
        """Say what is wrong instead of the help; empty takes it back."""
        self._sign.setVisible(bool(error))
        self._note.show_text(error or self._help, "bad" if error else "text3")
        self._note.setVisible(bool(error or self._help))
        self.control.setAccessibleDescription(error or self._help)
        if isinstance(self.control, _Marked):
            self.control.set_wrong(bool(error))

    def show_help(self, help: str) -> None:  # noqa: A002
        """Say something else below."""
        self._help = help
        self.show_error("")


class ChoiceField(QComboBox):
    """One of several named values."""

    chosen = Signal(object)

    def __init__(
        self, choices: Sequence[tuple[object, str]] = (), current: object = None, *, height: int = CONTROL,
        name: str = "",
    ) -> None:  # fmt: skip
        super().__init__()
        self.setFont(font(14))
        self.setFixedHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        if name:
            self.setAccessibleName(name)
        self.show_choices(choices, current)
        self.activated.connect(lambda _number: self.chosen.emit(self.value))

    def show_choices(self, choices: Sequence[tuple[object, str]], current: object = None) -> None:
        """Offer other values."""
        kept = current if current is not None else self.value
        self.clear()
        for key, text in choices:
            self.addItem(text, key)
        self.choose(kept)

    def choose(self, key: object) -> None:
        """Show ``key`` as chosen without telling anybody."""
        for number in range(self.count()):
            if self.itemData(number) == key:
                self.setCurrentIndex(number)

    @property
    def value(self) -> object:
        """What is chosen."""
        return self.currentData()

    def set_wrong(self, wrong: bool) -> None:
        """Show that the value cannot stay."""
        theme.restyle(self, "wrong", wrong)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        tone = "text2" if self.isEnabled() else "disabled"
        paint.icon(painter, "chevron-down", self.width() - 28, (self.height() - 18) / 2, 18, tone)
        painter.end()


class DayField(QDateEdit):
    """A calendar day, typed or picked."""

    chosen = Signal(object)

    def __init__(self, day: date | None = None, *, height: int = CONTROL, name: str = "") -> None:
        super().__init__()
        self.setFont(font(14))
        self.setFixedHeight(height)
        self.setCalendarPopup(True)
        self.setLocale(QLocale(QLocale.Language.Chinese if is_chinese() else QLocale.Language.English))
        self.setDisplayFormat("yyyy-MM-dd" if is_chinese() else "d MMM yyyy")
        self.calendarWidget().setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if name:
            self.setAccessibleName(name)
        if day is not None:
            self.show_day(day)
        self.userDateChanged.connect(lambda _day: self.chosen.emit(self.day))

    def show_day(self, day: date) -> None:
        """Show another day without telling anybody."""
        self.blockSignals(True)
        self.setDate(QDate(day.year, day.month, day.day))
        self.blockSignals(False)

    @property
    def day(self) -> date:
        """The day shown."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def set_wrong(self, wrong: bool) -> None:
        """Show that the value cannot stay."""
        theme.restyle(self, "wrong", wrong)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        paint.icon(
            painter, "calendar-blank-outline", self.width() - 28, (self.height() - 18) / 2, 18, "text2"
        )
        painter.end()


class Tick(QAbstractButton):
    """A box to tick with its words beside it."""

    def __init__(self, text: str, *, on: bool = False, round: bool = False) -> None:  # noqa: A002
        super().__init__()
        self._round = round
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(int(paint.width(self.text())) + 34, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        names = (
            ("radiobox-marked", "radiobox-blank")
            if self._round
            else ("checkbox-marked", "checkbox-blank-outline")
        )
        tone = "disabled" if not self.isEnabled() else "accent" if self.isChecked() else "text3"
        paint.icon(painter, names[0] if self.isChecked() else names[1], 0, 4, 20, tone)
        words = QRectF(28, 0, self.width() - 28, self.height())
        paint.text(painter, words, self.text(), tone="text" if self.isEnabled() else "disabled")
        if self.hasFocus():
            paint.focus(painter, QRectF(self.rect()), 6)
        painter.end()


class Stepper(QWidget):
    """A quantity between two buttons; digits replace it, + and - step it."""

    changed = Signal(object)  # Decimal

    def __init__(
        self, value: Decimal = Decimal(), *, step: Decimal = Decimal(1), least: Decimal = Decimal(),
        most: Decimal = Decimal(99_999), height: int = CONTROL, name: str = "",
    ) -> None:  # fmt: skip
        super().__init__()
        self._step, self._least, self._most = step, least, most
        self._value = value
        self.setFixedSize(132, height)
        self.edit = LineField("", name=name or tr("Quantity"), height=height - 4)
        self.edit.setProperty("kind", "bare")
        self.edit.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.edit.setFont(font(15, SEMIBOLD))
        less, more = _StepButton("minus", tr("One less"), self), _StepButton("plus", tr("One more"), self)
        less.clicked.connect(lambda: self.set_value(self._value - self._step, tell=True))
        more.clicked.connect(lambda: self.set_value(self._value + self._step, tell=True))
        self._less = less
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(less)
        layout.addWidget(self.edit, 1)
        layout.addWidget(more)
        self.setFocusProxy(self.edit)
        self.edit.textEdited.connect(self._on_typed)
        self.edit.left.connect(lambda: self.set_value(self._value))
        self.edit.installEventFilter(self)
        self.set_value(value)

    @property
    def value(self) -> Decimal:
        """The quantity shown."""
        return self._value

    def set_value(self, value: Decimal, *, tell: bool = False) -> None:
        """Show a quantity, held between least and most."""
        held = min(max(value, self._least), self._most)
        moved, self._value = held != self._value, held
        self.edit.setText(formats.decimal(held).replace(",", ""))
        self._less.setEnabled(held > self._least)
        self.update()
        if moved and tell:
            self.changed.emit(held)

    def _on_typed(self, text: str) -> None:
        try:
            typed = Decimal(text or "0")
        except InvalidOperation:
            self.set_value(self._value)
            return
        held = min(max(typed, self._least), self._most)
        if held != self._value:
            self._value = held
            self._less.setEnabled(held > self._least)
            self.changed.emit(held)

    def eventFilter(self, watched: object, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.text() in ("+", "=", "-"):
                self.set_value(self._value + (-self._step if event.text() == "-" else self._step), tell=True)
                return True
        elif watched is self.edit:
            self.update()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        on = self.edit.hasFocus()
        rect = QRectF(self.rect())
        paint.box(painter, rect, 8, "card", "accent" if on else "lineStrong", 2 if on else 1)
        painter.end()


class _StepButton(QAbstractButton):
    def __init__(self, sign: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._sign = sign
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAutoRepeat(True)
        self.setFixedWidth(36)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.underMouse() and self.isEnabled():
            paint.box(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), 6, "hover")
        tone = "disabled" if not self.isEnabled() else "accent" if self._sign == "plus" else "text2"
        paint.icon(painter, self._sign, (self.width() - 18) / 2, (self.height() - 18) / 2, 18, tone)
        painter.end()


class Fact(QWidget):
    """A small caption over a value."""

    def __init__(
        self, caption: str, value: str = "", *, px: int = 14, weight: int = REGULAR, tone: str = "text"
    ) -> None:
        super().__init__()
        self.caption = Label(caption, 12, REGULAR, "text3")
        self.value = Label(value, px, weight, tone)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.caption)
        layout.addWidget(self.value)
        self.setFixedHeight(18 + LINE[px])


class FactRow(QWidget):
    """A name at the left and its value at the right of one line."""

    def __init__(self, name: str, value: str = "", *, tone: str = "text", weight: int = REGULAR) -> None:
        super().__init__()
        self.name = Label(name, 13, REGULAR, "text2")
        self.value = Label(value, 13, weight, tone, align=paint.RIGHT)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.name)
        layout.addWidget(self.value, 1)
