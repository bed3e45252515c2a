"""Writing a bill of materials: a tree of what is in an article, and the fields of what is chosen in it.

Every step can be taken back and is kept on this laptop while one works. An article that would come
to hold itself is refused at once, with the whole way named. Trying it opens the screen that reps see.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QScrollArea, QWidget

from fieldcrm.clock import business_day
from fieldcrm.rules import bill_doc
from fieldcrm.rules.pricing import Customer, Rules
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_documents, rule_drafts, rule_faults
from fieldcrm.services.configuring import Desk as Choosing
from fieldcrm.services.pricing import Basis, DraftLine
from fieldcrm.services.rule_faults import RuleFault
from fieldcrm.storage import drafts
from fieldcrm.ui.configuring.dialog import Configurator
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import prose, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.prices import bill_tree, choices, fault_words, reading
from fieldcrm.ui.prices.bill_pane import BillPane
from fieldcrm.ui.prices.bill_tree import BillRow, BillTree, Sort
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.groups import STARTS
from fieldcrm.ui.prices.pick_dialog import PickDialog
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header, column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import secondary

KIND, NOUN = "bill_form", "sales_bom"
_PANE = 480


class BillPage(Page):
    """The bill of one article."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._key, self._offers = "", Offers()
        self._desk: Desk | None = None
        self.doc: Doc = {}
        self._past: list[Doc] = []
        self.pane: BillPane | None = None
        lead = IconButton("arrow-left", tr("Back"), self.leave, quiet=True)
        self.try_button = Button(tr("Try it"), icon="flask-outline", on_click=self.try_it)
        self.header = Header("", "", [self.try_button], lead)
        self.tree = BillTree()
        self._build()
        self.tree.picked.connect(lambda _row: self._show_pane())
        self.tree.opened.connect(self.open_inside)
        self.tree.removed.connect(self.remove)
        self.tree.moved.connect(self.shift)
        self.bind("Ctrl+Return", self.save, tr("Keep in the draft"))
        self.bind("Ctrl+Z", self.undo, tr("Undo"))
        self.bind("A", self.add_goods, tr("Add items"))
        self.bind("G", self.add_group, tr("Add a group"))
        self.bind("T", self.try_it, tr("Try it"))

    def _build(self) -> None:
        self.undo_button = Button(tr("Undo"), icon="undo", on_click=self.undo)
        add = Button(tr("Add items"), icon="plus", on_click=self.add_goods)
        group = Button(tr("Add a group"), icon="plus", on_click=self.add_group)
        away = Button(tr("Remove"), "ghost", on_click=lambda: self.remove(self.tree.row()))
        bar = row(add, group, None, away, self.undo_button, gap=8, margins=(16, 12, 16, 12))
        left = column(bar, self.tree, gap=0)
        left.setStretch(1, 1)
        self._held = column(gap=0, margins=(24, 16, 24, 24))
        self._area: QScrollArea = scrolling(self._held)
        self._area.setFixedWidth(_PANE)
        middle = row(surface("card", left), self._area, gap=0)
        middle.setStretch(0, 1)
        self._wrong = secondary("", "bad")
        self.save_button = Button(tr("Keep in the draft"), "primary", height=44, on_click=self.save, wide=160)
        cancel = Button(tr("Cancel"), height=44, on_click=self.leave)
        self.outer.addWidget(self.header)
        self.outer.addLayout(middle, 1)
        self.outer.addWidget(Footer(cancel, None, self._wrong, self.save_button))

    def panes(self) -> list[QWidget]:
        """Return the tree and the fields."""
        return [self.tree, self._area]

    # -- reading ----------------------------------------------------------------------------------

    def show_place(self, **where: Any) -> None:
        """Show the bill of an article; without one a new bill."""
        self._key, self._desk = str(where.get("rule") or ""), None
        self.refresh_soon()

    def refresh(self) -> None:
        """Read the bill, and what was changed in it and not kept."""
        if self._desk is not None:
            return
        at, key = self.context.now(), self._key

        def read(session: Any) -> tuple[Desk, Offers, Any]:
            desk = reading.read(session, at)
            return desk, choices.offers(session, desk.docs, desk.names), drafts.load(session, KIND, key)

        self.jobs.read(self, read, self._show)

    def _show(self, found: tuple[Desk, Offers, Any]) -> None:
        self._desk, self._offers, kept = found
        published = self._desk.docs[NOUN].get(self._key)
        self.doc, self._past = dict(published or STARTS[NOUN]), []
        self.header.show_title(tr("Bill") if published else tr("New: {noun}", noun=tr("Bill")))
        if isinstance(kept, dict) and kept != self.doc:
            self._past, self.doc = [self.doc], kept
            self.context.shell.toast(tr("What you typed before is here again"), self.undo)
        self._redraw()
        self.tree.pick(0)
        faults = [] if published is None else list(self._desk.line(NOUN, self._key).faults)
        self._say([self._said(each.error) for each in faults])
        self._lead_to(faults)
        self.tree.setFocus()

    def _redraw(self) -> None:
        if self._desk is None:
            return
        self.tree.rows.show_rows(bill_tree.rows(self._desk, self.doc))
        host = str(self.doc.get("host_id") or "")
        self.header.show_facts(self._desk.named(host) if host else "")
        self.undo_button.setEnabled(bool(self._past))
        self.try_button.setEnabled(bool(host and bill_doc.groups(self.doc)))

    def _show_pane(self) -> None:
        """Show the fields of the row that is current."""
        while (item := self._held.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        shown, self.pane = self.tree.row(), None
        if shown is not None and self._desk is not None:
            self.pane = BillPane(self.context, self._desk, self._offers, self.doc, shown, self._typed)
            self._held.addWidget(self.pane)
            self._held.addStretch(1)

    # -- changing ---------------------------------------------------------------------------------

    def _typed(self, doc: Doc) -> None:
        """Take over what was typed; the fields stay as they are."""
        before = self.tree.row()
        self._change(doc)
        now = self.tree.row()
        if (
            before is not None
            and now is not None
            and (before.sort, before.product) != (now.sort, now.product)
        ):
            self._pick(before)

    def _change(self, doc: Doc) -> None:
        if doc == self.doc:
            return
        self._past.append(self.doc)
        self.doc = doc
        if self.pane is not None:
            self.pane.doc = doc
        self._say([])
        self._redraw()
        self._keep_typed()

    def _pick(self, wanted: BillRow) -> None:
        place = (wanted.sort, wanted.product, wanted.number)
        found = [(each.sort, each.product, each.number) for each in self.tree.rows.rows]
        self.tree.pick(found.index(place) if place in found else 0)

    def _keep_typed(self) -> None:
        doc, key, at = self.doc, self._key, self.context.now()
        self.jobs.write(self, lambda s: drafts.save(s, KIND, key, doc, at))

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self.doc = self._past.pop()
            self._redraw()
            self._show_pane()
            self._keep_typed()

    def add_group(self) -> None:
        """Add a group and write its name."""
        self._change(bill_doc.with_group(self.doc, bill_doc.free_name(self.doc, tr("Group"))))
        last = len(bill_doc.groups(self.doc)) - 1
        self.tree.pick([(each.sort, each.number) for each in self.tree.rows.rows].index((Sort.GROUP, last)))
        if self.pane is not None and self.pane.fields is not None:
            self.pane.fields.fields["name"].control.setFocus()

    def add_goods(self) -> None:
        """Choose articles to go where the current row stands."""
        current: BillRow | None = self.tree.row()
        group = None if current is None or current.sort is Sort.HOST else current.group
        title = tr("Add to “{group}”", group=group) if group else tr("Add what is always in it")
        offered = self._offers.of.get("product", ())
        PickDialog(title, offered, [], lambda codes: self._add(group, codes)).open(
            self.context.shell.window()
        )

    def _add(self, group: str | None, codes: list[str]) -> None:
        known = self._offers.known.products
        ids = [known[code] for code in codes if code in known]
        circular = [said for each in ids if (said := self._circle(each))]
        self._change(bill_doc.with_goods(self.doc, group, [each for each in ids if not self._circle(each)]))
        self._say(circular)
        if ids and not circular:
            wanted = [
                each for each in self.tree.rows.rows if each.product == ids[0] and each.sort is Sort.ITEM
            ]
            self._pick(wanted[0]) if wanted else None

    def _circle(self, product: str) -> str:
        """Return why an article cannot go in: the whole way back to this one."""
        host = str(self.doc.get("host_id") or "")
        if self._desk is None or not host:
            return ""
        way = bill_doc.way_back({**self._desk.docs[NOUN], host: self.doc}, host, product)
        return self._said_way(way) if way else ""

    def _said_way(self, way: tuple[str, ...]) -> str:
        assert self._desk is not None  # noqa: S101 - for the type checker
        path = " › ".join(map(self._desk.named, way))
        return tr("A set cannot contain itself: {path}. It was not added.", path=path)

    def remove(self, shown: BillRow | None) -> None:
        """Take an article out, or a group with what is in it; undo brings it back."""
        if shown is None or shown.sort not in (Sort.GROUP, Sort.ITEM):
            return
        group = shown.sort is Sort.GROUP
        place = self.tree.currentIndex().row()
        self._change(
            bill_doc.without_group(self.doc, shown.number)
            if group
            else bill_doc.without(self.doc, shown.product)
        )
        self.tree.pick(min(place, len(self.tree.rows.rows) - 1))
        self._show_pane()
        self.context.shell.toast(tr("“{name}” is out", name=shown.title), self.undo)

    def shift(self, shown: BillRow, by: int) -> None:
        """Move an article among those beside it."""
        if shown.sort is Sort.ITEM:
            self._change(bill_doc.moved(self.doc, shown.product, by))
            self._pick(shown)

    def open_inside(self, shown: BillRow) -> None:
        """Open the bill of an article that has one; of another go to its fields."""
        if shown.opens:
            self.context.shell.open("price_bill", rule=shown.product)
        elif self.pane is not None and self.pane.fields is not None:
            next(iter(self.pane.fields.fields.values())).control.setFocus()

    # -- trying -----------------------------------------------------------------------------------

    def try_it(self) -> None:
        """Open the screen that reps choose with, over the bill as it stands here."""
        desk, host, doc, at = self._desk, str(self.doc.get("host_id") or ""), self.doc, self.context.now()
        if desk is None or not host or not bill_doc.groups(doc):
            return
        docs = {**desk.docs, NOUN: {**desk.docs[NOUN], host: rule_documents.filled(NOUN, doc)}}
        unit = str(desk.docs["product"].get(host, {}).get("sales_unit") or "")

        def read(_session: Any) -> Basis:
            made = rule_drafts.version(docs)
            rules = Rules(made.products, made.books, bills=made.rulebook.configurations)
            return Basis(Customer("", {}), business_day(at), rules)

        def show(basis: Basis) -> None:
            line = DraftLine(UUID(host), unit, Decimal(1))
            Configurator(Choosing(basis, line), lambda _chosen: None).open(self)

        self.jobs.read(self, read, show, lambda error: self._say([self._said(error)]))

    # -- leaving ----------------------------------------------------------------------------------

    def step_back(self) -> bool:
        """Esc leaves the bill; what was changed is thrown away."""
        self.leave()
        return True

    def leave(self) -> None:
        """Leave it as it was."""
        key = self._key
        self.jobs.write(self, lambda s: drafts.discard(s, KIND, key))
        self.context.shell.back()

    def save(self) -> None:
        """Put the bill into the draft of rules, or say what cannot stay."""
        desk, old, at = self._desk, self._key, self.context.now()
        if desk is None or not self._is_writable():
            return
        doc = rule_documents.filled(NOUN, self.doc)
        key = rule_documents.key_of(NOUN, doc)
        taken = reading.taken(desk, NOUN, key, old)
        if taken is not None:
            self._on_saved([taken])
            return
        changes: dict[tuple[str, str], Doc | None] = {(NOUN, key): doc}
        if old and old != key:
            changes[NOUN, old] = None

        def write(session: Any) -> list[RuleFault]:
            others = {each: said for each, said in desk.docs[NOUN].items() if each != old}
            found = rule_faults.faults({**desk.docs, NOUN: {**others, key: doc}})
            mine = [each for each in found if each.noun == NOUN and key in (each.key, each.other)]
            if not mine:
                reading.put(session, desk, changes, at)
                drafts.discard(session, KIND, old)
            return mine

        self.jobs.write(self, write, self._on_saved, self.context.shell.show_error)

    def _is_writable(self) -> bool:
        if not self.doc.get("host_id"):
            self.tree.pick(0)
            self._say([tr("Choose the article first")])
            return False
        if self.pane is not None and not self.pane.is_readable:
            self._say([tr("Mend the field first")])
            return False
        return True

    def _on_saved(self, faults: list[RuleFault]) -> None:
        self._say([self._said(each.error) for each in faults])
        self._lead_to(faults)
        if not faults:
            self.context.shell.toast(tr("Kept in the draft; nothing is published yet"))
            self.context.shell.back()

    def _lead_to(self, faults: list[RuleFault]) -> None:
        """Show the article that the first fault is about, and the fault at its field."""
        told = faults[0].error.data.get("products") if faults else None
        about = [str(each) for each in told] if isinstance(told, tuple | list) else []
        rows = [(each.sort, each.product) for each in self.tree.rows.rows]
        place = next((rows.index((Sort.ITEM, each)) for each in about if (Sort.ITEM, each) in rows), None)
        if place is not None:
            self.tree.pick(place)
        if place is not None and self.pane is not None:
            self.pane.show_fault(faults[0].error.code, self._said(faults[0].error))

    def _said(self, error: Exception) -> str:
        return fault_words.said(error, self._desk.named if self._desk is not None else str)

    def _say(self, wrong: list[str]) -> None:
        self._wrong.show_text(prose(*wrong), "bad")
