"""One model for every list and table: columns over frozen rows.

Views sort by ``SORT_ROLE``; pages and delegates take the row by ``ROW_ROLE``. ``RowsModel``
holds all its rows; ``WindowModel`` knows only how many there are and fetches a page when a
view looks at it, which keeps 100,000 rows fluent. No query, no rule and no dialog here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer

from fieldcrm.ui.i18n import tr

Row = TypeVar("Row")
ROW_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
PAGE = 100
_KEPT_PAGES = 50
_AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: a ``mark``ed title, what it says, by what it sorts, how it stands and how wide.

    ``width`` 0 takes the rest. ``sort`` None means the column cannot be sorted by; in a
    ``WindowModel`` the query sorts and ``sort`` only has to be there. ``drawn`` gives what its cell
    is drawn from, where that is more than it says. On 3.11 annotate the variable and call
    ``Column(…)``: ``Column[OrderRow](…)`` fails with slots.
    """

    title: str
    say: Callable[[Row], str]
    sort: Callable[[Row], Any] | None = None
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    width: int = 0
    hint: Callable[[Row], str] | None = None
    drawn: Callable[[Row], object] | None = None

    def differs(self, one: Row, other: Row) -> bool:
        """Say whether the cells of two rows do not look alike."""
        seen = self.drawn or self.say
        return seen(one) != seen(other)


class _Columns(QAbstractTableModel, Generic[Row]):
    """What both models share: headers, roles, and words for screen readers."""

    def __init__(self, columns: Sequence[Column[Row]], key: Callable[[Row], object] | None = None) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._key = key or (lambda row: getattr(row, "id", row))

    def row(self, number: int) -> Row | None:
        """Return a row, or None while it is not here."""
        raise NotImplementedError

    def key(self, number: int) -> object:
        """Return what identifies a row across reloads."""
        found = self.row(number)
        return None if found is None else self._key(found)

    def columnCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index.row())
        if row is None or not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return column.say(row)
        if role == SORT_ROLE:
            return column.sort(row) if column.sort else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(said for each in self.columns if (said := each.say(row)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.hint(row) if column.hint else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.align | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(self.columns[section].title) if self.columns[section].title else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.columns[section].align | Qt.AlignmentFlag.AlignVCenter
        return None


class RowsModel(_Columns[Row]):
    """A list that holds all its rows; ``sort`` works through ``Column.sort``.

    With ``whole`` False only cells that differ are painted anew: columns then say all that is drawn of them.
    """

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], object] | None = None, *,
        whole: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(columns, key)
        self._whole = whole
        self.rows: tuple[Row, ...] = ()
        self._order: tuple[int, Qt.SortOrder] | None = None

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows instead; with the same keys in the same order the selection stays as it is."""
        rows = self._sorted(rows)
        if [self._key(row) for row in rows] == [self._key(row) for row in self.rows]:
            before, self.rows = self.rows, rows
            if rows and self._whole:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1))
            elif rows:
                self._tell_differing(before)
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def _tell_differing(self, before: Sequence[Row]) -> None:
        """Tell cell by cell: of several at once a view paints the next row too."""
        for number, (old, new) in enumerate(zip(before, self.rows, strict=True)):
            if old == new:
                continue
            for place, column in enumerate(self.columns):
                if column.differs(old, new):
                    cell = self.index(number, place)
                    self.dataChanged.emit(cell, cell)

    def row(self, number: int) -> Row | None:
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def number_of(self, key: object) -> int:
        """Return the place of the row with ``key``, or -1."""
        return next((n for n, row in enumerate(self.rows) if self._key(row) == key), -1)

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order) if column >= 0 else None
        self.beginResetModel()
        self.rows = self._sorted(self.rows)
        self.endResetModel()

    def _sorted(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        by = self.columns[self._order[0]].sort if self._order else None
        if self._order is None or by is None:
            return tuple(rows)
        return tuple(sorted(rows, key=by, reverse=self._order[1] == Qt.SortOrder.DescendingOrder))


Ask = Callable[[int, int, Callable[[Sequence[Row]], object]], object]


class WindowModel(_Columns[Row]):
    """A list of known length whose rows come when they are looked at, a page at a time.

    ``ask(offset, limit, then)`` starts a read and hands the rows to ``then`` later; answers to
    an earlier question are dropped. Rows on their way are None.
    """

    def __init__(
        self, columns: Sequence[Column[Row]], ask: Ask[Row], key: Callable[[Row], object] | None = None
    ) -> None:
        super().__init__(columns, key)
        self._ask = ask
        self._count = 0
        self._epoch = 0
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._wanted: set[int] = set()
        self._asking: set[int] = set()
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._fetch)

    def show(self, count: int, first: Sequence[Row] = ()) -> None:
        """Show ``count`` rows of a new question; ``first`` is its first page when already known."""
        self._epoch += 1
        self._wanted.clear()
        self._asking.clear()
        self.beginResetModel()
        self._pages.clear()
        if first:
            self._pages[0] = first
        self._count = count
        self.endResetModel()

    def reload(self, count: int) -> None:
        """Read again what is shown; rows stay visible until their page has come."""
        if count != self._count:
            self.show(count)
            return
        self._epoch += 1
        self._asking.clear()
        self._wanted = set(self._pages)
        self._later.start()

    def row(self, number: int) -> Row | None:
        if not 0 <= number < self._count:
            return None
        page, place = divmod(number, PAGE)
        rows = self._pages.get(page)
        if rows is None:
            self._want(page)
            return None
        self._pages.move_to_end(page)
        return rows[place] if place < len(rows) else None

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def _want(self, page: int) -> None:
        if page not in self._asking:
            self._wanted.add(page)
            if not self._later.isActive():
                self._later.start()

    def _fetch(self) -> None:
        epoch = self._epoch
        for page in sorted(self._wanted):
            self._asking.add(page)
            self._ask(page * PAGE, PAGE, partial(self._arrived, epoch, page))
        self._wanted.clear()

    def _arrived(self, epoch: int, page: int, rows: Sequence[Row]) -> None:
        if epoch != self._epoch:
            return
        self._asking.discard(page)
        self._pages[page] = rows
        while len(self._pages) > _KEPT_PAGES:
            self._pages.popitem(last=False)
        first = page * PAGE
        last = min(first + PAGE, self._count) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
