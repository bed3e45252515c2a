from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts import findings_file
from fieldcrm.ui.accounts.import_page import CHECK, CHOOSE, DONE, MAPPING, ImportPage
from fieldcrm.ui.shell import ShellView
from tests.ui.conftest import LOOKS, Settle, Shoot

LIST = """店名,门店编号,详细地址,城市,联系电话,经度,纬度,等级,渠道
三墩福旺食品批发部,HZ-9001,三墩街 61 号,hangzhou,139 1234 4417,120.09,30.32,A,批发
西溪里 B1 食集,HZ-9002,文一西路 998 号,杭州,0571-88991234,120.0551,30.2741,A级,购物中心
,HZ-9003,双龙街 136 号,杭州,,,,B,超市
玉泉校园超市,HZ-9001,浙大路 38 号,杭州,,,,B,校园
学院路鲜果零食屋,HZ-9005,学院路 77 号,杭州,8899123,abc,30.2,B,零食
=cmd|calc,HZ-9006,天目山路 420 号,Suzhou,,120.1,30.3,很好,加油站
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "新开门店.csv"
    path.write_bytes(LIST.encode("gb18030"))
    return path


@pytest.fixture
def page(show: Callable[[type], ImportPage]) -> ImportPage:
    return show(ImportPage)


def count(laptop_db: Database) -> int:
    with laptop_db.reading() as session:
        return session.scalar(select(func.count()).where(Account.archived_at.is_(None))) or 0


def test_a_list_goes_in_step_by_step_and_comes_out_again(
    page: ImportPage, file: Path, laptop_db: Database, settle: Settle
) -> None:
    before = count(laptop_db)
    page.take(file)
    settle()
    assert page.stack.currentIndex() == MAPPING
    assert page.mapping_step.mapping()["name"] == 0
    page.go_on()
    settle()
    assert page.stack.currentIndex() == CHECK
    assert count(laptop_db) == before
    page.go_on()
    settle()
    assert page.stack.currentIndex() == DONE
    assert count(laptop_db) == before + 3
    page._undo()
    settle()
    assert count(laptop_db) == before
    assert page.stack.currentIndex() == CHOOSE


def test_without_a_name_column_it_does_not_go_on(page: ImportPage, file: Path, settle: Settle) -> None:
    page.take(file)
    settle()
    page.mapping_step._choices[0].choose("")
    page.go_on()
    settle()
    assert page.stack.currentIndex() == MAPPING
    assert page._facts.text()


def test_a_field_has_one_column(page: ImportPage, file: Path, settle: Settle) -> None:
    page.take(file)
    settle()
    step = page.mapping_step
    step._choices[2].choose("name")
    step._on_chosen(2, "name")
    assert step.mapping()["name"] == 2
    assert step._choices[0].value == ""


def test_a_file_that_is_no_list_is_said_in_plain_words(
    page: ImportPage, tmp_path: Path, settle: Settle
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04nonsense")
    page.take(path)
    settle()
    assert page.stack.currentIndex() == CHOOSE
    assert len(page.context.shell.errors) == 1


def test_the_report_names_line_field_and_fault(
    page: ImportPage, file: Path, tmp_path: Path, settle: Settle
) -> None:
    page.take(file)
    settle()
    page.go_on()
    settle()
    assert page._report is not None
    target = tmp_path / "report.csv"
    assert findings_file.write(target, page._report.findings) == len(page._report.findings)
    text = target.read_text("utf-8-sig")
    assert "4,Store name" in text or "4,店名" in text
    assert "'=cmd|calc" in text


def test_an_earlier_import_can_be_undone_from_the_first_step(
    page: ImportPage, file: Path, laptop_db: Database, settle: Settle
) -> None:
    before = count(laptop_db)
    page.take(file)
    settle()
    for _ in range(2):
        page.go_on()
        settle()
    run = page._run
    page._again()
    settle()
    assert page.choose_step._earlier.isVisible()
    assert run is not None
    page._undo_run(run)
    settle()
    assert count(laptop_db) == before


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    window: ShellView, file: Path, shoot: Shoot, settle: Settle, look: Callable[[str, str], None],
    language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    window.rebuild()
    window.show()
    window.open("account_import")
    settle()
    page = window.page
    shoot(window, f"import-1-{language}-{mode}", ((1280, 720),))
    page.take(file)
    settle()
    shoot(window, f"import-2-{language}-{mode}")
    page.go_on()
    settle()
    shoot(window, f"import-3-{language}-{mode}")
    page.go_on()
    settle()
    shoot(window, f"import-4-{language}-{mode}", ((1280, 720),))
