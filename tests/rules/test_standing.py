from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from fieldcrm.rules.standing import Facts, Standing, standing

TODAY = date(2026, 11, 18)
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (Facts(conflicts=1, receivable=Decimal(1), overdue_since=YESTERDAY), Standing.CONFLICT),
        (Facts(receivable=Decimal(1), overdue_since=TODAY, planned_on=TODAY), Standing.OVERDUE),
        (Facts(receivable=Decimal(), overdue_since=YESTERDAY, planned_on=TODAY), Standing.TODAY),
        (Facts(receivable=Decimal(1), overdue_since=TOMORROW, due_on=TODAY), Standing.DUE),
        (Facts(), Standing.DUE),
        (Facts(due_on=TOMORROW, last_order_on=TODAY - timedelta(days=30)), Standing.QUIET),
        (Facts(due_on=TOMORROW, last_order_on=TODAY - timedelta(days=29)), Standing.NORMAL),
    ],
)
def test_the_gravest_thing_is_the_one_word(facts: Facts, word: Standing) -> None:
    assert standing(facts, TODAY) is word
