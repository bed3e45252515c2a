"""The simulated world: a few laptops, one server in this process, an office, and bad luck.

Every step is a method with plain arguments, so that Hypothesis and the seeded runner drive
the same world. An exchange checks the invariants that must hold at once; ``settle`` stops
the faults and checks the rest.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert

from fieldcrm import faults
from fieldcrm.errors import Malformed
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.plans import Todo, VisitPlan
from fieldcrm.model.products import Product
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.model.visits import CheckIn, PositionSource, Visit
from fieldcrm.storage.database import Database as LaptopFile
from fieldcrm.sync import page
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import SyncRequest
from server import rows
from server.database import Database, run
from server.exchange import exchange, settle
from tests.simulation import invariants
from tests.simulation.laptop import KEY, Clock, Crash, Laptop, dying_at, fresh_file
from tests.simulation.oracle import Entered, Oracle, Violation

LAPTOPS = 3
ROUNDS = 3

CLIENT_POINTS = (
    "client.push.sealed", "client.push.durable", "client.page.read", "client.page.acks",
    "client.page.entity", "client.page.rows", "client.page.cursor", "client.page.before_commit",
    "client.page.committed", "client.ack.settled", "client.scope.purged", "client.page.cursor_alone",
)  # fmt: skip
SERVER_POINTS = (
    "server.push.begun", "server.push.written", "server.push.committed", "server.stamp.taken",
    "server.stamp.numbered", "server.pull.begun",
)  # fmt: skip
SAVE_POINT = "client.outbox.recorded"


@dataclass(frozen=True)
class Luck:
    """What happens to one exchange."""

    lose_request: bool = False
    lose_reply: bool = False
    send_twice: bool = False
    apply_twice: bool = False
    cut_at: float | None = None
    old_reply: int | None = None
    client_crash: str | None = None
    server_crash: str | None = None
    edit_in_flight: int | None = None
    small_page: bool = False


GOOD = Luck()


class World:
    """One history."""

    def __init__(self, folder: Path, templates: Templates) -> None:
        self.clock = Clock()
        self.oracle = Oracle()
        self.poisoned: set[str] = set()
        self.counter = 0
        self.coverage: dict[str, int] = {}
        self.server = templates.server()
        self._seed_server()
        self.laptops = [
            Laptop(f"laptop{n}", user, role, fresh_file(templates.file, folder / f"laptop{n}" / "field.db"),
                   self.clock, self.oracle)
            for n, (user, role) in enumerate(self.users[:LAPTOPS])
        ]  # fmt: skip

    def close(self) -> None:
        for laptop in self.laptops:
            laptop.close()
        self.server.close()

    # -- the beginning ------------------------------------------------------------------------

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
        for territory in (self.north, self.south):
            self.office_creates(territory)

    # -- what users do --------------------------------------------------------------------------

    def fresh(self, prefix: str) -> str:
        self.counter += 1
        return f"{prefix}{self.counter}"

    def edit_account(self, who: int, which: int, name: str, crash: bool = False) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False
        value = self.fresh(name)

        def work(session: Any) -> None:
            row = session.get_one(Account, account)
            if name == "tags":
                row.tags = [*row.tags, value]
            elif name == "note":
                row.note = f"{row.note}\n{value}".strip()
            else:
                setattr(row, name, value)

        if laptop.save(work, SAVE_POINT if crash else None):
            self.oracle.entered.append(Entered(laptop.name, str(account), name, value))
        return True

    def drop_tag(self, who: int, which: int) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False

        dropped: list[str] = []

        def work(session: Any) -> None:
            row = session.get_one(Account, account)
            dropped.extend(row.tags[:1])
            row.tags = row.tags[1:]

        laptop.save(work)
        given_up = [Entered(laptop.name, str(account), "tags", tag) for tag in dropped]
        self.oracle.entered = [entered for entered in self.oracle.entered if entered not in given_up]
        return True

    def archive_account(self, who: int, which: int) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False
        at = self.clock.now()
        laptop.save(lambda session: setattr(session.get_one(Account, account), "archived_at", at))
        return True

    def create_account(self, who: int, crash: bool = False) -> bool:
        laptop = self.laptops[who]
        territory = self._territory(laptop)
        if territory is None:
            return False
        row = Account(id=new_id(), name=self.fresh("shop"), territory_id=territory, tags=[], note="")
        laptop.save(lambda session: session.add(row), SAVE_POINT if crash else None)
        return True

    def create_contact(self, who: int, which: int) -> bool:
        return self._about(who, which, lambda laptop, account, territory: Contact(
            id=new_id(), account_id=account, territory_id=territory, name=self.fresh("person")))  # fmt: skip

    def create_todo(self, who: int, which: int) -> bool:
        return self._about(who, which, lambda laptop, account, territory: Todo(
            id=new_id(), assignee_id=laptop.user, created_by=laptop.user, account_id=account,
            title=self.fresh("todo")))  # fmt: skip

    def finish_todo(self, who: int, which: int) -> bool:
        laptop = self.laptops[who]
        todo = self._one(laptop, "todo", which)
        if todo is None:
            return False
        at = self.clock.now()
        laptop.save(lambda session: setattr(session.get_one(Todo, todo), "done_at", at))
        return True

    def plan_visit(self, who: int, which: int) -> bool:
        return self._about(who, which, lambda laptop, account, territory: VisitPlan(
            id=new_id(), rep_id=laptop.user, account_id=account, on=date(2026, 3, 2)))  # fmt: skip

    def move_plan(self, who: int, which: int) -> bool:
        laptop = self.laptops[who]
        plan = self._one(laptop, "visit_plan", which)
        if plan is None:
            return False
        self.counter += 1
        number = self.counter
        laptop.save(lambda session: setattr(session.get_one(VisitPlan, plan), "sequence", number))
        return True

    def check_in(self, who: int, which: int) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False
        territory = self._column(laptop, "account", account, "territory_id")
        visit, at = new_id(), self.clock.now()

        def work(session: Any) -> None:
            of = {"account_id": account, "rep_id": laptop.user, "territory_id": territory}
            session.add(Visit(id=visit, started_at=at, **of))
            session.add(CheckIn(id=new_id(), visit_id=visit, at=at, source=PositionSource.NONE, **of))

        laptop.save(work)
        return True

    def draft_order(self, who: int, which: int, submit: bool) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False
        territory = self._column(laptop, "account", account, "territory_id")
        order = new_id()

        def work(session: Any) -> None:
            session.add(Order(
                id=order, provisional_number=self.fresh("R"), account_id=account, territory_id=territory,
                rep_id=laptop.user, ordered_on=date(2026, 3, 2), goods_amount=Decimal(2),
                status=OrderStatus.SUBMITTED if submit else OrderStatus.DRAFT))  # fmt: skip
            session.add(self._line(order))

        laptop.save(work)
        return True

    def amend_order(self, who: int, which: int) -> bool:
        return self._with_draft(who, which, self._add_line)

    def _add_line(self, session: Any, row: Order) -> None:
        session.add(self._line(row.id))
        row.goods_amount += 2

    def send_order(self, who: int, which: int, act: OrderStatus) -> bool:
        return self._with_draft(who, which, lambda _session, row: setattr(row, "status", act))

    def _with_draft(self, who: int, which: int, change: Callable[[Any, Order], None]) -> bool:
        laptop = self.laptops[who]
        query = "SELECT id FROM 'order' WHERE status = 'draft' AND rep_id = ? ORDER BY id"
        drafts = laptop.raw(query, str(laptop.user))
        if not drafts:
            return False
        order = UUID(drafts[which % len(drafts)][0])
        laptop.save(lambda session: change(session, session.get_one(Order, order)))
        return True

    def _line(self, order: UUID) -> OrderLine:
        return OrderLine(
            id=new_id(), order_id=order, product_id=self.product, unit="瓶", quantity=Decimal(1),
            unit_price=Decimal(2), gross_amount=Decimal(2), net_amount=Decimal(2), tax_rate=Decimal(0),
            tax_amount=Decimal(0),
        )  # fmt: skip

    def poison(self, who: int) -> bool:
        """Make the newest unsent mutation one that the server trips over."""
        found = self.laptops[who].raw(
            "SELECT mutation_id FROM outbox WHERE state = 'pending' ORDER BY n DESC LIMIT 1"
        )
        if not found:
            return False
        self.poisoned.add(found[0][0])
        return True

    # -- what the office does ---------------------------------------------------------------------

    def office_creates(self, territory: UUID) -> bool:
        row, name = new_id(), self.fresh("store")
        with self.server.writing() as connection:
            connection.execute(
                insert(Account).values(id=row, name=name, territory_id=territory, tags=[], note="")
            )
        self.oracle.created.add(("account", str(row)))
        self.oracle.accounts[str(row)] = {
            "phone": "", "city": "", "name": name, "status": "active", "tags": [], "note": "",
            "territory_id": str(territory), "archived": False,
        }  # fmt: skip
        return True

    def office_edits(self, which: int, name: str) -> bool:
        account = self._of_office(which)
        if account is None:
            return False
        value: Any = self.fresh("office")
        stored = value
        if name == "tags":
            value = [*self.oracle.accounts[account]["tags"], value]
            stored = msgspec.json.encode(value).decode()
        with self.server.writing() as connection:
            run(connection, f'UPDATE account SET "{name}" = ? WHERE id = ?', stored, account)
        self.oracle.office_sets(account, name, value)
        return True

    def reassign(self, which: int, south: bool) -> bool:
        account = self._of_office(which)
        if account is None:
            return False
        territory = str(self.territories[south])
        with self.server.writing() as connection:
            run(connection, "UPDATE account SET territory_id = ? WHERE id = ?", territory, account)
        self.oracle.office_sets(account, "territory_id", territory)
        return True

    def office_deletes(self, which: int) -> bool:
        account = self._of_office(which)
        if account is None:
            return False
        with self.server.reading() as connection:
            for table in ("contact", "visit", "check_in", "order"):
                if run(connection, f'SELECT 1 FROM "{table}" WHERE account_id = ?', account).first():
                    return False
        with self.server.writing() as connection:
            run(connection, "DELETE FROM account WHERE id = ?", account)
        self.oracle.office_deletes(account)
        return True

    def change_grants(self, which: int, place: int) -> bool:
        user, role = self.users[which % len(self.users)]
        if role is Role.MANAGER:
            return False
        territory = (*self.territories, None)[place % 3]
        with self.server.writing() as connection:
            run(connection, 'UPDATE "user" SET territory_id = ? WHERE id = ?',
                str(territory) if territory else None, str(user))  # fmt: skip
        self.oracle.people.territory_of[str(user)] = str(territory) if territory else None
        return True

    # -- the exchange --------------------------------------------------------------------------------

    def sync(self, who: int, luck: Luck = GOOD, *, new_cycle: bool = True) -> bool:
        """Do one exchange; return whether the laptop is up to date with nothing left to push now."""
        laptop = self.laptops[who]
        if new_cycle:
            laptop.core.begin_cycle()
        asked = laptop.request(luck.client_crash)
        if asked is None or luck.lose_request:
            return False
        if luck.edit_in_flight is not None:
            self.edit_account(who, luck.edit_in_flight, "phone")
        reply = self._serve(laptop, asked, luck)
        if luck.send_twice and reply is not None:
            reply = self._serve(laptop, asked, luck) or reply
        if reply is None or luck.lose_reply:
            return False
        return self._take_in(laptop, reply, luck)

    def _serve(self, laptop: Laptop, asked: bytes, luck: Luck) -> bytes | None:
        request = msgspec.json.decode(asked, type=SyncRequest)
        if luck.small_page:
            want = msgspec.structs.replace(request.want, max_rows=3)
            request = msgspec.structs.replace(request, want=want)
        committed: list[str] = []
        try:
            with (
                faults.watching(committed.append),
                faults.watching(self._poison),
                dying_at(luck.server_crash),
            ):
                reply = exchange(self.server, laptop.principal, request, at=self.clock.now())
        except Crash:
            if "server.push.committed" in committed:
                self._replay_from_receipts(request)
            return None
        answer = page.read(reply)
        assert answer.header is not None
        self.oracle.server_took(msgspec.to_builtins(answer.header.acks))
        invariants.confined(self, laptop, answer)
        laptop.old_bodies.append(reply)
        return reply

    def _poison(self, point: str) -> None:
        if point.removeprefix("server.mutation.") in self.poisoned:
            raise ZeroDivisionError(point)

    def _replay_from_receipts(self, request: SyncRequest) -> None:
        """Learn what a push did whose answer nobody saw."""
        ids = [m.id for m in request.push if m.id not in self.oracle.answers]
        with self.server.reading() as connection:
            found = (
                run(connection, "SELECT outcome FROM receipt WHERE mutation_id IN ?", ids).all()
                if ids
                else []
            )
        self.oracle.server_took([msgspec.json.decode(outcome) for (outcome,) in found])

    def _take_in(self, laptop: Laptop, reply: bytes, luck: Luck) -> bool:
        if luck.cut_at is not None:
            invariants.refuses(laptop, reply[: int(luck.cut_at * (len(reply) - 1))])
            return False
        if luck.old_reply is not None and len(laptop.old_bodies) > 1:
            old = laptop.old_bodies[luck.old_reply % (len(laptop.old_bodies) - 1)]
            self._receive(laptop, old, None)
            return False
        before = laptop.shown()
        done = self._receive(laptop, reply, luck.client_crash)
        if done is None:
            return False
        invariants.kept_what_is_shown(laptop, before)
        if luck.apply_twice:
            invariants.twice_is_once(laptop, reply, self.clock.tick())
        return done

    def _receive(self, laptop: Laptop, body: bytes, crash: str | None) -> bool | None:
        try:
            with dying_at(crash):
                received = laptop.core.receive(body, self.clock.tick())
        except Crash:
            laptop.restart()
            return None
        except Malformed as error:
            if error.code != "passed_before":
                raise Violation(f"I4 {laptop.name}: {error}") from error
            return None
        invariants.monotonic(laptop)
        return not received.more and not laptop.core.has_work()

    # -- the end -------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Stop the faults, let everybody sync three times, and check that all is well."""
        for _ in range(ROUNDS):
            for who in range(len(self.laptops)):
                self._cycle(who)
        invariants.all_is_well(self)

    def _cycle(self, who: int) -> None:
        self.laptops[who].core.begin_cycle()
        for _ in range(60):
            if self.sync(who, new_cycle=False):
                return
        raise Violation(f"I17 {self.laptops[who].name} does not come to an end")

    def server_rows(self) -> dict[tuple[str, str], tuple[int, dict[str, Any], str]]:
        """Return every row of the server: version, body, scope."""
        while settle(self.server, self.clock.ms):
            continue
        found = {}
        with self.server.reading() as connection:
            for entity in registry().values():
                ids = [i for (i,) in run(connection, f'SELECT id FROM "{entity.name}"')]
                parts = rows.load_parts(connection, entity, ids)
                for row_id, row in rows.load(connection, entity, ids).items():
                    body = msgspec.json.decode(msgspec.json.encode(rows.body(entity, row, parts.get(row_id))))
                    found[entity.name, row_id] = (row["version"], body, entity.scope_of(row))
        return found

    # -- small things --------------------------------------------------------------------------------

    def _about(self, who: int, which: int, make: Callable[[Laptop, UUID, UUID], Any]) -> bool:
        laptop = self.laptops[who]
        account = self._one(laptop, "account", which)
        if account is None:
            return False
        row = make(laptop, account, UUID(self._column(laptop, "account", account, "territory_id")))
        laptop.save(lambda session: session.add(row))
        return True

    def _one(self, laptop: Laptop, table: str, which: int) -> UUID | None:
        found = laptop.raw(f'SELECT id FROM "{table}" WHERE archived_at IS NULL ORDER BY id')
        return UUID(found[which % len(found)][0]) if found else None

    def _column(self, laptop: Laptop, table: str, row: UUID, column: str) -> Any:
        return laptop.raw(f'SELECT "{column}" FROM "{table}" WHERE id = ?', str(row))[0][0]

    def _territory(self, laptop: Laptop) -> UUID | None:
        found = laptop.raw('SELECT territory_id FROM "user" WHERE id = ?', str(laptop.user))
        if not found or found[0][0] is None:
            return None
        return self.north if laptop.role is Role.MANAGER else UUID(found[0][0])

    def _of_office(self, which: int) -> str | None:
        living = sorted(row for row, account in self.oracle.accounts.items() if not account["archived"])
        return living[which % len(living)] if living else None


class Templates:
    """An empty laptop file and an empty server, made once and copied for every history."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "empty.db"
        made = LaptopFile.create(self.file, KEY)
        made.checkpoint()
        made.close()
        self._server = Database("sqlite://")
        self._server.migrate()
        logging.getLogger("server.push").disabled = True

    def server(self) -> Database:
        """Return a server in memory with every table."""
        fresh = Database("sqlite://")
        source = self._server.engine.raw_connection()
        target = fresh.engine.raw_connection()
        source.driver_connection.backup(target.driver_connection)  # type: ignore[union-attr]
        source.close()
        target.close()
        return fresh

    def close(self) -> None:
        self._server.close()


def fast_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder, in memory where the system has one."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, ignore_cleanup_errors=True)
