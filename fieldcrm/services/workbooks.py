"""Workbooks for other programs: numbers as numbers, days as days, and no text that runs.

A text that a spreadsheet would take for a formula is written as plain text. Each sheet keeps
its first line in sight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

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
