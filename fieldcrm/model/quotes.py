"""Quotes (Q1 to Q3): every round of an offer with its lines, and what was done with it.

A saved round is never changed: another price is another round of the same family, so all of
them stay and can be compared. What happens to a round (submitted, approved, sent, confirmed)
is a ``QuoteAct`` of its own that names the content it means; ``rules/quotes.py`` tells from
these where a round stands.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import YEAR, Base, Choice, Json, Kind, Part, Quantity, Synced, server_owned
from fieldcrm.rules.quotes import Act as Act


class Quote(Synced, Base):
    """One round of an offer; ``family_id`` is the id of the first, ``round`` counts from one.

    ``fees`` are [name, amount]; ``approver`` must agree to ``discount_percent`` before it goes out;
    ``content`` is the hash of what is offered; ``review_code`` is what the server found wrong with
    the prices.
    """

    __tablename__ = "quote"
    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)
    __window__ = ("quoted_on", YEAR)
    __parts__ = {"lines": "quote_line"}
    __table_args__ = (
        Index("ix_quote_territory_id_id", "territory_id", "id"),
        Index("ix_quote_account_id_quoted_on", "account_id", "quoted_on"),
    )

    provisional_number: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), info=server_owned())
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    family_id: Mapped[UUID] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=1)
    quoted_on: Mapped[date]
    quoted_at: Mapped[datetime]
    valid_until: Mapped[date]
    currency: Mapped[str] = mapped_column(default="CNY")
    fees: Mapped[list[Any]] = mapped_column(Json, default=list)
    goods_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    discount_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    tax_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    fees_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    total_amount: Mapped[Decimal] = mapped_column(default=Decimal())
    note: Mapped[str] = mapped_column(default="")
    rule_set: Mapped[int | None]
    trace: Mapped[dict[str, Any] | None] = mapped_column(Json)
    approver: Mapped[str | None]
    discount_percent: Mapped[Decimal | None] = mapped_column(Quantity)
    content: Mapped[str] = mapped_column(default="")
    number: Mapped[str | None] = mapped_column(info=server_owned())
    review_code: Mapped[str | None] = mapped_column(info=server_owned())


class QuoteLine(Part, Base):
    """One article of a round, priced; a gift is a line at 0.00 that names its promotion.

    ``configuration`` is what was chosen inside a configurable article: path to how many.
    """

    __tablename__ = "quote_line"
    __owner__ = "quote_id"

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quote.id"), index=True)
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
    gift_by: Mapped[str | None]
    gift_value: Mapped[Decimal | None]
    configuration: Mapped[dict[str, Any] | None] = mapped_column(Json)


class QuoteAct(Synced, Base):
    """What somebody did with a round: a colleague (``by_id``) or, without one, the customer.

    ``content`` is what he saw; ``order_id`` is the order that was made of it. ``approver_id`` agreed
    beforehand (``grant_id``) or over the phone (``code`` of a place on a sheet, given on ``code_on``),
    and the author wrote it down.
    """

    __tablename__ = "quote_act"
    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)
    __window__ = ("at", YEAR)

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quote.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True, info=server_owned())
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    act: Mapped[Act] = mapped_column(Choice(Act))
    at: Mapped[datetime]
    content: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    order_id: Mapped[UUID | None]
    approver_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    grant_id: Mapped[UUID | None] = mapped_column(index=True)
    code: Mapped[str | None]
    code_place: Mapped[int | None]
    code_on: Mapped[date | None]
