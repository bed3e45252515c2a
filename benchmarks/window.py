"""The processes that ``startup`` measures: ``python -m benchmarks.window bare|alchemy|product``.

Each prints ``window`` when its window is painted for the first time; the product
prints ``today`` when the day's stops are in the list. Then it ends.
"""

from __future__ import annotations

import os
import sys
from typing import Any


def _bare(*, alchemy: bool) -> None:
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(QLabel("fieldcrm"))
    if alchemy:
        import sqlalchemy.orm  # noqa: F401 - what it costs is what is measured
    _tell(window, "window", then_end=True)
    window.resize(1440, 900)
    window.show()
    app.exec()


def _product(*, until_today: bool) -> None:
    from fieldcrm import app

    start = app.Application.start

    def started(self: app.Application) -> None:
        _tell(self.window, "window", then_end=not until_today)
        start(self)
        if until_today:
            _watch(self)

    app.Application.start = started  # type: ignore[method-assign]
    app.run()


def _tell(window: Any, what: str, *, then_end: bool) -> None:
    """Say ``what`` when anything in the window is painted for the first time."""
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication

    class FirstPaint(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint:
                QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
                _say(what, then_end=then_end)
            return False

    window.first_paint = FirstPaint(window)
    QApplication.instance().installEventFilter(window.first_paint)  # type: ignore[union-attr]


def _watch(application: Any) -> None:
    from PySide6.QtCore import QTimer

    def look() -> None:
        from fieldcrm.ui.today.page import TodayPage

        pages = application.shell.findChildren(TodayPage) if application.shell else []
        if pages and pages[0].isVisible() and pages[0].model.rowCount():
            _say("today", then_end=True)

    timer = QTimer(application, interval=5)
    timer.timeout.connect(look)
    timer.start()


def _say(what: str, *, then_end: bool) -> None:
    print(what, flush=True)
    if then_end:
        os._exit(0)


if __name__ == "__main__":
    match sys.argv[1]:
        case "bare" | "alchemy":
            _bare(alchemy=sys.argv[1] == "alchemy")
        case "product" | "today":
            _product(until_today=sys.argv[1] == "today")
