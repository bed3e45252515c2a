"""The departure check: ready for tomorrow, or what is missing and a click to fetch it."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtWidgets import QWidget

from fieldcrm.clock import business_day
from fieldcrm.services import departure
from fieldcrm.services.departure import NEAR_M, Departure, Lack, Visit
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.paint import SIGN, Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.frames import Header, card, column, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

LACKS = {
    Lack.STORE: mark("The store is not on this laptop"),
    Lack.ARCHIVED: mark("The store is archived"),
    Lack.BOOK: mark("Price book not whole: {books}"),
    Lack.PRICES: mark("No price book for this day"),
    Lack.TEMPLATE: mark("No visit steps for this day"),
    Lack.UNLOCKED: mark("The laptop locks before then"),
}


class DeparturePage(Page):
    """What the next days lack."""

    watches = frozenset({
        "visit_plan", "account", "price_book", "price_entry", "sop_template", "sync_log", "outbox",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._days = 1
        self.found: Departure | None = None
        self._span = Segments(
            [(1, tr("Tomorrow")), (3, tr("3 days")), (7, tr("7 days"))], current=1, even=False
        )
        self._span.setFixedHeight(40)
        self._span.chosen.connect(self._on_span)
        again = IconButton("refresh", tr("Check again"), self.refresh)
        self.sync = Button(tr("Sync now"), "primary", "sync", on_click=context.shell.sync_now)
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.header = Header(tr("Ready for tomorrow?"), "", [self._span, again, self.sync], back)
        self._sign, self._said = Sign(SIGN[Status.OPEN][0], 28), Label("", 20, SEMIBOLD)
        self._near, self._fix = Paragraph("", 13), Paragraph("", 13)
        line = row(self._sign, self._said, gap=12)
        line.setStretch(1, 1)
        self.model: RowsModel[Visit] = RowsModel(self._columns(), key=lambda v: (v.on, v.account_id))
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Visits"), cells={3: _draw_lacks}
        )
        self.table.opened.connect(lambda v: context.shell.open("account", account_id=v.account_id))
        self._empty = EmptyState(
            "calendar-blank-outline", tr("No visits are planned"), tr("Plan them in the week board."),
            tr("Open the plan"), lambda: context.shell.open("plan"),
        )  # fmt: skip
        self._whole = surface("card", column(self.table, gap=0, margins=(1, 1, 1, 1)))
        body = column(
            card(line, self._near, self._fix, gap=8),
            self._whole,
            self._empty,
            gap=16,
            margins=(24, 16, 24, 16),
        )
        body.setStretch(1, 1)
        body.setStretch(2, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self.bind("Ctrl+Return", context.shell.sync_now, tr("Sync now"))

    def _columns(self) -> tuple[Column[Visit], ...]:
        today = self.context.today()
        return (
            Column(
                mark("Day"), lambda v: f"{formats.table_day(v.on, today)} {v.start_time}".strip(), width=132
            ),
            Column(mark("Store"), lambda v: v.name or tr("Unknown store")),
            Column(mark("Visit steps"), lambda v: v.template or formats.NONE, width=180),
            Column(mark("Missing"), words, width=320, hint=words),
        )

    def panes(self) -> list[QWidget]:
        """Return the actions and the table."""
        return [self._span, self.table]

    def _on_span(self, days: object) -> None:
        self._days = int(str(days))
        self.refresh_soon()

    def refresh(self) -> None:
        """Check again, on this laptop alone."""
        me, at, days = self.context.me.id, self.context.now(), self._days
        lease, first = self.context.connection.lease_ms, business_day(at) + timedelta(1)
        self.jobs.read(self, lambda s: departure.check(s, me, first, days, at=at, lease_ms=lease), self._show)

    def _show(self, found: Departure) -> None:
        self.found = found
        now, last = self.context.now(), self.context.connection.last_sync
        synced = tr("last sync {when}", when=formats.moment(last, now)) if last else tr("never synced")
        self.header.show_facts(f"{tr('Checked {time}', time=formats.clock(found.at))} · {synced}")
        status = Status.OPEN if not found.visits else Status.WARNING if found.lacking else Status.DONE
        self._sign.show_sign(*SIGN[status])
        self._said.show_text(summary(found))
        self._near.show_text(nearby(found))
        self._near.setVisible(bool(found.near))
        self._fix.show_text(
            tr("Sync now fetches what the office has. What is still missing then, the office has to add.")
        )
        self._fix.setVisible(bool(found.lacking or found.near_lacking))
        self.model.show_rows([*found.visits, *(visit for visit in found.near if visit.lacks)])
        self._whole.setVisible(bool(found.visits))
        self._empty.setVisible(not found.visits)


def summary(found: Departure) -> str:
    """Return the one sentence."""
    if not found.visits:
        return tr("Nothing is planned")
    if found.lacking:
        return ntr("{n} visit lacks something", "{n} visits lack something", found.lacking)
    return ntr("Everything for {n} visit is here", "Everything for {n} visits is here", len(found.visits))


def nearby(found: Departure) -> str:
    """Return the sentence about stores near the route."""
    stores = ntr("{n} store", "{n} stores", len(found.near))
    way = formats.distance(NEAR_M)
    if not found.near_lacking:
        return tr("{stores} within {way} of the route: complete too", stores=stores, way=way)
    return tr("{stores} within {way} of the route, {n} of them lack something", stores=stores, way=way,
              n=found.near_lacking)  # fmt: skip


def words(visit: Visit) -> str:
    """Return what a visit lacks."""
    books = listed(visit.books)
    said = tr("; ").join(tr(LACKS[lack], books=books) for lack in visit.lacks)
    if not said:
        return tr("Nothing")
    return tr("Near the route: {what}", what=said) if visit.is_near else said


def _draw_lacks(cell: Cell) -> None:
    status = Status.WARNING if cell.row.lacks else Status.DONE
    paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 10, 20)
    cell.rect = cell.rect.adjusted(28, 0, 0, 0)
    cell.text(cell.said, 13, tone="text" if cell.row.lacks else "text2")
