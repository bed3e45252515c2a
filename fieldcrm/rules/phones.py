"""Phone numbers as people type them, brought into one spelling per kind.

A mainland mobile is eleven bare digits, a landline ``010-51626616`` with its extension
after a second hyphen, a service number ``400-820-8820``; anything abroad is written
internationally. What cannot be read stays as it was typed, with the reason beside it.
The big number tables (``phonenumbers``) are loaded only when a number is not Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAINLAND = "CN"

_EXTENSION = re.compile(r"\s*(?:转|分机|ext\.?|extension|x|#|,)\s*[:：]?\s*([0-9]{1,6})\s*$", re.IGNORECASE)
_HYPHEN_EXTENSION = re.compile(r"^(.*[0-9].*)-([0-9]{1,6})$")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(10|2[0-9]|[3-9][0-9][0-9])([0-9]{7,8})")
_SERVICE = re.compile(r"([48]00)([0-9]{3})([0-9]{4})")
_SHORT = re.compile(r"(?:1[0-9]{2,4}|9[0-9]{4,5})")
_PREFIX = re.compile(r"^(?:\+|00)86|^86(?=1[3-9][0-9]{9}$)")
_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\ufeff]")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it will be kept; ``problem`` is empty when the number is good.

    Problems: ``no_area_code``, ``wrong_length``, ``not_a_phone``.
    """

    text: str
    problem: str = ""


def read(raw: str, region: str = MAINLAND) -> Phone:
    """Bring ``raw`` into the one spelling; ``region`` is the ISO country it was written in."""
    tidy = _tidy(raw)
    if not tidy:
        return Phone("")
    if len(tidy) > 40 or sum(char.isdigit() for char in tidy) < 3:
        return Phone(tidy, "not_a_phone")
    if region == MAINLAND:
        return _mainland(tidy) or _abroad(tidy, region) or Phone(tidy, _why(tidy))
    return _abroad(tidy, region) or _mainland(tidy, bare=False) or Phone(tidy, "wrong_length")


def digits(text: str) -> str:
    """Return only the digits, as a search for a number compares them."""
    return "".join(char for char in text if char.isascii() and char.isdigit())


def _tidy(raw: str) -> str:
    return " ".join(_HIDDEN.sub("", unicodedata.normalize("NFKC", raw)).split())


def _mainland(text: str, *, bare: bool = True) -> Phone | None:
    """Read a Chinese number; ``bare`` allows one whose first zero was lost."""
    if found := _EXTENSION.search(text):
        return _extended(text[: found.start()], found[1], bare=bare)
    if whole := _written(text, bare=bare):
        return Phone(whole)
    if found := _HYPHEN_EXTENSION.match(text):
        return _extended(found[1], found[2], bare=bare)
    return None


def _extended(text: str, extension: str, *, bare: bool) -> Phone | None:
    whole = _written(text, bare=bare)
    return Phone(f"{whole}-{extension}") if whole and not _SHORT.fullmatch(whole) else None


def _written(text: str, *, bare: bool) -> str | None:
    if not re.fullmatch(r"[+0-9\s().\-/—–]+", text):
        return None
    plain = ("+" if text.startswith("+") else "") + digits(text)
    number = _PREFIX.sub("", plain)
    if number.startswith("+"):
        return None
    if _MOBILE.fullmatch(number):
        return number
    if found := _SERVICE.fullmatch(number):
        return "-".join(found.groups())
    if whole := _landline(number):
        return whole
    if bare and not number.startswith("0") and len(number) >= 10 and (whole := _landline("0" + number)):
        return whole
    return number if bare and number == plain and _SHORT.fullmatch(number) else None


def _landline(number: str) -> str | None:
    found = _LANDLINE.fullmatch(number)
    if found is None or found[2][0] in "01":
        return None
    short_area = len(found[1]) == 2
    return f"0{found[1]}-{found[2]}" if len(found[2]) == 8 or not short_area else None


def _abroad(text: str, region: str) -> Phone | None:
    import phonenumbers

    if region == MAINLAND and not text.startswith(("+", "00")):
        return None
    spoken = "+" + text[2:] if text.startswith("00") else text
    try:
        number = phonenumbers.parse(spoken, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.country_code == 86:
        return None
    return Phone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _why(text: str) -> str:
    count = len(digits(text))
    if not re.fullmatch(r"[+0-9\s().\-/—–]+", text):
        return "not_a_phone"
    return "no_area_code" if count in (7, 8) else "wrong_length"
