"""The other tabs of an account: its orders, visits, photos and to-dos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.model.users import Role
from fieldcrm.services import team, todos
from fieldcrm.services.account_pages import AccountPage, OrderRow, VisitRow
from fieldcrm.services.reviews import PhotoOf
from fieldcrm.services.team import Member
from fieldcrm.services.todos import TodoRow
from fieldcrm.ui import formats, paint
from fieldcrm.ui.accounts import words
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.paint import Status
from fieldcrm.ui.reviews.photos import PhotoWall
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field, Tick
from fieldcrm.ui.widgets.frames import column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.lists import Cell, Draw, RowTable
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField

PHOTOS = 60


class Tab(QStackedWidget):
    """A table in a card, or what belongs here while there is nothing."""

    def __init__(
        self, model: RowsModel[Any], name: str, cells: dict[int, Draw], icon: str, nothing: str
    ) -> None:
        super().__init__()
        self.model = model
        self.table = RowTable(model, 52, name=name, cells=cells)
        inside = QVBoxLayout()
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.table)
        self.addWidget(surface("card", inside))
        self.addWidget(EmptyState(icon, nothing))

    def show_rows(self, rows: tuple[Any, ...]) -> None:
        """Show these rows."""
        self.model.show_rows(rows)
        self.setCurrentIndex(0 if rows else 1)


def orders_tab(today: Callable[[], date]) -> Tab:
    """Return the table of an account's orders."""
    shown: tuple[Column[OrderRow], ...] = (
        Column(mark("Order"), lambda o: o.number),
        Column(mark("Day"), lambda o: formats.table_day(o.ordered_on, today()), width=108),
        Column(mark("Lines"), lambda o: formats.count(o.lines), align=paint.RIGHT, width=72),
        Column(mark("Total/¥"), lambda o: formats.figure(o.total), align=paint.RIGHT, width=132),
        Column(mark("By"), lambda o: o.rep, width=120),
        Column(mark("Status"), lambda o: words.order_status(o.status)[1], width=160),
    )
    return Tab(
        RowsModel(shown), tr("Orders"), {0: _number, 3: _total, 5: _order_status}, "clipboard-list-outline",
        tr("No orders yet"),
    )  # fmt: skip


def visits_tab(now: Callable[[], datetime]) -> Tab:
    """Return the table of an account's visits."""
    shown: tuple[Column[VisitRow], ...] = (
        Column(mark("Visit"), lambda v: formats.moment(v.started_at, now()), width=168),
        Column(mark("Time in store"), lambda v: _stay(v), align=paint.RIGHT, width=128),
        Column(mark("Photos"), lambda v: formats.count(v.photos) if v.photos else formats.NONE,
               align=paint.RIGHT, width=84),
        Column(mark("By"), lambda v: v.rep, width=120),
        Column(mark("Summary"), lambda v: v.summary or v.purpose, hint=lambda v: v.summary),
        Column(mark("Manager's word"), _decision, width=132),
    )  # fmt: skip
    cells: dict[int, Draw] = {5: _visit_status}
    return Tab(RowsModel(shown), tr("Store visits"), cells, "store-check-outline", tr("No visits yet"))


class PhotosTab(QStackedWidget):
    """An account's latest photos."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._wall = PhotoWall(context)
        self._shown: tuple[UUID, ...] = ()
        self.addWidget(scrolling(column(self._wall, None)))
        nothing = tr("Photos of visits appear here.")
        self.addWidget(EmptyState("image-multiple-outline", tr("No photos yet"), nothing))

    def show_account(self, page: AccountPage) -> None:
        """Show the photos, unless they are shown already."""
        photos = page.photos[:PHOTOS]
        keys = tuple(photo.id for photo in photos)
        self.setCurrentIndex(0 if photos else 1)
        if keys != self._shown:
            self._shown = keys
            self._wall.show_photos([
                PhotoOf(p.id, p.sha256, "", "", p.caption, p.taken_at, p.stored) for p in photos
            ])  # fmt: skip


class TodosTab(QWidget):
    """What was agreed with an account; ticking saves at once."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._account: UUID | None = None
        self._title = LineField("", tr("What was agreed"))
        self._day = DayField(context.today(), name=tr("Due"))
        self._day.setFixedWidth(160)
        self._field = Field(tr("New to-do"), self._title)
        add = Button(tr("Add"), icon="plus", on_click=self._add)
        self._title.returnPressed.connect(self._add)
        self._whom = ChoiceField([(None, tr("Myself"))], name=tr("For"))
        whom = Field(tr("For"), self._whom)
        whom.setVisible(False)
        if context.me.role == Role.MANAGER:
            me = context.me.id
            context.jobs.read(self, lambda s: team.reps_of(s, me), lambda reps: self._show_reps(whom, reps))
        self._line = row(self._field, whom, Field(tr("Due"), self._day), column(24, add, None, gap=0), gap=12)
        self._line.setStretch(0, 1)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        inside = column(self._line, 8, self._rows, None, gap=8, margins=(20, 16, 20, 16))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(surface("card", column(scrolling(inside), gap=0, margins=(1, 1, 1, 1))))

    def show_account(self, page: AccountPage) -> None:
        """Show open to-dos, then those done."""
        self._account = page.id
        while item := self._rows.takeAt(0):
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for todo in page.todos:
            self._rows.addWidget(self._tick(todo))
        if not page.todos:
            self._rows.addWidget(secondary(tr("Nothing agreed yet."), "text3"))

    def _show_reps(self, whom: Field, reps: list[Member]) -> None:
        """Let a manager give it to somebody of his team."""
        self._whom.show_choices([(None, tr("Myself")), *((rep.id, rep.name) for rep in reps)])
        whom.setVisible(bool(reps))

    def _tick(self, todo: TodoRow) -> Tick:
        today = self._context.today()
        words_ = todo.title
        if todo.due_on is not None and todo.done_at is None:
            late = todo.is_overdue(today)
            day = formats.day(todo.due_on, today)
            words_ += " · " + (tr("was due {day}", day=day) if late else tr("due {day}", day=day))
        if todo.giver:
            words_ += " · " + tr("{giver} for {person}", giver=todo.giver, person=todo.assignee)
        tick = Tick(words_, on=todo.done_at is not None)
        tick.toggled.connect(lambda on, key=todo.id: self._set_done(key, on))
        return tick

    def _set_done(self, todo_id: UUID, done: bool) -> None:
        at = self._context.now() if done else None
        self._context.jobs.write(self, lambda s: todos.set_done(s, todo_id, at))

    def _add(self) -> None:
        title, day = self._title.text().strip(), self._day.day
        account, me = self._account, self._context.me.id
        if not title:
            self._field.show_error(tr("Write what was agreed."))
            self._title.setFocus()
            return
        self._field.show_error("")
        self._title.clear()
        whom = self._whom.value
        given = whom if isinstance(whom, UUID) else None
        self._context.jobs.write(
            self,
            lambda s: todos.add(s, title, me=me, account_id=account, due_on=day, assignee_id=given),
        )


def _number(cell: Cell) -> None:
    row_: OrderRow = cell.row
    cell.two_lines(row_.number, "" if row_.is_final else tr("provisional number"))


def _total(cell: Cell) -> None:
    cell.text(cell.said, 14, SEMIBOLD)


def _order_status(cell: Cell) -> None:
    status, said = words.order_status(cell.row.status)
    paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), said, status)


def _stay(visit: VisitRow) -> str:
    return formats.duration(visit.minutes * 60) if visit.minutes is not None else tr("open")


def _decision(visit: VisitRow) -> str:
    if visit.left_at is None:
        return tr("Running")
    return tr(words.VISIT_REVIEW.get(visit.decision, mark("Waiting")))


def _visit_status(cell: Cell) -> None:
    visit: VisitRow = cell.row
    status = {"approved": Status.DONE, "returned": Status.RETURNED}.get(visit.decision)
    if visit.left_at is None:
        status = Status.CURRENT
    if status is None:
        cell.text(cell.said, 13, REGULAR, "text2")
        return
    paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), cell.said, status)


def count_words(page: AccountPage) -> list[tuple[object, str]]:
    """Return the tabs with how much each holds."""
    open_todos = sum(todo.done_at is None for todo in page.todos)
    named = (
        ("orders", tr("Orders"), len(page.orders)), ("visits", tr("Store visits"), len(page.visits)),
        ("photos", tr("Photos"), len(page.photos)), ("todos", tr("To-dos"), open_todos),
    )  # fmt: skip
    counted = ((key, f"{said} {number}" if number else said) for key, said, number in named)
    return [("overview", tr("Overview")), *counted, ("rebates", tr("Rebates")), ("strategy", tr("Strategy"))]
