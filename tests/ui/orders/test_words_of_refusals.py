"""What the office objected to is said with what it is about: the rule, the article, how much there is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.services import order_list, pricing
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders import paper, words

PRODUCT = "of the order"


@pytest.mark.parametrize(
    ("code", "data", "said"),
    [
        ("stock_short", {"left": "3", "wanted": "12"}, "剩余 3，需要 12"),
        ("rule_broken", {"code": "discount_too_high", "percent": "30"}, "折扣超过了你的权限"),
        (
            "rule_broken",
            {"code": "quantity_tie", "product": PRODUCT, "needed": "4", "because": PRODUCT},
            "至少需要 4",
        ),
        ("rules_superseded", {"lines": [], "taken_on": 1, "in_force": 2}, "按新规则已不能这样销售"),
        ("rules_superseded", {"lines": [], "old_total": "10", "new_total": "12"}, "¥12.00"),
    ],
)
def test_an_objection_names_what_it_is_about(
    context: Context, code: str, data: dict[str, Any], said: str
) -> None:
    with context.database.writing() as session:
        order = session.scalars(select(Order).where(Order.rep_id == context.me.id)).first()
        assert order is not None
        product = str(pricing.order_lines(session, order.id)[0].product_id)
        told = {name: product if value == PRODUCT else value for name, value in data.items()}
        order.status, order.review_code = OrderStatus.NEEDS_REVIEW, code
        order.review_data = {"product_id": product} | told
        session.flush()
        detail = order_list.detail(session, order.id)
    assert "公司尚未确认。" in paper.html(detail, ""), "nobody takes the paper for a promise"
    answer = words.answer(detail)
    assert said in answer.text
    assert "—" not in answer.text, "nothing is said of amounts that nobody knows"
