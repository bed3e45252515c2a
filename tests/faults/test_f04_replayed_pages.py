"""F4 pages arrive twice, in another order, or an old response after a newer one.

Expected: the version guard and the places this laptop has passed let nothing go back; the
next exchange brings whatever is missing (I11, I14).
"""

from __future__ import annotations

from itertools import permutations
from uuid import UUID

import pytest

from fieldcrm.errors import Malformed
from fieldcrm.sync.core import ClientCore
from server.database import run
from tests.faults.conftest import cursor, new_store
from tests.fixtures.server import ServerProcess
from tests.sync.machine import Machine

BOOT = "00000000-0000-4000-8000-000000000000"


class Replies:
    """A store that the office changes, and the laptop's exchanges about it."""

    def __init__(self, server: ServerProcess, rep: Machine) -> None:
        self.server, self.rep = server, rep
        self.core = ClientCore(rep.database, rep.remote.device)
        self.store = new_store(rep, server)
        rep.cycle()

    def asked(self) -> bytes:
        """Return the server's reply to the laptop as it stands."""
        return self.rep.remote.sync(self.core.request(1, 1, BOOT))

    def office_writes(self, city: str) -> None:
        with self.server.opened() as database, database.writing() as connection:
            run(connection, "UPDATE account SET city = ? WHERE id = ?", city, str(self.store))

    def take(self, reply: bytes) -> bool:
        """Take a reply in; False if the laptop knows that it has passed this point."""
        try:
            self.core.receive(reply, 2)
        except Malformed as error:
            if error.code != "passed_before":
                raise
            return False
        return True

    @property
    def here(self) -> tuple[str, int]:
        """Return the store's city and version as the laptop has them."""
        [(city, version)] = self.rep.rows("SELECT city, version FROM account WHERE id = ?", str(self.store))
        return city, version


@pytest.fixture
def replies(shared_server: ServerProcess, rep: Machine) -> Replies:
    """A laptop whose store is known to the server."""
    return Replies(shared_server, rep)


def state(rep: Machine, store: UUID) -> tuple[object, ...]:
    """Return everything a page may change."""
    return (
        rep.rows("SELECT * FROM account WHERE id = ?", str(store)), cursor(rep),
        rep.rows("SELECT mutation_id, state, outcome FROM outbox ORDER BY n"),
    )  # fmt: skip


def test_an_old_reply_after_a_newer_one_changes_nothing(rep: Machine, replies: Replies) -> None:
    replies.office_writes("one")
    old = replies.asked()
    assert replies.take(old)
    replies.office_writes("two")
    assert replies.take(replies.asked())
    before = state(rep, replies.store)
    assert not replies.take(old)
    assert state(rep, replies.store) == before
    assert replies.here == ("two", 3)


def test_the_same_page_again_changes_nothing(rep: Machine, replies: Replies) -> None:
    replies.office_writes("one")
    reply = replies.asked()
    replies.take(reply)
    before = state(rep, replies.store)
    replies.take(reply)
    assert state(rep, replies.store) == before


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_replies_to_one_place_in_any_order_never_lower_a_version(
    rep: Machine, replies: Replies, order: tuple[int, ...]
) -> None:
    bodies = []
    for city in ("one", "two", "three"):
        replies.office_writes(city)
        bodies.append(replies.asked())
    seen = 0
    for which in order:
        replies.take(bodies[which])
        assert replies.here[1] >= seen
        seen = replies.here[1]
    if not replies.take(replies.asked()):  # it went back with the reply that came late
        assert replies.take(replies.asked())
    assert replies.here == ("three", 4)
    rep.cycle()
