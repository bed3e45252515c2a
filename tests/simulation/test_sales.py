"""Histories of sales keep every predicate of issue 5, and notice the mistakes they are there for.

Quotes, editions, returns, codes by phone, rules that change meanwhile, customers' own orders:
under the same crashes, lost replies, restores and copies as all histories.
"""

from __future__ import annotations

from tests.simulation import run as runner
from tests.simulation.topics import SALES

SEED = 902
STEPS = 300


def test_histories_of_sales_keep_every_predicate() -> None:
    result = runner.run(STEPS, SEED, cast=SALES)
    assert result.violations == []
    wanted = ("take_order", "amend_order", "quote_goods", "return_goods", "order_alone", "publish_rules")
    assert [name for name in wanted if not result.rules[name]] == []
