"""When an account changes territory, everything that hangs on it follows, in small steps.

A trigger notes the account; each step takes some accounts together and moves at most ``CHUNK``
of their rows in a short transaction, so that a large realignment never holds anybody up. The
moved rows reach the feed by their own triggers: gone from the old territory, put in the new
one, the account first.
"""

# ruff: noqa: S608 - names in statements are the constants below

from __future__ import annotations

from sqlalchemy import Connection

from server.database import quoted, run, run_many

CHUNK = 500
ACCOUNTS = 100
_LOCK = 0x6D6F7665
_BY_ACCOUNT = (
    "contact", "account_strategy",
    "visit", "check_in", "check_out", "step_answer", "photo", "order", "phone_call",
    "promotion_use", "rebate_entry", "money_entry",
    "visit_amendment", "store_code", "position_refusal", "quote", "quote_act",
    "order_version", "delivery", "order_return",
)  # fmt: skip
_BY_ROW = ("conflict", "merged_field")
_HIS_BOOK = "price_book b ON b.id = d.price_book_id AND b.level = 'customer'"
_HIS_CONTACT = "contact c ON d.entity = 'contact' AND c.id = d.row_id"
_HANGS = (
    *((table, "account a ON a.id = d.account_id") for table in _BY_ACCOUNT),
    ("price_book", "account a ON d.level = 'customer' AND a.id = d.reference"),
    ("price_entry", f"{_HIS_BOOK} JOIN account a ON a.id = b.reference"),
    *((table, "account a ON d.entity = 'account' AND a.id = d.row_id") for table in _BY_ROW),
    *((table, f"{_HIS_CONTACT} JOIN account a ON a.id = c.account_id") for table in _BY_ROW),
)
"""What hangs on an account, and how a row ``d`` of it finds its account ``a``."""


def waiting(connection: Connection) -> bool:
    """Say whether some account's dependants have not all followed it."""
    return run(connection, "SELECT 1 FROM sync_move ORDER BY id LIMIT 1").first() is not None


def follow(connection: Connection) -> int:
    """Move at most one chunk in the caller's transaction; return how many rows moved.

    ``waiting`` says whether more is left: accounts with nothing on them are done without a row moved.
    """
    if not waiting(connection):
        return 0
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    noted = run(connection, "SELECT id, account_id FROM sync_move ORDER BY id LIMIT ?", ACCOUNTS).all()
    accounts = sorted({account_id for _, account_id in noted})
    moved = 0
    for table, finds in _HANGS:
        if moved < CHUNK:
            moved += _take_along(connection, table, finds, accounts, CHUNK - moved)
    if moved < CHUNK:
        run_many(connection, "DELETE FROM sync_move WHERE id = ?", [(move,) for move, _ in noted])
    return moved


def _take_along(connection: Connection, table: str, finds: str, accounts: list[str], most: int) -> int:
    return run(
        connection,
        f"UPDATE {quoted(table)} SET territory_id = found.territory_id FROM "
        f"(SELECT d.id, a.territory_id FROM {quoted(table)} d JOIN {finds} "
        f"WHERE a.id IN ? AND d.territory_id <> a.territory_id LIMIT ?) found "
        f"WHERE {quoted(table)}.id = found.id",
        accounts, most,
    ).rowcount  # fmt: skip
