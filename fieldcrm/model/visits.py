"""Visits as append-only events (V4, V6, V9).

Nothing here is ever patched: a visit is open while it has no check-out, a corrected
answer is a new ``StepAnswer`` that names the one it replaces (and, once the report was
submitted, the ``VisitAmendment`` that says why), and a visit's review is the latest
``VisitReview`` that decides. ``seal`` binds each event to the one before it on its device
(``rules/chain.py``).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from fieldcrm.model.accounts import Datum
from fieldcrm.model.base import GLOBAL, YEAR, Base, Choice, Json, Kind, Moment, Synced, office, server_owned


class PositionSource(StrEnum):
    """Where a position came from; never pretended."""

    DEVICE = "device"
    TYPED = "typed"
    MAP = "map"
    NONE = "none"


class Decision(StrEnum):
    """What a reviewer says of a visit report (V9)."""

    SEEN = "seen"
    APPROVED = "approved"
    RETURNED = "returned"
    COMMENT = "comment"


class SopTemplate(Synced, Base):
    """One published edition of a visit's steps (V4); a change is a new edition.

    ``channels``, ``store_types`` (tags of the account) and ``purpose`` say for which visits it
    is made, empty for all (``rules/sop_choice.py``); ``steps`` is read by
    ``rules/sop_reading.py``. Visits begun with an earlier edition may be finished as they are
    until ``sunset_on``, without one for ever. Only ``valid_to`` changes once it is published.
    """

    __tablename__ = "sop_template"
    __kind__ = Kind.MASTER
    __scope__ = GLOBAL

    code: Mapped[str]
    name: Mapped[str]
    edition: Mapped[int]
    channels: Mapped[list[Any]] = mapped_column(Json, default=list)
    store_types: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    purpose: Mapped[str] = mapped_column(default="")
    steps: Mapped[list[Any]] = mapped_column(Json, default=list)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(info=office())
    sunset_on: Mapped[date | None]


class _OfVisit(Synced):
    """Columns shared by everything inside one visit; what is from before the chain has no seal."""

    __kind__ = Kind.EVENT
    __scope__ = (("terr", "territory_id"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True, info=server_owned())
    seal: Mapped[str | None]


class Visit(_OfVisit, Base):
    """One stay at one account, begun by its check-in."""

    __tablename__ = "visit"
    __window__ = ("started_at", YEAR)
    __table_args__ = (Index("ix_visit_rep_id_started_at", "rep_id", "started_at"),)

    plan_id: Mapped[UUID | None]
    sop_template_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(default="")


class _Timed:
    """What the server knows of an event's time; the device's own word of it is ``at``.

    ``captured_at`` lies between the device's contact before and ``received_at``;
    ``clock_off_s`` is how much the device's clock was ahead of the server's then.
    """

    captured_at: Mapped[datetime | None] = mapped_column(Moment, info=server_owned())
    received_at: Mapped[datetime | None] = mapped_column(Moment, info=server_owned())
    clock_off_s: Mapped[int | None] = mapped_column(info=server_owned())


class CheckIn(_Timed, _OfVisit, Base):
    """Arrival, with what is known of where: source, accuracy, age of the fix, distance to the store.

    ``code_edition`` names the store's sheet whose code was shown, ``code_signature`` proves it
    (``rules/store_codes.py``).
    """

    __tablename__ = "check_in"
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    at: Mapped[datetime]
    source: Mapped[PositionSource] = mapped_column(Choice(PositionSource))
    latitude_e7: Mapped[int | None]
    longitude_e7: Mapped[int | None]
    datum: Mapped[Datum] = mapped_column(Choice(Datum), default=Datum.WGS84)
    accuracy_m: Mapped[int | None]
    fix_age_s: Mapped[int | None]
    distance_m: Mapped[int | None]
    far_reason: Mapped[str] = mapped_column(default="")
    code_edition: Mapped[int | None]
    code_signature: Mapped[str | None]


class CheckOut(_Timed, _OfVisit, Base):
    """Departure, with the rep's summary; closes the visit."""

    __tablename__ = "check_out"
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    at: Mapped[datetime]
    summary: Mapped[str] = mapped_column(default="")
    next_visit_on: Mapped[date | None]
    gaps: Mapped[list[Any]] = mapped_column(Json, default=list)


class StepAnswer(_OfVisit, Base):
    """The answers of one step; ``answers`` maps field keys to plain JSON values."""

    __tablename__ = "step_answer"
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    step_key: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    answered_at: Mapped[datetime]
    replaces_id: Mapped[UUID | None]
    amendment_id: Mapped[UUID | None]


class VisitAmendment(_OfVisit, Base):
    """Why a submitted report was changed; ``summary`` replaces the check-out's where it is not null."""

    __tablename__ = "visit_amendment"
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    at: Mapped[datetime]
    reason: Mapped[str]
    summary: Mapped[str | None]


class Photo(_OfVisit, Base):
    """What is known of one picture; its bytes travel apart and are named by their hash.

    ``likeness`` is what it looks like, ``like_id`` an earlier photo that looks the same,
    ``exif`` what its file said of itself (``rules/exif.py``).
    """

    __tablename__ = "photo"
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    step_key: Mapped[str] = mapped_column(default="")
    field_key: Mapped[str] = mapped_column(default="")
    caption: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime]
    likeness: Mapped[str | None]
    like_id: Mapped[UUID | None]
    exif: Mapped[dict[str, Any] | None] = mapped_column(Json)
    stored: Mapped[bool] = mapped_column(default=False, info=server_owned())


class VisitReview(Synced, Base):
    """What a manager or colleague says of a visit.

    ``step_key`` and ``field_key`` point at one answer; ``photo_id`` at a photo and, in
    thousandths of its width and height, at a spot of it.
    """

    __tablename__ = "visit_review"
    __kind__ = Kind.EVENT
    __scope__ = (("rep", "rep_id"),)
    __ages_with__ = "visit_id"

    visit_id: Mapped[UUID] = mapped_column(index=True)
    rep_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[Decision] = mapped_column(Choice(Decision))
    text: Mapped[str] = mapped_column(default="")
    step_key: Mapped[str] = mapped_column(default="")
    field_key: Mapped[str | None]
    photo_id: Mapped[UUID | None]
    spot_x: Mapped[int | None]
    spot_y: Mapped[int | None]
    at: Mapped[datetime]
