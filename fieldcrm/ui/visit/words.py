"""What a visit says: sources and grades of a position, gaps, answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules import evidence
from fieldcrm.rules.evidence import EvidenceGrade, Fix, allowed_m, grade
from fieldcrm.rules.sop import Field, FieldType
from fieldcrm.rules.visits import FAIL, NOT_APPLICABLE, PASS, Gap, GapCode
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr

SOURCE = {
    PositionSource.DEVICE: mark("This laptop"),
    PositionSource.TYPED: mark("Typed"),
    PositionSource.MAP: mark("On the map"),
    PositionSource.NONE: mark("No position"),
}

CHECKS = (
    (PASS, mark("Pass"), "check", "ok"),
    (FAIL, mark("Fail"), "close", "bad"),
    (NOT_APPLICABLE, mark("N/A"), "minus", "neutral"),
)

GRADE = {
    EvidenceGrade.AT_STORE: (mark("Measured at the store"), "ok", "map-marker-check"),
    EvidenceGrade.COARSE: (mark("Measured, but not exactly"), "warn", "map-marker-radius"),
    EvidenceGrade.STALE: (mark("Measured some time ago"), "warn", "clock-alert-outline"),
    EvidenceGrade.STATED: (mark("Stated by you, not measured"), "neutral", "account-edit-outline"),
    EvidenceGrade.UNKNOWN: (mark("The store has no position yet"), "neutral", "map-marker-question"),
    EvidenceGrade.FAR: (mark("Far from the store"), "warn", "map-marker-alert"),
    EvidenceGrade.NONE: (mark("Without a position"), "neutral", "map-marker-off"),
}

FAR_REASONS = (
    mark("Met at another place"),
    mark("The store has moved"),
    mark("The store's position is wrong"),
)

ORDER = {
    OrderStatus.DRAFT: mark("Draft"),
    OrderStatus.SUBMITTED: mark("Submitted"),
    OrderStatus.ACCEPTED: mark("Accepted"),
    OrderStatus.NEEDS_REVIEW: mark("Needs attention"),
    OrderStatus.CANCELLED: mark("Cancelled"),
}

_GAP = {
    GapCode.UNANSWERED: mark("{label}: not answered"),
    GapCode.PHOTO: mark("{label}: photo missing"),
    GapCode.SIGNATURE: mark("{label}: signature missing"),
    GapCode.ORDER: mark("{label}: no order yet"),
    GapCode.INVALID: mark("{label}: not valid"),
    GapCode.STEP: mark("{label}: not begun"),
}


def order_status(status: str) -> str:
    """Return an order's state in words."""
    return tr(ORDER[OrderStatus(status)]) if status in set(OrderStatus) else status


def gap(missing: Gap) -> str:
    """Return one gap as a line."""
    return tr(_GAP[missing.code], label=missing.label)


def fix_facts(fix: Fix) -> str:
    """Return where a position came from, how exact and how old it is."""
    parts = [tr(SOURCE[PositionSource(fix.source)])]
    if fix.accuracy_m is not None:
        parts.append(f"±{formats.distance(fix.accuracy_m)}")
    if fix.age_s is not None:
        parts.append(tr("{time} old", time=formats.duration(fix.age_s)))
    return " · ".join(parts)


def letter(fix: Fix) -> str:
    """Return what a position proves as a letter, A to D."""
    return tr("Evidence {letter}", letter=evidence.letter(fix))


def distance(fix: Fix) -> str:
    """Return how far the store is, or why nobody knows."""
    if fix.distance_m is not None:
        return tr("{distance} from the store", distance=formats.distance(fix.distance_m))
    return tr(GRADE[grade(fix)][0])


def far(fix: Fix) -> str:
    """Return why a reason is asked."""
    allowed = formats.distance(allowed_m(fix.accuracy_m))
    return tr("More than {allowed} away. Say why; it is allowed then.", allowed=allowed)


def answer(asked: Field, value: Any) -> str:
    """Return an answer in words."""
    if value is None or value == "" or value == {}:
        return formats.NONE
    match asked.type:
        case FieldType.CHECK:
            return next((tr(word) for key, word, _, _ in CHECKS if key == value), str(value))
        case FieldType.YES_NO:
            return tr("Yes") if value else tr("No")
        case FieldType.DATE:
            return formats.full_day(date.fromisoformat(value))
        case FieldType.NUMBER:
            return f"{formats.decimal(Decimal(str(value)))} {asked.unit}".strip()
        case FieldType.STOCK:
            return stock(value)
    return str(value)


def stock(counts: Mapping[str, Any]) -> str:
    """Return a stock count in one line."""
    empty = sum(1 for count in counts.values() if str(count) == "0")
    counted = ntr("{n} article", "{n} articles", len(counts))
    return f"{counted} · {ntr('{n} out of stock', '{n} out of stock', empty)}" if empty else counted
