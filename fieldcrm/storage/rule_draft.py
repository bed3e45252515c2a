"""The office's draft of rules on this laptop: each change a row of its own, so typing stays cheap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from fieldcrm.rules.rule_draft import Key, RuleDraft
from fieldcrm.storage import drafts
from fieldcrm.storage.local import Draft

_HEAD, _CHANGE, _BOOKS = "rule_draft", "rule_change", "rule_books"


def load(session: Session) -> RuleDraft | None:
    """Return the draft of this laptop, or None when nothing was begun."""
    head = drafts.load(session, _HEAD, "")
    if not isinstance(head, dict):
        return None
    starts = head.get("valid_from")
    rows = drafts.unfinished(session, _CHANGE)
    return RuleDraft(
        int(head.get("based_on") or 0), str(head.get("name") or ""),
        datetime.fromisoformat(starts) if starts else None,
        {(row.value["noun"], row.value["key"]): row.value["doc"] for row in reversed(rows)},
    )  # fmt: skip


def save(session: Session, draft: RuleDraft, at: datetime, only: Iterable[Key] | None = None) -> None:
    """Keep a draft; ``only`` names the changes that are other than before (None: all of them)."""
    starts = draft.valid_from.isoformat() if draft.valid_from else None
    head: dict[str, Any] = {"based_on": draft.based_on, "name": draft.name, "valid_from": starts}
    drafts.save(session, _HEAD, "", head, at)
    if only is None:
        session.execute(delete(Draft).where(Draft.kind == _CHANGE))
    gone = [place for place in only or () if place not in draft.changes]
    for place in gone:
        drafts.discard(session, _CHANGE, _name(place))
    kept = draft.changes if only is None else [place for place in only if place in draft.changes]
    rows = [
        {
            "kind": _CHANGE, "key": _name(place), "saved_at": at,
            "value": {"noun": place[0], "key": place[1], "doc": draft.changes[place]},
        }
        for place in kept
    ]  # fmt: skip
    if rows:
        statement = insert(Draft)
        said = {"value": statement.excluded.value, "saved_at": statement.excluded.saved_at}
        session.execute(statement.on_conflict_do_update(index_elements=["kind", "key"], set_=said), rows)


def own_books(session: Session) -> dict[str, Any]:
    """Return customers' own books as they were fetched last; empty before."""
    found = drafts.load(session, _BOOKS, "")
    return found if isinstance(found, dict) else {}


def keep_own_books(session: Session, books: Mapping[str, Any], at: datetime) -> None:
    """Keep what was fetched of customers' own books."""
    drafts.save(session, _BOOKS, "", dict(books), at)


def discard(session: Session) -> None:
    """Forget the draft: it was published or thrown away."""
    session.execute(delete(Draft).where(Draft.kind.in_((_HEAD, _CHANGE))))


def _name(place: Key) -> str:
    return f"{place[0]} {place[1]}"
