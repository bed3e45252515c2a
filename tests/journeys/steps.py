"""What a rep and a manager do, step by step, in the real windows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from sqlalchemy import func, select

from fieldcrm import app as application
from fieldcrm.clock import business_day, now
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict
from fieldcrm.rules.sop import FieldType
from fieldcrm.storage.local import OutboxEntry
from fieldcrm.ui import theme
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.visit.page import VisitPage
from fieldcrm.ui.visit.photos import PhotoStrip
from fieldcrm.ui.visit.step import StepView
from tests.journeys.hand import Hand, Lost
from tests.journeys.plan_steps import PlanSteps

PASSPHRASE = "blue-river-77"
SIZE = (1440, 900)


class Person(PlanSteps):
    """Somebody at a laptop: the application, and a hand on its window."""

    def __init__(self, home: Path, server: str, pictures: Path, language: str, who: str) -> None:
        self._qt = application.make_qt()
        self.app = application.Application(home, server)
        self.app.preferences.set("language", language)
        theme.apply(self._qt, self.app.preferences.theme, language)
        self.app.window.resize(*SIZE)
        self.app.start()
        self.hand = Hand(self.app.window, pictures, who)
        sys.excepthook = _told

    # -- signing in -----------------------------------------------------------------------

    def sign_in(self, login: str, password: str) -> dict[str, Any]:
        """Sign in on a new laptop and wait until today's work is here."""
        hand = self.hand
        hand.wait(lambda: hand.find(QLineEdit, tr("User name")), "the sign-in form")
        hand.type_into("User name", login)
        hand.type_into("Password", password)
        hand.picture("sign-in")
        hand.press("Sign in")
        hand.wait(lambda: hand.find(QLineEdit, tr("Passphrase again")), "the choice of a passphrase")
        hand.type_into("Passphrase", PASSPHRASE)
        hand.type_into("Passphrase again", PASSPHRASE)
        hand.press("Use this passphrase")
        hand.wait(lambda: self.app.shell is not None and self.app.shell.isVisible(), "the shell")
        hand.picture("workable")
        return self._facts()

    def first_sync_done(self) -> dict[str, Any]:
        """Wait until everything is here."""
        door = self.app.door
        self.hand.wait(lambda: door is None or not door.is_fetching, "the end of the first sync", 180)
        self._at_rest()
        self.hand.picture("first-sync-done")
        with self._session() as session:
            return {"accounts": session.scalar(select(func.count()).select_from(Account))}

    def unlock(self) -> dict[str, Any]:
        """Open this laptop again, with no network."""
        hand = self.hand
        hand.wait(lambda: hand.find(QLineEdit, tr("Passphrase")), "the passphrase")
        hand.type_into("Passphrase", PASSPHRASE)
        hand.press("Unlock")
        hand.wait(lambda: self.app.shell is not None and self.app.shell.isVisible(), "the shell")
        self._at_rest()
        return self._facts()

    # -- the day --------------------------------------------------------------------------

    def look(self, place: str, name: str = "") -> dict[str, Any]:
        """Open a section and take its picture."""
        self._go(place)
        self.hand.picture(name or place)
        return {}

    def visit(
        self, photos: list[str], order: int = 0, stop_after: str = "", far: bool = False, picture: str = ""
    ) -> dict[str, Any]:
        """Check in at the next store, work its steps, order, check out; or stop in the middle."""
        self._go("today")
        self.hand.press("Start visit")
        self._check_in(far=far, picture=picture)
        return self._work(photos, order, stop_after, picture)

    def resume(self, photos: list[str], order: int = 0) -> dict[str, Any]:
        """Go on with the visit that a crash interrupted."""
        self._go("today")
        self.hand.picture("after-the-crash")
        self.hand.press("Continue visit")
        page = self._visit_page()
        self.hand.wait(lambda: page.step is not None, "the step")
        kept = {key: dict(value) for key, value in page.progress.answers.items()}
        self.hand.picture("same-place")
        facts = self._work(photos, order, "", "")
        return facts | {"kept_steps": sorted(key for key, value in kept.items() if value)}

    def _check_in(self, *, far: bool, picture: str) -> None:
        hand, shell = self.hand, self._shell()
        hand.wait(lambda: shell.place == "check_in" and getattr(shell.page, "panel", None), "the check-in")
        page: Any = shell.page
        panel = page.panel
        QTest.mouseClick(panel.sources.button("typed"), Qt.MouseButton.LeftButton)
        position = panel._store.position
        north = 0.02 if far else 0.0002
        hand.type_into("Latitude, longitude", f"{position.latitude + north:.5f}, {position.longitude:.5f}")
        panel._datum.choose(position.datum)
        panel._typed.settle_now()
        hand.settle()
        if far:
            panel.reason.setText(tr("The store has moved"))
        if picture:
            hand.picture(f"{picture}-check-in")
        hand.press("Check in")
        hand.wait(lambda: shell.place == "visit" and self._visit_page().visit is not None, "the visit")

    def _work(self, photos: list[str], order: int, stop_after: str, picture: str) -> dict[str, Any]:
        hand, page = self.hand, self._visit_page()
        hand.wait(lambda: page.step is not None or page.wrap_up is not None, "the first step")
        taken = ordered = 0
        while page.step is not None:
            step = page.step
            taken += self._answer(step, photos if self._takes_photos(page, step) else [])
            if any(asked.type is FieldType.ORDER for asked in step.step.fields) and order and not ordered:
                ordered = self._order(step, order, picture)
                step = page.step
            if picture and step is not None:
                hand.picture(f"{picture}-{step.step.key}")
            if stop_after and step is not None and step.step.key == stop_after:
                self._at_rest()
                return {"visit": str(page.visit.visit_id if page.visit else ""), "photos": taken}
            hand.press_widget(page.primary)
            hand.wait(lambda left=step: page.step is not left, "the next step")
        return self._check_out(page, picture) | {"photos": taken, "orders": 1 if ordered else 0}

    def _check_out(self, page: VisitPage, picture: str) -> dict[str, Any]:
        hand = self.hand
        wrap_up = page.wrap_up
        if wrap_up is None:
            raise Lost("the wrap-up")
        hand.type_into("Report", "陈列整齐，老板同意加一组堆头。")
        if picture:
            hand.picture(f"{picture}-wrap-up")
        visit_id = page.visit.visit_id if page.visit else None
        hand.press_widget(page.primary)
        hand.wait(lambda: page.wrap_up is None, "the check-out")
        if picture:
            hand.picture(f"{picture}-done")
        return {"visit": str(visit_id)}

    def _answer(self, step: StepView, photos: list[str]) -> int:
        for line in list(step.rows.values()):
            answer: Any = line.answer
            if line.is_answered or line.isHidden():
                continue
            match line.asked.type:
                case FieldType.CHECK:
                    QTest.mouseClick(answer._segments.button("pass"), Qt.MouseButton.LeftButton)
                case FieldType.CHOICE if line.asked.many:
                    answer.changed.emit([line.asked.choices[0]])
                case FieldType.CHOICE if answer._segments is not None:
                    first = line.asked.choices[0]
                    QTest.mouseClick(answer._segments.button(first), Qt.MouseButton.LeftButton)
                case FieldType.CHOICE:
                    answer._list.choose(line.asked.choices[0])
                    answer._list.chosen.emit(line.asked.choices[0])
                case FieldType.YES_NO:
                    QTest.mouseClick(answer._segments.button(False), Qt.MouseButton.LeftButton)
                case FieldType.NUMBER:
                    answer.take_focus()
                    QTest.keyClicks(answer._line, "5.5")
                    answer._line.settle_now()
                case FieldType.TEXT:
                    answer.changed.emit("1234" if line.asked.pattern else "店主满意")
            self.hand.settle()
        for table in step.stocks.values():
            for line in table._lines.values():
                line.setFocus()
                QTest.keyClicks(line, "3")
            self.hand.settle()
        return self._drop(step.photos, photos) if photos else 0

    def _takes_photos(self, page: VisitPage, step: StepView) -> bool:
        """Say whether the visit's photos belong to this step; without a photo field, to the first one."""
        wanting = [
            s.key for s in page.steps if any(f.type is FieldType.PHOTO and f.required for f in s.fields)
        ]
        return step.step.key in wanting or (not wanting and step.step.key == page.steps[0].key)

    def _drop(self, strip: PhotoStrip, photos: list[str]) -> int:
        before = len(strip._tiles)
        if before:
            return 0
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(photo) for photo in photos])
        copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
        left = Qt.MouseButton.LeftButton
        QApplication.sendEvent(strip, QDragEnterEvent(QPoint(9, 9), copy, data, left, none))
        QApplication.sendEvent(strip, QDropEvent(QPointF(9, 9), copy, data, left, none))
        wanted = before + len(photos)
        self.hand.wait(lambda: len(strip._tiles) >= wanted, "the photos")
        return len(photos)

    def _order(self, step: StepView, number: int, picture: str) -> int:
        hand, shell = self.hand, self._shell()
        hand.press_widget(step._orders[0].button)
        hand.wait(lambda: shell.place == "order", "the order page")
        self._at_rest()
        hand.wait(lambda: self._rows() >= 1, "the articles")
        entry: Any = shell.page
        table = entry.entry.table
        for place in range(min(number, self._rows())):
            table.pick(place)
            table.setFocus()
            hand.key(Qt.Key(Qt.Key.Key_1 + place % 5))
        hand.settle()
        if picture:
            hand.picture(f"{picture}-order")
        hand.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        hand.wait(lambda: shell.place != "order" or entry.detail.isVisible(), "the submitted order")
        if shell.place == "order":
            shell.back()
        hand.wait(lambda: shell.place == "visit", "the visit again")
        return number

    def _rows(self) -> int:
        page: Any = self._shell().page
        return page.entry.model.rowCount() if hasattr(page, "entry") else 0

    def planned(self) -> dict[str, Any]:
        """Tell how many stores today holds."""
        from fieldcrm.services import today

        me = self._shell().context.me.id
        with self._session() as session:
            return {"visits": len(today.day(session, me, now()).stops)}

    def notice_offline(self) -> dict[str, Any]:
        """Wait until the window says that it works offline."""
        self._shell().sync_now()
        connection = self._shell().context.connection
        self.hand.wait(lambda: not connection.online and not connection.syncing, "the offline card")
        self.hand.picture("offline")
        return {}

    def new_account(self, name: str) -> dict[str, Any]:
        """Create a store that nobody had on the list."""
        hand, shell = self.hand, self._shell()
        self._go("accounts")
        hand.press("New account")
        hand.wait(lambda: shell.place == "account_edit", "the editor")
        self._at_rest()
        hand.type_into("Store name", name)
        hand.type_into("Phone", "0571-87990011")
        hand.type_into("Street address", "河坊街 88 号")
        hand.picture("new-account")
        hand.press("Save account")
        hand.wait(lambda: shell.place == "account", "the new account's page")
        self._at_rest()
        hand.picture("account")
        return {}

    def edit_phone(self, phone: str) -> dict[str, Any]:
        """Change the phone number of a store visited today; the office does the same."""
        hand, shell = self.hand, self._shell()
        with self._session() as session:
            query = select(Account).where(Account.grade == "A").order_by(Account.code).limit(1)
            account = session.scalars(query).one()
            account_id = account.id
        shell.open("account_edit", account_id=account_id, field="phone")
        self._at_rest()
        hand.type_into("Phone", phone)
        hand.press("Save account")
        hand.wait(lambda: shell.place != "account_edit", "the saved account")
        return {"account": str(account_id)}

    # -- the evening ----------------------------------------------------------------------

    def sync(self, tries: int = 1) -> dict[str, Any]:
        """Sync until everything is sent; a line that is cut needs more than one try."""
        connection = self._shell().context.connection
        self._go("sync")
        for attempt in range(1, tries + 1):
            self.hand.wait(lambda: not connection.syncing, "the running sync", 120)
            self._shell().sync_now()
            self.hand.settle()
            self.hand.wait(lambda: not connection.syncing, "the sync", 120)
            self._at_rest()
            if connection.error is None and self._facts()["waiting"] == 0:
                self.hand.picture("synced")
                return {"tries": attempt}
        raise Lost(f"sync did not finish: {connection.error}, {self._facts()}")

    def settle_conflict(self) -> dict[str, Any]:
        """Look at the clash field by field and keep what the rep heard in the store."""
        hand = self.hand
        with self._session() as session:
            clash = session.scalars(select(Conflict.id).where(Conflict.state == "open")).first()
        self._shell().open("sync", conflict_id=clash)
        hand.wait(lambda: self.hand.find(QAbstractButton, tr("Save choices")), "the conflict")
        hand.picture("conflict")
        hand.press("Use all mine")
        hand.picture("conflict-chosen")
        hand.press("Save choices")
        self._at_rest()
        with self._session() as session:
            left = session.scalar(select(func.count()).where(Conflict.state == "open"))
        return {"left": left}

    def review(self, rep: str, say: str) -> dict[str, Any]:
        """Return the report of the far visit with words, approve the others of today."""
        hand, shell = self.hand, self._shell()
        page: Any = self._go("reviews")
        hand.wait(lambda: page.model.rowCount() > 0, "the inbox")
        page._search.setText(rep)
        page._search.settle_now()
        today = business_day(now())
        mine = [r for r in page.model.rows if r.rep == rep and business_day(r.started_at) == today]
        returned = approved = 0
        for report in mine:
            page._list.pick(page.model.number_of(report.visit_id))
            hand.wait(lambda r=report: page._full and page._full.report.visit_id == r.visit_id, "the report")
            self._at_rest()
            if not returned:
                hand.picture("report")
                hand.type_into("Write to the rep", say)
                hand.press("Return")
                returned += 1
            else:
                hand.press("Approve")
                approved += 1
        page.leaving()
        self._at_rest()
        hand.picture("inbox-after")
        shell.open("plan")
        self._at_rest()
        hand.picture("manager-plan")
        return {"approved": approved, "returned": returned}

    def read_reviews(self) -> dict[str, Any]:
        """Read what the manager said."""
        page: Any = self._go("reports")
        page._groups.choose("returned")
        page._on_group("returned")
        self._at_rest()
        self.hand.wait(lambda: page.model.rowCount() > 0, "the returned report")
        page._list.pick(0)
        self.hand.wait(lambda: page._full is not None and page._full.said, "the manager's words")
        self._at_rest()
        self.hand.picture("returned-report")
        return {"returned": page.model.rowCount(), "comments": len(page._full.said)}

    # -- helpers --------------------------------------------------------------------------

    def _shell(self) -> Any:
        shell = self.app.shell
        if shell is None:
            raise Lost("the shell")
        return shell

    def _go(self, place: str) -> Page:
        shell = self._shell()
        shell.open(place)
        self._at_rest()
        page: Page = shell.page
        return page

    def _visit_page(self) -> VisitPage:
        page = self._shell().page
        if not isinstance(page, VisitPage):
            raise Lost(f"the visit; shown: {self.hand.said()}")
        return page

    def _at_rest(self) -> None:
        self.hand.wait(lambda: self.app.jobs.is_idle, "the reads", 30)

    def _session(self) -> Any:
        laptop = self.app.laptop
        if laptop is None:
            raise Lost("the laptop")
        return laptop.database.reading()

    def _facts(self) -> dict[str, Any]:
        with self._session() as session:
            return {
                "accounts": session.scalar(select(func.count()).select_from(Account)),
                "waiting": session.scalar(
                    select(func.count()).where(OutboxEntry.state.in_(("pending", "inflight")))
                ),
            }

    def close(self) -> None:
        """Close the window."""
        self.app.window.close()
        self.hand.settle()


def _told(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    sys.__excepthook__(kind, error, trace)
