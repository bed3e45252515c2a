"""A rep's laptop with everything the sync centre can show on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.users import Role, User
from fieldcrm.model.visits import Decision, Photo, Visit, VisitReview
from fieldcrm.storage.database import Database
from fieldcrm.storage.files import Files
from fieldcrm.storage.local import OutboxEntry, OutboxState, SyncLog, SyncState, Upload
from fieldcrm.sync import state
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.sync.page import SyncPage
from tests.ui.conftest import NOW, Settle, make_context

MINUTE = timedelta(minutes=1)


@dataclass
class Laptop:
    """The rep's database and what the tests put into it."""

    database: Database
    rep: UUID
    office: UUID
    stores: list[Account]

    def add(self, *rows: Any) -> None:
        with self.database.writing() as session:
            session.add_all(rows)

    def get(self, cls: Any, key: UUID) -> Any:
        with self.database.reading() as session:
            return session.get_one(cls, key)

    def clash(self, store: Account, field: str, mine: Any, theirs: Any, base: Any, **more: Any) -> Conflict:
        """A field that I and the office changed; mine has lost unless ``mine_lost`` is False."""
        lost = more.pop("mine_lost", True)
        made = Conflict(
            id=new_id(), field=field, base=base,
            winner=theirs if lost else mine, loser=mine if lost else theirs,
            won_by=self.office if lost else self.rep, won_at=NOW - 20 * MINUTE,
            lost_by=self.rep if lost else self.office, lost_at=NOW - 34 * MINUTE,
            **{"entity": "account", "row_id": store.id, "territory_id": store.territory_id,
               "mutation_id": new_id()} | more,
        )  # fmt: skip
        self.add(made)
        return made

    def entry(self, entity: str, row_id: UUID, **more: Any) -> OutboxEntry:
        """One record on its way, or stopped."""
        payload = {"agg": [entity, str(row_id)], "op": "create", "at": 0, "id": str(new_id())}
        payload |= {key: more.pop(key) for key in ("doc", "set") if key in more}
        usual = {
            "mutation_id": new_id(), "op": "create", "state": OutboxState.PENDING, "at": NOW - 60 * MINUTE,
            "payload": msgspec.json.encode(payload).decode(), "label": "",
        }  # fmt: skip
        made = OutboxEntry(**{"entity": entity, "row_id": row_id} | usual | more)
        self.add(made)
        return made

    def visit(self, store: Account, *, photos: int = 0, **more: Any) -> Visit:
        """A visit with its check-in, waiting to be sent, and photos behind it."""
        visit = Visit(
            id=new_id(), account_id=store.id, rep_id=self.rep, territory_id=store.territory_id,
            started_at=NOW - 60 * MINUTE,
        )  # fmt: skip
        self.add(visit)
        place = {"visit_id": str(visit.id), "account_id": str(store.id)}
        self.entry("visit", visit.id, doc={"account_id": str(store.id)}, **more)
        self.entry("check_in", new_id(), doc=place, **more)
        for _ in range(photos):
            photo = Photo(
                id=new_id(), visit_id=visit.id, account_id=store.id, rep_id=self.rep,
                territory_id=store.territory_id, sha256="0" * 64, size=2_700_000, media_type="image/jpeg",
                width=40, height=30, taken_at=NOW,
            )  # fmt: skip
            self.add(photo, Upload(photo_id=photo.id, sha256="0" * 64, size=2_700_000, at=NOW))
            self.entry("photo", photo.id, doc=place, **more)
        return visit

    def order(self, **more: Any) -> Order:
        """Some order of the rep."""
        with self.database.writing() as session:
            order = session.scalars(select(Order).where(Order.rep_id == self.rep).limit(1)).one()
            for name, value in more.items():
                setattr(order, name, value)
            session.flush()
            return order

    def refusal(self, store: Account, code: str, **more: Any) -> OutboxEntry:
        """A change of the store that the office refused."""
        more.setdefault("set", {"grade": {"old": "B", "new": "A"}})
        return self.entry(
            "account", store.id, op="patch", state=OutboxState.REJECTED, outcome="rejected", code=code,
            label=store.name, acked_at=NOW - MINUTE, **more,
        )  # fmt: skip

    def taken(self, visit: Visit, days: int = 0) -> None:
        """Let the office have stored a visit."""
        with self.database.writing() as session:
            for entry in session.scalars(select(OutboxEntry)):
                if entry.row_id == visit.id or str(visit.id) in entry.payload:
                    entry.state = OutboxState.ACKED
                    entry.outcome = "applied"
                    entry.sent_at = entry.acked_at = NOW - timedelta(days=days, minutes=4)
            photos = select(Photo.id).where(Photo.visit_id == visit.id)
            for upload in session.scalars(select(Upload).where(Upload.photo_id.in_(photos))):
                session.delete(upload)

    def seen(self, visit: Visit) -> None:
        """Let the manager have opened the report."""
        self.add(VisitReview(
            id=new_id(), visit_id=visit.id, rep_id=self.rep, reviewer_id=self.office, decision=Decision.SEEN,
            at=NOW - MINUTE,
        ))  # fmt: skip


@pytest.fixture
def laptop(laptop_db: Database) -> Laptop:
    """A laptop that has synced before and has nothing to send."""
    with laptop_db.writing() as session:
        rep = session.scalars(select(User).where(User.role == Role.REP)).first()
        office = session.scalars(select(User).where(User.role == Role.MANAGER)).first()
        assert rep is not None
        assert office is not None
        session.add(SyncState(key=state.EPOCH, value=str(new_id())))
        session.add(SyncState(key=state.LAST_SYNC, value=int((NOW - 150 * MINUTE).timestamp() * 1000)))
        stores = list(session.scalars(select(Account).order_by(Account.code).limit(8)))
        return Laptop(laptop_db, rep.id, office.id, stores)


@pytest.fixture
def files(laptop_db: Database) -> Files:
    """The photo files of the laptop."""
    return Files(laptop_db.path.parent / "photos", laptop_db.file_key())


Open = Callable[[], SyncPage]


@pytest.fixture
def context(laptop_db: Database, jobs: Jobs, files: Files) -> Context:
    """What the page is given: online."""
    made = make_context(laptop_db, jobs, files=files)
    made.connection.update(online=True, last_sync=NOW - 150 * MINUTE)
    return made


@pytest.fixture
def open_page(context: Context, qtbot: QtBot, settle: Settle) -> Open:
    """Open the page once the laptop has been filled."""

    def make() -> SyncPage:
        made = SyncPage(context)
        qtbot.addWidget(made)
        context.shell.widget = made  # type: ignore[attr-defined]
        made.resize(1216, 900)
        made.show()
        settle()
        return made

    return make


def log(at: int, kind: str = "done", **data: Any) -> SyncLog:
    """A line of the log, ``at`` minutes ago."""
    return SyncLog(at=NOW - at * MINUTE, kind=kind, data=data)


def busy(laptop: Laptop) -> None:
    """Fill a laptop with one of everything."""
    first, second, third, fourth, fifth = laptop.stores[:5]
    edit = new_id()
    laptop.clash(first, "phone", "13705712290", "13705712209", "13705712208", mutation_id=edit)
    week, days, weekend = [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5], [6, 7]
    laptop.clash(
        first, "opening", [{"days": week, "open": "07:00", "close": "21:00"}],
        [{"days": days, "open": "08:00", "close": "22:00"},
         {"days": weekend, "open": "09:00", "close": "20:00"}],
        [{"days": week, "open": "08:00", "close": "21:00"}], mutation_id=edit,
    )  # fmt: skip
    laptop.clash(first, "grade", "A", "B", "C", mutation_id=edit)
    laptop.entry(
        "account", first.id, op="patch", state=OutboxState.ACKED, outcome="merged", mutation_id=edit,
        label=first.name, sent_at=NOW - 5 * MINUTE, acked_at=NOW - 5 * MINUTE,
        set={
            "phone": {"old": "1", "new": "13705712290"},
            "address": {"old": "", "new": "古墩路 97 号 3 单元"},
            "service_minutes": {"old": 30, "new": 45},
        },
    )  # fmt: skip
    laptop.clash(second, "credit_limit", "12000.00", "10000.00", "8000.00")
    laptop.refusal(third, "field_not_yours", set={"price_group": {"old": None, "new": "A"}})
    laptop.order(status=OrderStatus.NEEDS_REVIEW, review_code="sums_disagree", submitted_at=NOW)
    laptop.visit(fourth, photos=11)
    laptop.visit(fifth, photos=3)
    laptop.entry("account", fourth.id, op="patch", label=fourth.name, set={"phone": {"old": "", "new": "1"}})
    done = laptop.visit(laptop.stores[5])
    laptop.taken(done)
    laptop.seen(done)
    laptop.taken(laptop.visit(laptop.stores[6]), days=1)
    laptop.add(log(150, pushed=4, photos=12, rows=310))
    laptop.add(log(30, "failed", code="unreachable"))
    laptop.add(log(3, pushed=12, rows=40, rejected=1, conflicts=4))
