"""The sidebar: the company, the sections, the connection card and the person.

Under 1360 logical pixels it is a rail of icons; the words are then in the tooltips.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout

from fieldcrm.ui import formats, paint
from fieldcrm.ui.connection import CLOCK_LIMIT, Connection
from fieldcrm.ui.context import Context, Me
from fieldcrm.ui.devices.lease import WARN_MS, locks_in
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.sections import Section
from fieldcrm.ui.tokens import RAIL, REGULAR, SEMIBOLD, SIDEBAR


class _Painted(QAbstractButton):
    """A button that draws itself and its focus."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.narrow = False
        self.setFixedHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def set_narrow(self, narrow: bool) -> None:
        """Draw for the rail, or for the sidebar."""
        self.narrow = narrow
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(48 if self.narrow else 200, self.height())

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the button in ``rect``."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, QRectF(self.rect()))
        if self.hasFocus():
            paint.focus(painter, QRectF(self.rect()))
        painter.end()


class NavItem(_Painted):
    """One section with its count."""

    def __init__(self, section: Section, keys: str) -> None:
        super().__init__(40)
        self.section = section
        self._count = 0
        self.setCheckable(True)
        self.setText(tr(section.title))
        self.setToolTip(f"{self.text()}  {keys}")
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """Show how many things wait there; none shows nothing."""
        self._count = count
        self.setAccessibleName(f"{self.text()} {count}" if count else self.text())
        self.update()

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        on = self.isChecked()
        if on or self.underMouse():
            paint.box(painter, rect, 8, "accentSoft" if on else "track")
        if on:
            paint.box(painter, QRectF(0, 10, 3, 20), 1.5, "accent")
        tone = "accent" if on else "text2"
        middle = rect.center().x() if self.narrow else 24
        paint.icon(painter, self.section.icon, middle - 10, 10, 20, tone)
        if self.narrow:
            self._dot(painter, rect)
            return
        wide = self._pill(painter, rect)
        words = QRectF(44, 0, rect.width() - 52 - wide, 40)
        paint.text(painter, words, self.text(), 14, SEMIBOLD if on else REGULAR, "accent" if on else "text")

    def _dot(self, painter: QPainter, rect: QRectF) -> None:
        if self._count:
            tone = "bad" if self.section.tone == "bad" else "lineStrong"
            paint.box(painter, QRectF(rect.right() - 16, 6, 10, 10), 5, tone)

    def _pill(self, painter: QPainter, rect: QRectF) -> float:
        if not self._count:
            return 0
        words, tone = formats.count(self._count), self.section.tone
        wide = max(24.0, paint.width(words, 12, SEMIBOLD) + 14)
        pill = QRectF(rect.right() - wide - 8, 10, wide, 20)
        paint.box(painter, pill, 10, "track" if tone == "neutral" else f"{tone}Soft")
        paint.text(painter, pill, words, 12, SEMIBOLD, "text2" if tone == "neutral" else tone, paint.CENTRE)
        return wide + 8


class _Company(_Painted):
    """The mark and the company's name."""

    def __init__(self, me: Me) -> None:
        super().__init__(40)
        self._me = me
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(me.company)
        self.setEnabled(False)

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        left = rect.center().x() - 14 if self.narrow else 4
        paint.box(painter, QRectF(left, 6, 28, 28), 8, "accent")
        paint.icon(painter, "map-marker-check", left + 5, 11, 18, "onAccent")
        if self.narrow:
            return
        room = rect.width() - 46
        paint.text(painter, QRectF(42, 3, room, 18), self._me.company or "fieldcrm", 14, SEMIBOLD)
        kind = tr("Field") if self._me.role == "rep" else tr("Office")
        place = f"{self._me.territory} · {kind}" if self._me.territory else kind
        paint.text(painter, QRectF(42, 21, room, 16), place, 12, REGULAR, "text3")


class ConnectionCard(_Painted):
    """Online or not, how much waits, when the last sync was; pressing it goes to Sync."""

    def __init__(self, context: Context) -> None:
        super().__init__(80)
        self._context = context
        context.connection.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say how it is now."""
        self._sign, self._tone, title, lines = words(self._context.connection, self._context)
        self._title, self._lines = title, lines
        self.setAccessibleName(". ".join((title, *lines)))
        self.setToolTip("\n".join((title, *lines)))
        self.setFixedHeight(40 if self.narrow else 44 + 18 * len(lines))
        self.update()

    def set_narrow(self, narrow: bool) -> None:
        super().set_narrow(narrow)
        self.refresh()

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        if self.narrow:
            paint.icon(painter, self._sign, rect.center().x() - 11, 9, 22, self._tone)
            return
        paint.box(painter, rect, 10, "card", "line")
        paint.icon(painter, self._sign, 12, 12, 18, self._tone)
        paint.text(painter, QRectF(38, 11, rect.width() - 46, 20), self._title, 13, SEMIBOLD)
        for number, line in enumerate(self._lines):
            place = QRectF(12, 35 + 18 * number, rect.width() - 20, 16)
            paint.text(painter, place, line, 12, REGULAR, "text2")


def wrong_clock(ahead: timedelta) -> str:
    """Return in a few words that this laptop's clock is wrong, and by how much."""
    how = formats.duration(abs(ahead).total_seconds())
    return tr("Clock {time} slow", time=how) if ahead > timedelta() else tr("Clock {time} fast", time=how)


def words(connection: Connection, context: Context) -> tuple[str, str, str, list[str]]:
    """Return icon, tone, title and lines for the state of the connection."""
    lines = []
    if connection.syncing:
        lines.append(connection.step or tr("Sending and fetching"))
    elif connection.waiting and connection.online:
        lines.append(ntr("{n} thing to send", "{n} things to send", connection.waiting))
    elif connection.waiting:
        lines.append(ntr("{n} thing saved here", "{n} things saved here", connection.waiting))
    if connection.last_sync is None:
        lines.append(tr("Not synced yet"))
    else:
        lines.append(tr("Last sync {when}", when=formats.ago(connection.last_sync, context.now())))
    if connection.lease_ms is not None and connection.lease_ms <= WARN_MS:
        lines.append(locks_in(connection.lease_ms))
    if abs(connection.clock_ahead) > CLOCK_LIMIT:
        lines.append(wrong_clock(connection.clock_ahead))
    if connection.syncing:
        return "cloud-sync-outline", "accent", tr("Syncing"), lines
    if not connection.online:
        return "cloud-off-outline", "local", tr("Working offline"), lines
    if connection.waiting:
        if connection.metered and connection.photos:
            lines.append(ntr(
                "{n} photo waits for an unmetered connection", "{n} photos wait for an unmetered connection",
                connection.photos,
            ))  # fmt: skip
        return "cloud-outline", "ok", tr("Online"), lines
    return "cloud-check-outline", "ok", tr("Up to date"), lines


class _Person(_Painted):
    """Who works here; pressing it goes to Settings."""

    def __init__(self, me: Me) -> None:
        super().__init__(44)
        self._me = me
        self.setAccessibleName(tr("{name}, settings", name=me.name))
        self.setToolTip(tr("Settings"))

    def draw(self, painter: QPainter, rect: QRectF) -> None:
        middle = rect.center().x() if self.narrow else 20
        paint.avatar(painter, QPointF(middle, 22), 16, paint.initials(self._me.name))
        if self.narrow:
            return
        room = rect.width() - 46 - 36
        paint.text(painter, QRectF(46, 4, room, 18), self._me.name, 13, SEMIBOLD)
        paint.text(
            painter, QRectF(46, 22, room, 16), self._me.title or role(self._me.role), 12, REGULAR, "text3"
        )
        paint.icon(painter, "cog-outline", rect.right() - 28, 12, 20, "text3")


def role(name: str) -> str:
    """Return what a role is called."""
    called = {
        "rep": tr("Field rep"), "manager": tr("Manager"), "finance": tr("Finance"),
        "csm": tr("Customer success"), "admin": tr("Administrator"),
    }  # fmt: skip
    return called.get(name, "")


class Sidebar(QFrame):
    """The left edge of the window."""

    chosen = Signal(str)

    def __init__(self, context: Context, sections: Sequence[Section]) -> None:
        super().__init__()
        self.setProperty("surface", "sidebar")
        self.items = [NavItem(section, f"Ctrl+{n}") for n, section in enumerate(sections, 1)]
        self._company = _Company(context.me)
        self.card = ConnectionCard(context)
        self._person = _Person(context.me)
        layout = QVBoxLayout(self)
        layout.setSpacing(4)
        layout.addWidget(self._company)
        layout.addSpacing(12)
        for item in self.items:
            item.clicked.connect(lambda _on=False, item=item: self.chosen.emit(item.section.key))
            layout.addWidget(item)
        layout.addStretch(1)
        layout.addWidget(self.card)
        layout.addSpacing(4)
        layout.addWidget(self._person)
        self.card.clicked.connect(lambda: self.chosen.emit("sync"))
        self._person.clicked.connect(lambda: self.chosen.emit("settings"))
        self.set_narrow(False)

    def set_narrow(self, narrow: bool) -> None:
        """Become a rail of icons, or a sidebar with words."""
        self.setFixedWidth(RAIL if narrow else SIDEBAR)
        side = 8 if narrow else 12
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(side, 16, side, 12)
        for part in (self._company, *self.items, self.card, self._person):
            part.set_narrow(narrow)

    def show_current(self, key: str) -> None:
        """Light up a section."""
        for item in self.items:
            item.setChecked(item.section.key == key)
