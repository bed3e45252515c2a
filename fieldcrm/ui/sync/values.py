"""What the fields of a record are called, and how their values read: never a raw name or id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm import clock
from fieldcrm.rules import opening
from fieldcrm.ui import formats
from fieldcrm.ui.channels import CHANNEL
from fieldcrm.ui.i18n import mark, ntr, tr

PLACE = ("latitude_e7", "longitude_e7", "datum")


@dataclass(frozen=True, slots=True)
class Naming:
    """What a value needs beside itself: names of ids, and the moment now."""

    names: Mapping[str, str]
    now: datetime

    @property
    def today(self) -> date:
        """The business day."""
        return clock.business_day(self.now)


_CHOICES: dict[str, Mapping[str, str]] = {
    "channel": CHANNEL,
    "account.status": {
        "active": mark("Active"), "inactive": mark("Not active"), "closed": mark("Closed down"),
        "blocked": mark("Blocked"),
    },
    "visit_plan.status": {"planned": mark("Planned"), "skipped": mark("Skipped"), "moved": mark("Moved")},
    "origin": {
        "cadence": mark("By its rhythm"), "rep": mark("By the rep"), "manager": mark("By the manager"),
    },
    "source": {
        "device": mark("This laptop"), "typed": mark("Typed in"), "map": mark("Picked on the map"),
        "none": mark("No position"),
    },
    "decision": {"seen": mark("Seen"), "approved": mark("Approved"), "returned": mark("Returned"),
                 "comment": mark("Comment")},
}  # fmt: skip

# Every field a person can meet here, by name; "entity.field" wins over "field".
LABELS: dict[str, str] = {
    "account.code": mark("Customer number"), "name": mark("Name"), "channel": mark("Kind of store"),
    "grade": mark("Grade"), "territory_id": mark("Area"), "owner_id": mark("Looked after by"),
    "parent_id": mark("Belongs to"), "price_group": mark("Price group"), "phone": mark("Phone"),
    "province": mark("Province"), "city": mark("City"), "district": mark("District"),
    "address": mark("Address"), "postcode": mark("Postcode"), "position": mark("Position"),
    "latitude_e7": mark("Latitude"), "longitude_e7": mark("Longitude"), "datum": mark("Map system"),
    "opening": mark("Opening hours"), "service_minutes": mark("Usual length of a visit"),
    "cadence_days": mark("Visit rhythm"), "tags": mark("Tags"), "tax_id": mark("Credit code"),
    "credit_limit": mark("Credit limit"), "account.status": mark("State"), "note": mark("Note"),
    "archived_at": mark("Put away"), "account_id": mark("Store"), "contact.title": mark("Position held"),
    "role": mark("Function"), "influence": mark("Influence"), "email": mark("E-mail"),
    "is_primary": mark("Main contact"), "rep_id": mark("Rep"), "on": mark("Day"), "start_time": mark("Time"),
    "sequence": mark("Place in the day"), "minutes": mark("Planned length"), "purpose": mark("Purpose"),
    "visit_plan.status": mark("State"), "origin": mark("Planned by"), "reason": mark("Reason"),
    "moved_to": mark("Moved to"), "locked": mark("Fixed in the plan"), "assignee_id": mark("For whom"),
    "title": mark("What is to be done"), "due_on": mark("Due"), "done_at": mark("Done at"),
    "started_at": mark("Arrived"), "at": mark("Moment"), "summary": mark("Summary"),
    "next_visit_on": mark("Next visit"), "far_reason": mark("Why far from the store"),
    "distance_m": mark("Distance to the store"), "source": mark("Position from"),
    "answered_at": mark("Answered"), "taken_at": mark("Taken"), "caption": mark("Caption"),
    "text": mark("Text"), "decision": mark("Decision"), "ordered_on": mark("Order day"),
    "wanted_on": mark("Delivery day"), "lines": mark("Items"), "total_amount": mark("Total"),
    "provisional_number": mark("Number"), "cadence_least_days": mark("Days between visits, at least"),
    "cadence_most_days": mark("Days between visits, at most"), "cadence_reason": mark("Why this rhythm"),
    "every_days": mark("Days between visits"), "least_days": mark("Days between visits, at least"),
    "most_days": mark("Days between visits, at most"), "seasons": mark("Seasons"),
    "is_open": mark("Worked"), "aim": mark("What we want"), "obstacles": mark("What stands in the way"),
    "measures": mark("What we do about it"), "target_sales": mark("Sales wanted each month"),
    "until": mark("Until"),
}  # fmt: skip

_MONEY = ("credit_limit", "receivable", "price_group", "total_amount", "goods_amount", "discount_amount")
_REACH = ("phone", "email", "name", "title", "role", "is_primary", "tax_id")


def label(entity: str, field: str) -> str:
    """Return what a field is called."""
    found = LABELS.get(f"{entity}.{field}") or LABELS.get(field)
    return tr(found) if found else tr("A field of a newer version")


def is_known(entity: str, field: str) -> bool:
    """Whether a field has words; ids and bookkeeping have none."""
    return f"{entity}.{field}" in LABELS or field in LABELS


def is_delicate(entity: str, field: str) -> bool:
    """Whether a person must choose: money, credit, and how somebody is reached."""
    return (
        field in _MONEY or field == "phone" or (entity == "contact" and field in _REACH) or field == "tax_id"
    )


def said(entity: str, fields: Sequence[str], values: Sequence[Any], naming: Naming) -> str:
    """Return the value of a field, or of the three that make a position."""
    if len(fields) > 1:
        return _position(dict(zip(fields, values, strict=True)))
    return one(entity, fields[0], values[0], naming)


def one(entity: str, field: str, value: Any, naming: Naming) -> str:
    """Return one value as people read it; nothing is a dash."""
    if value is None or value in ("", []):
        return formats.NONE
    words = _CHOICES.get(f"{entity}.{field}") or _CHOICES.get(field)
    if words is not None:
        found = words.get(str(value))
        return tr(found) if found else tr("Something new")
    write = _WRITERS.get(field)
    if write is not None:
        return write(value, naming)
    if isinstance(value, bool):
        return tr("Yes") if value else tr("No")
    if isinstance(value, list | dict):
        return _list(value, naming)
    if field.endswith("_id"):
        return naming.names.get(str(value)) or tr("Something that is not on this laptop")
    return str(value)


def _position(parts: Mapping[str, Any]) -> str:
    latitude, longitude = parts.get("latitude_e7"), parts.get("longitude_e7")
    if latitude is None and longitude is None:
        return formats.NONE
    return f"{_degrees(latitude)}, {_degrees(longitude)}"


def _degrees(value: Any) -> str:
    return f"{int(value) / 10_000_000:.5f}°" if isinstance(value, int) else formats.NONE


def _list(value: list[Any] | dict[str, Any], _naming: Naming) -> str:
    if isinstance(value, dict) or any(isinstance(each, dict) for each in value):
        return ntr("{n} entry", "{n} entries", len(value))
    return tr(", ").join(str(each) for each in value)


def _phone(value: Any, _naming: Naming) -> str:
    return formats.phone(str(value))


def _hours(value: Any, _naming: Naming) -> str:
    windows = opening.windows_of(value if isinstance(value, list) else [])
    if not windows:
        return formats.NONE
    return tr("; ").join(f"{_days(window.days)} {window.open}–{window.close}".strip() for window in windows)


def _days(days: Sequence[int]) -> str:
    """Return weekdays, runs of them as a range; every day says nothing."""
    if tuple(days) == opening.WEEK:
        return ""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return tr(", ").join("–".join(map(_day_name, dict.fromkeys((run[0], run[-1])))) for run in runs)


def _day_name(day: int) -> str:
    return formats.short_weekday(date(2024, 1, day))  # 1 January 2024 was a Monday


def _money(value: Any, _naming: Naming) -> str:
    try:
        return formats.money(Decimal(str(value)))
    except InvalidOperation:
        return formats.NONE


def _day(value: Any, naming: Naming) -> str:
    try:
        return formats.day(date.fromisoformat(str(value)), naming.today)
    except ValueError:
        return formats.NONE


def _moment(value: Any, naming: Naming) -> str:
    return formats.moment(clock.from_ms(value), naming.now) if isinstance(value, int) else formats.NONE


def _minutes(value: Any, _naming: Naming) -> str:
    return formats.duration(int(value) * 60)


def _rhythm(value: Any, _naming: Naming) -> str:
    return ntr("every {n} day", "every {n} days", int(value))


def _items(value: Any, _naming: Naming) -> str:
    lines = [line for line in value if isinstance(line, dict)] if isinstance(value, list) else []
    total = sum((Decimal(str(line.get("net_amount") or 0)) for line in lines), Decimal())
    return ntr("{n} item, {total}", "{n} items, {total}", len(lines), total=formats.money(total))


def _metres(value: Any, _naming: Naming) -> str:
    return formats.distance(float(value))


def _angle(value: Any, _naming: Naming) -> str:
    return _degrees(value)


def _system(value: Any, _naming: Naming) -> str:
    return {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}.get(str(value), tr("Something new"))


def _note(value: Any, _naming: Naming) -> str:
    return " / ".join(part.strip() for part in str(value).splitlines() if part.strip())


_WRITERS: dict[str, Callable[[Any, Naming], str]] = {
    "phone": _phone, "opening": _hours, "credit_limit": _money, "receivable": _money,
    "total_amount": _money, "goods_amount": _money, "discount_amount": _money,
    "on": _day, "moved_to": _day, "due_on": _day, "next_visit_on": _day, "ordered_on": _day,
    "wanted_on": _day, "done_at": _moment, "started_at": _moment, "at": _moment, "answered_at": _moment,
    "taken_at": _moment, "archived_at": _moment, "service_minutes": _minutes, "minutes": _minutes,
    "cadence_days": _rhythm, "lines": _items, "distance_m": _metres, "latitude_e7": _angle,
    "longitude_e7": _angle, "datum": _system, "note": _note, "summary": _note, "text": _note,
}  # fmt: skip


def facts(entity: str, changes: Mapping[str, Any], naming: Naming) -> list[tuple[str, str]]:
    """Return the named, filled fields of a refused change, for people and for copying."""
    shown = dict(changes)
    lines = []
    if {"latitude_e7", "longitude_e7"} & shown.keys():
        place = {name: shown.pop(name, None) for name in ("latitude_e7", "longitude_e7", "datum")}
        if place["latitude_e7"] is not None:
            lines.append((label(entity, "position"), _position(place)))
    for field, value in shown.items():
        if is_known(entity, field) and value not in (None, "", [], {}, False):
            words = one(entity, field, value, naming)
            if words != formats.NONE:
                lines.append((label(entity, field), words))
    return lines
