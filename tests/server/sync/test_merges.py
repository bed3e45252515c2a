"""Edits that met without a clash are told field by field, with the values before (undo merge)."""

from __future__ import annotations

from typing import Any

from fieldcrm.sync.protocol import Op
from server import records
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop


def told(laptop: PlainLaptop) -> set[tuple[str, str, Any, Any]]:
    rows = [body for (entity, _), (_, body) in laptop.sync().rows.items() if entity == "merged_field"]
    return {(row["field"], row["changed_by"], str(row["before"]), str(row["after"])) for row in rows}


def test_both_sides_of_a_merge_are_told_to_both_people(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(
        boss.patch("account", company.account.id, address=(company.account.address, "文三路 14 号"))
    )
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    expected = {
        ("address", str(company.manager.id), company.account.address, "文三路 14 号"),
        ("phone", str(company.rep.id), "1", "2"),
    }
    assert told(rep) == told(boss) == expected


def test_nobody_else_is_told(company: Company) -> None:
    rep, boss, other = company.laptop(), company.laptop(company.manager), company.laptop(company.other_rep)
    boss.push_one(boss.patch("account", company.account.id, address=("", "文三路 14 号")))
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    assert told(other) == set()


def test_an_edit_that_knew_of_the_others_is_no_merge(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, address=("", "文三路 14 号")))
    rep.push_one(rep.patch("account", company.account.id, base=2, phone=("1", "2")))
    assert told(rep) == set()


def test_one_person_on_two_laptops_is_no_merge(company: Company) -> None:
    one, two = company.laptop(), company.laptop()
    one.push_one(one.patch("account", company.account.id, address=("", "文三路 14 号")))
    two.push_one(two.patch("account", company.account.id, phone=("1", "2")))
    assert told(one) == set()


def test_of_a_clash_only_what_did_not_clash_is_told(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "3"), city=("", "杭州")))
    ack = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2"), note=("", "新店主")))
    assert len(ack["conflicts"]) == 1
    assert {field for field, *_ in told(rep)} == {"city", "note"}


def test_what_was_told_of_the_other_once_is_not_told_again(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, city=("", "杭州")))
    rep.push(
        rep.patch("account", company.account.id, phone=("1", "2")),
        rep.patch("account", company.account.id, note=("", "新店主")),
    )
    fields = [b["field"] for (e, _), (_, b) in rep.sync().rows.items() if e == "merged_field"]
    assert sorted(fields) == ["city", "note", "phone"]


def test_tags_of_both_are_told_as_each_found_them(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, tags=([], ["a"])))
    rep.push_one(rep.patch("account", company.account.id, tags=([], ["b"])))
    assert told(rep) == {
        ("tags", str(company.manager.id), "[]", "['a']"),
        ("tags", str(company.rep.id), "['a']", "['a', 'b']"),
    }


def test_what_the_office_wrote_over_rest_is_told_with_the_value_before(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    with company.database.writing() as connection:
        records.changed(connection, "account", company.account.id, {"phone": "7"}, boss.principal, NOON)
    rep.push_one(rep.patch("account", company.account.id, note=("", "新店主")))
    assert ("phone", str(company.manager.id), "1", "7") in told(rep)


def test_putting_a_value_back_is_an_edit_like_any_other(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, city=("", "杭州")))
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    boss.sync().push_one(boss.patch("account", company.account.id, base=3, phone=("2", "1")))
    assert rep.sync().body("account", company.account.id)["phone"] == "1"  # type: ignore[index]
    assert len(told(rep)) == 2


def test_a_laptop_can_neither_make_nor_change_one(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, city=("", "杭州")))
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    [row_id, *_] = [row_id for entity, row_id in rep.sync().rows if entity == "merged_field"]
    made = dict(rep.body("merged_field", row_id) or {})
    acks = rep.push(rep.create("merged_field", made), rep.patch("merged_field", row_id, after=("x", "y")),
                    rep.mutation("merged_field", row_id, Op.DELETE, base=1))  # fmt: skip
    assert {ack["o"] for ack in acks} == {"rejected"}


def test_it_follows_the_store_to_another_area(company: Company) -> None:
    rep, boss, other = company.laptop(), company.laptop(company.manager), company.laptop(company.other_rep)
    boss.push_one(boss.patch("account", company.account.id, city=("", "杭州")))
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    west, east = str(company.west.id), str(company.east.id)
    boss.sync().push_one(boss.patch("account", company.account.id, base=3, territory_id=(west, east)))
    assert len(told(other)) == 2
    assert told(rep) == set()
