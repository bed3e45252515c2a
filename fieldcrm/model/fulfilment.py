"""What becomes of an order after it was accepted (R1): its editions, deliveries and returns.

The server keeps every edition that was replaced and writes down what the ERP or the office says of
deliveries. A return is the rep's; what it gives back is the server's word, worked out by the same
rule that the laptop shows it with.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Json, Kind, Synced, server_owned


class OrderVersion(Synced, Base):
    """An edition of an order that another replaced; ``content`` is the order as it was on the wire.

    ``reason`` is why it was replaced, ``by_id`` by whom.
    """

    __tablename__ = "order_version"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"),)
    __ages_with__ = "order_id"
    __table_args__ = (Index("ix_order_version_territory_id_id", "territory_id", "id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    edition: Mapped[int]
    total_amount: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(default="")
    replaced_at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    content: Mapped[dict[str, Any]] = mapped_column(Json)


class Delivery(Synced, Base):
    """What left for the customer at once: ``quantities`` by line of the order, numbers as text.

    ``reference`` is the number that the ERP knows it by; negative quantities correct an earlier one.
    """

    __tablename__ = "delivery"
    __kind__ = Kind.REFERENCE
    __scope__ = (("terr", "territory_id"),)
    __ages_with__ = "order_id"
    __table_args__ = (Index("ix_delivery_territory_id_id", "territory_id", "id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    delivered_on: Mapped[date]
    reference: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    quantities: Mapped[dict[str, Any]] = mapped_column(Json)


class OrderReturn(Synced, Base):
    """Goods of an order that come back; ``amounts`` is what the customer gets for each line.

    ``total_amount`` is paid out or credited, ``rebate_amount`` goes back to the rebates it came from,
    ``withheld_amount`` is for gifts that should have come back too.
    """

    __tablename__ = "order_return"
    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)
    __ages_with__ = "order_id"
    __table_args__ = (Index("ix_order_return_territory_id_id", "territory_id", "id"),)

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), info=server_owned())
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    returned_on: Mapped[date]
    returned_at: Mapped[datetime]
    reason: Mapped[str]
    quantities: Mapped[dict[str, Any]] = mapped_column(Json)
    amounts: Mapped[dict[str, Any] | None] = mapped_column(Json, info=server_owned())
    total_amount: Mapped[Decimal] = mapped_column(default=Decimal(), info=server_owned())
    rebate_amount: Mapped[Decimal] = mapped_column(default=Decimal(), info=server_owned())
    tax_amount: Mapped[Decimal] = mapped_column(default=Decimal(), info=server_owned())
    withheld_amount: Mapped[Decimal] = mapped_column(default=Decimal(), info=server_owned())
