"""The rows of a group as a model: what is asked in each, what was answered, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from fieldcrm.errors import Invalid
from fieldcrm.rules import sop_answers, sop_logic
from fieldcrm.rules.sop import Field, FieldType, Rows, given, photo_key
from fieldcrm.ui import errors, formats, paint
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.visit import words

_AnyIndex = QModelIndex | QPersistentModelIndex
SHARE = "share"


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: its key in the answer, its words, and what is known of it."""

    key: str
    name: str
    under: str = ""
    standard: Decimal | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, Any] = field(default_factory=dict)


class GridModel(QAbstractTableModel):
    """Column 0 names the row; the others are the questions, a computed share last."""

    def __init__(self, group: Field) -> None:
        super().__init__()
        self.group = group
        self.fields = group.fields
        self.rows: list[GridRow] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.photos: Mapping[str, int] = {}
        self.total: Decimal | None = None
        self._problems: dict[str, tuple[dict[str, Any], str]] = {}

    # -- what it holds -----------------------------------------------------------------

    def show_rows(self, rows: Sequence[GridRow]) -> None:
        """Show these rows instead."""
        if list(rows) != self.rows:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()

    def show_answers(self, answers: Mapping[str, Any], photos: Mapping[str, int], total: Any) -> None:
        """Show these answers; the same ones leave everything as it is."""
        said = {key: dict(row) for key, row in answers.items() if isinstance(row, dict)}
        number = sop_logic.as_number(total) if given(total) else None
        if (said, photos, number) != (self.answers, self.photos, self.total):
            if photos != self.photos:
                self._problems.clear()
            self.answers, self.photos, self.total = said, photos, number
            self.tell_all()

    def tell_all(self) -> None:
        """Let every cell be drawn again."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, self.columnCount() - 1))

    def row(self, number: int) -> GridRow | None:
        """Return a row, or None."""
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def field(self, column: int) -> Field | None:
        """Return the question of a column; the first and the share ask nothing."""
        return self.fields[column - 1] if 1 <= column <= len(self.fields) else None

    def value(self, index: _AnyIndex) -> Any:
        """Return a cell's answer."""
        row, asked = self.row(index.row()), self.field(index.column())
        return (
            None if row is None or asked is None else self.answers.get(row.key, {}).get(self.key(row, asked))
        )

    def key(self, row: GridRow, asked: Field) -> str:
        """Return under which key a cell's answer stands: a unit's own name where units are counted."""
        return row.units.get(asked.key, asked.key)

    def put(self, index: _AnyIndex, value: Any) -> bool:
        """Keep a cell's answer, None for none; returns whether it is another one."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None or asked is None or not self.is_asked(index):
            return False
        held, key = self.answers.get(row.key, {}), self.key(row, asked)
        if held.get(key) == value or (not given(value) and key not in held):
            return False
        changed = {name: each for name, each in held.items() if name != key}
        if given(value):
            changed[key] = value
        if changed or self.group.rows is Rows.ADDED:
            self.answers[row.key] = changed
        else:
            self.answers.pop(row.key, None)
        here = index.row()
        self.dataChanged.emit(self.index(here, 0), self.index(here, self.columnCount() - 1))
        return True

    def is_asked(self, index: _AnyIndex) -> bool:
        """Return whether a cell is asked, given its row."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None or asked is None or (row.units and asked.key not in row.units):
            return False
        if asked.show is None:
            return True
        return any(
            f.key == asked.key for f in sop_logic.asked_in_row(self.group, self.answers.get(row.key, {}))
        )

    def wrong(self, index: _AnyIndex) -> str:
        """Return what is wrong with a cell's answer, in words."""
        value, asked = self.value(index), self.field(index.column())
        if asked is None or not given(value) or not self.is_asked(index):
            return ""
        try:
            sop_answers.validate(asked, value)
        except Invalid as error:
            return errors.worded(error).title
        return ""

    def missing(self, index: _AnyIndex) -> bool:
        """Return whether a row that was begun lacks this answer."""
        row, here = self.row(index.row()), self.field(index.column())
        if row is None or here is None or not (here.required or here.require):
            return False
        held = self.answers.get(row.key)
        if not held or given(self.value(index)) or (here.type is FieldType.PHOTO and self.photo_count(index)):
            return False
        return any(
            each.key == here.key and each.required for each in sop_logic.asked_in_row(self.group, held)
        )

    def problem(self, number: int) -> str:
        """Return what is wrong first in a row that was begun, in words; known until the row changes."""
        row = self.rows[number]
        held = self.answers.get(row.key)
        if not held:
            return ""
        known = self._problems.get(row.key)
        if known is None or known[0] != held:
            known = self._problems[row.key] = (held, self._look(number))
        return known[1]

    def _look(self, number: int) -> str:
        for place, asked in enumerate(self.fields, 1):
            index = self.index(number, place)
            lacks = tr("not answered yet") if self.missing(index) else ""
            if said := self.wrong(index) or lacks:
                return f"{self.rows[number].name} · {words.inner_label(asked)}: {said}"
        return ""

    def off(self, index: _AnyIndex) -> Decimal | None:
        """Return by how many percent a price leaves the bounds."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None or asked is None or asked.key != "price" or self.group.type is not FieldType.SHELF:
            return None
        return sop_answers.price_off(self.group, self.value(index), row.standard)

    def photo_count(self, index: _AnyIndex) -> int:
        """Return how many photos a cell has."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None or asked is None:
            return 0
        return self.photos.get(photo_key(self.group.key, row.key, asked.key), 0)

    def share(self, number: int) -> Decimal | None:
        """Return a row's facings of all on the shelf, in percent."""
        row = self.row(number)
        own = sop_logic.as_number(self.answers.get(row.key, {}).get("facings")) if row is not None else None
        return None if own is None or not self.total else round(own * 100 / self.total, 1)

    # -- what it says ------------------------------------------------------------------

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1 + len(self.fields) + self.group.share

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsEditable if self.is_asked(index) else found

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        asked = self.field(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_right = section > len(self.fields) or (asked is not None and asked.type is FieldType.NUMBER)
            return (paint.RIGHT if is_right else paint.LEFT) | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section == 0:
            return "" if self.group.rows is Rows.ADDED else tr("Article") if _is_products(self.group) else ""
        return words.inner_label(asked) if asked is not None else tr("Share")

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.say(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.wrong(index) or (row.name if index.column() == 0 else None)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.headerData(index.column(), Qt.Orientation.Horizontal)
            return ", ".join(part for part in (row.name, head, self.say(index), self.wrong(index)) if part)
        return None

    def say(self, index: _AnyIndex) -> str:
        """Return a cell in words."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None:
            return ""
        if index.column() == 0:
            return row.name
        if asked is None:
            share = self.share(index.row())
            return formats.NONE if share is None else f"{share} %"
        if asked.type is FieldType.PHOTO:
            return str(self.photo_count(index) or formats.NONE)
        if not self.is_asked(index):
            return ""
        value = self.value(index)
        if asked.type is FieldType.NUMBER or (asked.type is FieldType.DATE and self.wrong(index)):
            return str(value) if given(value) else formats.NONE  # as it was typed
        return words.answer(asked, value)

    def hint(self, index: _AnyIndex) -> tuple[str, str]:
        """Return the small line below a cell and its tone: the bounds it leaves, its plan, the last time."""
        row, asked = self.row(index.row()), self.field(index.column())
        if row is None or asked is None:
            return "", ""
        if (off := self.off(index)) is not None:
            return f"{'+' if off > 0 else '−'}{abs(round(off))} %", "warn"
        value = self.value(index)
        if asked.planned and self.is_asked(index):
            return words.against_plan(asked, value)
        if row.units:
            return row.units.get(asked.key, ""), "text3"
        before = row.last.get(asked.key)
        if given(before) and not given(value) and asked.type is not FieldType.PHOTO:
            return tr("last {value}", value=words.answer(asked, before)), "text3"
        return "", ""


def _is_products(group: Field) -> bool:
    return group.rows in (Rows.PLANNED, Rows.SELLABLE)
