"""Screens of what sync keeps safe: where things are, what merged, what left, what is closed or locked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from PySide6.QtWidgets import QScrollArea
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState, MergedField
from fieldcrm.model.users import User
from fieldcrm.storage.local import Departed, OutboxState, SyncState
from fieldcrm.sync import holders, state
from fieldcrm.sync.devices import Device, DeviceAct, Page
from fieldcrm.sync.holders import Holder, Known
from fieldcrm.ui.closing import ClosingQuestion
from fieldcrm.ui.devices import words
from fieldcrm.ui.looking import LookingBar
from fieldcrm.ui.sync import record_changes, trail
from tests.screens.stage import LOW, Stage
from tests.ui.conftest import NOW
from tests.ui.sync.conftest import MINUTE, Laptop

_HOUR_MS = 3_600_000


def device(number: int, state: str = words.ACTIVE, **facts: Any) -> Device:
    """One laptop as the office knows it."""
    who = ("陈嘉禾", "沈若琳", "许明远", "方雨桐", "陆一帆")[number]
    usual = {"seen_at": to_ms(NOW) - number * 5 * _HOUR_MS, "unsent": number % 3}
    return Device(f"0000-{number}", f"rep{number + 1}", who, f"{who}的电脑", state, **usual | facts)


def devices(stage: Stage) -> None:
    """Every laptop in hand, as who is in charge sees them."""
    page: Any = stage.open("devices")
    at = to_ms(NOW)
    page.show_devices((
        device(0), device(1, words.PUSH_ONLY, hand_in_until=at + 60 * _HOUR_MS), device(2),
        device(3, words.LOST), device(4, words.LOST, wiped_at=at - _HOUR_MS),
    ))  # fmt: skip
    stage.context.connection.update(online=True, last_sync=NOW)
    page.table.pick(3)
    page.table.setFocus()
    page.side.show_acts(page.table.row(), [DeviceAct(at - 7 * _HOUR_MS, "device_lost", "admin", "周敏")])
    stage.take("60-devices", primaries=0)


class Safety:
    """A rep's laptop with a merge, a clash, a store that left and work that waits."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.me = stage, stage.context.me.id
        stores = stage.read(
            lambda s: list(
                s.scalars(
                    select(Account).where(Account.archived_at.is_(None)).order_by(Account.code).limit(4)
                )
            )
        )
        self.office = stage.read(lambda s: s.scalars(select(User.id).where(User.role == "manager")).first())
        self.laptop = Laptop(stage.database, self.me, self.office, stores)
        self.store = stores[0]
        self.laptop.add(SyncState(key=state.EPOCH, value=str(new_id())))
        with stage.office():
            self.gone = self._fill()
        stage.settle()

    def _fill(self) -> UUID:
        store, laptop = self.store, self.laptop
        met = {"entity": "account", "row_id": store.id, "mutation_id": new_id()}
        for field, before, after, who in (
            ("phone", "13705712290", store.phone, self.office), ("note", "", store.note, self.me),
        ):  # fmt: skip
            laptop.add(MergedField(
                id=new_id(), field=field, before=before, after=after, changed_by=who, **met,
                changed_at=NOW - 20 * MINUTE, territory_id=store.territory_id,
            ))  # fmt: skip
        laptop.clash(store, "grade", "A", "B", "C", state=ConflictState.KEPT)
        laptop.clash(
            laptop.stores[1], "address", "文三路 8 号", "文三路 14 号", "", state=ConflictState.SWAPPED
        )
        between = laptop.clash(laptop.stores[2], "address", "一号楼", "二号楼", "", state=ConflictState.KEPT)
        self.stage.write(lambda s: _between_others(s, between.id, self.office))
        laptop.entry("account", store.id, state=OutboxState.ACKED, outcome="applied", op="patch",
                     sent_at=NOW - 31 * MINUTE, acked_at=NOW - 30 * MINUTE,
                     set={"phone": {"old": "", "new": store.phone}})  # fmt: skip
        held = [Holder("陈经理", "manager", to_ms(NOW - 20 * MINUTE), to_ms(NOW - 18 * MINUTE)),
                Holder("林小雨", "rep", to_ms(NOW - 5 * MINUTE))]  # fmt: skip
        self.stage.write(lambda s: holders.remember(s, store.id, Known(to_ms(NOW - 2 * MINUTE), 1, held)))
        left = self.laptop.stores[3]
        laptop.add(Departed(row_id=left.id, entity="account", label=left.name,
                            left_at=NOW - timedelta(hours=3), reason="moved"))  # fmt: skip
        laptop.entry("order", new_id(), label="R1-000007", doc={"account_id": str(left.id)},
                     state=OutboxState.ACKED, outcome="applied", acked_at=NOW - 30 * MINUTE)  # fmt: skip
        laptop.entry("todo", new_id(), label="换一次冰柜贴", doc={"account_id": str(left.id)})
        return left.id

    def walk(self) -> None:
        """See them all."""
        stage = self.stage
        stage.context.connection.update(online=True, last_sync=NOW - 5 * MINUTE, waiting=2, needs_me=0)
        stage.open("today")
        stage.take("61-today-a-store-left", sizes=LOW)
        page: Any = stage.open("sync", row_id=self.gone)
        page.list.setFocus()
        stage.take("62-moved-away")
        page.toggle_history()
        for number, which in enumerate(("choices", "others", "merged")):
            page.history.which.button(which).click()
            page.history.which.button(which).setFocus()
            stage.settle()
            stage.take(f"{63 + number}-history-{which}", sizes=LOW)
        self._dialogs()
        self._settings()
        self._only_looking()

    def _dialogs(self) -> None:
        stage, store = self.stage, self.store
        stage.open("account", account_id=store.id)
        trail.show(stage.context, "account", store.id, store.name)
        self._take_dialog("66-trail", primaries=0)
        record_changes.show(stage.context, store.id, store.name)
        self._take_dialog("67-changed-by-several", primaries=0)
        ClosingQuestion(stage.jobs, cast(Any, None), stage.context.connection, lambda: None).ask_in(
            stage.window
        )
        self._take_dialog("68-closing", primaries=1)

    def _take_dialog(self, name: str, *, primaries: int) -> None:
        self.stage.settle()
        self.stage.take(name, primaries=primaries, sizes=LOW)
        cast(Any, self.stage._top()).close_now()
        self.stage.settle()

    def _settings(self) -> None:
        page: Any = self.stage.open("settings")
        page.devices.show_devices(Page(items=[device(0), device(1, seen_at=None)]))
        page.metered.choose("always")
        self.stage.context.connection.update(metered=True, photos=4)
        area = page.findChild(QScrollArea)
        self.stage.settle()
        area.ensureWidgetVisible(page.metered)
        page.metered.setFocus()
        self.stage.take("69-metered", primaries=0, sizes=LOW)
        area.ensureWidgetVisible(page.devices.card)
        self.stage.take("70-my-laptops", primaries=0, sizes=LOW)

    def _only_looking(self) -> None:
        self.stage.open("today")
        self.stage.shell.add_bar(LookingBar(self.stage.database.path.parent))
        self.stage.settle()
        self.stage.take("71-only-looking", sizes=LOW)


def _between_others(session: Session, conflict_id: UUID, office: UUID) -> None:
    session.execute(update(Conflict).where(Conflict.id == conflict_id).values(lost_by=office, won_by=None))
