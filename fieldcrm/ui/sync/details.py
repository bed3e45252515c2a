"""What stands beside a chosen row that is not a clash: its way so far, or why it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.services.conflicts import RefusedChange
from fieldcrm.sync.status import Refused, Step
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.paint import SIGN, Status
from fieldcrm.ui.sync import reasons, values, words
from fieldcrm.ui.sync.parcels import Key, Parcel
from fieldcrm.ui.sync.reading import AttentionOrder
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.frames import Piece, card, column, holder, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, secondary, section_title
from fieldcrm.ui.widgets.marks import Badge

_NAMES_WIDE = 168


def sheet(*pieces: Piece) -> QWidget:
    """Return the body of the right pane."""
    return holder(column(*pieces, None, gap=16, margins=(32, 24, 32, 24)))


def head(badge: str, status: Status, title: str, under: str) -> QWidget:
    """Return the top of the right pane."""
    return holder(
        column(
            row(Badge(badge, status=status), None), 8, Label(title, 24, SEMIBOLD),
            Paragraph(under, 14, REGULAR, "text2"), gap=4,
        )
    )  # fmt: skip


def _lines(facts: Sequence[tuple[str, str]]) -> list[Piece]:
    lines: list[Piece] = []
    for name, value in facts:
        label = secondary(name)
        label.setFixedWidth(_NAMES_WIDE)
        text = Paragraph(value, 13, REGULAR, "text", lines=4)
        line = row(label, gap=16)
        line.addWidget(text, 1)
        lines.append(line)
    return lines


# -- the way of a parcel -----------------------------------------------------------------------


def journey(parcel: Parcel, titles: Mapping[Key, str], naming: Naming) -> QWidget:
    """Return how far one thing has come, and what waits for what."""
    status, now = words.sign(parcel), naming.now
    facts = _carried(parcel, titles)
    pieces: list[Piece] = [
        head(_said(parcel), status, words.title(parcel), words.under(parcel, now)),
        card(section_title(tr("Its way")), 4, *_steps(parcel, now), gap=4),
    ]
    if facts:
        pieces.append(card(section_title(tr("What it carries")), 4, *_lines(facts), gap=8))
    return sheet(*pieces)


def _said(parcel: Parcel) -> str:
    match parcel.step:
        case Step.SENT:
            return tr("On its way")
        case Step.STORED:
            return tr("At the office")
        case Step.SEEN:
            return tr("Seen")
    return tr("Waiting to send")


def _steps(parcel: Parcel, now: datetime) -> list[Piece]:
    """Return saved, sent, stored and, for a visit, seen: with its moment, or as still to come."""
    steps = [
        (tr("Saved on this laptop"), parcel.saved_at, "content-save-outline", "local", ""),
        (tr("Sent"), parcel.sent_at, "tray-arrow-up", "local", _unsent(parcel)),
        (tr("Stored at the office"), parcel.stored_at, "cloud-check-outline", "ok", _unstored(parcel)),
    ]
    if parcel.pictures.count:
        steps.append((tr("Photos at the office"), None, "image-outline", "ok", _pictures(parcel)))
    if parcel.entity == "visit":
        unseen = tr("Nobody has opened the report yet") if parcel.stored_at else ""
        steps.append((tr("Seen by your manager"), parcel.seen_at, "check-circle", "ok", unseen))
    if parcel.entity == "order" and parcel.does == "submit":
        steps.append(_answer(parcel))
    return [step(*each, now=now) for each in steps]


def step(name: str, at: datetime | None, icon: str, tone: str, still: str, *, now: datetime) -> QVBoxLayout:
    """Return one step of a way: with its moment, or as still to come."""
    sign = Sign(icon, 20, tone) if at else Sign("circle-outline", 20, "text3")
    title = Label(name, 14, SEMIBOLD if at else REGULAR, "text" if at else "text2")
    said = formats.moment(at, now) if at else tr("still to come")
    when = Label(said, 13, REGULAR, "text2" if at else "text3", rigid=True)
    line = row(sign, gap=12, margins=(0, 4, 0, 4))
    line.addWidget(title, 1)
    line.addWidget(when)
    below = Paragraph(still, 13, REGULAR, "text2") if still and not at else None
    return column(line, row(32, below, gap=0), gap=0) if below else column(line, gap=0)


def _unsent(parcel: Parcel) -> str:
    if parcel.step is Step.QUEUED:
        return tr("Goes with the next sync, by itself.")
    return ""


def _unstored(parcel: Parcel) -> str:
    if parcel.sent_at is None:
        return ""
    if parcel.tries > 1:
        return ntr("Sent {n} time, no answer yet. The office takes it only once.",
                   "Sent {n} times, no answer yet. The office takes it only once.", parcel.tries)  # fmt: skip
    return tr("No answer yet. Sending it again does no harm: the office takes it only once.")


def _pictures(parcel: Parcel) -> str:
    left = words.photos(parcel.pictures.count, parcel.pictures.size)
    return tr("{photos}: they go when every record is at the office.", photos=left)


def _answer(parcel: Parcel) -> tuple[str, datetime | None, str, str, str]:
    status = str(parcel.facts.get("status", ""))
    at = parcel.stored_at if status == "accepted" else None
    still = tr("The office has a question about it.") if status == "needs_review" else ""
    return tr("Accepted by the office"), at, "check-circle", "ok", still


def _carried(parcel: Parcel, titles: Mapping[Key, str]) -> list[tuple[str, str]]:
    facts = []
    if parcel.does == "patch" and (changed := words.changed_fields(parcel)):
        facts.append((tr("Changed"), changed))
    if parcel.entity == "order" and parcel.facts.get("number"):
        facts.append((tr("Order number"), str(parcel.facts["number"])))
    if parcel.records > 1:
        facts.append((tr("Records"), formats.count(parcel.records)))
    before = [titles[key] for key in parcel.after if key in titles]
    if before:
        facts.append((tr("Goes after"), words.names(before)))
    return facts


# -- what was refused --------------------------------------------------------------------------


def refusal(refused: Refused, store: str, naming: Naming) -> QWidget:
    """Return one refused change: what it was, why, what can be done."""
    why, remedy = reasons.why(refused.code, refused.entity, refused.message)
    under = tr("Written {when}. It is kept on this laptop.", when=formats.moment(refused.at, naming.now))
    facts = values.facts(refused.entity, refused.changes, naming)
    pieces: list[Piece] = [
        head(tr("Refused"), Status.OVERDUE, words.refused_title(refused, store), under),
        _reason(why, remedy),
    ]
    if facts:
        pieces.append(card(section_title(_was(refused)), 4, *_lines(facts), gap=8))
    return sheet(*pieces)


def _was(refused: Refused) -> str:
    if refused.op == "create":
        return tr("What you recorded")
    return tr("What you asked for") if refused.op in ("act", "delete") else tr("What you changed")


def _reason(why: str, remedy: str) -> QWidget:
    sign, tone = SIGN[Status.OVERDUE]
    title = Paragraph(why, 14, SEMIBOLD)
    line = row(Sign(sign, 20, tone), gap=12)
    line.addWidget(title, 1)
    below = row(32, gap=0)
    below.addWidget(Paragraph(remedy, 14, REGULAR, "text2"), 1)
    return card(line, below, gap=4) if remedy else card(line)


def elsewhere(change: RefusedChange, naming: Naming) -> QWidget:
    """Return a change that another device of mine sent."""
    why, _ = reasons.why(change.code, change.entity, change.reason)
    under = tr(
        "Refused {when}, sent from another device of yours.", when=formats.moment(change.at, naming.now)
    )
    told = change.payload.get("set") or {}
    changes = {name: each.get("new") for name, each in told.items()} or change.payload.get("doc") or {}
    facts = values.facts(change.entity, changes, naming)
    pieces: list[Piece] = [
        head(tr("Refused"), Status.OVERDUE, words.noun(change.entity, change.title), under),
        _reason(why, tr("It is kept on the device that sent it. Settle it there.")),
    ]
    if facts:
        pieces.append(card(section_title(tr("What it held")), 4, *_lines(facts), gap=8))
    return sheet(*pieces)


def attention(order: AttentionOrder, naming: Naming) -> QWidget:
    """Return an order that the office did not accept as it is."""
    why, _ = reasons.why(order.code)
    under = f"{order.number} · {formats.money(order.total)}"
    if order.at is not None:
        sent = tr("sent {when}", when=formats.moment(order.at, naming.now))
        under = f"{under} · {sent}"
    remedy = tr(
        "Nothing is lost: the order is at the office. Open it, correct what is marked and send it again."
    )
    return sheet(
        head(tr("Needs attention"), Status.WARNING, words.noun("order", order.account), under),
        _reason(why, remedy),
    )


def as_text(title: str, why: str, facts: Sequence[tuple[str, str]]) -> str:
    """Return a refused change as text for a message."""
    return "\n".join([title, why, *(f"{name}: {value}" for name, value in facts)])
