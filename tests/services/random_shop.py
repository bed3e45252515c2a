"""A company of chance: products, books, promotions of every form, ranges, rebates, earlier orders, carts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.boms import BomGroup, BomNode, BomRule, BomRuleKind, PriceMode, SalesBom
from fieldcrm.model.orders import OrderStatus
from fieldcrm.model.prices import BookLevel, TaxMode
from fieldcrm.model.promotions import Promotion, PromotionSpent, PromotionTarget
from fieldcrm.model.rebates import RebateEntry, RebateMove, RebateProgram
from fieldcrm.model.selling import ApprovalRung, QuantityRule, SellableRange
from fieldcrm.rules.pricing.bills import Choices, as_choices
from fieldcrm.services import price_books
from fieldcrm.services.pricing import DraftLine, Rebates
from server.rule_sets import Change, Edition, publish
from tests import builders
from tests.builders import TODAY
from tests.services.rule_shop import BEGAN

UNITS = ("bottle", "case", "pallet")
SETS = 3  # the last articles: the second goes into the first, which costs what is in it
GROUPS = ("KA", "CVS", "TT")


@dataclass(frozen=True, slots=True)
class Company:
    """Who buys what; of ``SETS`` articles one chooses what is inside."""

    accounts: list[UUID]
    products: list[UUID]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One cart of chance."""

    account: UUID
    on: date
    lines: list[DraftLine]
    rebates: Rebates


def found(session: Session, chance: random.Random) -> Company:
    """Fill an empty database and publish its rules."""
    area = builders.make_territory()
    rep = builders.make_user(area)
    session.add_all([area, rep])
    accounts = [builders.make_account(area, code=f"C{n}", price_group=GROUPS[n % 3]) for n in range(8)]
    accounts[1].parent_id = accounts[0].id
    products = [
        builders.make_product(
            code=f"P{n}", name=f"P{n}", tax_rate=Decimal(chance.choice(("0", "0.09", "0.13"))),
            floor_price=Decimal(chance.choice(("0.50", "1.95"))) if n % 4 else None, promotable=n % 7 != 0,
            attributes={"taste": chance.choice(("sweet", "salt"))},
        )
        for n in range(24)
    ]  # fmt: skip
    session.add_all([*accounts, *products])
    session.flush()
    for product in products:
        session.add_all([builders.make_unit(product), builders.make_unit(product, "pallet", 480)])
    _books(session, chance, accounts, products)
    _earlier(session, chance, rep, accounts, products)
    keys = [product.id for product in products]
    publish(session, Edition("Chance", BEGAN, list(_rules(chance, keys))), BEGAN)
    session.add_all(_lots(chance, area.id, [account.id for account in accounts]))
    session.add(PromotionSpent(id=new_id(), promotion_code="P8", amount=Decimal(chance.randrange(300)) / 7))
    session.flush()
    return Company([account.id for account in accounts], keys)


def _books(session: Session, chance: random.Random, accounts: list[Any], products: list[Any]) -> None:
    places = [
        (BookLevel.LIST, None), (BookLevel.GROUP, "KA"), (BookLevel.GROUP, "CVS"),
        (BookLevel.CUSTOMER, "C2"), (BookLevel.PARTNER, "C0"), (BookLevel.TERRITORY, "HZ-01"),
    ]  # fmt: skip
    for n, (level, reference) in enumerate(places):
        book = builders.make_price_book(
            code=f"B{n}", name=f"B{n}", level=level, reference=reference, priority=n, version=1,
            tax_mode=TaxMode.EXCLUSIVE if n % 2 else TaxMode.INCLUSIVE,
        )  # fmt: skip
        session.add(book)
        session.flush()
        for product in products if level is BookLevel.LIST else chance.sample(products, 10):
            price = Decimal(chance.randint(6000, 12000)) / 100
            session.add(builders.make_price(book, product, str(price)))
            if chance.random() < 0.5:
                less = str((price * Decimal("0.93")).quantize(Decimal("0.01")))
                session.add(
                    builders.make_price(
                        book, product, less, min_quantity=Decimal(10), min_quantity_unit="case"
                    )
                )
        price_books.seal(session, book)


def _earlier(
    session: Session, chance: random.Random, rep: Any, accounts: list[Any], products: list[Any]
) -> None:
    for account in accounts:
        for n in range(4):
            used = [{"promotion": f"P{chance.randrange(12)}", "amount": "1.00", "gift_value": "0"}]
            order = builders.make_order(
                rep, account, status=chance.choice((OrderStatus.ACCEPTED, OrderStatus.CANCELLED)),
                ordered_on=TODAY - timedelta(n), trace={"applied": used},
            )  # fmt: skip
            session.add(order)
            session.flush()
            session.add(builders.make_order_line(order, chance.choice(products), chance.randint(1, 30)))


def _rules(chance: random.Random, products: list[UUID]) -> Iterator[Change]:
    for n in range(30):
        yield Change(Promotion, f"P{n}", _promotion(chance, n, products))
    for n in range(3):
        yield Change(RebateProgram, f"R{n}", {
            "code": f"R{n}", "name": f"R{n}", "max_order_percent": Decimal(chance.choice((10, 30, 55))),
            "max_product_percent": {str(chance.choice(products)): str(chance.choice((0, 5, 50)))},
        })  # fmt: skip
    yield Change(SellableRange, "S0", {
        "code": "S0", "name": "S0", "allows": False, "whom": {"group": ["TT"]},
        "products": [str(chance.choice(products))],
    })  # fmt: skip
    yield Change(SellableRange, "S1", {
        "code": "S1", "name": "S1", "allows": True, "attributes": {"taste": ["sweet", "salt"]},
    })  # fmt: skip
    for up_to, who in (("5", None), ("20", "manager"), ("60", "director")):
        yield Change(ApprovalRung, up_to, {"up_to_percent": Decimal(up_to), "approver": who})
    yield from _bills(products)
    yield Change(QuantityRule, "Q", {
        "code": "Q", "name": "Q", "for_each_id": products[0], "each_quantity": Decimal(48),
        "require_id": products[1], "quantity": Decimal(24),
    })  # fmt: skip


def _bills(products: list[UUID]) -> Iterator[Change]:
    modes = (PriceMode.COMPONENTS, PriceMode.BASE, PriceMode.BASE)
    for n, mode in enumerate(modes):
        host, parts = products[n - SETS], products[4 * n : 4 * n + 4]
        one, some = new_id(), new_id()
        nodes = [
            BomNode(
                id=new_id(), group_id=(one, one, some, some, None)[place], product_id=product,
                least=Decimal(1), most=Decimal(4), step=Decimal(1), delta=Decimal(place) / 4,
            )
            for place, product in enumerate([*parts, products[1 - SETS] if n == 0 else products[20]])
        ]  # fmt: skip
        groups = [
            BomGroup(id=one, name="one", required=True, least=1, most=1),
            BomGroup(id=some, name="some", required=False, least=0, most=2),
        ]
        rules = [
            BomRule(id=new_id(), kind=BomRuleKind.EXCLUDES, products=[str(parts[0]), str(parts[2])]),
            BomRule(id=new_id(), kind=BomRuleKind.REQUIRES, products=[str(parts[3]), str(parts[1])]),
        ]
        base = Decimal("31.90") if n == 2 else None
        fields = {"host_id": host, "name": f"Set {n}", "price_mode": mode, "base_price": base}
        yield Change(SalesBom, str(host), fields, [*groups, *nodes, *rules])


def _chosen(company: Company, product: UUID, chance: random.Random) -> Choices:
    """Return what somebody chooses inside a set, mostly as it is allowed."""
    number = company.products.index(product) - len(company.products) + SETS
    if number < 0:
        return () if chance.random() < 0.99 else ((str(company.products[0]), Decimal(1)),)
    picks = dict.fromkeys(_picks(company, number, chance), Decimal(chance.randint(1, 4)))
    if number == 0:
        inner = _picks(company, 1, chance)
        picks |= {f"{company.products[1 - SETS]}/{each}": Decimal(1) for each in inner}
    return as_choices(picks)


def _picks(company: Company, number: int, chance: random.Random) -> list[str]:
    a, b, c, d = map(str, company.products[4 * number : 4 * number + 4])
    return chance.choice(([a], [b], [a, d], [b, c], [b, d], [b, c, d], [b], [a, c], [c]))


def _promotion(chance: random.Random, n: int, products: list[UUID]) -> dict[str, Any]:
    forms: tuple[dict[str, Any], ...] = (
        {"percent_off": str(chance.randint(1, 40))}, {"amount_off": _amount(chance, 1, 90)},
        {"amount_off_per_unit": "1.17"}, {"fixed_price": _amount(chance, 2, 90)},
        {"gift": {"product_id": str(chance.choice(products)), "quantity": "2", "unit": "bottle"}},
        {"cheapest_free": 1}, {"set_price": _amount(chance, 50, 200)},
    )  # fmt: skip
    target = chance.choice((PromotionTarget.PRODUCTS, PromotionTarget.PRODUCTS, PromotionTarget.BUNDLE,
                            PromotionTarget.ORDER))  # fmt: skip
    give = forms[n % 7]
    if target is PromotionTarget.ORDER:
        give = forms[n % 2]
    conditions: dict[str, Any] = {"unit": chance.choice(("", "case"))}
    conditions |= chance.choice((
        {}, {"min_quantity": "5"}, {"min_amount": "300"}, {"every_amount": "500", "max_times": 3},
        {"cumulative": True, "min_quantity": "40"}, {"max_quantity": "60"},
    ))  # fmt: skip
    if n % 7 in (4, 5, 6):
        conditions |= {"buy_quantity": "3", "repeat": chance.random() < 0.7}
    tiers = [
        {"min_amount": "500", "give": {"percent_off": "4"}},
        {"min_amount": "2000", "give": {"percent_off": "9"}},
    ] if n % 6 == 5 and target is PromotionTarget.ORDER else []  # fmt: skip
    return {
        "code": f"P{n}", "name": f"Promotion {n}", "target": target, "give": give, "tiers": tiers,
        "goods": [] if target is PromotionTarget.ORDER else _goods(chance, products, target),
        "whom": chance.choice(({}, {}, {"group": ["KA", "CVS"]}, {"customer": ["C3"]})),
        "priority": chance.randint(1, 9) if n % 11 else 100 + n, "exclusive": n % 11 == 0,
        "conditions": conditions,
        "valid_from": TODAY - timedelta(chance.randint(0, 20)),
        "valid_to": TODAY + timedelta(chance.randint(0, 9)),
        "max_uses": 1 if n % 5 == 0 else None,
        "budget": Decimal(chance.randint(5, 90)) if n % 4 == 0 else None,
    }  # fmt: skip


def _amount(chance: random.Random, least: int, most: int) -> str:
    return str(Decimal(chance.randint(100 * least, 100 * most)) / 100)


def _goods(chance: random.Random, products: list[UUID], target: PromotionTarget) -> list[dict[str, str]]:
    some = chance.sample(products, 2 if target is PromotionTarget.BUNDLE else chance.randint(1, 8))
    each = "24" if target is PromotionTarget.BUNDLE else "1"
    return [{"product_id": str(product), "quantity": each} for product in some]


def _lots(chance: random.Random, area: UUID, accounts: list[UUID]) -> Iterator[RebateEntry]:
    for account in accounts:
        for n in range(3):
            lot = new_id()
            yield RebateEntry(
                id=lot, lot_id=lot, program_code=f"R{n}", account_id=account, territory_id=area,
                move=RebateMove.EARNED, amount=Decimal(chance.randint(100, 40000)) / 100,
                booked_on=TODAY - timedelta(9), valid_to=TODAY + timedelta(chance.randint(-1, 3)),
            )  # fmt: skip


def carts(company: Company, chance: random.Random, number: int) -> Iterator[Wanted]:
    """Yield carts: one to eight lines, sometimes the same article twice, prices of one's own, rebates."""
    for _ in range(number):
        lines = [
            DraftLine(
                product := chance.choice(company.products),
                chance.choice(UNITS[:2] if chance.random() < 0.95 else UNITS),
                Decimal(chance.randint(1, 30)) if chance.random() < 0.9 else Decimal("2.5"),
                Decimal(chance.randint(2, 60)) if chance.random() < 0.04 else None,
                _chosen(company, product, chance),
            )
            for _ in range(chance.randint(1, 8))
        ]  # fmt: skip
        asked: Rebates = chance.choice(((), (("auto", None),), (("auto", Decimal(chance.randint(1, 50))),)))
        yield Wanted(chance.choice(company.accounts), TODAY + timedelta(chance.randint(-1, 1)), lines, asked)
