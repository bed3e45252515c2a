"""What changed at a store since the visit before, in words, and the card that says it first (V9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from PySide6.QtWidgets import QFrame, QVBoxLayout

from fieldcrm.rules.sop_logic import as_number
from fieldcrm.rules.store_changes import Change, Compared, Kind
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.reviews.words import CHECKS
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.frames import card, row
from fieldcrm.ui.widgets.labels import Paragraph, Sign, secondary, section_title

_SIGNS: dict[Kind, tuple[str, str]] = {
    Kind.LOST_SKU: ("package-variant-remove", "bad"),
    Kind.OUT_OF_STOCK: ("package-variant", "bad"),
    Kind.CHECK_FAILED: ("close-octagon", "bad"),
    Kind.UNPAID: ("alert-octagon", "bad"),
    Kind.PRICE: ("tag-outline", "warn"),
    Kind.COMPETITOR: ("sword-cross", "warn"),
    Kind.NO_ORDER: ("cart-off", "warn"),
    Kind.FACINGS: ("view-column-outline", "text2"),
    Kind.NEW_SKU: ("plus-circle-outline", "ok"),
    Kind.CHECK_MENDED: ("check-circle", "ok"),
    Kind.ANSWER: ("pencil-outline", "text2"),
}
MOST = 8


def sentence(change: Change, names: Mapping[str, str]) -> str:
    """Return one change with what it was before."""
    return _SENTENCES[change.kind](change, names.get(change.subject, change.subject))


def card_of(compared: Compared, names: Mapping[str, str], today: date) -> QFrame | None:
    """Return the card of what changed, or None for a first visit where nothing is owed."""
    if compared.since is None and not compared.changes:
        return None
    since = (
        tr("First visit on record") if compared.since is None
        else tr("compared with {day}", day=formats.day(compared.since, today))
    )  # fmt: skip
    frame = card(row(section_title(tr("What changed")), None, secondary(since)), 4, gap=8)
    layout = frame.layout()
    if not isinstance(layout, QVBoxLayout):
        return frame
    for change in compared.changes[:MOST]:
        sign, tone = _SIGNS[change.kind]
        line = row(Sign(sign, 20, tone), gap=12)
        weight = SEMIBOLD if change.serious else 400
        line.addWidget(Paragraph(sentence(change, names), 14, weight, "text"), 1)
        layout.addLayout(line)
    if (more := len(compared.changes) - MOST) > 0:
        layout.addWidget(secondary(ntr("and {n} more", "and {n} more", more)))
    if not compared.changes:
        layout.addWidget(secondary(tr("Nothing. Every answer is as it was.")))
    return frame


def _lost(change: Change, what: str) -> str:
    return tr("{article} is gone, it was {before}", article=what, before=_number(change.before))


def _out(change: Change, what: str) -> str:
    if not change.before:
        return tr("{article} is out of stock", article=what)
    return tr("{article} is out of stock, it was {before}", article=what, before=_number(change.before))


def _failed(change: Change, what: str) -> str:
    before = CHECKS.get(change.before)
    if change.before != "pass" or before is None:
        return tr("{question}: failed", question=what)
    return tr("{question}: failed, passed last time", question=what)


def _unpaid(change: Change, _what: str) -> str:
    return tr("{amount} is overdue", amount=formats.money(Decimal(change.after)))


def _price(change: Change, what: str) -> str:
    return tr(
        "{article}: {after}, was {before}",
        article=what, after=_price_of(change.after), before=_price_of(change.before),
    )  # fmt: skip


def _rival(change: Change, what: str) -> str:
    if change.before:
        return tr("{brand}: {after}, was {before}", brand=what, after=change.after, before=change.before)
    return tr("New competitor: {brand}", brand=f"{what} {change.after}".strip())


def _no_order(change: Change, _what: str) -> str:
    return tr("No order this time, {amount} last time", amount=formats.money(Decimal(change.before)))


def _facings(change: Change, what: str) -> str:
    before, after = _number(change.before), _number(change.after)
    return tr("{article}: {after} facings, were {before}", article=what, after=after, before=before)


def _new(change: Change, what: str) -> str:
    return tr("{article} is new: {after}", article=what, after=_number(change.after))


def _mended(_change: Change, what: str) -> str:
    return tr("{question}: passes now", question=what)


def _answer(change: Change, what: str) -> str:
    return tr(
        "{question}: {after}, was {before}",
        question=what, after=_plain(change.after), before=_plain(change.before),
    )  # fmt: skip


def _number(text: str) -> str:
    number = as_number(text)
    return formats.decimal(number) if number is not None else text or "0"


def _price_of(text: str) -> str:
    number = as_number(text)
    return formats.money(number) if number is not None else text


def _plain(text: str) -> str:
    return {"True": tr("Yes"), "False": tr("No")}.get(text, text)


_SENTENCES: dict[Kind, Callable[[Change, str], str]] = {
    Kind.LOST_SKU: _lost, Kind.OUT_OF_STOCK: _out, Kind.CHECK_FAILED: _failed, Kind.UNPAID: _unpaid,
    Kind.PRICE: _price, Kind.COMPETITOR: _rival, Kind.NO_ORDER: _no_order, Kind.FACINGS: _facings,
    Kind.NEW_SKU: _new, Kind.CHECK_MENDED: _mended, Kind.ANSWER: _answer,
}  # fmt: skip
