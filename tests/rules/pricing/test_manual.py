from __future__ import annotations

from decimal import Decimal

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules.pricing.manual import Rung
from tests.rules.pricing.shop import book, entry, line, priced, product, rules

LADDER = (Rung(Decimal(5)), Rung(Decimal(10), "manager"))
LIST = book("LIST", entry("A", "100.00"))


@pytest.mark.parametrize(("asked", "by"), [("95.00", None), ("94.99", "manager"), ("90.00", "manager")])
def test_the_ladders_borders_are_inclusive(asked: str, by: str | None) -> None:
    approval = priced(line("A", "1", manual=asked), by=rules(LIST, ladder=LADDER)).approval
    assert approval is not None
    assert (approval.by, approval.pending) == (by, by is not None)


def test_beyond_the_last_rung_the_price_is_refused() -> None:
    with pytest.raises(RuleBroken, match="discount_too_high"):
        priced(line("A", "1", manual="89.99"), by=rules(LIST, ladder=LADDER))


def test_a_manual_price_cannot_go_under_the_floor_or_up() -> None:
    by = rules(LIST, products=(product("A", floor="92"),), ladder=LADDER)
    with pytest.raises(RuleBroken, match="below_floor"):
        priced(line("A", "1", manual="91"), by=by)
    with pytest.raises(Invalid, match="manual_price"):
        priced(line("A", "1", manual="101"), by=by)


def test_the_highest_approval_of_all_lines_is_needed() -> None:
    lines = line("A", "1", manual="99"), line("A", "1", number=2, manual="91")
    approval = priced(*lines, by=rules(LIST, ladder=LADDER)).approval
    assert approval is not None
    assert approval.by == "manager"
