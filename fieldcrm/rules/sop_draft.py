"""A template while it is being built (V4): plain JSON, changed by pure functions, with undo.

A place is a path of numbers: () is the template, (s,) a step, (s, f) a field of it, (s, f, i) a
question inside a group. Every function returns a new document and leaves the old one alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Document = dict[str, Any]
Path = tuple[int, ...]
_MOST_UNDOS = 200


@dataclass(frozen=True, slots=True)
class History:
    """The document as it is, what it was, and what was undone; ``last`` joins changes of one property."""

    document: Document
    past: tuple[Document, ...] = ()
    future: tuple[Document, ...] = ()
    last: object = field(default=None, compare=False)

    def then(self, document: Document, what: object = None) -> History:
        """Return the history after a change; typing on in one property is one change."""
        if document == self.document:
            return self
        joined = what is not None and what == self.last and bool(self.past)
        past = self.past if joined else (*self.past, self.document)[-_MOST_UNDOS:]
        return History(document, past, (), what)

    def undone(self) -> History:
        """Return the history with the last change taken back."""
        if not self.past:
            return self
        return replace(
            self, document=self.past[-1], past=self.past[:-1], future=(self.document, *self.future), last=None
        )

    def redone(self) -> History:
        """Return the history with the last undone change made again."""
        if not self.future:
            return self
        return replace(
            self, document=self.future[0], past=(*self.past, self.document), future=self.future[1:], last=None
        )


def at(document: Document, path: Path) -> dict[str, Any]:
    """Return what stands at a path."""
    here: Any = document
    for depth, number in enumerate(path):
        here = here[_LISTS[depth]][number]
    return here  # type: ignore[no-any-return]  # JSON


def places(document: Document) -> Iterator[Path]:
    """Yield every path, the template first, as an outline shows them."""
    yield ()
    for s, step in enumerate(document.get("steps") or ()):
        yield (s,)
        for f, asked in enumerate(step.get("fields") or ()):
            yield (s, f)
            inside = asked.get("fields") or () if asked.get("type") == "group" else ()
            yield from ((s, f, i) for i in range(len(inside)))


def changed(document: Document, path: Path, values: Mapping[str, Any]) -> Document:
    """Return the document with properties set; None takes one away."""
    made = copy.deepcopy(document)
    here = at(made, path)
    for name, value in values.items():
        if value is None:
            here.pop(name, None)
        else:
            here[name] = value
    return made


def added(
    document: Document, parent: Path, entry: Mapping[str, Any], number: int | None = None
) -> tuple[Document, Path]:
    """Return the document with an entry under ``parent``, at the end unless told where, and its path."""
    made = copy.deepcopy(document)
    entries = at(made, parent).setdefault(_LISTS[len(parent)], [])
    place = len(entries) if number is None else number
    taken = {str(each.get("key")) for each in entries}
    new = copy.deepcopy(dict(entry))
    new["key"] = fresh_key(str(new.get("key") or new.get("type") or "step"), taken)
    entries.insert(place, new)
    return made, (*parent, place)


def removed(document: Document, path: Path) -> Document:
    """Return the document without what stands at a path."""
    made = copy.deepcopy(document)
    at(made, path[:-1])[_LISTS[len(path) - 1]].pop(path[-1])
    return made


def duplicated(document: Document, path: Path) -> tuple[Document, Path]:
    """Return the document with a copy below what stands at a path, and the copy's path."""
    return added(document, path[:-1], at(document, path), path[-1] + 1)


def moved(document: Document, path: Path, to: Path) -> tuple[Document, Path]:
    """Return the document with an entry moved before ``to``, and its new path; no wrong moves."""
    if not _may_move(document, path, to):
        return document, path
    entry = at(document, path)
    siblings = path[:-1] == to[:-1]
    place = to[-1] - 1 if siblings and to[-1] > path[-1] else to[-1]
    made = copy.deepcopy(document)
    at(made, path[:-1])[_LISTS[len(path) - 1]].pop(path[-1])
    entries = at(made, to[:-1]).setdefault(_LISTS[len(to) - 1], [])
    new = copy.deepcopy(entry)
    if not siblings:
        new["key"] = fresh_key(str(new["key"]), {str(each.get("key")) for each in entries})
    entries.insert(place, new)
    return made, (*to[:-1], place)


def nudged(document: Document, path: Path, by: int) -> tuple[Document, Path]:
    """Return the document with an entry one place up or down; a field goes on into the next step."""
    if not path:
        return document, path
    count = len(at(document, path[:-1])[_LISTS[len(path) - 1]])
    place = path[-1] + by
    if 0 <= place < count:
        return moved(document, path, (*path[:-1], place + (1 if by > 0 else 0)))
    step = path[0] + by
    if len(path) != 2 or not 0 <= step < len(document["steps"]):
        return document, path
    end = len(document["steps"][step].get("fields") or ()) if by < 0 else 0
    return moved(document, path, (step, end))


def fresh_key(wanted: str, taken: set[str]) -> str:
    """Return a key that is not taken: ``wanted``, or it with a number."""
    base = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in wanted)[:32] or "field"
    if base not in taken:
        return base
    stem = base.rstrip("0123456789") or base
    return next(f"{stem}{n}" for n in range(2, len(taken) + 3) if f"{stem}{n}" not in taken)


def _may_move(document: Document, path: Path, to: Path) -> bool:
    if not path or len(path) != len(to) or (len(path) == 3 and path[:2] != to[:2]):
        return False
    known = list(places(document))
    parent: Sequence[Any] = to[:-1]
    return path in known and (tuple(parent) in known or not parent)


_LISTS = ("steps", "fields", "fields")
