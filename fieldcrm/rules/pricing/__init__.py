"""Prices: the same cents and the same reasons on the laptop and on the server.

``price(cart, rules)`` is the whole of it. The stages are modules, called in the order of
decision 2: ``sellable`` (may the customer buy it), ``books`` (what it costs), ``promotions`` with
``standing`` (is it met) and ``benefits`` (what comes off), ``rebates``, ``manual``, ``tax``;
``kernel`` strings them together. ``quantities`` holds what ties lines to one another,
``configuration`` and ``bills`` what is inside an article and what that costs (``configured``),
``choices`` what somebody who configures it may choose.
"""

from fieldcrm.rules.pricing.kernel import Problem, Rules, price, separate
from fieldcrm.rules.pricing.values import (
    Book,
    Cart,
    CartLine,
    Customer,
    Entry,
    Priced,
    PricedLine,
    Product,
    Step,
    by_product,
)  # fmt: skip

__all__ = [
    "Book", "Cart", "CartLine", "Customer", "Entry", "Priced", "PricedLine", "Problem", "Product",
    "Rules", "Step", "by_product", "price", "separate",
]  # fmt: skip
