"""Workbooks for other programs: numbers as numbers, days as days, and no text that runs.

A text that a spreadsheet would take for a formula is written as plain text. Each sheet keeps
its first line in sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

_LARGEST = 64 * 2**20  # of a sheet that is looked through for formulas
_unreckoned = re.compile(
    rb'<c(?![^>]*\bt="str")[^>]*><f[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
).search

Cell = str | int | float | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name, its titles with their widths in characters, its rows."""

    name: str
    titles: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Cell]]


def write(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write a workbook, a line at a time."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    with path.open("wb") as handle:
        book = Workbook(write_only=True)
        for sheet in sheets:
            page = book.create_sheet(sheet.name[:31])
            page.freeze_panes = "A2"
            heads = []
            for number, (title, width) in enumerate(sheet.titles, start=1):
                page.column_dimensions[get_column_letter(number)].width = width
                heads.append(WriteOnlyCell(page, value=title))
                heads[-1].font = Font(bold=True)
            page.append(heads)
            for row in sheet.rows:
                page.append([_cell(page, value) for value in row])
        book.save(handle)


def _cell(page: Any, value: Cell) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        plain: Any = value  # its stubs do not know Decimal and date, which it writes
        return WriteOnlyCell(page, value=plain)
    made = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    made.data_type = "s"
    return made


def lines(page: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the lines of a sheet as they are read in it: what is shown as 5% is "5%", not 0.05."""
    for row in page.iter_rows():
        yield tuple(_shown(cell) if isinstance(cell.value, float | int) else cell.value for cell in row)


def _shown(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, bool) or "%" not in (cell.number_format or ""):
        return value
    return f"{round(Decimal(repr(value)) * 100, 6).normalize():f}%"


def has_unreckoned(path: Path) -> bool:
    """Say whether some formula stands in a workbook without its result, which would be read as nothing."""
    with ZipFile(path) as archive:
        sheets = [each for each in archive.infolist() if each.filename.startswith("xl/worksheets/")]
        return any(_unreckoned(archive.read(each)) for each in sheets if each.file_size <= _LARGEST)
