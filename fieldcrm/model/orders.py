"""Orders and their lines (R1).

A draft belongs to the device that made it. Submitting fixes the prices; the server prices
again, gives the final number and answers ``accepted`` or ``needs_review`` with a reason.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import YEAR, Base, Choice, Json, Kind, Part, Quantity, Synced, server_owned
from fieldcrm.rules.orders import Fulfilment as Fulfilment
from fieldcrm.rules.orders import OrderStatus as OrderStatus
from fieldcrm.rules.orders import Origin as Origin


class Order(Synced, Base):
    """One customer's order.

    ``rule_set`` is the set it was priced with and ``trace`` why it costs what it does;
    ``rebates`` is what was asked for as [code, amount or null for as much as allowed];
    ``approver`` must agree to the discounts that the rep gave; ``paid_from`` is what each purse pays
    of it as text (the rest is on credit), None leaves it to the order of use. ``edition`` counts the
    amendments, ``reason`` is why it was amended last, or cancelled.
    """

    __tablename__ = "order"
    __kind__ = Kind.DOCUMENT
    __scope__ = (("terr", "territory_id"),)
    __window__ = ("ordered_on", YEAR)
    __parts__ = {"lines": "order_line"}
    __table_args__ = (
        Index("ix_order_territory_id_id", "territory_id", "id"),
        Index("ix_order_account_id_ordered_on", "account_id", "ordered_on"),
    )

    number: Mapped[str | None] = mapped_column(info=server_owned())
    provisional_number: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), info=server_owned())
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    visit_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[OrderStatus] = mapped_column(Choice(OrderStatus), default=OrderStatus.DRAFT)
    ordered_on: Mapped[date]
    wanted_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    currency: Mapped[str] = mapped_column(default="CNY")
    goods_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    discount_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    tax_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    total_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    note: Mapped[str] = mapped_column(default="")
    rule_set: Mapped[int | None]
    trace: Mapped[dict[str, Any] | None] = mapped_column(Json)
    rebates: Mapped[list[Any] | None] = mapped_column(Json)
    rebate_amount: Mapped[Decimal] = mapped_column(default=Decimal(), server_default="0")
    approver: Mapped[str | None]
    paid_from: Mapped[dict[str, Any] | None] = mapped_column(Json)
    origin: Mapped[Origin] = mapped_column(
        Choice(Origin), default=Origin.REP, server_default=Origin.REP.value
    )
    edition: Mapped[int] = mapped_column(default=1, server_default="1")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    fulfilment: Mapped[Fulfilment] = mapped_column(
        Choice(Fulfilment), default=Fulfilment.OPEN, server_default=Fulfilment.OPEN.value,
        info=server_owned(),
    )  # fmt: skip
    returned_amount: Mapped[Decimal] = mapped_column(
        default=Decimal(), server_default="0", info=server_owned()
    )
    review_code: Mapped[str | None] = mapped_column(info=server_owned())
    review_data: Mapped[dict[str, Any] | None] = mapped_column(Json, info=server_owned())


class OrderLine(Part, Base):
    """One article of an order, priced; ``book_version`` pins the price book it came from.

    A gift is a line at 0.00 that names its promotion and keeps its value (decision 4).
    ``configuration`` is what was chosen inside a configurable article: path to how many.
    """

    __tablename__ = "order_line"
    __owner__ = "order_id"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    unit: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    unit_price: Mapped[Decimal]
    price_book_id: Mapped[UUID | None]
    book_version: Mapped[int | None]
    gross_amount: Mapped[Decimal]
    discount_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    net_amount: Mapped[Decimal]
    tax_rate: Mapped[Decimal] = mapped_column(Quantity)
    tax_amount: Mapped[Decimal]
    manual_price: Mapped[Decimal | None]
    rebate_amount: Mapped[Decimal] = mapped_column(default=Decimal(), server_default="0")
    gift_by: Mapped[str | None]
    gift_value: Mapped[Decimal | None]
    configuration: Mapped[dict[str, Any] | None] = mapped_column(Json)
