"""Writing one rule: its fields in groups, what it will do in plain words, what is wrong at its field.

What is typed is kept on this laptop while it is typed. Saving puts the rule into the draft; what
cannot stay is said at its field, nothing is saved then and what was typed stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from fieldcrm.errors import FieldCrmError
from fieldcrm.ids import new_id
from fieldcrm.rules.rule_columns import get, parts, put, table
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.services import rule_documents, rule_faults
from fieldcrm.services.rule_faults import RuleFault
from fieldcrm.storage import drafts
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import ntr, prose, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.prices import choices, form, links, reading, sentences, words
from fieldcrm.ui.prices.benefits import BenefitFields
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import RuleFields, Section
from fieldcrm.ui.prices.groups import GROUPS, STARTS, TIERED
from fieldcrm.ui.prices.parts import PartsField
from fieldcrm.ui.prices.reading import Desk
from fieldcrm.ui.prices.tiers import TierTable
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Footer, Header, card, column, holder, row, scrolling
from fieldcrm.ui.widgets.labels import Paragraph, secondary, section_title

KIND = "rule_form"
_SETTLE_MS = 400


class RulePage(Page):
    """The form of one rule."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._noun, self._key = "promotion", ""
        self._desk: Desk | None = None
        self._is_tried = False
        self._offers = Offers()
        self._doc: Doc = {}
        self.groups: list[Section] = []
        self.parts: dict[str, PartsField] = {}
        lead = IconButton("arrow-left", tr("Back"), self._leave, quiet=True)
        self.header = Header("", "", [], lead)
        self._body = column(gap=16, margins=(24, 16, 16, 24))
        self._area = scrolling(self._body)
        self._does = Paragraph("", 14, 400, "text")
        self._wrong = secondary("", "bad")
        self.save_button = Button(tr("Keep in the draft"), "primary", height=44, on_click=self.save, wide=160)
        self._footer = Footer(
            Button(tr("Cancel"), height=44, on_click=self._leave), None, self._wrong, self.save_button
        )
        beside = holder(
            column(card(section_title(tr("What it does")), self._does, gap=8), None, margins=(8, 16, 24, 16))
        )
        beside.setFixedWidth(320)
        middle = row(self._area, beside, gap=0)
        middle.setStretch(0, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(middle, 1)
        self.outer.addWidget(self._footer)
        self._pause = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._pause.timeout.connect(self._on_edited)
        self.bind("Ctrl+Return", self.save, tr("Keep in the draft"))

    def panes(self) -> list[QWidget]:
        """Return the form and its footer."""
        return [self._area, self._footer]

    def show_place(self, **where: Any) -> None:
        """Show a rule; without a key a new one."""
        self._noun, self._key = str(where.get("noun") or "promotion"), str(where.get("rule") or "")
        self._desk, self._is_tried = None, False
        self.refresh_soon()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._focus_first()

    def refresh(self) -> None:
        """Read the rule, and what was typed and not kept."""
        if self._desk is not None:
            return
        at, place = self.context.now(), f"{self._noun} {self._key}"

        def read(session: Any) -> tuple[Desk, Offers, Any]:
            desk = reading.read(session, at)
            offered = choices.offers(session, desk.docs, desk.names)
            return desk, offered, drafts.load(session, KIND, place)

        self.jobs.read(self, read, self._show)

    def _show(self, found: tuple[Desk, Offers, Any]) -> None:
        self._desk, self._offers, typed = found
        desk = self._desk
        self._doc = dict(desk.docs[self._noun].get(self._key) or STARTS.get(self._noun, {}))
        is_new = not self._key or self._key not in desk.docs[self._noun]
        self.header.show_title(
            tr("New: {noun}", noun=words.sheet(self._noun)) if is_new else words.sheet(self._noun)
        )
        self.header.show_facts(str(self._doc.get("name") or ""))
        self._wrong.show_text("")
        self._build()
        if isinstance(typed, dict):
            self._restore(typed)
        self._on_edited(keep=False)
        if not is_new:
            self._show_faults(list(desk.line(self._noun, self._key).faults))
        self._focus_first()

    def _build(self) -> None:
        while (item := self._body.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.groups, self.parts = [], {}
        for title, paths in GROUPS[self._noun]:
            section = self._section(paths)
            section.edited.connect(self._pause.start)
            self.groups.append(section)
            self._body.addWidget(card(section_title(tr(title)), section, gap=12))
        self._tie_benefit()
        for each in parts(self._noun):
            if each.part in TIERED:
                continue
            part = PartsField(self.context, each, self._offers, get(self._doc, each.part) or [])
            part.edited.connect(self._pause.start)
            self.parts[each.part] = part
            self._body.addWidget(card(part))
        self._body.addStretch(1)

    def _section(self, paths: Sequence[str]) -> Any:
        if paths[0] == "tiers":
            return BenefitFields(self.context, self._offers, self._doc)
        if paths[0] == "earn.tiers":
            docs = get(self._doc, "earn.tiers") or []
            return TierTable(self.context, table("rebate_program.earn.tiers"), self._offers, docs)
        return RuleFields(self.context, table(self._noun), paths, self._offers, self._doc)

    def _tie_benefit(self) -> None:
        """Let the benefit and the units follow what the promotion is meant for."""
        about, *others = self.groups
        benefit = next((each for each in others if isinstance(each, BenefitFields)), None)
        if benefit is not None:
            links.tie_promotion(about, others[0], benefit)

    def _focus_first(self) -> None:
        if self.groups:
            next(iter(self.groups[0].fields.values())).control.setFocus()

    # -- typing ----------------------------------------------------------------------------

    def _written(self) -> tuple[Doc, list[FieldCrmError]]:
        typed, errors = form.document(self.groups, self._doc)
        doc = rule_documents.filled(self._noun, typed)
        for path, part in self.parts.items():
            put(doc, path, part.lines)
        return doc, errors

    def _on_edited(self, *, keep: bool = True) -> None:
        if self._desk is None:
            return
        doc, _errors = self._written()
        if not self._is_tried:
            form.hush(self.groups)
        self._does.show_text(sentences.sentence(self._noun, doc, self._desk.named) or tr("Nothing yet."))
        if keep:
            self._keep_typed()

    def _keep_typed(self) -> None:
        typed: dict[str, Any] = {path: value for each in self.groups for path, value in each.typed().items()}
        typed |= {f"[{path}]": part.lines for path, part in self.parts.items()}
        place, at = f"{self._noun} {self._key}", self.context.now()
        self.jobs.write(self, lambda s: drafts.save(s, KIND, place, typed, at))

    def _restore(self, typed: dict[str, Any]) -> None:
        for each in self.groups:
            each.show_typed(typed)
        for path, part in self.parts.items():
            part.lines = list(typed.get(f"[{path}]", part.lines))
            part.keep(None, None)
        self.context.shell.toast(tr("What you typed before is here again"))

    # -- leaving ---------------------------------------------------------------------------

    def step_back(self) -> bool:
        """Esc leaves the form; what was typed is thrown away."""
        self._leave()
        return True

    def _leave(self) -> None:
        self._pause.stop()
        place = f"{self._noun} {self._key}"
        self.jobs.write(self, lambda s: drafts.discard(s, KIND, place))
        self.context.shell.back()

    def save(self) -> None:
        """Put the rule into the draft, or say at its field what cannot be read."""
        desk = self._desk
        if desk is None:
            return
        self._pause.stop()
        self._is_tried = True
        doc, errors = self._written()
        if errors:
            self._say_wrong(len(errors))
            return
        if self._noun in rule_documents.OWN_IDS:
            doc.setdefault("id", str(new_id()))
        if self._noun == "approval_rung":
            doc.setdefault("ladder", "discount")
        key, old, noun, at = rule_documents.key_of(self._noun, doc), self._key, self._noun, self.context.now()
        taken = reading.taken(desk, noun, key, old)
        if taken is not None:
            self._on_saved([taken])
            return
        changes: dict[tuple[str, str], Doc | None] = {(noun, key): doc}
        if old and old != key:
            changes[noun, old] = None  # it goes by another code from now on

        def write(session: Any) -> list[RuleFault]:
            others = {each: said for each, said in desk.docs[noun].items() if each != old}
            found = rule_faults.faults({**desk.docs, noun: {**others, key: doc}})
            mine = [each for each in found if each.noun == noun and key in (each.key, each.other)]
            if not mine:
                reading.put(session, desk, changes, at)
                drafts.discard(session, KIND, f"{noun} {old}")
            return mine

        self.jobs.write(self, write, self._on_saved, self.context.shell.show_error)

    def _on_saved(self, faults: list[RuleFault]) -> None:
        if faults:
            self._show_faults(faults)
            return
        self.context.shell.toast(tr("Kept in the draft; nothing is published yet"))
        self.context.shell.back()

    def _show_faults(self, faults: list[RuleFault]) -> None:
        loose = []
        for each in faults:
            if not any(group.show_error(each.field, each.error) for group in self.groups):
                part = self.parts.get(each.field) or next(
                    (held for path, held in self.parts.items() if path.endswith(each.field)), None
                )
                if part is not None and each.field:
                    part.show_error(worded(each.error).title)
                else:
                    loose.append(worded(each.error).title)
        if faults:
            self._say_wrong(len(faults), prose(*loose))

    def _say_wrong(self, count: int, more: str = "") -> None:
        said = ntr("{n} field is to be mended", "{n} fields are to be mended", count)
        self._wrong.show_text(prose(said, more), "bad")
        wrong = [
            field
            for group in self.groups
            for field in group.fields.values()
            if field.control.property("wrong")
        ]
        if wrong:
            wrong[0].control.setFocus()
            self._area.ensureWidgetVisible(wrong[0])
