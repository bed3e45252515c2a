"""The page of one check-in; nothing is stored as a visit before its button is pressed.

What was stated so far is a draft. While another visit is open the button leads there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.services import store_codes, visits
from fieldcrm.services.visits import OpenVisit
from fieldcrm.storage import drafts
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.page import Page
from fieldcrm.ui.tokens import FIELD_ACTION
from fieldcrm.ui.visit.check_in import CheckInPanel, Store
from fieldcrm.ui.visit.store_code import StoreCodeField
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header
from fieldcrm.ui.widgets.labels import Label

_DRAFT = "check_in"
_Read = tuple[Store | None, OpenVisit | None, Any]


class CheckInPage(Page):
    """Check in at ``account_id``, for ``plan_id`` if it was planned."""

    watches = frozenset({"visit", "check_out"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._account_id: UUID | None = None
        self._plan_id: UUID | None = None
        self._running: OpenVisit | None = None
        self.panel: CheckInPanel | None = None
        back = IconButton("arrow-left", tr("Back to today"), context.shell.back, quiet=True, size=40)
        self.header = Header(tr("Check in"), tr("Nothing is stored before you check in"), (), back)
        self._missing = Label("", 13, 600, "warn")
        self.primary = Button(
            tr("Check in"), "primary", height=FIELD_ACTION, on_click=self.check_in, wide=208
        )
        self._centre = QVBoxLayout()
        self.outer.addWidget(self.header)
        self.outer.addLayout(self._centre, 1)
        self.outer.addWidget(Footer(None, self._missing, self.primary))
        self.bind("Ctrl+Return", self.check_in, tr("Check in"))

    def show_place(self, **where: object) -> None:
        account_id, plan_id = where.get("account_id"), where.get("plan_id")
        if not isinstance(account_id, UUID):
            return
        if account_id != self._account_id:
            self._drop_panel()
        self._account_id = account_id
        self._plan_id = plan_id if isinstance(plan_id, UUID) else None
        self._stale = True
        if self.isVisible():
            self.refresh_soon()

    def panes(self) -> list[QWidget]:
        return [self.header, *([self.panel] if self.panel is not None else [])]

    def refresh(self) -> None:
        account_id, me, today = self._account_id, self.context.me.id, self.context.today()
        if account_id is None:
            return

        def read(session: Session) -> _Read:
            account = session.get(Account, account_id)
            store = None
            if account is not None:
                known = bool(store_codes.editions(session, account_id))
                store = Store(account.name, account.address, visits.store_position(account), known)
            running = visits.open_visits(session, me, today)
            kept = drafts.load(session, _DRAFT, account_id)
            return store, running[0] if running else None, kept

        self.jobs.read(self, read, self._show)

    def _show(self, read: _Read) -> None:
        (store, self._running, kept), account_id = read, self._account_id
        if store is None:
            return
        if self.panel is None:
            sheet = choose.remembered(self.context.settings)
            code = StoreCodeField(self.context, account_id) if store.has_code and account_id else None
            self.panel = CheckInPanel(store, self.context.now, sheet, code)
            self.panel.changed.connect(self._on_stated)
            self._centre.addWidget(self.panel)
            self.panel.begin(kept)
            self.primary.setFocus()
        self._show_gap()

    def _drop_panel(self) -> None:
        if self.panel is not None:
            self._centre.removeWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None

    def _on_stated(self) -> None:
        self._save()
        self._show_gap()

    def _show_gap(self) -> None:
        running = self._running
        if running is not None:
            self._missing.show_text(tr("{store} is still open", store=running.account), "warn")
        elif self.panel is not None:
            self._missing.show_text(self.panel.missing(), "warn")
        self.primary.setText(tr("Check in") if running is None else tr("Go to the open visit"))

    def _save(self) -> None:
        if self.panel is None or self._account_id is None:
            return
        account_id, at, snapshot = self._account_id, self.context.now(), self.panel.snapshot()
        self.jobs.write(self, lambda s: drafts.save(s, _DRAFT, account_id, snapshot, at))

    def leaving(self) -> None:
        self._save()

    def check_in(self) -> None:
        """Begin the visit, or go to what is missing or to the visit that is still open."""
        if self._running is not None:
            self.context.shell.open("visit", visit_id=self._running.visit_id)
            return
        panel, account_id, plan_id = self.panel, self._account_id, self._plan_id
        if panel is None or account_id is None or self.primary.is_running:
            return
        arrival = panel.arrival
        if arrival is None or panel.missing():
            panel.go_to_gap()
            return
        me, at, reason = self.context.me.id, self.context.now(), panel.reason.text()

        def begin(session: Session) -> UUID:
            drafts.discard(session, _DRAFT, account_id)
            return visits.start(
                session, account_id, arrival, me=me, at=at, far_reason=reason, plan_id=plan_id
            )

        self.primary.set_running(True)
        self.jobs.write(self, begin, self._on_begun, self._on_refused)

    def _on_begun(self, visit_id: UUID) -> None:
        self.primary.set_running(False)
        self._drop_panel()
        self._account_id = None
        self.context.shell.open("visit", visit_id=visit_id)

    def _on_refused(self, error: Exception) -> None:
        self.primary.set_running(False)
        self.context.shell.show_error(error)
