"""What is wrong with the catalogues: texts without Chinese, leftovers, changed placeholders.

``make check`` runs this module; the words come from the syntax trees of ``fieldcrm/ui`` and
of the modules beside it that speak to people. A text used in one folder may be translated
in any catalogue, but two catalogues may not disagree.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fieldcrm
from fieldcrm.ui import i18n, resources

_CALLS = {"tr": 1, "mark": 1, "ntr": 2}
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Brands, keys, formats and units that stay as they are in a Chinese sentence.
_KEPT = """
fieldcrm Enter Esc Ctrl Alt Shift Tab Space Insert Home End PageUp PageDown Excel CSV XLSX XLS PDF PNG JPEG
GPS WGS GCJ BD UTF GB GBK KB MB Wi Fi SOP ID URL http https example com NPS SKU VIP Windows Linux macOS ICS
ics JSON UUID WeChat TSV HEIC Inter English OpenStreetMap km kg ml OFL LGPL BSD Qt Python SQLCipher Apache
Material Design Icons for MBTiles
"""
ALLOWED = frozenset(_KEPT.split())


@dataclass(frozen=True, slots=True)
class Message:
    """One text in the source, and where."""

    text: str
    plural: str
    place: str


def sources() -> Iterator[Path]:
    """Yield every module whose texts people see."""
    package = Path(fieldcrm.__file__).parent
    yield from sorted((package / "ui").rglob("*.py"))
    yield from (file for file in (package / "app.py", package / "cli.py") if file.exists())


def messages(files: Iterator[Path]) -> Iterator[Message]:
    """Yield every literal handed to ``tr``, ``ntr`` or ``mark``."""
    for file in files:
        calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
        for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            if isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                yield from _message(node.args[: _CALLS[node.func.id]], f"{file.name}:{node.lineno}")


def _message(arguments: Sequence[ast.expr], place: str) -> Iterator[Message]:
    words = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    texts = [word for word in words if isinstance(word, str)]
    if texts and len(texts) == len(arguments):
        yield Message(texts[0], texts[1] if len(texts) > 1 else "", place)


def problems() -> list[str]:
    """Return a line for everything that is wrong; empty when all is well."""
    found: list[str] = []
    known: dict[str, i18n.Entry] = {}
    for file in sorted(resources.path("translations", i18n.CHINESE).glob("*.po")):
        for entry in i18n.entries(file.read_text("utf-8")):
            other = known.setdefault(entry.message, entry)
            if other.translation != entry.translation:
                found.append(f"{file.name}: translated differently elsewhere: {entry.message!r}")
            found += [f"{file.name}: {problem}: {entry.message!r}" for problem in _faults(entry)]
    used: set[str] = set()
    for message in messages(sources()):
        used.add(message.text)
        if message.text not in known:
            found.append(f"{message.place}: no Chinese for {message.text!r}")
        elif message.plural != known[message.text].plural and message.plural:
            found.append(f"{message.place}: the catalogue has another plural for {message.text!r}")
    found += [f"nobody says {text!r} any more" for text in known if text not in used]
    return found


def _faults(entry: i18n.Entry) -> Iterator[str]:
    if not entry.translation.strip():
        yield "no translation"
    wanted = _placeholders(entry.message) | _placeholders(entry.plural)
    if _placeholders(entry.translation) - {"n"} != wanted - {"n"}:
        yield "other placeholders"
    plain = re.sub(r"\{[^}]*\}", "", entry.translation)
    if left := set(_LATIN_WORD.findall(plain)) - ALLOWED:
        yield f"still English ({', '.join(sorted(left))})"
    if _HAN.search(entry.message):
        yield "a message id must be English"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def missing() -> Iterator[str]:
    """Yield ready-to-fill ``.po`` entries for every text without Chinese."""
    known = i18n.catalogue(resources.path("translations", i18n.CHINESE))
    seen: set[str] = set()
    for message in messages(sources()):
        if message.text not in known and message.text not in seen:
            seen.add(message.text)
            yield f"#: {message.place}\nmsgid {_quoted(message.text)}\n" + (
                f'msgid_plural {_quoted(message.plural)}\nmsgstr[0] ""\n' if message.plural else 'msgstr ""\n'
            )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    if "--missing" in sys.argv:
        sys.stdout.write("\n".join(missing()))
        sys.exit()
    faults = problems()
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    sys.exit(1 if faults else 0)
