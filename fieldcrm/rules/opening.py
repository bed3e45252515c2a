"""Opening windows: when a store may be visited.

A window is {"days": [1..7], "open": "08:30", "close": "21:00"} with ISO weekdays; a day
without a window is closed, an empty list means nobody knows. No window passes midnight:
a store open until 02:00 has one window until 24:00 and one from 00:00 the next day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fieldcrm.errors import Invalid

WEEK = (1, 2, 3, 4, 5, 6, 7)
_DAY_NAMES = {
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7,
    "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_ENGLISH = ("", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EVERY_DAY = ("每天", "每日", "天天", "全周", "daily", "every day", "everyday", "all week")
_TIMES = re.compile(
    r"([0-9]{1,2})[:.时点]([0-9]{2})?分?\s*(?:-|~|to|至|到)\s*(次日)?([0-9]{1,2})[:.时点]([0-9]{2})?分?"
)
_DAY = r"(?:周|星期|礼拜)?[一二三四五六日天]|mon|tue|wed|thu|fri|sat|sun"
_DAYS = re.compile(rf"({_DAY})[a-z]*(?:\s*(-|~|to|至|到)\s*({_DAY})[a-z]*)?")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours on some days; ``days`` are ISO weekdays in order."""

    days: tuple[int, ...]
    open: str
    close: str

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"days": list(self.days), "open": self.open, "close": self.close}


def windows_of(stored: Sequence[Any]) -> tuple[Window, ...]:
    """Read the stored form; what a newer version wrote differently is left out."""
    return tuple(
        Window(tuple(entry["days"]), entry["open"], entry["close"])
        for entry in stored
        if isinstance(entry, dict) and {"days", "open", "close"} <= entry.keys()
    )


def check(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Return the stored form, or raise ``Invalid`` for the field ``opening``.

    Codes: ``no_days``, ``bad_time``, ``closes_before_it_opens``, ``windows_overlap``.
    """
    for window in windows:
        _check_one(window)
    for day in WEEK:
        hours = sorted((w.open, w.close) for w in windows if day in w.days)
        for (_, close), (opens, _) in pairwise(hours):
            if opens < close:
                raise Invalid("windows_overlap", field="opening", day=day)
    return [window.as_json() for window in windows]


def read(text: str) -> tuple[Window, ...]:
    """Read hours as written in lists: ``周一至周五 8:30-21:00; 周末 9:00-20:00`` or ``24 hours``.

    Raises ``Invalid`` with ``not_opening_hours`` when no hours are found.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[–—]", "-", plain).replace("周末", "周六日").replace("工作日", "周一至周五")
    plain = plain.replace("weekdays", "mon-fri").replace("weekends", "sat-sun")
    if re.search(r"24\s*(?:小时|h\b|hours)|全天", plain):
        return (Window(WEEK, "00:00", "24:00"),)
    windows = tuple(_read_parts(re.split(r"[;；\n]|,(?=\s*(?:周|星期|[a-z]))", plain)))
    if not windows:
        raise Invalid("not_opening_hours", field="opening", value=text)
    check(windows)
    return windows


def _read_parts(parts: Sequence[str]) -> Iterator[Window]:
    for part in parts:
        for found in _TIMES.finditer(part):
            days = _read_days(part[: found.start()])
            start, end = _clock(found[1], found[2]), _clock(found[4], found[5])
            if found[3] or end <= start:
                yield Window(days, start, "24:00")
                if end > "00:00":
                    yield Window(tuple(sorted(day % 7 + 1 for day in days)), "00:00", end)
            else:
                yield Window(days, start, end)


def _read_days(text: str) -> tuple[int, ...]:
    if any(word in text for word in _EVERY_DAY):
        return WEEK
    days: set[int] = set()
    for first, upto, last in _DAYS.findall(text):
        start = _DAY_NAMES[first.lstrip("周星期礼拜") or first]
        end = _DAY_NAMES[last.lstrip("周星期礼拜")] if upto else start
        days.update(range(start, end + 1) if start <= end else (*range(start, 8), *range(1, end + 1)))
    return tuple(sorted(days)) or WEEK


def _clock(hour: str, minute: str | None) -> str:
    return f"{int(hour):02d}:{int(minute or 0):02d}"


def _check_one(window: Window) -> None:
    if not window.days or any(day not in WEEK for day in window.days):
        raise Invalid("no_days", field="opening")
    for moment in (window.open, window.close):
        if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", moment):
            raise Invalid("bad_time", field="opening", value=moment)
    if window.close <= window.open:
        raise Invalid("closes_before_it_opens", field="opening", value=window.close)


def written(windows: Sequence[Window]) -> str:
    """Return hours as lists write them and ``read`` understands: ``Mon-Fri 08:30-21:00; Sat 09:00-20:00``."""
    return "; ".join(f"{_days_written(window.days)} {window.open}-{window.close}" for window in windows)


def _days_written(days: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    spans = (_ENGLISH[run[0]] + (f"-{_ENGLISH[run[-1]]}" if len(run) > 1 else "") for run in runs)
    return " ".join(spans)
