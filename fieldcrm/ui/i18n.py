"""Every text a person sees, in English or Simplified Chinese; the English text is the message id.

``tr`` translates at the moment of the call, so texts built once (a button's label) follow a
change of language only because the shell builds its pages anew. ``mark`` names a text in a
table that is translated later. Catalogues are the ``.po`` files under
``resources/translations/<language>``, one for each folder of ``fieldcrm/ui``, merged and read
once in a run, so there is nothing to compile. No Qt here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fieldcrm.ui import resources

ENGLISH = "en"
CHINESE = "zh_CN"
LANGUAGES = (CHINESE, ENGLISH)

_ENTRY = re.compile(
    r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ("(?:[^"\\]|\\.)*"(?:\n"(?:[^"\\]|\\.)*")*)', re.M
)
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"')

_language = ENGLISH
_catalogue: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a catalogue; ``plural`` is empty for plain messages."""

    message: str
    plural: str
    translation: str


def entries(text: str) -> Iterator[Entry]:
    """Read the messages of one ``.po`` file; the header is left out."""
    message = plural = ""
    for keyword, quoted in _ENTRY.findall(text):
        value = "".join(_unescaped(piece) for piece in _PIECE.findall(quoted))
        if keyword == "msgid":
            message, plural = value, ""
        elif keyword == "msgid_plural":
            plural = value
        elif message and keyword in ("msgstr", "msgstr[0]"):
            yield Entry(message, plural, value)


def _unescaped(piece: str) -> str:
    return str(ast.literal_eval(f'"{piece}"')) if "\\" in piece else piece


@cache
def catalogue(folder: Path) -> dict[str, str]:
    """Return every translation of one language."""
    merged: dict[str, str] = {}
    for file in sorted(folder.glob("*.po")):
        merged.update({entry.message: entry.translation for entry in entries(file.read_text("utf-8"))})
    return merged


def set_language(language: str) -> None:
    """Speak ``language`` from now on; anything unknown is English."""
    global _language, _catalogue
    _language = language if language in LANGUAGES else ENGLISH
    _catalogue = {} if _language == ENGLISH else catalogue(resources.path("translations", _language))


def prose(*sentences: str) -> str:
    """Return sentences as one text; a Han full stop brings its own space."""
    return " ".join(filter(None, sentences)).replace("。 ", "。")


def listed(names: Iterable[str]) -> str:
    """Return names in a row, as 冰柜、层架; clauses are joined by ``tr(", ")`` instead."""
    return ("、" if is_chinese() else ", ").join(names)


def language() -> str:
    """Return the language spoken now."""
    return _language


def is_chinese() -> bool:
    """Return whether Simplified Chinese is spoken now."""
    return _language == CHINESE


def tr(message: str, /, **values: object) -> str:
    """Translate ``message`` and fill in its named values; a number ``n`` gets its separators."""
    text = _catalogue.get(message) or message
    if isinstance(number := values.get("n"), int):
        values["n"] = f"{number:,}"
    return text.format(**values) if values else text


def ntr(one: str, many: str, n: int, /, **values: object) -> str:
    """Translate a text that depends on the number ``n``, which fills ``{n}``."""
    text = _catalogue.get(one) or (one if n == 1 else many)
    return text.format(n=f"{n:,}", **values)


def mark(message: str) -> str:
    """Name a text that is translated where it is shown."""
    return message
