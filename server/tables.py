"""Tables that never leave the server: the feed, devices, receipts.

They have metadata of their own, so that a laptop in the same process never makes them.
``sync_outbox``, ``dead_id`` and ``sync_move`` are filled by database triggers
(``triggers.py``): an import or an administrator's SQL reaches the laptops too.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from fieldcrm.model.base import Base, Id, Json, Moment

metadata = MetaData(naming_convention=Base.metadata.naming_convention)

_SERIAL = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only in INTEGER columns


def _text(name: str, length: int, **options: Any) -> Column[str]:
    return Column(name, String(length), nullable=False, **options)


def _whole(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


def _serial(name: str) -> Column[int]:
    return Column(name, _SERIAL, primary_key=True)


# One fact of this installation: secrets, marks of what was set up.
server_setting = Table("server_setting", metadata, _text("name", 40, primary_key=True), Column("value", Text))

# A gapless counter, such as the order numbers of a year.
counter = Table("counter", metadata, _text("name", 40, primary_key=True), _whole("value"))

# The incarnations of the server's data; the newest is current, a restore begins another. The cluster
# and its timeline (PostgreSQL) tell at boot whether the data was put under another one.
sync_epoch = Table(
    "sync_epoch", metadata,
    _serial("n"), Column("epoch", Id, nullable=False), Column("created_at", Moment, nullable=False),
    Column("note", Text, nullable=False), Column("pg_system_id", Text), Column("pg_timeline", BigInteger),
)  # fmt: skip

# What changed and is not numbered yet; kind is "row", or a scope to be told that it is gone.
sync_outbox = Table(
    "sync_outbox", metadata,
    _serial("id"), _text("entity", 40), _text("row_id", 36), _text("kind", 80, server_default="row"),
    sqlite_autoincrement=True,
)  # fmt: skip

# The feed, compacted: one entry per row and scope; state is put, gone or tomb.
sync_row = Table(
    "sync_row", metadata,
    _text("row_id", 36, primary_key=True), _text("entity", 40, primary_key=True),
    _text("scope_id", 80, primary_key=True), _whole("seq"), _text("state", 4), _whole("ver"), _whole("at"),
    Index("ix_sync_row_scope_id_seq", "scope_id", "seq"),
)  # fmt: skip

# One batch of the stamper; the random token shows whether a cursor is of this history.
sync_tick = Table(
    "sync_tick", metadata,
    _whole("seq_hi", primary_key=True, autoincrement=False), _text("token", 16), _whole("at"),
)  # fmt: skip

# How far back a scope's feed reaches; an older cursor must start that scope again.
sync_scope = Table(
    "sync_scope", metadata, _text("scope_id", 80, primary_key=True), _whole("purged_before_seq")
)

# Accounts that changed territory, whose dependants have not all followed yet.
sync_move = Table("sync_move", metadata, _serial("id"), _text("account_id", 36), sqlite_autoincrement=True)

# Ids of rows that were deleted for good: nothing is ever made under them again.
dead_id = Table("dead_id", metadata, _text("row_id", 36, primary_key=True))

# Rows that left every laptop because they are older than their window; the office keeps them.
aged = Table("aged", metadata, _text("row_id", 36, primary_key=True), _text("entity", 40))

# Rows whose own date cannot be true (a laptop's clock), and when the server says they were captured.
misdated = Table("misdated", metadata, _text("row_id", 36, primary_key=True), _whole("captured_at"))

# A laptop of one user; n_applied is the highest counter that got a final answer, seen_at its last push or
# sign-in. At told_at it said that it held ``unsent`` works; it obeyed an order to wipe itself at wiped_at.
# The lease (``leases.py``) tells a copy of its file from it: its number, the chance in this one and in the
# one before, the batch that renewed it.
device = Table(
    "device", metadata,
    Column("id", Id, primary_key=True), Column("user_id", Id, nullable=False, index=True),
    Column("name", Text, nullable=False, server_default=""), _text("state", 16, server_default="active"),
    _whole("n_applied", server_default="0"), Column("seen_at", Moment), Column("state_at", Moment),
    Column("wiped_at", Moment), Column("told_at", Moment), Column("unsent", Integer),
    _whole("lease_number", server_default="0"), Column("lease_cur", String(16)),
    Column("lease_prev", String(16)), Column("lease_batch", Text),
)  # fmt: skip

# A scope that a user held until then: what was captured under it, or soon after, is still welcome.
past_grant = Table(
    "past_grant", metadata,
    _text("user_id", 36, primary_key=True), _text("scope_id", 80, primary_key=True), _whole("until_at"),
)  # fmt: skip

# The territories each user holds, as last worked out; a difference is when he lost or got one.
held_grant = Table(
    "held_grant", metadata,
    _text("user_id", 36, primary_key=True), _text("scope_id", 80, primary_key=True),
)  # fmt: skip

# Users whose territories may have changed, noted by triggers; without a user, everybody's.
sync_regrant = Table(
    "sync_regrant", metadata, _serial("id"), Column("user_id", String(36)), sqlite_autoincrement=True
)

# The final answer to one mutation, stored with its effect; a resent mutation gets it again, and another
# one under its id (its ``content`` hashes differently) is refused. Receipts of 0001 know no content.
receipt = Table(
    "receipt", metadata,
    _text("mutation_id", 36, primary_key=True), _text("user_id", 36), _text("device_id", 36), _whole("n"),
    _text("entity", 40), _text("row_id", 36), Column("outcome", Text, nullable=False), _whole("at"),
    Column("content", String(32)),
)  # fmt: skip

# A mutation answered with retry, and how often; later ones of its row wait for it.
attempt = Table(
    "attempt", metadata,
    _text("mutation_id", 36, primary_key=True), _text("device_id", 36), _whole("n"), _text("row_id", 36),
    _text("code", 40), _whole("tries"),
    Index("ix_attempt_device_id_row_id", "device_id", "row_id"),
)  # fmt: skip

# Who wrote a field last, when and in which version; an empty field is whoever made the row. ``prior`` is
# the JSON it held before; without one nobody knows.
authorship = Table(
    "authorship", metadata,
    _text("row_id", 36, primary_key=True), _text("field", 40, primary_key=True),
    _text("user_id", 36), _whole("at"), _whole("version"), Column("prior", Text),
)  # fmt: skip

# Up to where a device was told everything, when, and when it proved to hold it; thinned after two days.
device_progress = Table(
    "device_progress", metadata,
    _text("device_id", 36, primary_key=True), _whole("seq", primary_key=True, autoincrement=False),
    _whole("told_at"), Column("held_at", BigInteger),
)  # fmt: skip

# Work of a laptop that can send it no other way, sealed so that only this installation opens it.
parcel = Table(
    "parcel", metadata,
    Column("id", Id, primary_key=True), Column("device_id", Id, nullable=False, index=True),
    Column("at", Moment, nullable=False), _whole("size"), Column("replayed_at", Moment),
)  # fmt: skip

# The calendar that a person subscribes to; the token is stored as its digest.
calendar_feed = Table(
    "calendar_feed", metadata,
    Column("user_id", Id, primary_key=True), _text("token", 64, index=True),
    Column("made_at", Moment, nullable=False), Column("read_at", Moment),
)  # fmt: skip

# The server's word, signed, that a device's chain of events had come this far by then (rules/chain.py).
chain_anchor = Table(
    "chain_anchor", metadata,
    _text("chain_id", 36, primary_key=True), _whole("n", primary_key=True, autoincrement=False),
    _text("link", 32), _whole("at"), _text("signature", 88),
)  # fmt: skip

# Visits whose events changed since the server last looked for what does not fit in them.
to_look_at = Table(
    "to_look_at", metadata, _text("visit_id", 36, primary_key=True), _whole("at"),
)  # fmt: skip

# What an order took of a scarce article, in base units; what came back is there with the other sign.
scarce_taken = Table(
    "scarce_taken", metadata,
    _text("id", 36, primary_key=True), _text("product_id", 36), _text("order_id", 36, index=True),
    Column("quantity", BigInteger, nullable=False),
)  # fmt: skip

# Money that the office takes out of a purse or a lot while laptops hold parts of it: ``done_at`` is when it
# was booked, under the same id, or withdrawn.
money_lowering = Table(
    "money_lowering", metadata,
    Column("id", Id, primary_key=True), _text("kind", 24), _text("key", 36),
    Column("account_id", Id, nullable=False), _whole("amount"), _text("booked_on", 10),
    Column("reference", Text, nullable=False), Column("note", Text, nullable=False),
    Column("asked_by", Id, nullable=False), Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index("ix_money_lowering_account_id_done_at", "account_id", "done_at"),
)  # fmt: skip

# The page where a customer reads one round of a quote and answers; the token is stored as its digest.
quote_link = Table(
    "quote_link", metadata,
    _text("token", 64, primary_key=True), Column("quote_id", Id, nullable=False, index=True),
    Column("made_at", Moment, nullable=False), Column("made_by", Id, nullable=False),
    Column("read_at", Moment),
)  # fmt: skip

# The page where a customer orders by himself; the token is stored as its digest, the orders are in the
# name of who made it. ``basket`` is what he put together and did not order yet.
order_link = Table(
    "order_link", metadata,
    _text("token", 64, primary_key=True), Column("account_id", Id, nullable=False, index=True),
    Column("made_at", Moment, nullable=False), Column("made_by", Id, nullable=False),
    Column("ends_at", Moment, nullable=False), Column("basket", Json),
)  # fmt: skip

# What a stored photo looks like, worked out from its bytes, and the earlier one that looks the same.
photo_look = Table(
    "photo_look", metadata,
    _text("photo_id", 36, primary_key=True), _whole("at"), Column("likeness", String(16)),
    Column("like_id", String(36)),
)  # fmt: skip
