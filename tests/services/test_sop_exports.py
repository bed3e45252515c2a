"""Answers as a flat table: a line per visit, step and row, stable columns, nothing that runs."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from fieldcrm.services import account_exports, sop_exports
from fieldcrm.services.sop_exports import FIXED, Wanted
from fieldcrm.storage.database import Database
from tests.builders import (
    MORNING,
    TODAY,
    make_account,
    make_answer,
    make_photo,
    make_product,
    make_sop,
    make_territory,
    make_unit,
    make_user,
    make_visit,
)
from tests.rules.test_sop_logic import field, step, when

STEPS = [
    step("shelf", field("n", "number", planned="6"), field("why", show=when("n", "under", 3)),
         field("front", "photo"), field("articles", "shelf", ask=["facings", "price"], price_over=10),
         field("count", "stock")),
    step("paid", field("pay", "payment"), field("many", "choice", choices=["a", "b"], many=True)),
]  # fmt: skip
WANTED = Wanted(TODAY, TODAY)


def company(laptop: Database, answers: dict[str, Any], **visit: Any) -> str:
    with laptop.writing() as session:
        area = make_territory()
        rep, store = make_user(area), make_account(area)
        template, tea = make_sop(steps=STEPS), make_product()
        began = make_visit(rep, store, sop_template_id=template.id, **visit)
        session.add_all([area, rep, store, template, tea, make_unit(tea), began])
        session.flush()
        said = {k: v if k != "shelf" else {**v, **_rows(v, str(tea.id))} for k, v in answers.items()}
        for key, value in said.items():
            session.add(make_answer(began, step_key=key, answers=value))
        session.add(make_photo(began, step_key="shelf", field_key="front"))
        return str(tea.id)


def _rows(said: dict[str, Any], tea: str) -> dict[str, Any]:
    return {key: {tea: value} for key, value in said.items() if key in ("articles", "count")}


def table(laptop: Database, wanted: Wanted = WANTED) -> list[dict[str, str]]:
    with laptop.reading() as session:
        keys = [column.key for column in sop_exports.columns(session, wanted)]
        lines = sop_exports.lines(session, wanted, keys, lambda _told: None, lambda: False)
        return [
            {key: cell for key, cell in zip((*FIXED, *keys), line, strict=True) if cell} for line in lines
        ]


def test_a_visit_has_a_line_for_each_step_and_each_row(laptop: Database) -> None:
    shelf = {"n": "4", "articles": {"facings": "8", "price": "60"}, "count": {"case": "2", "bottle": "3"}}
    tea = company(
        laptop, {"shelf": shelf, "paid": {"pay": {"amount": "5", "method": "cash"}, "many": ["a", "b"]}}
    )
    rows = table(laptop)
    assert [(row["step"], row.get("row", ""), row.get("unit", "")) for row in rows] == [
        ("shelf", "", ""), ("shelf", tea, ""), ("shelf", tea, "case"), ("shelf", tea, "bottle"),
        ("paid", "", ""),
    ]  # fmt: skip
    plain, article, cases, _bottles, paid = rows
    assert (plain["shelf.n"], plain["shelf.n.planned"], plain["shelf.n.difference"]) == ("4", "6", "-2")
    assert plain["shelf.front"] == "1"
    assert (article["shelf.articles.facings"], article["row_name"]) == ("8", "清泉矿泉水 550ml")
    assert article["shelf.articles.price.off"]
    assert cases["shelf.count"] == "2"
    assert (paid["paid.pay.amount"], paid["paid.many"]) == ("5", "a; b")


def test_what_a_condition_hid_is_not_exported(laptop: Database) -> None:
    company(laptop, {"shelf": {"n": "5", "why": "left from before"}})
    assert "shelf.why" not in table(laptop)[0]


def test_a_later_edition_adds_columns_and_moves_none(laptop: Database) -> None:
    company(laptop, {"shelf": {"n": "5"}})
    with laptop.writing() as session:
        first = [column.key for column in sop_exports.columns(session, WANTED)]
        session.add(make_sop(edition=2, steps=[step("shelf", field("n", "number"), field("new"))]))
        session.flush()
        both = [column.key for column in sop_exports.columns(session, WANTED)]
    assert set(first) < set(both)
    assert "shelf.new" in both


def test_only_the_days_the_people_and_the_template_asked_for(laptop: Database) -> None:
    company(laptop, {"shelf": {"n": "5"}})
    company_of_yesterday = Wanted(TODAY - timedelta(2), TODAY - timedelta(1))
    assert table(laptop, company_of_yesterday) == []
    assert table(laptop, Wanted(TODAY, TODAY, code="OTHER")) == []
    assert table(laptop, Wanted(TODAY, TODAY, rep_ids=[])) == []


def test_stopping_ends_between_two_batches(laptop: Database) -> None:
    company(laptop, {"shelf": {"n": "5"}}, started_at=MORNING)
    told: list[object] = []
    with laptop.reading() as session:
        list(sop_exports.lines(session, WANTED, [], told.append, lambda: True))
    assert told == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_formula_in_an_answer_does_not_run(laptop: Database, tmp_path: Path, form: str) -> None:
    company(laptop, {"shelf": {"n": "1", "why": "=cmd|'/c calc'!A1"}})
    file = tmp_path / f"answers.{form}"
    with laptop.reading() as session:
        keys = [column.key for column in sop_exports.columns(session, WANTED)]
        lines = sop_exports.lines(session, WANTED, keys, lambda _told: None, lambda: False)
        titles = [*FIXED, *keys]
        if form == "csv":
            account_exports.write_csv(file, titles, lines)
        else:
            account_exports.write_xlsx(file, titles, lines, "Answers", {"Columns": [["shelf.n", "Shelf"]]})
    place = titles.index("shelf.why")
    if form == "csv":
        assert file.read_bytes().startswith(b"\xef\xbb\xbf")
        with file.open(encoding="utf-8-sig", newline="") as handle:
            assert list(csv.reader(handle))[1][place].startswith("'=")
        return
    book = load_workbook(file)
    assert book.sheetnames == ["Answers", "Columns"]
    assert book["Answers"].cell(2, place + 1).data_type == "s"
