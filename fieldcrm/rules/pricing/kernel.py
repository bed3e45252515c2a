"""The stages of a price in the order of decision 2, on one cart.

range → book price → line promotions → order promotions → rebate → manual discount → tax.
The same cart and rules always give the same cents and the same reasons, on every machine;
nothing here changes its arguments. ``price`` raises for the first thing that is wrong,
``separate`` sorts the lines that cannot be sold from those that can, for a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fieldcrm.errors import FieldCrmError, Invalid, RuleBroken
from fieldcrm.money import to_cents
from fieldcrm.rules.pricing import benefits, books, configuration, manual, rebates, standing
from fieldcrm.rules.pricing.manual import Rung
from fieldcrm.rules.pricing.promotions import On, Promotion, PromotionIndex
from fieldcrm.rules.pricing.quantities import Tie
from fieldcrm.rules.pricing.quantities import check as check_ties
from fieldcrm.rules.pricing.rebates import Rebate
from fieldcrm.rules.pricing.sellable import Range, may_buy
from fieldcrm.rules.pricing.standing import Basket, Missed, Standing
from fieldcrm.rules.pricing.tax import tax
from fieldcrm.rules.pricing.values import (
    ZERO,
    Applied,
    Book,
    Cart,
    CartLine,
    Gift,
    Past,
    Priced,
    PricedLine,
    Product,
    Step,
    Work,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a price depends on besides the cart; build it once, price many carts with it."""

    products: Mapping[str, Product]
    books: Sequence[Book]
    promotions: PromotionIndex = PromotionIndex({}, ())
    ranges: Sequence[Range] = ()
    rebates: Sequence[Rebate] = ()
    ladder: Sequence[Rung] = ()
    ties: Sequence[Tie] = ()
    history: Sequence[Past] = ()
    levels: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)  # priced by their parts


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one line cannot be sold as it stands."""

    line: str
    product: str
    code: str
    data: Mapping[str, object] = field(default_factory=dict)


def price(cart: Cart, rules: Rules) -> Priced:
    """Price ``cart``; raises ``RuleBroken`` or ``Invalid`` for the first thing that is wrong."""
    held = books.in_force(rules.books, cart.customer, cart.on)
    work = [_start(cart, line, rules, held) for line in cart.lines]
    check_ties(work, rules.ties)
    outcome = _promote(work, cart, rules, held)
    used = rebates.use(cart, work, rules.rebates)
    approval = manual.discount(work, rules.ladder)
    lines = tuple(_finish(each) for each in work)
    goods_net = sum((line.net_amount for line in lines), Decimal("0.00"))
    on_top = sum((line.tax_amount for line in lines if not line.tax_included), Decimal("0.00"))
    rebate_used = sum((amount for _, amount in used), Decimal("0.00"))
    if rebate_used > goods_net:
        raise RuleBroken("rebate_limit", wanted=rebate_used, allowed=goods_net)
    return Priced(
        lines=lines,
        gifts=tuple(outcome.gifts),
        goods_net=goods_net,
        tax=sum((line.tax_amount for line in lines), Decimal("0.00")),
        tax_on_top=on_top,
        rebate_used=rebate_used,
        payable=goods_net + on_top - rebate_used,
        applied=tuple(outcome.applied),
        approval=approval,
        rebates=tuple(used),
        steps=tuple(outcome.steps),
    )


def separate(cart: Cart, rules: Rules) -> tuple[Cart, tuple[Problem, ...]]:
    """Return ``cart`` without the lines that have no price, and what is wrong with those."""
    held = books.in_force(rules.books, cart.customer, cart.on)
    sound: list[CartLine] = []
    problems: list[Problem] = []
    for line in cart.lines:
        try:
            _start(cart, line, rules, held)
        except (RuleBroken, Invalid) as error:
            problems.append(_problem(line, error))
        else:
            sound.append(line)
    return Cart(cart.customer, cart.on, tuple(sound), cart.rebates), tuple(problems)


def _problem(line: CartLine, error: FieldCrmError) -> Problem:
    return Problem(line.key, line.product, error.code, error.data)


def _start(cart: Cart, line: CartLine, rules: Rules, held: Sequence[Book]) -> Work:
    product = _known(rules, line.product)
    if not product.active:
        raise RuleBroken("product_withdrawn", product=line.product)
    if not line.quantity.is_finite() or line.quantity <= 0:
        raise Invalid("quantity_not_positive", field="quantity", product=line.product)
    if not may_buy(cart.customer, line.product, rules.ranges):
        raise RuleBroken("not_sellable", product=line.product, customer=cart.customer.key)
    if line.product in rules.levels:
        parts = configuration.explode(rules.levels, line.product)
        return books.rolled_up(line, product, [(_known(rules, key), n) for key, n in parts.items()], held)
    return books.work(line, product, held)


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


def _promote(work: list[Work], cart: Cart, rules: Rules, held: Sequence[Book]) -> _Outcome:
    outcome = _Outcome()
    running = rules.promotions.for_cart(cart)
    if not running:
        return outcome
    goods = standing.basket(work)
    alone = next(_that_apply(running, goods, cart, rules, held), None)
    if alone is not None:
        chosen, effect = alone
        _commit(chosen, effect, outcome)
        outcome.steps += [
            _lost(p, "exclusive", by=chosen.label or chosen.key) for p in running if p != chosen
        ]
        return outcome
    for promotion in (p for p in running if not p.exclusive):
        if promotion.on == On.ORDER:
            _remember_net(work)
        found = standing.reached(promotion, goods, cart, rules.history)
        if isinstance(found, Standing):
            _commit(promotion, _effect(promotion, found, cart, rules, held), outcome)
        elif isinstance(found, Missed):
            outcome.steps.append(_lost(promotion, found.reason, missing=found.missing, unit=found.unit))
    return outcome


def _remember_net(work: Sequence[Work]) -> None:
    """Keep what is left after line promotions, once, for the thresholds of order promotions."""
    for each in work:
        if each.after_lines is None:
            each.after_lines = each.net


@dataclass(frozen=True, slots=True)
class _Effect:
    goods: tuple[Work, ...]
    takes: tuple[Decimal, ...]
    gift: Gift | None
    times: int

    def __bool__(self) -> bool:
        return self.gift is not None or any(self.takes)


def _that_apply(
    running: Sequence[Promotion], goods: Basket, cart: Cart, rules: Rules, held: Sequence[Book]
) -> Iterator[tuple[Promotion, _Effect]]:
    """Yield exclusive promotions that would do something, larger priority first."""
    exclusive = sorted((p for p in running if p.exclusive), key=lambda p: (-p.priority, p.on == On.ORDER))
    for promotion in exclusive:
        found = standing.reached(promotion, goods, cart, rules.history)
        if isinstance(found, Standing) and (effect := _effect(promotion, found, cart, rules, held)):
            yield promotion, effect


def _effect(promotion: Promotion, found: Standing, cart: Cart, rules: Rules, held: Sequence[Book]) -> _Effect:
    if not benefits.gives_goods(found.give):
        return _Effect(found.goods, tuple(benefits.takes(promotion, found)), None, found.times)
    gift = _gift(promotion, found, cart, rules, held)
    return _Effect(found.goods, (), gift, found.times)


def _gift(
    promotion: Promotion, found: Standing, cart: Cart, rules: Rules, held: Sequence[Book]
) -> Gift | None:
    """Return the gift; None when the customer may not have it or the budget holds not even one."""
    offer = found.give.gift
    product = rules.products.get(offer.product) if offer else None
    if offer is None or product is None or not product.active:
        return None
    if not may_buy(cart.customer, product.key, rules.ranges):
        return None
    unit = offer.unit or product.base_unit
    each = _worth(product, offer.quantity, unit, held)
    times = benefits.gift_times(found, promotion)
    if promotion.budget is not None and each > 0:
        times = min(times, int((promotion.budget - promotion.budget_used) // each))
    if times <= 0:
        return None
    return Gift(product.key, offer.quantity * times, unit, promotion.key, each * times)


def _worth(product: Product, quantity: Decimal, unit: str, held: Sequence[Book]) -> Decimal:
    try:
        return to_cents(books.choose(product, quantity, unit, held).unit_price * quantity)
    except RuleBroken:
        return ZERO


def _commit(promotion: Promotion, effect: _Effect, outcome: _Outcome) -> None:
    if not effect:
        outcome.steps.append(_lost(promotion, "no_room"))
        return
    for each, amount in zip(effect.goods, effect.takes, strict=False):
        if amount:
            each.take(amount, "promotion", promotion=promotion.label or promotion.key)
    if effect.gift is not None:
        outcome.gifts.append(effect.gift)
    worth = effect.gift.value if effect.gift else ZERO
    outcome.applied.append(Applied(promotion.key, sum(effect.takes, ZERO), effect.times, worth))


def _lost(promotion: Promotion, reason: str, **facts: object) -> Step:
    return Step("promotion_lost", {"promotion": promotion.label or promotion.key, "reason": reason, **facts})


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
