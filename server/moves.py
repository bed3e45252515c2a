"""When an account changes territory, everything that hangs on it follows, in small steps.

A trigger notes the account; each step moves at most ``CHUNK`` rows in a short transaction,
so that a large realignment never holds anybody up. The moved rows reach the feed by
their own triggers: gone from the old territory, put in the new one, the account first.
"""

# ruff: noqa: S608 - names in statements are the constants below

from __future__ import annotations

from sqlalchemy import Connection

from server.database import quoted, run

CHUNK = 2_000
_LOCK = 0x6D6F7665
_BY_ACCOUNT = (
    "contact", "visit", "check_in", "check_out", "step_answer", "photo", "order", "phone_call",
    "promotion_use", "rebate_entry",
    "visit_amendment", "store_code", "position_refusal",
)  # fmt: skip
_SPECIAL = (
    ("price_book", "level = 'customer' AND reference = ?"),
    (
        "price_entry",
        "price_book_id IN (SELECT id FROM price_book WHERE level = 'customer' AND reference = ?)",
    ),
    ("conflict", "entity = 'account' AND row_id = ?"),
    ("conflict", "entity = 'contact' AND row_id IN (SELECT id FROM contact WHERE account_id = ?)"),
    ("merged_field", "entity = 'account' AND row_id = ?"),
    ("merged_field", "entity = 'contact' AND row_id IN (SELECT id FROM contact WHERE account_id = ?)"),
)


def waiting(connection: Connection) -> bool:
    """Say whether some account's dependants have not all followed it."""
    return run(connection, "SELECT 1 FROM sync_move LIMIT 1").first() is not None


def follow(connection: Connection) -> int:
    """Move at most one chunk in the caller's transaction; return how many rows moved."""
    if not waiting(connection):
        return 0
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    moved = 0
    accounts = run(connection, "SELECT id, account_id FROM sync_move ORDER BY id LIMIT ?", CHUNK).all()
    for move, account_id in accounts:
        moved += _follow_account(connection, account_id, CHUNK - moved)
        if moved >= CHUNK:
            break
        run(connection, "DELETE FROM sync_move WHERE id = ?", move)
    return moved


def _follow_account(connection: Connection, account_id: str, left: int) -> int:
    territory = run(connection, "SELECT territory_id FROM account WHERE id = ?", account_id).scalar()
    moved = 0
    conditions = [(table, "account_id = ?") for table in _BY_ACCOUNT] + list(_SPECIAL)
    for table, condition in conditions if territory else ():
        if moved >= left:
            break
        moved += run(
            connection,
            f"UPDATE {quoted(table)} SET territory_id = ? WHERE id IN (SELECT id FROM {quoted(table)} "
            f"WHERE {condition} AND territory_id <> ? LIMIT ?)",
            territory, account_id, territory, left - moved,
        ).rowcount  # fmt: skip
    return moved
