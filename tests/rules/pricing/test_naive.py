"""The product against prices worked out slowly from the decisions, over the whole vocabulary of the cases."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, given, settings

from tests.conformance import pricing
from tests.rules.pricing import naive
from tests.rules.pricing.sales import sales


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sales())
def test_the_kernel_comes_to_what_the_decisions_say(sale: dict[str, Any]) -> None:
    expected = naive.answer(sale)
    event(expected["error"]["kind"] if "error" in expected else "sold")
    assert pricing.differences({"given": sale, "expected": expected}) == []
