"""``user``, ``device`` and ``territory`` on the command line; answers are JSON lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from fieldcrm import clock
from server import devices, files, parcels, passwords, people, territories
from server.database import Database
from server.settings import Settings
from server.signing import signing_key

Answer = Iterable[Mapping[str, Any]]


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do what was asked in one transaction and print the answer."""
    asked.settings = settings = settings.prepared()
    database = Database(settings.database_url)
    database.migrate()
    with database.writing() as connection:
        lines = list(_VERBS[asked.noun, asked.verb](connection, asked))
    for line in lines:
        print(json.dumps(line, ensure_ascii=False, default=str))
    database.close()
    return 0


def _user_add(connection: Connection, asked: argparse.Namespace) -> Answer:
    password, shown = _password(asked)
    territory = territories.by_code(connection, asked.territory).id if asked.territory else None
    user_id = people.create(
        connection, clock.now(), login=asked.login, name=asked.name, role=asked.role,
        password=password, territory_id=territory, title=asked.title,
    )  # fmt: skip
    return [{"id": user_id, "login": asked.login, **shown}]


def _user_list(connection: Connection, _asked: argparse.Namespace) -> Answer:
    rows = connection.execute(select(people.user).order_by(people.user.c.login)).all()
    return [
        {"id": r.id, "login": r.login, "name": r.name, "role": r.role, "active": r.active,
         "territory_id": r.territory_id}
        for r in rows
    ]  # fmt: skip


def _user_passwd(connection: Connection, asked: argparse.Namespace) -> Answer:
    password, shown = _password(asked)
    user = people.by_login(connection, asked.login)
    people.set_password(connection, clock.now(), user.id, password)
    return [{"id": user.id, "login": user.login, **shown}]


def _user_active(connection: Connection, asked: argparse.Namespace) -> Answer:
    user = people.by_login(connection, asked.login)
    people.set_active(connection, clock.now(), user.id, asked.verb == "activate")
    return [{"id": user.id, "login": user.login, "active": asked.verb == "activate"}]


def _device_list(connection: Connection, asked: argparse.Namespace) -> Answer:
    whose = frozenset({people.by_login(connection, asked.user).id}) if asked.user else None
    found = devices.listing(connection, whose, state=asked.state, limit=100_000)
    return [
        {"id": each["id"], "user": each["login"], "name": each["name"], "state": each["state"],
         "unsent": each["unsent"]} | {name: _moment(each[name]) for name in _MOMENTS}
        for each in sorted(found, key=lambda each: (each["login"], each["id"]))
    ]  # fmt: skip


def _moment(at_ms: int | None) -> str | None:
    return clock.from_ms(at_ms).isoformat() if at_ms is not None else None


def _device_state(connection: Connection, asked: argparse.Namespace) -> Answer:
    _DECISIONS[asked.verb](connection, clock.now(), asked.id)
    told = devices.one(connection, asked.id)
    return [{"id": asked.id, "state": told["state"], "hand_in_until": _moment(told["hand_in_until"])}]


def _device_parcels(connection: Connection, asked: argparse.Namespace) -> Answer:
    settings = asked.settings
    if asked.take is not None and asked.of is not None:
        return [{"id": _taken(connection, settings.parcels, asked.of, asked.take)}]
    if asked.id is None:
        return parcels.listing(connection)
    signing = signing_key(settings.data)
    if asked.replay:
        store = files.Store(settings.blobs, settings.uploads)
        place = settings.parcels
        return [{"id": asked.id} | parcels.replay(connection, store, place, signing, asked.id, clock.now())]
    return [
        {"photo_bytes": len(piece)} if isinstance(piece, bytes) else {"table": piece.table, "row": piece.row}
        for piece in parcels.contents(settings.parcels, signing, asked.id)
    ]


def _taken(connection: Connection, folder: Path, device: UUID, file: Path) -> UUID:
    """Keep a parcel that somebody brought in a file."""
    owner = devices.found(connection, device).id
    return parcels.keep(connection, folder, owner, file.read_bytes(), clock.now())


def _territory_add(connection: Connection, asked: argparse.Namespace) -> Answer:
    parent = territories.by_code(connection, asked.parent).id if asked.parent else None
    made = territories.create(connection, clock.now(), code=asked.code, name=asked.name, parent_id=parent)
    return [{"id": made, "code": asked.code, "name": asked.name}]


def _territory_list(connection: Connection, _asked: argparse.Namespace) -> Answer:
    table = territories.territory
    rows = connection.execute(select(table).order_by(table.c.code)).all()
    return [{"id": r.id, "code": r.code, "name": r.name, "parent_id": r.parent_id} for r in rows]


def _territory_move(connection: Connection, asked: argparse.Namespace) -> Answer:
    moved = territories.by_code(connection, asked.code)
    parent = territories.by_code(connection, asked.parent).id if asked.parent else None
    territories.move(connection, clock.now(), moved.id, parent)
    return [{"id": moved.id, "code": moved.code, "parent_id": parent}]


def _password(asked: argparse.Namespace) -> tuple[str, dict[str, str]]:
    if asked.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), {}
    made = passwords.generated()
    return made, {"password": made}


_MOMENTS = ("seen_at", "state_at", "wiped_at", "hand_in_until")
_DECISIONS: Mapping[str, Callable[..., None]] = {
    "revoke": devices.lost, "lost": devices.lost, "leaver": devices.leaver, "restore": devices.restore,
}  # fmt: skip
_VERBS: Mapping[tuple[str, str], Callable[[Connection, argparse.Namespace], Answer]] = {
    ("user", "add"): _user_add,
    ("user", "list"): _user_list,
    ("user", "passwd"): _user_passwd,
    ("user", "deactivate"): _user_active,
    ("user", "activate"): _user_active,
    ("device", "list"): _device_list,
    ("device", "revoke"): _device_state,
    ("device", "lost"): _device_state,
    ("device", "leaver"): _device_state,
    ("device", "restore"): _device_state,
    ("device", "parcels"): _device_parcels,
    ("territory", "add"): _territory_add,
    ("territory", "list"): _territory_list,
    ("territory", "move"): _territory_move,
}
