"""The first tab of an account: what happened, whom to ask for, where it is, the terms.

A field that exists only on this laptop yet carries the violet disk; every card is edited
where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from fieldcrm.services.account_pages import AccountPage
from fieldcrm.services.contacts import ContactRow
from fieldcrm.services.repairs import Repair
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts import credit_words, statement, words
from fieldcrm.ui.accounts.inspector import Event, events
from fieldcrm.ui.cadence import words as cadence_words
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips, IconButton
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, secondary, section_title
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.marks import Avatar

SIDE = 372
_KINDS = {
    "visits": "store-check-outline",
    "orders": "clipboard-list-outline",
    "calls": "phone-outline",
    "todos": "check-circle-outline",
}


class Overview(QWidget):
    """Timeline at the left; contacts, place and terms at the right."""

    edit = Signal(str)  # the field to begin with
    edit_contact = Signal(object)  # ContactRow, or None for a new one
    call = Signal(object)  # ContactRow
    correct = Signal(object)  # CallRow
    repair_asked = Signal()
    rhythm_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._today, self._me = context.today(), context.me.id
        self._events: list[Event] = []
        self._chips = Chips([("all", tr("All"))], current="all")
        self._chips.changed.connect(self._filter)
        said: Column[Event] = Column("", lambda event: f"{event.title}, {event.fact}")
        self.timeline: RowsModel[Event] = RowsModel((said,), key=lambda event: event)
        self._list = RowList(self.timeline, _draw_event, 56, name=tr("What happened"), inset=20)
        self._list.opened.connect(self._on_opened)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._offer_correction)
        self._nothing = secondary(tr("Nothing has happened here yet."))
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 1)
        left.setSpacing(8)
        left.addLayout(row(section_title(tr("What happened")), None, margins=(20, 16, 20, 0)))
        left.addLayout(row(self._chips, margins=(20, 0, 20, 0)))
        left.addLayout(row(self._nothing, margins=(20, 0, 20, 0)))
        left.addWidget(self._list, 1)
        self._contacts = column()
        self._contacts.setSpacing(8)
        add = Button(tr("Add"), "link", height=24, on_click=lambda: self.edit_contact.emit(None))
        self._add = add
        people = card(row(section_title(tr("Contacts")), None, add), holder(self._contacts), gap=8)
        self._map = MapCanvas(tr("Where the store is"))
        self._map.setFixedHeight(160)
        self._map.use_sheet(choose.remembered(context.settings))
        self._place_fact, self._address = caption(""), Paragraph("", 14)
        self._place_mark = _Unsent()
        self._doubt = Button("", icon="map-marker-question", height=32, on_click=self.repair_asked.emit)
        self._doubt.hide()
        place = card(
            row(section_title(tr("Position")), self._place_mark, None, self._link("position")),
            self._address, self._map, self._place_fact, self._doubt, gap=8,
        )  # fmt: skip
        self._terms = column()
        self._terms.setSpacing(8)
        rhythm = Button(tr("Rhythm"), "link", height=24, on_click=self.rhythm_wanted.emit)
        head = row(section_title(tr("Details")), None, rhythm, self._link("name"), gap=12)
        terms = card(head, holder(self._terms), gap=12)
        right = scrolling(column(people, place, terms, None, gap=16))
        right.setFixedWidth(SIDE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addWidget(surface("card", left), 1)
        layout.addWidget(right)

    def _link(self, field: str) -> Button:
        return Button(tr("Edit"), "link", height=24, on_click=lambda: self.edit.emit(field))

    def show_account(self, page: AccountPage, unsent: frozenset[str], people: frozenset[object]) -> None:
        """Show an account; ``unsent`` names fields, ``people`` contacts that wait to be sent."""
        self._events = events(page, self._today)
        self._chips.show_chips(self._kinds())
        self._filter()
        self._show_people(page.contacts, people)
        self._show_place(page, unsent)
        self._show_terms(page, unsent)
        for link in (self._add, *self.findChildren(Button)):
            if link.property("kind") == "link":
                link.setVisible(page.can_edit)

    def show_repair(self, repair: Repair | None) -> None:
        """Offer what check-ins propose for the store's position, or nothing."""
        self._doubt.setVisible(repair is not None)
        if repair is not None:
            away = repair.proposal.away_m
            said = tr("Check-ins know where it is") if away is None else tr(
                "Check-ins say {distance} away", distance=formats.distance(away)
            )  # fmt: skip
            self._doubt.setText(said)

    def _kinds(self) -> list[tuple[object, str]]:
        names = {
            "visits": tr("Store visits"),
            "orders": tr("Orders"),
            "calls": tr("Phone calls"),
            "todos": tr("To-dos"),
        }
        counted = {key: sum(e.sign == sign for e in self._events) for key, sign in _KINDS.items()}
        return [
            ("all", f"{tr('All')} {len(self._events)}"),
            *((key, f"{names[key]} {number}") for key, number in counted.items() if number),
        ]

    def _filter(self) -> None:
        sign = _KINDS.get(str(self._chips.current))
        self.timeline.show_rows([event for event in self._events if sign in (None, event.sign)])
        self._nothing.setVisible(not self._events)
        self._chips.setVisible(bool(self._events))

    def _on_opened(self, event: Event) -> None:
        if self._is_mine(event):
            self.correct.emit(event.call)

    def _offer_correction(self, where: QPoint) -> None:
        event: Event | None = self._list.row()
        if event is not None and self._is_mine(event):
            menu = QMenu(self)
            menu.addAction(tr("Correct…"), lambda: self.correct.emit(event.call))
            menu.popup(self._list.viewport().mapToGlobal(where))

    def _is_mine(self, event: Event) -> bool:
        return event.call is not None and event.call.rep_id == self._me

    def _show_people(self, people: Sequence[ContactRow], unsent: frozenset[object]) -> None:
        _empty(self._contacts)
        for person in people:
            self._contacts.addWidget(_Person(self, person, is_unsent=person.id in unsent))
        if not people:
            self._contacts.addWidget(secondary(tr("Nobody yet. Add the person who decides.")))

    def _show_place(self, page: AccountPage, unsent: frozenset[str]) -> None:
        self._address.show_text(" ".join(p for p in (page.city, page.full_address) if p) or tr("No address"))
        self._place_mark.setVisible(bool({"latitude_e7", "longitude_e7", "datum", "address"} & unsent))
        self._map.setVisible(page.position is not None)
        if page.position is None:
            self._place_fact.show_text(tr("No position yet. Check-in cannot measure the distance."))
            return
        self._map.show_marks([Mark(page.position, Pin.STORE, "", page.name)])
        self._map.look_at(page.position, 15)
        degrees = f"{page.position.latitude:.5f}, {page.position.longitude:.5f}"
        self._place_fact.show_text(f"{degrees} · {tr(words.DATUMS[page.position.datum])}")

    def _show_terms(self, page: AccountPage, unsent: frozenset[str]) -> None:
        _empty(self._terms)
        for name, value, field in _terms(page, self._today):
            self._terms.addWidget(_Term(name, value, is_unsent=field in unsent))


class _Unsent(QWidget):
    """The violet disk: this exists only here yet."""

    def __init__(self) -> None:
        super().__init__()
        self.setToolTip(tr("Saved on this laptop, not sent yet"))
        self.setAccessibleName(self.toolTip())
        inside = row(Sign("content-save-outline", 16, "local"), gap=0)
        self.setLayout(inside)


class _Person(QFrame):
    """One contact: who, how much they decide, and the ways to reach them."""

    def __init__(self, owner: Overview, person: ContactRow, *, is_unsent: bool) -> None:
        super().__init__()
        name = Label(person.name, 14, SEMIBOLD)
        weight = tr(words.INFLUENCE[person.influence]) if person.influence else ""
        about = (person.title or person.role, weight, formats.phone(person.phone) or person.email)
        marks = [_Unsent()] if is_unsent else []
        said = column(
            row(name, *marks, None, gap=4), caption(" · ".join(part for part in about if part)), gap=0
        )
        line = row(Avatar(person.name, 32), said, gap=8)
        line.setStretch(1, 1)
        if person.phone:
            word = tr("Call {person}", person=person.name)
            line.addWidget(IconButton("phone-outline", word, lambda: owner.call.emit(person), quiet=True))
        word = tr("Edit {person}", person=person.name)
        line.addWidget(
            IconButton("pencil-outline", word, lambda: owner.edit_contact.emit(person), quiet=True)
        )
        self.setLayout(line)


class _Term(QWidget):
    """A name and its value; a long value goes on below."""

    def __init__(self, name: str, value: str, *, is_unsent: bool) -> None:
        super().__init__()
        title = Label(name, 13, REGULAR, "text2")
        title.setFixedWidth(112)
        said = Paragraph(value, 13)
        line = row(title, said, gap=8)
        if is_unsent:
            line.addWidget(_Unsent())
        line.setStretch(1, 1)
        self.setLayout(line)


def _terms(page: AccountPage, today: date) -> list[tuple[str, str, str]]:
    hours = "\n".join(f"{words.days(w['days'])} {w['open']}–{w['close']}" for w in page.opening)
    limit = formats.money(page.credit_limit) if page.credit_limit is not None else tr("None agreed")
    every = cadence_words.rhythm(page.rhythm, today)
    if page.cadence_reason:
        every = tr("{rhythm} ({reason})", rhythm=every, reason=page.cadence_reason)
    all_terms = [
        (tr("Phone"), formats.phone(page.phone), "phone"),
        (tr("Opening hours"), hours or tr("Not known"), "opening"),
        (tr("Rhythm"), every, "cadence_days"),
        (tr("Next visit due"), cadence_words.outlook(page.outlook, today), ""),
        (tr("Usual length of a visit"), formats.duration(page.service_minutes * 60), "service_minutes"),
        (tr("Credit limit"), limit, "credit_limit"),
        *((name, value, "") for name, value in credit_words.lines(page.means, today)),
        *(
            (tr(statement.PURSES[purse]), formats.money(amount), "")
            for purse, amount in page.balances.items()
            if purse in statement.PURSES
        ),
        (tr("Credit code"), page.tax_id, "tax_id"),
        (tr("Code"), page.code, "code"),
        (tr("Tags"), listed(page.tags), "tags"),
        (tr("Parent company"), page.parent, "parent_id"),
        (tr("Branches"), listed(name for _, name in page.branches), ""),
        (tr("Territory"), page.territory, "territory_id"),
        (tr("Looked after by"), page.owner, "owner_id"),
        (tr("Note"), page.note, "note"),
    ]
    return [(name, value, field) for name, value, field in all_terms if value]


def _draw_event(cell: Cell) -> None:
    event: Event = cell.row
    paint.icon(cell.painter, event.sign, cell.rect.x(), cell.rect.center().y() - 10, 20, "text2")
    cell.rect = QRectF(cell.rect.x() + 32, cell.rect.y(), cell.rect.width() - 32, cell.rect.height())
    cell.two_lines(event.title, event.fact)


def _empty(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if (widget := item.widget()) is not None:
            widget.deleteLater()
