"""Phone work: a list of stores in order of due date, called one after the other (V8).

The list stands at the left, the store and the record of its call in the middle, what is
known of it at the right. Keeping a call goes on to the next store that was not called today;
its toast takes it back. Nothing is stored before that.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.services import call_lists, calls
from fieldcrm.services.call_lists import Saved
from fieldcrm.services.calls import Kept, Report
from fieldcrm.storage.account_list import Chip, Query
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts import inspector
from fieldcrm.ui.accounts.inspector import Shown
from fieldcrm.ui.accounts.words import CHIPS
from fieldcrm.ui.calls import reading, words
from fieldcrm.ui.calls.beside import Beside
from fieldcrm.ui.calls.correction import CorrectionDialog
from fieldcrm.ui.calls.form import CallForm
from fieldcrm.ui.calls.naming import ask_name
from fieldcrm.ui.calls.reading import Entry, View
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import ChoiceField
from fieldcrm.ui.widgets.frames import Footer, Header, ListPane, card, column, row, scrolling
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.states import EmptyState

_READY = (Chip.DUE, Chip.OVERDUE, Chip.QUIET, Chip.GRADE_A)
_PASSED, _ONE = "passed", "one"


class CallsPage(Page):
    """A call list and the call that is being made."""

    watches = frozenset(
        {"phone_call", "call_list", "account", "contact", "todo", "visit_plan", "visit", "order"}
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._chosen: object = Chip.DUE
        self._is_keeping = False  # its key can be pressed again
        self._query = Query(Chip.DUE)
        self._one: UUID | None = None
        self._lists: list[Saved] = []
        self._shown: UUID | None = None
        self._build()
        self._bind_keys()

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = Header(tr("Phone calls"))
        self.choice = ChoiceField([], name=tr("Call list"))
        self.choice.chosen.connect(self._on_choice)
        self._more = IconButton("dots-horizontal", tr("This list"))
        self._more.clicked.connect(self._offer_more)
        said: Column[Entry] = Column(
            "", lambda e: f"{e.account.name}, {words.under(e, self.context.today())}"
        )
        self.model: RowsModel[Entry] = RowsModel((said,))
        self.list = RowList(self.model, self._draw, 56, name=tr("Stores to call"), inset=16)
        self.list.picked.connect(self._on_picked)
        chooser = row(self.choice, self._more, gap=8, margins=(16, 12, 16, 12))
        chooser.setStretch(0, 1)
        pane = ListPane(chooser, self.list)
        self.form, self.beside = CallForm(self.context.now), Beside(self.context.me.id)
        self.beside.opened.connect(self._open)
        self.beside.correct.connect(lambda call: CorrectionDialog(self.context, call).open())
        self._name, self._facts = Label("", 24, SEMIBOLD), secondary("")
        self.work = self._work()
        self._empty = EmptyState("phone-outline", "", "", tr("Choose from the accounts"), self._on_empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.work)
        self._stack.addWidget(self._empty)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(pane)
        body.addWidget(self._stack, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _work(self) -> QWidget:
        form = card(self.form)
        middle = row(form, self.beside, gap=16)
        middle.setStretch(0, 1)
        inside = column(self._name, self._facts, 8, middle, None, gap=4, margins=(24, 16, 24, 16))
        self.keep_button = Button(tr("Keep and next"), "primary", "check", height=44, on_click=self.keep)
        footer = Footer(
            Button(tr("Previous store"), "ghost", "arrow-up", on_click=lambda: self._go(-1)),
            Button(tr("Next store"), "ghost", "arrow-down", on_click=lambda: self._go(1)),
            None, secondary(tr("1–5 outcome · C call · Ctrl+Enter keep")), self.keep_button, margin=24,
        )  # fmt: skip
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scrolling(inside), 1)
        layout.addWidget(footer)
        return whole

    def _bind_keys(self) -> None:
        self.bind("J", lambda: self._go(1), tr("Next store"))
        self.bind("K", lambda: self._go(-1), tr("Previous store"))
        self.bind("C", self.form.dial, tr("Call the first number"))
        self.bind("N", self.form.note.setFocus, tr("Write a note"))
        for number in range(len(words.OUTCOMES)):
            self.bind(str(number + 1), partial(self.form.pick_outcome, number))
        self.keys.append(("1–5", tr("What came of the call")))
        self.bind("Ctrl+Return", self.keep, tr("Keep the call and go on"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.list.setFocus()

    def panes(self) -> list[QWidget]:
        """Return the list, the record and what is known."""
        return [self.list, self.form, self.beside]

    def show_place(self, **where: object) -> None:
        """Show the stores of a filter (``query``), or one store (``account_id``)."""
        query, account_id = where.get("query"), where.get("account_id")
        if isinstance(account_id, UUID):
            self._one, self._chosen = account_id, _ONE
        elif isinstance(query, Query):
            self._one, self._query, self._chosen = None, query, _PASSED
        self.refresh_soon()

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""
        query, one, me, today = self._query, self._one, self.context.me.id, self.context.today()
        self.jobs.read(self, lambda s: reading.view(s, query, one, me, today), self._show)

    def _show(self, view: View) -> None:
        self._lists = view.lists
        self.choice.show_choices(self._choices(), self._chosen)
        self.model.show_rows(view.entries)
        called = sum(each.called is not None for each in view.entries)
        stores = ntr("{n} store", "{n} stores", len(view.entries))
        self.header.show_facts(f"{stores} · {tr('{n} called today', n=formats.count(called))}")
        self._stack.setCurrentIndex(0 if view.entries else 1)
        if not view.entries:
            self._explain_nothing()
        elif self.list.row() is None:
            self._pick_open()
        else:
            self._read_account(self.list.row())

    def _choices(self) -> list[tuple[object, str]]:
        found: list[tuple[object, str]] = [(chip, tr(CHIPS[chip])) for chip in _READY]
        found += [(each.id, each.name) for each in self._lists]
        if self._chosen in (_PASSED, _ONE):
            text = tr("From the accounts") if self._chosen == _PASSED else tr("One store")
            found.insert(0, (self._chosen, text))
        return found

    def _explain_nothing(self) -> None:
        if self.context.connection.last_sync is None:
            self._empty.show_state(
                "cloud-download-outline", tr("Not downloaded yet"),
                tr("Your stores come with the first sync."), tr("Sync now"),
            )  # fmt: skip
        else:
            self._empty.show_state(
                "phone-outline", tr("Nobody to call in this list"),
                tr("Filter the accounts, then make a call list of them."), tr("Choose from the accounts"),
            )  # fmt: skip

    def _on_empty(self) -> None:
        if self.context.connection.last_sync is None:
            self.context.shell.sync_now()
        else:
            self.context.shell.open("accounts")

    def _on_choice(self, chosen: object) -> None:
        saved = next((each for each in self._lists if each.id == chosen), None)
        if isinstance(chosen, Chip):
            self._query = Query(chosen)
        elif saved is not None:
            self._query = reading.query_of(saved.filters)
        self._chosen, self._one = chosen, None
        self.refresh_soon()

    def _pick_open(self) -> None:
        """Go to the first store that was not called today."""
        places = [n for n, each in enumerate(self.model.rows) if each.called is None]
        self.list.pick(places[0] if places else 0)

    def _on_picked(self, entry: Entry | None) -> None:
        if entry is not None:
            self._read_account(entry)

    def _read_account(self, entry: Entry) -> None:
        me, today, key = self.context.me.id, self.context.today(), entry.id
        self._shown = key
        self.jobs.read(self, lambda s: inspector.read(s, key, me, today), self._show_account)

    def _show_account(self, shown: Shown) -> None:
        page, today = shown.page, self.context.today()
        if page.id != self._shown:
            return
        self._name.show_text(page.name)
        self._facts.show_text(" · ".join(part for part in (page.code, page.full_address) if part))
        self.form.show_account(page, today)
        self.beside.show_account(shown, today)

    # -- acting ---------------------------------------------------------------------------

    def _go(self, step: int) -> None:
        number = self.list.currentIndex().row() + step
        if 0 <= number < len(self.model.rows):
            self.list.pick(number)

    def keep(self) -> None:
        """Keep the call, and go on to the next store."""
        entry: Entry | None = self.list.row()
        report = self.form.report() if entry is not None and not self._is_keeping else None
        if entry is None or report is None:
            return
        self._is_keeping = True
        me, at, today = self.context.me.id, self.form.started_at, self.context.today()
        self.jobs.write(
            self, lambda s: calls.keep(s, entry.id, report, me=me, at=at, today=today),
            partial(self._on_kept, entry, report), self._on_refused,
        )  # fmt: skip

    def _on_refused(self, error: FieldCrmError) -> None:
        self._is_keeping = False
        self.context.shell.show_error(error)

    def _on_kept(self, entry: Entry, report: Report, kept: Kept) -> None:
        self._is_keeping = False
        self.form.clear(self.context.today())
        said = tr("{store}: {outcome}", store=entry.account.name, outcome=words.outcome(str(report.outcome)))
        at = self.context.now()
        self.context.shell.toast(said, lambda: self.jobs.write(self, lambda s: calls.take_back(s, kept, at)))
        self._go(1)

    def _open(self) -> None:
        if self._shown is not None:
            self.context.shell.open("account", account_id=self._shown)

    def _offer_more(self) -> None:
        menu = QMenu(self)
        saved = next((each for each in self._lists if each.id == self._chosen), None)
        if saved is not None:
            menu.addAction(tr("Remove this list"), lambda: self.remove(saved))
        elif self._one is None:
            menu.addAction(tr("Save under a name…"), self._ask_name)
        menu.addAction(tr("Choose from the accounts"), lambda: self.context.shell.open("accounts"))
        menu.exec(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _ask_name(self) -> None:
        ask_name(self.context.shell.window(), self.save)

    def save(self, name: str) -> None:
        """Keep the filter that is shown under a name."""
        filters, me = reading.filters_of(self._query), self.context.me.id

        def kept(list_id: UUID) -> None:
            self._chosen = list_id
            self.refresh_soon()
            self.context.shell.toast(tr("Saved as {name}", name=name))

        self.jobs.write(self, lambda s: call_lists.save(s, name, filters, me=me), kept)

    def remove(self, saved: Saved) -> None:
        """Put a list away; the toast brings it back."""
        at = self.context.now()

        def removed(_done: None) -> None:
            self._on_choice(Chip.DUE)
            back = lambda: self.jobs.write(self, lambda s: call_lists.remove(s, saved.id, None))  # noqa: E731
            self.context.shell.toast(tr("{name} removed", name=saved.name), back)

        self.jobs.write(self, lambda s: call_lists.remove(s, saved.id, at), removed)

    def _draw(self, cell: Cell) -> None:
        entry: Entry = cell.row
        today = self.context.today()
        paint.status(cell.painter, words.status(entry, today), cell.rect.x(), cell.rect.center().y() - 10, 20)
        cell.rect = cell.rect.adjusted(32, 0, 0, 0)
        cell.two_lines(entry.account.name, words.under(entry, today))
