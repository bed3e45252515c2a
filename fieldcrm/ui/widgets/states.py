"""What stands where rows would be: nothing yet, hidden by a filter, not downloaded; and progress."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldcrm.ui import paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign


class EmptyState(QWidget):
    """An icon, what belongs here, and one action."""

    def __init__(
        self, icon: str, title: str, text: str = "", action: str = "",
        on_action: Callable[[], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._sign = Sign(icon, 28, "text3")
        self._title = Label(title, 15, SEMIBOLD, align=paint.CENTRE)
        self._text = Paragraph(text, 13, REGULAR, "text2", align=paint.CENTRE)
        self._text.setMaximumWidth(360)
        self._button = Button(action, on_click=on_action)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._title)
        layout.addLayout(_middle(self._text))
        layout.addSpacing(8)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self._text.setVisible(bool(text))
        self._button.setVisible(bool(action))

    def show_state(self, icon: str, title: str, text: str = "", action: str = "") -> None:
        """Say something else; the action keeps what it does."""
        self._sign.show_sign(icon, "text3")
        self._title.show_text(title)
        self._text.show_text(text)
        self._text.setVisible(bool(text))
        self._button.setText(action)
        self._button.setVisible(bool(action))


def _middle(text: Paragraph) -> QHBoxLayout:
    """Return ``text`` in the middle, up to its greatest width."""
    layout = QHBoxLayout()
    layout.addStretch(1)
    layout.addWidget(text, 100)
    layout.addStretch(1)
    return layout


class ProgressBar(QWidget):
    """A thin bar; a share of None only says that something goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._share: float | None = 0.0
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float | None) -> None:
        """Show how much is done."""
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        paint.bar(painter, rect, 0.0 if self._share is None else self._share)
        if self._share is None:
            paint.box(painter, QRectF(rect.width() * 0.3, 0, rect.width() * 0.4, 6), 3, "accent")
        painter.end()


class ProgressRow(QWidget):
    """A named step with its count over a thin bar; it can be cancelled."""

    def __init__(self, text: str = "", on_cancel: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._text = Label(text, 13, REGULAR, "text2")
        self._bar = ProgressBar()
        self.cancel = Button(tr("Cancel"), "ghost", height=32, on_click=on_cancel)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._text)
        words.addWidget(self._bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(words, 1)
        layout.addWidget(self.cancel)
        self.cancel.setVisible(on_cancel is not None)

    def show_progress(self, text: str, share: float | None) -> None:
        """Say which step it is and how far."""
        self._text.show_text(text)
        self._bar.show_share(share)
