"""What one customer may buy at which prices, and what stands in his basket by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import FieldCrmError
from fieldcrm.faults import planted
from fieldcrm.rules.pricing import bills, books, configured
from fieldcrm.rules.pricing.sellable import Assortment, assortment
from fieldcrm.rules.pricing.values import Book, CartLine
from fieldcrm.services import pricing, products, rule_sets
from fieldcrm.services.configuring import Desk
from fieldcrm.services.pricing import Basis, DraftLine, Quote
from fieldcrm.services.products import Article
from fieldcrm.services.remembered import Remembered, states
from server import slices
from server.order_page import links
from server.order_page.basket import Basket, Line
from server.order_page.links import Opened


@dataclass(slots=True)
class Counter:
    """One look at one customer's page; everything in it is of one moment."""

    session: Session
    opened: Opened
    at: datetime
    known: Basis
    _held: Sequence[Book] = field(init=False)
    _range: Assortment = field(init=False)
    _articles: dict[UUID, Article] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        rules, customer = self.known.rules, self.known.customer
        self._held = books.in_force(rules.books, customer, self.known.on)
        self._range = assortment(customer, rules.ranges)

    @property
    def basket(self) -> Basket:
        """What he put together so far."""
        return self.opened.basket

    def is_put_together(self, product: UUID) -> bool:
        """Say whether something is to be chosen in an article first."""
        return bills.has_choices(self.known.rules.bills, str(product))

    def offers(self, article: Article) -> bool:
        """Say whether he may buy an article and some book of his prices it."""
        product = self.known.rules.products.get(str(article.id))
        if product is None or not product.active or not self._range.verdict(product)[0]:
            return False
        return product.key in self.known.rules.bills or any(product.key in book.prices for book in self._held)

    def price(self, product_id: UUID, unit: str) -> Decimal | None:
        """Return what one unit costs, before anything is chosen in it; None without a price."""
        rules = self.known.rules
        product = rules.products.get(str(product_id))
        if product is None or not product.knows(unit):
            return None
        if product.key not in rules.bills:
            return books.single(product, unit, self._held)
        asked = CartLine("0", product.key, Decimal(1), unit)
        try:
            return configured.unit_price(asked, product, rules.products, rules.bills, self._held)[0]
        except FieldCrmError:
            return None

    def articles(self) -> tuple[Article, ...]:
        """Return everything that is sold to anybody, read once while it stays as it is."""
        [state] = states(self.session, "product")
        return _sold.value(self.session, state)

    def article(self, product: UUID) -> Article | None:
        """Return an article, also one that is no longer sold."""
        if product not in self._articles:
            self._articles |= {each.id: each for each in products.articles(self.session, [product])}
        return self._articles.get(product)

    def name(self, product: str) -> str:
        """Return what an article is called."""
        found = self.known.rules.products.get(product)
        return found.label if found is not None else ""

    def desk(self, line: Line) -> Desk:
        """Return what is chosen in a line, to go on choosing."""
        return Desk(self.known, draft(line))

    def bill(self) -> Bill:
        """Price the basket: every line whose quantity can be made out."""
        lines = [line for line in self.basket.lines if line.quantity is not None]
        return Bill(tuple(lines), pricing.quote(self.known, list(map(draft, lines))))


@dataclass(frozen=True, slots=True)
class Bill:
    """The basket with prices: line n of the quote is line n of these."""

    lines: tuple[Line, ...]
    quote: Quote

    @property
    def total(self) -> Decimal:
        """What there is to pay."""
        return self.quote.priced.payable

    @property
    def is_sound(self) -> bool:
        """Whether it can be ordered as it stands."""
        return bool(self.lines) and not self.quote.problems and self.quote.broken is None

    @property
    def content(self) -> str:
        """The hash of what is shown: lines with what is inside them, gifts, the total."""
        priced = self.quote.priced
        said = [
            (x.product, x.unit, str(x.quantity), f"{x.net_amount:.2f}", self.lines[int(x.key)].chosen)
            for x in priced.lines
        ]
        gifts = [(x.product, x.unit, str(x.quantity)) for x in priced.gifts]
        return sha256(repr((said, gifts, f"{priced.payable:.2f}")).encode()).hexdigest()


_sold = Remembered(products.articles)


def draft(line: Line) -> DraftLine:
    """Return a line as pricing takes it."""
    return DraftLine(line.product, line.unit, line.quantity or Decimal(1), None, line.chosen or ())


def at_counter(session: Session, token: str, at: datetime, *, locked: bool = False) -> Counter:
    """Open a page; ``NotFound`` when its address holds no more."""
    found = links.opened(session, token, at, locked=locked)
    key = found.account.id, business_day(at), rule_sets.in_force(session, at).number
    known = pricing.bases(session, [key]).get(key)  # remembers the catalogue from one look to the next
    if known is None:
        known = pricing.basis(session, found.account.id, business_day(at), at=at)
    allowed = _free(session, str(found.account.id), at)
    session.info[pricing.ALLOWED] = allowed
    return Counter(session, found, at, allowed(known))


def _free(session: Session, account_id: str, at: datetime) -> Callable[[Basis], Basis]:
    """Return what leaves a basis only what no laptop holds: that is all a customer may use by himself."""
    if planted("page_takes_slices"):
        return lambda known: known
    room = slices.room_of_rep(session.connection(), "", account_id, at)
    return lambda known: slices.allowed(room, known, account_id)
