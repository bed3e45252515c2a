"""How a limit is divided: never more than there is, and in steps of what is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fieldcrm.rules import slices
from fieldcrm.rules.slices import COUNTED, OF_EVERYBODY, Limit, Slice

NOW = datetime(2026, 3, 2, tzinfo=UTC)
amounts = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)


@given(amounts, st.integers(1, 60), st.sampled_from(sorted(Limit)))
def test_what_devices_are_given_one_after_the_other_is_never_more_than_there_is(
    there: Decimal, devices: int, limit: Limit
) -> None:
    there = there.to_integral_value() if limit in COUNTED else there
    free = there
    for _ in range(devices):
        part = slices.portion(free, devices, limit)
        assert 0 <= part <= free
        assert limit not in COUNTED or part == int(part)
        free -= part
    assert there == 0 or free < there, "somebody got something"


@given(amounts, st.sampled_from(sorted(Limit)))
def test_what_is_one_customers_is_given_whole_to_a_device_that_serves_alone(
    there: Decimal, limit: Limit
) -> None:
    given_ = slices.portion(there, 1, limit)
    assert (given_ == there) or limit in OF_EVERYBODY


@given(st.lists(st.tuples(amounts, amounts), max_size=6), amounts)
def test_slices_bear_a_cost_together_and_none_more_than_it_has(
    held: list[tuple[Decimal, Decimal]], cost: Decimal
) -> None:
    given_ = [Slice(amount, min(spent, amount), NOW) for amount, spent in held]
    borne = slices.charged(given_, cost)
    assert all(0 <= part <= each.left for part, each in zip(borne, given_, strict=True))
    assert sum(borne, Decimal()) == min(cost, sum((each.left for each in given_), Decimal()))


def test_a_slice_is_spent_until_it_expires_and_covered_while_its_grace_lasts() -> None:
    one = Slice(Decimal(10), Decimal(4), NOW)
    just_before, later = NOW - timedelta(seconds=1), NOW + slices.GRACE
    assert (slices.sellable([one], just_before), slices.sellable([one], NOW)) == (6, 0)
    assert (slices.reserved([one], NOW), slices.reserved([one], later)) == (6, 0)
