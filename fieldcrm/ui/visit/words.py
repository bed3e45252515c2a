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
from fieldcrm.rules.sop import GROUPS, Field, FieldType, PaymentMethod
from fieldcrm.rules.sop_logic import as_number
from fieldcrm.rules.visits import FAIL, NOT_APPLICABLE, PASS, Gap, GapCode
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, mark, ntr, tr

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
    EvidenceGrade.CONFIRMED: (mark("Measured, and the store's code shown"), "ok", "qrcode"),
    EvidenceGrade.CODED: (mark("The store's code shown, not measured"), "ok", "qrcode"),
    EvidenceGrade.FAR_CODED: (mark("Far from the store, though its code was shown"), "warn", "qrcode"),
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

PAID = {
    PaymentMethod.CASH: mark("Cash"),
    PaymentMethod.TRANSFER: mark("Bank transfer"),
    PaymentMethod.WECHAT: mark("WeChat Pay"),
    PaymentMethod.ALIPAY: mark("Alipay"),
    PaymentMethod.CHEQUE: mark("Cheque"),
}

INNER = {
    "facings": mark("Facings"),
    "price": mark("Price"),
    "out": mark("Out"),
    "position": mark("Place"),
    "brand": mark("Brand"),
    "product": mark("Product"),
    "promotion": mark("Promotion"),
    "photo": mark("Photo"),
    "sales": mark("Count"),
    "base": mark("Loose"),
}
"""What a shelf check, a competitor and a count by unit ask; a template may not call them otherwise."""

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
    group, _, inner = missing.label.rpartition(" · ")
    label = f"{group} · {tr(INNER[inner])}" if group and inner in INNER else missing.label
    return tr(_GAP[missing.code], label=label)


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
            return _day(value)
        case FieldType.NUMBER:
            number = as_number(value)
            return str(value) if number is None else f"{formats.decimal(number)} {asked.unit}".strip()
        case FieldType.STOCK:
            return stock(value)
        case FieldType.PAYMENT:
            return payment(value)
        case kind if kind in GROUPS and isinstance(value, dict):
            return ntr("{n} row", "{n} rows", len(value))
    return listed(map(str, value)) if isinstance(value, list) else str(value)


def _day(value: Any) -> str:
    try:
        return formats.full_day(date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)


def payment(value: Any) -> str:
    """Return a payment in one line."""
    said = value if isinstance(value, dict) else {}
    method = next((word for key, word in PAID.items() if key == said.get("method")), "")
    amount = formats.money(as_number(said.get("amount")) or Decimal())
    return " · ".join(part for part in (amount, tr(method) if method else "", said.get("reference")) if part)


def inner_label(asked: Field) -> str:
    """Return what a question of a group's rows is called."""
    return tr(INNER[asked.key]) if asked.label == asked.key and asked.key in INNER else asked.label


def against_plan(asked: Field, value: Any) -> tuple[str, str]:
    """Return how an answer stands to its plan, and the tone of that."""
    planned, actual = as_number(asked.planned), as_number(value) if value is not None else None
    if planned is None or actual is None:
        return tr("plan {value}", value=asked.planned), "text3"
    off = actual - planned
    if not off:
        return tr("as planned"), "ok"
    sign = "+" if off > 0 else "−"
    said = tr("plan {value}, {off}", value=asked.planned, off=f"{sign}{formats.decimal(abs(off))}")
    return said, "ok" if off > 0 else "warn"


def stock(counts: Mapping[str, Any]) -> str:
    """Return a stock count in one line."""
    empty = sum(1 for count in counts.values() if str(count) == "0")
    counted = ntr("{n} article", "{n} articles", len(counts))
    return f"{counted} · {ntr('{n} out of stock', '{n} out of stock', empty)}" if empty else counted
