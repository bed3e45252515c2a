"""What every shared table is made of: column types, ``Base`` and ``Synced``.

The same classes make the server's tables and the laptop's. Stored forms are the same
on SQLite and PostgreSQL, so sync can move rows without an ORM: ids are text, moments
whole milliseconds since 1970, days ISO text, amounts and quantities whole
ten-thousandths (SQL sums them exactly), JSON is text.

A class inherits ``Synced`` and declares its conflict kind and its scope; sync needs
nothing else (``sync/entities.py`` reads the declarations). What a column needs beyond
its type is said in ``info``: see ``office``, ``server_owned``, ``merged``.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from fieldcrm.clock import from_ms, to_ms

SCALE = 10_000
YEAR = 365


class Id(TypeDecorator[UUID]):
    """A UUID as 36 characters of text."""

    impl = String(36)
    cache_ok = True

    @property
    def python_type(self) -> type[UUID]:
        return UUID

    def process_bind_param(self, value: UUID | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment as milliseconds since 1970; naive values are refused."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_ms(value.astimezone(UTC) if value.tzinfo else value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)


class Day(TypeDecorator[date]):
    """A calendar day as ISO text."""

    impl = String(10)
    cache_ok = True

    @property
    def python_type(self) -> type[date]:
        return date

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Amount(TypeDecorator[Decimal]):
    """An exact decimal with four places, stored as whole ten-thousandths."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("an amount is a Decimal, never a float")
        scaled = Decimal(value) * SCALE
        if scaled != int(scaled):
            raise ValueError(f"{value} has more than four decimals")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / SCALE


class Quantity(Amount):
    """A count or measure; stored like an amount, without a currency."""

    cache_ok = True


class Json(TypeDecorator[Any]):
    """Plain JSON as text, keys in the order given."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[Any]:
        return dict

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Choice(TypeDecorator[StrEnum]):
    """One of an enum's values as text; a value from a newer version stays plain text."""

    impl = String(24)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    @property
    def python_type(self) -> type[StrEnum]:
        return self.enum

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        try:
            return None if value is None else self.enum(value)
        except ValueError:
            return value


class Base(DeclarativeBase):
    """The declarative base of every shared table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id,
        datetime: Moment,
        date: Day,
        Decimal: Amount,
        dict[str, Any]: Json,
        list[Any]: Json,
        str: Text,
    }


class Kind(StrEnum):
    """How concurrent changes meet (sync contract, conflict policy K1-K6)."""

    MASTER = "master"  # K1: three-way merge per field
    EVENT = "event"  # K2: create only
    DOCUMENT = "document"  # K3: state machine, create + act
    REFERENCE = "reference"  # K4: server-owned
    ASSIGNMENT = "assignment"  # K5: server-owned configuration


GLOBAL = ()


class Synced:
    """A row that lives on the server and on every laptop whose scopes hold it.

    ``__scope__`` lists (prefix, column) alternatives; the first column that is not null
    names the row's one scope, as in ``terr:<territory_id>``; ``GLOBAL`` means everyone.
    ``__window__`` names what says how old a row is, and the days after which it leaves the
    laptops; ``__ages_with__`` names the column of the row that it leaves with.
    ``version`` is bumped by the server only; 0 means the server has not seen the row.
    ``extra`` keeps fields of newer versions word for word.
    """

    __kind__: ClassVar[Kind]
    __scope__: ClassVar[tuple[tuple[str, str], ...]]
    __window__: ClassVar[tuple[str, int] | None] = None
    __ages_with__: ClassVar[str | None] = None
    __parts__: ClassVar[dict[str, str]] = {}  # wire name -> part table, as {"lines": "order_line"}

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any] | None] = mapped_column(Json)

    @declared_attr
    @classmethod
    def archived_at(cls) -> Mapped[datetime | None]:
        """When the row was put away; archive wins over a concurrent edit."""
        return mapped_column(Moment, info={"merge": "archive"})


class Part:
    """A row inside an aggregate (an order's line); travels in its owner's document.

    ``__owner__`` names the column that points at the owner; ``position`` orders the parts;
    ``extra`` keeps what a newer version says of the part, as a row's does.
    """

    __owner__: ClassVar[str]

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any] | None] = mapped_column(Json)


def office() -> dict[str, Any]:
    """Mark a field that the office decides: on a clash the server's value wins."""
    return {"merge": "office"}


def server_owned() -> dict[str, Any]:
    """Mark a field that only the server sets; clients may not send it."""
    return {"merge": "server"}


def merged(rule: str) -> dict[str, Any]:
    """Mark a merge rule: ``set`` (by element), ``both`` (long notes keep both texts)."""
    return {"merge": rule}
