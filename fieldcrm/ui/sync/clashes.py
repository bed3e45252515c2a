"""One record that two people changed: field by field, mine beside the office's.

Left and right choose, up and down go to the next field. What is about money, credit or how
somebody is reached is never chosen beforehand; elsewhere the value that stands is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldcrm.ui import formats, paint
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.sync import values, words
from fieldcrm.ui.sync.reading import Choice, Clash
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary
from fieldcrm.ui.widgets.marks import Badge

ChoiceKey = tuple[UUID, ...]
_NAMES_WIDE = 176
_KEYS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class ValueCard(QAbstractButton):
    """One of two values; arrows leave it for its neighbours."""

    stepped = Signal(int, int)

    def __init__(self, value: str, under: str, name: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{name}: {value}")
        self.setAccessibleDescription(under)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.value = Paragraph(value, 14, SEMIBOLD, lines=5)
        self.under = caption(under, "text2")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(44, 10, 16, 10)
        inside.setSpacing(2)
        inside.addWidget(self.value)
        inside.addWidget(self.under)
        inside.addStretch(1)
        for part in (self.value, self.under):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return self._inside().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 60)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(60, self._inside().heightForWidth(width))

    def _inside(self) -> QLayout:
        found = self.layout()
        assert found is not None  # noqa: S101 - made in __init__
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _KEYS.get(Qt.Key(event.key()))
        if step is not None:
            self.stepped.emit(*step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        on, focus, rect = self.isChecked(), self.hasFocus(), QRectF(self.rect())
        ground = "accentSoft" if on else "hover" if self.underMouse() and self.isEnabled() else "card"
        border = "line" if not self.isEnabled() and not on else "accent" if on or focus else "lineStrong"
        paint.box(painter, rect, 8, ground, border, 2 if on or focus else 1)
        if on and focus:
            paint.box(painter, rect, 8, "", "text", 2)
        tone = "accent" if on else "text2" if self.isEnabled() else "disabled"
        paint.icon(painter, "radiobox-marked" if on else "radiobox-blank", 14, 12, 20, tone)
        painter.end()


class _Question:
    """The widgets of one field."""

    def __init__(self, choice: Choice, naming: Naming) -> None:
        self.choice = choice
        name = values.label(choice.entity, choice.field)
        self.mine = _value_card(choice, naming, name, mine=True)
        self.theirs = _value_card(choice, naming, name, mine=False)
        before = values.said(choice.entity, choice.fields, choice.before, naming)
        self.missing = holder(
            row(Sign("alert", 16, "warn"), Label(tr("Not chosen yet"), 12, SEMIBOLD, "warn"), gap=4)
        )
        self.words = column(
            Label(name, 14, SEMIBOLD),
            Paragraph(tr("Before: {value}", value=before), 12, REGULAR, "text2", lines=3),
            self.missing, None, gap=2, margins=(0, 4, 0, 0),
        )  # fmt: skip
        keeps = self.missing.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.missing.setSizePolicy(keeps)

    def show(self, mine: bool | None) -> None:
        """Show what is chosen."""
        self.mine.setChecked(mine is True)
        self.theirs.setChecked(mine is False)
        self.missing.setVisible(mine is None)


def _value_card(choice: Choice, naming: Naming, name: str, *, mine: bool) -> ValueCard:
    value = values.said(choice.entity, choice.fields, choice.mine if mine else choice.theirs, naming)
    at = choice.my_time if mine else choice.their_time
    parts = [formats.moment(at, naming.now)] if at is not None else []
    stands = choice.mine_holds == mine
    if stands:
        parts.append(tr("stands now"))
    made = ValueCard(value, " · ".join(parts), name)
    made.setEnabled(stands or choice.can_take)
    return made


class ClashView(QWidget):
    """The chosen record; ``chosen`` tells a decision: key of the choice, and whether it is mine."""

    chosen = Signal(object, bool)
    stepped = Signal(int)  # to the next or the earlier record

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self._outer = column(gap=16, margins=(32, 24, 32, 24))
        self.setLayout(self._outer)
        self._body = QWidget()
        self._outer.addWidget(self._body)
        self._outer.addStretch(1)
        self._questions: list[_Question] = []
        self._shown: object = None

    def show_clash(
        self, clash: Clash, chosen: Mapping[ChoiceKey, bool | None], place: tuple[int, int], me: str,
        naming: Naming,
    ) -> None:  # fmt: skip
        """Show one record; the same one again keeps its widgets and the focus."""
        wanted = clash, place, me, naming.names
        if self._shown != wanted:
            self._shown = wanted
            self._build(clash, place, me, naming)
        for question in self._questions:
            question.show(chosen.get(question.choice.key))

    def focus_first(self, key: ChoiceKey | None = None) -> None:
        """Put the focus on a field's chosen value, or on mine."""
        for question in self._questions:
            if key is None or question.choice.key == key:
                wanted = question.theirs if question.theirs.isChecked() else question.mine
                (wanted if wanted.isEnabled() else question.theirs).setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _build(self, clash: Clash, place: tuple[int, int], me: str, naming: Naming) -> None:
        self._questions = [_Question(choice, naming) for choice in clash.choices]
        for number, question in enumerate(self._questions):
            self._listen(number, question)
        pieces: list[Any] = [_head(clash, place, self.stepped.emit, naming.now), self._table(clash, me)]
        if not all(choice.can_take for choice in clash.choices):
            pieces.append(_gone())
        if clash.merged:
            pieces.append(_merged(clash, naming))
        body = holder(column(*pieces, gap=16))
        self._outer.replaceWidget(self._body, body)
        self._body.deleteLater()
        self._body = body

    def _listen(self, number: int, question: _Question) -> None:
        for mine, each in ((True, question.mine), (False, question.theirs)):
            each.clicked.connect(lambda _on, mine=mine: self.chosen.emit(question.choice.key, mine))
            each.stepped.connect(lambda dx, dy, mine=mine: self._step(number, mine, dx, dy))

    def _step(self, number: int, mine: bool, dx: int, dy: int) -> None:
        if dx:
            question = self._questions[number]
            wanted = question.mine if dx < 0 else question.theirs
            if wanted.isEnabled():
                wanted.setFocus()
                self.chosen.emit(question.choice.key, dx < 0)
            return
        other = self._questions[max(0, min(len(self._questions) - 1, number + dy))]
        target = other.mine if mine and other.mine.isEnabled() else other.theirs
        (target if target.isEnabled() else other.mine).setFocus()

    def _table(self, clash: Clash, me: str) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        grid.setColumnMinimumWidth(0, _NAMES_WIDE)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addLayout(_side("laptop", tr("Yours"), me), 0, 1)
        grid.addLayout(_side("office-building-outline", tr("The office"), clash.they), 0, 2)
        for number, question in enumerate(self._questions, start=1):
            names = holder(question.words)
            names.setFixedWidth(_NAMES_WIDE)
            grid.addWidget(names, number, 0)
            grid.addWidget(question.mine, number, 1)
            grid.addWidget(question.theirs, number, 2)
        return card(holder(grid))


def _side(icon: str, title: str, who: str) -> QLayout:
    return row(Sign(icon, 20), column(Label(title, 14, SEMIBOLD), caption(who), gap=0), gap=8)


def _head(clash: Clash, place: tuple[int, int], step: Any, now: datetime) -> QWidget:
    number, count = place
    badge = Badge(ntr("{n} field differs", "{n} fields differ", len(clash.choices)), "bad", "source-branch")
    top = row(badge, None, gap=4)
    if count > 1:
        top.addWidget(secondary(tr("Conflict {number} of {count}", number=number, count=count)))
        top.addWidget(IconButton("chevron-left", tr("The one before"), lambda: step(-1), quiet=True))
        top.addWidget(IconButton("chevron-right", tr("The next one"), lambda: step(1), quiet=True))
    story = Paragraph(words.clash_story(clash, now), 14, REGULAR, "text2")
    return holder(column(top, 8, Label(words.clash_title(clash), 24, SEMIBOLD), story, gap=4))


def _gone() -> QWidget:
    return card(
        row(Sign("information-outline", 20, "accent"),
            Label(tr("The record was put away or has left this laptop."), 14, SEMIBOLD), gap=8),
        Paragraph(tr("It can take no other value now. What you wrote stays here until you save."),
                  13, REGULAR, "text2"),
    )  # fmt: skip


def _merged(clash: Clash, naming: Naming) -> QWidget:
    count = len(clash.merged)
    title = ntr(
        "{n} other change of yours went in without a clash",
        "{n} other changes of yours went in without a clash", count,
    )  # fmt: skip
    lines = []
    for field, value in clash.merged:
        name = secondary(values.label(clash.entity, field))
        name.setFixedWidth(_NAMES_WIDE - 28)
        said = Label(tr("Yours: {value}", value=values.one(clash.entity, field, value, naming)), 13)
        line = row(28, name, gap=0)
        line.addWidget(said, 1)
        lines.append(line)
    head = row(Sign("check-circle", 20, "ok"), Label(title, 14, SEMIBOLD), None, gap=8)
    return card(head, *lines, gap=8)


def initial(choice: Choice) -> bool | None:
    """Return what is chosen before anybody has chosen: nothing for money, credit and contacts."""
    if not choice.can_take:
        return choice.mine_holds
    if any(values.is_delicate(choice.entity, field) for field in choice.fields):
        return None
    return choice.mine_holds


def missing(clash: Clash, chosen: Mapping[ChoiceKey, bool | None]) -> Sequence[Choice]:
    """Return the fields that nobody has chosen yet."""
    return [choice for choice in clash.choices if chosen.get(choice.key) is None]


def undecided_words(count: int) -> str:
    """Return what stands beside Save while something is missing."""
    return ntr("{n} field left", "{n} fields left", count) if count else ""
