"""A scroll bar over the right margin: a page is laid out the same whether it scrolls or not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar

WIDTH = 10


class FloatingBar(QScrollBar):
    """Follows the scroll bar of ``area``, which takes no room any more."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._area = area
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        real = area.verticalScrollBar()
        real.rangeChanged.connect(self._follow)
        real.valueChanged.connect(self.setValue)
        self.valueChanged.connect(real.setValue)
        area.viewport().installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def _follow(self) -> None:
        real = self._area.verticalScrollBar()
        self.setPageStep(self._area.viewport().height())
        self.setSingleStep(real.singleStep())
        self.setRange(real.minimum(), real.maximum())
        self.setValue(real.value())
        self.setVisible(real.maximum() > real.minimum())
        self._place()

    def _place(self) -> None:
        port = self._area.viewport().geometry()
        self.setGeometry(port.right() + 1 - WIDTH, port.top(), WIDTH, port.height())
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return False
