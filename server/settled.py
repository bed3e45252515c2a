"""A report that a manager has approved takes no amendment, wherever that was written (V7)."""

from __future__ import annotations

from fieldcrm.errors import RuleBroken
from fieldcrm.model.visits import Decision
from server.batch import Batch, Held
from server.database import run


def check(batch: Batch, held: Held) -> None:
    """Raise ``RuleBroken`` (``visit_settled``) for an amendment of an approved report, or a part of one."""
    amends = held.entity.name == "visit_amendment"
    if not amends and held.row.get("amendment_id") is None:
        return
    latest = run(
        batch.connection,
        "SELECT decision FROM visit_review WHERE visit_id = ? AND decision IN ('approved', 'returned') "
        "ORDER BY at DESC, id DESC LIMIT 1",
        held.row["visit_id"],
    ).first()
    if latest is not None and latest[0] == Decision.APPROVED:
        raise RuleBroken("visit_settled", visit_id=held.row["visit_id"])
