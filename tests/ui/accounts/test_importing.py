from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from fieldcrm import clock
from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.users import Role
from fieldcrm.rules.importing.duplicates import Action, Policy
from fieldcrm.rules.importing.lines import Defaults, Weight
from fieldcrm.storage import import_log
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import AccountFact, ImportState, OutboxEntry
from fieldcrm.sync import outbox
from fieldcrm.ui.accounts import importing
from fieldcrm.ui.accounts.importing import Job, Report
from tests.builders import make_account, make_order, make_territory, make_user

HEADER = "店名,编码,地址,城市,电话,经度,纬度,等级\n"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "stores_cn.csv"


class Desk:
    """A rep's laptop with the outbox attached, and a file to import."""

    def __init__(self, laptop: Database, folder: Path) -> None:
        self.laptop, self.path = laptop, folder / "list.csv"
        self.territory = make_territory()
        self.below = make_territory(code="B", parent_id=self.territory.id)
        self.elsewhere = make_territory(code="X")
        self.rep = make_user(self.territory)
        self.boss = make_user(self.territory, role=Role.MANAGER, login="boss")
        with laptop.writing() as session:
            session.add_all((self.territory, self.below, self.elsewhere, self.rep, self.boss))
        outbox.attach(laptop)

    def job(self, content: str | bytes | None = None, **how: Any) -> Job:
        if content is not None:
            self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        seen = importing.preview(self.path)
        return Job(seen.sheet, seen.mapping, seen.has_header, **how)

    def report(self, job: Job) -> Report:
        return importing.dry_run(self.laptop, job, lambda: False, lambda _: None)

    def run(self, job: Job, stop: Any = lambda: False) -> import_log.Run:
        return importing.run(self.laptop, job, me=self.rep.id, total=0, stop=stop, tell=lambda _: None)

    def undo(self, run: import_log.Run) -> Any:
        return importing.undo(self.laptop, run.id, at=clock.now(), stop=lambda: False, tell=lambda _: None)

    def living(self) -> dict[str, Account]:
        with self.laptop.reading() as session:
            found = session.scalars(select(Account).where(Account.archived_at.is_(None)))
            return {account.name: account for account in found}

    def count(self, what: Any) -> int:
        with self.laptop.reading() as session:
            return session.scalar(select(func.count()).select_from(what)) or 0


@pytest.fixture
def desk(laptop: Database, tmp_path: Path) -> Desk:
    return Desk(laptop, tmp_path)


def codes(report: Report) -> set[tuple[int, str, str]]:
    return {(f.line, f.field, f.code) for f in report.findings if f.weight is not Weight.NOTE}


def test_good_lines_go_in_and_bad_ones_are_named(desk: Desk) -> None:
    job = desk.job(
        HEADER
        + "佳惠超市,A-1,古墩路97号,杭州,0571-88001234,120.1551,30.2741,A\n"
        + ",A-2,文三路1号,杭州,,,,\n"
        + "福旺批发,A-1,三墩街61号,杭州,,,,\n"
        + "好邻居,A-4,文三路388号,杭州,,abc,30.1,\n"
    )
    report = desk.report(job)
    assert codes(report) == {
        (3, "name", "required"),
        (4, "code", "code_twice"),
        (5, "longitude", "not_degrees"),
    }
    run = desk.run(job)
    assert (run.created, run.left_out, run.state) == (1, 3, ImportState.DONE)
    account = desk.living()["佳惠超市"]
    assert (account.city, account.territory_id, account.owner_id) == (
        "杭州市",
        desk.territory.id,
        desk.rep.id,
    )
    assert desk.count(AccountFact) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_usual_encoding_and_delimiter_is_read(desk: Desk, encoding: str, delimiter: str) -> None:
    text = (HEADER + "佳惠超市,A-1,古墩路97号,杭州,,,,\n").replace(",", delimiter)
    assert desk.run(desk.job(text.encode(encoding))).created == 1
    assert "佳惠超市" in desk.living()


def test_a_list_pasted_together_from_two_encodings_is_read_whole(desk: Desk) -> None:
    content = (HEADER + "佳惠超市,A-1,,,,,,\n").encode() + "福旺批发,A-2,,,,,,\n".encode("gb18030")
    assert desk.run(desk.job(content)).created == 2
    assert set(desk.living()) == {"佳惠超市", "福旺批发"}


def test_bytes_that_are_no_text_keep_their_line_out(desk: Desk) -> None:
    content = HEADER.encode() + b"\xff\xff\xfe\x81,A-1,,,,,,\n" + "好邻居,A-2,,,,,,\n".encode()
    job = desk.job(content)
    assert (2, "name", "unreadable_text") in codes(desk.report(job))
    assert desk.run(job).created == 1


def test_a_quote_that_never_closes_costs_its_own_line_only(desk: Desk) -> None:
    good = "".join(f"店{n},B-{n},,,,,,\n" for n in range(50))
    job = desk.job(HEADER + '"开着的引号,A-1,,,,,,\n' + good)
    assert desk.run(job).created == 50


def test_a_quoted_cell_may_have_line_breaks(desk: Desk) -> None:
    desk.run(desk.job(HEADER + '佳惠超市,A-1,"古墩路\n97 号",,,,,\n'))
    assert desk.living()["佳惠超市"].address == "古墩路 97 号"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"\n\n ,\n", "empty_file"), (b"\xd0\xcf\x11\xe0abc", "old_workbook"),
     (b"PK\x03\x04nonsense", "not_a_list"), (b"\x00\x01\x02\x00" * 50, "not_a_list")],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused_in_one_word(desk: Desk, content: bytes, code: str) -> None:
    desk.path.write_bytes(content)
    with pytest.raises(Invalid, match=code):
        importing.preview(desk.path)


def test_a_list_without_a_name_column_is_all_wrong(desk: Desk) -> None:
    report = desk.report(desk.job("编码,电话\nA-1,0571-88001234\n"))
    assert codes(report) == {(2, "name", "required")}


def test_a_workbook_is_read_with_its_numbers_as_written(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["店名", "编码", "电话", "纬度", "经度", "联系人", "手机"])
    page.append(["佳惠超市", 1024, "057188001234", 30.2741, 120.1551, "王丽芬", 13912344417])
    page.append(["=1+1", 1025, None, None, None, None, None])
    path = tmp_path / "list.xlsx"
    book.save(path)
    seen = importing.preview(path)
    desk.run(Job(seen.sheet, seen.mapping))
    account = desk.living()["佳惠超市"]
    assert (account.code, account.phone, account.latitude_e7) == ("1024", "0571-88001234", 302_741_000)
    with desk.laptop.reading() as session:
        assert session.scalars(select(Contact.phone)).all() == ["13912344417"]


def test_the_same_store_again_is_skipped_updated_or_created_as_the_user_says(desk: Desk) -> None:
    first = HEADER + "佳惠超市,A-1,古墩路97号,杭州市,0571-88001234,,,A\n福旺,,三墩街61号,,,,,B\n"
    desk.run(desk.job(first))
    again = HEADER + "佳惠超市,a-1,古墩路97号,杭州市,0571-88009999,,,\n福旺,,三墩街 61 号,,,,,C\n"
    assert desk.report(desk.job(again)).actions == {Action.SKIP: 2}
    assert desk.report(desk.job(again, policy=Policy.CREATE)).actions == {Action.REJECT: 1, Action.CREATE: 1}
    run = desk.run(desk.job(again, policy=Policy.UPDATE))
    assert run.updated == 2
    living = desk.living()
    assert (living["佳惠超市"].phone, living["佳惠超市"].grade) == ("0571-88009999", "A")
    assert living["福旺"].grade == "C"


def test_undo_archives_what_was_created_and_restores_what_was_changed(desk: Desk) -> None:
    desk.run(desk.job(HEADER + "佳惠超市,A-1,古墩路97号,杭州市,0571-88001234,,,A\n"))
    with desk.laptop.writing() as session:  # all of it has been sent
        session.query(OutboxEntry).delete()
    run = desk.run(desk.job(
        HEADER + "佳惠超市,A-1,文三路1号,宁波市,0574-88009999,121.55,29.88,B\n新店,A-9,文三路2号,,,,,\n",
        policy=Policy.UPDATE,
    ))  # fmt: skip
    with desk.laptop.writing() as session:
        session.scalars(select(Account).where(Account.code == "A-1")).one().phone = "13912344417"
    result = desk.undo(run)
    assert (result.undone, result.kept) == (1, 1)
    [account] = desk.living().values()
    assert (account.name, account.address, account.city, account.grade) == (
        "佳惠超市",
        "古墩路97号",
        "杭州市",
        "A",
    )
    assert account.phone == "13912344417"
    assert account.latitude_e7 is None
    with desk.laptop.reading() as session:
        assert import_log.runs(session)[0].state is ImportState.UNDONE


def test_undo_leaves_a_created_account_that_has_an_order_by_now(desk: Desk) -> None:
    run = desk.run(desk.job(HEADER + "佳惠超市,A-1,,,,,,\n好邻居,A-2,,,,,,\n"))
    with desk.laptop.writing() as session:
        session.add(make_order(desk.rep, desk.living()["好邻居"]))
    assert (desk.undo(run).undone, set(desk.living())) == (1, {"好邻居"})


def test_stopping_keeps_what_is_written_and_undo_takes_it_back(desk: Desk) -> None:
    job = desk.job("店名,编码\n" + "".join(f"店{n},C-{n}\n" for n in range(3 * importing.CHUNK)))
    calls = iter([False, False, True])
    run = desk.run(job, stop=lambda: next(calls))
    assert (run.state, run.created) == (ImportState.STOPPED, 2 * importing.CHUNK)
    assert desk.undo(run).undone == 2 * importing.CHUNK
    assert desk.living() == {}


def test_a_rep_imports_into_the_own_territory_only(desk: Desk) -> None:
    with pytest.raises(RuleBroken, match="not_your_territory"):
        desk.run(desk.job(HEADER + "佳惠超市,A-1,,,,,,\n", territory_id=desk.elsewhere.id))
    assert desk.living() == {}


def test_a_manager_imports_into_a_territory_below(desk: Desk) -> None:
    desk.rep = desk.boss
    desk.run(desk.job(HEADER + "佳惠超市,A-1,,,,,,\n", territory_id=desk.below.id))
    account = desk.living()["佳惠超市"]
    assert (account.territory_id, account.owner_id) == (desk.below.id, None)


def test_every_created_account_waits_to_be_sent(desk: Desk) -> None:
    desk.run(desk.job(HEADER + "佳惠超市,A-1,,,,,,\n"))
    with desk.laptop.reading() as session:
        waiting = session.scalars(select(OutboxEntry.entity)).all()
    assert "account" in waiting


@pytest.mark.skipif(not SHARED.exists(), reason="the shared list of stores is not here")
def test_the_real_list_goes_in_whole_with_a_truthful_report(desk: Desk) -> None:
    desk.path = SHARED
    job = desk.job(defaults=Defaults(channel="catering", datum="gcj02"))
    report = desk.report(job)
    with SHARED.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert report.lines == len(rows) == report.actions[Action.CREATE]
    assert report.kinds[Weight.NOTE, "latitude", "position_rough"] == len(rows)
    assert not any(weight is Weight.ERROR for weight, _, _ in report.kinds)
    run = desk.run(job)
    assert run.created == len(rows)
    assert desk.count(AccountFact) == len(rows)
    assert desk.report(job).actions == {Action.SKIP: len(rows)}


def test_a_changed_account_keeps_what_the_list_does_not_say(desk: Desk) -> None:
    with desk.laptop.writing() as session:
        session.add(make_account(desk.territory, code="A-1", name="佳惠超市", note="老客户", grade="A"))
    desk.run(desk.job("店名,编码\n佳惠生活超市,A-1\n", policy=Policy.UPDATE))
    [account] = desk.living().values()
    assert (account.name, account.note, account.grade) == ("佳惠生活超市", "老客户", "A")
