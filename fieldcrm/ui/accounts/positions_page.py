"""Stores that are not where the map says: what their check-ins propose, accepted or refused by a person."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget

from fieldcrm.services import accounts, repairs
from fieldcrm.services.repairs import Repair
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header, card, column, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.lists import RowTable
from fieldcrm.ui.widgets.states import EmptyState


class PositionsPage(Page):
    """Every proposal at the left, the chosen one on the map at the right."""

    watches = frozenset({"account", "check_in", "position_refusal"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted: UUID | None = None
        self._chosen: Repair | None = None
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True, size=40)
        self.header = Header(tr("Positions to check"), "", (), back)
        self.model: RowsModel[Repair] = RowsModel(_columns(), key=lambda each: each.account_id)
        self.table = RowTable(self.model, context.settings.row_height(52), name=tr("Stores"))
        self.table.picked.connect(self._on_picked)
        self._empty = EmptyState(
            "map-marker-check-outline", tr("Every position fits its check-ins"),
            tr("A store appears here when several exact check-ins on different days agree on another place."),
        )  # fmt: skip
        self.canvas = MapCanvas(tr("Map of the store and its check-ins"))
        self.canvas.use_sheet(choose.remembered(context.settings))
        self._name, self._said = Label("", 20, SEMIBOLD), Paragraph("", 14, 400, "text2")
        self.refuse = Button(
            tr("Keep the position"), icon="map-marker-off", height=FIELD_ACTION, on_click=self.on_refuse
        )
        self.accept = Button(
            tr("Move the store here"), "primary", "map-marker-check", height=FIELD_ACTION,
            on_click=self.on_accept,
        )  # fmt: skip
        left = surface("card", column(self.table, gap=0, margins=(1, 1, 1, 1)))
        right = card(self._name, self._said, self.canvas, gap=8)
        body = row(left, right, gap=16, margins=(24, 16, 24, 16))
        body.setStretch(0, 1)
        body.setStretch(1, 1)
        whole = QWidget()
        whole.setLayout(column(body, Footer(None, self.refuse, self.accept), gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(self._empty)
        self.outer.addWidget(self.header)
        self.outer.addWidget(self._stack, 1)
        self.bind("Ctrl+Return", self.on_accept, tr("Move the store here"))

    def show_place(self, **where: object) -> None:
        """Choose one store: ``account_id``."""
        wanted = where.get("account_id")
        self._wanted = wanted if isinstance(wanted, UUID) else None

    def panes(self) -> list[QWidget]:
        """Return the list and the map."""
        return [self.table, self.canvas]

    def refresh(self) -> None:
        self.jobs.read(self, repairs.proposals, self._show)

    def _show(self, found: list[Repair]) -> None:
        self.header.show_facts(ntr("{n} store", "{n} stores", len(found)) if found else "")
        self.model.show_rows(found)
        self._stack.setCurrentIndex(0 if found else 1)
        if found:
            keys = [each.account_id for each in found]
            before = self._wanted or (self._chosen.account_id if self._chosen else None)
            self.table.pick(keys.index(before) if before in keys else 0)
            self._wanted = None

    def _on_picked(self, chosen: Repair | None) -> None:
        self._chosen = chosen
        if chosen is None:
            return
        self._name.show_text(chosen.account)
        self._said.show_text(sentence(chosen))
        here = chosen.proposal.position
        marks = [Mark(each, Pin.DONE, "", tr("Check-in")) for each in chosen.readings]
        if chosen.store is not None:
            marks.append(Mark(chosen.store, Pin.STORE, "", tr("Position now")))
        marks.append(Mark(here, Pin.ME, "", tr("Proposed position")))
        self.canvas.show_marks(marks, (), [chosen.store, here] if chosen.store is not None else [])
        self.canvas.keep_in_sight()

    def on_accept(self) -> None:
        """Put the store where its check-ins say; the toast takes it back."""
        chosen, me = self._chosen, self.context.me.id
        if chosen is None:
            return

        def undo() -> None:
            before = accounts.with_position(chosen.store)
            self.jobs.write(self, lambda s: accounts.edit(s, chosen.account_id, before, me=me))

        def done(_: None) -> None:
            self.context.shell.toast(tr("{store} moved", store=chosen.account), undo=undo)

        self.jobs.write(self, lambda s: repairs.accept(s, chosen, me=me), done, self.context.shell.show_error)

    def on_refuse(self) -> None:
        """Keep the store where it is."""
        chosen, me, at = self._chosen, self.context.me.id, self.context.now()
        if chosen is not None:
            self.jobs.write(
                self,
                lambda s: repairs.refuse(s, chosen, me=me, at=at),
                lambda _: self.context.shell.toast(tr("{store} stays where it is", store=chosen.account)),
                self.context.shell.show_error,
            )


def sentence(repair: Repair) -> str:
    """Return what the check-ins say of a store's place."""
    found = repair.proposal
    facts = {"n": found.readings, "days": found.days, "spread": formats.distance(found.spread_m)}
    if found.away_m is None:
        return tr(
            "{n} exact check-ins on {days} days agree within {spread}; the store has no position yet.",
            **facts,
        )
    away = formats.distance(found.away_m)
    return tr(
        "{n} exact check-ins on {days} days agree within {spread}, {away} from the store's position.",
        **facts, away=away,
    )  # fmt: skip


def _columns() -> tuple[Column[Repair], ...]:
    return (
        Column(mark("Store"), lambda each: each.account, hint=lambda each: each.address),
        Column(mark("Off by"), _away, width=110),
        Column(mark("Check-ins"), lambda each: formats.count(each.proposal.readings), width=96),
        Column(mark("Days"), lambda each: formats.count(each.proposal.days), width=72),
    )


def _away(repair: Repair) -> str:
    away = repair.proposal.away_m
    return tr("no position") if away is None else formats.distance(away)
