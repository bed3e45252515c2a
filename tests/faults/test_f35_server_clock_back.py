"""F35: the server's clock jumps back an hour.

Expected: no effect on cursors, leases or epochs, because none of them holds a time; tokens that
were given before keep working.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from fieldcrm import clock
from server import auth, epochs, tokens
from server.database import Database
from tests.builders import make_account
from tests.server.sync.conftest import company_on

HOUR = timedelta(hours=1)


def test_cursors_leases_and_epochs_go_on(server_database: Database) -> None:
    company = company_on(server_database)
    laptop, lease, epoch = company.laptop().sync(), None, None
    for step in range(4):
        if step == 2:
            laptop.at -= HOUR
        shop = make_account(company.west.id)
        doc = {"name": shop.name, "territory_id": str(shop.territory_id)}
        answer = laptop.exchange(laptop.create("account", doc), lease=lease)
        assert answer.acks[0]["o"] == "applied"
        assert answer.header["lease_next"] not in (None, lease)
        assert epoch in (None, answer.header["epoch"])
        lease, epoch = answer.header["lease_next"], answer.header["epoch"]
    assert len(laptop.sync().bodies("account")) == 5
    with server_database.reading() as connection:
        assert epochs.current(connection) == epoch


def test_a_token_given_before_the_jump_still_holds_after_it() -> None:
    key, now = b"k" * 32, clock.now()
    identity = tokens.Identity(*[make_account(epochs.new_id()).id for _ in range(3)])
    access = tokens.access_token(key, identity, now, timedelta(minutes=15))
    assert tokens.identity_of(key, access, now - HOUR) == identity
    with pytest.raises(auth.SignInRequired):
        tokens.identity_of(key, access, now + HOUR)
