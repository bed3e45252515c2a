from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fieldcrm import clock
from fieldcrm.model.accounts import Account, Channel, Datum, Grade
from fieldcrm.model.orders import OrderStatus
from fieldcrm.rules.positions import Position, of_degrees
from fieldcrm.rules.standing import Standing
from fieldcrm.storage import account_list
from fieldcrm.storage.account_list import AccountRow, Chip, Query, Sort
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxEntry
from tests.builders import make_account, make_order, make_territory, make_user, make_visit

TODAY = clock.business_day(clock.now())
HERE = of_degrees(30.2741, 120.1551)


class Store:
    """A laptop with one territory; ``add`` saves an account and what happened there."""

    def __init__(self, laptop: Database) -> None:
        self.laptop = laptop
        self.territory = make_territory()
        self.rep = make_user(self.territory)
        with laptop.writing() as session:
            session.add_all((self.territory, self.rep))

    def add(self, name: str, *, sold: int = 0, visited: int | None = None, **fields: Any) -> UUID:
        account = make_account(self.territory, name=name, code=name, **fields)
        rows: list[Any] = [account]
        if sold:
            rows.append(make_order(self.rep, account, ordered_on=TODAY, total_amount=Decimal(sold),
                                   status=OrderStatus.ACCEPTED, provisional_number=name))  # fmt: skip
        if visited is not None:
            rows.append(make_visit(self.rep, account, started_at=clock.now() - timedelta(days=visited)))
        with self.laptop.writing() as session:
            session.add_all(rows)
        return account.id

    def shown(self, query: Query) -> list[AccountRow]:
        with self.laptop.reading() as session:
            keys = account_list.order(session, query, TODAY)
            return list(account_list.rows(session, keys, TODAY))

    def names(self, query: Query) -> list[str]:
        return [row.name for row in self.shown(query)]


@pytest.fixture
def store(laptop: Database) -> Store:
    return Store(laptop)


def test_the_best_seller_comes_first_and_the_sort_can_turn(store: Store) -> None:
    for name, sold in (("乙", 20), ("甲", 30), ("丙", 10)):
        store.add(name, sold=sold)
    assert store.names(Query()) == ["甲", "乙", "丙"]
    assert store.names(Query(descending=False)) == ["丙", "乙", "甲"]


def test_filters_combine(store: Store) -> None:
    store.add("甲", grade=Grade.A, channel=Channel.MALL, city="杭州市")
    store.add("乙", grade=Grade.A, channel=Channel.GROCERY, city="杭州市")
    store.add("丙", grade=Grade.A, channel=Channel.MALL, city="宁波市")
    assert store.names(Query(chip=Chip.GRADE_A, channel="mall", city="杭州市")) == ["甲"]


def test_each_chip_counts_what_it_shows(store: Store) -> None:
    store.add("欠款", receivable=Decimal(9), overdue_since=TODAY - timedelta(days=12), visited=0, sold=1)
    store.add("没单", visited=1)
    store.add("该去", visited=60, sold=1)
    store.add("没去过", sold=1, grade=Grade.A)
    with store.laptop.reading() as session:
        counts = account_list.counts(session, TODAY)
    assert (counts.all, counts.due, counts.overdue, counts.quiet, counts.grade_a) == (4, 2, 1, 1, 1)
    assert counts.nearby is None
    for chip, number in ((Chip.DUE, 2), (Chip.OVERDUE, 1), (Chip.QUIET, 1), (Chip.GRADE_A, 1)):
        assert len(store.shown(Query(chip=chip))) == number


def test_search_finds_name_initials_phone_code_and_address(store: Store) -> None:
    store.add("三墩福旺食品", phone="0571-88991234", address="三墩街 61 号")
    store.add("别的店", phone="", address="")
    for text in ("福旺", "sdfw", "88991234", "三墩街", "三墩福旺食品"):
        assert store.names(Query(text=text)) == ["三墩福旺食品"]


def test_nearby_shows_the_nearest_first_whatever_their_datum(store: Store) -> None:
    def at(metres_north: float, datum: str) -> dict[str, Any]:
        place = Position(HERE.latitude_e7 + int(metres_north * 90), HERE.longitude_e7).to(datum)
        return {"latitude_e7": place.latitude_e7, "longitude_e7": place.longitude_e7, "datum": Datum(datum)}

    store.add("一公里八", **at(1800, "bd09"))
    store.add("三百米", **at(300, "gcj02"))
    store.add("两公里二", **at(2200, "gcj02"))
    store.add("没位置", latitude_e7=None, longitude_e7=None)
    assert store.names(Query(chip=Chip.NEARBY, near=HERE)) == ["三百米", "一公里八"]


def test_the_badge_tells_the_gravest_thing(store: Store) -> None:
    store.add("欠款", receivable=Decimal(9), overdue_since=TODAY, sold=1, visited=0)
    store.add("正常", sold=1, visited=0)
    standings = {row.name: row.standing for row in store.shown(Query())}
    assert standings == {"欠款": Standing.OVERDUE, "正常": Standing.NORMAL}


def test_an_account_with_unsent_work_is_marked(store: Store) -> None:
    account_id = store.add("甲")
    with store.laptop.writing() as session:
        session.query(OutboxEntry).delete()
        session.add(OutboxEntry(mutation_id=account_id, entity="account", row_id=account_id, op="patch",
                                payload="{}", at=clock.now()))  # fmt: skip
    assert [row.unsent for row in store.shown(Query())] == [True]


def test_the_first_screen_is_the_beginning_of_the_whole_order(store: Store) -> None:
    for number in range(30):
        store.add(f"店{number}", sold=number)
    query = Query(sort=Sort.NAME, descending=False)
    with store.laptop.reading() as session:
        whole = account_list.order(session, query, TODAY)
        assert account_list.first(session, query, TODAY, 10) == tuple(whole[:10])


def test_rows_that_are_gone_by_now_are_left_out(store: Store) -> None:
    account_id = store.add("甲")
    with store.laptop.reading() as session:
        keys = account_list.order(session, Query(), TODAY)
    with store.laptop.writing() as session:
        session.get_one(Account, account_id).archived_at = clock.now()
    with store.laptop.reading() as session:
        assert account_list.rows(session, keys, TODAY) == ()


def test_clearing_the_filters_keeps_the_sort() -> None:
    query = Query(chip=Chip.DUE, text="x", grade="A", sort=Sort.DUE)
    assert query.filtered
    assert query.cleared() == replace(Query(), sort=Sort.DUE)
    assert not query.cleared().filtered
