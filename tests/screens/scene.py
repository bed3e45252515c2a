"""What a rep's day on the stage is made of: a list to import, stores in their order, places near by."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import VisitPlan
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.visits import PositionSource, Visit
from fieldcrm.rules.positions import Position
from fieldcrm.services.today import Stop
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.local import OutboxEntry, Upload
from tests.screens.stage import at
from tests.ui.conftest import NOW

LIST = """店名,门店编号,详细地址,城市,联系电话,经度,纬度,等级,渠道
三墩福旺食品批发部,HZ-9001,三墩街 61 号,hangzhou,139 1234 4417,120.09,30.32,A,批发
西溪里 B1 食集,HZ-9002,文一西路 998 号,杭州,0571-88991234,120.0551,30.2741,A级,购物中心
,HZ-9003,双龙街 136 号,杭州,,,,B,超市
玉泉校园超市,HZ-9001,浙大路 38 号,杭州,,,,B,校园
学院路鲜果零食屋,HZ-9005,学院路 77 号,杭州,8899123,abc,30.2,B,零食
=cmd|calc,HZ-9006,天目山路 420 号,Suzhou,,120.1,30.3,很好,加油站
"""
FROM_FILE = (
    *LIST.splitlines()[0].split(","), "超市", "批发", "购物中心",
    "HZ", "hangzhou", "=cmd|calc", "cmd", "Suzhou", "abc", "GB18030", "csv", "A级",
)  # fmt: skip
BY_SIGHT = "supermarket"  # its template has every kind of question


def busiest(session: Session) -> UUID:
    """Return the account with most orders."""
    counted = select(Order.account_id).group_by(Order.account_id).order_by(func.count().desc())
    return session.scalars(counted).first() or new_id()


def put_in_order(session: Session, stops: Sequence[Stop]) -> None:
    """Let the store with every kind of question come fourth, at half past ten."""
    plans_ = [session.get_one(VisitPlan, stop.plan_id) for stop in stops]
    slots = [(plan.start_time, plan.sequence) for plan in plans_]
    last = next(n for n, stop in enumerate(stops) if stop.channel == BY_SIGHT)
    order = [n for n in range(len(stops)) if n != last]
    order.insert(3, last)
    for (start, place), number in zip(slots, order, strict=True):
        plans_[number].start_time, plans_[number].sequence = start, place
    plans_[last].start_time = "10:30"


def give_credit(session: Session, account_id: UUID) -> None:
    account = session.get_one(Account, account_id)
    account.credit_limit, account.receivable = Decimal(10_000), Decimal(3_640)


def unpriced(session: Session) -> list[Any]:
    """Return an article that is new and that nobody has given a price yet."""
    like = session.scalars(select(ProductUnit).where(ProductUnit.factor > 1).limit(1)).one()
    product = session.get_one(Product, like.product_id)
    made = Product(
        id=new_id(), code="TE0999", name="青柑普洱 500ml", category_id=product.category_id,
        brand=product.brand, specification=product.specification, base_unit=product.base_unit,
        sales_unit=product.sales_unit,
        tax_rate=product.tax_rate, standard_price=Decimal(0),
    )  # fmt: skip
    units = session.scalars(select(ProductUnit).where(ProductUnit.product_id == product.id))
    return [
        made,
        *(ProductUnit(id=new_id(), product_id=made.id, unit=u.unit, factor=u.factor) for u in units),
    ]


def near(stop: Any) -> Arrival:
    return Arrival(PositionSource.MAP, beside(stop.position, 18)) if stop.position else Arrival()


def beside(position: Position, metres: float) -> Position:
    return Position(position.latitude_e7 + round(metres * 90), position.longitude_e7, position.datum)


def settle_everything(session: Session) -> None:
    session.execute(delete(OutboxEntry))
    session.execute(update(Conflict).values(state="kept"))
    unplanned = (Visit.plan_id.is_(None), Visit.started_at >= at(0))
    session.execute(update(Visit).where(*unplanned).values(archived_at=NOW))
    session.execute(update(Order).where(Order.status == OrderStatus.NEEDS_REVIEW).values(status="accepted"))
    session.execute(delete(Upload))
