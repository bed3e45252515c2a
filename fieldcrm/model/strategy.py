"""What is to become of an account (A2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import Base, Kind, Synced, merged, server_owned


class AccountStrategy(Synced, Base):
    """The strategy card of an account: what is wanted, what stands in the way, what is done about it.

    ``target_sales`` is wanted each month. The evaluation of a month is never stored: it is
    counted from visits and orders.
    """

    __tablename__ = "account_strategy"
    __kind__ = Kind.MASTER
    __scope__ = (("terr", "territory_id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True, info=server_owned())
    aim: Mapped[str] = mapped_column(default="", info=merged("both"))
    obstacles: Mapped[str] = mapped_column(default="", info=merged("both"))
    measures: Mapped[str] = mapped_column(default="", info=merged("both"))
    target_sales: Mapped[Decimal | None]
    until: Mapped[date | None]
