"""A conflict that was looked at, in one line: which value stands, and one click for the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from fieldcrm.model.conflicts import ConflictState
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync import values, words
from fieldcrm.ui.sync.reading import Choice
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import card, column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption


def choice_line(
    choice: Choice, naming: Naming, swap: Callable[[Choice], object], *, of_others: bool = False
) -> QWidget:
    """Return the line of one choice."""
    name = values.label(choice.entity, choice.field)
    title = choice.first.title or choice.first.account or tr("A record that is no longer here")
    standing, other = (choice.mine, choice.theirs) if choice.mine_holds else (choice.theirs, choice.mine)
    holds = values.said(choice.entity, choice.fields, standing, naming)
    rest = values.said(choice.entity, choice.fields, other, naming)
    said = Paragraph(tr("{field}: {value}", field=name, value=holds), 14, REGULAR, lines=2)
    decided = words.others_decision(choice, naming.now) if of_others else _decided(choice)
    under = caption(tr("{decision}, instead of {value}", decision=decided, value=rest), "text2")
    line = row(gap=12)
    line.addLayout(column(Label(title, 14, SEMIBOLD), said, under, gap=2), 1)
    if choice.can_take:
        verb = words.restore_word(choice) if of_others else words.other_word(choice)
        line.addWidget(Button(verb, height=36, on_click=partial(swap, choice)))
    else:
        line.addLayout(row(Sign("minus-circle-outline", 16), caption(tr("The record has gone")), gap=4))
    return card(line)


def _decided(choice: Choice) -> str:
    if choice.first.state == ConflictState.OPEN:
        return tr("Not decided yet")
    return words.decision(choice)
