"""A workbook of all rules: read back it is what was written; a wrong line is named and nothing is taken."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from fieldcrm.errors import Invalid
from fieldcrm.rules.rule_draft import Docs
from fieldcrm.services import rule_cells, rule_documents, rule_workbooks
from fieldcrm.services.rule_workbooks import Found, Stopped, Words
from fieldcrm.ui import i18n
from fieldcrm.ui.prices import words

ENGLISH = words.workbook()
WATER, TEA, BOOK, SHELF, TOP, TASTE = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(6))


def rules() -> dict[str, dict[str, Any]]:
    """Return rules of every form."""
    units = [
        {"unit": "瓶", "factor": "1.00", "barcode": "69012"},
        {"unit": "箱", "factor": "24.00", "barcode": ""},
    ]
    article = {
        "brand": "清泉", "specification": "", "category_id": SHELF, "family": "", "base_unit": "瓶",
        "sales_unit": "箱", "standard_price": "48.00", "floor_price": None, "tax_rate": "0.13",
        "attributes": {"口味": "原味"}, "active": True, "promotable": False, "units": units,
    }  # fmt: skip
    price = {"price_book_id": BOOK, "product_id": WATER, "unit": "箱", "price": "45.50"}
    gift = {"gift": {"product_id": TEA, "quantity": "1", "unit": "箱"}}
    return {
        "product_category": {
            SHELF: {"id": SHELF, "code": "WATER", "name": "水", "parent_id": TOP, "position": 1},
            TOP: {"id": TOP, "code": "DRINK", "name": "饮料", "parent_id": None, "position": 2},
        },
        "product_attribute": {TASTE: {
            "id": TASTE, "code": "口味", "name": "口味", "kind": "choice", "choices": ["原味", "柠檬; 薄荷"],
            "unit": "", "category_id": TOP, "required": True, "position": 0,
        }},
        "product": {
            WATER: {"id": WATER, "code": "007", "name": "=水"} | article,
            TEA: {"id": TEA, "code": "T*2", "name": "茶"} | article,
        },
        "price_book": {BOOK: {
            "id": BOOK, "code": "B1", "name": "价目", "level": "group", "reference": "KA",
            "territory_id": None, "priority": 3, "valid_from": "2026-01-01", "valid_to": None,
            "tax_mode": "exclusive", "currency": "CNY", "on_change": "honour", "honour_days": 7,
        }},
        "price_entry": {
            f"{BOOK}|{WATER}|箱|0.00": price | {"min_quantity": "0.00", "min_quantity_unit": None},
            f"{BOOK}|{WATER}|箱|10.00": price | {"min_quantity": "10.00", "min_quantity_unit": "箱"},
        },
        "cost_price": {
            f"{TEA}|CNY|": {"product_id": TEA, "cost": "1.5", "currency": "CNY", "valid_from": None},
            f"{TEA}|CNY|2026-05-01": {
                "product_id": TEA, "cost": "1.6033", "currency": "CNY", "valid_from": "2026-05-01",
            },
        },
        "promotion": {"P": {
            "code": "P", "name": "十赠一", "target": "bundle", "exclusive": True, "priority": 2,
            "goods": [{"product_id": WATER, "quantity": "1"}, {"product_id": TEA, "quantity": "2.5"}],
            "whom": {"group": ["KA", "CVS"], "territory": ["HZ"]}, "valid_from": None,
            "valid_to": "2026-12-31", "conditions": {"buy_quantity": "10", "repeat": True, "max_times": 3},
            "give": gift, "tiers": [], "max_uses": 2, "budget": "500.00",
        }, "Q": {
            "code": "Q", "name": "阶梯", "target": "order", "goods": [], "whom": {}, "conditions": {},
            "give": {}, "tiers": [
                {"min_amount": "100", "give": {"percent_off": "3"}}, {"min_amount": "200", "give": gift},
            ], "exclusive": False, "priority": 0, "valid_from": None, "valid_to": None, "max_uses": None,
            "budget": None,
        }},
        "rebate_program": {"R": {
            "code": "R", "name": "年度", "kind": "cash", "whom": {}, "valid_from": None, "valid_to": None,
            "earn": {"period": "quarter", "progressive": True, "tiers": [
                {"min_amount": "0", "percent": "1"}, {"min_amount": "50000", "percent": "2"}]},
            "keep_days": 365, "max_order_percent": "20.00", "max_product_percent": {WATER: "5"},
        }},
        "sellable_range": {"S": {
            "code": "S", "name": "范围", "allows": False, "whom": {"group": ["WS"]}, "products": [TEA],
            "attributes": {"category": ["TEA", "WATER"], "brand": ["清泉"]},
            "valid_from": None, "valid_to": None,
        }},
        "quantity_rule": {"T": {
            "code": "T", "name": "搭配", "for_each_id": WATER, "each_quantity": "10.00", "require_id": TEA,
            "quantity": "1.00", "rounding": "up",
        }},
        "approval_rung": {"5.00": {"ladder": "discount", "up_to_percent": "5.00", "approver": None}},
        "sales_bom": {WATER: {
            "host_id": WATER, "name": "礼盒", "price_mode": "base", "base_price": None,
            "groups": [{"name": "配茶", "required": True, "least": 1, "most": 1}],
            "nodes": [
                {"product_id": TEA, "least": "1.00", "most": "2.00", "step": "1.00", "delta": "3.00",
                 "group": "配茶"}],
            "rules": [{"kind": "excludes", "products": [TEA, WATER]}],
        }},
    }  # fmt: skip


def names(docs: Docs) -> rule_cells.Names:
    return rule_cells.names(docs)


def written(folder: Path, docs: Docs, said: Words = ENGLISH) -> Path:
    path = folder / "rules.xlsx"
    rule_workbooks.write(path, docs, names(docs), said, lambda *_: None, lambda: False)
    return path


def read(path: Path, docs: Docs) -> Found:
    return rule_workbooks.read(path, docs, names(docs), ENGLISH, lambda *_: None, lambda: False)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("sound"), rules())


@pytest.fixture
def file(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "mine.xlsx"))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_what_was_written_is_read_back_unchanged_in_either_language(tmp_path: Path, language: str) -> None:
    i18n.set_language(language)
    path = written(tmp_path, rules(), words.workbook())
    i18n.set_language("en")
    found = read(path, rules())
    assert (list(found.faults), dict(found.changes)) == ([], {})
    nothing = {noun: {} for noun in rules()}
    anew = read(path, nothing)
    assert not anew.faults
    assert {noun for noun, _ in anew.changes} == set(rules())
    assert len(anew.changes) == sum(len(docs) for docs in rules().values())
    for (noun, _key), doc in anew.changes.items():
        rule_documents.row_of(noun, doc or {})  # nothing is empty that may not be


def changed(path: Path, table: str, title: str, value: object, line: int = 2) -> None:
    book = openpyxl.load_workbook(path)
    page = book[words.sheet(table)]
    heads = [cell.value for cell in page[1]]
    page.cell(line, heads.index(words.column(title)) + 1).value = value  # type: ignore[union-attr]
    book.save(path)


@pytest.mark.parametrize(
    ("table", "path", "value", "code"),
    [
        ("price_entry", "product_id", "NONE", "product_unknown"),
        ("price_entry", "price", "much", "not_a_number"),
        ("price_entry", "min_quantity", "1.23456", "not_a_number"),
        ("promotion", "valid_to", "soon", "not_a_day"),
        ("promotion", "budget", "lots", "not_a_number"),
        ("promotion", "target", "moon", "not_a_choice"),
        ("promotion", "code", None, "required"),
        ("promotion", "max_uses", "1.5", "not_a_whole_number"),
        ("promotion", "exclusive", "maybe", "not_a_boolean"),
        ("sellable_range", "attributes", "brand", "not_a_pair"),
        ("product.units", "factor", "x", "not_a_number"),
    ],
)
def test_a_wrong_cell_is_named_by_sheet_line_and_column_and_nothing_is_taken(
    file: Path, table: str, path: str, value: object, code: str
) -> None:
    changed(file, table, path, value)
    found = read(file, rules())
    (fault,) = found.faults
    assert (fault.table, fault.line, fault.path, fault.error.code) == (table, 2, path, code)
    assert not found.changes


def test_a_percentage_is_what_the_sheet_shows(file: Path) -> None:
    changed(file, "approval_rung", "up_to_percent", 0.0625)
    changed(file, "product", "tax_rate", "9%")
    book = openpyxl.load_workbook(file)
    book[words.sheet("approval_rung")]["A2"].number_format = "0.00%"  # 6.25% as one types it in a sheet
    book.save(file)
    changes = read(file, rules()).changes
    assert changes["approval_rung", "6.25"] is not None
    assert (changes["product", WATER] or {})["tax_rate"] == "0.09"


def test_a_formula_without_its_result_is_not_read_as_nothing(file: Path) -> None:
    changed(file, "promotion", "budget", "=200+300")  # read as empty it would be a promotion without a budget
    with pytest.raises(Invalid, match="formulas_unreckoned"):
        read(file, rules())


def test_a_column_or_a_sheet_that_stands_there_twice_is_named(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    page = book[words.sheet("price_entry")]
    page.cell(1, page.max_column + 1).value = words.column("price")
    i18n.set_language("zh_CN")
    book.copy_worksheet(page).title = words.sheet("price_entry")
    i18n.set_language("en")
    book.save(file)
    found = read(file, rules())
    assert sorted(fault.error.code for fault in found.faults) == ["column_doubled", "sheet_doubled"]


def test_a_line_of_blanks_says_nothing(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book[words.sheet("price_entry")]["A9"] = "  "
    book.save(file)
    assert not read(file, rules()).faults


def test_a_changed_cell_is_one_change_and_a_missing_line_ends_its_rule(file: Path) -> None:
    changed(file, "price_entry", "price", Decimal("44.25"))
    changed(file, "promotion", "valid_to", date(2027, 1, 31))
    book = openpyxl.load_workbook(file)
    book[words.sheet("quantity_rule")].delete_rows(2)
    book[words.sheet("product")].delete_rows(3)
    book.save(file)
    found = read(file, rules())
    changes = dict(found.changes)
    assert changes.pop(("quantity_rule", "T")) is None
    assert changes.pop(("price_entry", f"{BOOK}|{WATER}|箱|0.00"))["price"] == "44.25"  # type: ignore[index]
    assert changes.pop(("promotion", "P"))["valid_to"] == "2027-01-31"  # type: ignore[index]
    assert changes == {}  # an article that is not in the sheet stays


def test_a_sheet_that_is_missing_says_nothing_and_other_files_are_refused(file: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(file)
    for name in book.sheetnames:
        if name != words.sheet("price_entry"):
            del book[name]
    book.save(file)
    assert not read(file, rules()).changes
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(Invalid):
        read(tmp_path / "no.xlsx", rules())


def test_whoever_stops_leaves_no_half_file(tmp_path: Path) -> None:
    docs = rules()
    price = {"price_book_id": BOOK, "product_id": WATER, "unit": "箱", "price": "1"}
    docs["price_entry"] = {f"{n}": price | {"min_quantity": str(n)} for n in range(300)}
    path = tmp_path / "rules.xlsx"
    with pytest.raises(Stopped):
        rule_workbooks.write(path, docs, names(docs), ENGLISH, lambda *_: None, lambda: True)
    assert list(tmp_path.iterdir()) == []
