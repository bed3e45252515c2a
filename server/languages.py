"""Which of our two languages a browser asks for."""

from __future__ import annotations

CHINESE, ENGLISH = "zh", "en"


def asked(accepted: str) -> str | None:
    """Return the one that comes first in an ``Accept-Language``; None if it names neither."""
    for each in accepted.lower().split(","):
        for language in (CHINESE, ENGLISH):
            if each.strip().startswith(language):
                return language
    return None
