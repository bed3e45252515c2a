"""Where this installation keeps its things, and how its user likes it to look.

``settings.json`` holds taste only; nothing in it is worth an error, so what cannot be read
is the default. Window sizes change all the time and have a file of their own. Read before
the window is shown, so plain ``json``: nothing heavy is imported for it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

LANGUAGES = ("system", "zh_CN", "en")
THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
METERED = ("auto", "always", "never")
_FILE = "settings.json"
_WINDOWS = "windows.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose; ``home`` is the installation's folder."""

    home: Path = field(default_factory=lambda: home())
    language: str = "system"
    theme: str = "system"
    density: str = "comfortable"
    metered: str = "auto"


_CHOICES: dict[str, tuple[Any, ...]] = {
    "language": LANGUAGES,
    "theme": THEMES,
    "density": DENSITIES,
    "metered": METERED,
}


def home() -> Path:
    """Return FIELDCRM_HOME, or the place where this system keeps a user's application data."""
    if told := os.environ.get("FIELDCRM_HOME"):
        return Path(told)
    import platformdirs

    return Path(platformdirs.user_data_dir("fieldcrm", appauthor=False))


def load(folder: Path | None = None) -> Settings:
    """Return the settings of ``folder``; unknown and foreign values are left at their defaults."""
    place = folder or home()
    told = _read(place / _FILE)
    known = {f.name for f in fields(Settings)} & told.keys() & _CHOICES.keys()
    return Settings(home=place, **{name: told[name] for name in known if told[name] in _CHOICES[name]})


def save(settings: Settings, **changed: Any) -> Settings:
    """Write the settings with ``changed`` values and return them."""
    chosen = replace(settings, **changed)
    _write(chosen.home / _FILE, {name: value for name, value in asdict(chosen).items() if name in _CHOICES})
    return chosen


def window_state(folder: Path, name: str) -> Any:
    """Return what ``remember_window`` was given for the window called ``name``, or None."""
    return _read(folder / _WINDOWS).get(name)


def remember_window(folder: Path, name: str, state: Any) -> None:
    """Keep the plain JSON ``state`` of one window."""
    _write(folder / _WINDOWS, _read(folder / _WINDOWS) | {name: state})


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=2), "utf-8")
    fresh.replace(path)
