"""Search answers what LIKE answers, at once, and forgets what is purged."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from sqlalchemy import or_, select, text

from fieldcrm.model.accounts import Account
from fieldcrm.storage import search
from fieldcrm.storage.database import Database
from tests.builders import MORNING, make_account, make_contact, make_product, make_territory, make_unit

TERRITORY = make_territory()
WORDS = [
    "好邻居",
    "便利店",
    "全家",
    "重庆",
    "银行",
    "超市",
    "西湖",
    "文三路",
    "7-Eleven",
    "A&B",
    "Big Mart",
    "x%y_z",
]
ROADS = ["文三路", "解放路", "庆春路 2", "Nanshan Rd.", 'O\'Neil "St"']


def found(database: Database, piece: str, entity: str = "account", limit: int = 1000) -> list[UUID]:
    with database.reading() as session:
        return search.find(session, entity, piece, limit)


def save(database: Database, *rows: object) -> None:
    with database.writing() as session:
        session.add_all(rows)


@pytest.mark.parametrize("seed", range(4))
def test_every_piece_of_two_characters_or_more_finds_what_like_finds(laptop: Database, seed: int) -> None:
    draw = random.Random(seed)
    accounts = [
        make_account(
            TERRITORY,
            name="".join(draw.choices(WORDS, k=2)),
            code=f"C{draw.randrange(10**5):05d}",
            address=draw.choice(ROADS) + str(draw.randrange(999)),
            phone=str(draw.randrange(10**10, 10**11)),
        )
        for _ in range(120)
    ]
    save(laptop, *accounts)
    for _ in range(150):
        source = getattr(draw.choice(accounts), draw.choice(["name", "code", "address", "phone"]))
        begin = draw.randrange(len(source) - 1)
        piece = source[begin : begin + draw.randint(2, 6)].strip()
        if len(piece) < 2:
            continue
        columns = (Account.name, Account.code, Account.address, Account.phone)
        with laptop.reading() as session:
            like = or_(*(column.icontains(piece, autoescape=True) for column in columns))
            expected = set(session.scalars(select(Account.id).where(like)))
        by_spelling = {a.id for a in accounts if piece.isascii() and piece.isalnum()}
        answer = set(found(laptop, piece))
        assert expected <= answer, piece
        assert answer - expected <= by_spelling, piece


def test_an_account_is_found_by_the_letters_of_its_name(laptop: Database) -> None:
    bank = make_account(TERRITORY, name="重庆银行绿城店")
    save(laptop, bank)
    for piece in ("cqyh", "chongqing", "yinhang", "lvcheng", "CQYHLCD"):
        assert found(laptop, piece) == [bank.id], piece


def test_one_character_finds_beginnings_first_then_the_rest(laptop: Database) -> None:
    inside = make_account(TERRITORY, name="好全超市", code="X1", phone="", address="")
    begins = make_account(TERRITORY, name="全家", code="X2", phone="", address="")
    last = make_account(TERRITORY, name="安全", code="X3", phone="", address="")
    save(laptop, inside, begins, last)
    assert found(laptop, "全") == [begins.id, inside.id, last.id]


def test_a_whole_field_comes_before_a_beginning_and_that_before_the_inside(laptop: Database) -> None:
    names = ["老全家超市", "全家便利店", "全家"]
    accounts = [make_account(TERRITORY, name=name, address="") for name in names]
    save(laptop, *accounts)
    assert found(laptop, "全家") == [a.id for a in reversed(accounts)]


def test_words_apart_are_looked_for_one_by_one(laptop: Database) -> None:
    account = make_account(TERRITORY, name="全家便利店", address="解放路 8 号")
    save(laptop, account, make_account(TERRITORY, name="全家便利店", address="文三路"))
    assert found(laptop, "全家 解放") == [account.id]


def test_width_and_case_do_not_matter(laptop: Database) -> None:
    account = make_account(TERRITORY, name="Ａｌｄｉ 超市")
    save(laptop, account)
    assert found(laptop, "aLDI") == [account.id]


def test_a_renamed_account_is_found_by_its_new_name_only(laptop: Database) -> None:
    account = make_account(TERRITORY, name="全家")
    save(laptop, account)
    with laptop.writing() as session:
        session.get_one(Account, account.id).name = "罗森"
    assert found(laptop, "罗森") == [account.id]
    assert found(laptop, "全家") == []


def test_an_archived_account_leaves_the_search(laptop: Database) -> None:
    account = make_account(TERRITORY, name="全家")
    save(laptop, account)
    with laptop.writing() as session:
        session.get_one(Account, account.id).archived_at = MORNING
    assert found(laptop, "全家") == []


def test_a_product_is_found_by_the_barcode_of_its_case(laptop: Database) -> None:
    product = make_product()
    save(laptop, product)
    save(laptop, make_unit(product, barcode="6901234567892"))
    assert found(laptop, "6901234567892", "product") == [product.id]
    assert found(laptop, "4567", "product") == [product.id]
    assert found(laptop, "qqkqs", "product") == [product.id]


def test_a_contact_is_found_by_name_phone_and_letters(laptop: Database) -> None:
    contact = make_contact(make_account(TERRITORY), name="王芳", phone="13800000001")
    save(laptop, contact)
    for piece in ("王芳", "0000", "wangf", "wf"):
        assert found(laptop, piece, "contact") == [contact.id]


def test_a_purged_row_leaves_no_token_behind(laptop: Database) -> None:
    account = make_account(TERRITORY, name="绝密商店", code="SECRET9")
    save(laptop, account, make_account(TERRITORY, name="全家", code="C2"))
    with laptop.loading() as connection:
        connection.execute("DELETE FROM account WHERE id = ?", (str(account.id),))
        search.forget(connection, "account", [account.id])
        connection.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, search_account_token, row)")
        terms = {term for (term,) in connection.execute("SELECT term FROM temp.seen")}
    assert "绝密" not in terms
    assert "全家" in terms
    assert found(laptop, "绝密") == []
    with laptop.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM search_account")) == 1


def test_a_changed_row_has_the_tokens_of_its_new_text_and_no_others(laptop: Database) -> None:
    account = make_account(TERRITORY, name="绝密商店", code="C1")
    save(laptop, account)
    row = {"id": str(account.id), "name": "全家商店", "code": "C1", "address": "", "phone": ""}
    with laptop.loading() as connection:
        search.index_rows(connection, "account", [row])
        connection.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, search_account_token, row)")
        terms = {term for (term,) in connection.execute("SELECT term FROM temp.seen")}
    assert {"全家", "商店"} <= terms
    assert not {"绝密", "密商", "jm"} & terms
    assert found(laptop, "全家") == found(laptop, "商店") == [account.id]


def test_bulk_rows_and_a_rebuild_give_the_same_answers(laptop: Database) -> None:
    account, other = make_account(TERRITORY, name="全家"), make_account(TERRITORY, name="罗森")
    save(laptop, account, other)
    rows = [
        {"id": str(a.id), "name": a.name, "code": "", "address": "", "phone": ""} for a in (account, other)
    ]
    with laptop.loading() as connection:
        search.index_rows(connection, "account", rows)
        search.index_rows(connection, "visit", rows)
    assert found(laptop, "全家") == [account.id]
    assert found(laptop, "文三") == []
    with laptop.loading() as connection:
        search.rebuild(connection)
    assert found(laptop, "全家") == [account.id]
    assert len(found(laptop, "文三")) == 2


def test_nothing_is_found_for_nothing(laptop: Database) -> None:
    save(laptop, make_account(TERRITORY))
    assert found(laptop, "  ") == []
    assert found(laptop, "\x00\"'*") == []
