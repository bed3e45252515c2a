"""Two people, one row: who wins, and that what lost is kept with both names (I9, F10)."""

from __future__ import annotations

from typing import Any

import pytest

from fieldcrm.sync.protocol import Op
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome


def by_psql(company: Company, **values: Any) -> None:
    with company.database.writing() as connection:
        for name, value in values.items():
            run(connection, f"UPDATE account SET {name} = ? WHERE id = ?", value, str(company.account.id))


def test_different_fields_merge(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, address=("文三路 12 号", "文三路 14 号")))
    ack = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    assert (ack["o"], ack["ver"]) == ("applied", 3)
    body = rep.sync().body("account", company.account.id)
    assert body is not None
    assert (body["phone"], body["address"]) == ("2", "文三路 14 号")


def test_on_one_field_the_later_arrival_wins_and_the_other_is_kept(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "3")))
    ack = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    assert ack["o"] == "merged"
    for laptop in (rep.sync(), boss.sync()):
        assert laptop.body("account", company.account.id)["phone"] == "2"  # type: ignore[index]
        kept = laptop.body("conflict", ack["conflicts"][0])
        assert kept is not None
        assert (kept["base"], kept["winner"], kept["loser"]) == ("1", "2", "3")
        assert (kept["won_by"], kept["lost_by"]) == (str(company.rep.id), str(company.manager.id))
        assert (kept["field"], kept["state"], kept["reason"]) == ("phone", "open", "both_edited")


def test_the_same_value_twice_is_no_conflict(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "2")))
    ack = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    assert (ack["o"], ack["ver"]) == ("applied", 2)


def test_what_the_office_decides_stays_and_the_edit_is_kept(company: Company) -> None:
    by_psql(company, tax_id="OFFICE")
    rep = company.laptop()
    ack = rep.push_one(rep.patch("account", company.account.id, tax_id=("", "MINE")))
    assert ack["o"] == "merged"
    assert rep.body("account", company.account.id)["tax_id"] == "OFFICE"  # type: ignore[index]
    kept = rep.body("conflict", ack["conflicts"][0])
    assert kept is not None
    assert (kept["winner"], kept["loser"], kept["lost_by"]) == ("OFFICE", "MINE", str(company.rep.id))


def test_tags_merge_by_element(company: Company) -> None:
    by_psql(company, tags='["a","b"]')
    rep = company.laptop()
    ack = rep.push_one(rep.patch("account", company.account.id, tags=(["a"], ["a", "c"])))
    assert ack["o"] == "merged"
    assert rep.body("account", company.account.id)["tags"] == ["a", "b", "c"]  # type: ignore[index]


def test_long_notes_keep_both_texts(company: Company) -> None:
    by_psql(company, note="Office: closed on Mondays.")
    rep = company.laptop()
    rep.push_one(rep.patch("account", company.account.id, note=("", "Rep: new owner.")))
    note = rep.body("account", company.account.id)["note"]  # type: ignore[index]
    assert "Office: closed on Mondays." in note
    assert "Rep: new owner." in note


def test_amounts_are_compared_by_value_not_by_spelling(company: Company) -> None:
    by_psql(company, credit_limit=1_000_000)
    boss = company.laptop(company.manager)
    ack = boss.push_one(boss.patch("account", company.account.id, credit_limit=("100", "200.0")))
    assert ack["o"] == "applied"
    assert boss.body("account", company.account.id)["credit_limit"] == "200.00"  # type: ignore[index]


def test_an_edit_of_an_archived_row_is_kept_and_the_row_stays_archived(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.mutation("account", company.account.id, Op.DELETE, base=1))
    ack = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    assert ack["o"] == "merged"
    body = rep.sync().body("account", company.account.id)
    assert body is not None
    assert (body["phone"], body["archived_at"] is None) == ("1", False)
    kept = rep.body("conflict", ack["conflicts"][0])
    assert kept is not None
    assert (kept["loser"], kept["reason"], kept["won_by"]) == ("2", "archived", str(company.manager.id))


def test_a_delete_wins_over_an_edit_it_did_not_know_of_and_keeps_it(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))
    ack = boss.push_one(boss.mutation("account", company.account.id, Op.DELETE, base=1))
    assert ack["o"] == "merged"
    kept = boss.sync().body("conflict", ack["conflicts"][0])
    assert kept is not None
    assert (kept["field"], kept["loser"], kept["lost_by"]) == ("phone", "2", str(company.rep.id))


def test_a_delete_that_knew_everything_is_simply_applied(company: Company) -> None:
    rep = company.laptop()
    ack = rep.push_one(rep.mutation("account", company.account.id, Op.DELETE, base=1))
    again = rep.push_one(rep.mutation("account", company.account.id, Op.DELETE, base=1))
    assert (outcome(ack), outcome(again), again["ver"]) == ("applied", "applied", 2)


def test_a_conflict_is_settled_by_whoever_sees_it_and_nothing_else_of_it_changes(company: Company) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "3")))
    [conflict] = rep.push_one(rep.patch("account", company.account.id, phone=("1", "2")))["conflicts"]
    assert outcome(rep.push_one(rep.patch("conflict", conflict, state=("open", "kept")))) == "applied"
    assert rep.body("conflict", conflict)["state"] == "kept"  # type: ignore[index]
    meddling = rep.patch("conflict", conflict, loser=("3", "4"))
    assert outcome(rep.push_one(meddling)) == "rejected:server_owned"


@pytest.mark.parametrize("years", [-10, 10])
def test_the_laptops_clock_decides_nothing(company: Company, years: int) -> None:
    rep, boss = company.laptop(), company.laptop(company.manager)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "3")))
    patch = rep.patch("account", company.account.id, phone=("1", "2"))
    shifted = type(patch)(
        patch.id, patch.n, patch.agg, patch.op, patch.at + years * 31_536_000_000, set=patch.set
    )
    ack = rep.push_one(shifted)
    assert ack["o"] == "merged"
    assert rep.body("account", company.account.id)["phone"] == "2"  # type: ignore[index]
    assert rep.body("conflict", ack["conflicts"][0])["won_at"] <= rep.at.timestamp() * 1000  # type: ignore[index]
