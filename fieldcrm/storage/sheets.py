"""Foreign lists as they lie on disk: CSV in any of three encodings, or an Excel workbook.

Lines come one at a time however long the list is. Each line is decoded by itself, so a
list pasted together from two encodings is still read; what no encoding explains keeps the
replacement character and is reported by whoever reads the line. A quote that never closes
costs its own line, not the rest of the file.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from fieldcrm.errors import Invalid

ENCODINGS = ("utf-8-sig", "utf-8", "gb18030", "utf-16")
DELIMITERS = (",", ";", "\t", "|")
MAX_COLUMNS = 200
MAX_CELL = 20_000
_SNIFF_BYTES = 256 * 1024
_MAX_UNPACKED = 2 * 1024**3
_LINES_IN_A_CELL = 30
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """How to read one file; ``sheet`` names the worksheet of a workbook."""

    path: Path
    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return the file's size in bytes."""
        return self.path.stat().st_size

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every line that is not empty with its number in the file."""
        with _readable(self.path):
            rows = _csv_lines(self) if self.kind == "csv" else _xlsx_lines(self)
            for number, cells in rows:
                if any(cell.strip() for cell in cells):
                    yield number, cells


def look(path: Path) -> Sheet:
    """Find out what a file is and how to read it.

    Raises ``Invalid`` for the field ``file``: ``empty_file``, ``old_workbook``, ``not_a_list``,
    ``too_large``, ``cannot_read``.
    """
    with _readable(path):
        head = _head(path)
        if not head.strip(b"\x00\r\n\t ,;\xef\xbb\xbf"):
            raise Invalid("empty_file", field="file", file=path.name)
        if head.startswith(b"PK\x03\x04"):
            return _workbook(path)
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            raise Invalid("old_workbook", field="file", file=path.name)
        if head.count(0) > len(head) // 3 and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Invalid("not_a_list", field="file", file=path.name)
        encoding = _encoding(path, head)
        return Sheet(path, "csv", encoding, _delimiter(head, encoding))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid("cannot_read", field="file", file=path.name, reason=error.strerror or "") from error


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(_SNIFF_BYTES)


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    votes = {"utf-8": 0, "gb18030": 0}
    with path.open("rb") as handle:
        for line in handle:
            if line.isascii():
                continue
            votes[_decoded(line, "utf-8")[1]] += 1
            if sum(votes.values()) > 2000:
                break
    return "gb18030" if votes["gb18030"] > votes["utf-8"] else "utf-8"


def _decoded(line: bytes, first: str) -> tuple[str, str]:
    """Return the text and the encoding that explains it; ``first`` is tried first."""
    plain = "utf-8" if first == "utf-8-sig" else first
    for encoding in dict.fromkeys((plain, "utf-8", "gb18030")):
        try:
            return line.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return line.decode(plain, errors="replace"), plain


def _delimiter(head: bytes, encoding: str) -> str:
    text = head.decode("utf-16" if encoding == "utf-16" else encoding, errors="replace")
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    counts = {mark: [len(cells) for cells in csv.reader(lines, delimiter=mark)] for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: _steadiness(counts[mark]))


def _steadiness(widths: Sequence[int]) -> tuple[float, int]:
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])


def _csv_lines(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    pending: list[str] = []
    number = begun = 0
    for line in _text_lines(sheet):
        number += 1
        begun = begun or number
        pending.append(line)
        if _is_open("".join(pending), sheet.delimiter) and len(pending) < _LINES_IN_A_CELL:
            continue
        if len(pending) < _LINES_IN_A_CELL:
            yield begun, _cells("".join(pending), sheet.delimiter)
        else:
            yield from _apart(pending, begun, sheet.delimiter)
        pending, begun = [], 0
    yield from _apart(pending, begun, sheet.delimiter)


def _apart(pending: Sequence[str], begun: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield lines one by one after a quote that was never closed."""
    for place, line in enumerate(pending):
        broken = place == 0 and _is_open(line, delimiter)
        cells = _cells(line.replace('"', ""), delimiter) if broken else _cells(line, delimiter)
        yield begun + place, [f"{cell}\ufffd" for cell in cells] if broken else cells


def _text_lines(sheet: Sheet) -> Iterator[str]:
    if sheet.encoding == "utf-16":
        with sheet.path.open(encoding="utf-16", errors="replace", newline="") as text:
            yield from text
        return
    with sheet.path.open("rb") as handle:
        for place, line in enumerate(handle):
            bare = line[3:] if place == 0 and line.startswith(b"\xef\xbb\xbf") else line
            yield _decoded(bare, sheet.encoding)[0]


def _is_open(text: str, delimiter: str) -> bool:
    """Return whether a quoted cell goes on in the next line."""
    if text.count('"') % 2 == 0:
        return False
    try:
        list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _cells(text: str, delimiter: str) -> list[str]:
    lines = io.StringIO(text.rstrip("\r\n"), newline="")
    try:
        cells = next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error:
        cells = text.rstrip("\r\n").split(delimiter)
    return [cell[:MAX_CELL] for cell in cells[:MAX_COLUMNS]]


def _workbook(path: Path) -> Sheet:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise Invalid("too_large", field="file", file=path.name)
        book = _open(path)
        names = tuple(book.sheetnames)
        book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Invalid("not_a_list", field="file", file=path.name) from error
    if not names:
        raise Invalid("empty_file", field="file", file=path.name)
    return Sheet(path, "xlsx", sheet=names[0], sheets=names)


def _open(path: Path) -> Any:
    import openpyxl

    return openpyxl.load_workbook(path, read_only=True, data_only=True)


def _xlsx_lines(sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    book = _open(sheet.path)
    try:
        page = book[sheet.sheet]
        page.reset_dimensions()
        for number, row in enumerate(page.iter_rows(values_only=True), start=1):
            yield number, [_cell_text(value) for value in row[:MAX_COLUMNS]]
    finally:
        book.close()


def _cell_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
        case Decimal() | int():
            return str(value)
    text = str(value)
    return (
        ""
        if text in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")
        else text[:MAX_CELL]
    )
