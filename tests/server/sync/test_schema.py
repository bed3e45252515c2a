"""Migrations end where the models are; the published schema says what a stranger needs."""

from __future__ import annotations

import json

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from fieldcrm.model import Base
from fieldcrm.sync.entities import registry
from server import tables_auth
from server.database import Database, run
from server.exchange import schema


def test_the_migrations_end_at_the_models(server_database: Database) -> None:
    with server_database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [Base.metadata, tables_auth.credential.metadata]) == []


def test_migrating_again_changes_nothing(server_database: Database) -> None:
    with server_database.reading() as connection:
        before = run(connection, "SELECT epoch FROM sync_epoch").all()
    server_database.migrate()
    with server_database.reading() as connection:
        assert run(connection, "SELECT epoch FROM sync_epoch").all() == before


def test_every_entity_is_described_parents_first() -> None:
    described = json.loads(json.dumps(schema()))["entities"]
    assert [each["name"] for each in described] == list(registry())
    order = next(each for each in described if each["name"] == "order")
    assert order["kind"] == "document"
    assert order["acts"] == ["submit", "amend", "approve", "cancel"]
    assert [part["name"] for part in order["parts"]] == ["lines"]
    assert order["writers"]["create"] == ["manager", "rep"]


def test_a_field_says_its_type_its_rule_and_what_it_points_at() -> None:
    account = next(each for each in schema()["entities"] if each["name"] == "account")
    territory = next(field for field in account["fields"] if field["name"] == "territory_id")
    assert territory == {
        "name": "territory_id", "type": "id", "nullable": False, "required": True, "merge": "office",
        "server_owned": False, "unique": False, "choices": [], "references": "territory",
    }  # fmt: skip
    assert account["scope"] == [{"prefix": "terr", "field": "territory_id"}]


def test_nobody_writes_what_the_server_owns() -> None:
    assert all(
        not each["writers"] for each in schema()["entities"] if each["kind"] in ("reference", "assignment")
    )
