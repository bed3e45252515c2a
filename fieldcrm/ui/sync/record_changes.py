"""What several people changed of one store and its contacts, opened from its page.

Merges without a clash and conflicts stand in one list; either kind can be turned round here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import conflicts, merges
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync import merged, reading
from fieldcrm.ui.sync.choices import choice_line
from fieldcrm.ui.sync.merged import Change
from fieldcrm.ui.sync.reading import Choice
from fieldcrm.ui.sync.settling import settle
from fieldcrm.ui.sync.values import Naming
from fieldcrm.ui.tokens import REGULAR
from fieldcrm.ui.widgets.frames import Piece, column, holder, scrolling
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.overlays import Dialog

_HIGH = 420


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything on the sheet."""

    merged: tuple[Change, ...]
    mine: tuple[Choice, ...]
    others: tuple[Choice, ...]
    names: dict[str, str]


def read(session: Session, account_id: UUID, me: UUID) -> Changes:
    """Read it."""
    met = merged.changes(merges.of_account(session, account_id, me))
    mine, others = (reading.choices(each) for each in conflicts.of_account(session, account_id, me))
    return Changes(met, mine, others, reading.names_in(session, (*mine, *others), met))


def show(context: Context, account_id: UUID, title: str) -> None:
    """Open it."""
    me, window = context.me.id, context.shell.window()
    context.jobs.read(
        window, lambda session: read(session, account_id, me),
        lambda found: ChangesDialog(context, account_id, title, found).ask(window),
    )  # fmt: skip


class ChangesDialog(Dialog):
    """The list; it shows what stands after each click."""

    def __init__(self, context: Context, account_id: UUID, title: str, found: Changes) -> None:
        super().__init__(tr("Changed by several people"), title, width=640)
        self._context, self._account = context, account_id
        self._list: QWidget = QWidget()
        self._place = column(self._list, gap=0)
        self.add(self._place)
        self.button(tr("Close"))
        self._show(found)

    def _show(self, found: Changes) -> None:
        pieces = holder(column(*self._pieces(found), None, gap=12))
        body: QWidget = scrolling(pieces)
        body.setMinimumHeight(min(pieces.sizeHint().height() + 8, _HIGH))
        self._place.replaceWidget(self._list, body)
        self._list.deleteLater()
        self._list = body

    def _pieces(self, found: Changes) -> list[Piece]:
        naming = Naming(found.names, self._context.now())
        met = merged.lines(found.merged, naming, self._turn)
        clashed = [choice_line(each, naming, self._swap) for each in found.mine]
        clashed += [choice_line(each, naming, self._swap, of_others=True) for each in found.others]
        pieces: list[Piece] = []
        if met:
            pieces += [section_title(tr("Merged without a clash")), *met]
        if clashed:
            pieces += [section_title(tr("Two values for one field")), *clashed]
        nothing = tr("Nobody changed this store at the same time as somebody else.")
        return pieces or [Paragraph(nothing, 14, REGULAR, "text2")]

    def _turn(self, change: Change) -> None:
        self._context.jobs.write(self, lambda session: merged.turn(session, change), self._again)

    def _swap(self, choice: Choice) -> None:
        wanted = not choice.mine_holds
        self._context.jobs.write(self, lambda session: settle(session, [(choice, wanted)]), self._again)

    def _again(self, _done: None) -> None:
        account_id, me = self._account, self._context.me.id
        self._context.jobs.read(self, lambda session: read(session, account_id, me), self._show)
