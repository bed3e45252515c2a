"""The builder of one template: outline, preview, properties; every change is a draft on this laptop.

A draft belongs to whoever builds it and is kept on every change; publishing makes the next
edition of it. Undo and redo go through everything since the page was opened.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.rules import sop_check, sop_draft
from fieldcrm.rules.sop import INSIDE, FieldType
from fieldcrm.rules.sop_check import Finding
from fieldcrm.rules.sop_draft import Document, History, Path
from fieldcrm.services import group_rows, sop_publishing, workspace
from fieldcrm.services.sop_publishing import Plan
from fieldcrm.services.workspace import StockItem
from fieldcrm.storage import drafts
from fieldcrm.ui import formats, theme
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sop import blank, outline, words
from fieldcrm.ui.sop.outline import Outline, Part
from fieldcrm.ui.sop.preview import Preview
from fieldcrm.ui.sop.properties import Properties
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, Inspector, ListPane, column, row
from fieldcrm.ui.widgets.labels import Label
from fieldcrm.ui.widgets.overlays import confirm

KIND = "sop_template"
_SAMPLE, _SOON_MS = 8, 150


class BuilderPage(Page):
    """Builds the draft called ``draft`` (``show_place``)."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._draft = ""
        self.history = History(blank.template(""))
        self.path: Path = ()
        self.found: tuple[Finding, ...] = ()
        self._build()
        self._bind_keys()
        self._soon = QTimer(self, interval=_SOON_MS, singleShot=True)
        self._soon.timeout.connect(self._show_preview)

    def _build(self) -> None:
        back = IconButton(
            "arrow-left", tr("Back to the templates"), self.context.shell.back, quiet=True, size=40
        )
        self.undo_button = IconButton("undo", tr("Undo"), self.undo)
        self.redo_button = IconButton("redo", tr("Redo"), self.redo)
        self.publish_button = Button(tr("Publish"), "primary", on_click=self.publish)
        self.check_button = Button("", "ghost", "check-circle-outline", on_click=self.next_finding)
        actions = [self.check_button, self.undo_button, self.redo_button, self.publish_button]
        self.header = Header("", "", actions, back)
        self.outline = Outline()
        self.outline.picked.connect(self._on_picked)
        self.outline.moved.connect(lambda path, to: self._moved(*sop_draft.moved(self.document, path, to)))
        self.outline.nudged.connect(lambda path, by: self._moved(*sop_draft.nudged(self.document, path, by)))
        self.outline.copied.connect(lambda path: self._moved(*sop_draft.duplicated(self.document, path)))
        self.outline.removed.connect(self.remove)
        step = Button(tr("Step"), icon="plus", on_click=self.add_step)
        step.setAccessibleName(tr("Add a step"))
        self.field_button = Button(tr("Question"), icon="plus", on_click=self._offer_fields)
        self.field_button.setAccessibleName(tr("Add a question"))
        self._finding = Label("", 13, 400, "bad")
        foot = column(self._finding, row(step, self.field_button, gap=8), gap=8, margins=(16, 8, 16, 16))
        pane = ListPane(self.outline, width=272, margins=(0, 8, 1, 0))
        box = pane.layout()
        assert isinstance(box, QVBoxLayout)  # noqa: S101 - for the type checker
        box.addLayout(foot)
        self.preview = Preview(self.context.today())
        self.properties = Properties(self.context.today())
        self.properties.changed.connect(self._on_property)
        self.properties.add_inner.connect(self._offer_inner)
        body = row(gap=0)
        body.addWidget(pane)
        body.addWidget(self.preview, 1)
        body.addWidget(Inspector(column(self.properties, None), width=312))
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def _bind_keys(self) -> None:
        self.bind("Ctrl+Z", self.undo, tr("Undo"))
        self.bind("Ctrl+Shift+Z", self.redo, tr("Redo"))
        self.bind("Ctrl+Return", self.publish, tr("Publish"))
        self.bind("F8", self.next_finding, tr("Go to what is wrong"))
        self.keys += [
            ("Alt+↑ ↓", tr("Move a step or question")), ("Ctrl+D", tr("Copy a step or question")),
            ("Delete", tr("Remove a step or question")),
        ]  # fmt: skip

    def panes(self) -> list[QWidget]:
        """Return the outline, the preview and the properties."""
        return [self.header, self.outline, self.preview, self.properties]

    @property
    def document(self) -> Document:
        """The template as it is now."""
        return self.history.document

    def show_place(self, **where: object) -> None:
        """Show the draft called ``draft``."""
        key = where.get("draft")
        if isinstance(key, str) and key != self._draft:
            self._draft, self._stale = key, True
            if self.isVisible():
                self.refresh_soon()

    def refresh(self) -> None:
        """Read the draft and a few articles for the preview."""
        key = self._draft

        def read(session: Session) -> tuple[Any, list[StockItem]]:
            sample = [product.id for product in group_rows.sellable(session)[:_SAMPLE]]
            return drafts.load(session, KIND, key), workspace.stock_items(session, sample)

        self.jobs.read(self, read, self._show_read)

    def _show_read(self, read: tuple[Any, list[StockItem]]) -> None:
        kept, items = read
        self.preview.use_items(items)
        self.history, self.path = History(kept or blank.template(tr("New template"))), ()
        self._show()
        self.outline.setFocus()

    # -- changing --------------------------------------------------------------------------

    def change(self, document: Document, path: Path | None = None, what: object = None) -> None:
        """Make a change, keep it as a draft and show it."""
        self.history = self.history.then(document, what)
        self.path = self.path if path is None else path
        self._keep()
        self._show()

    def _keep(self) -> None:
        key, at, document = self._draft, self.context.now(), self.document
        self.jobs.write(self, lambda session: drafts.save(session, KIND, key, document, at))

    def undo(self) -> None:
        """Take the last change back."""
        self._step_to(self.history.undone())

    def redo(self) -> None:
        """Make the last undone change again."""
        self._step_to(self.history.redone())

    def _step_to(self, history: History) -> None:
        self.history = history
        if self.path not in set(sop_draft.places(self.document)):
            self.path = ()
        self._keep()
        self._show()

    def _moved(self, document: Document, path: Path) -> None:
        self.change(document, path)

    def _on_property(self, path: Path, values: dict[str, Any], what: object) -> None:
        self.change(sop_draft.changed(self.document, path, values), what=what)

    def add_step(self) -> None:
        """Add a step after the one that is chosen."""
        place = self.path[0] + 1 if self.path else None
        self.change(*sop_draft.added(self.document, (), blank.step(), place))

    def add_field(self, kind: FieldType) -> None:
        """Add a question after the one that is chosen, else at the end of the step."""
        steps = self.document.get("steps") or []
        if not steps:
            return
        step = self.path[0] if self.path else len(steps) - 1
        place = self.path[1] + 1 if len(self.path) > 1 else None
        self.change(*sop_draft.added(self.document, (step,), blank.field(kind), place))

    def add_inner(self, path: Path, kind: FieldType) -> None:
        """Add a question to the rows of a group."""
        self.change(*sop_draft.added(self.document, path, blank.field(kind)))

    def remove(self, path: Path) -> None:
        """Remove a part; the toast brings it back."""
        title = outline.parts(self.document, set())[list(sop_draft.places(self.document)).index(path)].title
        before = path[:-1] if path[-1] == 0 else (*path[:-1], path[-1] - 1)
        self.change(sop_draft.removed(self.document, path), before)
        self.context.shell.toast(tr("{name} removed", name=title), self.undo)

    def _offer_fields(self) -> None:
        self._menu(self.field_button, list(words.TYPES), self.add_field)

    def _offer_inner(self, path: Path) -> None:
        self._menu(
            self.properties, [kind for kind in words.TYPES if kind in INSIDE], partial(self.add_inner, path)
        )

    def _menu(self, at: QWidget, kinds: list[FieldType], add: Any) -> None:
        menu = QMenu(self)
        for kind in kinds:
            name, icon = words.TYPES[kind]
            menu.addAction(theme.icon(icon, "text2"), tr(name), partial(add, kind))
        menu.popup(at.mapToGlobal(at.rect().topLeft()))

    # -- showing ---------------------------------------------------------------------------

    def _on_picked(self, part: Part | None) -> None:
        if part is not None and part.path != self.path:
            self.path = part.path
            self._show()

    def _show(self) -> None:
        self.found = sop_check.findings(self.document.get("steps"))
        wrong = {(each.step_key, each.field_key) for each in self.found}
        self.outline.show_parts(outline.parts(self.document, wrong), self.path)
        self.properties.show_part(self.document, self.path)
        name, code = self.document.get("name") or tr("Without a name"), self.document.get("code")
        made = words.made_for_draft(self.document)
        self.header.show_title(name)
        self.header.show_facts(f"{tr('Next edition') if code else tr('New template')} · {made}")
        self.undo_button.setEnabled(bool(self.history.past))
        self.redo_button.setEnabled(bool(self.history.future))
        self._show_findings()
        self._soon.start()

    def _show_findings(self) -> None:
        count = len(self.found)
        said = ntr("{n} thing is wrong", "{n} things are wrong", count) if count else tr("Nothing is wrong")
        self.check_button.setText(said)
        self.check_button.show_icon(
            "alert-circle" if count else "check-circle-outline", "bad" if count else "ok"
        )
        here = [each for each in self.found if self._is_here(each)]
        self._finding.show_text(words.finding(here[0])[1] if here else "")
        self._finding.setVisible(bool(here))

    def _is_here(self, found: Finding) -> bool:
        return (found.step_key, found.field_key) == self._keys(self.path)

    def _keys(self, path: Path) -> tuple[str, str]:
        """Return the step key and field key of a path."""
        keys = [
            str(sop_draft.at(self.document, path[:depth]).get("key"))
            for depth in (1, 2)
            if depth <= len(path)
        ]
        return (keys[0] if keys else "", keys[1] if len(keys) > 1 else "")

    def _show_preview(self) -> None:
        steps = self.document.get("steps") or []
        number = self.path[0] if self.path else 0
        self.preview.show_step(self.document, str(steps[number].get("key")) if steps else "")

    def next_finding(self) -> None:
        """Go to the next thing that is wrong."""
        paths = [p for p in sop_draft.places(self.document) if len(p) < 3]
        bad = [p for p in paths if any((f.step_key, f.field_key) == self._keys(p) for f in self.found)]
        later = [p for p in bad if p > self.path]
        if bad:
            self.path = (later or bad)[0]
            self._show()

    # -- publishing ------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Return what would be published."""
        d = self.document
        since, sunset = d.get("valid_from"), d.get("sunset_on")
        return Plan(
            name=str(d.get("name") or ""), code=str(d.get("code") or ""),
            channels=tuple(d.get("channels") or ()),
            store_types=tuple(d.get("store_types") or ()), purpose=str(d.get("purpose") or ""),
            valid_from=date.fromisoformat(since) if since else self.context.today(),
            sunset_on=date.fromisoformat(sunset) if sunset else None, steps=list(d.get("steps") or ()),
        )  # fmt: skip

    def publish(self) -> None:
        """Ask once more, then make the next edition; what is wrong is gone to instead."""
        if self.found:
            self.next_finding()
            return
        plan, today = self.plan(), self.context.today()
        since = tr("today") if plan.valid_from <= today else formats.full_day(plan.valid_from)
        for_ = words.made_for(plan.channels, plan.store_types, plan.purpose)
        text = tr("From {day} visits to these stores begin with it: {stores}.", day=since, stores=for_)
        confirm(
            self.context.shell.window(), tr("Publish {name}?", name=plan.name), text, tr("Publish"),
            lambda: self._publish(plan),
        )  # fmt: skip

    def _publish(self, plan: Plan) -> None:
        key, today = self._draft, self.context.today()

        def write(session: Session) -> UUID:
            made = sop_publishing.publish(session, plan, today=today)
            drafts.discard(session, KIND, key)
            return made

        self.jobs.write(self, write, self._on_published, self.context.shell.show_error)

    def _on_published(self, _made: UUID) -> None:
        self._draft = ""
        self.context.shell.toast(tr("Published; it goes to every laptop with the next sync"))
        self.context.shell.open("sops")


def new_draft(document: Document | None = None) -> tuple[str, Document]:
    """Return a name for a new draft, and what it begins with."""
    code = str((document or {}).get("code") or "")
    return code or new_id().hex, document or blank.template(tr("New template"))
