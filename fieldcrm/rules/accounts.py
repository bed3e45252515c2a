"""What an account's and a contact's fields must look like, and the one way each is written.

Every function returns the value to keep or raises ``Invalid`` naming the field. Names keep
their own capitals and punctuation; only invisible characters, control characters and
double spaces go. The same functions serve the form, the import and the server.
"""

from __future__ import annotations

import re
import unicodedata

from fieldcrm.errors import Invalid
from fieldcrm.rules import phones

MAX_NAME = 120
MAX_ADDRESS = 300
MAX_CODE = 40
MAX_NOTE = 4000

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ufffe\uffff]")
_CP1252 = str.maketrans({
    code: bytes([code]).decode("cp1252", errors="ignore") for code in range(0x80, 0xA0)
})  # fmt: skip
_MARKS = re.compile(r"[^\w]+|_+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACEHOLDERS = {
    "-",
    "--",
    "—",
    "/",
    "\\",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "无",
    "暂无",
    "未知",
    "#n/a",
    ".",
}


def tidy(text: str) -> str:
    """Return one line without invisible characters or doubled spaces.

    C1 control characters are what is left of Windows-1252 punctuation and become it again.
    """
    repaired = _INVISIBLE.sub("", text.translate(_CP1252))
    return " ".join(repaired.split())


def tidy_note(text: str) -> str:
    """Return the text with its line breaks and without invisible characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(" ".join(_INVISIBLE.sub("", line).split(" ")).rstrip() for line in lines).strip()


def is_placeholder(text: str) -> bool:
    """Return whether the text only says that there is nothing, as ``-``, ``N/A`` or ``无`` do."""
    return text.casefold() in _PLACEHOLDERS


def name(raw: str) -> str:
    """Return an account's or person's name."""
    kept = tidy(raw)
    if not kept or is_placeholder(kept):
        raise Invalid("required", field="name")
    return _limited(kept, "name", MAX_NAME)


def code(raw: str) -> str:
    """Return an account's code; full-width letters become plain ones."""
    return _limited(unicodedata.normalize("NFKC", tidy(raw)).replace(" ", ""), "code", MAX_CODE)


def address(raw: str) -> str:
    """Return a street address; commas stay, empty parts between them go."""
    parts = [part.strip() for part in re.split(r"[,，]\s*", tidy(raw).rstrip("、，, "))]
    return _limited(", ".join(part for part in parts if part), "address", MAX_ADDRESS)


def note(raw: str) -> str:
    """Return a note with its line breaks."""
    return _limited(tidy_note(raw), "note", MAX_NOTE)


def phone(raw: str, region: str = phones.MAINLAND) -> str:
    """Return the number in its one spelling; codes are those of ``phones.Phone.problem``."""
    number = phones.read(raw, region)
    if number.problem:
        raise Invalid(number.problem, field="phone", value=number.text)
    return number.text


def email(raw: str) -> str:
    """Return an e-mail address; the part after the @ in small letters."""
    kept = tidy(unicodedata.normalize("NFKC", raw)).replace(" ", "")
    if not kept:
        return ""
    if not _EMAIL.fullmatch(kept) or len(kept) > 254:
        raise Invalid("not_an_email", field="email", value=kept)
    local, _, domain = kept.rpartition("@")
    return f"{local}@{domain.lower()}"


def tax_id(raw: str) -> str:
    """Return a unified social credit code (GB 32100), its check character verified.

    The older numbers of 15 or 20 characters have none and are taken as they are.
    """
    kept = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", raw)).upper()
    if not kept or re.fullmatch(r"[0-9A-Z]{15}|[0-9A-Z]{20}", kept):
        return kept
    if len(kept) != 18 or any(char not in _CREDIT_CODE for char in kept):
        raise Invalid("not_a_tax_id", field="tax_id", value=kept)
    if kept[-1] != credit_check(kept[:17]):
        raise Invalid("tax_id_check", field="tax_id", value=kept)
    return kept


def credit_check(body: str) -> str:
    """Return the check character of the first 17 characters of a social credit code."""
    total = sum(_CREDIT_CODE.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return _CREDIT_CODE[-total % 31]


def postcode(raw: str, province_code: str = "", region: str = phones.MAINLAND) -> str:
    """Return a postcode; a Chinese one lost its first zero where a spreadsheet took it for a number.

    Only Hebei, Shanxi and Inner Mongolia have postcodes that begin with a zero.
    """
    kept = unicodedata.normalize("NFKC", tidy(raw)).upper()
    if is_placeholder(kept) or set(kept) <= {"0"}:
        return ""
    if region != phones.MAINLAND or re.fullmatch(r"[0-9]{6}", kept):
        return _limited(kept, "postcode", 16)
    if re.fullmatch(r"[0-9]{5}", kept) and province_code in ("13", "14", "15"):
        return "0" + kept
    raise Invalid("not_a_postcode", field="postcode", value=kept)


def tags(raw: str) -> list[str]:
    """Return tags split at commas, semicolons or spaces around them, each once."""
    found = (tidy(part) for part in re.split(r"[,，;；、|]", raw))
    return list(dict.fromkeys(tag for tag in found if tag))[:20]


def service_minutes(value: int) -> int:
    """Return how long a visit takes; five minutes to eight hours."""
    return _between(value, 5, 480, "service_minutes")


def cadence_days(value: int | None) -> int | None:
    """Return the days between two visits, or None for the grade's own."""
    return None if value is None else _between(value, 1, 365, "cadence_days")


def likeness(name: str, address: str) -> str:
    """Return what two spellings of the same store share: letters and digits of name and address."""
    plain = unicodedata.normalize("NFKC", f"{name}\n{address}").casefold()
    first, _, second = plain.partition("\n")
    return f"{_MARKS.sub('', first)}\n{_MARKS.sub('', second)}"


def _limited(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise Invalid("too_long", field=field, limit=limit, length=len(text))
    return text


def _between(value: int, least: int, most: int, field: str) -> int:
    if not least <= value <= most:
        raise Invalid("out_of_range", field=field, least=least, most=most, value=value)
    return value
