"""What one person told the interface on this machine: language, theme, density, window.

A small JSON file outside the encrypted database, because the sign-in screen needs it; it
holds nothing about customers. A damaged file means the defaults.
"""

from __future__ import annotations

import json
import locale
from pathlib import Path
from typing import Any

from fieldcrm.ui.i18n import CHINESE, ENGLISH

COMFORTABLE, COMPACT = "comfortable", "compact"


class Preferences:
    """Named values kept in a file; ``path`` None keeps them in memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        if path is not None and path.exists():
            try:
                read = json.loads(path.read_text("utf-8"))
            except (OSError, ValueError):
                read = {}
            self._values = read if isinstance(read, dict) else {}

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or ``default`` when nobody has set it."""
        return self._values.get(name, default)

    def set(self, name: str, value: object) -> None:
        """Keep a value; the file is replaced whole."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._values, ensure_ascii=False, indent=1), "utf-8")
            fresh.replace(self._path)

    @property
    def language(self) -> str:
        """The language to speak: what was chosen, else the system's."""
        return str(self.get("language") or system_language())

    @property
    def theme(self) -> str:
        """light, dark or system."""
        return str(self.get("theme", "system"))

    @property
    def is_compact(self) -> bool:
        """Whether rows are eight pixels lower (never in visits)."""
        return bool(self.get("density", COMFORTABLE) == COMPACT)

    @property
    def reduces_motion(self) -> bool:
        """Whether nothing should move by itself."""
        return bool(self.get("reduce_motion", False))

    def row_height(self, comfortable: int) -> int:
        """Return the height of a list's row in the chosen density."""
        return max(32, comfortable - 8) if self.is_compact else comfortable


def system_language() -> str:
    """Return Chinese where the system speaks it, else English."""
    name = locale.getlocale()[0] or ""
    return CHINESE if name.lower().startswith(("zh", "chinese")) else ENGLISH
