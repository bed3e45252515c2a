"""What keeps an order from being handed over, said under its total: a line that cannot be, or a share."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from fieldcrm.rules.slices import Limit
from fieldcrm.services.pricing import Quote
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import price_words
from fieldcrm.ui.orders.reading import Counter


def said(counter: Counter, quote: Quote) -> str:
    """Return what is wrong; nothing when the order can be handed over."""
    problems = quote.problems
    if not problems:
        return _shortage(counter, quote)
    article = counter.articles.get(UUID(problems[0].product))
    name = article.name if article else ""
    if len(problems) == 1:
        return tr("{name} cannot be ordered like this.", name=name)
    return tr("{name} and {n} more lines cannot be ordered like this.", name=name, n=len(problems) - 1)


def _shortage(counter: Counter, quote: Quote) -> str:
    """Say which scarce article this laptop was given too little of; nothing when there is none."""
    asked: dict[str, Decimal] = {}
    for line in quote.priced.lines:
        asked[line.product] = asked.get(line.product, Decimal()) + line.base_quantity
    for product, quantity in asked.items():
        share = counter.shares.get((Limit.STOCK, product))
        if share is not None and quantity > share.left:
            return price_words.shortage(counter.articles[UUID(product)], share)
    return ""
