"""An order after it was handed over, on the screen: changed, returned, refused, agreed to (R1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.fulfilment import Delivery, OrderVersion
from fieldcrm.model.orders import Fulfilment, Order, OrderLine, OrderStatus, Origin
from fieldcrm.services import orders, pricing, returns
from fieldcrm.services.pricing import DraftLine
from fieldcrm.storage.local import OutboxEntry, OutboxState
from fieldcrm.sync import outbox
from fieldcrm.ui.context import Context
from fieldcrm.ui.orders import refused as page_refused
from fieldcrm.ui.orders.giving_back import ReturnDialog
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.orders.page import OrdersPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import TextField
from tests.ui.conftest import NOW, Settle
from tests.ui.orders.test_order_screens import busiest_account


def accepted(context: Context, origin: Origin = Origin.VISIT) -> UUID:
    """Return an order as the server sent it back."""
    with context.database.writing() as session:
        account_id = busiest_account(session)
        lines = orders.last_lines(session, account_id)
        key = orders.start(session, account_id, me=context.me.id, at=NOW, origin=origin)
        orders.save(session, key, lines, at=NOW)
        orders.submit(session, key, at=NOW)
    from_server(context, key, status=OrderStatus.ACCEPTED, number="SO-2026-000042", version=3)
    return key


def from_server(context: Context, key: UUID, **values: Any) -> None:
    with context.database.writing() as session:
        session.execute(update(Order).where(Order.id == key).values(**values))


def kept(session: Session, order: Order) -> OrderVersion:
    """Return the first edition, with half of the first line."""
    line = pricing.order_lines(session, order.id)[0]
    content = {
        "lines": [
            {
                "product_id": str(line.product_id), "unit": line.unit, "quantity": "1",
                "unit_price": str(line.unit_price), "net_amount": str(line.unit_price), "gift_by": None,
            }
        ]
    }  # fmt: skip
    return OrderVersion(
        id=new_id(), version=1, order_id=order.id, account_id=order.account_id,
        territory_id=order.territory_id, edition=1, total_amount=line.unit_price, reason="门店要多一些",
        replaced_at=NOW - timedelta(hours=3), by_id=order.rep_id, content=content,
    )  # fmt: skip


def delivery(order: Order, quantities: dict[str, str], on: date) -> Delivery:
    return Delivery(
        id=new_id(), version=1, order_id=order.id, account_id=order.account_id,
        territory_id=order.territory_id, delivered_on=on, quantities=quantities,
    )  # fmt: skip


def texts(page: OrderPage | OrdersPage) -> str:
    after = page.detail.after
    said = (*after.notice.findChildren(Paragraph), *after.findChildren(Paragraph))
    return " ".join(each.text() for each in said if each.isVisible())


def opened(context: Context, key: UUID, settle: Settle) -> OrderPage:
    page = OrderPage(context)
    context.shell.widget = page  # type: ignore[attr-defined]  # the recording shell
    page.show_place(order_id=key)
    page.resize(1216, 820)
    page.show()
    settle()
    return page


def state(context: Context, key: UUID) -> Order:
    with context.database.reading() as session:
        return session.get_one(Order, key)


def test_an_accepted_order_is_changed_with_a_reason_and_both_editions_are_shown(
    context: Context, settle: Settle
) -> None:
    key = accepted(context)
    outbox.attach(context.database)
    before = state(context, key)
    page = opened(context, key, settle)
    page.detail._amend.click()
    settle()
    first = page.entry.draft.lines()[0]  # type: ignore[union-attr]
    page.entry.set_quantity((first.product_id, first.unit), first.quantity + 1)
    page.submit()
    settle()
    [dialog] = page.findChildren(Dialog)
    dialog.findChildren(TextField)[0].setText("要多一些")
    next(b for b in dialog.findChildren(type(page.detail._amend)) if b.text() == "发送修改").click()
    settle()
    after = state(context, key)
    assert (after.edition, after.status, after.number) == (2, OrderStatus.SUBMITTED, before.number)
    with context.database.reading() as session:
        [act] = outbox.select(outbox.raw(session), "act = 'amend'")
    assert "lines" in (act.mutation.set or {})
    assert "要多一些" in texts(page)
    assert page.detail.after.isVisible()


def refused(context: Context, code: str, **standing: Any) -> tuple[UUID, list[DraftLine]]:
    """Change an order by two more of its first line, which the office refuses; return what it held."""
    key = accepted(context)
    outbox.attach(context.database)
    with context.database.writing() as session:
        before = pricing.draft_lines(session, key)
        more = [replace(before[0], quantity=before[0].quantity + 2), *before[1:]]
        orders.amend(session, key, more, reason="周末促销", at=NOW)
    with context.database.writing() as session:
        said = {"state": OutboxState.REJECTED, "outcome": "rejected", "code": code}
        session.execute(update(OutboxEntry).where(OutboxEntry.act == "amend").values(said))
        values = {"status": OrderStatus.ACCEPTED, "edition": 1} | standing
        session.execute(update(Order).where(Order.id == key).values(values))
        first = pricing.order_lines(session, key)[0].id
        session.execute(update(OrderLine).where(OrderLine.id == first).values(quantity=before[0].quantity))
    return key, before


def press(page: OrderPage, text: str) -> None:
    next(b for b in page.findChildren(Button) if b.text() == text and b.isVisible()).click()


def test_a_refused_change_is_typed_on_and_sent_again(context: Context, settle: Settle) -> None:
    key, before = refused(context, "order_amended_meanwhile")
    page = opened(context, key, settle)
    assert "这张订单同时在别处被改过" in texts(page)
    press(page, "修改后重发")
    settle()
    assert page.is_entry
    assert page.entry.draft is not None
    assert page.entry.draft.lines()[0].quantity == before[0].quantity + 2
    page.submit()
    settle()
    for dialog in page.findChildren(Dialog):  # prices that moved are looked at first
        for button in dialog.findChildren(Button):
            if button.text() == "按新价格":
                button.click()
    settle()
    [dialog] = [each for each in page.findChildren(Dialog) if each.findChildren(TextField)]
    assert dialog.findChildren(TextField)[0].text() == "周末促销"
    next(b for b in dialog.findChildren(Button) if b.text() == "发送修改").click()
    settle()
    with context.database.reading() as session:
        assert page_refused.last(session, key) is None
        assert session.get_one(Order, key).status == OrderStatus.SUBMITTED


def test_what_a_fixed_order_cannot_take_any_more_is_ordered_anew(context: Context, settle: Settle) -> None:
    key, before = refused(context, "order_in_fulfilment", fulfilment=Fulfilment.BEGUN)
    page = opened(context, key, settle)
    assert "仓库已开始处理这张订单" in texts(page)
    assert not page.detail._amend.isVisible()
    press(page, "余量另下单")
    settle()
    with context.database.reading() as session:
        fresh = session.scalars(select(Order).where(Order.status == OrderStatus.DRAFT)).all()
        [made] = [each for each in fresh if each.note == "周末促销"]
        assert pricing.draft_lines(session, made.id) == [replace(before[0], quantity=Decimal(2))]
        assert page_refused.last(session, key) is None


def test_what_is_being_added_when_an_order_becomes_fixed_is_ordered_anew(
    context: Context, settle: Settle
) -> None:
    key = accepted(context)
    page = opened(context, key, settle)
    page.detail._amend.click()
    settle()
    first = page.entry.draft.lines()[0]  # type: ignore[union-attr]
    page.entry.set_quantity((first.product_id, first.unit), first.quantity + 2)
    from_server(context, key, fulfilment=Fulfilment.BEGUN)
    page.refresh()
    settle()
    assert not page.is_entry
    assert context.shell.toasts[-1] == "这张订单已不能修改。"  # type: ignore[attr-defined]  # the recording shell
    context.shell.undo()  # type: ignore[attr-defined]  # its button: order what was added
    settle()
    with context.database.reading() as session:
        [made] = session.scalars(select(Order).where(Order.id > key, Order.status == OrderStatus.DRAFT)).all()
        assert pricing.draft_lines(session, made.id) == [replace(first, quantity=Decimal(2))]


def test_goods_are_taken_back_with_what_the_customer_gets_shown_first(
    context: Context, settle: Settle
) -> None:
    key = accepted(context)
    page = opened(context, key, settle)
    page.detail._return.click()
    settle()
    [dialog] = page.findChildren(ReturnDialog)
    dialog.send.click()
    assert "请先填退回的数量" in " ".join(each.text() for each in dialog.findChildren(Paragraph))
    stepper = next(iter(dialog.steppers.values()))
    stepper.set_value(Decimal(1), tell=True)
    settle()
    dialog.send.click()
    with context.database.reading() as session:
        assert returns.returns_of(session, key) == [], "nothing without a reason"
    dialog.reason.setText("破损")
    dialog.send.click()
    settle()
    with context.database.reading() as session:
        [row] = returns.returns_of(session, key)
    assert (row.reason, row.total_amount > 0) == ("破损", True)
