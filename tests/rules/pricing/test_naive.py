"""The product against prices worked out slowly from the decisions, over the whole vocabulary of the cases."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance import pricing
from tests.rules.pricing import naive
from tests.rules.pricing.sales import Sales


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_kernel_comes_to_what_the_decisions_say(seed: int) -> None:
    sales = Sales(seed)
    for _ in range(50):
        sale = sales.sale()
        assert pricing.differences({"given": sale, "expected": naive.answer(sale)}) == [], sale
