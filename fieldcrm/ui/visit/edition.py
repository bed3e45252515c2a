"""A newer edition while a visit runs: the bar that says so, and what going over would lose.

The visit stays with the edition it began with until its rep decides otherwise; only after the
newer edition's sunset it has to go over before it can be closed.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.rules.sop import Field, Step
from fieldcrm.rules.sop_migration import Loss, Migration, Why, migration
from fieldcrm.services import sops, visits
from fieldcrm.services.sops import Template
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, prose, tr
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.visit import progress, words
from fieldcrm.ui.visit.keeping import Keeper
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Sign
from fieldcrm.ui.widgets.overlays import Dialog

WHY = {
    Why.STEP_GONE: mark("the step is gone"),
    Why.FIELD_GONE: mark("no longer asked"),
    Why.OTHER_TYPE: mark("asked in another way"),
    Why.NOT_VALID: mark("not allowed any more"),
    Why.COLUMN_GONE: mark("no longer asked in each row"),
}
_SHOWN = 40


class EditionBar(QObject):
    """The bar above a running visit, and the question behind it."""

    def __init__(self, page: Any, context: Context, keeper: Keeper) -> None:
        super().__init__(page)
        self._page, self._context, self._keeper = page, context, keeper
        self._words = Label("", 14, REGULAR)
        button = Button(tr("See what changes"), "link", height=32, on_click=self.ask)
        inside = row(Sign("update", 20, "warn"), self._words, None, button, gap=12, margins=(32, 6, 24, 6))
        self.bar: QWidget = surface("warn", inside)
        self.bar.hide()

    def show_visit(self, visit: Workspace) -> None:
        """Say that there is a newer edition, if there is."""
        later = visit.later if visit.takes_answers and visit.is_open else None
        self.bar.setVisible(later is not None)
        if later is not None:
            known = {"name": later[0].name, "edition": later[0].edition}
            self._words.show_text(
                tr("Edition {edition} of {name} is out. You may finish with yours.", **known)
                if later[1]
                else tr("Yours has ended: go over to edition {edition} of {name} to finish.", **known)
            )

    def ask(self) -> None:
        """Show what would be lost and let the rep decide."""
        visit = self._keeper.visit
        if visit is None or visit.later is None or visit.template is None:
            return
        newer, may_stay = visit.later
        answers = self._keeper.progress.work(visit).answers
        found = migration(visit.template.steps, newer.steps, answers)
        dialog = Dialog(tr("Go over to edition {edition}?", edition=newer.edition), _said(found), width=560)
        if found.lost or found.asked_anew:
            area = scrolling(column(*map(_line, _lines(found)), None, gap=4))
            area.setFixedHeight(min(260, 16 + 28 * len(_lines(found))))
            dialog.add(area)
        mine = visit.template.edition
        dialog.button(tr("Stay with edition {edition}", edition=mine) if may_stay else tr("Not now"))
        dialog.button(tr("Go over"), "primary", lambda: self._go_over(visit, newer, found))
        dialog.ask(self._context.shell.window())

    def _go_over(self, visit: Workspace, newer: Template, found: Migration) -> None:
        kept, at = self._keeper.progress, self._context.now()
        kept.answers = {key: dict(answers) for key, answers in found.answers.items()}
        kept.step = ""
        snapshot = progress.to_json(kept)

        def write(session: Session) -> None:
            visits.answer(session, visit.visit_id, sops.EDITION, {"template_id": str(newer.id)}, at)
            for step_key, answers in found.answers.items():
                visits.answer(session, visit.visit_id, step_key, answers, at)
            progress.save(session, visit.visit_id, snapshot, at)

        self._context.jobs.write(self, write, lambda _: self._page.begin_again())


def _said(found: Migration) -> str:
    if not found.lost:
        return tr("Nothing you answered is lost.")
    lost = ntr("{n} answer would no longer count.", "{n} answers would no longer count.", len(found.lost))
    return prose(lost, tr("What you answered stays in the history of the visit."))


def _lines(found: Migration) -> list[tuple[str, str, str]]:
    def name(step: Step, field: Field) -> str:
        return f"{step.title} · {words.inner_label(field)}"

    lost = [(name(loss.step, loss.field), _value(loss), tr(WHY[loss.why])) for loss in found.lost]
    anew = [(name(step, field), "", tr("asked anew")) for step, field in found.asked_anew]
    return [*lost, *anew][:_SHOWN]


def _value(loss: Loss) -> str:
    each = loss.value if loss.why is Why.COLUMN_GONE else [loss.value]
    return tr(", ").join(words.answer(loss.field, value) for value in each)


def _line(said: tuple[str, str, str]) -> QWidget:
    name, value, why = said
    text = f"{name}：{value}" if value else name
    line = QWidget()
    line.setLayout(row(Label(text, 13, REGULAR), None, Label(why, 13, REGULAR, "text3"), gap=12))
    return line
