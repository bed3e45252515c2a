from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from fieldcrm.services import account_exports
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory

RISKY = ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "＝1+1"]


@pytest.mark.parametrize("cell", RISKY)
def test_a_formula_is_defused(cell: str) -> None:
    assert account_exports.defused(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "佳惠超市", "+852 2978 3933", "-12.5", "0571-88001234", "a=b"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert account_exports.defused(cell) == cell


@given(st.text(max_size=20))
def test_no_exported_cell_begins_like_a_formula(text: str) -> None:
    cell = account_exports.defused(text)
    assert not cell.startswith(("=", "@", "\t", "\r"))


def test_a_workbook_holds_text_and_never_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert (
        account_exports.write_xlsx(path, ["name"], [[cell] for cell in [*RISKY, "店\x00名"]])
        == len(RISKY) + 1
    )
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    page = load_workbook(path).active
    assert page is not None
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == [*RISKY, "店名"]


def test_an_export_read_back_is_the_same_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    account_exports.write_csv(path, ["名称"], [["佳惠超市"], ['a,b\n"c"']])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        assert list(csv.reader(handle)) == [["名称"], ["佳惠超市"], ['a,b\n"c"']]


def test_accounts_are_written_in_the_order_of_the_list(laptop: Database) -> None:
    territory = make_territory()
    stores = [make_account(territory, name=f"店{n}", code=f"C{n}") for n in range(3)]
    stores[0].opening = [{"days": [1, 2, 3, 4, 5], "open": "08:30", "close": "21:00"}]
    with laptop.writing() as session:
        session.add_all((territory, *stores))
    wanted = [stores[2].id, stores[0].id]
    with laptop.reading() as session:
        rows = [
            dict(zip(account_exports.FIELDS, row, strict=True))
            for row in account_exports.lines(session, wanted)
        ]
    assert [row["name"] for row in rows] == ["店2", "店0"]
    assert (rows[1]["latitude"], rows[1]["opening"]) == ("30.2741000", "Mon-Fri 08:30-21:00")
