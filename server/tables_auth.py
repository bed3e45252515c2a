"""Server-only tables of who may talk to us: passwords, sessions, refresh tokens, throttles, uploads.

Nothing here is synced. Refresh tokens are stored as hashes; a used one is kept until it
expires, because its second use is how a theft shows.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, String, Table, Text

from fieldcrm.model.base import Id, Json, Moment
from server.tables import metadata

credential = Table(
    "credential", metadata,
    Column("user_id", Id, primary_key=True),
    Column("password", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)  # fmt: skip

sign_in = Table(
    "sign_in", metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, nullable=False, index=True),
    Column("device_id", Id, nullable=False, index=True),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_because", String(24)),
)  # fmt: skip

refresh_token = Table(
    "refresh_token", metadata,
    Column("hash", String(64), primary_key=True),
    Column("sign_in_id", Id, nullable=False, index=True),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),
    Column("attempt", String(64)),
)  # fmt: skip

throttle = Table(
    "throttle", metadata,
    Column("key", String(80), primary_key=True),
    Column("level", Float, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)  # fmt: skip

upload = Table(
    "upload", metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, nullable=False, index=True),
    Column("device_id", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mutation_id", Id),
    Column("thumbnail_of", Id),
    Column("state", String(12), nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)  # fmt: skip

# The small picture of a photo that its own rep has sent; it is a stored file like any other.
thumbnail = Table(
    "thumbnail", metadata,
    Column("photo_id", Id, primary_key=True),
    Column("user_id", Id, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
)  # fmt: skip

blob = Table(
    "blob", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("stored_at", Moment, nullable=False),
)  # fmt: skip

operation = Table(
    "operation", metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("user_id", Id),
    Column("device_id", Id),
    Column("what", String(40), nullable=False),
    Column("entity", String(40)),
    Column("row_id", Id),
    Column("facts", Json),
    Index("ix_operation_at", "at"),
)  # fmt: skip
