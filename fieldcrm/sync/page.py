"""Reads a response: all of it or nothing.

The last line must be a trailer whose checksum is that of every byte before it and whose
count is that of the rows. Anything else (a cut body, a captive portal's HTML) is
``Malformed`` and worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import xxhash

from fieldcrm.errors import Malformed
from fieldcrm.faults import planted
from fieldcrm.sync.protocol import Header, Row, Trailer


class _Line(msgspec.Struct):
    h: Header | None = None
    r: Row | None = None
    s: str | None = None


class RawRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row whose body is still JSON."""

    entity: str
    id: str
    version: int
    state: str
    body: msgspec.Raw = msgspec.Raw(b"null")

    def row(self) -> Row:
        """Return the row with its body read."""
        return Row(self.entity, self.id, self.version, self.state, msgspec.json.decode(self.body))


class _RawLine(msgspec.Struct, gc=False):
    h: Header | None = None
    r: RawRow | None = None


class _Last(msgspec.Struct):
    t: Trailer


_lines = msgspec.json.Decoder(_Line)
_raw_lines = msgspec.json.Decoder(_RawLine)
_last = msgspec.json.Decoder(_Last)


@dataclass(frozen=True, slots=True)
class Page:
    """One whole response; ``header`` is missing where only rows were asked for."""

    header: Header | None
    rows: list[Row]
    trailer: Trailer


@dataclass(frozen=True, slots=True)
class RawPage:
    """The same with bodies unread: what fills an empty file needs no objects."""

    header: Header | None
    rows: list[RawRow]
    trailer: Trailer


def read(body: bytes) -> Page:
    """Return the page in ``body``, or raise ``Malformed``."""
    if planted("page_without_trailer") and b'\n{"t":' not in body:
        return _whatever_came(body)
    lines, trailer = _checked(body, _lines)
    return Page(lines[0].h if lines else None, _counted(lines, trailer), trailer)


def read_raw(body: bytes) -> RawPage:
    """Return the page in ``body`` with its rows' bodies unread, or raise ``Malformed``."""
    lines, trailer = _checked(body, _raw_lines)
    return RawPage(lines[0].h if lines else None, _counted(lines, trailer), trailer)


def _checked(body: bytes, decoder: msgspec.json.Decoder[Any]) -> tuple[list[Any], Trailer]:
    end = len(body.rstrip(b"\n"))
    start = body.rfind(b"\n", 0, end) + 1
    try:
        trailer = _last.decode(body[start:end]).t
        if xxhash.xxh64_hexdigest(memoryview(body)[:start]) != trailer.crc:
            raise Malformed("bad_checksum")
        return decoder.decode_lines(body[:start]), trailer
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("not_our_protocol") from error


def _counted(lines: list[Any], trailer: Trailer) -> list[Any]:
    rows = [line.r for line in lines if line.r is not None]
    if len(rows) != trailer.count:
        raise Malformed("bad_count")
    return rows


def _whatever_came(body: bytes) -> Page:
    """Take the whole lines of a cut body for a page, as the planted mistake does."""
    lines = _lines.decode_lines(body[: body.rfind(b"\n") + 1])
    rows = [line.r for line in lines if line.r is not None]
    return Page(lines[0].h if lines else None, rows, Trailer("", True, len(rows), ""))
