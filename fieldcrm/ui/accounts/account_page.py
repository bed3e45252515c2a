"""One account: its name and the one open problem largest, then its whole story.

Everything is read from this laptop at once; what waits to be sent is marked by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QMenu, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, NotFound
from fieldcrm.model.users import Role
from fieldcrm.services import accounts, contacts, plans, repairs
from fieldcrm.services.account_pages import AccountPage
from fieldcrm.services.contacts import ContactRow
from fieldcrm.services.repairs import Repair
from fieldcrm.storage import unsent_fields
from fieldcrm.ui import formats, paint, theme
from fieldcrm.ui.accounts import dialogs, inspector, statement, tabs, words
from fieldcrm.ui.accounts.code_sheet import CodeSheetDialog
from fieldcrm.ui.accounts.contact_dialog import ContactDialog
from fieldcrm.ui.accounts.inspector import Shown
from fieldcrm.ui.accounts.overview import Overview
from fieldcrm.ui.accounts.rebates_tab import RebatesTab
from fieldcrm.ui.accounts.strategy_tab import StrategyTab
from fieldcrm.ui.cadence.override import OverrideDialog
from fieldcrm.ui.calls.correction import CorrectionDialog
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, ntr, tr
from fieldcrm.ui.money import trusting
from fieldcrm.ui.page import Page
from fieldcrm.ui.paint import Status
from fieldcrm.ui.prices.price_list import PriceListDialog
from fieldcrm.ui.sync import record_changes, trail
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.fields import Fact
from fieldcrm.ui.widgets.frames import column, row, surface
from fieldcrm.ui.widgets.labels import Label, Sign, secondary
from fieldcrm.ui.widgets.marks import Badge
from fieldcrm.ui.widgets.states import EmptyState

TABS = ("overview", "orders", "visits", "photos", "todos", "rebates", "strategy")


@dataclass(frozen=True, slots=True)
class View:
    """What one read brings."""

    shown: Shown
    is_new: bool
    unsent: frozenset[str]
    people: frozenset[UUID]
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """The one thing that stands in the way, and the page that settles it."""

    status: Status
    text: str
    action: str = ""
    place: str = ""


_TRUSTING = frozenset({Role.MANAGER, Role.ADMIN, Role.FINANCE})


class AccountDetailPage(Page):
    """Everything of one account."""

    watches = frozenset({
        "account", "contact", "visit", "check_out", "order", "visit_plan", "todo", "photo", "conflict",
        "visit_review", "outbox", "phone_call", "cadence_rule", "office_day",
        "position_refusal",
        "account_strategy", "rebate_entry", "rule_set",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._account: UUID | None = None
        self._view: View | None = None
        self.outer.addWidget(self._head())
        self.problem = _ProblemBar()
        self.problem.acted.clicked.connect(self._on_problem)
        self._figures = [Fact("", px=20, weight=SEMIBOLD) for _ in range(4)]
        self._notes = [secondary("", "text3") for _ in range(4)]
        pieces = [column(f, n, gap=2) for f, n in zip(self._figures, self._notes, strict=True)]
        figures = row(*pieces, gap=24, margins=(20, 16, 20, 16))
        for place in range(4):
            figures.setStretch(place, 1)
        self.tabs = Segments([(key, key) for key in TABS], current="overview", even=False)
        self.tabs.chosen.connect(self.show_tab)
        self.overview = Overview(context)
        self.overview.edit.connect(self._edit)
        self.overview.rhythm_wanted.connect(self._set_rhythm)
        self.overview.edit_contact.connect(self._edit_contact)
        self.overview.call.connect(self._call_person)
        self.overview.correct.connect(lambda call: CorrectionDialog(context, call).open())
        self.overview.repair_asked.connect(lambda: context.shell.open("positions", account_id=self._account))
        self.orders, self.visits = tabs.orders_tab(context.today), tabs.visits_tab(context.now)
        self.orders.table.opened.connect(lambda o: context.shell.open("order", order_id=o.id))
        self.visits.table.opened.connect(lambda v: context.shell.open("visit", visit_id=v.id))
        self.photos, self.todos = tabs.PhotosTab(context), tabs.TodosTab(context)
        self.rebates, self.strategy = RebatesTab(context), StrategyTab(context)
        self._stack = QStackedWidget()
        for tab in (self.overview, self.orders, self.visits, self.photos, self.todos, self.rebates,
                    self.strategy):  # fmt: skip
            self._stack.addWidget(tab)
        content = column(
            self.problem, surface("card", figures), row(self.tabs, None), self._stack,
            gap=16, margins=(24, 16, 24, 16),
        )  # fmt: skip
        content.setStretch(3, 1)
        self._content = QWidget()
        self._content.setLayout(content)
        self._gone = EmptyState(
            "store-off-outline", tr("This store is not on this laptop"),
            tr("It may have moved to another territory."), tr("Back to the accounts"), context.shell.back,
        )  # fmt: skip
        self._gone.hide()
        self.outer.addWidget(self._content, 1)
        self.outer.addWidget(self._gone, 1)
        self._bind_keys()

    def _head(self) -> QFrame:
        self._name = Label("", 24, SEMIBOLD)
        self._standing, self._kind, self._unsent = Badge(), Badge(), Badge()
        self._facts = secondary("")
        self.start = Button(tr("Start visit"), "primary", "play", on_click=self._start)
        self._order = Button(tr("Order"), icon="clipboard-list-outline", on_click=self._take_order)
        self._plan = Button(tr("Schedule"), icon="calendar-plus", on_click=self._schedule)
        self._more = IconButton("dots-horizontal", tr("More"))
        self._more.clicked.connect(self._offer_more)
        title = row(self._name, self._standing, self._kind, self._unsent, None, gap=8)
        line = row(
            IconButton("arrow-left", tr("Back"), self.context.shell.back, quiet=True),
            column(None, title, self._facts, None, gap=4), self._more, self._plan, self._order, self.start,
            gap=12, margins=(16, 0, 24, 0),
        )  # fmt: skip
        line.setStretch(1, 1)
        head = surface("header", line)
        head.setFixedHeight(88)
        return head

    def _bind_keys(self) -> None:
        self.bind("E", lambda: self._edit("name"), tr("Edit the account"))
        self.bind("V", self._start, tr("Start a visit"))
        self.bind("O", self._take_order, tr("Take an order"))
        self.bind("P", self._call, tr("Call the store"))
        self.bind("N", self._schedule, tr("Schedule a visit"))
        self.bind("Ctrl+Return", self._start)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.start.setFocus()

    def panes(self) -> list[QWidget]:
        """Return the actions, the tabs and what they show."""
        return [self.start, self.tabs, self._stack]

    def show_place(self, **where: object) -> None:
        """Show one account: ``account_id``; ``tab`` names where to begin."""
        account_id, tab = where.get("account_id"), where.get("tab")
        if isinstance(account_id, UUID) and account_id != self._account:
            self._account, self._view = account_id, None
            self.show_tab("overview")
            self.refresh_soon()
        if isinstance(tab, str):
            self.show_tab(tab)

    def show_tab(self, key: object) -> None:
        """Show another tab."""
        self.tabs.choose(key)
        self._stack.setCurrentIndex(TABS.index(str(key)))

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the account again."""
        if self._account is None:
            return
        account_id, me, today = self._account, self.context.me.id, self.context.today()
        self.jobs.read(self, lambda s: _view(s, account_id, me, today), self._show, self._on_gone)

    def _on_gone(self, error: FieldCrmError) -> None:
        self._content.hide()
        self._gone.setVisible(isinstance(error, NotFound))

    def _show(self, view: View) -> None:
        page, today = view.shown.page, self.context.today()
        if page.id != self._account:
            return
        self._view = view
        self._content.show()
        self._gone.hide()
        self._name.show_text(page.name)
        badge = words.standing(view.shown.row, today) if view.shown.row else None
        self._standing.show_badge(badge[1] if badge else "", status=badge[0] if badge else None)
        self._kind.show_badge(words.kind(page.channel, page.grade))
        unsent = view.is_new or view.unsent or view.people
        self._unsent.show_badge(tr("Saved here") if unsent else "", status=Status.SAVED if unsent else None)
        parts = (page.code, page.full_address, formats.phone(page.phone))
        self._facts.show_text(" · ".join(part for part in parts if part))
        self.problem.show_problem(problem(view.shown, today))
        self._show_figures(view.shown)
        self.tabs.show_choices(tabs.count_words(page), self.tabs.current)
        self.overview.show_account(page, view.unsent, frozenset(view.people))
        self.overview.show_repair(view.repair if page.can_edit else None)
        self.rebates.load(page.id)
        self.strategy.load(page.id, can_edit=page.can_edit)
        self.orders.show_rows(page.orders)
        self.visits.show_rows(page.visits)
        self.photos.show_account(page)
        self.todos.show_account(page)

    def _show_figures(self, shown: Shown) -> None:
        today = self.context.today()
        for (name, value, note, tone), fact, line in zip(
            figures(shown, today), self._figures, self._notes, strict=True
        ):
            fact.caption.show_text(name)
            fact.value.show_text(value, tone)
            line.show_text(note)

    # -- acting ---------------------------------------------------------------------------

    def _on_problem(self) -> None:
        if self.problem.problem is not None:
            self.context.shell.open(self.problem.problem.place)

    def _start(self) -> None:
        if self._account is not None:
            self.context.shell.open("visit", account_id=self._account)

    def _take_order(self) -> None:
        if self._account is not None:
            self.context.shell.open("order", account_id=self._account)

    def _edit(self, field: str) -> None:
        if self._view is not None and self._view.shown.page.can_edit:
            self.context.shell.open("account_edit", account_id=self._account, field=field)

    def _offer_more(self) -> None:
        if self._view is None:
            return
        page = self._view.shown.page
        menu = QMenu(self)
        if page.can_edit:
            menu.addAction(tr("Edit"), lambda: self._edit("name"))
            if page.archived_at is None:
                menu.addAction(tr("Archive"), self.archive)
            else:
                menu.addAction(tr("Bring back"), self._restore)
        if self.context.me.role is Role.MANAGER and page.archived_at is None:
            menu.addAction(tr("Store code sheet"), self._new_code)
        menu.addAction(
            tr("Price list as PDF…"), lambda: PriceListDialog(self.context, page.id, page.name).open()
        )
        if page.balances:
            menu.addAction(tr("Statement as PDF…"), lambda: statement.ask(self.context, page.id, page.name))
        if self.context.me.role in _TRUSTING and page.archived_at is None:
            menu.addAction(tr("Credit limit…"), lambda: trusting.ask(self, page.id))
        menu.addAction(tr("Call the store"), self._call)
        menu.addAction(tr("Write down a call"), self._record)
        menu.addAction(
            tr("Changed by several people"),
            lambda: record_changes.show(self.context, page.id, page.name),
        )
        menu.addAction(
            tr("Sent, stored, seen"), lambda: trail.show(self.context, "account", page.id, page.name)
        )
        menu.exec(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _new_code(self) -> None:
        if self._view is not None:
            page = self._view.shown.page
            CodeSheetDialog(self.context, page.id, page.name).open()

    def archive(self) -> None:
        """Put the account away; the toast brings it back."""
        if self._view is None:
            return
        page, me, at = self._view.shown.page, self.context.me.id, self.context.now()

        def archived(_done: None) -> None:
            self.context.shell.toast(tr("{store} archived", store=page.name), undo=self._restore)

        self.jobs.write(self, lambda s: accounts.archive(s, page.id, me=me, at=at), archived)

    def _restore(self) -> None:
        account_id, me = self._account, self.context.me.id
        if account_id is not None:
            self.jobs.write(self, lambda s: accounts.restore(s, account_id, me=me))

    def _schedule(self) -> None:
        if self._view is None:
            return
        page, today = self._view.shown.page, self.context.today()
        dialogs.ask_day(self.context.shell.window(), page.name, today, partial(self._plan_on, page))

    def _plan_on(self, page: AccountPage, on: date) -> None:
        me, today = self.context.me.id, self.context.today()

        def planned(plan_id: UUID) -> None:
            said = tr("{store}: visit on {day}", store=page.name, day=formats.day(on, today))
            self.context.shell.toast(said, undo=lambda: self._unplan(plan_id))

        self.jobs.write(self, lambda s: plans.add(s, page.id, on, rep_id=me, today=today), planned)

    def _unplan(self, plan_id: UUID) -> None:
        at = self.context.now()
        self.jobs.write(self, lambda s: plans.remove(s, plan_id, at))

    def _call(self) -> None:
        if self._view is None:
            return
        page = self._view.shown.page
        person = next((each for each in page.contacts if each.phone), None)
        if person is not None:
            self._call_person(person)
        elif page.phone:
            dialogs.show_phone(self.context.shell.window(), "", page.name, page.phone, self._record)

    def _call_person(self, person: ContactRow) -> None:
        if self._view is not None:
            place = self._view.shown.page.name
            dialogs.show_phone(self.context.shell.window(), person.name, place, person.phone, self._record)

    def _record(self) -> None:
        if self._account is not None:
            self.context.shell.open("calls", account_id=self._account)

    def _edit_contact(self, person: ContactRow | None) -> None:
        if self._account is not None:
            ContactDialog(self.context, self._account, person, self._removed).open()

    def _set_rhythm(self) -> None:
        if self._view is not None:
            OverrideDialog(self.context, self._view.shown.page).open()

    def _removed(self, person: ContactRow) -> None:
        self.context.shell.toast(
            tr("{person} removed", person=person.name),
            undo=lambda: self.jobs.write(self, lambda s: contacts.bring_back(s, person.id)),
        )


class _ProblemBar(QFrame):
    """The one open problem, large; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.problem: Problem | None = None
        self._sign, self._text = Sign("alert-octagon", 28, "bad"), Label("", 20, SEMIBOLD)
        self.acted = Button("", height=36)
        layout = row(self._sign, self._text, self.acted, gap=12, margins=(20, 12, 12, 12))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setProperty("surface", "bad")
        self.hide()

    def show_problem(self, problem: Problem | None) -> None:
        """Show a problem, or nothing."""
        self.problem = problem
        self.setVisible(problem is not None)
        if problem is None:
            return
        name, tone = paint.SIGN[problem.status]
        self._sign.show_sign(name, tone)
        self._text.show_text(problem.text, tone)
        self.acted.setText(problem.action)
        self.acted.setVisible(bool(problem.action))
        theme.restyle(self, "surface", tone if tone in ("bad", "warn") else "local")


def problem(shown: Shown, today: date) -> Problem | None:
    """Return the gravest open problem of an account."""
    page = shown.page
    if page.archived_at is not None:
        return Problem(Status.SKIPPED, tr("This account is archived."))
    if not page.can_edit:
        return Problem(Status.WARNING, tr("Looked after in {area}. For reading only.", area=page.territory))
    if page.conflicts:
        fields = listed(tr(words.FIELDS.get(name, name)) for name in page.conflicts)
        text = tr("{fields}: changed here and in the office", fields=fields)
        return Problem(Status.CONFLICT, text, tr("Choose"), "sync")
    if page.overdue_since is not None and page.overdue_since <= today and page.receivable > 0:
        amount = formats.money(page.receivable)
        days = (today - page.overdue_since).days
        text = ntr("{amount} overdue for {n} day", "{amount} overdue for {n} days", days, amount=amount)
        return Problem(Status.OVERDUE, text)
    if page.possible_duplicate:
        return Problem(Status.WARNING, tr("The office has an account like this one. Ask before you order."))
    return None


def figures(shown: Shown, today: date) -> list[tuple[str, str, str, str]]:
    """Return the four figures: name, value, what it means, tone."""
    page, facts = shown.page, shown.row
    last = facts.last_visit_on if facts else None
    due = facts.due_on if facts else None
    late = page.overdue_since is not None and page.overdue_since <= today and page.receivable > 0
    planned = page.next_planned_on
    next_value = formats.day(planned, today) if planned else formats.day(due, today) if due else tr("Now")
    next_note = tr("planned") if planned else tr("by the grade's rhythm")
    due_late = planned is None and (due is None or due < today)
    owed_note = tr("Not yet due") if page.receivable > 0 else tr("Nothing is owed")
    if late and page.overdue_since is not None:
        owed_note = tr("overdue since {day}", day=formats.plain_day(page.overdue_since, today))
    return [
        (tr("Last visit"), formats.days_ago(last, today) if last else tr("Never"),
         formats.day(last, today) if last else "", "text"),
        (tr("Next visit"), next_value, next_note, "warn" if due_late else "text"),
        (tr("Sales, 30 days"), formats.money(facts.sales_30d if facts else None),
         inspector.trend(facts.weekly)[0] if facts else "", "text"),
        (tr("Receivable"), formats.money(page.receivable), owed_note, "bad" if late else "text"),
    ]  # fmt: skip


def _view(session: Session, account_id: UUID, me: UUID, today: date) -> View:
    shown = inspector.read(session, account_id, me, today)
    is_new, fields = unsent_fields.of_row(session, "account", account_id)
    people = unsent_fields.rows(session, "contact", [person.id for person in shown.page.contacts])
    doubt = repairs.proposals(session, account_id)
    return View(shown, is_new, fields, people, doubt[0] if doubt else None)
