"""Quotes on the laptop: rounds that stay, consent, what the customer said, the order at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.model.quotes import Quote
from fieldcrm.model.users import Role, User
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import order_list, quote_list, quote_rows, quotes
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.quotes import Terms
from fieldcrm.storage.database import Database
from tests import builders
from tests.services.price_shop import AT, ON, Shop, build

TERMS = Terms(ON + timedelta(30), (("Freight", Decimal("20.00")),), "Delivered within a week")


@dataclass
class Desk:
    """A shop, its rep at the laptop, and the manager who may agree."""

    session: Session
    shop: Shop
    boss: User

    def save(self, lines: Sequence[DraftLine], terms: Terms = TERMS, **more: UUID) -> UUID:
        return quotes.save(
            self.session, self.shop.account.id, lines, terms, me=self.shop.rep.id, at=AT, **more
        )

    def do(self, quote_id: UUID, act: Act, who: User | None = None) -> None:
        quotes.do(self.session, quote_id, act, me=(who or self.shop.rep).id, at=AT)

    def stands(self, quote_id: UUID, days: int = 0) -> State:
        quote = self.session.get(Quote, quote_id)
        assert quote is not None
        return quotes.state(self.session, quote, ON + timedelta(days))

    def water(self, count: int, price: str | None = None) -> DraftLine:
        asked = None if price is None else Decimal(price)
        return DraftLine(self.shop.water.id, "case", Decimal(count), asked)

    def needs_consent(self, by: str = "manager") -> UUID:
        quote_id = self.save([self.water(3)])
        quote = self.session.get(Quote, quote_id)
        assert quote is not None
        quote.approver = by
        self.session.flush()
        return quote_id


@pytest.fixture
def desk(laptop: Database) -> Desk:
    with laptop.writing() as session:
        shop = build(session)
        boss = builders.make_user(
            None, login="boss", role=Role.MANAGER, territory_id=shop.account.territory_id
        )
        session.add(boss)
        session.flush()
        yield Desk(session, shop, boss)


def test_a_round_has_the_prices_of_the_books_its_fees_and_a_number(desk: Desk) -> None:
    quote = desk.session.get(Quote, desk.save([desk.water(3)]))
    assert quote is not None
    assert (quote.goods_amount, quote.fees_amount, quote.total_amount) == (138, 20, 158)
    assert (quote.provisional_number, quote.round, quote.approver) == ("R7-Q000001", 1, None)
    assert quote.content == quotes.content_of(quote, quote_rows.lines_of(desk.session, quote.id))


def test_every_round_stays_and_two_can_be_compared(desk: Desk) -> None:
    first = desk.save([desk.water(3)])
    tea = DraftLine(desk.shop.tea.id, "case", Decimal(1))
    terms = Terms(TERMS.valid_until, (("Freight", Decimal(15)),))
    second = desk.save([desk.water(5), tea], terms, family_id=first)
    assert desk.stands(first) is State.SUPERSEDED
    told = quote_list.compare(desk.session, first, second)
    assert (told.before, told.after, told.before_total, told.after_total) == (1, 2, 158, 305)
    counts = [
        (each.before and each.before.quantity, each.after and each.after.quantity) for _, each in told.lines
    ]
    assert counts == [(3, 5), (None, 1)]
    assert told.fees == (("Freight", 20, 15),)
    [row] = quote_list.rows(desk.session, ON)
    assert (row.id, row.round, row.number) == (second, 2, "R7-Q000001")


def test_what_needs_consent_waits_for_a_manager_who_is_not_its_author(desk: Desk) -> None:
    quote_id = desk.needs_consent()
    with pytest.raises(RuleBroken):
        desk.do(quote_id, Act.SENT)
    desk.do(quote_id, Act.SUBMITTED)
    with pytest.raises(RuleBroken):
        desk.do(quote_id, Act.APPROVED)
    desk.do(quote_id, Act.APPROVED, desk.boss)
    desk.do(quote_id, Act.SENT)
    assert desk.stands(quote_id) is State.SENT
    assert desk.stands(quote_id, days=31) is State.EXPIRED


def test_a_quote_that_waits_is_listed_however_many_are_newer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = desk.needs_consent()
    desk.do(waits, Act.SUBMITTED)
    newer = [desk.save([desk.water(4)]) for _ in range(2)]
    monkeypatch.setattr(quote_list, "MOST", 1)
    assert [row.id for row in quote_list.rows(desk.session, ON, me=desk.boss.id)] == [newer[1], waits]


def test_the_next_round_has_no_approval_of_the_one_before(desk: Desk) -> None:
    first = desk.needs_consent()
    desk.do(first, Act.SUBMITTED)
    desk.do(first, Act.APPROVED, desk.boss)
    second = desk.save([desk.water(4)], family_id=first)
    assert desk.stands(second) is State.DRAFT


def test_a_confirmed_round_becomes_one_order_with_its_lines(desk: Desk) -> None:
    quote_id = desk.save([desk.water(3)])
    with pytest.raises(RuleBroken):
        quotes.make_order(desk.session, quote_id, me=desk.shop.rep.id, at=AT)
    desk.do(quote_id, Act.SENT)
    desk.do(quote_id, Act.CONFIRMED)
    order_id, more = quotes.make_order(desk.session, quote_id, me=desk.shop.rep.id, at=AT)
    assert more == 0
    assert order_list.detail(desk.session, order_id).row.total == 138
    with pytest.raises(RuleBroken):
        quotes.make_order(desk.session, quote_id, me=desk.shop.rep.id, at=AT)


def test_margin_is_for_those_who_may_see_it(desk: Desk) -> None:
    quote_id = desk.save([desk.water(3)])
    [mine] = quote_list.detail(desk.session, quote_id, me=desk.shop.rep.id, today=ON).lines
    [theirs] = quote_list.detail(desk.session, quote_id, me=desk.boss.id, today=ON).lines
    assert (mine.margin, mine.over_floor) == (None, None)
    assert theirs.margin is None, "there is no cost price"
    assert theirs.over_floor == theirs.net - 3 * 24 * Decimal("1.50")


def test_what_cannot_be_offered_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    for lines, terms in (
        ([], TERMS), ([desk.water(1)], Terms(ON - timedelta(1))), ([desk.water(1, "1.00")], TERMS),
        ([DraftLine(desk.shop.tea.id, "pallet", Decimal(1))], TERMS),
    ):  # fmt: skip
        with pytest.raises((RuleBroken, Invalid)):
            desk.save(lines, terms)
    assert quote_list.rows(desk.session, ON) == []
