"""The stages of a price in the order of decision 2, on one cart.

range → book price → line promotions → order promotions → rebate → manual discount → tax.
A rebate's limits look at what promotions left, as if the rep's own discount came after it.
The same cart and rules always give the same cents and the same reasons, on every machine;
nothing here changes its arguments. ``price`` raises for the first thing that is wrong,
``separate`` sorts the lines that cannot be sold from those that can, for a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.pricing import benefits, books, configured, goods_rebates, manual, rebates, standing
from fieldcrm.rules.pricing.bills import Bills
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import On, Promotion, PromotionIndex
from fieldcrm.rules.pricing.quantities import Tie
from fieldcrm.rules.pricing.quantities import check as check_ties
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.sellable import Assortment, Range, assortment
from fieldcrm.rules.pricing.standing import NO_LIMITS, Limits, Meeting, Missed, Standing
from fieldcrm.rules.pricing.tax import tax
from fieldcrm.rules.pricing.values import (
    ZERO,
    Applied,
    Book,
    Cart,
    CartLine,
    Gift,
    Priced,
    PricedLine,
    Product,
    Step,
    Work,
)  # fmt: skip

MOST = Decimal(10) ** 12  # of one line: what is more could not be reckoned to the cent


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a price depends on besides the cart; build it once, price many carts with it.

    ``number`` is the set of rules that ``promotions``, ``ranges`` and the others come from.
    """

    products: Mapping[str, Product]
    books: Sequence[Book]
    promotions: PromotionIndex = PromotionIndex({}, ())
    ranges: Sequence[Range] = ()
    rebates: Sequence[Rebate] = ()
    ladder: Sequence[Rung] = ()
    ties: Sequence[Tie] = ()
    limits: Limits = NO_LIMITS
    bills: Bills = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one line cannot be sold as it stands."""

    line: str
    product: str
    code: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One cart with the rules that speak to its customer."""

    cart: Cart
    rules: Rules
    books: Sequence[Book]
    range: Assortment


def _desk(cart: Cart, rules: Rules) -> _Desk:
    held = books.in_force(rules.books, cart.customer, cart.on)
    return _Desk(cart, rules, held, assortment(cart.customer, rules.ranges))


def price(cart: Cart, rules: Rules) -> Priced:
    """Price ``cart``; raises ``RuleBroken`` or ``Invalid`` for the first thing that is wrong."""
    desk = _desk(cart, rules)
    work = [_start(desk, line) for line in cart.lines]
    check_ties(work, rules.ties)
    outcome = _promote(work, desk)
    approval = manual.discount(work, rules.ladder)  # before rebates, so that no line is paid beyond its net
    used = rebates.use(cart, work, rules.rebates)
    earned = goods_rebates.take(cart, work, rules.rebates, partial(_base_worth, desk))
    lines = tuple(map(_finish, work))
    goods_net = sum((line.net_amount for line in lines), Decimal("0.00"))
    on_top = sum((line.tax_amount for line in lines if not line.tax_included), Decimal("0.00"))
    rebate_used = sum((amount for _, amount in used), Decimal("0.00"))
    return Priced(
        lines=lines,
        gifts=(*outcome.gifts, *earned),
        goods_net=goods_net,
        tax=sum((line.tax_amount for line in lines), Decimal("0.00")),
        tax_on_top=on_top,
        rebate_used=rebate_used,
        payable=goods_net + on_top - rebate_used,
        applied=tuple(outcome.applied),
        approval=approval,
        rebates=(*used, *goods_rebates.used(earned)),
        steps=tuple(outcome.steps),
    )


def separate(cart: Cart, rules: Rules) -> tuple[Cart, tuple[Problem, ...]]:
    """Return ``cart`` without the lines that have no price, and what is wrong with those."""
    desk = _desk(cart, rules)
    sound: list[CartLine] = []
    problems: list[Problem] = []
    for line in cart.lines:
        try:
            _start(desk, line)
        except (RuleBroken, Invalid) as error:
            problems.append(Problem(line.key, line.product, error.code, error.data))
        else:
            sound.append(line)
    return replace(cart, lines=tuple(sound)), tuple(problems)


def _start(desk: _Desk, line: CartLine) -> Work:
    rules = desk.rules
    product = _known(rules, line.product)
    if not product.active:
        raise RuleBroken("product_withdrawn", product=line.product)
    if not line.quantity.is_finite() or line.quantity <= 0:
        raise Invalid("quantity_not_positive", field="quantity", product=line.product)
    if line.quantity > MOST:
        raise Invalid("quantity_too_large", field="quantity", product=line.product, limit=str(MOST))
    allowed, by = desk.range.verdict(product)
    if not allowed:
        who = desk.cart.customer.key
        raise RuleBroken("not_sellable", product=line.product, customer=who, range=by.label if by else "")
    if line.product in rules.bills:
        work = configured.work(line, product, rules.products, rules.bills, desk.books, desk.range)
    elif line.chosen:
        raise RuleBroken("not_configurable", product=line.product)
    else:
        work = books.work(line, product, desk.books)
    if by is not None:
        work.steps.insert(0, Step("range", {"range": by.label or by.key}))
    return work


def _known(rules: Rules, key: str) -> Product:
    product = rules.products.get(key)
    if product is None:
        raise Invalid("product_unknown", field="product", product=key)
    return product


@dataclass(slots=True)
class _Outcome:
    applied: list[Applied] = field(default_factory=list)
    gifts: list[Gift] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def _promote(work: list[Work], desk: _Desk) -> _Outcome:
    outcome = _Outcome()
    met = standing.meetings(work, desk.rules.promotions, desk.cart)
    if desk.rules.promotions.has_exclusive:
        alone = _first_exclusive(met, desk, outcome)
        if alone is not None:
            outcome.steps += _lost_to(alone, desk, outcome)
            return outcome
        met = [meeting for meeting in met if not meeting[0].exclusive]
    nets_kept = False
    for meeting in met:
        if not nets_kept and meeting[0].on == On.ORDER:
            _keep_nets(work)
            nets_kept = True
        _try(meeting, desk, outcome)
    return outcome


def _keep_nets(work: Sequence[Work]) -> None:
    """Keep what is left after line promotions for the thresholds of order promotions."""
    for each in work:
        each.after_lines = each.net


def _first_exclusive(met: Sequence[Meeting], desk: _Desk, outcome: _Outcome) -> Promotion | None:
    """Apply the exclusive promotion of the largest priority that does something; the others say why not."""
    exclusive = [meeting for meeting in met if meeting[0].exclusive]
    for meeting in sorted(exclusive, key=lambda m: (-m[0].priority, m[0].on == On.ORDER)):
        _try(meeting, desk, outcome)
        if outcome.applied:
            return meeting[0]
    return None


def _lost_to(alone: Promotion, desk: _Desk, outcome: _Outcome) -> list[Step]:
    """Return that every other promotion about the cart gives way, but for those that said more already."""
    said = {step.facts["code"] for step in outcome.steps}
    return [
        _lost(each, "exclusive", by=alone.label or alone.key)
        for each in desk.rules.promotions.for_cart(desk.cart)
        if each != alone and each.key not in said
    ]


def _try(meeting: Meeting, desk: _Desk, outcome: _Outcome) -> None:
    """Let a promotion do what it gives, or say why it gives nothing."""
    promotion, limits = meeting[0], desk.rules.limits
    found = standing.reached(meeting, desk.rules.products, desk.cart, limits)
    if isinstance(found, Missed):
        outcome.steps.append(_missed(found))
    elif found.give.gift is not None:
        _give(promotion, _gift(promotion, found, desk), found.times, outcome)
    else:
        _take(promotion, found, benefits.takes(promotion, found, limits.budget(promotion)), outcome)


def _gift(promotion: Promotion, found: Standing, desk: _Desk) -> Gift | str:
    """Return the gift, or why there is none: it may not be sold here, or the budget holds not even one."""
    offer = found.give.gift
    product = desk.rules.products.get(offer.product) if offer else None
    if offer is None or product is None or not product.active or not desk.range.verdict(product)[0]:
        return "gift_not_sold"
    unit = offer.unit or product.base_unit
    each = _worth(product, offer.quantity, unit, desk.books)
    times = benefits.gift_times(found, promotion)
    budget = desk.rules.limits.budget(promotion)
    if budget is not None and each > 0:
        times = min(times, int(budget // each))
    if times <= 0:
        return "budget_spent"
    return Gift(product.key, offer.quantity * times, unit, promotion.key, each * times)


def _worth(product: Product, quantity: Decimal, unit: str, held: Sequence[Book]) -> Decimal:
    try:
        return to_cents(books.choose(product, quantity, unit, held).unit_price * quantity)
    except RuleBroken:
        return ZERO


def _base_worth(desk: _Desk, key: str) -> tuple[str, Decimal] | None:
    """Return an article's base unit and what one costs; None for what the customer may not have."""
    product = desk.rules.products.get(key)
    if product is None or not product.active or not desk.range.verdict(product)[0]:
        return None
    return product.base_unit, _worth(product, Decimal(1), product.base_unit, desk.books)


def _give(promotion: Promotion, gift: Gift | str, times: int, outcome: _Outcome) -> None:
    if isinstance(gift, str):
        outcome.steps.append(_lost(promotion, gift))
        return
    outcome.gifts.append(gift)
    outcome.applied.append(Applied(promotion.key, ZERO, times, gift.value, promotion.label))


def _take(promotion: Promotion, found: Standing, takes: Sequence[Decimal], outcome: _Outcome) -> None:
    name, whole = promotion.label or promotion.key, ZERO
    for each, amount in zip(found.goods, takes, strict=True):
        if amount:
            each.take(amount, Step("promotion", {"amount": amount, "promotion": name}))
            whole += amount
    if whole:
        outcome.applied.append(Applied(promotion.key, whole, found.times, ZERO, promotion.label))
    else:
        outcome.steps.append(_lost(promotion, "no_room"))


def _missed(missed: Missed) -> Step:
    return _lost(missed.promotion, missed.reason, missing=missed.missing, unit=missed.unit)


def _lost(promotion: Promotion, reason: str, **facts: object) -> Step:
    name = promotion.label or promotion.key
    return Step("promotion_lost", {"promotion": name, "code": promotion.key, "reason": reason, **facts})


def _finish(work: Work) -> PricedLine:
    included = work.book.tax_included
    return PricedLine(
        key=work.line.key,
        product=work.line.product,
        quantity=work.line.quantity,
        unit=work.line.unit,
        base_quantity=work.base_quantity,
        unit_price=work.unit_price,
        gross_amount=work.gross,
        discount_amount=work.gross - work.net,
        net_amount=work.net,
        rebate_amount=work.rebate,
        tax_rate=work.product.tax_rate,
        tax_amount=tax(work.net - work.rebate, work.product.tax_rate, included=included),
        tax_included=included,
        book=work.book.key,
        book_version=work.book.version,
        steps=tuple(work.steps),
    )
