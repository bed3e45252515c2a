"""Rules come into force as whole sets; an order is priced again by the set it was taken on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from fieldcrm import faults
from fieldcrm.errors import FieldCrmError, Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.prices import OnChange, PriceBook, PriceEntry
from fieldcrm.model.promotions import Promotion, PromotionSpent, PromotionTarget
from fieldcrm.model.rebates import RebateEntry, RebateKind, RebateMove, RebateProgram
from fieldcrm.model.rule_sets import RuleSet
from fieldcrm.model.selling import ApprovalRung, QuantityRule, SellableRange
from fieldcrm.rules.pricing import Priced
from fieldcrm.rules.slices import Limit
from fieldcrm.services import orders, price_check, pricing, rule_sets, slices
from fieldcrm.services.pricing import Basis, DraftLine, Quote
from server.rule_catalogue import BookChange
from server.rule_sets import Change, Edition, publish
from tests.fixtures.signs import Signs
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import BEGAN, LATER, Office, drafted, on, promotion


def quoted(office: Office, *, water: int = 2, at: object = AT, **more: object) -> Quote:
    known = pricing.basis(office.session, office.shop.account.id, ON, at=at)  # type: ignore[arg-type]
    return pricing.quote(known, drafted(office.shop, water), **more)  # type: ignore[arg-type]


def priced(office: Office, **more: object) -> Priced:
    return quoted(office, **more).priced  # type: ignore[arg-type]


def taken(office: Office, lines: list[DraftLine] | None = None, **more: object) -> Order:
    shop = office.shop
    order_id = orders.start(office.session, shop.account.id, me=shop.rep.id, at=AT)
    orders.save(office.session, order_id, lines or drafted(shop), at=AT, **more)  # type: ignore[arg-type]
    orders.submit(office.session, order_id, at=AT)
    return office.session.get_one(Order, order_id)


def accepted(order: Order) -> Order:
    order.status = OrderStatus.ACCEPTED
    return order


def judged(office: Office, order: Order, at: object = AT) -> str | None:
    found = price_check.check_submitted(office.session, order, at)  # type: ignore[arg-type]
    return None if found is None else found.code


TEN = {"percent_off": "10"}


def test_a_published_promotion_counts_and_is_named(office: Office) -> None:
    office.publish(promotion("P", TEN))
    found = priced(office)
    assert (found.payable, [each.promotion for each in found.applied]) == (Decimal("136.80"), ["P"])


def test_a_set_counts_from_its_moment_on(office: Office) -> None:
    office.publish(promotion("P", TEN), starts=LATER)
    assert priced(office).payable == 152
    assert priced(office, at=LATER).payable == Decimal("136.80")


def test_a_set_that_is_only_partly_here_leaves_the_one_before_in_force(office: Office) -> None:
    office.publish(promotion("P", TEN))
    office.publish(Change(Promotion, "P"), promotion("Q", {"percent_off": "50"}), promotion("R", TEN))
    office.session.execute(delete(Promotion).where(Promotion.code == "R"))
    known = pricing.basis(office.session, office.shop.account.id, ON, at=AT)
    assert (known.rulebook.number, known.rulebook.behind) == (1, True)
    assert priced(office).payable == Decimal("136.80")


def test_using_half_a_set_would_be_noticed(office: Office) -> None:
    office.publish(promotion("Q", TEN), promotion("R", TEN))
    office.session.execute(delete(Promotion).where(Promotion.code == "R"))
    with faults.plant("half_rule_set_used"):
        assert priced(office).payable != 152


def come_alone(office: Office) -> Basis:
    """Let a laptop have a set before it is up to date, and return what it prices by."""
    office.publish(promotion("P", TEN))
    last = office.publish(prices=(office.water("40.00"),))
    office.session.info[rule_sets.ARRIVED] = lambda _session, _entity, row_id: row_id != last.id
    return pricing.basis(office.session, office.shop.account.id, ON, at=AT)


def test_a_set_waits_for_what_was_published_with_it(office: Office) -> None:
    known = come_alone(office)
    assert (known.rulebook.number, known.rulebook.behind, known.is_coming) == (1, True, True)
    office.session.info[rule_sets.ARRIVED] = lambda *_row: True
    known = pricing.basis(office.session, office.shop.account.id, ON, at=AT)
    assert (known.rulebook.number, known.rulebook.behind, known.is_coming) == (2, False, False)


def test_a_customer_who_has_just_come_may_have_prices_that_have_not(office: Office) -> None:
    office.session.info[rule_sets.ARRIVED] = lambda _session, entity, _row_id: entity != "account"
    known = pricing.basis(office.session, office.shop.account.id, ON, at=AT)
    assert (known.rulebook.behind, known.is_coming) == (False, True)


def test_a_set_names_the_book_that_it_replaces(office: Office) -> None:
    old = office.shop.group_book
    fields = {"level": old.level, "reference": old.reference, "valid_from": ON}
    edition = Edition("Books", BEGAN, books=(BookChange(old.id, fields),))
    published = publish(office.session, edition, BEGAN)
    assert published.books[str(old.id)] == old.version
    assert len(published.books) == 2


def test_using_a_set_before_its_prices_would_be_noticed(office: Office) -> None:
    with faults.plant("set_before_its_books"):
        assert come_alone(office).rulebook.number == 2


def test_a_rule_that_ends_with_a_set_is_still_in_the_sets_before(office: Office) -> None:
    office.publish(promotion("P", TEN))
    order = accepted(taken(office))
    office.publish(Change(Promotion, "P"), starts=LATER)
    assert pricing.price_order(office.session, order.id).payable == order.total_amount == Decimal("136.80")
    assert priced(office, at=LATER).payable == 152


def test_prices_belong_to_sets_like_other_rules(office: Office) -> None:
    office.publish(promotion("P", TEN))
    order = accepted(taken(office))
    office.publish(prices=(office.water("40.00"),), starts=LATER)
    assert [line.unit_price for line in priced(office).lines] == [46, 60]
    assert [line.unit_price for line in priced(office, at=LATER).lines] == [40, 60]
    assert pricing.price_order(office.session, order.id).payable == order.total_amount


def test_an_order_keeps_the_set_the_reasons_and_the_gifts(office: Office) -> None:
    gift = {"gift": {"product_id": str(office.shop.tea.id), "quantity": "1", "unit": "case"}}
    fields = on(office.shop.water) | {"conditions": {"buy_quantity": "2", "unit": "case", "repeat": True}}
    office.publish(promotion("G", gift, **fields))
    order = taken(office, drafted(office.shop, 4))
    lines = pricing.order_lines(office.session, order.id)
    assert [(line.quantity, line.net_amount, line.gift_by, line.gift_value) for line in lines[2:]] == [
        (2, 0, "G", 120)
    ]
    assert order.rule_set == 1
    assert order.trace is not None
    assert [each["promotion"] for each in order.trace["applied"]] == ["G"]
    assert judged(office, order) is None


def test_a_gift_nobody_promised_is_noticed(office: Office) -> None:
    gift = {"gift": {"product_id": str(office.shop.tea.id), "quantity": "1", "unit": "case"}}
    office.publish(promotion("G", gift, **on(office.shop.water)))
    order = taken(office)
    line = next(each for each in pricing.order_lines(office.session, order.id) if each.gift_by)
    line.quantity = Decimal(9)
    assert judged(office, order) == "gifts_differ"


def test_an_order_of_a_set_that_never_was_is_not_priced_by_another(office: Office) -> None:
    order = taken(office)
    order.rule_set = 7
    assert judged(office, order) == "rules_unknown"


@pytest.mark.parametrize(
    ("policy", "days", "code"),
    [
        (OnChange.HONOUR, 0, None),
        (OnChange.APPROVE, 0, "rules_superseded"),
        (OnChange.REPRICE, 0, "price_changed"),
    ],
)
def test_an_order_on_old_rules_follows_the_policy_of_its_book(
    office: Office, policy: OnChange, days: int, code: str | None
) -> None:
    for book in office.session.scalars(select(PriceBook)):
        book.on_change, book.honour_days = policy, days
    office.publish(promotion("P", TEN))
    order = taken(office)
    office.publish(prices=(office.water("40.00"),), starts=LATER)
    assert judged(office, order, AT) is None, "it was taken before the new set began"
    assert judged(office, order, LATER) == code


def test_honoured_prices_need_somebodys_consent_after_the_last_day(office: Office) -> None:
    for book in office.session.scalars(select(PriceBook)):
        book.on_change, book.honour_days = OnChange.HONOUR, 3
    office.publish(promotion("P", TEN))
    order = taken(office)
    office.publish(prices=(office.water("40.00"),), starts=LATER)
    assert judged(office, order, LATER + timedelta(days=3)) is None
    assert judged(office, order, LATER + timedelta(days=4)) == "rules_superseded"


def test_the_difference_names_both_prices_and_both_sets(office: Office) -> None:
    office.publish(promotion("P", TEN))
    order = taken(office)
    office.publish(prices=(office.water("40.00"),), starts=LATER)
    found = price_check.check_submitted(office.session, order, LATER)
    assert found is not None
    assert (found.data["taken_on"], found.data["in_force"]) == (1, 2)
    assert (found.data["old_total"], found.data["new_total"]) == ("136.80", "126.00")
    assert [(line["old"], line["new"]) for line in found.data["lines"]] == [("46.00", "40.00")]


def test_new_rules_that_change_nothing_for_an_order_are_no_matter(office: Office) -> None:
    office.publish(promotion("P", TEN))
    order = taken(office)
    office.publish(promotion("OTHER", TEN, whom={"group": ["CVS"]}), starts=LATER)
    assert judged(office, order, LATER) is None


def test_a_budget_counts_what_is_spent_and_what_waits(office: Office) -> None:
    office.publish(promotion("B", TEN, budget=Decimal(20)))
    office.session.add(PromotionSpent(id=new_id(), promotion_code="B", amount=Decimal(2)))
    assert priced(office).payable == Decimal("136.80")
    taken(office)
    assert priced(office).payable == Decimal("149.20"), "18 - 15.20 are left"


def test_a_device_spends_only_the_slices_that_the_server_signed_for_it(office: Office) -> None:
    office.publish(promotion("B", TEN, budget=Decimal(200)))
    mine, elsewhere, rep = new_id(), new_id(), office.shop.rep.id
    signs = Signs(office.session, mine)
    assert priced(office).payable == 152, "never given any: nothing of the budget"
    for device, amount, days in ((mine, 20, 1), (mine, 100, -1), (elsewhere, 100, 1)):
        office.session.add(signs.slice(Limit.BUDGET, "B", amount, rep, device=device, spent=2, days=days))
    assert priced(office).payable == Decimal("136.80")
    taken(office)
    assert priced(office).payable == Decimal("149.20"), "18 - 15.20 are left"
    left = slices.left_of_mine(office.session, {(Limit.BUDGET, "B")})
    assert left == {(Limit.BUDGET, "B"): slices.Share(Decimal("2.80"), given=True)}


def test_a_slice_that_was_edited_or_made_up_spends_nothing(office: Office) -> None:
    office.publish(promotion("B", TEN, budget=Decimal(200)))
    signs = Signs(office.session, new_id())
    given = signs.slice(Limit.BUDGET, "B", 10, office.shop.rep.id)
    office.session.add(given)
    assert priced(office).payable == 142
    given.amount = Decimal(100)
    assert priced(office).payable == 152, "its signature is of 10"
    with faults.plant("seal_unread"):
        assert priced(office).payable == Decimal("136.80")
    given.amount, given.spent = Decimal(10), Decimal(-90)
    assert priced(office).payable == 152


def test_a_promotion_limited_for_everybody_is_used_only_from_a_slice(office: Office) -> None:
    office.publish(promotion("ALL", TEN, max_uses_in_all=3))
    assert priced(office).payable == Decimal("136.80"), "the server counts for itself"
    signs = Signs(office.session, new_id())
    assert priced(office).payable == 152
    office.session.add(signs.slice(Limit.USES, "ALL", 1, office.shop.rep.id))
    assert priced(office).payable == Decimal("136.80")
    taken(office)
    assert priced(office).payable == 152


def test_what_a_customer_may_use_once_is_used_only_by_the_device_whose_turn_it_is(office: Office) -> None:
    office.publish(promotion("ONCE", TEN, max_uses=1))
    signs = Signs(office.session, new_id())
    assert priced(office).payable == 152
    office.session.add(signs.slice(Limit.TURN, str(office.shop.account.id), 1, office.shop.rep.id))
    assert priced(office).payable == Decimal("136.80")


def test_uses_of_a_customer_are_counted_over_earlier_orders(office: Office) -> None:
    office.publish(promotion("ONCE", TEN, max_uses=1))
    first = taken(office)
    assert judged(office, first) is None
    assert priced(office).payable == 152
    orders.cancel(office.session, first.id, "closed")
    assert priced(office).payable == Decimal("136.80")


def test_a_cumulative_promotion_looks_at_earlier_orders_of_its_period(office: Office) -> None:
    fields = {"conditions": {"min_amount": "300", "cumulative": True}, "valid_from": date(2026, 3, 1)}
    office.publish(promotion("SUM", TEN, **fields))
    assert priced(office).payable == 152
    accepted(taken(office))
    assert priced(office).payable == Decimal("136.80")


def test_a_rebate_is_used_by_expiry_and_kept_with_the_order(office: Office) -> None:
    program = Change(RebateProgram, "R", {"code": "R", "name": "Year", "max_order_percent": Decimal(30)})
    office.publish(program)
    shop = office.shop
    lots = [new_id(), new_id()]
    for lot, amount, last in zip(lots, ("100", "30"), (date(2026, 12, 31), date(2026, 6, 30)), strict=True):
        office.session.add(
            RebateEntry(
                id=new_id(), lot_id=lot, program_code="R", account_id=shop.account.id,
                territory_id=shop.account.territory_id, move=RebateMove.EARNED, amount=Decimal(amount),
                booked_on=ON, valid_to=last,
            )
        )  # fmt: skip
    order = taken(office, rebates=(("auto", None),))
    assert (order.rebate_amount, order.total_amount) == (Decimal("45.60"), Decimal("106.40"))
    assert order.trace is not None
    assert order.trace["rebates"] == [[str(lots[1]), "30.00"], [str(lots[0]), "15.60"]]
    assert judged(office, order) is None


def test_ranges_say_who_may_buy_by_what_goods_are(office: Office) -> None:
    deny = {"code": "X", "name": "No tea", "allows": False, "whom": {"group": ["KA"]}}
    office.publish(Change(SellableRange, "X", deny | {"products": [str(office.shop.tea.id)]}))
    found = quoted(office)
    assert [problem.code for problem in found.problems] == ["not_sellable"]
    office.publish(Change(SellableRange, "X", deny | {"attributes": {"category": ["DRINK"]}}))
    assert len(quoted(office).problems) == 2
    office.publish(
        Change(SellableRange, "X", deny | {"attributes": {"brand": ["清泉"]}, "whom": {"group": ["CVS"]}})
    )
    assert not quoted(office).problems


def test_a_discount_of_the_rep_says_who_must_agree_and_waits_for_it(office: Office) -> None:
    rungs = [("5", None), ("10", "manager")]
    office.publish(
        *(Change(ApprovalRung, up, {"up_to_percent": Decimal(up), "approver": by}) for up, by in rungs)
    )
    lines = [DraftLine(office.shop.tea.id, "case", Decimal(1), Decimal("55.00"))]
    order = taken(office, lines)
    assert (order.approver, order.total_amount) == ("manager", 55)
    assert judged(office, order) == "needs_approval"
    too_far = [DraftLine(office.shop.tea.id, "case", Decimal(1), Decimal("50.00"))]
    with pytest.raises(RuleBroken, match="discount_too_high"):
        taken(office, too_far)


def test_quantities_that_do_not_go_together_stop_the_order_and_keep_the_prices(office: Office) -> None:
    shop = office.shop
    tie = {
        "code": "T", "name": "Tea with water", "for_each_id": shop.water.id, "each_quantity": Decimal(24),
        "require_id": shop.tea.id, "quantity": Decimal(15),
    }  # fmt: skip
    office.publish(Change(QuantityRule, "T", tie))
    found = quoted(office)
    assert found.broken is not None
    assert (found.broken.code, found.priced.payable) == ("quantity_tie", 152)
    assert quoted(office, water=1).broken is None


BOTH = {"exclusive": True}
UNKNOWN_GIFT = {"gift": {"product_id": str(new_id()), "quantity": "1"}}


@pytest.mark.parametrize(
    ("rules", "error", "about"),
    [
        ([promotion("A", TEN, **BOTH), promotion("B", TEN, **BOTH)], RuleBroken, "promotion_tie"),
        ([promotion("A", {"percent_off": "120"})], Invalid, "out_of_range"),
        ([promotion("A", {})], Invalid, "one_benefit_needed"),
        ([promotion("A", TEN, valid_from=ON, valid_to=ON - timedelta(1))], RuleBroken, "period_reversed"),
        ([promotion("A", UNKNOWN_GIFT)], Invalid, "product_unknown"),
        ([promotion("A", TEN, target=PromotionTarget.PRODUCTS)], Invalid, "required"),
        ([Change(SellableRange, "S", {"code": "S", "name": "", "allows": True})], Invalid, "required"),
    ],
)  # fmt: skip
def test_rules_that_leave_something_undecided_are_refused_when_published(
    office: Office, rules: list[Change], error: type[FieldCrmError], about: str
) -> None:
    with pytest.raises(error, match=about) as refused:
        office.publish(*rules)
    assert refused.value.data or getattr(refused.value, "field", "")


def test_two_exclusive_promotions_that_never_meet_are_no_conflict(office: Office) -> None:
    office.publish(
        promotion("A", TEN, **BOTH, whom={"group": ["KA"]}),
        promotion("B", TEN, **BOTH, whom={"group": ["CVS"]}),
        promotion("C", TEN, exclusive=True, priority=1),
    )


def test_a_set_may_not_begin_before_the_one_before_it(office: Office) -> None:
    office.publish(promotion("A", TEN), starts=LATER)
    with pytest.raises(Invalid, match="rules_out_of_order"):
        office.publish(promotion("B", TEN), starts=BEGAN)


def test_a_published_set_never_changes_when_the_next_one_is_published(office: Office) -> None:
    first = office.publish(promotion("A", TEN), prices=(office.water("45.00"),))
    said = (first.rule_count, first.rules_hash)
    office.publish(
        promotion("A", {"percent_off": "20"}), promotion("B", TEN), prices=(office.water("44.00"),)
    )
    known = pricing.basis(office.session, office.shop.account.id, ON, rule_set=1)
    assert known.rulebook.number == 1
    assert (first.rule_count, first.rules_hash) == said
    assert pricing.quote(known, drafted(office.shop)).priced.lines[0].unit_price == 45


def test_ids_of_rules_are_new_and_codes_stay(office: Office) -> None:
    office.publish(promotion("A", TEN))
    office.publish(promotion("A", {"percent_off": "20"}))
    rows = office.session.scalars(select(Promotion).order_by(Promotion.from_set)).all()
    assert [(row.code, row.from_set, row.until_set) for row in rows] == [("A", 1, 2), ("A", 2, None)]
    assert isinstance(rows[0].id, UUID)
    assert office.session.query(RuleSet).count() == 2
    assert office.session.query(PriceEntry).count() == 3


def test_goods_earned_come_as_gift_lines_and_stand_up_to_the_office(office: Office) -> None:
    shop = office.shop
    earn = {"period": "quarter", "per_quantity": "10", "give": "1", "product_id": str(shop.tea.id)}
    goods = {"code": "BOX", "name": "Ten and one", "kind": RebateKind.GOODS, "earn": earn}
    office.publish(Change(RebateProgram, "BOX", goods))
    lot = new_id()
    office.session.add(
        RebateEntry(
            id=new_id(), lot_id=lot, program_code="BOX", account_id=shop.account.id, kind=RebateKind.GOODS,
            territory_id=shop.account.territory_id, move=RebateMove.EARNED, amount=Decimal(4), booked_on=ON,
            product_id=shop.tea.id,
        )
    )  # fmt: skip
    order = taken(office, drafted(shop)[:1], rebates=(("goods", None),))
    gifts = [line for line in pricing.order_lines(office.session, order.id) if line.gift_by is not None]
    assert [(line.gift_by, line.product_id, line.quantity) for line in gifts] == [
        (f"rebate:{lot}", shop.tea.id, 4)
    ]
    assert (order.total_amount, order.rebate_amount) == (92, 0)
    assert judged(office, order) is None
    assert not taken(office, rebates=(("goods", None),)).rebate_amount
    assert order.trace is not None
    assert order.trace["rebates"] == [[str(lot), "4.00"]]
    again = quoted(office, rebates=(("goods", None),)).priced
    assert again.gifts == (), "what waits to be sent counts as used"
