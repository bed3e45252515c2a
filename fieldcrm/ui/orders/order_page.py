"""One order on a page of its own: taken here, followed here after it was submitted.

``show_place`` takes an order, or an account (inside a visit or not) for a new one. A draft, or with
``amend`` an order that needs attention, opens for entry; every other order is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, RuleBroken
from fieldcrm.model.orders import OrderStatus
from fieldcrm.services import orders
from fieldcrm.services.paying import Means
from fieldcrm.storage import drafts
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import acts, reading, refused, scanning
from fieldcrm.ui.orders.detail import DetailView
from fieldcrm.ui.orders.draft import Draft
from fieldcrm.ui.orders.entry import EntryView
from fieldcrm.ui.orders.reading import Followed, Opened
from fieldcrm.ui.orders.refused import Refused
from fieldcrm.ui.page import Page
from fieldcrm.ui.sync import reasons
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, column, holder, row, surface
from fieldcrm.ui.widgets.reasons import ask_reason
from fieldcrm.ui.widgets.typing import SearchField

_PAGE = 640


class OrderPage(Page):
    """Takes an order, then follows it."""

    watches = frozenset({
        "order", "product", "product_unit", "price_book", "price_entry", "account", "outbox", "sync_log",
    })  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._account_id: UUID | None = None
        self._visit_id: UUID | None = None
        self._order_id: UUID | None = None
        self._amends = False
        self._is_edition = False  # the order was handed over: what is typed is its next edition
        self._place = 0  # how often another place was shown: what is saved late belongs to the one before
        self._is_saving = False  # an order is being handed over; its keys can be pressed again
        self._again: UUID | None = None  # a refused change that is typed on
        self._refused: Refused | None = None
        self._draft: Draft | None = None
        self._asked = 0  # answers of an earlier question come too late
        self.search = SearchField(tr("Item, pinyin initials or barcode"), "Ctrl F", width=300)
        self.repeat_button = Button(tr("Repeat last order"), icon="history", on_click=self.repeat_last)
        lead = IconButton("arrow-left", tr("Back"), self.go_back, quiet=True)
        self.suggest_button = Button(tr("Fill in suggested"), on_click=self.take_suggested)
        self.header = Header(tr("Order"), "", [self.search, self.suggest_button, self.repeat_button], lead)
        self.entry = EntryView(context)
        self.detail = DetailView(context, margin=32, leads=True)
        sheet = surface("card", column(self.detail, gap=0, margins=(1, 1, 1, 1)))
        sheet.setFixedWidth(_PAGE)
        reading_column = holder(row(None, sheet, None, gap=0, margins=(24, 24, 24, 24)))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.entry)
        self._stack.addWidget(reading_column)
        self.outer.addWidget(self.header)
        self.outer.addWidget(self._stack, 1)
        self._connect()

    def _connect(self) -> None:
        self.search.settled.connect(self.entry.look_up)
        self.search.returnPressed.connect(partial(scanning.entered, self.entry, self.search))
        self.entry.submit.connect(self.submit)
        self.entry.keep.connect(self.keep_and_leave)
        self.entry.edited.connect(self._keep_typed)
        self.entry.started_over.connect(self.start_over)
        self.detail.change.connect(self._on_change)
        self.detail.again.connect(partial(acts.send_again, self))
        self.detail.cancel.connect(partial(acts.ask_cancel, self))
        self.detail.approve.connect(partial(acts.ask_approve, self))
        self.detail.give_back.connect(partial(acts.ask_return, self))
        self.detail.after.again.connect(self._on_again)
        self.detail.after.anew.connect(partial(acts.order_anew, self))
        self.detail.done.connect(self.go_back)
        self.bind("Ctrl+F", self._to_search, tr("Search an item or scan a barcode"))
        self.bind("Ctrl+L", self.repeat_last, tr("Repeat the last order"))
        self.bind("Ctrl+Return", self.submit, tr("Submit the order"))
        self.bind("Ctrl+S", self.keep_and_leave, tr("Save as a draft"))
        self.bind("U", self.entry.switch_unit, tr("Next unit of this item"))
        self.bind("C", self.entry.configure, tr("Choose what goes into this item"))
        self.keys += [("0–9", tr("Type the quantity")), ("+ −", tr("One more, one less"))]

    def panes(self) -> list[QWidget]:
        if self.is_entry:
            return [self.header, self.entry.table, self.entry.summary]
        return [self.header, self.detail]

    @property
    def is_entry(self) -> bool:
        """Whether an order is being taken here."""
        return self._stack.currentIndex() == 0

    def show_place(self, **where: object) -> None:
        self._place += 1
        self._show_saving(False)
        self._account_id = _uuid(where.get("account_id"))
        self._visit_id = _uuid(where.get("visit_id"))
        self._order_id = _uuid(where.get("order_id"))
        self._amends = bool(where.get("amend"))
        self._again = _uuid(where.get("again"))
        self._draft = None
        self.search.clear()
        self.refresh_soon()

    def refresh(self) -> None:
        account_id, visit_id, order_id = self._account_id, self._visit_id, self._order_id
        if account_id is None and order_id is None:
            return
        me, on, amends = self.context.me.id, self.context.today(), self._amends
        at, again = self.context.now(), self._again
        typed = self._draft.products if self._draft is not None else frozenset()

        def read(session: Session) -> Opened | Followed:
            if order_id is not None:
                followed = reading.follow(session, order_id, me)
                detail = followed.detail
                begun = detail.row.status == OrderStatus.DRAFT or (amends and detail.can_amend)
                if not begun or detail.rep_id != me:
                    return followed
            return reading.open_counter(
                session, account_id=account_id, visit_id=visit_id, order_id=order_id, me=me, on=on,
                also=typed, at=at, again=again,
            )  # fmt: skip

        self._asked += 1
        self.jobs.read(self, read, partial(self._show, self._asked))

    def _show(self, asked: int, found: Opened | Followed) -> None:
        if asked != self._asked:
            return
        entry = isinstance(found, Opened)
        self._stack.setCurrentIndex(0 if entry else 1)
        self.search.setVisible(entry)
        self.repeat_button.setVisible(entry)
        self.suggest_button.setVisible(entry)
        if isinstance(found, Followed):
            self._tell_fixed()
            self.header.show_title(tr("Order {number}", number=found.detail.row.number))
            self.header.show_facts(found.detail.row.account)
            self.detail.show_order(found)
            self.detail.focus_main()
            return
        same = self._draft is not None and self._draft.name == found.draft.name
        if not same:
            self._draft, self._refused = found.draft, found.refused
        assert self._draft is not None  # noqa: S101 - for the type checker
        self._is_edition = found.counter.status in (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED)
        self._say_header(found)
        why = reasons.why(self._refused.code, "order")[0] if self._refused is not None else ""
        restored = found.restored and not same
        self.entry.show_counter(found.counter, self._draft, restored=restored, refused=why)
        self.repeat_button.setVisible(bool(found.counter.last_lines))
        self.suggest_button.setVisible(self.entry.has_suggestions and not self._is_edition)

    def _tell_fixed(self) -> None:
        """Say that an order cannot be changed any more while somebody does; what he added is not lost."""
        typed, self._draft = self._draft, None
        if typed is not None and self._amends:
            said, anew = tr("This order cannot be changed any more."), tr("Order what was added")
            self.context.shell.toast(said, partial(acts.order_typed, self, typed), anew)

    def _say_header(self, found: Opened) -> None:
        counter = found.counter
        amends = self._is_edition or counter.status == OrderStatus.NEEDS_REVIEW
        self.header.show_title(tr("Change the order") if amends else tr("Take an order"))
        pieces = [counter.account, formats.day(counter.basis.on, self.context.today())]
        if counter.number:
            pieces.append(counter.number)
        self.header.show_facts(" · ".join(pieces))

    def _to_search(self) -> None:
        if self.is_entry:
            self.search.setFocus()
            self.search.selectAll()

    def repeat_last(self) -> None:
        """Fill in the last order; the toast takes it back."""
        self._fill(self.entry.repeat_last, tr("Filled in from the last order."))

    def take_suggested(self) -> None:
        """Fill in what counts and earlier orders suggest; the toast takes it back."""
        self._fill(self.entry.take_suggested, tr("Filled in what the store probably needs."))

    def _fill(self, fill: Callable[[], bool], said: str) -> None:
        draft = self._draft
        if not self.is_entry or draft is None:
            return
        self.entry.take_typed()
        before, origin = draft.as_json(), draft.origin

        def back() -> None:
            draft.origin = origin
            self._put_back(draft, before)

        if fill():
            self.context.shell.toast(said, back)

    def _put_back(self, draft: Draft, before: Any) -> None:
        """Take a step back in an order, unless it is another one by now."""
        if self._draft is draft:
            self.entry.restore(before)

    def submit(self) -> None:
        """Fix the order's prices and hand it over; what is missing is shown instead.

        On an order that is followed the key of the main action leaves the page.
        """
        if not self.is_entry:
            self.go_back()
            return
        if self._is_saving or not self.entry.take_typed():
            return
        draft, total = self._draft, self.entry.total
        if draft is None or self.entry.quote is None:
            return
        if self.entry.quote.problems:
            self.entry.go_to_gap()
            return
        if not draft.quantities:
            self.entry.show_all()
            self.context.shell.toast(tr("Add at least one item first."))
            return
        if self.entry.moved.is_open:
            self.entry.moved.see(self.submit)
            return
        if self._is_edition:
            self._ask_reason(draft)
            return
        at, typed, paid_from = self.context.now(), draft.copy(), self._paid_from(draft, total)

        def write(session: Session) -> UUID:
            order_id = self._store(session, typed, paid_from)
            now = orders.submit(session, order_id, at=at).priced.payable
            if now != total:
                raise RuleBroken("price_moved", old=total, new=now)
            return order_id

        self._hand_over(write)

    def _hand_over(self, write: Callable[[Session], UUID]) -> None:
        """Write the order, once: what is typed is kept before, in case it is refused."""
        self._keep_typed()
        self.entry.stop_waiting()
        self._show_saving(True)
        place = self._place
        self.jobs.write(self, write, partial(self._on_submitted, place), partial(self._on_refused, place))

    def _show_saving(self, saving: bool) -> None:
        self._is_saving = saving
        self.entry.summary.submit_button.set_running(saving)

    def _ask_reason(self, draft: Draft) -> None:
        """Ask why an order that was handed over is changed, then make its next edition."""
        ask_reason(
            self.context.shell.window(),
            tr("Why is the order changed?"),
            tr("The office sees the reason. The edition before is kept beside the new one."),
            tr("Send the change"),
            partial(self._amend, draft),
            typed=self._refused.reason if self._refused is not None else "",
        )

    def _amend(self, draft: Draft, reason: str) -> None:
        order_id, at, again = draft.order_id, self.context.now(), self._again
        total, typed = self.entry.total, draft.copy()
        paid_from = self._paid_from(draft, total)
        if order_id is None or self._is_saving:
            return

        def write(session: Session) -> UUID:
            drafts.discard(session, reading.KIND, typed.name)
            now = orders.amend(
                session, order_id, typed.lines(), reason=reason, at=at,
                note=typed.note, wanted_on=typed.wanted_on, rebates=typed.rebates, paid_from=paid_from,
            ).priced.payable  # fmt: skip
            if now != total:
                raise RuleBroken("price_moved", old=total, new=now)
            if again is not None and refused.one(session, again) is not None:
                refused.settle(session, again)
            return order_id

        self._hand_over(write)

    def _store(self, session: Session, draft: Draft, paid_from: Mapping[str, Decimal] | None) -> UUID:
        """Save the draft's lines as an order and forget the half-typed input, in one transaction."""
        at, me = self.context.now(), self.context.me.id
        drafts.discard(session, reading.KIND, draft.name)
        order_id = draft.order_id
        if order_id is None:
            order_id = orders.start(
                session, draft.account_id, me=me, at=at, visit_id=draft.visit_id, origin=draft.origin
            )
        orders.save(
            session, order_id, draft.lines(),
            at=at, note=draft.note, wanted_on=draft.wanted_on, rebates=draft.rebates,
            paid_from=paid_from, origin=draft.origin,
        )  # fmt: skip
        return order_id

    def _paid_from(self, draft: Draft, due: Decimal) -> Mapping[str, Decimal] | None:
        means = self.entry.counter.means if self.entry.counter is not None else Means()
        return draft.paid_from(means, due)

    def _on_submitted(self, place: int, order_id: UUID) -> None:
        self.context.shell.toast(tr("The order is saved on this laptop and will be sent."))
        if place == self._place:
            self._show_saving(False)
            self._draft, self._order_id, self._amends, self._again = None, order_id, False, None
            self.refresh()

    def _on_refused(self, place: int, error: FieldCrmError) -> None:
        self.context.shell.show_error(error)
        if place == self._place:
            self._show_saving(False)
            self.refresh()

    def keep_and_leave(self) -> None:
        """Save the draft as an order and go back."""
        if not self.is_entry or self._is_saving:
            return
        if self._is_edition:  # what is typed stays beside the order as it is
            self._keep_typed()
            self.context.shell.back()
            return
        self._save_draft(lambda: self.context.shell.toast(tr("The draft is saved on this laptop.")))
        self.context.shell.back()

    def _save_draft(self, then: object = None) -> None:
        draft = self._draft
        if draft is None or not (draft.quantities or draft.order_id):
            self._draft = None
            return
        self.entry.take_typed()
        self._keep_typed()  # in case it cannot be saved
        self.entry.stop_waiting()
        self._draft = None

        place = self._place

        def saved(order_id: UUID) -> None:
            if place == self._place:
                self._order_id = order_id
            if callable(then):
                then()

        typed, paid_from = draft.copy(), self._paid_from(draft, self.entry.total)
        self.jobs.write(self, lambda s: self._store(s, typed, paid_from), saved)

    def leaving(self) -> None:
        """Save what was entered as a draft order; an order under amendment keeps its typed input."""
        if not self.is_entry or self._draft is None or self._is_saving:
            return
        if self._amends:
            self._keep_typed()
            self._draft = None
        else:
            self._save_draft()

    def _keep_typed(self) -> None:
        draft = self._draft
        if draft is not None and not self._is_saving:
            name, value, at = draft.name, draft.as_json(), self.context.now()
            self.jobs.write(self, lambda s: reading.keep(s, name, value, at))

    def start_over(self) -> None:
        """Throw away what came back and begin with what was saved."""
        draft = self._draft
        if draft is None:
            return
        before = draft.as_json()

        def show(saved: Draft) -> None:
            if self._draft is draft:
                self.entry.restore(saved.as_json())
                self.context.shell.toast(tr("Started over."), partial(self._put_back, draft, before))

        self.jobs.read(self, lambda s: reading.saved_draft(s, draft), show)

    def _on_change(self, order_id: UUID) -> None:
        self._order_id, self._amends, self._draft = order_id, True, None
        self.refresh()

    def _on_again(self, mutation_id: UUID) -> None:
        self._again, self._amends, self._draft = mutation_id, True, None
        self.refresh()

    def go_back(self) -> None:
        """Leave the page; what was entered is saved on the way."""
        self.context.shell.back()


def _uuid(value: object) -> UUID | None:
    return value if isinstance(value, UUID) else None
