"""The price shop with published rules: what a test names becomes the next set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fieldcrm.model.promotions import Promotion, PromotionTarget
from fieldcrm.model.rule_sets import RuleSet
from fieldcrm.services.pricing import DraftLine
from server.rule_sets import Change, Edition, PriceChange, publish
from tests.services import price_shop
from tests.services.price_shop import AT, Shop

BEGAN = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@dataclass(slots=True)
class Office:
    """Publishes for a shop."""

    session: Session
    shop: Shop

    def publish(
        self, *rules: Change, prices: tuple[PriceChange, ...] = (), starts: datetime = BEGAN
    ) -> RuleSet:
        return publish(self.session, Edition("Rules", starts, rules, prices), starts)

    def water(self, price: str) -> PriceChange:
        return PriceChange(self.shop.group_book.id, self.shop.water.id, "case", Decimal(price))


def build(session: Session) -> Office:
    """Fill an empty database with the price shop."""
    return Office(session, price_shop.build(session))


def promotion(code: str, give: dict[str, Any], **fields: Any) -> Change:
    """Return a promotion on the whole order unless told otherwise."""
    usual = {"code": code, "name": f"Promotion {code}", "target": PromotionTarget.ORDER, "give": give}
    return Change(Promotion, code, usual | fields)


def on(*products: Any) -> dict[str, Any]:
    """Return the fields of a promotion on articles."""
    goods = [{"product_id": str(product.id)} for product in products]
    return {"target": PromotionTarget.PRODUCTS, "goods": goods}


def drafted(shop: Shop, water: int = 2, tea: int = 1) -> list[DraftLine]:
    """Return an order of water and tea by the case: 46.00 and 60.00 each."""
    return [
        DraftLine(shop.water.id, "case", Decimal(water)), DraftLine(shop.tea.id, "case", Decimal(tea)),
    ]  # fmt: skip
