"""The keys of the whole window, and the sheet that lists them with the page's own."""

from __future__ import annotations

from collections.abc import Sequence

from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.widgets.overlays import Sheet

WINDOW = (
    ("Ctrl+1 … 7", mark("Go to a section")),
    ("Ctrl+K", mark("Find anything")),
    ("Ctrl+F", mark("Filter this list")),
    ("F6", mark("Go to the next pane")),
    ("Esc", mark("Go back, or close what is open")),
    ("Alt+Left", mark("Go back to the page before")),
    ("Ctrl+Enter", mark("Do the main action of the page")),
    ("Ctrl+Z", mark("Undo")),
    ("F1", mark("Open the manual")),
    ("?", mark("Show this list")),
)


def shortcuts_sheet(keys: Sequence[tuple[str, str]]) -> Sheet:
    """Return the list of keys; ``keys`` are the page's own with their translated words."""
    groups = [(tr("On this page"), [(shown(each), words) for each, words in keys])] if keys else []
    groups.append((tr("Everywhere"), [(each, tr(words)) for each, words in WINDOW]))
    return Sheet(tr("Keyboard shortcuts"), groups)


def shown(keys: str) -> str:
    """Return keys as they are printed on a keyboard."""
    names = {"Return": "Enter", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓", "Space": tr("Space key")}
    return "+".join(names.get(part, part) for part in keys.split("+"))
