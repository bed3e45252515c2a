"""The surfaces of a page: header, card, panes, footer; and short ways to fill them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from fieldcrm.ui.tokens import FOOTER, HEADER, SEMIBOLD
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.scrollbars import FloatingBar

Margins = tuple[int, int, int, int]
Piece = QWidget | QLayout | int | None


def fill(layout: QBoxLayout, pieces: Sequence[Piece]) -> None:
    """Add widgets, layouts, gaps (numbers) and stretches (None) in order."""
    for piece in pieces:
        if piece is None:
            layout.addStretch(1)
        elif isinstance(piece, int):
            layout.addSpacing(piece)
        elif isinstance(piece, QLayout):
            layout.addLayout(piece)
        else:
            layout.addWidget(piece)


def column(*pieces: Piece, gap: int = 8, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Return a vertical layout of ``pieces``."""
    layout = QVBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, pieces)
    return layout


def row(*pieces: Piece, gap: int = 8, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Return a horizontal layout of ``pieces``."""
    layout = QHBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, pieces)
    return layout


def surface(kind: str, layout: QLayout | None = None) -> QFrame:
    """Return a frame: card, sunken, soft, left, right, header, footer, warn, bad, local."""
    frame = QFrame()
    frame.setProperty("surface", kind)
    if layout is not None:
        frame.setLayout(layout)
    return frame


def card(*pieces: Piece, gap: int = 8, margins: Margins = (20, 16, 20, 16)) -> QFrame:
    """Return a card holding ``pieces`` from top to bottom."""
    return surface("card", column(*pieces, gap=gap, margins=margins))


def rule() -> QFrame:
    """Return a dividing line."""
    return surface("rule")


def holder(layout: QLayout) -> QWidget:
    """Return a see-through widget with ``layout``."""
    widget = QWidget()
    widget.setProperty("surface", "clear")
    widget.setLayout(layout)
    return widget


def scrolling(content: QWidget | QLayout) -> QScrollArea:
    """Return an area that scrolls its content up and down; keep action blocks outside it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    FloatingBar(area)
    inner = holder(content) if isinstance(content, QLayout) else content
    inner.setAutoFillBackground(False)
    area.setWidget(inner)
    inner.setAutoFillBackground(False)
    return area


class Header(QFrame):
    """The top of a page: title, one line of facts, actions at the right, the primary last."""

    def __init__(
        self, title: str, facts: str = "", actions: Sequence[QWidget] = (), lead: QWidget | None = None
    ) -> None:
        super().__init__()
        self.setProperty("surface", "header")
        self.setFixedHeight(HEADER)
        self.title = Label(title, 20, SEMIBOLD)
        self.facts = secondary(facts)
        words = column(None, self.title, self.facts, None, gap=2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.setSpacing(12)
        if lead is not None:
            layout.addWidget(lead)
        layout.addLayout(words, 1)
        for action in actions:
            layout.addWidget(action)
        self.facts.setVisible(bool(facts))

    def show_facts(self, facts: str) -> None:
        """Show another line of facts; without any the title stands in the middle."""
        self.facts.setVisible(bool(facts))
        self.facts.show_text(facts)

    def show_title(self, title: str) -> None:
        """Show another title."""
        self.title.show_text(title)


class Footer(QFrame):
    """The bottom of stepwise work; the primary stands at its right end."""

    def __init__(self, *pieces: Piece, margin: int = 32) -> None:
        super().__init__()
        self.setProperty("surface", "footer")
        self.setFixedHeight(FOOTER)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(margin, 0, margin, 0)
        layout.setSpacing(12)
        fill(layout, pieces)


class Inspector(QFrame):
    """A pane at the right: a body that scrolls and an action block that stays in sight."""

    def __init__(self, body: QLayout, actions: QLayout | None = None, *, width: int = 320) -> None:
        super().__init__()
        self.setProperty("surface", "right")
        self.setFixedWidth(width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolling(body), 1)
        if actions is not None:
            block = surface("footer", actions)
            layout.addWidget(block)


class ListPane(QFrame):
    """A pane at the left that holds a list."""

    def __init__(
        self, *pieces: Piece, width: int = 324, gap: int = 0, margins: Margins = (0, 0, 1, 0)
    ) -> None:
        super().__init__()
        self.setProperty("surface", "left")
        self.setFixedWidth(width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*margins)
        layout.setSpacing(gap)
        fill(layout, pieces)
