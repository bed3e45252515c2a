"""The key a server signs its word with."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from server import keys
from server.database import Database
from tests.fixtures.server import Person, ServerProcess


def test_the_key_told_at_sign_in_and_in_hello_checks_what_the_server_signs(
    shared_server: ServerProcess, rep: Person
) -> None:
    told = shared_server.login("rep1").json()["server_key"]
    assert rep.post("/sync/v1/hello").json()["server_key"] == told
    with shared_server.opened() as database, database.reading() as connection:
        signature = keys.sign(connection, b"a word")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(told))
    public.verify(base64.b64decode(signature), b"a word")


def test_a_database_keeps_its_key_for_ever(server_url: str) -> None:
    database = Database(server_url)
    with database.reading() as connection:
        before = keys.public(connection)
    database.migrate()
    with database.reading() as connection:
        assert keys.public(connection) == before
    database.close()
