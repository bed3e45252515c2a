"""An accepted order posts to its customer's ledger, once, within what there is, and back again (F5, F6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from fieldcrm import faults
from fieldcrm.clock import to_ms
from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.rules import slices as rules
from fieldcrm.sync.protocol import Op
from server import handing, ledger, reversals, room
from server.database import Database, run
from server.due_customers import Customers
from server.exchange import settle
from tests.server.sync.conftest import Company
from tests.server.sync.laptops import NOON, PlainLaptop, outcome
from tests.server.sync.test_amended_orders import accepted, cancel
from tests.server.sync.test_orders import line, order_doc, submit

SCALE = 10_000


def paid_in(company: Company, amount: int, purse: str = "prepay") -> None:
    with company.database.writing() as connection:
        run(
            connection,
            "INSERT INTO money_entry (id, version, account_id, territory_id, purse, amount, booked_on,"
            " reference, note) VALUES (?, 1, ?, ?, ?, ?, '2026-03-01', '', '')",
            str(new_id()), str(company.account.id), str(company.west.id), purse, amount * SCALE,
        )  # fmt: skip


def limited(company: Company, limit: int, receivable: int = 0) -> None:
    with company.database.writing() as connection:
        run(
            connection, "UPDATE account SET credit_limit = ?, receivable = ? WHERE id = ?",
            limit * SCALE, receivable * SCALE, str(company.account.id),
        )  # fmt: skip


def purses(company: Company) -> dict[str, Decimal]:
    with company.database.reading() as connection:
        rows = run(connection, "SELECT purse, sum(amount) FROM money_entry GROUP BY purse")
        return {purse: room.decimal(amount) for purse, amount in rows if amount}


def owed(company: Company) -> Decimal:
    with company.database.reading() as connection:
        return room.exposures(connection, [str(company.account.id)])[str(company.account.id)].owed


def sold(laptop: PlainLaptop, company: Company, **fields: Any) -> str:
    order = laptop.create("order", order_doc(company, line(company), **fields))
    return outcome(laptop.push(order, submit(laptop, order))[1])


def known(company: Company, laptop: PlainLaptop) -> PlainLaptop:
    """Let the server know of a device."""
    with company.database.writing() as connection:
        run(
            connection, "INSERT INTO device (id, user_id) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
            str(laptop.id), str(laptop.user.id),
        )  # fmt: skip
    return laptop


def test_an_order_takes_from_each_purse_in_the_order_of_use_and_the_rest_is_on_credit(
    company: Company,
) -> None:
    paid_in(company, 50)
    paid_in(company, 10, "cash")
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company)))
    assert purses(company) == {"credit": -36}
    body = laptop.sync().body("order", order.agg[1])
    assert body is not None
    assert body["paid_from"] == {"prepay": "50.00", "cash": "10.00"}
    booked = [each for each in laptop.bodies("money_entry") if each["order_id"] == order.agg[1]]
    assert {each["purse"]: each["amount"] for each in booked} == {
        "prepay": "-50.00", "cash": "-10.00", "credit": "-36.00",
    }  # fmt: skip
    assert owed(company) == 36


def test_the_organisation_decides_the_order_of_use_and_the_rep_may_choose_otherwise(company: Company) -> None:
    paid_in(company, 50)
    paid_in(company, 60, "cash")
    with company.database.writing() as connection:
        run(
            connection, "INSERT INTO money_policy (id, version, order_of_use, warn_percent) "
            "VALUES (?, 1, '[\"cash\", \"prepay\"]', 800000)", str(new_id()),
        )  # fmt: skip
    laptop = company.laptop()
    assert sold(laptop, company) == "applied"
    assert purses(company) == {"prepay": 14}
    assert sold(laptop, company, paid_from={}) == "applied"
    assert purses(company) == {"prepay": 14, "credit": -96}


def test_what_cannot_be_paid_so_waits_for_somebody(company: Company) -> None:
    paid_in(company, 50)
    laptop = company.laptop()
    assert sold(laptop, company, paid_from={"prepay": "60.00"}) == "applied:balance_short"
    assert sold(laptop, company, paid_from={"prepay": "-1.00"}) == "applied:payment_differs"
    assert sold(laptop, company, paid_from={"gold": "1.00"}) == "applied:payment_differs"
    assert purses(company) == {"prepay": 50}


def test_an_order_is_booked_once_however_often_it_arrives(company: Company) -> None:
    laptop = company.laptop()
    order = laptop.create("order", order_doc(company, line(company)))
    both = (order, submit(laptop, order))
    laptop.push(*both)
    assert [ack["o"] for ack in laptop.push(*both)] == ["dup", "dup"]
    assert purses(company) == {"credit": -96}


def test_a_cancelled_order_gives_back_what_it_took_once(company: Company) -> None:
    paid_in(company, 50)
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company)))
    assert outcome(laptop.push_one(cancel(laptop, order))) == "applied"
    assert purses(company) == {"prepay": 50}
    with company.database.writing() as connection:
        body = laptop.sync().body("order", order.agg[1])
        reversals.undo(connection, (body or {}) | {"id": order.agg[1]})
    assert purses(company) == {"prepay": 50}


def test_credit_counts_confirmed_orders_and_receipts_that_are_not_applied(company: Company) -> None:
    limited(company, 200, receivable=50)
    laptop = company.laptop()
    assert sold(laptop, company) == "applied"
    assert owed(company) == 146
    assert sold(laptop, company) == "applied:credit_exceeded"
    paid_in(company, 60, "receipt")
    assert owed(company) == 86
    assert sold(laptop, company) == "applied"


def test_what_became_receivable_is_owed_once_and_a_cancellation_takes_it_off(company: Company) -> None:
    limited(company, 200)
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company)))
    for _ in range(2):
        with company.database.writing() as connection:
            reversals.became_receivable(connection, UUID(order.agg[1]), NOON)
    assert (owed(company), purses(company)) == (96, {"receivable": -96})
    assert outcome(laptop.push_one(cancel(laptop, order))) == "applied"
    assert (owed(company), purses(company)) == (0, {})


@pytest.mark.parametrize(("role", "over", "passes"), [
    ("manager", 5_000_000, True), ("manager", 100_000, False), ("finance", 100_000, True),
])  # fmt: skip
def test_a_held_order_is_released_by_whose_role_allows_it(
    company: Company, role: str, over: int, passes: bool
) -> None:
    limited(company, 50)
    with company.database.writing() as connection:
        run(
            connection, "INSERT INTO money_policy (id, version, order_of_use, warn_percent, manager_over) "
            "VALUES (?, 1, '[]', 800000, ?)", str(new_id()), over,
        )  # fmt: skip
    laptop = company.laptop()
    order = laptop.create("order", order_doc(company, line(company)))
    assert outcome(laptop.push(order, submit(laptop, order))[1]) == "applied:credit_exceeded"
    if passes:
        with company.database.writing() as connection:
            ledger.book_accepted(connection, UUID(order.agg[1]), NOON, role)
        assert owed(company) == 96
        return
    with company.database.writing() as connection, pytest.raises(RuleBroken, match="release_not_yours"):
        ledger.book_accepted(connection, UUID(order.agg[1]), NOON, role)
    manager = company.laptop(company.manager)
    approve = manager.mutation("order", order.agg[1], Op.ACT, act="approve")
    assert outcome(manager.push_one(approve)) == "rejected:release_not_yours"


def test_the_office_accepts_nothing_that_passes_a_limit_but_credit(company: Company) -> None:
    stocked(company, 47)
    laptop = company.laptop()
    order = laptop.create("order", order_doc(company, line(company)))
    assert outcome(laptop.push(order, submit(laptop, order))[1]) == "applied:stock_short"
    with company.database.writing() as connection, pytest.raises(RuleBroken, match="limit_passed"):
        ledger.book_accepted(connection, UUID(order.agg[1]), NOON, "finance")


def stocked(company: Company, bottles: int) -> None:
    product = str(company.product.id)
    with company.database.writing() as connection:
        run(
            connection,
            "INSERT INTO scarce_stock (id, version, product_id, quantity, sold) VALUES (?, 1, ?, ?, 0)",
            str(ledger.stock_id(product)), product, bottles * SCALE,
        )  # fmt: skip


def test_what_is_one_customers_goes_whole_to_the_only_device_that_serves_him(company: Company) -> None:
    paid_in(company, 50)
    limited(company, 200)
    mine, other = known(company, company.laptop()), known(company, company.laptop(company.other_rep))
    handing.hand_out_customers(company.database, NOON)
    held = {each["kind"]: each for each in mine.sync().bodies("limit_slice")}
    assert {kind: each["amount"] for kind, each in held.items()} == {"prepay": "50.00", "credit": "200.00"}
    assert not other.sync().bodies("limit_slice")
    paid_in(company, 30)
    handing.hand_out_customers(company.database, NOON)
    assert {e["kind"]: e["amount"] for e in mine.sync().bodies("limit_slice")}["prepay"] == "80.00"


def test_only_customers_with_something_new_are_looked_at_again(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Sequence[str] | None] = []
    plain = handing.hand_out_customers

    def watched(database: Database, at: datetime, due: Sequence[str] | None = None) -> int:
        looked.append(due)
        return plain(database, at, due)

    monkeypatch.setattr(handing, "hand_out_customers", watched)
    customers, mine = Customers(), [str(company.account.id)]

    def look(at: datetime) -> Sequence[str] | None:
        settle(company.database, to_ms(at))
        customers.hand_out(company.database, at)
        return looked[-1]

    laptop = known(company, company.laptop())
    assert look(NOON) is None, "all at first"
    assert look(NOON) == []
    paid_in(company, 50)
    assert look(NOON) == mine, "he paid ahead"
    assert [each["amount"] for each in laptop.sync().bodies("limit_slice")] == ["50.00"]
    limited(company, 200)
    assert look(NOON) == mine, "his limit changed"
    assert look(NOON + timedelta(minutes=59)) == []
    assert look(NOON + timedelta(minutes=60)) is None, "once an hour"
    known(company, company.laptop(company.other_rep))
    assert look(NOON + timedelta(minutes=61)) is None, "another device sells"
    assert look(NOON + timedelta(minutes=62)) == []
    with company.database.writing() as connection:
        run(connection, "UPDATE limit_slice SET archived_at = ?", to_ms(NOON + timedelta(minutes=62)))
    assert look(NOON + timedelta(minutes=71)) == []
    assert look(NOON + timedelta(minutes=73)) == mine, "it came back and has rested"
    with company.database.writing() as connection:
        ends = to_ms(NOON + timedelta(minutes=74) + rules.VALID / 2)
        run(connection, "UPDATE limit_slice SET expires_at = ? WHERE archived_at IS NULL", ends)
    assert look(NOON + timedelta(minutes=75)) == mine, "it is to go on"
    assert look(NOON + timedelta(minutes=76)) == []


def test_two_devices_that_serve_a_customer_share_and_never_spend_the_same(company: Company) -> None:
    paid_in(company, 100)
    first, second = (known(company, company.laptop()) for _ in range(2))
    handing.hand_out_customers(company.database, NOON)
    shares = sorted(Decimal(each["amount"]) for each in first.sync().bodies("limit_slice"))
    assert len(shares) == 2
    assert sum(shares) <= 100
    own = next(Decimal(e["amount"]) for e in first.bodies("limit_slice") if e["device_id"] == str(first.id))
    free = 100 - sum(shares)
    greedy = min(own + free + 1, Decimal(96))
    said = sold(second.sync(), company, paid_from={"prepay": f"{greedy:.2f}"})
    assert (said == "applied") is (greedy <= 100 - own)
    assert sold(first, company, paid_from={"prepay": f"{own:.2f}"}) == "applied"
    assert purses(company)["prepay"] >= 0


def test_slices_that_are_asked_back_are_free_again_when_their_laptop_has_synced(company: Company) -> None:
    paid_in(company, 50)
    laptop = known(company, company.laptop())
    handing.hand_out_customers(company.database, NOON)
    laptop.sync()
    with company.database.writing() as connection:
        assert handing.recall(connection, [str(company.account.id)], NOON) == 1
    later = NOON + timedelta(minutes=5)
    assert handing.take_back(company.database, later) == 0, "its laptop may still sell against it"
    laptop.sync()
    with company.database.writing() as connection:
        run(connection, "UPDATE device SET told_at = 9000000000000, unsent = 0")
        run(
            connection,
            "INSERT INTO device_progress (device_id, seq, told_at, held_at) VALUES (?, 999999, 1, 2)",
            str(laptop.id),
        )  # fmt: skip
    assert handing.take_back(company.database, later) == 1
    assert handing.take_back(company.database, later + rules.GRACE) == 0


def test_booking_twice_is_what_the_ledgers_ids_prevent(company: Company) -> None:
    laptop = company.laptop()
    order = accepted(laptop, order_doc(company, line(company)))
    with company.database.reading() as connection:
        query = "SELECT id, purse FROM money_entry WHERE order_id = ?"
        [(key, purse)] = run(connection, query, order.agg[1]).all()
    entry: dict[str, Any] = {"id": key, "purse": purse}
    again = entry | {
        "version": 1, "extra": None, "archived_at": None, "account_id": str(company.account.id),
        "territory_id": str(company.west.id), "order_id": order.agg[1], "amount": -96 * SCALE,
        "booked_on": "2026-03-02", "reference": "", "note": "", "posted_by": None,
    }  # fmt: skip
    with company.database.writing() as connection:
        ledger.write(connection, "money_entry", again)
    assert purses(company) == {"credit": -96}
    with (
        faults.plant("booked_twice"),
        pytest.raises(Exception, match=r"(?i)unique|duplicate"),
        company.database.writing() as connection,
    ):
        ledger.write(connection, "money_entry", again)
