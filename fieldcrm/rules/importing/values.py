"""Single cells: degrees, datum, grade, channel and numbers as foreign lists write them.

A reader returns the value or raises ``Invalid`` naming the field; an empty cell never
comes here.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from fieldcrm.errors import Invalid

_CHANNELS: dict[str, tuple[str, ...]] = {
    "supermarket": ("超市", "大卖场", "卖场", "商超", "supermarket", "hypermarket", "market"),
    "convenience": ("便利店", "便利", "cvs", "convenience", "加油站", "gas station", "petrol"),
    "grocery": ("食杂店", "食杂", "杂货", "副食", "小卖部", "烟酒", "夫妻店", "传统", "grocery", "kiosk"),
    "mall": ("商场", "购物中心", "百货", "mall", "department"),
    "campus": ("校园", "学校", "campus", "school", "university"),
    "snack": ("零食", "snack"),
    "wholesale": ("批发", "经销", "wholesale", "distributor"),
    "catering": (
        "餐饮", "餐厅", "饭店", "酒店", "咖啡", "茶饮", "catering", "restaurant", "cafe", "coffee", "horeca",
        "hotel",
    ),
    "other": ("其他", "其它", "other"),
}  # fmt: skip
_GRADES = {
    "A": ("a", "a级", "a类", "一级", "重点", "核心", "key", "gold", "金牌"),
    "B": ("b", "b级", "b类", "二级", "重要", "普通", "silver", "银牌"),
    "C": ("c", "c级", "c类", "三级", "一般", "其他", "其它", "bronze", "铜牌"),
}  # fmt: skip
_DATUMS = {
    "wgs84": ("wgs84", "wgs 84", "wgs-84", "gps", "4326", "epsg:4326", "地球坐标", "大地坐标"),
    "gcj02": ("gcj02", "gcj-02", "gcj 02", "火星", "火星坐标", "高德", "腾讯", "amap", "gaode", "tencent"),
    "bd09": ("bd09", "bd-09", "bd 09", "bd09ll", "百度", "baidu"),
}  # fmt: skip
_HEMISPHERE = re.compile(r"^(北纬|南纬|东经|西经|[NSEW])|(北纬|南纬|东经|西经|[NSEW])$", re.IGNORECASE)
_DMS = re.compile(
    r"([0-9]+(?:\.[0-9]+)?)\s*[°度d]\s*(?:([0-9]+(?:\.[0-9]+)?)\s*['′分m]\s*)?(?:([0-9]+(?:\.[0-9]+)?)\s*(?:[\"″秒s]|''))?"
)
_LIMITS = {"latitude": 90, "longitude": 180}


def degrees(text: str, field: str) -> Decimal:
    """Read ``30.27``, ``30°16'12"N``, ``北纬30.27`` or ``30,27`` as decimal degrees.

    Codes: ``not_degrees``, ``off_the_globe``.
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("”", '"').strip()
    sides = {(found[1] or found[2]).upper() for found in _HEMISPHERE.finditer(plain)}
    bare = _HEMISPHERE.sub("", plain).strip(" :：")
    value = _number_of_degrees(bare)
    if value is None:
        raise Invalid("not_degrees", field=field, value=text)
    if sides & {"S", "W", "南纬", "西经"}:
        value = -abs(value)
    if abs(value) > _LIMITS[field]:
        raise Invalid("off_the_globe", field=field, value=text)
    return value


def pair(text: str) -> tuple[Decimal, Decimal]:
    """Read one cell with both degrees; the order is told by the letters, else by what China allows."""
    parts = [part for part in re.split(r"[,，;；\s]+", text.strip("()（）[]【】 ")) if part]
    if len(parts) != 2:
        raise Invalid("not_degrees", field="position", value=text)
    first, second = (degrees(part, "longitude") for part in parts)
    swapped = bool(re.search(r"[EW东西]", parts[0], re.IGNORECASE)) or abs(first) > 90
    latitude, longitude = (second, first) if swapped or _like_lng_lat(first, second) else (first, second)
    if abs(latitude) > 90:
        raise Invalid("off_the_globe", field="position", value=text)
    return latitude, longitude


def decimals(value: Decimal) -> int:
    """Return how many decimals were written."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def channel(text: str) -> str:
    """Return the channel a word stands for, or raise ``unknown_channel``."""
    plain = _word(text)
    for value, words in _CHANNELS.items():
        if plain == value or plain in words:
            return value
    for value, words in _CHANNELS.items():
        if any(word in plain for word in words if len(word) > 1):
            return value
    raise Invalid("unknown_channel", field="channel", value=text)


def grade(text: str) -> str:
    """Return A, B or C, or raise ``unknown_grade``."""
    return _choice(text, "grade", _GRADES)


def datum(text: str) -> str:
    """Return wgs84, gcj02 or bd09, or raise ``unknown_datum``."""
    return _choice(text, "datum", _DATUMS)


def whole(text: str, field: str) -> int:
    """Read a whole number with or without its unit, or raise ``not_a_number``."""
    found = re.fullmatch(r"([0-9]{1,6})(?:\.0+)?\s*\D{0,6}", unicodedata.normalize("NFKC", text).strip())
    if found is None:
        raise Invalid("not_a_number", field=field, value=text)
    return int(found[1])


def code(text: str) -> str:
    """Return a code as text; ``123.0`` is a number that a spreadsheet made of ``123``.

    ``1.2E+10`` has lost its digits: ``code_lost_digits``.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?[eE]\+[0-9]+", plain):
        raise Invalid("code_lost_digits", field="code", value=text)
    return re.sub(r"^([0-9]+)\.0+$", r"\1", plain)


def _number_of_degrees(text: str) -> Decimal | None:
    if found := _DMS.fullmatch(text):
        hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
        if minutes >= 60 or seconds >= 60:
            return None
        return (hours + minutes / 60 + seconds / 3600).quantize(Decimal("1e-7"))
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(?:[.,][0-9]{1,20})?", text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def _like_lng_lat(first: Decimal, second: Decimal) -> bool:
    return 73 <= first <= 136 and 3 <= second <= 54


def _word(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _choice(text: str, field: str, words: dict[str, tuple[str, ...]]) -> str:
    plain = _word(text)
    for value, known in words.items():
        if plain in known or plain == value.casefold():
            return value
    raise Invalid(f"unknown_{field}", field=field, value=text)
