"""A quote's whole life: two laptops, a server, and the customer's phone in a real Chromium (Q1 to Q3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.model.conflicts import Quarantine
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.quotes import Quote
from fieldcrm.model.selling import ApprovalRung
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import orders, price_books, quote_codes, quote_grants, quote_list, quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quote_codes import Heard
from fieldcrm.services.quote_grants import Form
from fieldcrm.services.quotes import Terms
from fieldcrm.sync import customer_pages
from server import quote_sheets
from server.rule_sets import Change, Edition, publish
from tests import builders
from tests.fixtures.browser import Phone
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

SHOTS = Path(__file__).parents[2] / "demo-out" / "quote-page"
RUNGS = (("5", None), ("10", "manager"), ("20", "director"))
FEES = (("运费", Decimal("120.00")),)


@dataclass
class Trade:
    """The rep and his manager with a laptop each, one store, one article."""

    server: ServerProcess
    rep: Machine
    boss: Machine
    account: UUID
    product: UUID

    def quote(self, price: str = "44.00", count: int = 2, family_id: UUID | None = None) -> UUID:
        """Let the rep put a round together, without a network."""
        at = clock.now()
        line = DraftLine(self.product, "case", Decimal(count), Decimal(price))
        terms = Terms(clock.business_day(at) + timedelta(30), FEES, "货到后三十天付款。")
        with self.rep.database.writing() as session:
            return quotes.save(
                session, self.account, [line], terms, me=self.rep.me, at=at, family_id=family_id
            )

    def do(self, who: Machine, quote_id: UUID, act: Act, note: str = "") -> None:
        at = clock.now()
        who.save(lambda s: quotes.do(s, quote_id, act, me=who.me, at=at, note=note))

    def stands(self, who: Machine, quote_id: UUID) -> State:
        today = clock.business_day(clock.now())
        with who.database.reading() as session:
            return quotes.state(session, session.get_one(Quote, quote_id), today)

    def exchange(self, *machines: Machine) -> None:
        for machine in machines:
            assert machine.cycle().up_to_date


@pytest.fixture
def trade(server_process: ServerProcess, tmp_path: Path) -> Iterator[Trade]:
    account, product = _stock(server_process)
    people = [signed_in(tmp_path / name, server_process.url, name, PASSWORD) for name in ("rep1", "manager1")]
    made = Trade(server_process, people[0], people[1], account, product)
    made.exchange(*people)
    yield made
    for each in people:
        each.close()


def _stock(server: ServerProcess) -> tuple[UUID, UUID]:
    began = clock.now() - timedelta(days=2)
    account = builders.make_account(server.company.territories["HZ"])
    product, book = builders.make_product(floor_price=Decimal("1.20")), builders.make_price_book()
    with server.opened() as database, database.writing() as connection, Session(connection) as session:
        for rows in (
            [account, product, book],
            [builders.make_unit(product), builders.make_price(book, product)],
        ):
            session.add_all(rows)
            session.flush()
        price_books.seal(session, book)
        rungs = [Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in RUNGS]
        publish(session, Edition("Ladder", began, tuple(rungs)), began)
        session.commit()
        return account.id, product.id


def test_a_quote_is_approved_sent_commented_confirmed_and_ordered(trade: Trade, phone: Phone) -> None:
    rep, boss = trade.rep, trade.boss
    first = trade.quote()
    trade.do(rep, first, Act.SUBMITTED)
    trade.exchange(rep, boss)
    assert trade.stands(boss, first) is State.WAITING
    trade.do(boss, first, Act.APPROVED, "只此一次")
    trade.exchange(boss, rep)
    assert trade.stands(rep, first) is State.APPROVED

    second = trade.quote("45.00", 3, first)
    trade.exchange(rep, boss)
    assert trade.stands(boss, second) is State.DRAFT  # any change is another round, without approval
    trade.do(rep, second, Act.SUBMITTED)
    trade.exchange(rep, boss)
    trade.do(boss, second, Act.APPROVED)
    trade.exchange(boss, rep)

    address = customer_pages.of_quote(rep.remote, second)
    phone.speak("zh-CN")
    phone.open(address)
    assert "¥255.00" in phone.html  # 3 x 45.00 and the freight
    assert "只此一次" not in phone.html
    assert phone.size[0] <= 390
    assert phone.high("button") >= 44
    phone.shoot(SHOTS / "1-sent-zh.png")
    phone.type("textarea", "周五上午送，可以吗？")
    phone.tap("button[value=commented]")
    assert "周五上午送" in phone.html
    phone.tap("button[value=confirmed]")
    assert "您已确认" in phone.html
    phone.shoot(SHOTS / "2-confirmed-zh.png")
    phone.speak("en-GB,en;q=0.8")
    phone.open(address)
    assert "You have confirmed" in phone.html
    phone.shoot(SHOTS / "3-confirmed-en.png")
    phone.wide(1280, 900)
    phone.open(address)
    assert phone.size[0] <= 1280
    phone.shoot(SHOTS / "4-confirmed-en-wide.png")
    assert {url.rpartition("/q/")[0] for url in phone.asked_for if "favicon" not in url} == {trade.server.url}
    assert [text for text in phone.complaints if "favicon" not in text] == []

    trade.exchange(rep)
    assert trade.stands(rep, second) is State.CONFIRMED
    with rep.database.reading() as session:
        acts = quote_list.detail(session, second, me=rep.me, today=clock.business_day(clock.now())).acts
    assert [act.note for act in acts if act.by is None and act.note] == ["周五上午送，可以吗？"]
    at = clock.now()
    made: list[UUID] = []
    rep.save(lambda s: made.append(quotes.make_order(s, second, me=rep.me, at=at)[0]))
    rep.save(lambda s: orders.submit(s, made[0], at=at))
    trade.exchange(rep)
    with rep.database.reading() as session:
        order = session.get_one(Order, made[0])
        assert (order.status, order.total_amount) == (OrderStatus.ACCEPTED, 135)  # agreed to as a quote


def test_consents_without_a_network_are_looked_at_when_they_arrive(trade: Trade) -> None:
    rep, boss, today = trade.rep, trade.boss, clock.business_day(clock.now())
    at = clock.now()
    form = Form(rep.me, Decimal(10), today + timedelta(7), max_count=1)
    boss.save(lambda s: quote_grants.give(s, form, me=boss.me, at=at))
    with trade.server.opened() as database:
        assert quote_sheets.hand_out(database, at) >= 1
    trade.exchange(boss, rep)
    assert rep.remote.tokens is not None
    assert boss.remote.tokens is not None
    server_key, device = rep.remote.tokens.server_key, UUID(rep.remote.device)
    assert rep.remote.tokens.approver_key == ""

    by_grant, by_phone = trade.quote(), trade.quote("43.50")
    with rep.database.reading() as session:
        [grant] = quote_grants.usable(session, session.get_one(Quote, by_grant), today, server_key)
        asked = quote_codes.ask(session, by_phone, boss.me, device, at)
        round_ = session.get_one(Quote, by_phone)
        percent = round_.discount_percent or Decimal()
        heard = Heard(rep.me, asked.challenge, trade.account, round_.total_amount, percent)
    rep.save(lambda s: quote_grants.use(s, by_grant, grant.id, me=rep.me, at=at, server_key=server_key))
    key = quote_codes.key_of(boss.remote.tokens.approver_key)
    with boss.database.reading() as session:
        code = quote_codes.answer(session, key, heard, me=boss.me, at=at)
    said = quote_codes.matched(asked, code)
    rep.save(lambda s: quote_codes.accept(s, asked, said, code, me=rep.me, at=at))
    assert {trade.stands(rep, each) for each in (by_grant, by_phone)} == {State.APPROVED}

    forged = trade.quote()
    rep.save(lambda s: _forge(s, forged, boss.me, rep.me))
    assert trade.stands(rep, forged) is State.APPROVED  # a tampered laptop believes itself
    trade.exchange(rep, boss)
    assert {trade.stands(boss, each) for each in (by_grant, by_phone)} == {State.APPROVED}
    assert trade.stands(rep, forged) is trade.stands(boss, forged) is State.WAITING
    with rep.database.reading() as session:
        assert session.scalars(select(Quarantine.code)).all() == ["quote_code_wrong"]


def _forge(session: Session, quote_id: UUID, approver: UUID, me: UUID) -> None:
    quote, at = session.get_one(Quote, quote_id), clock.now()
    quotes.consent(
        session, quote, approver, me=me, at=at, code="12345678", code_place=5,
        code_on=clock.business_day(at),
    )  # fmt: skip
