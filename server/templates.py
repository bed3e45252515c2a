"""What a visit template must be before it may stand (V4): the rules the laptop checked, again.

A laptop checks against the templates it has; whoever publishes second is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from fieldcrm.errors import Invalid, Rejected
from fieldcrm.rules import sop_check, sop_choice
from fieldcrm.rules.sop_choice import Edition
from fieldcrm.rules.sop_reading import texts
from server.batch import Batch, Held
from server.database import run
from server.rows import Stored

NAME = "sop_template"
_COLUMNS = "id, code, edition, channels, valid_from, valid_to, purpose, store_types, sunset_on, name"


def check(batch: Batch, held: Held) -> None:
    """Raise unless a new edition is sound, is the next of its code, and ties with no other template."""
    for field in ("code", "name"):
        if not held.row[field].strip():
            raise Invalid("required", field=field)
    sop_check.check(msgspec.json.decode(held.row["steps"]))
    made, names = _edition(held.row), {row["id"]: row["name"] for row in _rows(batch)}
    others = [_edition(row) for row in _rows(batch) if row["id"] != held.row["id"]]
    if made.edition <= max((each.edition for each in others if each.code == made.code), default=0):
        raise Rejected("edition_taken", template=held.row["name"], edition=made.edition)
    if (other := sop_choice.tie(made, others)) is not None:
        raise Rejected("template_tie", template=held.row["name"], other=names[other.id])


def _rows(batch: Batch) -> Iterator[Stored]:
    """Yield the templates there are, those this push has just made among them."""
    fresh = {key[1]: held.row for key, held in batch.rows.items() if key[0] == NAME}
    rows = run(batch.connection, f"SELECT {_COLUMNS} FROM {NAME} WHERE archived_at IS NULL")  # noqa: S608
    known = (dict(zip(_COLUMNS.split(", "), row, strict=True)) for row in rows)
    yield from (row for row in known if row["id"] not in fresh)
    yield from (row for row in fresh.values() if row["archived_at"] is None)


def _edition(row: Stored) -> Edition:
    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] else None

    lists = {name: texts(msgspec.json.decode(row[name])) for name in ("channels", "store_types")}
    since = day("valid_from") or date.min
    return Edition(
        row["id"], row["code"], row["edition"], lists["channels"], since, day("valid_to"), row["purpose"],
        lists["store_types"], day("sunset_on"),
    )  # fmt: skip
