"""The first sync as people watch it: what has come, how much is left, and when work may begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from fieldcrm.ui import formats, paint
from fieldcrm.ui.errors import Wording
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.signin.form import WIDE, Notice
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.states import ProgressBar


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is fetched; ``total`` None is not known yet."""

    name: str
    done: int = 0
    total: int | None = None
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One piece of news from the first sync; ``share`` and time are None while nobody knows."""

    parts: tuple[Part, ...]
    share: float | None
    seconds_left: float | None
    workable: bool


class _Line(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.part = Part("")
        self.setFixedHeight(28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        part, middle = self.part, self.height() / 2
        state = Status.DONE if part.finished else Status.CURRENT if part.done else Status.OPEN
        paint.status(painter, state, 0, middle - 10)
        tone = "text" if part.finished or part.done else "text3"
        paint.text(painter, QRectF(32, 0, self.width() - 150, self.height()), part.name, 14, REGULAR, tone)
        count = formats.count(part.done)
        if part.total and not part.finished:
            count = f"{count} / {formats.count(part.total)}"
        if part.done or part.finished:
            paint.text(painter, QRectF(self.rect()), count, 13, REGULAR, "text2", paint.RIGHT)
        painter.end()


class FirstSync(QFrame):
    """Steps with their counts; work may begin once stores, prices and today's plan are here."""

    start_wanted = Signal()
    retry_wanted = Signal()
    stop_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(WIDE + 80)
        self._title = Label(tr("Fetching your work, {name}", name=name), 20, SEMIBOLD)
        self._about = Paragraph(
            tr("Stores, prices and today's plan come first. Photos and older records follow while you work."),
            13, REGULAR, "text2",
        )  # fmt: skip
        self.bar = ProgressBar()
        self._left = Label("", 13, REGULAR, "text2")
        self._lines = column(gap=0)
        self._rows: list[_Line] = []
        self.notice = Notice()
        self.start = Button(tr("Start working"), "primary", height=44, on_click=self.start_wanted.emit)
        self.again = Button(tr("Go on"), height=44, on_click=self.retry_wanted.emit)
        self.stop = Button(tr("Stop"), "ghost", height=44, on_click=self.stop_wanted.emit)
        self.again.hide()
        self.start.hide()
        self.setLayout(
            column(
                self._title, self._about, self.notice, 4, self._lines, 4, self.bar, self._left, 4,
                row(self.stop, None, self.again, self.start), gap=8, margins=(24, 20, 24, 20),
            )
        )  # fmt: skip

    def show_parts(self, parts: Sequence[Part], share: float | None, seconds_left: float | None) -> None:
        """Show how far everything has come."""
        while len(self._rows) < len(parts):
            line = _Line()
            self._rows.append(line)
            self._lines.addWidget(line)
        for line, part in zip(self._rows, parts, strict=False):
            line.part = part
            line.setAccessibleName(f"{part.name} {part.done}")
            line.update()
        self.bar.show_share(share)
        left = formats.duration(max(1, seconds_left)) if seconds_left is not None else ""
        self._left.show_text(tr("About {time} left", time=left) if left else "")

    def allow_work(self) -> None:
        """Let a person begin; the rest goes on coming."""
        if self.start.isHidden():
            self.start.show()
            self.start.setFocus()
            self._about.show_text(tr("You can start working now. The rest comes while you work."))

    def fail(self, wording: Wording) -> None:
        """Say why it stopped; going on resumes at the same item."""
        self.notice.say(wording)
        self.again.show()
        self.stop.hide()

    def go_on(self) -> None:
        """Show that it runs again."""
        self.notice.say(None)
        self.again.hide()
        self.stop.show()
