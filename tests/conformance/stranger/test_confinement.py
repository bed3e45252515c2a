"""Whatever happens between two pages, no page holds a row that is not granted when it is answered (I5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldcrm.ids import new_id
from server.database import run
from tests.conformance.stranger.client import Page, Refused, Stranger
from tests.conformance.stranger.conftest import House

AREAS = ("HQ", "HZ", "NJ")
ACCOUNTS = 9
STEPS = st.one_of(
    st.tuples(st.just("page"), st.integers(1, 6)),
    st.tuples(st.just("page"), st.integers(1, 6)),
    st.tuples(st.just("move account"), st.integers(0, ACCOUNTS - 1), st.sampled_from(AREAS)),
    st.tuples(st.just("edit account"), st.integers(0, ACCOUNTS - 1)),
    st.tuples(st.just("move user"), st.sampled_from((*AREAS, None))),
    st.tuples(st.just("role"), st.sampled_from(("rep", "manager", "finance", "csm", "admin"))),
    st.tuples(st.just("away"), st.booleans()),
    st.tuples(st.just("own todo"), st.just(0)),
    st.tuples(st.just("cost"), st.integers(1, 9)),
)


class World:
    """A user whose rights change under him, and what is true of every row."""

    def __init__(self, house: House) -> None:
        self.house, self.login = house, house.newcomer()  # nobody else's rights are changed
        self.me = house.user(self.login)
        self.accounts = [house.account(AREAS[1 + n % 2]) for n in range(ACCOUNTS)]
        self.cost = str(new_id())
        self.write(
            "INSERT INTO cost_price (id, version, product_id, currency, cost) VALUES (?, 1, ?, 'CNY', 15000)",
            self.cost, house.product,
        )  # fmt: skip
        back = 'UPDATE "user" SET role = ?, territory_id = ?, active = ? WHERE id = ?'
        self.write(back, "rep", house.area("HZ"), True, self.me)

    def write(self, sql: str, *values: Any) -> None:
        with self.house.database.writing() as connection:
            run(connection, sql, *values)

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.house.database.reading() as connection:
            return run(connection, sql, *values).all()

    def granted(self) -> set[str]:
        """Work the user's scopes out again, in other words than the server does."""
        [(role, territory)] = self.read('SELECT role, territory_id FROM "user" WHERE id = ?', self.me)
        held = {"global", f"rep:{self.me}"}
        books = self.read("SELECT id FROM price_book WHERE territory_id IS NULL")
        held |= {f"pricebook:{book}" for (book,) in books}
        held |= {"cost:CNY"} if role in ("manager", "finance", "admin") else set()
        if role not in ("rep", "manager") or territory is None:
            return held
        parents = dict(self.read("SELECT id, parent_id FROM territory"))
        below = {area for area in parents if territory in _upwards(area, parents)}
        held |= {f"terr:{area}" for area in below}
        if role == "manager":
            people = self.read('SELECT id, territory_id FROM "user"')
            held |= {f"rep:{person}" for person, at in people if at in below}
        return held

    def step(self, step: tuple[Any, ...]) -> None:
        house = self.house
        match step:
            case ("move account", n, area):
                move = "UPDATE account SET territory_id = ? WHERE id = ?"
                self.write(move, house.area(area), self.accounts[n])
            case ("edit account", n):
                self.write("UPDATE account SET phone = phone || '1' WHERE id = ?", self.accounts[n])
            case ("cost", much):
                self.write("UPDATE cost_price SET cost = ? WHERE id = ?", 10_000 * much, self.cost)
            case ("move user", area):
                move = 'UPDATE "user" SET territory_id = ? WHERE id = ?'
                self.write(move, area and house.area(area), self.me)
            case ("role", role):
                self.write('UPDATE "user" SET role = ? WHERE id = ?', role, self.me)
            case ("away", away):
                self.write('UPDATE "user" SET active = ? WHERE id = ?', not away, self.me)

    def check(self, page: Page) -> None:
        granted = self.granted()
        for line in page.rows:
            if line["r"][3] == "put":
                assert line["s"] in granted, line
                assert _where(line) == line["s"]
        put = [line["r"][1] for line in page.rows if line["r"][0] == "account" and line["r"][3] == "put"]
        for _, area in self.read("SELECT id, territory_id FROM account WHERE id IN ?", put):
            assert f"terr:{area}" in granted


def _upwards(area: str | None, parents: dict[str, str | None]) -> set[str]:
    seen: set[str] = set()
    while area is not None:
        seen.add(area)
        area = parents[area]
    return seen


_OF_TERRITORY = frozenset({
    "account", "contact", "visit", "check_in", "check_out", "step_answer", "photo", "order", "phone_call",
    "account_strategy", "promotion_use", "rebate_entry", "money_entry",
    "visit_amendment", "store_code", "position_refusal", "quote", "quote_act",
    "order_version", "delivery", "order_return",
})  # fmt: skip


def _where(line: dict[str, Any]) -> str:
    """Say which scope a row's own columns name."""
    entity, body = line["r"][0], line["r"][4]
    if entity == "cost_price":
        return f"cost:{body['currency']}"
    if entity in _OF_TERRITORY:
        return f"terr:{body['territory_id']}"
    if entity == "conflict":
        return f"terr:{body['territory_id']}" if body["territory_id"] else f"rep:{body['lost_by']}"
    column = {
        "call_list": "rep_id",
        "visit_plan": "rep_id",
        "visit_review": "rep_id",
        "visit_finding": "rep_id",
        "visit_share": "rep_id",
        "joint_visit": "rep_id",
        "plan_week": "rep_id",
        "limit_slice": "rep_id",
        "quote_grant": "rep_id",
        "quote_codes": "rep_id",
        "shared_report": "to_id",
        "quarantine": "rep_id",
        "todo": "assignee_id",
    }
    return f"rep:{body[column[entity]]}" if entity in column else str(line["s"])


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=8, max_size=24))
def test_no_page_holds_what_is_not_granted(house: House, steps: list[tuple[Any, ...]]) -> None:
    world = World(house)
    device = house.stranger(world.login)
    away = False
    for step in steps:
        world.step(step)
        away = step[1] if step[0] == "away" else away
        if away:
            with pytest.raises(Refused) as refused:
                device.exchange()
            assert (refused.value.status, refused.value.code) == (401, "signed_out")
        elif step[0] == "page":
            world.check(device.exchange(want={"max_rows": step[1], "max_bytes": 1}))
    world.step(("away", False))
    for page in device.sync(want={"max_rows": 7, "max_bytes": 1}):
        world.check(page)
    _converged(world, device)


def _converged(world: World, device: Stranger, besides: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """What is on the device at the end is what the server has for its scopes, neither less nor more (I4)."""
    granted = world.granted()
    for entity in ("account", "contact"):
        rows = world.read(f"SELECT id, version, territory_id FROM {entity}")
        there = {row_id: version for row_id, version, area in rows if f"terr:{area}" in granted}
        here = {row_id: version for (name, row_id), (version, _) in device.rows.items() if name == entity}
        assert {row_id: version for row_id, version in here.items() if row_id not in besides} == there


def test_what_goods_cost_reaches_no_rep_and_leaves_who_becomes_one(house: House) -> None:
    world = World(house)
    place = ("cost_price", world.cost)
    rep = house.stranger(world.login)
    assert "cost:CNY" not in world.granted()
    for page in rep.sync():
        world.check(page)
    assert {name for name, _ in rep.rows} & {"cost_price", "product"} == {"product"}
    with pytest.raises(Refused) as refused:
        rep.bootstrap("cost:CNY")
    assert (refused.value.status, refused.value.code) == (403, "not_allowed")
    world.step(("role", "manager"))
    rep.sync()
    assert rep.rows[place][1]["cost"] == "1.50"
    world.step(("role", "rep"))
    world.step(("cost", 2))
    assert any("cost:CNY" in page.trailer["grants_removed"] for page in rep.sync())
    assert "cost_price" not in {name for name, _ in rep.rows}


def test_a_device_revoked_between_two_pages_gets_no_second_one(house: House) -> None:
    device = house.stranger("rep1")
    assert device.exchange(want={"max_rows": 2, "max_bytes": 1}).trailer["more"]
    assert device.bootstrap("global", max_rows=2)[-1].rows is not None
    house.known("admin").ok("POST", f"/api/v1/devices/{device.device}/revoke")
    asks: list[Callable[[], Any]] = [device.exchange, lambda: device.bootstrap("global"), device.resend]
    for ask in asks:
        with pytest.raises(Refused) as refused:
            ask()
        assert (refused.value.status, refused.value.code) == (401, "device_revoked")
        assert refused.value.told["data"] == {"wipe": True}


def test_a_rep_moved_while_he_reads_a_territory_reads_no_more_of_it(house: House) -> None:
    world = World(house)
    device = house.stranger(world.login)
    scope = f"terr:{house.area('HZ')}"
    plain, wire = device.ok("GET", f"/sync/v1/bootstrap/{scope}?max_rows=2")
    first = Page(plain, wire)
    device.apply(first)
    assert first.trailer["more"]
    world.step(("move user", "NJ"))
    ask = f"?max_rows=2&after={first.trailer['after']}&cursor={device.cursor}"
    with pytest.raises(Refused) as refused:
        device.ok("GET", f"/sync/v1/bootstrap/{scope}{ask}")
    assert (refused.value.status, refused.value.code) == (403, "not_allowed")
    for page in device.sync():
        world.check(page)
    _converged(world, device, besides={line["r"][1] for line in first.rows})
    world.step(("move user", "HZ"))
