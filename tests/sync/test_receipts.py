"""Signed receipts: what the server took is proved on the laptop, and to whoever is shown it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from fieldcrm.errors import Damaged
from fieldcrm.ids import new_id
from fieldcrm.model.plans import Todo
from fieldcrm.sync import receipts
from fieldcrm.sync.receipts import Receipt
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in


@pytest.fixture
def rep(shared_server: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop of rep1, up to date."""
    made = signed_in(tmp_path / "rep1", shared_server.url, "rep1", PASSWORD)
    made.cycle()
    yield made
    made.close()


def sent(rep: Machine, count: int = 1) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    for n, row_id in enumerate(ids):
        row = Todo(id=row_id, assignee_id=rep.me, created_by=rep.me, title=f"样品 {n}")
        rep.save(lambda session, row=row: session.add(row))
    assert rep.cycle().applied == count
    return ids


def receipt(rep: Machine, row_id: UUID) -> Receipt:
    with rep.database.reading() as session:
        found = receipts.of_record(session, "todo", row_id)
    assert found is not None
    return found


def test_one_signature_covers_everything_that_an_answer_took(rep: Machine) -> None:
    ids = sent(rep, 5)
    assert {receipt(rep, row_id).signature for row_id in ids} == {receipt(rep, ids[0]).signature}
    assert rep.rows("SELECT count(*) FROM proof") == [(1,)]
    assert [line.outcome for line in receipt(rep, ids[0]).lines] == ["applied"]
    with rep.database.reading() as session:
        assert receipts.count(session, "") == (1, 0)


def test_a_sync_without_answers_leaves_none(rep: Machine) -> None:
    rep.cycle()
    assert rep.rows("SELECT count(*) FROM proof") == [(0,)]


def test_a_receipt_file_proves_what_was_stored_and_when(rep: Machine) -> None:
    [row_id] = sent(rep)
    with rep.database.reading() as session:
        told = receipts.as_file(session, receipt(rep, row_id))
    lines, _at, server_key = receipts.check_file(told)
    assert [line.outcome for line in lines] == ["applied"]
    assert rep.remote.tokens is not None
    assert server_key == rep.remote.tokens.server_key


@pytest.mark.parametrize("changed", ["title", "signature", "time", "rubbish"])
def test_a_changed_receipt_proves_nothing(changed: str, rep: Machine) -> None:
    [row_id] = sent(rep)
    with rep.database.reading() as session:
        told = msgspec.json.decode(receipts.as_file(session, receipt(rep, row_id)))
    if changed == "title":
        told["mutations"][0]["doc"]["title"] = "十箱"
    elif changed == "signature":
        told["signature"] = told["signature"][::-1]
    elif changed == "time":
        told["statement"] = told["statement"].replace('"at":1', '"at":2')
    content = b"x" if changed == "rubbish" else msgspec.json.encode(told)
    with pytest.raises(Damaged):
        receipts.check_file(content)


def test_a_receipt_that_does_not_hold_is_not_kept_and_the_work_counts_as_stored(
    rep: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    assert rep.remote.tokens is not None
    rep.remote._tokens = msgspec.structs.replace(rep.remote.tokens, server_key="A" * 43 + "=")
    [row_id] = sent(rep)
    assert "receipt does not hold" in caplog.text
    assert rep.rows("SELECT state, proof_id FROM outbox WHERE row_id = ?", str(row_id)) == [("acked", None)]
