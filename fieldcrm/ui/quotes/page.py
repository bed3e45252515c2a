"""The list of quotes, the latest round of each, with the chosen one beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.model.quotes import Quote
from fieldcrm.rules.quotes import APPROVERS, DECISIONS, Act, State
from fieldcrm.services import quote_grants, quote_list, quotes
from fieldcrm.services.quote_list import Compared, Detail, QuoteRow
from fieldcrm.sync import customer_pages
from fieldcrm.ui import formats, page_address, paint, saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.page import Page
from fieldcrm.ui.quotes import keys, paper, ways, words
from fieldcrm.ui.quotes.calling import CallDialog
from fieldcrm.ui.quotes.comparing import CompareDialog
from fieldcrm.ui.quotes.decision import DecisionDialog
from fieldcrm.ui.quotes.detail import DetailPane
from fieldcrm.ui.quotes.ways import Ways
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.states import EmptyState

ROW = 52
_STORE, _STATE = 1, 4
_ALL, _MINE = "all", "mine"
_FILTERS: tuple[tuple[str, str, frozenset[State]], ...] = (
    (_ALL, mark("All {n}"), frozenset(State)),
    ("open", mark("Not sent {n}"), frozenset({State.DRAFT, State.APPROVED, State.REFUSED})),
    ("waiting", mark("To approve {n}"), frozenset({State.WAITING})),
    ("sent", mark("With the customer {n}"), frozenset({State.SENT})),
    ("confirmed", mark("Confirmed {n}"), frozenset({State.CONFIRMED})),
)


@dataclass(frozen=True, slots=True)
class _Answer:
    rows: list[QuoteRow]
    detail: Detail | None
    ways: Ways = Ways()


class QuotesPage(Page):
    """Quotes of my stores: approved, sent, answered and ordered from here."""

    watches = frozenset({"quote", "quote_act", "account", "quote_grant", "quote_codes", "quarantine"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        today = context.today
        self._chosen: UUID | None = None
        self._all: list[QuoteRow] = []
        self._ways = Ways()
        columns: tuple[Column[QuoteRow], ...] = (
            Column(mark("Number"), lambda r: r.number, width=152),
            Column(mark("Store"), lambda r: r.account, hint=lambda r: r.account),
            Column(mark("Valid until"), lambda r: formats.table_day(r.valid_until, today()), width=100),
            Column(mark("Total/¥"), lambda r: formats.figure(r.total), align=paint.RIGHT, width=112),
            Column(mark("Status"), lambda r: words.badge(r)[0], width=160),
        )
        self.model: RowsModel[QuoteRow] = RowsModel(columns, key=lambda r: r.family_id)
        self.new_button = Button(tr("New quote"), icon="plus", on_click=self.pick_store)
        lead = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        grants = Button(tr("Grants"), on_click=lambda: context.shell.open("quote_grants"))
        phone = Button(tr("Approve by phone"), on_click=lambda: context.shell.open("quote_phone"))
        self._decides = context.me.role in APPROVERS
        actions = [grants, phone, self.new_button] if self._decides else [grants, self.new_button]
        self.header = Header(tr("Quotes"), "", actions, lead)
        first = _MINE if self._decides else _ALL
        self.chips = Chips([(key, tr(text, n=0)) for key, text in self._chips()], current=first)
        self.table = RowTable(
            self.model, context.settings.row_height(ROW), name=tr("Quotes"),
            cells={_STORE: self._draw_store, _STATE: self._draw_state},
        )  # fmt: skip
        said = tr("Offer goods with your prices, fees and a last day; the customer confirms on a page.")
        self.empty = EmptyState(
            "clipboard-list-outline", tr("No quotes yet"), said, tr("New quote"), self.pick_store
        )
        self.detail = DetailPane(context)
        listed = surface("card", column(self.table, self.empty, gap=0, margins=(1, 1, 1, 8)))
        left = column(self.chips, listed, gap=12, margins=(24, 16, 24, 16))
        left.setStretch(1, 1)
        body = row(gap=0)
        body.addLayout(left, 1)
        body.addWidget(self.detail)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self._connect()

    def _chips(self) -> list[tuple[str, str]]:
        mine = [(_MINE, mark("For you {n}"))] if self._decides else []
        return [*mine, *((key, text) for key, text, _ in _FILTERS)]

    def _connect(self) -> None:
        self.chips.changed.connect(self._on_chip)
        self.table.picked.connect(self._on_picked)
        self.detail.round_chosen.connect(self.choose)
        self.detail.act.connect(self.decide)
        self.detail.next_round.connect(self._on_next)
        self.detail.compare.connect(self._on_compare)
        self.detail.paper.connect(self._on_paper)
        self.detail.link.connect(self._on_link)
        self.detail.order.connect(self._on_order)
        self.detail.grant.connect(self.use_grant)
        self.detail.call.connect(self.call)
        self.bind("N", self.pick_store, tr("New quote"))

    def panes(self) -> list[QWidget]:
        return [self.header, self.table, self.detail]

    def show_place(self, **where: object) -> None:
        chosen = where.get("quote_id")
        self._chosen = chosen if isinstance(chosen, UUID) else self._chosen
        if isinstance(chosen, UUID):
            self.chips.choose(_ALL)
        self.refresh_soon()

    def refresh(self) -> None:
        chosen, me, at = self._chosen, self.context.me.id, self.context.now()
        today, held, mine = self.context.today(), keys.here(self.context), self.chips.current == _MINE

        def read(session: Session) -> _Answer:
            rows = quote_list.rows(session, today, me=me)
            listed = [row for row in rows if row.decides or not mine]
            there = chosen is not None and session.get(Quote, chosen) is not None  # else it went elsewhere
            shown = chosen if there else (listed[0].id if listed else None)
            if shown is None:
                return _Answer(rows, None)
            detail = quote_list.detail(session, shown, me=me, today=today)
            return _Answer(rows, detail, ways.of(session, shown, held, me=me, at=at))

        self.jobs.read(self, read, self._show)

    def _show(self, answer: _Answer) -> None:
        self._all = answer.rows
        self._ways = answer.ways
        self.chips.show_chips([(key, tr(text, n=len(self._of(key)))) for key, text in self._chips()])
        self.header.show_facts(self._facts())
        self._chosen = answer.detail.row.id if answer.detail else None
        self.detail.show_round(answer.detail, answer.ways)
        self._show_rows()

    def _facts(self) -> str:
        said = ntr("{n} quote", "{n} quotes", len(self._all))
        waiting = len(self._of(_MINE))
        return f"{said} · {ntr('{n} waits for you', '{n} wait for you', waiting)}" if waiting else said

    def _of(self, chip: object) -> list[QuoteRow]:
        if chip == _MINE:
            return [each for each in self._all if each.decides]
        states = next(states for key, _, states in _FILTERS if key == chip)
        return [each for each in self._all if each.state in states]

    def _show_rows(self) -> None:
        self.model.show_rows(self._of(self.chips.current))
        self._show_empty()
        self.table.setVisible(bool(self.model.rows))
        self.empty.setVisible(not self.model.rows)
        shown = self.detail.shown
        if shown is not None:
            self.table.pick(self.model.number_of(shown.row.family_id))

    def _on_chip(self) -> None:
        self._show_rows()
        rows = self.model.rows
        if rows and self._chosen not in {row.id for row in rows}:
            self.choose(rows[0].id)

    def _on_picked(self, picked: QuoteRow | None) -> None:
        shown = self.detail.shown
        if picked is not None and (shown is None or shown.row.family_id != picked.family_id):
            self.choose(picked.id)

    def choose(self, quote_id: object) -> None:
        """Show one round beside the list."""
        if isinstance(quote_id, UUID) and quote_id != self._chosen:
            self._chosen = quote_id
            self.refresh()

    def pick_store(self) -> None:
        """Ask for the store and make a quote for it."""
        shell = self.context.shell
        picker = StorePicker(
            self.context, lambda key: shell.open("quote_edit", account_id=key),
            title=tr("Who is the quote for?"), verb=tr("Make a quote"),
        )  # fmt: skip
        picker.open(shell.window())

    def _show_empty(self) -> None:
        if self.chips.current == _MINE:
            said = tr("Quotes whose discount you decide stand here until you have.")
            self.empty.show_state("check-circle-outline", tr("No quote waits for you"), said)
            return
        said = tr("Offer goods with your prices, fees and a last day; the customer confirms on a page.")
        self.empty.show_state("clipboard-list-outline", tr("No quotes yet"), said, tr("New quote"))

    def decide(self, act: object) -> None:
        """Do one thing with the shown round; a decision asks for a word first."""
        if act in DECISIONS:
            about = self._chosen  # while it is open, sync may take the quote off the list
            DecisionDialog(self.context, Act(str(act)), partial(self.do, act, about=about)).open()
        else:
            self.do(act)

    def do(self, act: object, note: str = "", about: UUID | None = None) -> None:
        """Do one thing with a round, the shown one unless told."""
        chosen, me, at = about or self._chosen, self.context.me.id, self.context.now()
        if chosen is None:
            return
        wanted = Act(str(act))

        def write(session: Session) -> UUID:
            return quotes.do(session, chosen, wanted, me=me, at=at, note=note)

        self.jobs.write(self, write, lambda _done: self.refresh(), self.context.shell.show_error)

    def use_grant(self, grant_id: object) -> None:
        """Approve the shown round with a grant."""
        chosen, me, at = self._chosen, self.context.me.id, self.context.now()
        key = keys.here(self.context).server
        if chosen is None or not isinstance(grant_id, UUID):
            return

        def write(session: Session) -> UUID:
            return quote_grants.use(session, chosen, grant_id, me=me, at=at, server_key=key)

        self.jobs.write(self, write, self._on_granted, self.context.shell.show_error)

    def _on_granted(self, _act: UUID) -> None:
        self.context.shell.toast(tr("Approved with the grant. The office checks it with the next sync."))
        self.refresh()

    def call(self) -> None:
        """Ask an approver by phone about the shown round."""
        shown = self.detail.shown
        if shown is not None and self._ways.approvers:
            held = keys.here(self.context)
            CallDialog(self.context, shown, self._ways.approvers, held, self.refresh).open()

    def _on_next(self) -> None:
        self.context.shell.open("quote_edit", quote_id=self._chosen)

    def _on_compare(self) -> None:
        shown = self.detail.shown
        if shown is None or len(shown.rounds) < 2:
            return
        ids, me = [key for key, *_ in shown.rounds], self.context.me.id
        place = max(ids.index(shown.row.id), 1)

        def show(found: Compared) -> None:
            CompareDialog(self.context, found).open()

        self.jobs.read(self, lambda s: quote_list.compare(s, ids[place - 1], ids[place], me=me), show)

    def _on_paper(self) -> None:
        shown = self.detail.shown
        if shown is None:
            return
        company = self.context.me.company
        saving.ask(
            self.context, tr("Save the quote"), paper.title(shown), lambda _s: paper.pdf(shown, company)
        )

    def _on_link(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            made = partial(customer_pages.of_quote, quote_id=chosen)
            page_address.copy(self, made, self.context.shell.sync_now)

    def _on_order(self) -> None:
        chosen, me, at = self._chosen, self.context.me.id, self.context.now()
        if chosen is not None:
            made = partial(quotes.make_order, quote_id=chosen, me=me, at=at)
            self.jobs.write(self, lambda s: made(s), self._on_ordered, self.context.shell.show_error)

    def _on_ordered(self, made: tuple[UUID, object]) -> None:
        order_id, more = made
        if more:
            self.context.shell.toast(tr("Prices have moved since the quote: check the order."))
        self.context.shell.open("order", order_id=order_id)

    def _draw_store(self, cell: Cell) -> None:
        cell.text(cell.said, 14, SEMIBOLD)

    def _draw_state(self, cell: Cell) -> None:
        text, status = words.badge(cell.row)
        paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), text, status)
