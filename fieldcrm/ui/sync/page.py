"""The sync centre: what needs a person, what waits, what the office has; one of it beside the list.

Both versions of a clash stay until a choice is saved, and a saved choice can be taken back.
What is chosen is kept while the page reads again, however often sync changes what is shown.
"""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.services.conflicts import RefusedChange
from fieldcrm.sync.status import Refused
from fieldcrm.ui import sidebar
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sync import (
    clashes,
    departures,
    details,
    items,
    leaving,
    reading,
    rescue,
    sign_in_again,
    trail,
    turning,
)
from fieldcrm.ui.sync import words as said
from fieldcrm.ui.sync.away import Departure
from fieldcrm.ui.sync.clashes import ChoiceKey, ClashView
from fieldcrm.ui.sync.footers import ClashFooter, OpenFooter, OrderFooter, RefusedFooter
from fieldcrm.ui.sync.history import HistoryView
from fieldcrm.ui.sync.items import Item, ItemsModel
from fieldcrm.ui.sync.letting_go import Refusals
from fieldcrm.ui.sync.parcels import Parcel, Pictures, all_pictures
from fieldcrm.ui.sync.reading import AttentionOrder, Centre, Choice, Clash
from fieldcrm.ui.sync.settling import reopen, settle
from fieldcrm.ui.sync.states import Strip, state
from fieldcrm.ui.sync.summary import Summary
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, ListPane, column, holder, row, scrolling
from fieldcrm.ui.widgets.lists import RowList
from fieldcrm.ui.widgets.states import EmptyState

_FOLLOW_MS = 1_000
_CLASH, _DETAIL, _NOTHING, _HISTORY = range(4)


class SyncPage(Page):
    """The list at the left, one thing at the right, what can be done with it below."""

    watches = frozenset({
        "account", "contact", "todo", "visit_plan", "visit", "check_in", "check_out", "step_answer",
        "photo", "visit_review", "order", "conflict", "quarantine", "outbox", "upload", "sync_log", "user",
        "departed", "call_list", "phone_call", "cadence_rule", "office_day", "planning_default",
        "account_strategy", "visit_amendment",
        "store_code", "position_refusal", "visit_share", "merged_field", "joint_visit", "plan_week",
        "quote", "quote_act", "quote_grant", "order_return",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.centre = Centre()
        self.chosen: dict[ChoiceKey, bool | None] = {}
        self._wanted: object = None
        self._is_reading = self._again = False
        self.refusals = Refusals(context)
        self.refusals.changed.connect(lambda: self._show(self.centre))
        self.refusals.came_back.connect(self._on_came_back)
        self._follow = QTimer(self, interval=_FOLLOW_MS)
        self._follow.timeout.connect(self._read_pictures)
        self._build()
        self.setFocusProxy(self.list)
        self._bind_keys()
        context.connection.changed.connect(self._on_connection)

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        shell = self.context.shell
        self._more = IconButton("dots-horizontal", tr("More"), self._show_menu)
        history = Button(tr("Send history"), "ghost", "history", on_click=self.toggle_history)
        self.sync_button = Button(tr("Sync now"), "primary", "cloud-sync-outline", on_click=shell.sync_now)
        self.sync_quiet = Button(tr("Sync now"), icon="cloud-sync-outline", on_click=shell.sync_now)
        self._header = Header(tr("Sync"), "", (history, self._more, self.sync_quiet, self.sync_button))
        self.model = ItemsModel()
        self.list = RowList(
            self.model, items.draw, items.ROW, name=tr("What is sent"), inset=20, lines=False,
            heights=items.height,
        )  # fmt: skip
        self.list.picked.connect(self._on_picked)
        self.list.opened.connect(lambda _item: self.clash_view.focus_first())
        self.summary = Summary(self.context.connection)
        pane = ListPane(self.summary, self.list, width=336)
        body = row(pane, gap=0)
        body.addLayout(self._right(), 1)
        self.outer.addWidget(self._header)
        self.outer.addLayout(body, 1)

    def _right(self) -> QVBoxLayout:
        self.strip = Strip()
        self.strip.acted.connect(self._on_strip)
        self.clash_view = ClashView()
        self.clash_view.chosen.connect(self._on_chosen)
        self.clash_view.stepped.connect(self._step_clash)
        self._detail = scrolling(QWidget())
        self.nothing = EmptyState("cloud-check-outline", tr("All sent"))
        self.history = HistoryView(self._naming())
        self.history.closed.connect(self.toggle_history)
        turning.connect(self.history, self)
        self.stack = QStackedWidget()
        for each in (scrolling(self.clash_view), self._detail, self.nothing, self.history):
            self.stack.addWidget(each)
        self.stack.setCurrentIndex(_NOTHING)
        self.clash_footer = ClashFooter(self.decide_later, self.choose_all, self.save)
        self.refused_footer = RefusedFooter(self.let_go, self.copy, self.try_again, self.change_again)
        self.order_footer = OrderFooter(self.open_record)
        self.open_footer = OpenFooter(self.open_record, self.show_trail)
        self._footers = (self.clash_footer, self.refused_footer, self.order_footer, self.open_footer)
        self._strip_place = holder(column(self.strip, margins=(32, 16, 32, 0)))
        right = column(self._strip_place, self.stack, *self._footers, gap=0)
        right.setStretch(1, 1)
        self._strip_place.hide()
        for footer in self._footers:
            footer.hide()
        return right

    def _bind_keys(self) -> None:
        self.bind("Ctrl+Return", self._do_primary)
        self.bind("S", self.context.shell.sync_now, tr("Sync now"))
        self.bind("H", self.toggle_history, tr("Send history"))
        self.bind("Alt+Down", lambda: self._step_clash(1), tr("The next conflict"))
        self.bind("Alt+Up", lambda: self._step_clash(-1), tr("The conflict before"))
        self.keys += [
            ("Left", tr("Choose yours")), ("Right", tr("Choose the office's")),
            ("Up", tr("The field before")), ("Down", tr("The next field")),
        ]  # fmt: skip

    def panes(self) -> list[QWidget]:
        """Return the list, what is shown, and what can be done."""
        return [self.list, self.stack, *(footer for footer in self._footers if footer.isVisible())]

    def show_place(self, **where: object) -> None:
        """Show one record: ``conflict_id``, ``mutation_id`` or ``row_id``; or ``history``."""
        if where.get("history"):
            self._show_history(True)
            return
        self._wanted = next(
            (where[name] for name in ("conflict_id", "mutation_id", "row_id") if name in where), None
        )
        self._pick_wanted()

    def step_back(self) -> bool:
        """Close the history first."""
        if self.stack.currentIndex() == _HISTORY:
            self.toggle_history()
            return True
        return False

    def leaving(self) -> None:
        """Write what was let go."""
        self.refusals.write()

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read everything again; while a reading runs, once more after it."""
        self._again = self._is_reading
        if not self._is_reading:
            self._is_reading = True
            me, now = self.context.me.id, self.context.now()
            self.jobs.read(
                self, lambda session: reading.centre(session, me, now), self._on_read, self._on_unreadable
            )

    def _on_read(self, centre: Centre) -> None:
        self._is_reading = False
        if self._again:
            self.refresh()
        self._show(centre)

    def _on_unreadable(self, error: FieldCrmError) -> None:
        self._is_reading = False
        self.context.shell.show_error(error, self.refresh)

    def _read_pictures(self) -> None:
        self.jobs.read(self, all_pictures, self._show_waiting)

    def _show_waiting(self, pictures: Pictures) -> None:
        self.summary.show_waiting(len(self.centre.ready), self.centre.changes, pictures)

    def _naming(self) -> Naming:
        return Naming(self.centre.names, self.context.now())

    def _show(self, centre: Centre) -> None:
        self.centre = centre = reading.without(centre, self.refusals.gone)
        for clash in centre.clashes:
            for choice in clash.choices:
                self.chosen.setdefault(choice.key, clashes.initial(choice))
        rows = items.items(centre, self.context.now())
        self.model.show_rows(rows)
        self.history.show_history(centre, self._naming())
        self._on_connection()
        self._pick_wanted()
        if self.list.row() is None:
            self.list.pick(items.first(rows, centre))
        self._open(self.list.row())

    def _pick_wanted(self) -> None:
        for number, item in enumerate(self.model.rows):
            if self._wanted is not None and _is_about(item, self._wanted):
                self._wanted = None
                self._show_history(False)
                self.list.pick(number)
                return

    def _on_connection(self) -> None:
        connection = self.context.connection
        self._show_waiting(self.centre.pictures)
        self.strip.show_state(state(self.centre, connection, self.context.now()))
        self._strip_place.setVisible(self.strip.state is not None)
        self._header.show_facts(self._facts())
        for button in (self.sync_button, self.sync_quiet):
            button.set_running(connection.syncing)
        if connection.syncing:
            self._follow.start()
        else:
            self._follow.stop()

    def _facts(self) -> str:
        _, _, title, lines = sidebar.words(self.context.connection, self.context)
        parts = [title, *lines]
        if self.centre.needs_me:
            parts.insert(-1, ntr("{n} needs you", "{n} need you", self.centre.needs_me))
        return " · ".join(parts)

    # -- showing one thing ----------------------------------------------------------------

    def _on_picked(self, item: Item | None) -> None:
        if item is not None and not item.is_heading:
            self._show_history(False)
            self._open(item)

    def _open(self, item: Item | None) -> None:
        what = item.what if item is not None else None
        if self.stack.currentIndex() == _HISTORY:
            self._show_footer(None)
            return
        match what:
            case Clash():
                self._open_clash(what)
            case Refused():
                store = self.centre.titles.get((what.entity, what.row_id), "")
                self._open_detail(details.refusal(what, store, self._naming()), self.refused_footer)
                self.refused_footer.show_refused(what)
            case RefusedChange():
                self._open_detail(details.elsewhere(what, self._naming()), None)
            case AttentionOrder():
                self._open_detail(details.attention(what, self._naming()), self.order_footer)
            case Departure():
                self._open_detail(departures.story(what, self._naming()), None)
            case Parcel():
                self._open_detail(details.journey(what, self._parcel_titles(), self._naming()),
                                  self.open_footer if _place(what) else None)  # fmt: skip
            case _:
                self._open_nothing()

    def _open_clash(self, clash: Clash) -> None:
        place = self.centre.clashes.index(clash) + 1, len(self.centre.clashes)
        self.clash_view.show_clash(clash, self.chosen, place, self.context.me.name, self._naming())
        self.clash_footer.show_missing(len(clashes.missing(clash, self.chosen)))
        self.stack.setCurrentIndex(_CLASH)
        self._show_footer(self.clash_footer)

    def _open_detail(self, body: QWidget, footer: QWidget | None) -> None:
        body.setAutoFillBackground(False)
        self._detail.setWidget(body)
        body.setAutoFillBackground(False)
        self.stack.setCurrentIndex(_DETAIL)
        self._show_footer(footer)

    def _open_nothing(self) -> None:
        waiting, needs = len(self.centre.ready), self.centre.needs_me
        if needs:
            title = ntr("{n} thing still needs you", "{n} things still need you", needs)
            self.nothing.show_state(
                "source-branch", title, tr("Both versions are kept. Choose when you are ready.")
            )
        elif waiting:
            title = ntr("{n} thing waits on this laptop", "{n} things wait on this laptop", waiting)
            self.nothing.show_state("tray-arrow-up", title, tr("Nothing needs you. It goes by itself."))
        else:
            self.nothing.show_state(
                "cloud-check-outline",
                tr("All sent"),
                tr("Everything you did is at the office. Nothing needs you."),
            )
        self.stack.setCurrentIndex(_NOTHING)
        self._show_footer(None)

    def _show_footer(self, wanted: QWidget | None) -> None:
        for footer in self._footers:
            footer.setVisible(footer is wanted)
        has_primary = wanted in (self.clash_footer, self.refused_footer, self.order_footer)
        self.sync_button.setVisible(not has_primary)
        self.sync_quiet.setVisible(has_primary)

    def _parcel_titles(self) -> dict[tuple[str, UUID], str]:
        return {parcel.key: said.title(parcel) for parcel in self.centre.ready}

    def _current(self) -> object:
        item = self.list.row()
        return item.what if item is not None else None

    def _do_primary(self) -> None:
        match self._current() if self.stack.currentIndex() in (_CLASH, _DETAIL) else None:
            case Clash():
                self.save()
            case Refused():
                self.refused_footer.main.click()
            case AttentionOrder():
                self.open_record()
            case _:
                self.context.shell.sync_now()

    # -- choosing -------------------------------------------------------------------------

    def _on_chosen(self, key: ChoiceKey, mine: bool) -> None:
        self.chosen[key] = mine
        self._open(self.list.row())

    def choose_all(self, mine: bool) -> None:
        """Choose one side for every field that can take it."""
        clash = self._current()
        if isinstance(clash, Clash):
            for choice in clash.choices:
                if choice.can_take or choice.mine_holds == mine:
                    self.chosen[choice.key] = mine
            self._open_clash(clash)

    def decide_later(self) -> None:
        """Go to the next thing that needs somebody, or to none."""
        needing = [
            n for n, item in enumerate(self.model.rows[: self.centre.needs_me + 1]) if not item.is_heading
        ]
        after = [n for n in needing if n > self.list.currentIndex().row()]
        if after:
            self.list.pick(after[0])
            return
        self.list.selectionModel().clear()
        self._open_nothing()
        self.list.setFocus()

    def _step_clash(self, step: int) -> None:
        clash = self._current()
        if isinstance(clash, Clash):
            number = (self.centre.clashes.index(clash) + step) % len(self.centre.clashes)
            self.list.pick(self.model.number_of(self.centre.clashes[number].key))

    def save(self) -> None:
        """Save every choice of the record; with one missing, go to it."""
        clash = self._current()
        if not isinstance(clash, Clash):
            return
        gaps = clashes.missing(clash, self.chosen)
        if gaps:
            self.clash_view.focus_first(gaps[0].key)
            return
        decisions = [(choice, bool(self.chosen[choice.key])) for choice in clash.choices]
        self.jobs.write(
            self, lambda session: settle(session, decisions), lambda _none: self._on_saved(clash, decisions)
        )

    def _on_saved(self, clash: Clash, decisions: list[tuple[Choice, bool]]) -> None:
        def take_back() -> None:
            self.jobs.write(self, lambda session: reopen(session, [choice for choice, _ in decisions]))

        self.context.shell.toast(tr("Choices saved: {name}", name=said.clash_title(clash)), undo=take_back)

    # -- refused changes ------------------------------------------------------------------

    def _refused_title(self, refused: Refused) -> str:
        return said.refused_title(refused, self.centre.titles.get((refused.entity, refused.row_id), ""))

    def try_again(self) -> None:
        """Send the refused change once more."""
        if isinstance(refused := self._current(), Refused):
            self.refusals.try_again(refused)

    def change_again(self) -> None:
        """Open the order with what the refused change wanted."""
        if isinstance(refused := self._current(), Refused):
            self.context.shell.open("order", order_id=refused.row_id, amend=True, again=refused.mutation_id)

    def copy(self) -> None:
        """Copy the refused change as text."""
        if isinstance(refused := self._current(), Refused):
            self.refusals.copy(refused, self._refused_title(refused), self._naming())

    def let_go(self) -> None:
        """Ask to take the refused change off the list."""
        if isinstance(refused := self._current(), Refused):
            self.refusals.ask(refused, self._refused_title(refused))

    def _on_came_back(self, mutation_id: UUID) -> None:
        self._wanted = mutation_id
        self.refresh()

    # -- going elsewhere ------------------------------------------------------------------

    def open_record(self) -> None:
        """Open the order, visit or store that the chosen row is about."""
        what = self._current()
        if isinstance(what, AttentionOrder):
            self.context.shell.open("order", order_id=what.order_id)
        elif isinstance(what, Parcel) and (place := _place(what)):
            key, name, row_id = place
            self.context.shell.open(key, **{name: row_id})

    def show_trail(self) -> None:
        """Show the whole way of the chosen record, with its receipt and who has it."""
        if isinstance(what := self._current(), Parcel):
            trail.show(self.context, what.entity, what.row_id, said.title(what))

    def toggle_history(self) -> None:
        """Show what was sent and chosen, or go back to the list's choice."""
        self._show_history(self.stack.currentIndex() != _HISTORY)
        self._open(self.list.row())

    def _show_history(self, shown: bool) -> None:
        if shown:
            self.stack.setCurrentIndex(_HISTORY)
            self._show_footer(None)
        elif self.stack.currentIndex() == _HISTORY:
            self.stack.setCurrentIndex(_NOTHING)

    def _show_menu(self) -> None:
        menu = QMenu(self)
        context = self.context
        menu.addAction(tr("Save a rescue bundle"), lambda: rescue.save_bundle(context))
        menu.addAction(tr("Bring in a rescue bundle"), lambda: rescue.bring_bundle(context))
        menu.addSeparator()
        menu.addAction(tr("Sign out"), lambda: leaving.ask_sign_out(context))
        menu.addAction(tr("Wipe this laptop"), lambda: leaving.ask_wipe(context))
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 4)))

    def _on_strip(self, act: str) -> None:
        if act == "sign_in":
            sign_in_again.ask(self.context)
        elif act == "photos":
            self.context.connection.photos_wanted.emit()
        elif act == "sync":
            self.context.shell.sync_now()


def _place(parcel: Parcel) -> tuple[str, str, UUID] | None:
    account = parcel.facts.get("account_id")
    if parcel.entity in ("visit", "order", "account"):
        return parcel.entity, f"{parcel.entity}_id", parcel.row_id
    return ("account", "account_id", account) if isinstance(account, UUID) else None


def _is_about(item: Item, wanted: object) -> bool:
    what = item.what
    if isinstance(what, Clash):
        ids = [each.conflict_id for choice in what.choices for each in choice.conflicts]
        return wanted in (what.row_id, *ids)
    if isinstance(what, Refused):
        return wanted in (what.mutation_id, what.row_id)
    if isinstance(what, RefusedChange):
        return wanted in (what.mutation_id, what.quarantine_id, what.row_id)
    if isinstance(what, AttentionOrder):
        return wanted == what.order_id
    return isinstance(what, Parcel | Departure) and wanted == what.row_id
