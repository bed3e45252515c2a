"""Things that float over a page: toasts, dialogs, drawers, sheets.

All are children of the window, never ``Qt.Popup`` windows, because text fields inside
popups do not take Chinese input on Windows. Esc is always the safe way out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Piece, column, fill, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph

TOAST_MS = 6000


def shade(widget: QWidget, blur: int = 32, down: int = 8) -> None:
    """Give a floating thing its shadow."""
    effect = QGraphicsDropShadowEffect(widget)
    effect.setBlurRadius(blur)
    effect.setOffset(0, down)
    effect.setColor(QColor(0, 0, 0, 64))
    widget.setGraphicsEffect(effect)


class Toast(QFrame):
    """One line at the bottom that goes by itself; hovering or focusing keeps it."""

    def __init__(
        self, parent: QWidget, text: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self._on_action = on_action
        self.setAccessibleName(text)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setSpacing(12)
        layout.addWidget(Label(text))
        if action:
            layout.addWidget(Button(action, "link", height=28, on_click=self._act))
        layout.addWidget(IconButton("close", tr("Close"), self.leave, size=28, quiet=True))
        self._timer = QTimer(self, interval=TOAST_MS, singleShot=True)
        self._timer.timeout.connect(self._on_time)
        shade(self)
        self.adjustSize()
        self._timer.start()

    def _act(self) -> None:
        on_action, self._on_action = self._on_action, None
        self.leave()
        if on_action is not None:
            on_action()

    def _on_time(self) -> None:
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._timer.start()
        else:
            self.leave()

    def leave(self) -> None:
        """Go away now."""
        self.hide()
        self.deleteLater()


class _Follows(QObject):
    """Keeps an overlay as large as its window."""

    def __init__(self, overlay: QWidget, host: QWidget) -> None:
        super().__init__(overlay)
        self._overlay = overlay
        host.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._overlay.setGeometry(watched.rect())
        return False


class Overlay(QWidget):
    """A dimmed layer over the whole window that holds one panel and keeps the focus inside."""

    closed = Signal()

    def __init__(self, host: QWidget, panel: QWidget, *, top: int = 0) -> None:
        window = host.window()
        super().__init__(window)
        self._came_from = QApplication.focusWidget()
        self.panel = panel
        panel.setParent(self)
        self._follows = _Follows(self, window)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, top or 24, 24, 24)
        if not top:
            layout.addStretch(1)
        layout.addWidget(panel, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.setGeometry(window.rect())

    def open(self) -> None:
        """Show it above everything."""
        self.show()
        self.raise_()
        self.panel.setFocus()

    def close_now(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_now()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        outside = not self.panel.geometry().contains(event.position().toPoint())
        if outside and not _holds_typed(self.panel):
            self.close_now()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the panel."""
        inside = [w for w in self.panel.findChildren(QWidget) if _can_focus(w)]
        if not inside:
            return True
        current = QApplication.focusWidget()
        place = inside.index(current) if current in inside else -1
        inside[(place + (1 if forward else -1)) % len(inside)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        scrim = QColor(color("scrim"))
        scrim.setAlpha(96)
        painter.fillRect(self.rect(), scrim)
        painter.end()


def _holds_typed(panel: QWidget) -> bool:
    """Say whether somebody wrote into a panel: a slip beside it is no reason to throw that away."""
    lines = (each for each in panel.findChildren(QLineEdit) if each.property("kind") != "search")
    texts = panel.findChildren(QPlainTextEdit)
    return any(each.isModified() for each in lines) or any(each.document().isModified() for each in texts)


def _can_focus(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()


class Dialog(QFrame):
    """A question: its title asks, its buttons repeat the verb, Esc takes the safe one."""

    def __init__(self, title: str, text: str = "", *, width: int = 440) -> None:
        super().__init__()
        self.setProperty("surface", "raised")
        self.setFixedWidth(width)
        self.setAccessibleName(title)
        self._body = column(gap=12)
        self._buttons = row(None, gap=8)
        heading = Paragraph(title, 20, SEMIBOLD)
        outer = column(heading, gap=8, margins=(24, 20, 24, 20))
        if text:
            outer.addWidget(Paragraph(text, 14, 400, "text2"))
        outer.addSpacing(4)
        outer.addLayout(self._body)
        outer.addSpacing(12)
        outer.addLayout(self._buttons)
        self.setLayout(outer)
        self._overlay: Overlay | None = None
        self._first: QWidget | None = None

    def hasHeightForWidth(self) -> bool:
        """Say no: the overlay would ask how high it is at the window's width, not at its own."""
        return False

    def sizeHint(self) -> QSize:
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return super().sizeHint()
        return QSize(self.maximumWidth(), layout.totalHeightForWidth(self.maximumWidth()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def add(self, *pieces: Piece) -> None:
        """Put something between the text and the buttons."""
        fill(self._body, pieces)

    def button(
        self,
        text: str,
        kind: str = "default",
        on_click: Callable[[], object] | None = None,
        *,
        stays: bool = False,
    ) -> Button:
        """Add a button; it closes the dialog first unless it ``stays``."""

        def press() -> None:
            if not stays:
                self.leave()
            if on_click is not None:
                on_click()

        made = Button(text, kind, on_click=press)
        self._buttons.addWidget(made)
        self._first = self._first or made
        return made

    def ask(self, host: QWidget, focus: QWidget | None = None) -> Overlay:
        """Show the question over the window of ``host``; the first (safe) button has the focus."""
        self._overlay = Overlay(host, self)
        shade(self)
        self._overlay.open()
        wanted = focus or self._first
        if wanted is not None:
            wanted.setFocus()
        return self._overlay

    def leave(self) -> None:
        """Close the question."""
        if self._overlay is not None:
            self._overlay.close_now()


def confirm(
    host: QWidget, title: str, text: str, verb: str, on_yes: Callable[[], object], *, keep: str = "",
    destroys: bool = True,
) -> Dialog:  # fmt: skip
    """Ask before something that cannot be undone."""
    dialog = Dialog(title, text)
    dialog.button(keep or tr("Cancel"))
    dialog.button(verb, "destroy" if destroys else "primary", on_yes)
    dialog.ask(host)
    return dialog


class Drawer(QFrame):
    """A pane that slides over the right edge of its page when the window is narrow."""

    def __init__(self, host: QWidget, content: QWidget, width: int = 340) -> None:
        super().__init__(host)
        self.setProperty("surface", "right")
        self._host = host
        self._width = width
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.addWidget(content)
        host.installEventFilter(self)
        shade(self, 24, 0)
        self.hide()

    def toggle(self) -> None:
        """Show it, or put it away."""
        self.setVisible(not self.isVisible())
        if self.isVisible():
            self._place()
            self.raise_()
            self.setFocus()

    def _place(self) -> None:
        self.setGeometry(self._host.width() - self._width, 0, self._width, self._host.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._host.setFocus()
            return
        super().keyPressEvent(event)


class Sheet(QFrame):
    """A scrolling list of facts in a panel, such as the shortcuts."""

    def __init__(
        self, title: str, groups: Sequence[tuple[str, Sequence[tuple[str, str]]]], width: int = 560
    ) -> None:
        super().__init__()
        self.setProperty("surface", "raised")
        self.setFixedWidth(width)
        self.setFixedHeight(520)
        self.setAccessibleName(title)
        close = IconButton("close", tr("Close"), self._close, quiet=True)
        head = row(Label(title, 20, SEMIBOLD), None, close, margins=(24, 16, 16, 0))
        body = column(gap=4, margins=(24, 0, 24, 16))
        for name, facts in groups:
            body.addSpacing(8)
            body.addWidget(Label(name, 13, SEMIBOLD, "text3"))
            for keys, meaning in facts:
                body.addLayout(row(Label(meaning, 14), None, _Keys(keys)))
        body.addStretch(1)
        outer = column(head, scrolling(body), gap=8)
        self.setLayout(outer)

    def _close(self) -> None:
        overlay = self.parent()
        if isinstance(overlay, Overlay):
            overlay.close_now()


class _Keys(QWidget):
    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys
        self.setFixedSize(int(paint.width(keys, 12, SEMIBOLD)) + 16, 24)
        self.setAccessibleName(keys)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint.box(painter, QRectF(self.rect()), 4, "sunken", "line")
        paint.text(painter, QRectF(self.rect()), self._keys, 12, SEMIBOLD, "text2", paint.CENTRE)
        painter.end()
