"""A rep's screens, in the order of a day; each one is brought about with the page's own means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from fieldcrm.errors import Offline
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderStatus
from fieldcrm.model.plans import VisitPlan
from fieldcrm.model.users import User
from fieldcrm.model.visits import PositionSource, Visit
from fieldcrm.rules.sop import FieldType
from fieldcrm.services import orders, plans, today, visits
from fieldcrm.services.visits import Arrival
from fieldcrm.storage.local import OutboxEntry, SyncState
from fieldcrm.sync import state, status
from fieldcrm.ui.accounts.export_dialog import ExportDialog
from fieldcrm.ui.orders import acts
from fieldcrm.ui.plan.replan import Replan
from fieldcrm.ui.widgets.buttons import Button
from server.demo.photos import shelf
from tests.screens import configuring, fulfilment, limits, quotes, scene
from tests.screens.manager import ANSWERS
from tests.screens.stage import Stage, at
from tests.ui.conftest import NOW, TODAY
from tests.ui.sync.conftest import Laptop, busy

_ORDERS = {
    "20-orders-needs-attention": OrderStatus.NEEDS_REVIEW,
    "21-orders-accepted": OrderStatus.ACCEPTED,
}


class Rep:
    """Walks through the day on one stage."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.me = stage.context.me.id
        self.connection = stage.context.connection
        self._morning()

    def walk(self) -> None:
        """See every screen of a rep once."""
        self._today()
        self._visit()
        self._orders()
        self._accounts()
        self._calls()
        self._import()
        self._plan()
        self._sync()
        self._rest()
        self._end_of_day()

    # -- what has happened before ten -------------------------------------------------------

    def _morning(self) -> None:
        """Two stores done, one put off, an order that needs attention, some money owed."""

        def happened(session: Session) -> None:
            day = today.day(session, self.me, at(8))
            scene.put_in_order(session, day.stops)
            session.add_all(scene.unpriced(session))
            self._order_in_trouble(session, scene.busiest(session))

        def worked(session: Session) -> None:
            stops = [s for s in today.day(session, self.me, at(8)).stops if s.channel != scene.BY_SIGHT]
            first, second, third = stops[:3]
            self._visited(session, first, at(8, 34), 28, ordered=True)
            self._visited(session, second, at(9, 20), 31, ordered=True)
            assert third.plan_id is not None
            plans.move(session, third.plan_id, TODAY + timedelta(2), today=TODAY, reason="店休")

        with self.stage.office():
            self.stage.write(happened)
        self.stage.write(worked)
        self.count()

    def _visited(self, session: Session, stop: Any, begun: Any, minutes: int, *, ordered: bool) -> None:
        visit_id = visits.start(
            session, stop.account_id, scene.near(stop), me=self.me, at=begun, plan_id=stop.plan_id
        )
        session.flush()
        lines = orders.last_lines(session, stop.account_id)
        if ordered and lines:
            order_id = orders.start(session, stop.account_id, me=self.me, at=begun, visit_id=visit_id)
            orders.save(session, order_id, lines, at=begun, wanted_on=TODAY + timedelta(2))
            orders.submit(session, order_id, at=begun)
            session.flush()
        visit = session.get_one(Visit, visit_id)
        visits._close(session, visit, begun + timedelta(minutes=minutes), "陈列整齐，补了两箱水。", None, ())

    def _order_in_trouble(self, session: Session, account_id: UUID) -> None:
        lines = orders.last_lines(session, account_id)
        order_id = orders.start(session, account_id, me=self.me, at=NOW - timedelta(days=1))
        orders.save(session, order_id, lines, at=NOW, wanted_on=TODAY + timedelta(2))
        orders.submit(session, order_id, at=NOW)
        session.flush()
        order = session.get_one(Order, order_id)
        order.status, order.version, order.review_code = OrderStatus.NEEDS_REVIEW, 2, "price_changed"
        order.review_data = {
            "old_total": "1200.00", "new_total": "1224.00",
            "lines": [{"product_id": str(lines[0].product_id), "old": "42.00", "new": "44.00"}],
        }  # fmt: skip

    def count(self, **facts: object) -> None:
        """Let the connection card say what waits."""
        badge = self.stage.read(status.badge)
        usual = {
            "waiting": badge.things, "needs_me": badge.attention,
            "last_sync": at(7, 42), "online": True, "error": None, "syncing": False,
        }  # fmt: skip
        self.connection.update(**(usual | facts))
        self.stage.settle()

    def stop(self, wanted: Callable[[Any], bool]) -> Any:
        """Return the first stop of today like this."""
        day = self.stage.read(lambda s: today.day(s, self.me, NOW))
        return next(stop for stop in day.stops if wanted(stop))

    # -- today and the visit ------------------------------------------------------------------

    def _today(self) -> None:
        stage = self.stage
        stage.open("today")
        stage.take("04-today")
        self.count(online=False, error=Offline("unreachable"))
        stage.take("05-today-offline")
        stop = self.stop(lambda s: s.is_open and s.position is not None and s.channel == scene.BY_SIGHT)
        self._arrive(stop, far=False)
        stage.take("06-check-in-near")
        self._arrive(stop, far=True)
        stage.take("07-check-in-far")
        self.page.panel.reason.setText("")
        self._arrive(stop, far=False)
        stage.write(
            lambda s: visits.start(
                s, stop.account_id, scene.near(stop), me=self.me, at=at(10, 4), plan_id=stop.plan_id
            )
        )
        stage.open("today")
        self.page.start()
        stage.settle()
        self.count(online=False)

    @property
    def page(self) -> Any:
        return self.stage.page

    def _arrive(self, stop: Any, *, far: bool) -> None:
        self.stage.open("check_in", account_id=stop.account_id, plan_id=stop.plan_id)
        panel = self.page.panel
        metres = 1800.0 if far else 18.0
        panel.sources.choose(PositionSource.MAP)
        panel._on_source(PositionSource.MAP)
        panel._on_picked(scene.beside(stop.position, metres))
        self.page.primary.setFocus()
        self.stage.settle()

    def _visit(self) -> None:
        stage, page = self.stage, self.page
        visit_id = page.visit.visit_id
        for number, step in enumerate(page.steps):
            page._go_to(step.key)
            stage.settle()
            self._answer_some(page)
            stage.take(f"{8 + number:02d}-visit-{step.key}")
        page._go_to("wrap_up")
        stage.settle()
        stage.take("14-visit-wrap-up")
        page.pause()
        stage.settle()
        stage.take("15-today-visit-running")
        stage.write(
            lambda s: visits._close(s, s.get_one(Visit, visit_id), NOW, "店主同意加一组堆头。", None, ())
        )
        stage.open("visit", visit_id=visit_id)
        stage.take("16-visit-done")
        self.count(online=False)

    def _answer_some(self, page: Any) -> None:
        step = page.step
        for number, line in enumerate(step.rows.values()):
            match line.asked.type:
                case FieldType.CHECK if number < 3:
                    step.answered.emit(line.asked.key, ("pass", "fail", "pass")[number])
                    if number == 1:
                        line._note.setText("第 3 层右侧摆了竞品")
                        line._note.settle_now()
                case FieldType.NUMBER:
                    step.answered.emit(line.asked.key, "5.50")
        for table in step.stocks.values():
            for number, field in enumerate(table._lines.values()):
                if number < 4:
                    field.setText(str(number * 2))
                    field.textEdited.emit(field.text())
        for box in step.groups.values():
            _fill_rows(box)
        if step.step.key == "shelf":
            page.desk.keep_files(step.step, "photos", [self._photo(n) for n in range(3)])
        self.stage.settle()

    def _photo(self, number: int) -> Path:
        file = self.folder / f"shelf-{number}.jpg"
        file.write_bytes(shelf(Random(number)).data)
        return file

    # -- orders ---------------------------------------------------------------------------------

    def _orders(self) -> None:
        stage = self.stage
        account_id = self.stop(lambda s: s.is_open).account_id
        with stage.office():
            stage.write(lambda s: scene.give_credit(s, account_id))
        self._take_order(account_id, 7)
        stage.take("17-order")
        self._take_order(account_id, 90)
        stage.take("18-order-credit-exceeded")
        self._take_order(account_id, 3)
        self.page.search.setText("青柑")
        self.page.search.settle_now()
        stage.settle()
        self.page.entry.set_quantity(self.page.entry.model.row(0).key, Decimal(2))
        stage.settle()
        stage.take("19-order-no-price", layout=self.page.entry.table.setFocus)
        self.page.entry.set_quantity(self.page.entry.model.row(0).key, Decimal(0))
        stage.settle()
        for name, wanted in _ORDERS.items():
            page: Any = stage.open("orders", order_id=self._order(wanted))
            stage.take(name, layout=page.table.setFocus)
        fulfilment.rep(stage)
        configuring.walk(stage, account_id)
        limits.walk(stage, account_id)
        quotes.rep(stage)
        configuring.quoted(stage)

    def _order(self, wanted: OrderStatus) -> UUID | None:
        latest = select(Order.id).where(Order.status == wanted).order_by(Order.submitted_at.desc())
        found: UUID | None = self.stage.read(lambda s: s.scalars(latest).first())
        return found

    def _take_order(self, account_id: UUID, most: int) -> None:
        stage = self.stage
        page: Any = stage.open("order", account_id=account_id)
        for number in range(min(9, page.entry.model.rowCount())):
            page.entry.set_quantity(page.entry.model.row(number).key, Decimal(number * 5 % most + 2))
        page.entry.table.pick(3)
        page.entry.table.setFocus()
        stage.settle()

    # -- accounts -----------------------------------------------------------------------------

    def _accounts(self) -> None:
        stage = self.stage
        busiest = stage.read(
            lambda s: s.scalar(select(Account.id).order_by(Account.receivable.desc()).limit(1))
        )
        page: Any = stage.open("accounts", account_id=busiest)
        page.table.setFocus()
        stage.take("22-accounts")
        page.search.setText("没有这样的店")
        page.search.settle_now()
        stage.settle()
        stage.take("24-accounts-nothing-found")
        page._clear()
        for number, tab in enumerate(("overview", "orders", "visits", "photos", "todos", "rebates")):
            stage.open("account", account_id=busiest, tab=tab)
            stage.take(f"{25 + number}-account-{tab}")
        stage.open("account_edit", account_id=busiest)
        stage.take("30-account-editor")
        stage.open("account_edit")
        stage.take("31-account-new")
        page = stage.open("accounts")
        dialog = ExportDialog(stage.context, page._order, len(page._order))
        dialog.open()
        stage.take("32-export")
        dialog.leave()
        page = stage.open("map", query=page.query, on=TODAY)
        stage.take("23-map")
        page.map.choose(page.map.in_view()[:7], on=True)
        page._on_tab("day")
        page.map.zoom_by(1.5)
        stage.take("23-map-the-day-and-a-choice")

    def _calls(self) -> None:
        self.stage.open("calls")
        self.page.form.pick_outcome(2)
        self.stage.take("44-calls")
        self.stage.open("departure")
        self.stage.take("45-departure")

    def _import(self) -> None:
        stage, file = self.stage, self.folder / "新开门店.csv"
        file.write_bytes(scene.LIST.encode("gb18030"))
        page: Any = stage.open("account_import")
        stage.take("33-import-choose")
        page.take(file)
        stage.settle()
        stage.take("34-import-mapping", data=scene.FROM_FILE)
        page.go_on()
        stage.settle()
        stage.take("35-import-report", data=scene.FROM_FILE)
        page.go_on()
        stage.settle()
        stage.take("36-import-result", data=scene.FROM_FILE)
        page._undo()
        stage.settle()
        stage.write(lambda s: s.execute(delete(OutboxEntry).where(OutboxEntry.entity == "account")))
        stage.hush()

    def _plan(self) -> None:
        stage = self.stage
        page: Any = stage.open("plan")
        stage.take("37-plan-week")
        page._span.button("month").click()
        stage.settle()
        stage.take("38-plan-month", layout=page._span.button("month").setFocus)
        page._span.button("list").click()
        stage.settle()
        stage.take("38-plan-list", layout=page.list.table.setFocus)
        page._span.button("week").click()
        stage.settle()
        self._crowd()
        page._on_order()
        stage.settle()
        stage.take("38-plan-again")
        page.window().findChild(Replan).leave()
        board: Any = stage.open("visit_board")
        board.go(-1)
        board.tiles["missed"].setFocus()
        stage.settle()
        stage.take("39-visit-board", primaries=0)

    def _crowd(self) -> None:
        """Let visits take so long that not all of them fit into today."""
        of_today = (VisitPlan.on == TODAY, VisitPlan.rep_id == self.me)
        with self.stage.office():
            self.stage.write(lambda s: s.execute(update(VisitPlan).where(*of_today).values(minutes=110)))

    # -- sync ---------------------------------------------------------------------------------

    def _sync(self) -> None:
        stage = self.stage
        stage.write(lambda s: s.execute(delete(OutboxEntry)))
        stores = stage.read(
            lambda s: list(
                s.scalars(
                    select(Account).where(Account.archived_at.is_(None)).order_by(Account.code).limit(8)
                )
            )
        )
        office = stage.read(lambda s: s.scalars(select(User.id).where(User.role == "manager")).first())
        laptop = Laptop(stage.database, self.me, office, stores)
        laptop.add(SyncState(key=state.EPOCH, value=str(new_id())))
        laptop.add(SyncState(key=state.LAST_SYNC, value=int(at(7, 42).timestamp() * 1000)))
        with stage.office():
            busy(laptop)
        stage.settle()
        self.count()
        page: Any = stage.open("sync")
        page.list.setFocus()
        stage.take("39-sync-conflict")
        self._pick(page, "Refused")
        stage.take("40-sync-refused")
        self._pick(page, "Parcel")
        stage.take("41-sync-waiting")
        page.toggle_history()
        stage.settle()
        stage.take("42-sync-log")
        page.toggle_history()
        stage.write(scene.settle_everything)
        self.count()
        stage.open("today")
        page = stage.open("sync")
        page.list.setFocus()
        stage.take("43-sync-all-sent")

    def _pick(self, page: Any, kind: str) -> None:
        found = [n for n, item in enumerate(page.model.rows) if type(item.what).__name__ == kind]
        page.list.pick(found[0])
        page.list.setFocus()
        self.stage.settle()

    # -- the window's own -----------------------------------------------------------------------

    def _rest(self) -> None:
        stage, shell = self.stage, self.stage.shell
        page: Any = stage.open("reports")
        stage.take("46-my-reports", primaries=0, data=ANSWERS)
        settings: Any = stage.open("settings")
        stage.take("47-settings", primaries=0)
        settings.panes()[0].ensureWidgetVisible(settings.providers.card, 0, 40)
        stage.take("47b-settings-day-and-services", primaries=0)
        stage.open("manual")
        stage.take("48-manual", primaries=0)
        page = stage.open("today")
        overlay = shell.show_shortcuts()
        stage.take("49-shortcuts", primaries=0)
        overlay.close_now()
        overlay: Any = shell.find_anything()
        overlay.panel.field.setText("惠民")
        overlay.panel.field.settle_now()
        stage.settle()
        stage.take("50-find", primaries=0)
        overlay.close_now()
        shell.show_error(Offline("unreachable"), lambda: None)
        stage.take("51-error-bar")
        shell.error_bar.leave()
        page.skip_stop()
        stage.settle()
        stage.take("52-skip-dialog")
        _press_primary(stage._top())
        stage.settle()
        stage.take("53-toast")
        stage.hush()
        draft = self._order(OrderStatus.DRAFT)
        assert draft is not None
        page = stage.open("orders", order_id=draft)
        acts.ask_cancel(page, draft)
        stage.settle()
        stage.take("54-confirm")
        stage._top().close_now()

    def _end_of_day(self) -> None:
        stage = self.stage

        def finish(session: Session) -> None:
            open_plans = select(VisitPlan).where(VisitPlan.on == TODAY, VisitPlan.rep_id == self.me)
            done = set(session.scalars(select(Visit.plan_id).where(Visit.plan_id.is_not(None))))
            for running in visits.open_visits(session, self.me, TODAY):
                visit = session.get_one(Visit, running.visit_id)
                visits._close(session, visit, at(10, 10), "", None, ())
                session.flush()
            number = 0
            for plan in session.scalars(open_plans).all():
                if plan.id in done or str(plan.status) != "planned":
                    continue
                begun = at(10, 20) + timedelta(minutes=36 * number)
                number += 1
                visit_id = visits.start(
                    session, plan.account_id, Arrival(), me=self.me, at=begun, plan_id=plan.id
                )
                session.flush()
                visit = session.get_one(Visit, visit_id)
                visits._close(session, visit, begun + timedelta(minutes=24), "", None, ())
                session.flush()

        stage.write(finish)
        self.count(waiting=7)
        stage.open("today")
        stage.take("55-today-all-done")

        def forget(session: Session) -> None:
            session.execute(update(VisitPlan).where(VisitPlan.on == TODAY).values(archived_at=NOW))
            session.execute(update(Visit).where(Visit.started_at >= at(0)).values(archived_at=NOW))

        stage.write(forget)
        self.page.refresh()
        stage.settle()
        stage.take("56-today-no-plan")


def _fill_rows(box: Any) -> None:
    """Answer some rows: as planned, below plan, out of stock, not a number."""
    if box.asked.rows == "added":
        box.add_row()
    for number, row in enumerate((("6", "5.50", False), ("3", "14", True), ("x", None, None))):
        for place, value in enumerate(row, 1):
            index = box.model.index(number, place)
            if index.isValid() and box.asked.type is FieldType.SHELF:
                box.table.keep(index, value)
    if box.asked.share:
        box._on_total("48")


def _press_primary(panel: QWidget) -> None:
    next(b for b in panel.findChildren(Button) if b.property("kind") == "primary").click()
