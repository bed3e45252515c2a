"""F45 a huge backlog: weeks of work and its photos come online at once.

Expected: it drains in batches of at most 200 mutations and 256 KiB, orders and what they need
before the rest, photos after every record; each batch that went stays done when the line
breaks; on a line that is paid by its bytes the records go and the photos stay. The interface
keeps working: nothing of it runs in its thread (``tests/ui/test_jobs.py``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from fieldcrm import clock
from fieldcrm.errors import Offline
from fieldcrm.ids import new_id
from fieldcrm.model.users import User
from fieldcrm.model.visits import Photo, Visit
from fieldcrm.sync.protocol import MAX_BATCH, MAX_BODY
from tests.builders import make_account, make_order
from tests.fixtures.server import PASSWORD, ServerProcess
from tests.sync.machine import Machine, signed_in

# The contract's 5000 mutations and 2 GB: set to 5000 and 700 to play them in full.
MUTATIONS = int(os.environ.get("BACKLOG_MUTATIONS", "700"))
PHOTOS = int(os.environ.get("BACKLOG_PHOTOS", "6"))
JPEG = b"\xff\xd8\xff\xe0" + bytes(60_000)


class Line:
    """Watches what leaves a laptop, and may cut the line before a request."""

    def __init__(self, laptop: Machine) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.sizes: list[int] = []
        self.said: list[str] = []
        self.cut_at = -1
        self._sync, self._call = laptop.remote.sync, laptop.remote.call
        laptop.remote.sync = self.sync  # type: ignore[method-assign]
        laptop.remote.call = self.call  # type: ignore[method-assign]

    def sync(self, request: bytes) -> bytes:
        if len(self.batches) == self.cut_at:
            self.cut_at = -1
            raise Offline("unreachable")
        pushed = msgspec.json.decode(request).get("push", [])
        self.batches.append(pushed)
        self.sizes.append(len(request) if pushed else 0)
        self.said.append("records" if pushed else "nothing")
        return self._sync(request)

    def call(self, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if path.startswith("/sync/v1/files") and method == "PATCH":
            self.said.append("photo")
        return self._call(method, path, *rest, **more)


@pytest.fixture
def laptop(server_process: ServerProcess, tmp_path: Path) -> Iterator[Machine]:
    """A laptop that was offline for weeks: stores with visits and photos, and orders at the end."""
    made = signed_in(tmp_path / "rep1", server_process.url, "rep1", PASSWORD)
    made.cycle()
    area = server_process.company.territories["HZ"]

    def work(session: Any) -> None:
        shops = [make_account(area, name=f"店{n}") for n in range(MUTATIONS - PHOTOS - 2)]
        session.add_all(shops)
        session.flush()
        visit = Visit(id=new_id(), started_at=clock.now(), account_id=shops[0].id, rep_id=made.me,
                      territory_id=area)  # fmt: skip
        session.add(visit)
        session.flush()
        for n in range(PHOTOS):
            content = JPEG + n.to_bytes(4, "big")
            session.add(Photo(
                id=new_id(), visit_id=visit.id, account_id=shops[0].id, rep_id=made.me, territory_id=area,
                sha256=made.files.put(content), size=len(content), media_type="image/jpeg", width=1,
                height=1, taken_at=clock.now(),
            ))  # fmt: skip
        session.flush()
        session.add(make_order(cast(User, SimpleNamespace(id=made.me)), shops[-1]))

    made.save(work)
    yield made
    made.close()


def left(laptop: Machine) -> int:
    [(count,)] = laptop.rows("SELECT count(*) FROM outbox WHERE state IN ('pending', 'inflight')")
    return int(count)


def test_it_drains_in_batches_orders_first_and_photos_last(laptop: Machine) -> None:
    line = Line(laptop)
    assert left(laptop) >= MUTATIONS - 1
    report = laptop.cycle()
    assert report.up_to_date
    assert (left(laptop), report.photos, report.rejected) == (0, PHOTOS, 0)
    assert all(len(batch) <= MAX_BATCH for batch in line.batches)
    assert max(line.sizes) <= MAX_BODY
    first = [mutation["agg"][0] for mutation in line.batches[0]]
    assert first[:2] == ["account", "order"], "the order with the store it needs, out of the whole backlog"
    assert line.said.index("photo") > max(n for n, what in enumerate(line.said) if what == "records")


def test_what_went_before_the_line_broke_stays_done(laptop: Machine) -> None:
    line = Line(laptop)
    line.cut_at = 2
    before = left(laptop)
    with pytest.raises(Offline):
        laptop.cycle()
    done = before - left(laptop)
    assert done >= MAX_BATCH
    went = {UUID(mutation["id"]) for batch in line.batches for mutation in batch}
    assert laptop.cycle().up_to_date
    again = {UUID(m["id"]) for batch in line.batches[2:] for m in batch} & went
    assert len(again) == 0, "only what had no answer may go twice"
    assert left(laptop) == 0


def test_on_a_line_that_is_paid_by_use_the_photos_stay_until_somebody_wants_them(laptop: Machine) -> None:
    line = Line(laptop)
    laptop.engine.metered = True
    assert laptop.cycle().photos == 0
    assert left(laptop) == 0
    assert "photo" not in line.said
    laptop.engine.send_photos_anyway()
    assert laptop.cycle().photos == PHOTOS
