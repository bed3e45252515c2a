"""The visit templates of the company: drafts of this laptop first, then every edition.

A published edition is never changed: editing it begins a draft of the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import sop_publishing
from fieldcrm.services.sop_publishing import Published
from fieldcrm.storage import drafts
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sop import words
from fieldcrm.ui.sop.builder import KIND, new_draft
from fieldcrm.ui.sop.export_dialog import ExportDialog
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Header, Inspector, column, surface
from fieldcrm.ui.widgets.labels import Paragraph
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState

_STATE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line: an edition, or a draft with when it was saved."""

    key: str
    name: str
    made_for: str
    edition: Published | None = None
    document: Any = None
    saved_at: datetime | None = None


def read(session: Session) -> list[Line]:
    """Return the drafts, the latest first, and every edition by name."""
    kept = drafts.unfinished(session, KIND)
    lines = [_of_draft(each) for each in kept if isinstance(each.value, dict)]
    return lines + [_of_edition(each) for each in sop_publishing.editions(session)]


def _of_draft(kept: drafts.DraftRow) -> Line:
    d, made = kept.value, words.made_for_draft(kept.value)
    return Line(f"draft:{kept.key}", str(d.get("name") or ""), made, None, d, kept.saved_at)


def _of_edition(one: Published) -> Line:
    return Line(str(one.id), one.name, words.made_for(one.channels, one.store_types, one.purpose), one)


class TemplatesPage(Page):
    """The list with what can be done to each."""

    watches = frozenset({"sop_template", "draft"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        today = context.today()
        name: Column[Line] = Column(mark("Template"), lambda line: line.name or tr("Without a name"))
        made: Column[Line] = Column(
            mark("Made for"), lambda line: line.made_for, hint=lambda line: line.made_for
        )
        edition: Column[Line] = Column(
            mark("Edition"), lambda line: str(line.edition.edition) if line.edition else formats.NONE,
            align=paint.RIGHT, width=84,
        )  # fmt: skip
        state: Column[Line] = Column(mark("State"), lambda line: _state(line, today)[0], width=168)
        self.model: RowsModel[Line] = RowsModel((name, made, edition, state), key=lambda line: line.key)
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Visit templates"),
            cells={0: _draw_name, _STATE: self._draw_state},
        )  # fmt: skip
        self.table.picked.connect(lambda _line: self._show_line())
        self.table.opened.connect(lambda _line: self.edit())
        self._build()
        self.bind("N", self.new, tr("New template"))
        self.bind("E", self.edit, tr("Edit as the next edition"))

    def _build(self) -> None:
        new = Button(tr("New template"), "primary", "plus", on_click=self.new)
        export = Button(tr("Export answers"), icon="table-arrow-down", on_click=self.export)
        self.header = Header(tr("Visit templates"), "", [export, new])
        empty = EmptyState(
            "clipboard-text-outline", tr("No template yet"),
            tr("A template says what a rep does at a store, step by step."),
        )  # fmt: skip
        self._stack = QStackedWidget()
        self._stack.addWidget(surface("card", column(self.table, gap=0, margins=(1, 1, 1, 8))))
        self._stack.addWidget(surface("card", column(empty)))
        self._name = Paragraph("", 20, SEMIBOLD, lines=2)
        self._facts = column(gap=8)
        self.edit_button = Button("", icon="pencil-outline", on_click=self.edit)
        self.end_button = Button("", "ghost", on_click=self.end)
        actions = column(self.edit_button, self.end_button, gap=8, margins=(20, 12, 20, 16))
        body = QHBoxLayout()
        body.setSpacing(0)
        left = column(self._stack, margins=(24, 16, 24, 16))
        body.addLayout(left, 1)
        body.addWidget(
            Inspector(column(self._name, self._facts, None, gap=12, margins=(20, 20, 20, 16)), actions)
        )
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)

    def panes(self) -> list[QWidget]:
        """Return the header and the table."""
        return [self.header, self.table]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.table.setFocus()
        self.refresh_soon()

    def refresh(self) -> None:
        """Read the drafts and editions again."""
        self.jobs.read(self, read, self._show)

    def _show(self, lines: list[Line]) -> None:
        self.model.show_rows(lines)
        self._stack.setCurrentIndex(0 if lines else 1)
        current = sum(1 for line in lines if line.edition is not None and line.edition.newest)
        drafted = sum(1 for line in lines if line.edition is None)
        self.header.show_facts(
            " · ".join(
                (ntr("{n} template", "{n} templates", current), ntr("{n} draft", "{n} drafts", drafted))
            )
        )
        if self.table.row() is None:
            self.table.pick(0)
        self._show_line()

    @property
    def line(self) -> Line | None:
        """The line that is chosen."""
        found: Line | None = self.table.row()
        return found

    def _show_line(self) -> None:
        line = self.line
        self._name.show_text("" if line is None else line.name or tr("Without a name"))
        while (item := self._facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for name, value in _facts(line, self.context.today(), self.context.now()) if line is not None else ():
            self._facts.addWidget(FactRow(name, value))
        self.edit_button.setVisible(line is not None)
        self.end_button.setVisible(line is not None)
        if line is not None:
            is_draft = line.edition is None
            self.edit_button.setText(tr("Go on building") if is_draft else tr("Edit as the next edition"))
            ended = line.edition is not None and line.edition.valid_to is not None
            self.end_button.setText(
                tr("Throw the draft away")
                if is_draft
                else tr("Use it again")
                if ended
                else tr("End it today")
            )

    def _draw_state(self, cell: Cell) -> None:
        said, status = _state(cell.row, self.context.today())
        paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 10, 20)
        cell.rect = cell.rect.adjusted(28, 0, 0, 0)
        cell.text(said)

    # -- acting ----------------------------------------------------------------------------

    def new(self) -> None:
        """Begin a template."""
        self._begin(None)

    def edit(self) -> None:
        """Go on with a draft, or begin the next edition."""
        line = self.line
        if line is None:
            return
        if line.edition is None:
            self.context.shell.open("sop", draft=line.key.partition(":")[2])
        else:
            self._begin(document_of(line.edition))

    def _begin(self, document: dict[str, Any] | None) -> None:
        key, made = new_draft(document)
        at = self.context.now()

        def write(session: Session) -> None:
            if drafts.load(session, KIND, key) is None:
                drafts.save(session, KIND, key, made, at)

        self.jobs.write(self, write, lambda _: self.context.shell.open("sop", draft=key))

    def end(self) -> None:
        """Throw a draft away, or let no visit begin with an edition any more."""
        line, today = self.line, self.context.today()
        if line is None:
            return
        if line.edition is None:
            key = line.key.partition(":")[2]
            self._ask(tr("Throw this draft away?"), tr("Nothing of it was published."),
                      tr("Throw away"), lambda s: drafts.discard(s, KIND, key))  # fmt: skip
            return
        edition = line.edition
        if edition.valid_to is not None:
            self.jobs.write(self, lambda s: sop_publishing.end(s, edition.id, None), lambda _: self.refresh())
            return
        until = max(today, edition.valid_from)
        self._ask(tr("End {name}?", name=line.name),
                  tr("From tomorrow no visit begins with it. Running visits keep it."), tr("End it"),
                  lambda s: sop_publishing.end(s, edition.id, until))  # fmt: skip

    def _ask(self, title: str, text: str, verb: str, work: Callable[[Session], object]) -> None:
        confirm(
            self.context.shell.window(), title, text, verb,
            lambda: self.jobs.write(self, work, lambda _: self.refresh(), self.context.shell.show_error),
        )  # fmt: skip

    def export(self) -> None:
        """Ask which answers, and write them into a file."""
        line = self.line
        editions = [
            each.edition for each in self.model.rows if each.edition is not None and each.edition.newest
        ]
        chosen = line.edition.code if line is not None and line.edition is not None else ""
        ExportDialog(self.context, [(each.code, each.name) for each in editions], chosen).open()


def document_of(edition: Published) -> dict[str, Any]:
    """Return an edition as the draft of its next one."""
    return {
        "name": edition.name, "code": edition.code, "channels": list(edition.channels),
        "store_types": list(edition.store_types), "purpose": edition.purpose,
        "steps": [dict(step) for step in edition.steps],
    }  # fmt: skip


def _made_for(line: Line) -> str:
    return line.made_for


def _state(line: Line, today: date) -> tuple[str, paint.Status]:
    return (tr("Draft"), paint.Status.SAVED) if line.edition is None else words.state(line.edition, today)


def _facts(line: Line, today: date, now: datetime) -> list[tuple[str, str]]:
    found = [(tr("State"), _state(line, today)[0]), (tr("Made for"), line.made_for)]
    steps = line.document.get("steps") if line.edition is None else line.edition.steps
    found.append((tr("Steps"), str(len(steps or ()))))
    found.append((tr("Questions"), str(sum(len(step.get("fields") or ()) for step in steps or ()))))
    if line.edition is None:
        return [*found, (tr("Saved"), formats.ago(line.saved_at, now))] if line.saved_at else found
    edition = line.edition
    found += [
        (tr("Edition"), str(edition.edition)),
        (tr("First day"), formats.table_day(edition.valid_from, today)),
    ]
    if edition.sunset_on is not None:
        found.append((tr("Earlier ones until"), formats.table_day(edition.sunset_on, today)))
    return found


def _draw_name(cell: Cell) -> None:
    line: Line = cell.row
    steps = line.document.get("steps") if line.edition is None else line.edition.steps
    count = len(steps or ())
    cell.two_lines(cell.said, ntr("{n} step", "{n} steps", count))
