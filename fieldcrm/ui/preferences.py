"""The user's taste as pages ask for it, kept by ``fieldcrm/settings.py``.

What was chosen in Settings goes into ``settings.json``; what the interface remembers by
itself (window, sort orders, the last page) goes beside it. ``home`` None keeps everything
in memory, for tests and pictures.
"""

from __future__ import annotations

import locale
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fieldcrm import settings
from fieldcrm.ui.i18n import CHINESE, ENGLISH

COMFORTABLE, COMPACT = "comfortable", "compact"


class Preferences:
    """Named values, each with a default."""

    def __init__(self, home: Path | None = None) -> None:
        self._home = home
        self._chosen = settings.load(home) if home else settings.Settings(home=Path())
        self._remembered: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or ``default`` when nobody has set it."""
        chosen = asdict(self._chosen)
        if name in chosen:
            return chosen[name]
        if name not in self._remembered and self._home is not None:
            self._remembered[name] = settings.window_state(self._home, name)
        found = self._remembered.get(name)
        return default if found is None else found

    def set(self, name: str, value: Any) -> None:
        """Keep a value; it must be plain JSON."""
        if self.get(name) == value:
            return
        if name in asdict(self._chosen):
            kept = asdict(self._chosen) | {name: value}
            self._chosen = (
                settings.save(self._chosen, **{name: value}) if self._home else settings.Settings(**kept)
            )
            return
        self._remembered[name] = value
        if self._home is not None:
            settings.remember_window(self._home, name, value)

    @property
    def language(self) -> str:
        """The language to speak: what was chosen, else the system's."""
        return system_language() if self._chosen.language == "system" else self._chosen.language

    @property
    def theme(self) -> str:
        """light, dark or system."""
        return self._chosen.theme

    @property
    def is_compact(self) -> bool:
        """Whether rows are eight pixels lower (never in visits)."""
        return self._chosen.density == COMPACT

    def row_height(self, comfortable: int) -> int:
        """Return the height of a list's row in the chosen density."""
        return max(32, comfortable - 8) if self.is_compact else comfortable


def system_language() -> str:
    """Return Chinese where the system speaks it, else English."""
    name = locale.getlocale()[0] or ""
    return CHINESE if name.lower().startswith(("zh", "chinese")) else ENGLISH
