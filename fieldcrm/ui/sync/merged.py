"""What was merged without a clash, told record by record; one click puts an earlier value back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import merges
from fieldcrm.services.merges import FieldMerge
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync import values
from fieldcrm.ui.sync.values import PLACE, Naming
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Piece, card, column, row
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that one person changed; the three fields of a position are one."""

    merges: tuple[FieldMerge, ...]

    @property
    def first(self) -> FieldMerge:
        """One of its fields: all have the same author and time."""
        return self.merges[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields."""
        return tuple(each.field for each in self.merges)

    @property
    def field(self) -> str:
        """The field, or ``position`` for the three that are one."""
        return self.fields[0] if len(self.fields) == 1 else "position"

    @property
    def before(self) -> tuple[Any, ...]:
        """What stood there before."""
        return tuple(each.before for each in self.merges)

    @property
    def after(self) -> tuple[Any, ...]:
        """What was written."""
        return tuple(each.after for each in self.merges)

    @property
    def now(self) -> tuple[Any, ...]:
        """What stands there at present."""
        return tuple(each.now for each in self.merges)

    @property
    def is_back(self) -> bool:
        """Whether the value before stands again."""
        return self.now == self.before

    @property
    def can_put_back(self) -> bool:
        """Whether the record is here to take a value, and the field is not the office's."""
        return all(each.can_put_back for each in self.merges)


Clicked = Callable[[Change], object]


def changes(found: Iterable[FieldMerge]) -> tuple[Change, ...]:
    """Return one change a field; the parts of a position that one person set at once are one."""
    grouped: dict[Any, list[FieldMerge]] = {}
    for each in found:
        place = (each.mutation_id, each.row_id, each.by, "position")
        grouped.setdefault(place if each.field in PLACE else each.merge_id, []).append(each)
    ordered = (sorted(group, key=lambda each: _place(each.field)) for group in grouped.values())
    return tuple(Change(tuple(group)) for group in ordered)


def _place(field: str) -> int:
    return PLACE.index(field) if field in PLACE else 0


def turn(session: Session, change: Change) -> None:
    """Put the value before in place of what stands; if it stands already, the one that was merged."""
    put(session, change, change.after if change.is_back else change.before)


def put(session: Session, change: Change, value: tuple[Any, ...]) -> None:
    """Put these values in its fields."""
    for each, one in zip(change.merges, value, strict=True):
        merges.put(session, each.merge_id, one)


def cards(found: Sequence[Change], naming: Naming, clicked: Clicked) -> list[Piece]:
    """Return a card for each edit that met others, with a line for every field."""
    met: dict[UUID, list[Change]] = {}
    for change in found:
        met.setdefault(change.first.mutation_id, []).append(change)
    return [_card(group, naming, clicked) for group in met.values()]


def _card(group: Sequence[Change], naming: Naming, clicked: Clicked) -> QWidget:
    first = group[0].first
    title = first.title or first.account or tr("A record that is no longer here")
    where = f"{title} · {first.account}" if first.account and first.account != title else title
    return card(Label(where, 14, SEMIBOLD), *lines(group, naming, clicked), gap=12)


def lines(found: Sequence[Change], naming: Naming, clicked: Clicked) -> list[Piece]:
    """Return a line for each change: what became of what, by whom and when, and the way back."""
    return [_line(change, naming, clicked) for change in found]


def _line(change: Change, naming: Naming, clicked: Clicked) -> Piece:
    name = values.label(change.first.entity, change.field)
    before, after, now = (_said(change, each, naming) for each in (change.before, change.after, change.now))
    said = Paragraph(
        tr("{field}: {before} → {after}", field=name, before=before, after=after), 14, REGULAR, lines=2
    )
    who = tr("You") if change.first.mine else change.first.by or tr("The office")
    under = [who, formats.moment(change.first.at, naming.now)]
    if change.is_back:
        under.append(tr("the value before is back"))
    elif change.now != change.after:
        under.append(tr("now {value}", value=now))
    line = row(gap=12)
    line.addLayout(column(said, caption(" · ".join(under), "text2"), gap=2), 1)
    if change.can_put_back:
        verb = tr("Use the new value again") if change.is_back else tr("Put back")
        line.addWidget(Button(verb, height=36, on_click=partial(clicked, change)))
    return line


def _said(change: Change, value: tuple[Any, ...], naming: Naming) -> str:
    return values.said(change.first.entity, change.fields, value, naming)
