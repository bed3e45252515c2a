"""One line of a foreign list becomes an account, or says why it cannot.

Three weights: an ``ERROR`` keeps the line out, a ``WARNING`` lets it in with less or with a
doubtful value, a ``NOTE`` tells what was respelled. The text of a cell is always data:
what looks like a formula is kept as text and defused when it is written out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from typing import Any

from fieldcrm.errors import Invalid
from fieldcrm.rules import accounts, opening, phones, places, positions
from fieldcrm.rules.importing import values

ROUGH_DECIMALS = 2
_SHOWN = 80
_DEFUSED = tuple("=+-@")


class Weight(IntEnum):
    """How much a finding matters."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one cell; ``value`` is what was there, ``kept`` what became of it."""

    line: int
    field: str
    weight: Weight
    code: str
    value: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every line that does not say otherwise."""

    grade: str = "C"
    channel: str = "other"
    datum: str = "wgs84"
    country: str = ""


@dataclass(slots=True)
class Candidate:
    """A line that was read: account fields by name, its contact's fields, and the findings.

    ``defaulted`` names the fields that the line itself said nothing usable of.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    defaulted: set[str] = field(default_factory=set)

    @property
    def weight(self) -> Weight | None:
        """Return the gravest finding's weight, or None when there is none."""
        return max((finding.weight for finding in self.findings), default=None)

    @property
    def good(self) -> bool:
        """Return whether the line may go in."""
        return self.weight is not Weight.ERROR

    @property
    def likeness(self) -> str:
        """Return what another spelling of the same store shares."""
        return accounts.likeness(str(self.values.get("name", "")), str(self.values.get("address", "")))

    def find(self, name: str, weight: Weight, code: str, value: str = "", kept: str = "") -> None:
        """Add a finding about this line."""
        self.findings.append(Finding(self.line, name, weight, code, value[:_SHOWN], kept[:_SHOWN]))


def read(line: int, cells: Sequence[str], mapping: Mapping[str, int], defaults: Defaults) -> Candidate:
    """Read one line; every cell that cannot be used is found, none is guessed."""
    found = Candidate(line)
    row = {name: cells[column] if column < len(cells) else "" for name, column in mapping.items()}
    said = {name: _said(found, name, text) for name, text in row.items()}
    _texts(found, said)
    region = _place(found, said, defaults)
    _phone(found, said, region)
    _choices(found, said, defaults)
    _position(found, said, defaults)
    _numbers(found, said)
    _contact(found, said, region)
    return found


def _said(found: Candidate, name: str, text: str) -> str:
    """Return the cell without invisible characters; placeholders such as ``-`` are nothing."""
    if "\ufffd" in text:
        found.find(name, Weight.ERROR, "unreadable_text", text)
    if "\x00" in text:
        found.find(name, Weight.WARNING, "control_characters", text.replace("\x00", "␀"))
    kept = accounts.tidy_note(text.replace("\x00", "")) if name == "note" else accounts.tidy(text)
    if name not in ("name", "note") and accounts.is_placeholder(kept):
        return ""
    if kept[:1] == "'" and kept[1:2] in _DEFUSED:
        kept = kept[1:]
    if kept[:1] in ("=", "@") and name in ("name", "code", "address", "note", "tags", "contact_name"):
        found.find(name, Weight.WARNING, "formula_like", kept)
    return kept


_TEXTS: Mapping[str, Callable[[str], Any]] = {
    "name": accounts.name,
    "address": accounts.address,
    "note": accounts.note,
    "tags": accounts.tags,
    "tax_id": accounts.tax_id,
}


def _texts(found: Candidate, said: Mapping[str, str]) -> None:
    for name, reader in _TEXTS.items():
        if name in said and (said[name] or name == "name"):
            _take(found, name, said[name], reader, Weight.ERROR if name != "tax_id" else Weight.WARNING)
    if "name" not in said:
        found.find("name", Weight.ERROR, "required")
    if said.get("code"):
        _take(found, "code", said["code"], lambda text: accounts.code(values.code(text)), Weight.ERROR)


def _take(found: Candidate, name: str, text: str, reader: Callable[[str], Any], weight: Weight) -> None:
    try:
        found.values[name] = reader(text)
    except Invalid as wrong:
        found.find(name, weight, wrong.code, text)


def _place(found: Candidate, said: Mapping[str, str], defaults: Defaults) -> str:
    region = places.region_of(said.get("country", "") or defaults.country, said.get("province", ""))
    place = places.settle(said.get("city", ""), said.get("province", ""), region)
    for name, value in (("province", place.province), ("city", place.city)):
        if value:
            found.values[name] = value
    if district := said.get("district") or place.district:
        found.values["district"] = district
    if place.problem:
        found.find("city", Weight.WARNING, place.problem, said["city"], place.city)
    elif place.city != said.get("city", "") and said.get("city"):
        found.find("city", Weight.NOTE, "respelled", said["city"], place.city)
    _postcode(found, said.get("postcode", ""), said.get("province", ""), region)
    return region


def _postcode(found: Candidate, text: str, province: str, region: str) -> None:
    if not text:
        return
    try:
        kept = accounts.postcode(text, places.province_code(province), region)
    except Invalid as wrong:
        found.find("postcode", Weight.WARNING, wrong.code, text)
        return
    found.values["postcode"] = kept
    if kept != text:
        found.find("postcode", Weight.NOTE, "respelled" if kept else "placeholder", text, kept)


def _phone(found: Candidate, said: Mapping[str, str], region: str) -> None:
    if not said.get("phone"):
        return
    number = phones.read(said["phone"], region)
    found.values["phone"] = number.text
    if number.problem:
        found.find("phone", Weight.WARNING, number.problem, said["phone"], number.text)
    elif phones.digits(number.text) != phones.digits(said["phone"]):
        found.find("phone", Weight.NOTE, "respelled", said["phone"], number.text)


def _choices(found: Candidate, said: Mapping[str, str], defaults: Defaults) -> None:
    readers = (("channel", values.channel, defaults.channel), ("grade", values.grade, defaults.grade))
    for name, reader, default in readers:
        found.values[name] = default
        found.defaulted.add(name)
        if said.get(name):
            try:
                found.values[name] = reader(said[name])
                found.defaulted.discard(name)
            except Invalid as wrong:
                found.find(name, Weight.WARNING, wrong.code, said[name], default)


def _position(found: Candidate, said: Mapping[str, str], defaults: Defaults) -> None:
    try:
        degrees = _degrees(said)
        datum = values.datum(said["datum"]) if said.get("datum") else defaults.datum
    except Invalid as wrong:
        found.find(wrong.field, Weight.ERROR, wrong.code, str(wrong.data.get("value", "")))
        return
    if degrees is None:
        return
    latitude, longitude = degrees
    if latitude == 0 and longitude == 0:
        found.find("latitude", Weight.WARNING, "position_zero", "0, 0")
        return
    if 73 <= latitude <= 90 and 3 <= longitude <= 54:
        found.find("latitude", Weight.ERROR, "position_swapped", f"{latitude}, {longitude}")
        return
    position = positions.of_degrees(float(latitude), float(longitude), datum)
    found.values |= {
        "latitude_e7": position.latitude_e7, "longitude_e7": position.longitude_e7, "datum": datum,
    }  # fmt: skip
    if max(values.decimals(latitude), values.decimals(longitude)) <= ROUGH_DECIMALS:
        found.find("latitude", Weight.NOTE, "position_rough", f"{latitude}, {longitude}")


def _degrees(said: Mapping[str, str]) -> tuple[Decimal, Decimal] | None:
    north, east = said.get("latitude", ""), said.get("longitude", "")
    if not north and not east:
        return values.pair(said["position"]) if said.get("position") else None
    if not north or not east:
        raise Invalid("half_a_position", field="longitude" if north else "latitude", value=north or east)
    if _far_off(north) and not _far_off(east):
        raise Invalid("position_swapped", field="latitude", value=f"{north}, {east}")
    return values.degrees(north, "latitude"), values.degrees(east, "longitude")


def _far_off(text: str) -> bool:
    """Return whether these degrees can only be a longitude."""
    try:
        return abs(values.degrees(text, "longitude")) > 90
    except Invalid:
        return False


def _numbers(found: Candidate, said: Mapping[str, str]) -> None:
    checks: tuple[tuple[str, Callable[[int], Any]], ...] = (
        ("service_minutes", accounts.service_minutes),
        ("cadence_days", accounts.cadence_days),
    )
    for name, check in checks:
        if said.get(name):
            try:
                found.values[name] = check(values.whole(said[name], name))
            except Invalid as wrong:
                found.find(name, Weight.WARNING, wrong.code, said[name])
    if said.get("opening"):
        _take(found, "opening", said["opening"], lambda t: opening.check(opening.read(t)), Weight.WARNING)


def _contact(found: Candidate, said: Mapping[str, str], region: str) -> None:
    name, phone = said.get("contact_name", ""), said.get("contact_phone", "")
    if phone:
        number = phones.read(phone, region)
        found.contact["phone"] = number.text
        if number.problem:
            found.find("contact_phone", Weight.WARNING, number.problem, phone, number.text)
    if email := said.get("contact_email", ""):
        try:
            found.contact["email"] = accounts.email(email)
        except Invalid as wrong:
            found.find("contact_email", Weight.WARNING, wrong.code, email)
    if title := said.get("contact_title", ""):
        found.contact["title"] = title[: accounts.MAX_NAME]
    if name:
        found.contact["name"] = name[: accounts.MAX_NAME]
    elif found.contact and not found.values.get("phone") and "phone" in found.contact:
        found.values["phone"] = found.contact["phone"]
        found.contact.clear()
    elif found.contact:
        found.find("contact_name", Weight.WARNING, "contact_without_name", phone or email)
        found.contact.clear()
