"""``user``, ``device`` and ``territory`` on the command line; answers are JSON lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from fieldcrm import clock
from server import passwords, people, territories
from server.database import Database
from server.settings import Settings
from server.tables import device

Answer = Iterable[Mapping[str, Any]]


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do what was asked in one transaction and print the answer."""
    database = Database(settings.prepared().database_url)
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
    found = select(device, people.user.c.login).join(people.user, people.user.c.id == device.c.user_id)
    if asked.user:
        found = found.where(device.c.user_id == people.by_login(connection, asked.user).id)
    rows = connection.execute(found.order_by(people.user.c.login, device.c.id)).all()
    return [
        {"id": r.id, "user": r.login, "name": r.name, "state": r.state, "seen_at": r.seen_at} for r in rows
    ]


def _device_revoke(connection: Connection, asked: argparse.Namespace) -> Answer:
    people.revoke_device(connection, clock.now(), asked.id)
    return [{"id": asked.id, "state": "revoked_wipe"}]


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


_VERBS: Mapping[tuple[str, str], Callable[[Connection, argparse.Namespace], Answer]] = {
    ("user", "add"): _user_add,
    ("user", "list"): _user_list,
    ("user", "passwd"): _user_passwd,
    ("user", "deactivate"): _user_active,
    ("user", "activate"): _user_active,
    ("device", "list"): _device_list,
    ("device", "revoke"): _device_revoke,
    ("territory", "add"): _territory_add,
    ("territory", "list"): _territory_list,
    ("territory", "move"): _territory_move,
}
