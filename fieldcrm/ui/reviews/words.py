"""What flags, states and answers of a visit report are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.rules.store_changes import Change, Kind
from fieldcrm.services.reviews import Flag, Report, ReviewState
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, mark, ntr, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.visit import words as visit_words

FLAGS: dict[Flag, tuple[str, Status]] = {
    Flag.FAILED_CHECK: (mark("Check failed"), Status.FAILED),
    Flag.FAR: (mark("Far away"), Status.WARNING),
    Flag.NO_POSITION: (mark("No position"), Status.WARNING),
    Flag.SHORT: (mark("Short visit"), Status.WARNING),
    Flag.GAPS: (mark("Steps left"), Status.WARNING),
    Flag.CLOCK: (mark("Clock was wrong"), Status.WARNING),
    Flag.TRAVEL: (mark("Too fast a trip"), Status.WARNING),
    Flag.BURST: (mark("Many visits at once"), Status.WARNING),
    Flag.BACKWARDS: (mark("Left before arriving"), Status.WARNING),
    Flag.SAME_SPOT: (mark("Copied position"), Status.WARNING),
    Flag.REUSED_PHOTO: (mark("Photo used before"), Status.WARNING),
    Flag.LATE_CHECK_OUT: (mark("Check-out stated later"), Status.INFO),
    Flag.CLOSED_BY_RULE: (mark("Closed by rule"), Status.WARNING),
    Flag.AMENDED: (mark("Amended"), Status.INFO),
    Flag.STORE_CODE: (mark("Store code in doubt"), Status.WARNING),
    Flag.EDITED: (mark("Changed afterwards"), Status.FAILED),
    Flag.PHOTO_TIME: (mark("Photo of another time"), Status.WARNING),
    Flag.PHOTO_PLACE: (mark("Photo of another place"), Status.WARNING),
    Flag.PHOTO_EDITED: (mark("Photo was edited"), Status.WARNING),
    Flag.SAME_ANSWERS: (mark("Same answers again"), Status.WARNING),
}
STATES: dict[ReviewState, tuple[str, Status]] = {
    ReviewState.WAITING: (mark("Waiting"), Status.OPEN),
    ReviewState.RETURNED: (mark("Returned"), Status.RETURNED),
    ReviewState.RESUBMITTED: (mark("Resubmitted"), Status.INFO),
    ReviewState.APPROVED: (mark("Approved"), Status.DONE),
}
CHANGES: dict[Kind, str] = {
    Kind.LOST_SKU: mark("Off the shelf"),
    Kind.OUT_OF_STOCK: mark("Out of stock"),
    Kind.CHECK_FAILED: mark("Check failed"),
    Kind.UNPAID: mark("Unpaid"),
    Kind.PRICE: mark("Price changed"),
    Kind.COMPETITOR: mark("Competitor"),
    Kind.NO_ORDER: mark("No order"),
    Kind.FACINGS: mark("Facings changed"),
    Kind.NEW_SKU: mark("New on the shelf"),
    Kind.CHECK_MENDED: mark("Mended"),
    Kind.ANSWER: mark("Other answer"),
}
CHECKS = {
    "pass": (mark("Pass"), "ok"),
    "fail": (mark("Fail"), "bad"),
    "na": (mark("Not applicable"), "text3"),
}
SOURCES = {
    "device": mark("from the laptop"),
    "typed": mark("typed in"),
    "map": mark("picked on the map"),
    "none": mark("no position"),
}


def badge(report: Report) -> tuple[str, Status] | None:
    """Return the one badge a line of the inbox carries, or None; a failed check is told in words."""
    if report.state == ReviewState.RESUBMITTED:
        return tr("Resubmitted"), Status.INFO
    told = (Flag.FAILED_CHECK,) if report.serious and report.undecided else ()
    flag = next((flag for flag in report.flags if flag not in told), None)
    if flag is None:
        return None
    words, status = FLAGS[flag]
    return tr(words), status


def second_line(report: Report, today: date, names: Mapping[str, str]) -> tuple[str, str]:
    """Return the second line of the inbox and its tone: who, how late, what changed first."""
    parts = [report.rep]
    late = report.undecided and report.due_on < today
    if late:
        parts.append(ntr("{n} day late", "{n} days late", (today - report.due_on).days))
    if report.serious and report.undecided and badge(report) is None:
        parts.append(headline(report.serious[0], names))
    return " · ".join(parts), "bad" if late else "text2"


def headline(change: Change, names: Mapping[str, str]) -> str:
    """Return one change in a few words."""
    subject = names.get(change.subject, change.subject)
    kind = tr(CHANGES[change.kind])
    return tr("{change}: {subject}", change=kind, subject=subject) if subject else kind


def answer(field: dict[str, Any], value: Any) -> tuple[str, str]:
    """Return one answer in words and its tone."""
    if value in (None, "", [], {}):
        return "—", "text3"
    teller = _TELLERS.get(field.get("type", ""))
    return teller(field, value) if teller else (str(value), "text")


def _check(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    words, tone = CHECKS.get(str(value), (str(value), "text"))
    return tr(words), tone


def _yes_no(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    return (tr("Yes") if value else tr("No")), "text"


def _number(field: dict[str, Any], value: Any) -> tuple[str, str]:
    unit = str(field.get("unit") or "")
    return (formats.quantity(Decimal(str(value)), unit) if unit else str(value)), "text"


def _stock(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    counts = list(value.values()) if isinstance(value, dict) else []
    gone = sum(_is_zero(count) for count in counts)
    items = ntr("{n} item", "{n} items", len(counts))
    if not gone:
        return items, "text"
    return tr("{items}, {gone} out of stock", items=items, gone=gone), "warn"


def _is_zero(count: Any) -> bool:
    try:
        return Decimal(str(count)) == 0
    except InvalidOperation:
        return False


def _photos(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    number = len(value) if isinstance(value, list) else 1
    return ntr("{n} photo", "{n} photos", number), "text"


def _order(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    return (tr("Ordered") if value else tr("No order")), "text"


def _choice(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    return (listed(map(str, value)) if isinstance(value, list) else str(value)), "text"


def _rows(_field: dict[str, Any], value: Any) -> tuple[str, str]:
    rows = [row for row in value.values() if isinstance(row, dict)] if isinstance(value, dict) else []
    said = ntr("{n} row", "{n} rows", len(rows))
    gone = sum(row.get("out") is True for row in rows)
    return (tr("{items}, {gone} out of stock", items=said, gone=gone), "warn") if gone else (said, "text")


_TELLERS: dict[str, Callable[[dict[str, Any], Any], tuple[str, str]]] = {
    "check": _check,
    "yes_no": _yes_no,
    "number": _number,
    "stock": _stock,
    "photo": _photos,
    "signature": _photos,
    "order": _order,
    "payment": lambda _field, value: (visit_words.payment(value), "text"),
    "choice": _choice,
    "group": _rows,
    "shelf": _rows,
    "competitor": _rows,
}
