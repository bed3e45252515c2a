"""The simulated world: a few laptops, one server in this process, and who may see what.

It holds the state and the small questions that rules ask; what happens in it is in the
topics (see the package's docstring).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from decimal import Decimal
from types import ModuleType
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import insert

from fieldcrm.ids import new_id
from fieldcrm.model.products import Product
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.sync.entities import registry
from server import rows
from server.database import run
from server.exchange import settle
from tests.simulation import exchanges
from tests.simulation.exchanges import GOOD, Luck
from tests.simulation.laptop import Clock, Laptop
from tests.simulation.oracle import Oracle
from tests.simulation.templates import Templates

LAPTOPS = 3
HOOKS = ("begin", "answered", "refused", "received", "moved", "after_step", "heal", "at_rest")

T = TypeVar("T")
ServerRows = dict[tuple[str, str], tuple[int, dict[str, Any], str]]


class World:
    """One history."""

    def __init__(self, templates: Templates, topics: Iterable[ModuleType]) -> None:
        self.templates = templates
        self.clock = Clock()
        self.oracle = Oracle()
        self.checks = self.oracle.checks
        self.counter = 0
        self._own: dict[type, Any] = {}
        self._hooks = {name: [getattr(t, name) for t in topics if hasattr(t, name)] for name in HOOKS}
        self.server = templates.server()
        self._seed_server()
        self.laptops: list[Laptop] = []
        for user, role in self.users[:LAPTOPS]:
            self.add_laptop(user, role)
        self.tell("begin")

    def _seed_server(self) -> None:
        self.root, self.north, self.south = new_id(), new_id(), new_id()
        self.territories = [self.north, self.south]
        people = [
            (Role.REP, self.north),
            (Role.REP, self.north),
            (Role.MANAGER, self.root),
            (Role.REP, self.south),
        ]
        self.users = [(new_id(), role) for role, _ in people]
        self.product = new_id()
        with self.server.writing() as connection:
            for territory, parent in ((self.root, None), (self.north, self.root), (self.south, self.root)):
                values = {"id": territory, "code": str(territory)[-4:], "name": "t", "parent_id": parent}
                connection.execute(insert(Territory).values(**values))
                self.oracle.people.parents[str(territory)] = str(parent) if parent else None
            for n, ((user, role), (_, territory)) in enumerate(zip(self.users, people, strict=True)):
                values = {"id": user, "login": f"u{n}", "name": f"u{n}", "role": role}
                connection.execute(insert(User).values(**values, territory_id=territory))
                self.oracle.people.territory_of[str(user)] = str(territory)
                if role is Role.MANAGER:
                    self.oracle.people.managers.add(str(user))
            connection.execute(insert(Product).values(
                id=self.product, code="P", name="P", base_unit="瓶", sales_unit="箱",
                standard_price=Decimal(2), tax_rate=Decimal("0.13")))  # fmt: skip

    def add_laptop(self, user: UUID, role: Role) -> Laptop:
        """Give a user one more laptop, with an empty file."""
        name = f"laptop{len(self.laptops)}"
        self.laptops.append(Laptop(name, user, role, self.templates.laptop(), self.clock, self.oracle))
        return self.laptops[-1]

    def close(self) -> None:
        """Let go of every file."""
        for laptop in self.laptops:
            if laptop.is_locked:
                laptop.unlock()
            self.templates.give_back(laptop.file)
        self.server.close()

    # -- what topics are told, and tell -------------------------------------------------------

    def tell(self, hook: str, *about: Any) -> bool:
        """Call a hook of every topic until one of them says that it took care of it."""
        return any(call(self, *about) for call in self._hooks[hook])

    def checked(self, invariant: str) -> None:
        """Count one evaluation of an invariant."""
        self.checks[invariant] += 1

    def own(self, kind: type[T]) -> T:
        """Return a topic's own state in this history."""
        if kind not in self._own:
            self._own[kind] = kind()
        state: T = self._own[kind]
        return state

    # -- the exchange and the end -------------------------------------------------------------

    def sync(self, who: int, luck: Luck = GOOD, *, new_cycle: bool = True) -> bool:
        """Do one exchange; return whether the laptop is up to date with nothing left to push now."""
        return exchanges.exchange_once(self, self.laptops[who], luck, new_cycle=new_cycle)

    def settle(self) -> None:
        """Stop the faults, let everybody sync three times, and check that all is well."""
        self.tell("heal")
        for _ in range(exchanges.ROUNDS):
            for who in range(len(self.laptops)):
                exchanges.whole_cycle(self, who)
        self.tell("at_rest")

    def written(self) -> int:
        """Return how many rows were ever written on the server, or a backup of it put in their place."""
        connection = self.server.engine.raw_connection()
        try:
            changes: int = connection.driver_connection.total_changes  # type: ignore[union-attr]
        finally:
            connection.close()
        return changes

    def server_rows(self) -> ServerRows:
        """Return every row of the server: version, body, scope; of no scope if it left all laptops."""
        while settle(self.server, self.clock.ms):
            continue
        found = {}
        with self.server.reading() as connection:
            old = {row_id for (row_id,) in run(connection, "SELECT row_id FROM aged")}
            for entity in registry().values():
                ids = [i for (i,) in run(connection, f'SELECT id FROM "{entity.name}"')]
                parts = rows.load_parts(connection, entity, ids)
                for row_id, row in rows.load(connection, entity, ids).items():
                    body = msgspec.json.decode(msgspec.json.encode(rows.body(entity, row, parts.get(row_id))))
                    where = "" if row_id in old else entity.scope_of(row)
                    found[entity.name, row_id] = (row["version"], body, where)
        return found

    # -- small questions ----------------------------------------------------------------------

    def fresh(self, prefix: str) -> str:
        """Return a text that nobody entered before."""
        self.counter += 1
        return f"{prefix}{self.counter}"

    def someone(self, chance: random.Random) -> Laptop:
        """Draw a laptop that somebody can work with."""
        return chance.choice([laptop for laptop in self.laptops if not laptop.is_locked])

    def one(self, laptop: Laptop, table: str, chance: random.Random) -> UUID | None:
        """Draw a living row that this laptop holds."""
        found = laptop.raw(f'SELECT id FROM "{table}" WHERE archived_at IS NULL ORDER BY id')
        return UUID(chance.choice(found)[0]) if found else None

    def one_of_office(self, chance: random.Random) -> str | None:
        """Draw a living account of the server."""
        living = sorted(row for row, account in self.oracle.accounts.items() if not account["archived"])
        return chance.choice(living) if living else None
