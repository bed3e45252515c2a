"""Text fields that leave a person alone while an input method is composing.

While Chinese is being composed the text is not what was meant yet: nothing is searched or
validated, and no shortcut takes Enter, digits or Space.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from fieldcrm.ui import paint, theme
from fieldcrm.ui.theme import font
from fieldcrm.ui.tokens import CONTROL

_SETTLE_MS = 120


class LineField(QLineEdit):
    """One line of text; ``settled`` follows typing after a moment, never during composition."""

    settled = Signal(str)
    left = Signal()

    def __init__(self, text: str = "", hint: str = "", *, height: int = CONTROL, name: str = "") -> None:
        super().__init__(text)
        self.is_composing = False
        self.setFont(font(14))
        self.setFixedHeight(height)
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self._pause = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._pause.timeout.connect(self._settle)
        self.textChanged.connect(lambda _text: self._pause.start())
        self.editingFinished.connect(self._on_left)

    def _settle(self) -> None:
        if not self.is_composing:
            self.settled.emit(self.text())

    def _on_left(self) -> None:
        if not self.is_composing:
            self.left.emit()

    def settle_now(self) -> None:
        """Tell what was typed without waiting."""
        self._pause.stop()
        self._settle()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        if not self.is_composing and event.commitString():
            self._pause.start()

    def set_wrong(self, wrong: bool) -> None:
        """Show that the value cannot stay."""
        theme.restyle(self, "wrong", wrong)


class SearchField(LineField):
    """A search field; ``keys`` at its end names its shortcut, Esc empties it."""

    def __init__(self, hint: str, keys: str = "", *, name: str = "", width: int = 0) -> None:
        super().__init__("", hint, name=name)
        self._keys = keys
        self.setProperty("kind", "search")
        self.addAction(theme.icon("magnify", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.setClearButtonEnabled(False)
        if width:
            self.setFixedWidth(width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() and not self.is_composing:
            self.clear()
            self.settle_now()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._keys or self.text() or self.is_composing:
            return
        painter = QPainter(self)
        wide = paint.width(self._keys, 12) + 12
        rect = QRectF(self.width() - wide - 8, 8, wide, self.height() - 16)
        paint.box(painter, rect, 4, "sunken")
        paint.text(painter, rect, self._keys, 12, 400, "text3", paint.CENTRE)
        painter.end()


class TextField(QPlainTextEdit):
    """Several lines of text; Tab leaves it, ``left`` tells when a person has gone on."""

    left = Signal()
    settled = Signal(str)

    def __init__(self, text: str = "", hint: str = "", *, height: int = 88, name: str = "") -> None:
        super().__init__(text)
        self.is_composing = False
        self.setFont(font(14))
        self.setFixedHeight(height)
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self.setTabChangesFocus(True)
        self._pause = QTimer(self, interval=_SETTLE_MS * 4, singleShot=True)
        self._pause.timeout.connect(self._settle)
        self.textChanged.connect(self._pause.start)

    def _settle(self) -> None:
        if not self.is_composing:
            self.settled.emit(self.text())

    def text(self) -> str:
        """Return what is written."""
        return self.toPlainText()

    def setText(self, text: str) -> None:
        """Write something else, unless it says so already."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._pause.stop()
        self.left.emit()

    def set_wrong(self, wrong: bool) -> None:
        """Show that the value cannot stay."""
        theme.restyle(self, "wrong", wrong)


def takes_text(widget: object) -> bool:
    """Return whether single-letter shortcuts must leave this widget alone."""
    return isinstance(widget, QLineEdit | QPlainTextEdit)
