"""Accounts as a list for other programs: CSV or an Excel workbook, streamed.

A cell that a spreadsheet would run as a formula is defused: it gets an apostrophe in CSV,
and is written as plain text in a workbook. Reading such a list back gives the same text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.rules import opening

FIELDS = (
    "code", "name", "channel", "grade", "phone", "province", "city", "district", "address", "postcode",
    "latitude", "longitude", "datum", "opening", "service_minutes", "cadence_days", "tags", "tax_id",
    "receivable", "overdue_since", "note",
)  # fmt: skip
_BATCH = 500
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(session: Session, account_ids: Sequence[UUID]) -> Iterator[list[str]]:
    """Yield one line of text cells per account, in the order asked for."""
    for start in range(0, len(account_ids), _BATCH):
        some = account_ids[start : start + _BATCH]
        found = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_(some)))}
        yield from (_line(found[account_id]) for account_id in some if account_id in found)
        session.expunge_all()


def write_csv(path: Path, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write UTF-8 with a mark that spreadsheets understand; returns how many lines."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(titles)
        for row in rows:
            writer.writerow([defused(cell) for cell in row])
            count += 1
    return count


def write_xlsx(
    path: Path, titles: Sequence[str], rows: Iterable[Sequence[str]], name: str = "Accounts",
    more: Mapping[str, Iterable[Sequence[str]]] | None = None,
) -> int:  # fmt: skip
    """Write a workbook of text cells, a line at a time, ``more`` on further sheets; returns how many."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(name)
    page.freeze_panes = "A2"
    heads = [WriteOnlyCell(page, value=title) for title in titles]
    for head in heads:
        head.font = Font(bold=True)
    page.append(heads)
    count = 0
    for row in rows:
        page.append([_text_cell(page, cell) for cell in row])
        count += 1
    for other, others in (more or {}).items():
        sheet = book.create_sheet(other)
        for row in others:
            sheet.append([_text_cell(sheet, cell) for cell in row])
    book.save(path)
    return count


def defused(cell: str) -> str:
    """Return the text so that no spreadsheet runs it; phone numbers and coordinates stay as they are."""
    if not cell.startswith(_RISKY) or _is_number(cell):
        return cell
    return "'" + cell


def _is_number(cell: str) -> bool:
    rest = cell[1:].replace(" ", "").replace("-", "").replace(".", "", 1)
    return cell[0] in "+-" and rest.isascii() and rest.isdigit()


def _text_cell(page: Any, cell: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    made = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", cell))
    made.data_type = "s"
    return made


def _line(account: Account) -> list[str]:
    said = {name: getattr(account, name, "") for name in FIELDS}
    said["latitude"] = _degrees(account.latitude_e7)
    said["longitude"] = _degrees(account.longitude_e7)
    said["datum"] = account.datum if account.latitude_e7 is not None else ""
    said["opening"] = opening.written(opening.windows_of(account.opening))
    said["tags"] = ", ".join(account.tags)
    return ["" if said[name] is None else str(said[name]) for name in FIELDS]


def _degrees(stored: int | None) -> str:
    if stored is None:
        return ""
    sign, whole = ("-", -stored) if stored < 0 else ("", stored)
    return f"{sign}{whole // 10_000_000}.{whole % 10_000_000:07d}"
