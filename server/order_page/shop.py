"""The range of one customer: by shelf, by what he usually takes, by what he searches for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from fieldcrm.model.orders import Order, OrderLine
from fieldcrm.services import products
from fieldcrm.services.order_list import OrderRow
from fieldcrm.services.orders import ORDERED
from fieldcrm.services.products import Article
from server.order_page import basket as baskets
from server.order_page import past
from server.order_page.basket import Basket, Line
from server.order_page.counter import Bill, Counter

PAGE = 30
USUAL, ALL = "usual", "all"
_USUAL_ORDERS = 12


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the range is looked at."""

    shelf: str = ""
    text: str = ""
    first: int = 0


@dataclass(frozen=True, slots=True)
class UnitOffer:
    """An article in one unit; ``line`` is what is in the basket of it."""

    key: str
    unit: str
    inside: str
    price: Decimal
    line: Line | None


@dataclass(frozen=True, slots=True)
class Offer:
    """One article; what is put together has ``filled`` lines instead of one a unit."""

    article: Article
    units: tuple[UnitOffer, ...]
    filled: tuple[tuple[Line, tuple[str, ...]], ...] | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of the range with how many articles stand in it."""

    key: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Shop:
    """What the page shows."""

    account: str
    rep: str
    offers: tuple[Offer, ...]
    found: int
    view: View
    shelves: tuple[Shelf, ...]
    basket: Basket
    bill: Bill
    last: OrderRow | None


def shop(counter: Counter, view: View) -> Shop:
    """Return the part of the range that is looked at, with what is in the basket of it."""
    everything = [each for each in counter.articles() if counter.offers(each)]
    usual = _usual(counter)
    shelves = _shelves(counter, everything, usual)
    shelf = view.shelf if view.shelf in {each.key for each in shelves} else _first_shelf(shelves, view)
    shown = [each for each in everything if _is_on(each, shelf, usual) and _is_meant(each, view.text)]
    first = max(0, min(view.first, (len(shown) - 1) // PAGE * PAGE))
    return Shop(
        counter.opened.account.name, counter.opened.rep.name,
        tuple(_offer(counter, each) for each in shown[first : first + PAGE]), len(shown),
        View(shelf, view.text, first), shelves, counter.basket, counter.bill(),
        next(iter(past.rows(counter, 1)), None),
    )  # fmt: skip


def _first_shelf(shelves: Sequence[Shelf], view: View) -> str:
    """Return where one begins: with what is usually taken; a search looks everywhere."""
    return USUAL if not view.text and shelves and shelves[0].key == USUAL else ALL


def _is_on(article: Article, shelf: str, usual: frozenset[UUID]) -> bool:
    if shelf == USUAL:
        return article.id in usual
    return shelf == ALL or str(article.category_id) == shelf


def _is_meant(article: Article, text: str) -> bool:
    held = f"{article.name} {article.code} {article.specification} {article.brand}".casefold()
    return all(word in held for word in text.casefold().split())


def _usual(counter: Counter) -> frozenset[UUID]:
    last = (
        select(Order.id)
        .where(
            Order.account_id == counter.opened.account.id, Order.status.in_(ORDERED),
            Order.archived_at.is_(None),
        )
        .order_by(Order.ordered_on.desc(), Order.id.desc())
        .limit(_USUAL_ORDERS)
    )  # fmt: skip
    return frozenset(
        counter.session.scalars(
            select(OrderLine.product_id)
            .where(OrderLine.order_id.in_(last), OrderLine.gift_by.is_(None))
            .group_by(OrderLine.product_id)
            .order_by(func.count().desc())
        )
    )


def _shelves(counter: Counter, offered: Iterable[Article], usual: frozenset[UUID]) -> tuple[Shelf, ...]:
    held = list(offered)
    known = sum(each.id in usual for each in held)
    first = [Shelf(USUAL, "", known)] if known else []
    named = (
        Shelf(str(each.id), each.name, sum(article.category_id == each.id for article in held))
        for each in products.categories(counter.session)
    )
    return (*first, Shelf(ALL, "", len(held)), *(each for each in named if each.count))


def _offer(counter: Counter, article: Article) -> Offer:
    units = _units(counter, article)
    if not counter.is_put_together(article.id):
        return Offer(article, units)
    lines = counter.basket.of(article.id)
    return Offer(article, units, tuple((line, inside(counter, line)) for line in lines))


def inside(counter: Counter, line: Line) -> tuple[str, ...]:
    """Return what was chosen in a line, a few words for each."""
    desk = counter.desk(line)
    return tuple(
        desk.name(node.product) + (f" × {node.quantity.normalize():f}" if node.quantity != 1 else "")
        for node in desk.inside()
        if node.depth == 1 and node.path in desk.chosen
    )


def _units(counter: Counter, article: Article) -> tuple[UnitOffer, ...]:
    """Return every unit that has a price, the usual one first."""
    found = []
    for unit in article.units:
        price = counter.price(article.id, unit.name)
        if price is not None:
            key = baskets.plain_key(article.id, unit.name)
            held = (
                "" if unit.name == article.base_unit else f"{unit.factor.normalize():f} {article.base_unit}"
            )
            found.append(UnitOffer(key, unit.name, held, price, counter.basket.line(key)))
    return tuple(found)
