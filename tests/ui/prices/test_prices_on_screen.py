"""Prices on the office's screen: changed in a draft, refused at the field, brought as a workbook."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Role
from fieldcrm.rules.rule_draft import RuleDraft
from fieldcrm.services import price_lists, rule_drafts
from fieldcrm.storage import rule_draft as kept
from fieldcrm.storage.database import Database
from fieldcrm.sync.remote import Remote
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.prices import price_list, sentences, words, workbook
from fieldcrm.ui.prices.benefit import paths_of
from fieldcrm.ui.prices.benefits import BenefitFields
from fieldcrm.ui.prices.book_page import BookPage, PriceDialog
from fieldcrm.ui.prices.compare_page import ComparePage
from fieldcrm.ui.prices.page import PricesPage
from fieldcrm.ui.prices.pick_dialog import PickDialog
from fieldcrm.ui.prices.picking import PickField
from fieldcrm.ui.prices.price_list import PriceListDialog
from fieldcrm.ui.prices.publishing import PublishDialog
from fieldcrm.ui.prices.rule_page import RulePage
from fieldcrm.ui.prices.workbook import FaultsDialog, TakeDialog
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.ui.conftest import NOW, TODAY, RecordingShell, Settle, make_context

Show = Callable[..., Any]


@pytest.fixture
def shell(qtbot: QtBot) -> RecordingShell:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    return RecordingShell(widget=window)


@pytest.fixture
def office(laptop_db: Database, jobs: Jobs, shell: RecordingShell) -> Context:
    return make_context(laptop_db, jobs, Role.FINANCE, shell)


@pytest.fixture
def show(office: Context, qtbot: QtBot, settle: Settle) -> Show:
    def made(page: type[Any], **where: object) -> Any:
        shown = page(office)
        qtbot.addWidget(shown)
        shown.resize(1216, 800)
        with qtbot.waitExposed(shown):
            shown.show()
        shown.show_place(**where)
        settle()
        return shown

    return made


def draft(office: Context) -> RuleDraft:
    with office.database.reading() as session:
        return kept.load(session) or RuleDraft()


def dialog(shell: RecordingShell, kind: type[Any]) -> Any:
    assert shell.widget is not None
    return next(each for each in shell.widget.findChildren(kind) if each.isVisible())


def test_a_rule_is_changed_in_the_draft_and_what_is_wrong_is_said_at_its_field(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    form: RulePage = show(RulePage, noun="promotion", rule="FULL-5000")
    fields = {path: field for group in form.groups for path, field in group.fields.items()}
    fields["budget"].control.setText("lots")  # type: ignore[attr-defined]
    fields["name"].control.setText("Five thousand")  # type: ignore[attr-defined]
    form.save()
    settle()
    assert fields["budget"].control.property("wrong")
    assert not draft(office).changes
    fields["budget"].control.setText("-5")  # type: ignore[attr-defined]
    form.save()
    settle()
    assert fields["budget"].control.property("wrong")
    assert fields["name"].control.text() == "Five thousand"  # type: ignore[attr-defined]
    fields["budget"].control.setText("")  # type: ignore[attr-defined]
    form.save()
    settle()
    changed = draft(office).changes["promotion", "FULL-5000"] or {}
    assert (changed["name"], changed["budget"], shell.backs) == ("Five thousand", None, 1)


def test_no_rule_takes_the_place_of_another_unnoticed(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    form: RulePage = show(RulePage, noun="promotion", rule="FULL-5000")
    fields = {path: field for group in form.groups for path, field in group.fields.items()}
    fields["code"].control.setText("TEA-10-1")  # type: ignore[attr-defined]
    form.save()
    settle()
    assert fields["code"].control.property("wrong")
    books: PricesPage = show(PricesPage, noun="price_book")
    page: BookPage = show(BookPage, book=books.model.rows[0].key)
    page.open_price(page.model.rows[0])
    asked: PriceDialog = dialog(shell, PriceDialog)
    asked._line = None  # the same typed into the form of a new price
    asked.save()
    assert asked.fields.fields["product_id"].control.property("wrong")
    assert not draft(office).changes


def test_a_new_rule_calls_nothing_wrong_before_somebody_tries_to_keep_it(show: Show) -> None:
    page: RulePage = show(RulePage, noun="promotion")
    fields = {path: field for group in page.groups for path, field in group.fields.items()}

    def wrong() -> set[str]:
        return {path for path, field in fields.items() if field.control.property("wrong")}

    assert wrong() == set()
    fields["valid_from"].control.setText("tomorrow")  # type: ignore[attr-defined]
    page._on_edited()
    assert wrong() == {"valid_from"}
    page.save()
    assert {"code", "valid_from"} <= wrong()


def test_a_cost_price_is_kept_in_the_draft_and_what_is_typed_wrong_stays_at_its_field(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    page: PricesPage = show(PricesPage, noun="cost_price")
    assert page.desk is not None
    line = page.model.rows[0]
    form: RulePage = show(RulePage, noun="cost_price", rule=line.key)
    fields = form.groups[0].fields
    for path, typed in (("cost", "much"), ("valid_from", "soon")):
        fields[path].control.setText(typed)  # type: ignore[attr-defined]
    form.save()
    settle()
    assert [path for path, field in fields.items() if field.control.property("wrong")] == [
        "cost",
        "valid_from",
    ]
    for path, typed in (("cost", "1.2345"), ("valid_from", "2026-12-01"), ("currency", "yuan")):
        fields[path].control.setText(typed)  # type: ignore[attr-defined]
    form.save()
    settle()
    assert fields["currency"].control.property("wrong")
    fields["currency"].control.setText("")  # type: ignore[attr-defined]
    form.save()
    settle()
    product = line.said["product_id"]
    made = draft(office).changes["cost_price", f"{product}|CNY|2026-12-01"] or {}
    assert (made["cost"], made["currency"], shell.backs) == ("1.2345", "CNY", 1)


def test_goods_are_chosen_by_name_pasted_as_a_list_and_what_is_unknown_stays_typed(
    office: Context, show: Show, settle: Settle, shell: RecordingShell, qtbot: QtBot
) -> None:
    form: RulePage = show(RulePage, noun="promotion", rule="TEA-10-1")
    goods: PickField = form.groups[0].fields["goods"].control  # type: ignore[assignment]
    assert list(goods.chosen) == ["TE0001"]
    goods.paste("TE0002\nNOPE\nBI0088\n")
    assert list(goods.chosen) == ["TE0001", "TE0002", "BI0088"]
    assert (goods.line.text(), "2" in goods._note.text()) == ("NOPE", True)
    form.save()
    settle()
    assert goods.line.property("wrong")
    assert not draft(office).changes
    goods.line.setText("mllc")
    qtbot.keyClick(goods.line, Qt.Key.Key_Return)  # several are called so: the list opens with the search
    asked: PickDialog = dialog(shell, PickDialog)
    assert [each.code for each in asked.model.rows] == ["TE0001", "TE0002"]
    qtbot.keyClick(asked.search, Qt.Key.Key_Down)
    qtbot.keyClick(asked.list, Qt.Key.Key_Space)  # TE0001 is let go
    qtbot.keyClick(asked.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert list(goods.chosen) == ["TE0002", "BI0088"]
    form.save()
    settle()
    changed = draft(office).changes["promotion", "TEA-10-1"] or {}
    assert len(changed["goods"]) == 2


def test_a_benefit_asks_only_for_its_own_fields_and_a_wrong_tier_is_named_with_its_field(
    office: Context, show: Show, settle: Settle, qtbot: QtBot
) -> None:
    form: RulePage = show(RulePage, noun="promotion", rule="SPARK-STEP")
    benefit: BenefitFields = form.groups[2]  # type: ignore[assignment]
    first, second = benefit.tiers.rows
    quantity = second.fields["min_quantity"].control
    quantity.setText("5")  # type: ignore[attr-defined]  # below the first tier
    form.save()
    settle()
    assert quantity.property("wrong")
    assert not draft(office).changes
    qtbot.keyClick(quantity, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert benefit.tiers.rows == [second, first]
    second.give.kind.choose("gift")  # type: ignore[union-attr]
    second.give._on_kind()  # type: ignore[union-attr]
    assert set(second.give.inner.fields) == set(paths_of("gift"))  # type: ignore[union-attr]
    form.save()
    settle()
    gift = benefit.fields["tiers.0.give.gift.product_id"].control
    assert gift.property("wrong")
    gift.setText("TE0001")  # type: ignore[attr-defined]
    benefit.fields["tiers.0.give.gift.quantity"].control.setText("1")  # type: ignore[attr-defined]
    last = first.fields["min_amount"].control
    qtbot.keyClick(last, Qt.Key.Key_Return)  # Enter in the last tier adds one
    assert len(benefit.tiers.rows) == 3
    qtbot.keyClick(
        benefit.tiers.rows[2].fields["min_amount"].control, Qt.Key.Key_Delete,
        Qt.KeyboardModifier.AltModifier,
    )  # fmt: skip
    form.save()
    settle()
    tiers = (draft(office).changes["promotion", "SPARK-STEP"] or {})["tiers"]
    assert [(each["min_quantity"], list(each["give"])) for each in tiers] == [
        ("5.00", ["gift"]), ("10.00", ["percent_off"]),
    ]  # fmt: skip


def test_half_a_rule_is_there_again_when_the_form_is_opened_again(
    office: Context, show: Show, settle: Settle
) -> None:
    form: RulePage = show(RulePage, noun="promotion")
    form.groups[0].fields["code"].control.setText("HALF")  # type: ignore[attr-defined]
    form._on_edited()
    settle()
    again: RulePage = show(RulePage, noun="promotion")
    assert again.groups[0].fields["code"].control.text() == "HALF"  # type: ignore[attr-defined]
    again._leave()
    settle()
    last: RulePage = show(RulePage, noun="promotion")
    assert last.groups[0].fields["code"].control.text() == ""  # type: ignore[attr-defined]


def test_the_list_shows_what_changes_and_takes_it_back(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    page: PricesPage = show(PricesPage, noun="promotion")
    page.table.pick(0)
    page.end()
    settle()
    assert page.model.rows[0].state == "ends"
    assert shell.undo is not None
    shell.undo()
    settle()
    assert not draft(office).changes
    assert page.model.rows[0].state == ""


def test_prices_of_a_book_change_together_and_one_by_one(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    books: PricesPage = show(PricesPage, noun="price_book")
    key = next(line.key for line in books.model.rows if line.said["code"] == "LIST-2026")
    page: BookPage = show(BookPage, book=key)
    page.search.setText("TE0001")
    page.search.settle_now()
    before = [Decimal(line.said["price"]) for line in page.model.rows]
    page.changed_by(Decimal(10))
    settle()
    assert [Decimal(line.said["price"]) for line in page.model.rows] == [
        (each * Decimal("1.1")).quantize(Decimal("0.01")) for each in before
    ]
    page.open_price(page.model.rows[0])
    asked: PriceDialog = dialog(shell, PriceDialog)
    asked.fields.fields["price"].control.setText("0.01")  # type: ignore[attr-defined]
    asked.save()
    assert asked.fields.fields["price"].control.property("wrong")
    assert len(draft(office).changes) == len(before)


def test_a_workbook_is_shown_before_it_is_taken_and_its_faults_are_listed(
    office: Context, show: Show, settle: Settle, shell: RecordingShell, tmp_path: Path
) -> None:
    page: PricesPage = show(PricesPage)
    file = tmp_path / "prices.xlsx"
    workbook.save_to(page, file)
    settle()
    book = openpyxl.load_workbook(file)
    sheet = book[words.sheet("promotion")]
    heads = [cell.value for cell in sheet[1]]
    budget = heads.index(words.column("budget")) + 1
    sheet.cell(2, budget).value = -3
    book.save(file)
    workbook.bring_from(page, file)
    settle()
    faults: FaultsDialog = dialog(shell, FaultsDialog)
    assert [(each.table, each.line, each.path) for each in faults.faults] == [("promotion", 2, "budget")]
    faults.save_to(tmp_path / "faults.xlsx")
    said = [cell.value for cell in openpyxl.load_workbook(tmp_path / "faults.xlsx").active[2]]  # type: ignore[index]
    assert (said[1], bool(said[4])) == (2, True)
    assert said[5] == "This value is outside the allowed range."
    assert not draft(office).changes
    faults.leave()
    sheet.cell(2, budget).value = 77
    book.save(file)
    workbook.bring_from(page, file)
    settle()
    dialog(shell, TakeDialog).take.click()
    settle()
    ((_, doc),) = draft(office).changes.items()
    assert (doc or {})["budget"] == "77.00"


def test_without_network_the_draft_stays_and_the_dialog_says_so(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    page: PricesPage = show(PricesPage, noun="promotion")
    page.publish.click()
    assert shell.toasts  # nothing is changed yet
    page.table.pick(0)
    page.end()
    settle()
    page.publish.click()
    asked: PublishDialog = dialog(shell, PublishDialog)
    asked.publish()
    assert asked._problem.isVisible()
    assert len(draft(office).changes) == 1
    assert isinstance(asked, Dialog)


def test_a_promotion_is_said_in_plain_words_in_both_languages(look: Callable[[str, str], None]) -> None:
    doc = {
        "target": "products", "goods": [{"product_id": "t", "quantity": "1"}],
        "conditions": {"unit": "箱", "buy_quantity": "10", "repeat": True, "max_times": 5},
        "give": {"gift": {"product_id": "t", "quantity": "1", "unit": "箱"}},
        "whom": {"group": ["KA"]}, "exclusive": True, "max_uses": 2, "budget": "500",
    }  # fmt: skip
    assert sentences.promotion(doc, lambda _key: "绿茶") == (
        "绿茶：每满 10 箱，赠 1 箱「绿茶」。每单最多 5 次。每个客户可用 2 次。用完 ¥500.00 预算即止。"
        "不与其他促销同享。仅限 分组 KA。"
    )
    look("en", "light")
    assert sentences.promotion(doc, lambda _key: "Tea") == (
        "Tea: for every 10 cases, 1 case of Tea as a gift. At most 5 times in an order. "
        "Each customer may use it 2 times. Ends when ¥500.00 are spent. Stands alone. Only for group KA."
    )


def test_a_price_list_names_the_customer_his_prices_and_the_promotions(laptop_db: Database) -> None:
    with laptop_db.reading() as session:
        account = session.scalars(select(Account).where(Account.price_group == "KA")).first()
        assert account is not None
        found = price_lists.price_list(session, account.id, TODAY, NOW)
    text = price_list.html(found, account.name + " <b>", "鲜达")
    assert f"{account.name} &lt;b&gt;" in text
    assert "绿茶十赠一" in text and "茉莉绿茶 500ml" in text and "当日促销" in text  # noqa: PT018
    assert price_list.paper(found, account.name, "鲜达").startswith(b"%PDF")


def test_a_price_list_is_of_the_chosen_day_and_says_so(office: Context, qtbot: QtBot) -> None:
    with office.database.reading() as session:
        account = session.scalars(select(Account)).first()
        asked = PriceListDialog(office, account.id, account.name)
        qtbot.addWidget(asked)
        assert asked.on.day == TODAY
        asked.on.show_day(TODAY + timedelta(30))
        raw = QByteArray(asked.make()(session))
    buffer = QBuffer(raw)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    said = unicodedata.normalize("NFKC", "".join(document.getAllText(0).text().split()))
    assert "自2026年12月18日起执行" in said


def test_the_office_takes_the_draft_as_a_whole_and_the_laptop_forgets_it(
    office: Context, show: Show, settle: Settle, shell: RecordingShell, shared_server: ServerProcess
) -> None:
    remote = Remote(shared_server.url, str(new_id()))
    remote.login("admin", PASSWORD, "Office")
    with shared_server.opened() as database, database.reading() as connection, Session(connection) as session:
        number = rule_drafts.newest(session)
    page: PricesPage = show(PricesPage, noun="promotion")
    promotion = {"code": "SCREEN", "name": "Five off", "target": "order", "give": {"percent_off": "5"}}
    page.change({("promotion", "SCREEN"): promotion}, "")
    settle()
    assert page.desk is not None
    page.context = replace(office, laptop=SimpleNamespace(remote=remote))  # type: ignore[arg-type]
    asked = PublishDialog(page, page.desk)
    asked.open()
    asked.publish()  # the laptop's rules are not this server's: it says so, and keeps the draft
    settle()
    assert asked._problem.isVisible()
    assert len(draft(office).changes) == 1
    asked._desk = replace(page.desk, draft=replace(page.desk.draft, based_on=number))
    asked.when.choose("day")
    asked.day.show_day(date(2031, 1, 1))
    asked.publish()
    settle()
    assert not draft(office).changes
    assert shell.syncs == 1
    with shared_server.opened() as database, database.reading() as connection, Session(connection) as session:
        assert rule_drafts.newest(session) == number + 1


def test_the_draft_stands_beside_what_is_in_force_rule_by_rule_and_in_words(
    office: Context, show: Show, settle: Settle, shell: RecordingShell
) -> None:
    page: PricesPage = show(PricesPage, noun="promotion")
    assert page.desk is not None
    spring = page.desk.docs["promotion"]["SPARK-STEP"] | {"budget": "5000"}
    page.change({("promotion", "SPARK-STEP"): spring, ("promotion", "FULL-5000"): None}, "")
    settle()
    both: ComparePage = show(ComparePage)
    assert [(line.key, line.state) for line in both.model.rows] == [
        ("FULL-5000", "ends"), ("SPARK-STEP", "changed"),
    ]  # fmt: skip
    both.table.pick(1)
    said = [each.text() for each in both.sides.findChildren(Paragraph)]
    assert "5,000.00" in said
    both.open()
    assert shell.opened[-1] == ("price_rule", {"noun": "promotion", "rule": "SPARK-STEP"})
    both._choose(1, 1)
    settle()
    assert not both.model.rows
