"""Lists inside one cell: parted by signs, and names that hold such signs in quotes.

As in CSV a quote opens only where a value begins and closes only where it ends; inside it stands
doubled. So 24" screen needs no quotes of its own and still comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARTS = ";；\n"
_SIGNS = _PARTS + "=＝|｜*×"
_opened = re.compile(f'"(?:[^"]|"")*"(?=[^\\S\\n]*(?:[{_SIGNS}]|$))').match
_whole = re.compile('"((?:[^"]|"")*)"').fullmatch


def quoted(text: str) -> str:
    """Return a value as it stands in a list, in quotes if it could be taken for more than itself."""
    if text and text == text.strip() and not any(sign in text for sign in _SIGNS + '"\r'):
        return text
    return '"' + text.replace('"', '""') + '"'


def plain(text: str) -> str:
    """Return what a value of a list means."""
    text = text.strip()
    found = _whole(text)
    return found[1].replace('""', '"') if found else text


def pieces(text: str) -> Iterator[str]:
    """Yield the members of a list as they are written; empty ones are none."""
    return (piece.strip() for piece in cut(text, _PARTS) if piece.strip())


def cut(text: str, signs: str, most: int = -1) -> list[str]:
    """Part ``text`` at signs that stand outside quotes, at ``most`` so many times."""
    found, begin, place, opens = [], 0, 0, True
    while place < len(text):
        sign = text[place]
        quote = _opened(text, place) if opens and sign == '"' else None
        if quote:
            place, opens = quote.end(), False
            continue
        if sign in signs and most:
            found.append(text[begin:place])
            begin, most = place + 1, most - 1
        opens = sign in _SIGNS or (opens and sign.isspace())
        place += 1
    return [*found, text[begin:]]
