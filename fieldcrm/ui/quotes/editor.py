"""A round being put together: the order's entry, then validity, fees and a note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, NotFound
from fieldcrm.model import quotes as rows
from fieldcrm.rules.margins import CostList
from fieldcrm.services import costs, quote_rows, quotes
from fieldcrm.services.pricing import Quote
from fieldcrm.services.quotes import Terms
from fieldcrm.storage import drafts
from fieldcrm.ui import margin_words
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import reading, scanning
from fieldcrm.ui.orders.draft import Draft
from fieldcrm.ui.orders.entry import EntryView
from fieldcrm.ui.orders.reading import Counter
from fieldcrm.ui.page import Page
from fieldcrm.ui.quotes import terms
from fieldcrm.ui.quotes.terms import TermsDialog
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.frames import Header
from fieldcrm.ui.widgets.typing import SearchField

KIND = "quote"


@dataclass(frozen=True, slots=True)
class _Begun:
    counter: Counter
    draft: Draft
    terms: Terms
    costs: CostList | None
    family_id: UUID | None
    round: int


class QuoteEditPage(Page):
    """Puts the next round together; what is typed is kept until the round is."""

    watches = frozenset({"product", "product_unit", "price_book", "price_entry", "cost_price"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._account_id: UUID | None = None
        self._quote_id: UUID | None = None
        self._begun: _Begun | None = None
        self._is_saving = False  # its key can be pressed again
        self.search = SearchField(tr("Item, pinyin initials or barcode"), "Ctrl F", width=300)
        lead = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        self.header = Header(tr("Quote"), "", [self.search], lead)
        self.entry = EntryView(context, is_quote=True)
        self.entry.summary.margin_of = self._margin
        self.outer.addWidget(self.header)
        self.outer.addWidget(self.entry, 1)
        self.search.settled.connect(self.entry.look_up)
        self.search.returnPressed.connect(partial(scanning.entered, self.entry, self.search))
        self.entry.submit.connect(self.ask_terms)
        self.entry.edited.connect(self._keep_typed)
        self.bind("Ctrl+F", self.search.setFocus, tr("Search an item or scan a barcode"))
        self.bind("Ctrl+Return", self.ask_terms, tr("Keep this round"))
        self.bind("U", self.entry.switch_unit, tr("Next unit of this item"))
        self.bind("C", self.entry.configure, tr("Choose what goes into this item"))

    def panes(self) -> list[QWidget]:
        return [self.header, self.entry.table, self.entry.summary]

    def show_place(self, **where: object) -> None:
        account, quote = where.get("account_id"), where.get("quote_id")
        self._account_id = account if isinstance(account, UUID) else None
        self._quote_id = quote if isinstance(quote, UUID) else None
        self._begun, self._is_saving = None, False
        self.refresh_soon()

    def refresh(self) -> None:
        if self._account_id is None and self._quote_id is None:
            return
        account_id, quote_id, begun = self._account_id, self._quote_id, self._begun
        on, at, me = self.context.today(), self.context.now(), self.context.me.id

        def read(session: Session) -> _Begun:
            before = session.get(rows.Quote, quote_id) if quote_id is not None else None
            account = before.account_id if before is not None else account_id
            if account is None:
                raise NotFound("quote", quote_id)
            draft = begun.draft if begun is not None else _draft(session, account, before)
            counter = reading.counter_of(session, account, None, None, on, draft.products, at)
            bare = replace(counter, rebate=Decimal(), goods=(), credit_limit=None)
            said = begun.terms if begun is not None else Terms(terms.usual(on))
            seen = costs.seen_by(session, me)
            if before is None:
                return _Begun(bare, draft, said, seen, None, 1)
            if begun is None:
                said = Terms(terms.usual(on), tuple(quotes.fees_of(before)), before.note)
            return _Begun(bare, draft, said, seen, before.family_id, before.round + 1)

        self.jobs.read(self, read, self._show)

    def _show(self, found: _Begun) -> None:
        self._begun = found
        self.header.show_title(tr("Quote, round {n}", n=found.round))
        self.header.show_facts(found.counter.account)
        self.entry.show_counter(found.counter, found.draft, restored=False)

    def _margin(self, quote: Quote) -> str:
        """Return what is left of the lines that are typed, for who may see it."""
        begun = self._begun
        if begun is None or begun.costs is None or not quote.priced.lines:
            return ""
        basis, drafted = begun.counter.basis, begun.draft.lines()
        return margin_words.compared(costs.of_draft(begun.costs, basis, quote.priced, drafted))

    def ask_terms(self) -> None:
        """Ask for what is offered besides the goods, once every line has a price."""
        begun = self._begun
        if begun is None or self._is_saving or not self.entry.take_typed():
            return
        quote = self.entry.quote
        if quote is None:
            return
        if quote.problems:
            self.entry.go_to_gap()
        elif not begun.draft.quantities:
            self.entry.show_all()
            self.context.shell.toast(tr("Add at least one item first."))
        else:
            TermsDialog(self.context, begun.terms, self.keep).open()

    def keep(self, said: Terms) -> None:
        """Keep the round and show it in the list."""
        begun, me, at = self._begun, self.context.me.id, self.context.now()
        if begun is None or self._is_saving:
            return
        self._keep_typed()  # in case it is refused
        self.entry.stop_waiting()
        self._begun, self._is_saving, typed = replace(begun, terms=said), True, begun.draft.copy()

        def write(session: Session) -> UUID:
            drafts.discard(session, KIND, _key(typed, begun.family_id))
            return quotes.save(
                session, typed.account_id, typed.lines(), said,
                me=me, at=at, family_id=begun.family_id,
            )  # fmt: skip

        self.jobs.write(self, write, partial(self._on_kept, begun.draft), self._on_refused)

    def _on_kept(self, draft: Draft, quote_id: UUID) -> None:
        self.context.shell.toast(tr("The round is saved on this laptop and will be sent."))
        if self._begun is not None and self._begun.draft is draft:  # nobody went on to another meanwhile
            self._begun = self._account_id = self._quote_id = None
            self._is_saving = False
            self.context.shell.open("quotes", quote_id=quote_id)

    def _on_refused(self, error: FieldCrmError) -> None:
        self._is_saving = False
        self.context.shell.show_error(error)

    def leaving(self) -> None:
        """Keep what was typed; it is here again when the same round is gone on with."""
        self.entry.take_typed()
        self._keep_typed()

    def _keep_typed(self) -> None:
        begun = self._begun
        if begun is not None and not self._is_saving:
            key, value, at = _key(begun.draft, begun.family_id), begun.draft.as_json(), self.context.now()
            keeps = bool(value["lines"] or begun.family_id)
            self.jobs.write(
                self,
                lambda s: drafts.save(s, KIND, key, value, at) if keeps else drafts.discard(s, KIND, key),
            )


def _draft(session: Session, account_id: UUID, before: rows.Quote | None) -> Draft:
    draft = Draft(account_id)
    if before is not None:
        draft.fill(quote_rows.draft_lines(session, before.id))
    draft.restore(drafts.load(session, KIND, _key(draft, before.family_id if before is not None else None)))
    return draft


def _key(draft: Draft, family_id: UUID | None) -> str:
    return str(family_id or draft.account_id)
