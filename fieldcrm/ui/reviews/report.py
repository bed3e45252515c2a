"""One visit's report: five figures, what was checked, what the rep wrote, photos, what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fieldcrm.clock import business_day
from fieldcrm.model.visits import Decision
from fieldcrm.services.joint_visits import YES, Together
from fieldcrm.services.reviews import About, AnsweredStep, Flag, FullReport, ReviewState, Said
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.reviews import amendments, changes, findings, words
from fieldcrm.ui.reviews.photos import PhotoWall
from fieldcrm.ui.theme import color
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.marks import Badge, Painted

_SAID = {
    Decision.APPROVED: ("check-circle", "ok"),
    Decision.RETURNED: ("undo-variant", "warn"),
    Decision.COMMENT: ("comment-outline", "text2"),
}

_SIGNS = {
    "pass": ("check-circle", "ok"),
    "fail": ("close-circle", "bad"),
    "na": ("minus-circle-outline", "text3"),
}


class ReportView(QWidget):
    """Shows a ``FullReport``; it decides nothing."""

    order_opened = Signal(object)
    account_opened = Signal(object)
    about_chosen = Signal(object, str)  # About, what it is called

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._shown: FullReport | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(32, 24, 32, 24)
        self._layout.setSpacing(16)
        self._body = QWidget()
        self._layout.addWidget(self._body)
        self._layout.addStretch(1)
        self.photos = PhotoWall(context)
        self.photos.about_chosen.connect(self.about_chosen)

    def show_report(self, full: FullReport) -> None:
        """Show another report; what is shown already is not built again."""
        if full != self._shown:
            old, self._body = self._body, QWidget()
            self.photos.setParent(self)
            self._body.setLayout(self._content(full))
            self._layout.replaceWidget(old, self._body)
            old.deleteLater()
            self._shown = full
        failed = [step.key for step in full.steps if "fail" in step.answers.values()]
        self.photos.show_photos(full.photos, failed, full.said)

    def _content(self, full: FullReport) -> QVBoxLayout:
        answers = self._checks(full)
        halves = row(answers, _summary(full, self._context.today()), gap=16)
        halves.setStretch(0, 3)
        halves.setStretch(1, 2)
        pieces: list[QWidget | QHBoxLayout | QVBoxLayout | int] = [
            self._title(full),
            self._figures(full),
        ]
        if changed := changes.card_of(full.compared, full.names, self._context.today()):
            pieces.append(changed)
        if odd := findings.stands_out(full):
            pieces.append(odd)
        if amended := amendments.differences(full.amended, self._context.now()):
            pieces.append(amended)
        pieces.append(halves)
        if full.said:
            pieces.append(_conversation(full, self._context.now()))
        pieces += [4, self._photo_title(full), self.photos]
        if others := self._others(full):
            pieces.append(others)
        return column(*pieces, gap=16)

    def _title(self, full: FullReport) -> QVBoxLayout:
        head = row(Label(full.report.account, 24, SEMIBOLD), None, gap=8)
        for flag in full.report.flags:
            text, status = words.FLAGS[flag]
            sign, tone = paint.SIGN[status]
            head.addWidget(Badge(tr(text), tone, sign))
        head.addWidget(
            Button(tr("Open account"), "link", on_click=lambda: self.account_opened.emit(full.account_id))
        )
        lines = [secondary(_facts(full, self._context.today())), secondary(findings.grade(full.evidence))]
        if full.together is not None:
            lines.append(secondary(_company(full.together)))
        return column(head, *lines, gap=4)

    def _figures(self, full: FullReport) -> QFrame:
        minutes = (full.report.left_at - full.report.started_at).total_seconds()
        answered = sum(step.answered_at is not None for step in full.steps)
        passed, checks = _score(full.steps)
        total = sum((order.total for order in full.orders), Decimal())
        figures = [
            _figure(
                tr("In the store"),
                formats.duration(minutes),
                tr("left at {time}", time=formats.clock(full.report.left_at)),
            ),
            _figure(tr("Check-in"), _distance(full), _position(full), _far(full)),
            _figure(
                tr("Steps"),
                f"{answered} / {len(full.steps)}",
                ntr("{n} photo", "{n} photos", len(full.photos)),
            ),
            _figure(
                tr("Checks passed"), f"{passed} / {checks}" if checks else "—", tr("of those that apply")
            ),
            self._order_figure(full, formats.money(total) if full.orders else "—"),
        ]
        layout = row(gap=16, margins=(20, 16, 20, 16))
        for place, figure in enumerate(figures):
            if place:
                layout.addWidget(Painted(_divider, 1, 48))
            layout.addLayout(figure, 1)
        frame = card(margins=(0, 0, 0, 0))
        held = frame.layout()
        if isinstance(held, QVBoxLayout):
            held.addLayout(layout)
        return frame

    def _order_figure(self, full: FullReport, total: str) -> QVBoxLayout:
        if not full.orders:
            return _figure(tr("Order"), total, tr("none this time"))
        order = full.orders[0]
        link = Button(
            order.number, "link", height=16, on_click=lambda: self.order_opened.emit(order.order_id)
        )
        link.setAccessibleName(tr("Open order {number}", number=order.number))
        return column(
            caption(tr("Order")), Label(total, 20, SEMIBOLD), row(link, None, margins=(-4, 0, 0, 0)), gap=2
        )

    def _photo_title(self, full: FullReport) -> QHBoxLayout:
        arriving = sum(not photo.stored for photo in full.photos)
        note = tr("{n} still arriving", n=arriving) if arriving else tr("all stored by the server")
        facts = secondary(note if full.photos else tr("none were taken"))
        title = section_title(ntr("{n} photo", "{n} photos", len(full.photos)))
        return row(title, facts, None, gap=12)

    def _checks(self, full: FullReport) -> QFrame:
        """Return the judged answers, failures first; what is as it was last time is folded."""
        passed, checks = _score(full.steps)
        note = tr("{passed} of {checks} passed", passed=passed, checks=checks) if checks else ""
        frame = card(row(section_title(tr("Answers")), None, secondary(note)), 4, gap=8)
        layout = frame.layout()
        lines = _judged(full.steps) or _answered(full.steps)
        lines.sort(key=lambda pair: pair[0].answers.get(str(pair[1]["key"])) != "fail")
        if isinstance(layout, QVBoxLayout):
            self._fill(layout, full, lines)
            if not lines:
                layout.addWidget(secondary(tr("This visit had no questions.")))
            layout.addStretch(1)
        return frame

    def _others(self, full: FullReport) -> QFrame | None:
        """Return what was written down besides the checks: it follows the photos."""
        judged = _judged(full.steps)
        lines = [pair for pair in _answered(full.steps) if pair not in judged] if judged else []
        if not lines:
            return None
        frame = card(section_title(tr("Other answers")), 4, gap=8)
        layout = frame.layout()
        if isinstance(layout, QVBoxLayout):
            self._fill(layout, full, lines)
        return frame

    def _fill(self, layout: QVBoxLayout, full: FullReport, lines: Sequence[_Asked]) -> None:
        folded = [pair for pair in lines if _is_same(full, *pair)]
        for pair in lines:
            if pair not in folded:
                layout.addWidget(self._line(full, *pair))
        if folded:
            same = holder(column(*(self._line(full, *pair) for pair in folded), gap=8))
            same.setVisible(False)
            words = ntr("{n} answer as last time", "{n} answers as last time", len(folded))
            fold = Button(words, "link", "chevron-down", height=28)
            fold.clicked.connect(lambda: _unfold(fold, same))
            layout.addWidget(holder(row(fold, None)))
            layout.addWidget(same)

    def _line(self, full: FullReport, step: AnsweredStep, field: dict[str, Any]) -> QWidget:
        value = bool(full.orders) if field["type"] == "order" else step.answers.get(str(field["key"]))
        said, tone = words.answer(field, value)
        sign, sign_tone = _SIGNS.get(str(value), ("circle-small", "text3"))
        name = str(field["label"])
        label = Label(name, 14, SEMIBOLD if value == "fail" else 400)
        about = About(step.key, str(field["key"]))
        speak = IconButton(
            "comment-plus-outline", tr("Comment on {answer}", answer=name),
            lambda: self.about_chosen.emit(about, name), size=24, quiet=True, tone="text3",
        )  # fmt: skip
        answer = Label(said, 13, 400, tone, align=paint.RIGHT)
        return holder(row(Sign(sign, 20, sign_tone), label, 12, answer, speak, gap=12))


def _is_same(full: FullReport, step: AnsweredStep, field: dict[str, Any]) -> bool:
    key = str(field["key"])
    return (step.key, key) in full.compared.same and step.answers.get(key) != "fail"


def _unfold(fold: Button, same: QWidget) -> None:
    same.setVisible(not same.isVisible())
    fold.show_icon("chevron-up" if same.isVisible() else "chevron-down")


def _divider(painter: QPainter, rect: QRectF) -> None:
    painter.fillRect(rect, color("line"))


def _facts(full: FullReport, today: date) -> str:
    begun = full.report.started_at
    day = formats.day(business_day(begun), today)
    span = formats.clock_range(begun, full.report.left_at)
    grade = tr("grade {grade}", grade=full.grade)
    return " · ".join((full.report.rep, f"{day} {span}", grade, tr(words.STATES[full.report.state][0])))


def _company(both: Together) -> str:
    """Return who went together, how near their check-ins are, and what each says."""
    parts = [tr("{host} and {guest} together", host=both.host, guest=both.guest)]
    if both.minutes_apart is not None:
        parts.append(tr("check-ins {n} min apart", n=both.minutes_apart))
    if both.metres_apart is not None:
        parts.append(tr("{distance} apart", distance=formats.distance(both.metres_apart)))
    for person, word in ((both.host, both.host_signed), (both.guest, both.guest_signed)):
        if word == YES:
            parts.append(tr("signed by {person}", person=person))
        elif word:
            parts.append(tr("{person} says the other was not there", person=person))
    return " · ".join(parts)


def _figure(name: str, value: str, note: str, tone: str = "text3") -> QVBoxLayout:
    return column(caption(name), Label(value, 20, SEMIBOLD), caption(note, tone), gap=2)


def _distance(full: FullReport) -> str:
    metres = full.evidence.distance_m
    return "—" if metres is None else formats.distance(metres)


def _far(full: FullReport) -> str:
    return "warn" if Flag.FAR in full.report.flags or Flag.NO_POSITION in full.report.flags else "text3"


def _position(full: FullReport) -> str:
    evidence = full.evidence
    if evidence.far_reason:
        return evidence.far_reason
    source = tr(words.SOURCES.get(evidence.source, evidence.source))
    if evidence.accuracy_m is None:
        return source
    return tr("{source}, ±{metres} m", source=source, metres=evidence.accuracy_m)


def _score(steps: Sequence[AnsweredStep]) -> tuple[int, int]:
    given = [
        step.answers.get(field["key"]) for step in steps for field in step.fields if field["type"] == "check"
    ]
    return given.count("pass"), given.count("pass") + given.count("fail")


_Asked = tuple[AnsweredStep, dict[str, Any]]


def _answered(steps: Sequence[AnsweredStep]) -> list[_Asked]:
    return [(step, field) for step in steps for field in step.fields if field["type"] != "photo"]


def _judged(steps: Sequence[AnsweredStep]) -> list[_Asked]:
    return [(step, field) for step, field in _answered(steps) if field["type"] == "check"]


def _summary(full: FullReport, today: date) -> QFrame:
    text = full.summary or tr("The rep wrote no summary.")
    next_visit = tr("No next visit agreed")
    if full.next_visit_on:
        next_visit = tr("Next: {day}", day=formats.day(full.next_visit_on, today))
    return card(
        section_title(tr("Rep's summary")),
        4,
        Paragraph(text, 14, 400, "text"),
        None,
        row(Sign("calendar-arrow-right", 18, "accent"), Label(next_visit, 13, SEMIBOLD), gap=8),
    )


def _subject(full: FullReport, said: Said) -> str:
    """Return what a comment points at, in words."""
    about = said.about
    if about.photo_id is not None:
        photo = next((each for each in full.photos if each.photo_id == about.photo_id), None)
        name = photo.caption if photo and photo.caption else tr("Photo")
        return tr("on the photo {name}", name=name)
    for step in full.steps:
        for field in step.fields:
            if (step.key, str(field["key"])) == (about.step_key, about.field_key):
                return tr("on {answer}", answer=str(field["label"]))
    return ""


def _conversation(full: FullReport, now: datetime) -> QFrame:
    frame = card(section_title(tr("Said about this visit")), 4, gap=8)
    layout = frame.layout()
    for one in full.said:
        sign, tone = _SAID.get(one.decision, ("comment-outline", "text2"))
        what = tr(words.STATES[ReviewState.APPROVED][0]) if one.decision == Decision.APPROVED else ""
        body = one.text or what
        line = column(
            row(
                Label(one.by, 13, SEMIBOLD),
                secondary(formats.moment(one.at, now)),
                secondary(_subject(full, one), "accent"),
                None,
                gap=8,
            ),
            Paragraph(body, 14, 400, "text"),
            gap=2,
        )
        if isinstance(layout, QVBoxLayout):
            layout.addLayout(row(Sign(sign, 18, tone), line, gap=12))
    return frame
