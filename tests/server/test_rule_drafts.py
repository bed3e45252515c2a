"""A draft goes to the server as a whole: what comes back is what was written, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.prices import PriceBook, PriceEntry
from fieldcrm.rules.rule_draft import Docs, RuleDraft, applied, is_same
from fieldcrm.services import rule_documents, rule_drafts, rule_edition, rule_faults
from fieldcrm.services.rule_documents import entry_key
from fieldcrm.sync import customers, rule_books, rule_publishing
from fieldcrm.sync.remote import Remote
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.server.conftest import Filling

Read = Callable[[Callable[[Session], Any]], Any]


@pytest.fixture(scope="module")
def office(shared_server: ServerProcess) -> Remote:
    remote = Remote(shared_server.url, str(new_id()))
    remote.login("admin", PASSWORD, "Office")
    return remote


@pytest.fixture
def read(shared_server: ServerProcess) -> Iterator[Read]:
    with shared_server.opened() as database:

        def run(work: Callable[[Session], Any]) -> Any:
            with database.reading() as connection, Session(connection) as session:
                return work(session)

        yield run


STARTS = datetime(2030, 12, 31, 16, tzinfo=UTC)  # with the sets that other tests publish here
WATER, TEA, BOOK, DRINK, GREEN, TASTE = (str(new_id()) for _ in range(6))


def article(key: str, code: str) -> dict[str, Any]:
    units = [{"unit": "瓶", "factor": "1", "barcode": ""}, {"unit": "箱", "factor": "24", "barcode": ""}]
    return {
        "id": key, "code": code, "name": f"水 {code}", "brand": "清泉", "specification": "24 瓶/箱",
        "category_id": None, "base_unit": "瓶", "sales_unit": "箱", "standard_price": "48.00",
        "floor_price": "1.50", "tax_rate": "0.13", "attributes": {"口味": "原味"}, "active": True,
        "family": "", "promotable": True, "units": units,
    }  # fmt: skip


def price(book: str, product: str, amount: str, least: str = "0") -> tuple[tuple[str, str], dict[str, Any]]:
    key = entry_key(book, product, "箱", Decimal(least))
    return ("price_entry", key), {
        "price_book_id": book, "product_id": product, "unit": "箱", "price": amount,
        "min_quantity": least, "min_quantity_unit": "箱" if least != "0" else None,
    }  # fmt: skip


def whole(base: Docs) -> RuleDraft:
    """Return a draft with something of every noun."""
    bill = {
        "host_id": WATER, "name": "礼盒", "price_mode": "base", "base_price": None,
        "groups": [{"name": "配茶", "required": True, "least": 1, "most": 1}],
        "nodes": [{"product_id": TEA, "least": "1", "most": "2", "step": "1", "delta": "3", "group": "配茶"}],
        "rules": [],
    }  # fmt: skip
    changes: dict[tuple[str, str], Any] = {
        ("product_category", GREEN): {
            "id": GREEN, "code": "GREEN-1", "name": "绿茶", "parent_id": DRINK, "position": 1,
        },
        ("product_category", DRINK): {
            "id": DRINK, "code": "DRINK-1", "name": "饮料", "parent_id": None, "position": 1,
        },
        ("product_attribute", TASTE): {
            "id": TASTE, "code": "口味", "name": "口味", "kind": "choice", "choices": ["原味", "柠檬"],
            "unit": "", "category_id": DRINK, "required": True, "position": 1,
        },
        ("product", WATER): article(WATER, "W1") | {"category_id": DRINK},
        ("product", TEA): article(TEA, "W2") | {"category_id": GREEN},
        ("cost_price", f"{TEA}|CNY|2031-01-01"): {
            "product_id": TEA, "currency": "CNY", "valid_from": "2031-01-01", "cost": "1.2345",
        },
        ("price_book", BOOK): {
            "id": BOOK, "code": "NEW", "name": "新价目", "level": "group", "reference": "KA",
            "priority": 3, "valid_from": "2031-01-01", "valid_to": None, "tax_mode": "inclusive",
            "currency": "CNY", "on_change": "honour", "honour_days": 7,
        },
        ("promotion", "GIFT"): {
            "code": "GIFT", "name": "十赠一", "target": "products",
            "goods": [{"product_id": WATER, "quantity": "1"}],
            "conditions": {"unit": "箱", "buy_quantity": "10", "repeat": True},
            "give": {"gift": {"product_id": TEA, "quantity": "1", "unit": "箱"}}, "budget": "500",
        },
        ("rebate_program", "YEAR"): {
            "code": "YEAR", "name": "年度", "kind": "cash", "earn": {"per_order_percent": "2"},
        },
        ("sellable_range", "ONLY"): {
            "code": "ONLY", "name": "水", "allows": True, "whom": {"group": ["KA"]}, "products": [WATER, TEA],
        },
        ("quantity_rule", "TIE"): {
            "code": "TIE", "name": "配比", "for_each_id": WATER, "each_quantity": "10",
            "require_id": TEA, "quantity": "1", "rounding": "up",
        },
        ("approval_rung", "5.00"): {"ladder": "discount", "up_to_percent": "5", "approver": "manager"},
        ("sales_bom", WATER): bill,
    }  # fmt: skip
    changes |= dict(
        [price(BOOK, WATER, "45.00"), price(BOOK, WATER, "44.00", "10"), price(BOOK, TEA, "46.00")]
    )
    return RuleDraft(0, "New").put_all(base, changes)


def test_a_draft_is_published_as_a_whole_and_read_back_as_it_was_written(
    filling: Filling, office: Remote, read: Read
) -> None:
    base, number = read(rule_drafts.published), read(rule_drafts.newest)
    draft = RuleDraft(number, "New", STARTS, whole(base).changes)
    assert read(lambda s: _faults(s, base, draft)) == []
    assert rule_publishing.send(office, rule_edition.body(base, draft, trial=True)).id is None
    assert read(rule_drafts.newest) == number
    taken = rule_publishing.send(office, rule_edition.body(base, draft))
    assert taken.number == number + 1
    after = read(rule_drafts.published)
    for (noun, key), doc in draft.changes.items():
        assert is_same(_told(after[noun][key], doc or {}), doc), (noun, key)
    with pytest.raises(RuleBroken) as moved:
        rule_publishing.send(office, rule_edition.body(base, draft))
    assert moved.value.code == "rules_moved"
    _a_book_that_decides_otherwise_is_succeeded_with_its_prices(office, read)
    _a_category_that_articles_stand_on_cannot_end_and_one_that_is_empty_does(office, read)


def _a_book_that_decides_otherwise_is_succeeded_with_its_prices(office: Remote, read: Read) -> None:
    base, number = read(rule_drafts.published), read(rule_drafts.newest)
    key, doc = price(BOOK, WATER, "43.00")
    draft = RuleDraft(number, "", STARTS).put_all(
        base, {("price_book", BOOK): base["price_book"][BOOK] | {"priority": 9}, key: doc}
    )
    rule_publishing.send(office, rule_edition.body(base, draft))
    old, new = read(lambda s: s.scalars(select(PriceBook).where(PriceBook.code == "NEW")).all())
    assert (old.until_set, new.from_set, new.priority) == (number + 1, number + 1, 9)
    living = read(lambda s: s.scalars(select(PriceEntry).where(PriceEntry.price_book_id == new.id)).all())
    assert sorted(each.price for each in living) == [Decimal(43), Decimal(44), Decimal(46)]


def _a_category_that_articles_stand_on_cannot_end_and_one_that_is_empty_does(
    office: Remote, read: Read
) -> None:
    base, number = read(rule_drafts.published), read(rule_drafts.newest)
    gone = RuleDraft(number, "", STARTS).put(base, "product_category", GREEN, None)
    with pytest.raises(Invalid) as refused:
        rule_publishing.send(office, rule_edition.body(base, gone))
    assert (refused.value.field, refused.value.data["key"]) == ("category_id", TEA)
    moved = gone.put(base, "product", TEA, base["product"][TEA] | {"category_id": DRINK})
    rule_publishing.send(office, rule_edition.body(base, moved))
    after = read(rule_drafts.published)
    assert GREEN not in after["product_category"]
    assert after["product"][TEA]["category_id"] == DRINK


def test_what_is_wrong_comes_back_with_its_rule_and_field_and_nothing_is_kept(
    filling: Filling, office: Remote, read: Read
) -> None:
    base, number = read(rule_drafts.published), read(rule_drafts.newest)
    wrong = {"code": "X", "name": "X", "target": "order", "give": {"percent_off": "5"}, "budget": "-1"}
    draft = RuleDraft(number, "", STARTS).put(base, "promotion", "X", wrong)
    assert [each.field for each in read(lambda s: _faults(s, base, draft))] == ["budget"]
    with pytest.raises(Invalid) as refused:
        rule_publishing.send(office, rule_edition.body(base, draft))
    assert (refused.value.field, refused.value.data["key"]) == ("budget", "X")
    assert read(rule_drafts.newest) == number


def test_a_customers_own_book_travels_with_his_territory_and_is_fetched_for_the_office(
    filling: Filling, office: Remote, read: Read
) -> None:
    account = filling.account(code="OWN1")
    base, number = read(rule_drafts.published), read(rule_drafts.newest)
    goods, book = str(new_id()), str(new_id())
    own = {
        "id": book, "code": "OWN-1", "name": "协议价", "level": "customer", "reference": "OWN1",
        "priority": 1, "valid_from": None, "valid_to": None, "tax_mode": "inclusive", "currency": "CNY",
        "on_change": "reprice", "honour_days": 0,
    }  # fmt: skip
    changes: dict[tuple[str, str], Any] = {
        ("product", goods): article(goods, "OWN"), ("price_book", book): own,
    } | dict([price(book, goods, "40.00")])  # fmt: skip
    rule_publishing.send(
        office, rule_edition.body(base, RuleDraft(number, "", STARTS).put_all(base, changes))
    )
    where = read(lambda s: s.get_one(Account, account).territory_id)
    assert read(lambda s: s.get_one(PriceBook, UUID(book)).territory_id) == where
    fetched = rule_books.fetch(office, lambda: False, lambda *_: None)
    assert fetched is not None
    bare = {noun: {} for noun in base}
    found = rule_documents.with_books(bare, fetched)
    assert is_same(_told(found["price_book"][book], own), own)
    key, doc = price(book, goods, "40.00")
    assert is_same(found["price_entry"][key[1]], doc)
    assert rule_books.fetch(office, lambda: True, lambda *_: None) is None
    assert "OWN1" in {code for code, _ in customers.find(office, "OWN1")}
    assert customers.find(office, "no such & customer?") == []


def _faults(session: Session, base: Docs, draft: RuleDraft) -> list[Any]:
    return rule_faults.faults(applied(base, draft))


def _told(found: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Return what was found without what nobody said."""
    return {name: value for name, value in found.items() if name in asked}
