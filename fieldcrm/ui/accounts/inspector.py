"""The chosen account beside the list: who to call, what is owed, how it sells, what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.services import account_pages
from fieldcrm.services.account_pages import AccountPage
from fieldcrm.services.calls import CallRow
from fieldcrm.storage import account_list
from fieldcrm.storage.account_list import AccountRow
from fieldcrm.ui import formats
from fieldcrm.ui.accounts import words
from fieldcrm.ui.calls import words as call_words
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.flow import FlowLayout
from fieldcrm.ui.widgets.frames import column, holder, row, rule, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.marks import Badge, Bars
from fieldcrm.ui.widgets.states import EmptyState

LATEST = 5
_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """An account as list and page know it; ``row`` is None while it is archived."""

    page: AccountPage
    row: AccountRow | None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happened; a phone call brings itself, so that it can be corrected."""

    sign: str
    title: str
    fact: str
    on: date
    call: CallRow | None = None


def read(session: Session, account_id: UUID, me: UUID, today: date) -> Shown:
    """Read an account for the inspector and the account page."""
    page = account_pages.account_page(session, account_id, me=me, today=today)
    key = account_list.key_of(session, account_id)
    rows = account_list.rows(session, [key], today) if key is not None else ()
    return Shown(page, rows[0] if rows else None)


class AccountInspector(QFrame):
    """A pane at the right; the actions stay in sight while the rest scrolls."""

    schedule = Signal()
    call = Signal()
    opened = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self.setProperty("surface", "right")
        self.setFixedWidth(300)
        self._today = today
        self._empty = EmptyState("storefront-outline", tr("Choose a store"), tr("Its figures appear here."))
        self._whole = holder(self._build())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._empty)
        layout.addWidget(self._whole)
        self.show_account(None, today)

    def _build(self) -> QVBoxLayout:
        self._name = Paragraph("", 20, SEMIBOLD, lines=2)
        self._standing, self._kind = Badge(), Badge()
        badges = QWidget()
        flow = FlowLayout(badges, 8)
        flow.addWidget(self._standing)
        flow.addWidget(self._kind)
        self._person = secondary("")
        plan = Button(tr("Schedule visit"), icon="calendar-plus", on_click=self.schedule.emit)
        self._phone = IconButton("phone-outline", tr("Call"), self.call.emit)
        details = IconButton("open-in-new", tr("Open the account"), self.opened.emit)
        actions = row(plan, self._phone, details)
        actions.setStretch(0, 1)
        head = column(self._name, badges, self._person, actions, gap=12, margins=(20, 20, 20, 16))
        self._owed, self._owed_fact = Label("", 24, SEMIBOLD), caption("", "text2")
        self._bars, self._from, self._to = Bars(height=72), caption(""), caption("")
        self._trend_sign, self._trend = Sign("trending-down", 16, "warn"), secondary("")
        ends = row(self._from, None, self._to)
        trend = row(self._trend_sign, self._trend, None, gap=4)
        self._events = QVBoxLayout()
        self._events.setSpacing(12)
        body = column(
            caption(tr("Receivable")), self._owed, self._owed_fact, 4, rule(), 4,
            section_title(tr("Sales, 12 weeks")), self._bars, ends, trend, 4, rule(), 4,
            section_title(tr("Latest")), self._events, None,
            gap=8, margins=(20, 16, 20, 16),
        )  # fmt: skip
        return column(head, rule(), scrolling(body), gap=0)

    def show_account(self, shown: Shown | None, today: date) -> None:
        """Show an account, or ask to choose one."""
        self._today = today
        self._empty.setVisible(shown is None)
        self._whole.setVisible(shown is not None)
        if shown is None:
            return
        page = shown.page
        self._name.show_text(page.name)
        badge = words.standing(shown.row, today) if shown.row else None
        self._standing.show_badge(badge[1] if badge else "", status=badge[0] if badge else None)
        self._kind.show_badge(words.kind(page.channel, page.grade))
        self._show_person(page)
        self._show_money(page)
        self._show_weeks(shown.row)
        self._show_events(events(page, today)[:LATEST])

    def _show_person(self, page: AccountPage) -> None:
        person = page.contacts[0] if page.contacts else None
        phone = (person.phone if person and person.phone else page.phone) if person or page.phone else ""
        who = " ".join(part for part in (person.title, person.name) if part) if person else ""
        self._person.show_text(
            "　".join(part for part in (who, words.masked(phone)) if part) or tr("No contact yet")
        )
        self._phone.setVisible(bool(phone))

    def _show_money(self, page: AccountPage) -> None:
        late = page.overdue_since is not None and page.overdue_since <= self._today and page.receivable > 0
        self._owed.show_text(formats.money(page.receivable), "bad" if late else "text")
        fact = tr("Nothing is owed")
        if page.overdue_since is not None and page.receivable > 0:
            fact = tr("Oldest due {day}", day=formats.plain_day(page.overdue_since, self._today))
        elif page.receivable > 0:
            fact = tr("Not yet due")
        self._owed_fact.show_text(fact)

    def _show_weeks(self, shown: AccountRow | None) -> None:
        weekly = shown.weekly if shown else (Decimal(),) * _WEEKS
        first = account_list.weeks_begin(self._today)
        self._bars.show_values([float(week) for week in weekly], tr("Sales, 12 weeks"))
        self._from.show_text(formats.table_day(first, self._today))
        self._to.show_text(formats.table_day(self._today - timedelta(days=6), self._today))
        said, sign, tone = trend(weekly)
        self._trend.show_text(said, tone)
        self._trend_sign.show_sign(sign, tone)

    def _show_events(self, latest: list[Event]) -> None:
        while item := self._events.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if not latest:
            self._events.addWidget(secondary(tr("Nothing has happened here yet.")))
        for event in latest:
            text = column(Label(event.title, 14, SEMIBOLD), caption(event.fact), gap=0)
            line = row(Sign(event.sign, 20, "text2"), text, gap=12)
            line.setStretch(1, 1)
            self._events.addWidget(holder(line))


def trend(weekly: tuple[Decimal, ...]) -> tuple[str, str, str]:
    """Return how the last four weeks compare with the four before: words, icon and tone."""
    late, early = sum(weekly[-4:], Decimal()), sum(weekly[-8:-4], Decimal())
    if not early:
        return (tr("No sales to compare with"), "minus", "text2")
    share = int(abs(late - early) * 100 / early)
    if share < 3:
        return (tr("As in the 4 weeks before"), "trending-neutral", "text2")
    if late < early:
        return (tr("{share}% less than 4 weeks ago", share=share), "trending-down", "warn")
    return (tr("{share}% more than 4 weeks ago", share=share), "trending-up", "ok")


def events(page: AccountPage, today: date) -> list[Event]:
    """Return visits, orders, calls and finished to-dos, the latest first."""
    found: list[Event] = []
    for visit in page.visits:
        on = business_day(visit.started_at)
        photos = ntr("{n} photo", "{n} photos", visit.photos) if visit.photos else ""
        title = (
            tr("Visit, {minutes}", minutes=formats.duration(visit.minutes * 60))
            if visit.minutes
            else tr("Visit")
        )
        found.append(Event("store-check-outline", title, _fact(on, today, visit.rep, photos), on))
    for order in page.orders:
        title = tr("Order {amount}", amount=formats.money(order.total))
        said = tr(words.ORDER_STATUS[order.status][1]) if order.status in words.ORDER_STATUS else order.status
        found.append(
            Event("clipboard-list-outline", title, _fact(order.ordered_on, today, said), order.ordered_on)
        )
    for todo in page.todos:
        if todo.done_at is not None:
            on = business_day(todo.done_at)
            found.append(Event("check-circle-outline", todo.title, _fact(on, today, tr("Done")), on))
    for call in page.calls:
        on = business_day(call.started_at)
        fact = _fact(on, today, call.rep, call.person, call.note)
        found.append(Event("phone-outline", call_words.title(call), fact, on, call))
    return sorted(found, key=lambda event: event.on, reverse=True)


def _fact(on: date, today: date, *parts: str) -> str:
    return tr(", ").join([formats.plain_day(on, today), *(part for part in parts if part)])
