"""The list of quotes, the latest round of each, with the chosen one beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import Offline
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import quote_list, quotes
from fieldcrm.services.quote_list import Compared, Detail, QuoteRow
from fieldcrm.sync import quote_links
from fieldcrm.ui import formats, paint, papers
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.page import Page
from fieldcrm.ui.quotes import paper, words
from fieldcrm.ui.quotes.comparing import CompareDialog
from fieldcrm.ui.quotes.detail import DetailPane
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import Header, column, row, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField

ROW = 52
_STORE, _STATE = 1, 4
_ALL = "all"
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


class QuotesPage(Page):
    """Quotes of my stores: approved, sent, answered and ordered from here."""

    watches = frozenset({"quote", "quote_act", "account"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        today = context.today
        self._chosen: UUID | None = None
        self._all: list[QuoteRow] = []
        columns: tuple[Column[QuoteRow], ...] = (
            Column(mark("Number"), lambda r: r.number, width=152),
            Column(mark("Store"), lambda r: r.account, hint=lambda r: r.account),
            Column(mark("Valid until"), lambda r: formats.table_day(r.valid_until, today()), width=100),
            Column(mark("Total/¥"), lambda r: formats.figure(r.total), align=paint.RIGHT, width=112),
            Column(mark("Status"), lambda r: words.badge(r)[0], width=160),
        )
        self.model: RowsModel[QuoteRow] = RowsModel(columns, key=lambda r: r.family_id)
        self.new_button = Button(tr("New quote"), "primary", "plus", on_click=self.pick_store)
        lead = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.header = Header(tr("Quotes"), "", [self.new_button], lead)
        self.chips = Chips([(key, tr(text, n=0)) for key, text, _ in _FILTERS], current=_ALL)
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

    def _connect(self) -> None:
        self.chips.changed.connect(self._show_rows)
        self.table.picked.connect(self._on_picked)
        self.detail.round_chosen.connect(self.choose)
        self.detail.act.connect(self.do)
        self.detail.next_round.connect(self._on_next)
        self.detail.compare.connect(self._on_compare)
        self.detail.paper.connect(self._on_paper)
        self.detail.link.connect(self._on_link)
        self.detail.order.connect(self._on_order)
        self.bind("N", self.pick_store, tr("New quote"))

    def panes(self) -> list[QWidget]:
        return [self.header, self.table, self.detail]

    def show_place(self, **where: object) -> None:
        chosen = where.get("quote_id")
        self._chosen = chosen if isinstance(chosen, UUID) else self._chosen
        self.refresh_soon()

    def refresh(self) -> None:
        chosen, me, today = self._chosen, self.context.me.id, self.context.today()

        def read(session: Session) -> _Answer:
            rows = quote_list.rows(session, today)
            shown = chosen or (rows[0].id if rows else None)
            if shown is None:
                return _Answer(rows, None)
            return _Answer(rows, quote_list.detail(session, shown, me=me, today=today))

        self.jobs.read(self, read, self._show)

    def _show(self, answer: _Answer) -> None:
        self._all = answer.rows
        counts = [
            (key, tr(text, n=sum(r.state in states for r in self._all))) for key, text, states in _FILTERS
        ]
        self.chips.show_chips(counts)
        self.header.show_facts(ntr("{n} quote", "{n} quotes", len(self._all)))
        self._chosen = answer.detail.row.id if answer.detail else None
        self.detail.show_round(answer.detail)
        self._show_rows()

    def _show_rows(self) -> None:
        states = next(states for key, _, states in _FILTERS if key == self.chips.current)
        self.model.show_rows([each for each in self._all if each.state in states])
        self.table.setVisible(bool(self.model.rows))
        self.empty.setVisible(not self.model.rows)
        shown = self.detail.shown
        if shown is not None:
            self.table.pick(self.model.number_of(shown.row.family_id))

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

    def do(self, act: object, note: str = "") -> None:
        """Do one thing with the shown round; a refusal asks why first."""
        chosen, me, at = self._chosen, self.context.me.id, self.context.now()
        if chosen is None:
            return
        if act is Act.REFUSED and not note:
            self._ask_why()
            return
        wanted = Act(str(act))

        def write(session: Session) -> UUID:
            return quotes.do(session, chosen, wanted, me=me, at=at, note=note)

        self.jobs.write(self, write, lambda _done: self.refresh(), self.context.shell.show_error)

    def _ask_why(self) -> None:
        dialog, field = Dialog(tr("Refuse the quote?")), LineField("", tr("What has to change"))
        dialog.add(Field(tr("Reason"), field))
        dialog.button(tr("Cancel"))
        dialog.button(tr("Refuse"), "primary", lambda: self.do(Act.REFUSED, field.text().strip() or "-"))
        dialog.ask(self.context.shell.window(), field)

    def _on_next(self) -> None:
        self.context.shell.open("quote_edit", quote_id=self._chosen)

    def _on_compare(self) -> None:
        shown = self.detail.shown
        if shown is None or len(shown.rounds) < 2:
            return
        ids = [key for key, *_ in shown.rounds]
        place = max(ids.index(shown.row.id), 1)

        def show(found: Compared) -> None:
            CompareDialog(self.context, found).open()

        self.jobs.read(self, lambda s: quote_list.compare(s, ids[place - 1], ids[place]), show)

    def _on_paper(self) -> None:
        shown = self.detail.shown
        if shown is None:
            return
        name = f"{paper.title(shown)}.pdf"
        path, _ = QFileDialog.getSaveFileName(self.window(), tr("Save the quote"), name, "PDF (*.pdf)")
        if path:
            self.save_paper(Path(path))

    def save_paper(self, path: Path) -> None:
        """Write the shown round as a PDF."""
        shown, company = self.detail.shown, self.context.me.company
        if shown is not None:
            self.jobs.task(
                self, lambda _stop, _told: papers.save(path, paper.pdf(shown, company)),
                lambda _done: self.context.shell.toast(tr("Saved as {name}", name=path.name)),
                self.context.shell.show_error,
            )  # fmt: skip

    def _on_link(self) -> None:
        laptop, chosen = self.context.laptop, self._chosen
        if laptop is None or chosen is None:
            self.context.shell.show_error(Offline("unreachable"))
            return
        self.jobs.task(
            self, lambda _stop, _told: quote_links.make(laptop.remote, chosen), self._on_linked,
            self.context.shell.show_error,
        )  # fmt: skip

    def _on_linked(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self.context.shell.toast(tr("The address is copied. It is told only this once: send it now."))
        self.context.shell.sync_now()

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
