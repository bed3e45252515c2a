"""Which of our two languages a browser asks for."""

from __future__ import annotations

from datetime import date

CHINESE, ENGLISH = "zh", "en"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(on: date, language: str) -> str:
    """Return a day as a customer reads it: 2026年12月22日, 22 Dec 2026."""
    if language.startswith(CHINESE):
        return f"{on.year}年{on.month}月{on.day}日"
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def asked(accepted: str) -> str | None:
    """Return the one that comes first in an ``Accept-Language``; None if it names neither."""
    for each in accepted.lower().split(","):
        for language in (CHINESE, ENGLISH):
            if each.strip().startswith(language):
                return language
    return None
