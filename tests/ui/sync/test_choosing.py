"""Choosing between two values of one field, as the sync centre offers it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.sync import outbox
from fieldcrm.ui.context import Context
from fieldcrm.ui.sync.clashes import ValueCard
from tests.ui.conftest import NOW, Settle
from tests.ui.sync.conftest import Laptop, Open, busy
from tests.ui.sync.seen import clash, press, store, texts

WEEK = [1, 2, 3, 4, 5, 6, 7]


def test_nothing_is_chosen_beforehand_for_phone_and_credit_elsewhere_what_stands(
    laptop: Laptop, open_page: Open
) -> None:
    for field, values in {
        "phone": ("1", "2", "0"),
        "credit_limit": ("9.00", "8.00", "7.00"),
        "grade": "ABC",
    }.items():
        laptop.clash(laptop.stores[0], field, *values)
    page = open_page()
    chosen = {choice.field: page.chosen[choice.key] for choice in clash(page).choices}
    assert chosen == {"phone": None, "credit_limit": None, "grade": False}
    assert "还有 2 项没选" in texts(page.clash_footer)


def test_arrows_choose_and_go_to_the_next_field(laptop: Laptop, open_page: Open, qtbot: QtBot) -> None:
    laptop.clash(laptop.stores[0], "address", "mine", "theirs", "old")
    laptop.clash(laptop.stores[0], "phone", "13705712290", "13705712209", "")
    page = open_page()
    address, phone = clash(page).choices
    page.clash_view.focus_first()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert page.chosen[phone.key] is None
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert (page.chosen[address.key], page.chosen[phone.key]) == (True, False)
    focus = QApplication.focusWidget()
    assert isinstance(focus, ValueCard)
    assert focus.isChecked()


def test_saving_writes_what_was_chosen_and_undo_asks_again(
    laptop: Laptop, open_page: Open, settle: Settle, context: Context
) -> None:
    laptop.clash(laptop.stores[0], "address", "my street", "their street", "old")
    kept = laptop.clash(laptop.stores[0], "grade", "A", "B", "C")
    with laptop.database.writing() as session:
        account = session.get_one(Account, laptop.stores[0].id)
        account.address, account.grade = "their street", "B"  # type: ignore[assignment]
    page = open_page()
    address = next(choice for choice in clash(page).choices if choice.field == "address")
    page._on_chosen(address.key, True)
    page.save()
    settle()
    assert (store(laptop).address, store(laptop).grade) == ("my street", "B")
    assert laptop.get(Conflict, kept.id).state == ConflictState.KEPT
    assert page.centre.clashes == ()
    context.shell.undo()  # type: ignore[attr-defined]
    settle()
    assert store(laptop).address == "their street"
    assert len(page.centre.clashes) == 1


def test_saving_with_a_gap_goes_to_it_and_writes_nothing(
    laptop: Laptop, open_page: Open, settle: Settle
) -> None:
    made = laptop.clash(laptop.stores[0], "phone", "1", "2", "0")
    page = open_page()
    page.save()
    settle()
    assert isinstance(QApplication.focusWidget(), ValueCard)
    assert laptop.get(Conflict, made.id).state == ConflictState.OPEN


def test_a_value_of_mine_that_stands_is_given_up_for_the_office(
    laptop: Laptop, open_page: Open, settle: Settle
) -> None:
    made = laptop.clash(laptop.stores[0], "address", "mine", "theirs", "old", mine_lost=False)
    page = open_page()
    assert clash(page).choices[0].mine == ("mine",)
    page.choose_all(False)
    page.save()
    settle()
    assert store(laptop).address == "theirs"
    assert laptop.get(Conflict, made.id).state == ConflictState.SWAPPED


def test_a_position_is_one_choice(laptop: Laptop, open_page: Open, settle: Settle) -> None:
    edit = laptop.stores[0].id
    laptop.clash(laptop.stores[0], "latitude_e7", 301000000, 302000000, 303000000, mutation_id=edit)
    laptop.clash(laptop.stores[0], "longitude_e7", 1201000000, 1202000000, 1203000000, mutation_id=edit)
    page = open_page()
    [choice] = clash(page).choices
    assert choice.field == "position"
    assert "30.10000°, 120.10000°" in texts(page.clash_view)
    page.choose_all(True)
    page.save()
    settle()
    assert (store(laptop).latitude_e7, store(laptop).longitude_e7) == (301000000, 1201000000)


def test_a_record_that_was_put_away_takes_no_other_value(laptop: Laptop, open_page: Open) -> None:
    laptop.clash(laptop.stores[0], "phone", "1", "2", "0", reason="archived")
    with laptop.database.writing() as session:
        session.get_one(Account, laptop.stores[0].id).archived_at = NOW
    page = open_page()
    page.choose_all(True)
    assert page.chosen[clash(page).choices[0].key] is False
    assert "已停用" in texts(page.clash_view)


def test_values_are_worded_and_never_raw(laptop: Laptop, open_page: Open) -> None:
    first = laptop.stores[0]
    laptop.clash(first, "channel", "convenience", "supermarket", "other")
    laptop.clash(first, "credit_limit", "12000.50", None, "8000.00")
    laptop.clash(first, "opening", [{"days": WEEK, "open": "08:00", "close": "21:00"}], [], [])
    laptop.clash(first, "owner_id", str(laptop.rep), str(laptop.office), None)
    laptop.clash(first, "tags", ["冰柜", "堆头"], ["冰柜"], [])
    said = texts(open_page().clash_view)
    for wanted in ("便利店", "超市", "¥12,000.50", "08:00–21:00", "冰柜，堆头", "—"):
        assert wanted in said, wanted
    for raw in ("convenience", "12000.50\n", str(laptop.rep), "opening", "credit_limit"):
        assert raw not in said, raw


def test_what_else_my_edit_changed_is_listed(laptop: Laptop, open_page: Open) -> None:
    busy(laptop)
    page = open_page()
    assert [field for field, _ in clash(page).merged] == ["address", "service_minutes"]
    assert "古墩路 97 号 3 单元" in texts(page.clash_view)


def test_deciding_later_leads_to_the_next_and_then_to_none(laptop: Laptop, open_page: Open) -> None:
    laptop.clash(laptop.stores[0], "phone", "1", "2", "0")
    laptop.clash(laptop.stores[1], "phone", "1", "2", "0")
    page = open_page()
    first = clash(page).key
    page.decide_later()
    assert clash(page).key != first
    page.decide_later()
    assert page.nothing.isVisible()
    assert page.sync_button.isVisible()


def test_what_was_chosen_stays_chosen_while_news_come_in(
    laptop: Laptop, open_page: Open, qtbot: QtBot
) -> None:
    laptop.clash(laptop.stores[0], "phone", "1", "2", "0")
    page = open_page()
    page.choose_all(True)
    laptop.visit(laptop.stores[2])
    qtbot.waitUntil(lambda: len(page.centre.ready) == 1)
    assert page.chosen[clash(page).choices[0].key] is True


def test_the_history_offers_the_other_value(
    laptop: Laptop, open_page: Open, settle: Settle, context: Context
) -> None:
    made = laptop.clash(laptop.stores[0], "address", "mine", "theirs", "old", state=ConflictState.KEPT)
    with laptop.database.writing() as session:
        session.get_one(Account, laptop.stores[0].id).address = "theirs"
    page = open_page()
    page.toggle_history()
    press("你的选择", page)
    press("改用我的", page)
    settle()
    assert (store(laptop).address, laptop.get(Conflict, made.id).state) == ("mine", ConflictState.SWAPPED)
    context.shell.undo()  # type: ignore[attr-defined]
    settle()
    assert (store(laptop).address, laptop.get(Conflict, made.id).state) == ("theirs", ConflictState.KEPT)


def test_a_choice_travels_as_one_thing_with_its_record(
    laptop: Laptop, open_page: Open, settle: Settle
) -> None:
    laptop.clash(laptop.stores[0], "address", "my street", "their street", "old", version=1)
    outbox.attach(laptop.database, now=lambda: NOW)
    page = open_page()
    page.choose_all(True)
    page.save()
    settle()
    [parcel] = page.centre.ready
    assert (parcel.key, parcel.does, parcel.fields) == (
        ("account", laptop.stores[0].id),
        "patch",
        ("address",),
    )
    assert parcel.unsent == 2
