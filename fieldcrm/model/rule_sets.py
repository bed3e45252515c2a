"""Sets of rules that come into force as a whole, and what belongs to one.

A published rule never changes: a set that replaces it says so in ``until_set``, and what
replaces it is a row of its own. So every set can still be read when the next one is half
here, and an order can be priced again with the set it was taken on. ``rule_count`` and
``rules_hash`` say what a whole set is; a laptop uses the newest whole one that has begun.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.base import GLOBAL, Base, Json, Kind, Synced


class RuleSet(Synced, Base):
    """One published state of all rules, in force from ``valid_from`` until the next one is.

    ``books`` names the price books that were published with it, by their ids, each with the version it
    was given; sets of an earlier release name hashes.
    """

    __tablename__ = "rule_set"
    __kind__ = Kind.REFERENCE
    __scope__ = GLOBAL

    number: Mapped[int]
    name: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[datetime]
    rule_count: Mapped[int] = mapped_column(default=0)
    rules_hash: Mapped[str] = mapped_column(default="")
    books: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    published_by: Mapped[UUID | None]
    published_at: Mapped[datetime]


class Ruled(Synced):
    """A rule in force in every set from ``from_set`` on, up to the one before ``until_set``."""

    __kind__: ClassVar[Kind] = Kind.REFERENCE
    __scope__ = GLOBAL

    from_set: Mapped[int] = mapped_column(index=True)
    until_set: Mapped[int | None]
