"""The editions of an order that others replaced, and who may agree to one that waits (R1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from fieldcrm.ids import new_id
from fieldcrm.rules import orders
from fieldcrm.sync.entities import registry
from server import rows
from server.batch import Batch, Held
from server.database import run
from server.scope import Principal


def kept(batch: Batch, before: Held, reason: str) -> Held:
    """Return the row that keeps an order as it was, to be written with what replaces it."""
    row = before.row
    content = msgspec.json.encode(rows.body(before.entity, row, before.parts)).decode()
    return Held(
        registry()["order_version"],
        {
            "id": str(new_id()), "version": 1, "extra": None, "archived_at": None, "order_id": row["id"],
            "account_id": row["account_id"], "territory_id": row["territory_id"],
            "edition": row["edition"], "total_amount": row["total_amount"], "reason": reason,
            "replaced_at": batch.at_ms, "by_id": batch.standing.me, "content": content,
        },
        new=True,
    )  # fmt: skip


def check_approval(connection: Connection, who: Principal, order: Mapping[str, Any]) -> None:
    """Raise unless he may agree to an order that needs review; ``order`` is as stored or on the wire."""
    told = order["review_data"] or {}
    told = json.loads(told) if isinstance(told, str) else told
    needed = told.get("by") if order["review_code"] == "needs_approval" else order["approver"]
    orders.check_approval(
        order["review_code"], needed, UUID(order["rep_id"]), who.user_id, str(who.role),
        is_top=is_top(connection, who),
    )  # fmt: skip


def is_top(connection: Connection, who: Principal) -> bool:
    """Say whether somebody's territory is the whole company."""
    found = run(connection, "SELECT parent_id FROM territory WHERE id = ?", str(who.territory_id)).first()
    return found is not None and found[0] is None
