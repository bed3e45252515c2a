"""What the server answers to every kind of mutation, and what it leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from fieldcrm.errors import Malformed, SyncError
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import SCHEMA, Change, Mutation, Op
from server.database import run
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import outcome


def account_doc(company: Company, **fields: Any) -> dict[str, Any]:
    return {"name": "New store", "territory_id": str(company.west.id)} | fields


def visit_doc(company: Company, **fields: Any) -> dict[str, Any]:
    usual = {"account_id": str(company.account.id), "rep_id": str(company.rep.id), "started_at": 1}
    return usual | fields


def count(company: Company, table: str) -> int:
    with company.database.reading() as connection:
        return int(run(connection, f'SELECT count(*) FROM "{table}"').scalar_one())


def test_a_create_is_applied_at_version_one_and_comes_back_in_the_page(company: Company) -> None:
    laptop = company.laptop().sync()
    mutation = laptop.create("account", account_doc(company))
    ack = laptop.push_one(mutation)
    assert (ack["o"], ack["ver"]) == ("applied", 1)
    assert laptop.rows["account", mutation.agg[1]][1]["name"] == "New store"


def test_a_resent_mutation_gets_its_stored_answer_and_no_second_effect(company: Company) -> None:
    laptop = company.laptop()
    mutation = laptop.create("account", account_doc(company))
    first, again = laptop.push_one(mutation), laptop.push_one(mutation)
    assert again == first | {"o": "dup", "was": "applied"}
    assert count(company, "account") == 3


def test_a_create_under_a_used_id_is_refused_and_kept_in_quarantine(company: Company) -> None:
    laptop = company.laptop()
    mutation = laptop.create("account", account_doc(company, name="Other"), company.account.id)
    assert outcome(laptop.push_one(mutation)) == "rejected:exists"
    [kept] = laptop.bodies("quarantine")
    assert kept["payload"]["doc"]["name"] == "Other"
    assert kept["code"] == "exists"


@pytest.mark.parametrize(
    ("entity", "op", "doc", "expected"),
    [
        ("ghost", Op.CREATE, {}, "rejected:unknown_entity"),
        ("product", Op.CREATE, {"name": "x"}, "rejected:read_only"),
        ("territory", Op.PATCH, None, "rejected:read_only"),
        ("visit", Op.PATCH, None, "rejected:append_only"),
        ("account", Op.CREATE, None, "rejected:no_document"),
        ("account", Op.CREATE, {}, "rejected:required"),
        ("account", Op.PATCH, None, "rejected:unknown_row"),
        ("account", Op.DELETE, None, "rejected:unknown_row"),
        ("account", Op.ACT, None, "rejected:not_allowed"),
        ("order", Op.ACT, None, "rejected:unknown_row"),
        ("conflict", Op.CREATE, {}, "rejected:not_allowed"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(
    company: Company, entity: str, op: Op, doc: dict[str, Any] | None, expected: str
) -> None:
    laptop = company.laptop()
    assert outcome(laptop.push_one(laptop.mutation(entity, new_id(), op, doc=doc))) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": None}, "rejected:required"),
        ({"name": 7}, "rejected:not_text"),
        ({"name": "a\x00"}, "rejected:bad_text"),
        ({"name": "x" * 20_001}, "rejected:bad_text"),
        ({"service_minutes": 2**31}, "rejected:not_a_whole_number"),
        ({"service_minutes": True}, "rejected:not_a_whole_number"),
        ({"latitude_e7": 1.5}, "rejected:not_a_whole_number"),
        ({"parent_id": "nobody"}, "rejected:not_an_id"),
        ({"grade": "A" * 25}, "rejected:bad_text"),
        ({"colour": "red"}, "rejected:unknown_field"),
        ({"territory_id": str(new_id())}, "rejected:unknown_reference"),
        ({"credit_limit": "100.00"}, "rejected:field_not_yours"),
    ],
)
def test_a_bad_value_is_refused_and_changes_nothing(
    company: Company, fields: dict[str, Any], expected: str
) -> None:
    laptop = company.laptop()
    before = count(company, "account")
    assert outcome(laptop.push_one(laptop.create("account", account_doc(company, **fields)))) == expected
    assert count(company, "account") == before


def test_a_foreign_territory_is_refused(company: Company) -> None:
    laptop = company.laptop()
    theirs = account_doc(company, territory_id=str(company.east.id))
    assert outcome(laptop.push_one(laptop.create("account", theirs))) == "rejected:out_of_territory"
    patch = laptop.patch("account", company.other_account.id, name=("East store", "Mine"))
    assert outcome(laptop.push_one(patch)) == "rejected:unknown_row"


def test_nobody_makes_events_in_another_name(company: Company) -> None:
    laptop = company.laptop()
    doc = visit_doc(company, rep_id=str(company.other_rep.id))
    assert outcome(laptop.push_one(laptop.create("visit", doc))) == "rejected:not_the_author"


def test_a_rep_may_comment_on_a_visit_and_only_a_manager_decides(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager)
    doc = {"visit_id": str(new_id()), "rep_id": str(company.rep.id), "at": 1}
    mine = doc | {"reviewer_id": str(company.rep.id)}
    theirs = doc | {"reviewer_id": str(company.manager.id)}
    assert (
        outcome(laptop.push_one(laptop.create("visit_review", mine | {"decision": "comment"}))) == "applied"
    )
    approve = laptop.create("visit_review", mine | {"decision": "approved"})
    assert outcome(laptop.push_one(approve)) == "rejected:not_a_manager"
    assert outcome(boss.push_one(boss.create("visit_review", theirs | {"decision": "approved"}))) == "applied"


def test_the_territory_of_what_hangs_on_an_account_follows_from_it(company: Company) -> None:
    laptop = company.laptop()
    doc = visit_doc(company, territory_id=str(company.east.id))
    mutation = laptop.create("visit", doc)
    laptop.push_one(mutation)
    body = laptop.body("visit", mutation.agg[1])
    assert body is not None
    assert body["territory_id"] == str(company.west.id)


def test_fields_of_a_newer_version_are_kept_and_come_back(company: Company) -> None:
    laptop = company.laptop()
    mutation = laptop.create("account", account_doc(company, shelf_metres=4), schema=SCHEMA + 1)
    laptop.push_one(mutation)
    body = laptop.body("account", mutation.agg[1])
    assert body is not None
    assert body["shelf_metres"] == 4


def test_a_patch_of_a_deleted_row_is_gone_and_a_create_never_brings_it_back(company: Company) -> None:
    laptop = company.laptop()
    row_id = str(company.account.id)
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", row_id)
    assert outcome(laptop.push_one(laptop.patch("account", row_id, phone=("1", "2")))) == "gone:gone"
    again = laptop.create("account", account_doc(company), row_id)
    assert outcome(laptop.push_one(again)) == "rejected:gone"
    assert laptop.sync().body("account", row_id) is None


def test_one_refusal_does_not_hold_up_the_others(company: Company) -> None:
    laptop = company.laptop()
    good = [laptop.create("account", account_doc(company)) for _ in range(3)]
    bad = laptop.create("account", {})
    acks = laptop.push(good[0], bad, *good[1:])
    assert [ack["o"] for ack in acks] == ["applied", "rejected", "applied", "applied"]


def test_refused_mutations_still_move_the_counter_on_and_gaps_do_not_matter(company: Company) -> None:
    laptop = company.laptop()
    laptop.n = 40
    answer = laptop.exchange(laptop.create("account", {}))
    assert answer.header["n_applied"] == 41
    assert laptop.exchange().header["n_applied"] == 41


def test_a_batch_may_come_shuffled(company: Company) -> None:
    laptop = company.laptop()
    account = laptop.create("account", account_doc(company))
    contact = laptop.create("contact", {"account_id": account.agg[1], "name": "Li"}, needs=[account.id])
    fix = laptop.patch("contact", contact.agg[1], 0, name=("Li", "Li Na"))
    assert {ack["o"] for ack in laptop.push(fix, contact, account)} == {"applied"}
    assert laptop.body("contact", contact.agg[1])["name"] == "Li Na"  # type: ignore[index]


def test_what_needs_a_refused_mutation_is_refused_and_kept(company: Company) -> None:
    laptop = company.laptop()
    account = laptop.create("account", {})
    contact = laptop.create("contact", {"account_id": account.agg[1], "name": "Li"}, needs=[account.agg[1]])
    acks = laptop.push(account, contact)
    assert [outcome(ack) for ack in acks] == ["rejected:required", "rejected:needs_rejected"]
    assert len(laptop.bodies("quarantine")) == 2


def test_what_needs_something_that_has_not_come_waits_for_it(company: Company) -> None:
    laptop = company.laptop()
    account = laptop.create("account", account_doc(company))
    contact = laptop.create("contact", {"account_id": account.agg[1], "name": "Li"}, needs=[account.id])
    later = laptop.patch("contact", contact.agg[1], 0, name=("Li", "Li Na"))
    assert outcome(laptop.push_one(contact)) == "retry:needs_missing"
    assert outcome(laptop.push_one(later)) == "retry:waits"
    assert [ack["o"] for ack in laptop.push(account, contact, later)] == ["applied"] * 3


def test_what_waits_too_long_for_its_need_is_refused_and_kept(company: Company) -> None:
    laptop = company.laptop()
    mutation = laptop.create("account", account_doc(company), needs=[str(new_id())])
    answers = [outcome(laptop.push_one(mutation)) for _ in range(10)]
    assert answers[:9] == ["retry:needs_missing"] * 9
    assert answers[9] == "rejected:needs_missing"


def test_two_accounts_with_one_code_are_both_kept_and_marked(company: Company) -> None:
    laptop = company.laptop()
    mutation = laptop.create("account", account_doc(company, code="C0001"))
    laptop.push_one(mutation)
    laptop.sync()
    assert laptop.body("account", mutation.agg[1])["possible_duplicate"] is True  # type: ignore[index]
    assert laptop.body("account", company.account.id)["possible_duplicate"] is True  # type: ignore[index]


@pytest.mark.parametrize(
    "broken",
    [
        Mutation("not an id", 1, ("account", str(new_id())), Op.DELETE, 0),
        Mutation(str(new_id()), 1, ("account", "not an id"), Op.DELETE, 0),
        Mutation(str(new_id()), 0, ("account", str(new_id())), Op.DELETE, 0),
        Mutation(str(new_id()), 1, ("account", str(new_id())), Op.DELETE, 2**60),
    ],
)
def test_a_malformed_push_changes_nothing(company: Company, broken: Mutation) -> None:
    laptop = company.laptop()
    good = laptop.create("account", account_doc(company))
    with pytest.raises(Malformed):
        laptop.push(good, broken)
    assert count(company, "account") == 2
    assert count(company, "receipt") == 0


def test_a_batch_that_is_too_big_changes_nothing(company: Company) -> None:
    laptop = company.laptop()
    with pytest.raises(SyncError, match="too_large"):
        laptop.push(*[laptop.create("account", account_doc(company)) for _ in range(201)])
    assert count(company, "account") == 2


def test_a_push_in_the_name_of_another_device_changes_nothing(company: Company) -> None:
    laptop = company.laptop()
    with pytest.raises(Malformed):
        laptop.exchange(laptop.create("account", account_doc(company)), dev=str(new_id()))
    assert count(company, "account") == 2


def test_a_mutation_id_that_another_user_used_tells_nothing(company: Company) -> None:
    mine, theirs = company.laptop(), company.laptop(company.other_rep)
    mutation = mine.create("account", account_doc(company))
    mine.push_one(mutation)
    assert outcome(theirs.push_one(mutation)) == "rejected:id_taken"


def test_the_office_does_not_write_by_sync(company: Company) -> None:
    with company.database.writing() as connection:
        run(connection, "UPDATE \"user\" SET role = 'finance' WHERE id = ?", str(company.rep.id))
    laptop = company.laptop()
    patch = laptop.patch("account", company.account.id, phone=("1", "2"))
    assert outcome(laptop.push_one(patch)) == "rejected:not_allowed"


def test_a_rep_does_not_move_an_account_but_its_manager_does(company: Company) -> None:
    move = {"territory_id": (str(company.west.id), str(company.east.id))}
    laptop, boss = company.laptop(), company.laptop(company.manager)
    assert (
        outcome(laptop.push_one(laptop.patch("account", company.account.id, **move)))
        == "rejected:field_not_yours"
    )
    assert outcome(boss.push_one(boss.patch("account", company.account.id, **move))) == "applied"


def test_fields_of_the_server_are_not_patched(company: Company) -> None:
    laptop = company.laptop()
    for name in ("receivable", "possible_duplicate", "archived_at"):
        patch = laptop.mutation("account", company.account.id, Op.PATCH, set={name: Change(None, None)})
        assert outcome(laptop.push_one(patch)) == "rejected:server_owned"
