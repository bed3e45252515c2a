"""What a rep does with the day's plan, in the real windows: fill it, drop, add, plan anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from fieldcrm.clock import now
from fieldcrm.rules.routing.planning import Keep
from fieldcrm.services import today
from fieldcrm.services.today import Day
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.plan.replan import Replan
from fieldcrm.ui.today.add_store import AddStore
from fieldcrm.ui.widgets.overlays import Dialog
from tests.journeys.hand import Hand, Lost

SEARCH_S = 60.0


class PlanSteps:
    """A part of ``Person``: needs its hand, its way to a page and its database."""

    hand: Hand
    _go: Callable[[str], Any]
    _at_rest: Callable[[], None]
    _shell: Callable[[], Any]
    _session: Callable[[], Any]
    _facts: Callable[[], dict[str, Any]]

    def fill_today(self, up_to: int) -> dict[str, Any]:
        """Send waiting stores to today from the week board, by the digit of the day."""
        page: Any = self._go("plan")
        digit = Qt.Key(Qt.Key.Key_1 + page._today.weekday())
        while (number := self._planned_today()) < up_to:
            page._due.setFocus()
            QTest.keyClick(page._due, digit)
            self.hand.wait(lambda n=number: self._planned_today() > n, "the store in the plan")
            self._at_rest()
        self.hand.picture("twelve-planned")
        return {"visits": self._planned_today()}

    def drop(self, reason: str = "") -> dict[str, Any]:
        """Skip the last open stop of today; without words of one's own the first reason offered."""
        page: Any = self._go("today")
        before = self._planned_today()
        page.route.pick(max(stop.number for stop in self._day().stops if stop.is_open) - 1)
        self.hand.settle()
        page.route.setFocus()
        self.hand.key(Qt.Key.Key_S)
        self.hand.see(QLineEdit, tr("Another reason"))
        if reason:
            self.hand.type_into("Another reason", reason)
        self._press_in(Dialog, "Skip")
        self.hand.wait(lambda: self._planned_today() == before - 1, "the dropped stop")
        self._at_rest()
        return {}

    def add_due_store(self) -> dict[str, Any]:
        """Add the store that is due first."""
        page: Any = self._go("today")
        before = self._planned_today()
        page.route.setFocus()
        self.hand.key(Qt.Key.Key_A)
        self.hand.wait(lambda: self._dialog(AddStore) is not None, "the list of stores")
        dialog: Any = self._dialog(AddStore)
        self.hand.wait(lambda: dialog.list.row() is not None, "a store that is due")
        self._press_in(AddStore, "Add store")
        self.hand.wait(lambda: self._planned_today() == before + 1, "the added store")
        self._at_rest()
        return {}

    def replan_with_small_changes(self) -> dict[str, Any]:
        """Plan the rest of the day again with as few changes as it takes."""
        page: Any = self._go("today")
        page.route.setFocus()
        self.hand.key(Qt.Key.Key_P)
        self.hand.wait(lambda: self._dialog(Replan) is not None, "the three ways")
        dialog: Any = self._dialog(Replan)
        self.hand.wait(lambda: dialog._task is None and dialog._offers, "the end of the search", SEARCH_S)
        self.hand.press_widget(dialog.ways.button(Keep.SMALL))
        self.hand.picture("small-changes")
        self._press_in(Replan, "Take this plan")
        self.hand.wait(lambda: self._dialog(Replan) is None, "the day planned anew")
        self._at_rest()
        self.hand.picture("planned-anew")
        timed = [stop.start_time for stop in self._day().stops if stop.is_open and stop.start_time]
        return {"left": self._planned_today(), "earliest": min(timed)}

    def waiting(self) -> dict[str, Any]:
        """Tell how much waits to be sent."""
        return self._facts()

    def _press_in(self, kind: type[Any], message: str) -> None:
        """Press a button of a question; the page under it may have one of the same name."""
        button = self.hand.find(QAbstractButton, tr(message), within=self._dialog(kind))
        if button is None:
            raise Lost(message)
        self.hand.press_widget(button)

    def _dialog(self, kind: type[Any]) -> Any:
        return next((d for d in self.hand.window.findChildren(kind) if d.isVisible()), None)

    def _day(self) -> Day:
        with self._session() as session:
            return today.day(session, self._shell().context.me.id, now())

    def _planned_today(self) -> int:
        return sum(stop.is_open for stop in self._day().stops)
