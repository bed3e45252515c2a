"""A laptop made of dictionaries: it pushes what it is told to and applies what it gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import xxhash

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.users import User
from fieldcrm.sync.protocol import Ack, Change, Mutation, Op, SyncRequest, Want
from server.database import Database
from server.exchange import bootstrap, exchange
from server.scope import Principal

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
Row = tuple[int, dict[str, Any]]


class Answer:
    """A response, taken apart; its checksum and count are checked on the way."""

    def __init__(self, body: bytes) -> None:
        *lines, last, end = body.split(b"\n")
        assert end == b""
        head, *rows = [json.loads(line) for line in lines]
        self.header, self.rows, self.trailer = head["h"], rows, json.loads(last)["t"]
        assert self.trailer["crc"] == xxhash.xxh64_hexdigest(body[: -len(last) - 1])
        assert self.trailer["count"] == len(rows)
        self.body = body

    @property
    def acks(self) -> list[dict[str, Any]]:
        """Return the acks as plain objects."""
        return list(self.header.get("acks", []))


class PlainLaptop:
    """One device of one user."""

    def __init__(self, database: Database, user: User) -> None:
        self.database, self.user = database, user
        self.id = new_id()
        self.principal = Principal(user.id, user.role, user.territory_id, self.id)
        self.cursor = ""
        self.n = 0
        self.at = NOON
        self.rows: dict[tuple[str, str], Row] = {}
        self.scopes: dict[tuple[str, str], str] = {}

    # -- mutations ---------------------------------------------------------------------

    def mutation(self, entity: str, row_id: UUID | str, op: Op, **fields: Any) -> Mutation:
        """Return the device's next mutation."""
        self.n += 1
        return Mutation(str(new_id()), self.n, (entity, str(row_id)), op, to_ms(self.at), **fields)

    def create(
        self, entity: str, doc: dict[str, Any], row_id: UUID | str | None = None, **more: Any
    ) -> Mutation:
        """Return a create; its row's id is new unless given."""
        return self.mutation(entity, row_id or new_id(), Op.CREATE, doc=doc, **more)

    def patch(self, entity: str, row_id: UUID | str, base: int = 1, **changes: tuple[Any, Any]) -> Mutation:
        """Return a patch of fields given as (old, new)."""
        made = {name: Change(old, new) for name, (old, new) in changes.items()}
        return self.mutation(entity, row_id, Op.PATCH, base=base, set=made)

    # -- talking -----------------------------------------------------------------------

    def exchange(self, *push: Mutation, rows: int = 2_000, **request: Any) -> Answer:
        """Send one request and apply its page."""
        self.at += timedelta(seconds=1)
        usual: dict[str, Any] = {
            "dev": str(self.id), "schema": 1, "n_next": self.n + 1, "push": list(push),
            "cursor": self.cursor, "want": Want(max_rows=rows),
        }  # fmt: skip
        asked = SyncRequest(**usual | request)
        answer = Answer(exchange(self.database, self.principal, asked, at=self.at))
        self.apply(answer)
        return answer

    def push(self, *mutations: Mutation) -> list[dict[str, Any]]:
        """Push and return the acks."""
        return self.exchange(*mutations).acks

    def push_one(self, mutation: Mutation) -> dict[str, Any]:
        """Push one mutation and return its ack."""
        [ack] = self.push(mutation)
        return ack

    def sync(self, rows: int = 2_000) -> PlainLaptop:
        """Pull until there is no more."""
        while self.exchange(rows=rows).trailer["more"]:
            pass
        return self

    def bootstrap(self, scopes: list[str], rows: int = 2_000) -> PlainLaptop:
        """Read whole scopes; the cursor that gathers them is kept."""
        for scope in scopes:
            after: str | None = ""
            while after is not None:
                answer = Answer(
                    bootstrap(
                        self.database, self.principal, scope, after, Want(max_rows=rows), self.at, self.cursor
                    )
                )
                self.apply(answer)
                after = answer.trailer.get("after")
        return self

    def apply(self, answer: Answer) -> None:
        """Apply a page by the rules of the contract: newer versions only, dropped scopes purged."""
        for line in answer.rows:
            entity, row_id, version, state, *body = line["r"]
            key = (entity, row_id)
            if state == "put" and version >= self.rows.get(key, (0, {}))[0]:
                self.rows[key], self.scopes[key] = (version, body[0]), line["s"]
            elif state == "fill":
                if self.rows.get(key, (0, {}))[0] == version:
                    self.rows[key] = (version, self.rows[key][1] | body[0])
            elif state != "put":
                self.rows.pop(key, None)
                self.scopes.pop(key, None)
        for scope in answer.trailer.get("grants_removed", []):
            for key in [key for key, at in self.scopes.items() if at == scope]:
                del self.rows[key], self.scopes[key]
        self.cursor = answer.trailer["cursor"]

    # -- looking -----------------------------------------------------------------------

    def body(self, entity: str, row_id: UUID | str) -> dict[str, Any] | None:
        """Return a row's body as this laptop has it."""
        row = self.rows.get((entity, str(row_id)))
        return row[1] if row else None

    def bodies(self, entity: str) -> list[dict[str, Any]]:
        """Return every body of one entity."""
        return [body for (name, _), (_, body) in self.rows.items() if name == entity]


def outcome(ack: dict[str, Any]) -> str:
    """Return an ack's outcome with its code, as in ``rejected:exists``."""
    return f"{ack['o']}:{ack['code']}" if ack.get("code") else str(ack["o"])


__all__ = ["NOON", "Ack", "Answer", "PlainLaptop", "outcome"]
