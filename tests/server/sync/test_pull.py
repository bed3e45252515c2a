"""Pages: what is sent, to whom, from which snapshot; and cursors that cannot be forged (I5, I6, I11)."""

from __future__ import annotations

import pytest

from fieldcrm import faults
from fieldcrm.errors import Malformed, SignInRequired, SyncError
from fieldcrm.model.users import Role
from server import epochs, exchange
from server.database import run
from tests import builders
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, Answer, PlainLaptop


def move(company: Company, to: object) -> None:
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET territory_id = ? WHERE id = ?", str(to), str(company.account.id))


def visit(company: Company, laptop: PlainLaptop) -> str:
    doc = {"account_id": str(company.account.id), "rep_id": str(laptop.user.id), "started_at": 1}
    mutation = laptop.create("visit", doc)
    assert laptop.push_one(mutation)["o"] == "applied"
    return mutation.agg[1]


def test_a_laptop_gets_the_rows_of_its_scopes_and_no_others(company: Company) -> None:
    laptop = company.laptop().sync()
    assert {body["name"] for body in laptop.bodies("account")} == {company.account.name}
    assert len(laptop.bodies("territory")) == 3
    assert len(laptop.bodies("price_entry")) == 1
    assert len(company.laptop(company.manager).sync().bodies("account")) == 2


def test_small_pages_give_the_same_rows_as_one_large_page(company: Company) -> None:
    assert company.laptop().sync(rows=1).rows == company.laptop().sync().rows


def test_reading_whole_scopes_gives_the_same_rows_as_the_feed(company: Company) -> None:
    laptop = company.laptop()
    grants = exchange.hello(company.database, laptop.principal, NOON)["grants"]
    laptop.bootstrap(grants, rows=1)
    assert laptop.rows == company.laptop().sync().rows
    answer = laptop.exchange()
    assert (answer.rows, answer.trailer.get("grants_added", [])) == ([], [])


def test_what_changes_while_a_scope_is_read_arrives_by_the_feed(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager)
    grants = exchange.hello(company.database, laptop.principal, NOON)["grants"]
    laptop.bootstrap(grants)
    boss.push_one(boss.patch("account", company.account.id, phone=("1", "2")))
    assert laptop.sync().body("account", company.account.id)["phone"] == "2"  # type: ignore[index]


def test_a_scope_read_half_way_is_not_taken_for_read(company: Company) -> None:
    laptop = company.laptop()
    answer = exchange.bootstrap(
        company.database, laptop.principal, "global", "", exchange.Want(max_rows=1), NOON
    )
    laptop.cursor = Answer(answer).trailer["cursor"]
    assert laptop.sync().rows == company.laptop().sync().rows


def test_an_idle_sync_is_one_small_answer(company: Company) -> None:
    laptop = company.laptop().sync()
    answer = laptop.exchange()
    assert (answer.rows, answer.trailer["more"]) == ([], False)
    assert len(answer.body) <= 500


def test_a_change_by_plain_sql_reaches_the_laptop_with_a_new_version(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "UPDATE account SET phone = '9' WHERE id = ?", str(company.account.id))
    laptop.sync()
    assert laptop.rows["account", str(company.account.id)][0] == 2
    assert laptop.body("account", company.account.id)["phone"] == "9"  # type: ignore[index]


def test_a_changed_part_gives_its_owner_a_new_version(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "UPDATE product_unit SET barcode = '690'")
    laptop.sync()
    assert laptop.rows["product", str(company.product.id)][1]["units"][0]["barcode"] == "690"


def test_a_deleted_row_becomes_a_tomb(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM account WHERE id = ?", str(company.account.id))
    answer = laptop.exchange()
    assert [line["r"][3] for line in answer.rows] == ["tomb"]
    assert laptop.bodies("account") == []


def test_what_was_captured_before_the_rep_was_told_of_his_new_territory_is_taken(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        sql = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
        run(connection, sql, str(company.east.id), str(company.rep.id))
    visit(company, laptop)
    visit(company, laptop)
    assert {body["name"] for body in laptop.bodies("account")} == {"East store"}


def test_a_manager_sees_the_plans_of_the_reps_below(company: Company) -> None:
    laptop, boss = company.laptop(), company.laptop(company.manager)
    doc = {"rep_id": str(company.rep.id), "account_id": str(company.account.id), "on": "2026-03-03"}
    plan = laptop.create("visit_plan", doc)
    laptop.push(plan)
    assert boss.sync().body("visit_plan", plan.agg[1]) is not None
    assert company.laptop(company.other_rep).sync().bodies("visit_plan") == []


def test_office_users_hold_what_is_common_and_their_own(company: Company) -> None:
    clerk = builders.make_user(None, login="finance1", role=Role.FINANCE)
    with company.database.writing() as connection:
        sql = (
            'INSERT INTO "user" (id, version, login, name, title, role, active) VALUES (?, 1, ?, ?, ?, ?, ?)'
        )
        run(connection, sql, str(clerk.id), "finance1", "", "", "finance", True)
    laptop = company.laptop(clerk).sync()
    assert laptop.bodies("account") == []
    assert len(laptop.bodies("price_entry")) == 1


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é", "A" * 400])
def test_a_cursor_that_we_did_not_sign_is_malformed_and_nothing_happens(
    company: Company, cursor: str
) -> None:
    laptop = company.laptop()
    create = laptop.create("account", {"name": "x", "territory_id": str(company.west.id)})
    with pytest.raises(Malformed):
        laptop.exchange(create, cursor=cursor)
    assert len(company.laptop().sync().bodies("account")) == 1


def test_a_cursor_with_one_character_changed_is_malformed(company: Company) -> None:
    laptop = company.laptop().sync()
    for n in range(0, len(laptop.cursor), 7):
        other = "A" if laptop.cursor[n] != "A" else "B"
        with pytest.raises(Malformed):
            laptop.exchange(cursor=laptop.cursor[:n] + other + laptop.cursor[n + 1 :])


def test_a_cursor_of_a_history_that_was_lost_is_noticed(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "UPDATE sync_tick SET token = ?", "00" * 8)
    with pytest.raises(SyncError, match="epoch_changed"):
        laptop.exchange()
    with company.database.writing() as connection:
        run(connection, "DELETE FROM sync_tick")
    with pytest.raises(SyncError, match="epoch_changed"):
        laptop.exchange()


def test_a_new_epoch_is_told_before_anything_is_taken(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        epochs.begin(connection, "restored")
    create = laptop.create("account", {"name": "x", "territory_id": str(company.west.id)})
    with pytest.raises(SyncError, match="epoch_changed"):
        laptop.exchange(create)
    assert len(company.laptop().sync().bodies("account")) == 1


def test_a_cursor_behind_the_fence_must_start_that_scope_again(company: Company) -> None:
    laptop = company.laptop().sync()
    with company.database.writing() as connection:
        run(connection, "INSERT INTO sync_scope (scope_id, purged_before_seq) VALUES ('global', 1000000)")
    with pytest.raises(SyncError, match="cursor_expired"):
        laptop.exchange()


def test_a_revoked_device_and_a_closed_account_get_nothing(company: Company) -> None:
    laptop = company.laptop()
    visit(company, laptop)
    with company.database.writing() as connection:
        run(connection, "UPDATE device SET state = 'revoked_wipe'")
    with pytest.raises(SignInRequired, match="device_revoked"):
        laptop.exchange()
    other = company.laptop()
    with company.database.writing() as connection:
        run(connection, 'UPDATE "user" SET active = ? WHERE id = ?', False, str(company.rep.id))
    with pytest.raises(SignInRequired):
        other.exchange()


def test_a_scope_that_is_not_held_cannot_be_read_whole(company: Company) -> None:
    laptop = company.laptop()
    with pytest.raises(SyncError, match="not_allowed"):
        laptop.bootstrap([f"terr:{company.east.id}"])


def test_pages_keep_below_the_bytes_asked_for(company: Company) -> None:
    laptop = company.laptop().sync()
    doc = {"territory_id": str(company.west.id), "note": "n" * 15_000}
    laptop.push(*[laptop.create("account", doc | {"name": str(n)}) for n in range(12)])
    fresh = company.laptop()
    fresh.exchange(want=exchange.Want(2_000, 4_096))
    answer = fresh.exchange(want=exchange.Want(2_000, 4_096))
    assert answer.trailer["more"]
    assert len(answer.body) <= 4 * 4_096 + 20_000
    while fresh.exchange(want=exchange.Want(2_000, 4_096)).trailer["more"]:
        pass
    assert len(fresh.bodies("account")) == 13


def test_the_planted_scope_leak_would_be_seen(company: Company) -> None:
    laptop = company.laptop().sync()
    move(company, company.east.id)
    with faults.plant("scope_leak"):
        laptop.sync()
    assert laptop.body("account", company.account.id) is not None
