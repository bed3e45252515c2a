"""What can be done with the chosen row; the primary stands at the right end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout

from fieldcrm.sync.status import Refused
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.sync import reasons
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import Footer, Piece, fill
from fieldcrm.ui.widgets.labels import Label

Act = Callable[[], object]
_TRY, _COPY, _CHANGE = range(3)
_WAYS = {
    _TRY: (mark("Try again"), "refresh"),
    _COPY: (mark("Copy as text"), "content-copy"),
    _CHANGE: (mark("Change and send again"), "pencil-outline"),
}


class ClashFooter(Footer):
    """Later, all of one side, save; what is missing stands beside Save."""

    def __init__(self, later: Act, choose_all: Callable[[bool], object], save: Act) -> None:
        super().__init__()
        self.missing = Label("", 13, SEMIBOLD, "warn", rigid=True)
        self.later = Button(tr("Decide later"), "ghost", height=44, on_click=later)
        self.mine = Button(tr("Use all mine"), height=44, on_click=lambda: choose_all(True))
        self.office = Button(tr("Use all office"), height=44, on_click=lambda: choose_all(False))
        self.save = Button(tr("Save choices"), "primary", "check", height=44, on_click=save, wide=148)
        _put(self, self.later, None, self.missing, self.mine, self.office, self.save)

    def show_missing(self, count: int) -> None:
        """Say how many fields nobody has chosen."""
        self.missing.show_text(ntr("{n} field left", "{n} fields left", count) if count else "")


class RefusedFooter(Footer):
    """Let it go, copy it, try again; where trying cannot help, copying is what to do.

    An order's change is typed on in the order itself.
    """

    def __init__(self, let_go: Act, copy: Act, try_again: Act, change: Act) -> None:
        super().__init__()
        self.let_go = Button(tr("Let it go"), "danger", height=44, on_click=let_go)
        self.copy = Button(tr("Copy as text"), icon="content-copy", height=44, on_click=copy)
        self.main = Button(tr("Try again"), "primary", "refresh", height=44, on_click=self._do, wide=148)
        self._ways = {_TRY: try_again, _COPY: copy, _CHANGE: change}
        self._way = _TRY
        _put(self, self.let_go, None, self.copy, self.main)

    def show_refused(self, refused: Refused) -> None:
        """Offer what may help against this refusal."""
        is_edition = (refused.entity, refused.act) == ("order", "amend")
        self._way = _CHANGE if is_edition else _TRY if reasons.can_try_again(refused.code) else _COPY
        self.copy.setVisible(self._way != _COPY)
        text, icon = _WAYS[self._way]
        self.main.setText(tr(text))
        self.main.show_icon(icon)

    def _do(self) -> None:
        self._ways[self._way]()


def _put(footer: Footer, *pieces: Piece) -> None:
    layout = footer.layout()
    if isinstance(layout, QHBoxLayout):
        fill(layout, pieces)


class OrderFooter(Footer):
    """Open the order that needs attention."""

    def __init__(self, open_it: Act) -> None:
        super().__init__(None, Button(tr("Open the order"), "primary", height=44, on_click=open_it, wide=148))


class OpenFooter(Footer):
    """Look at the record that waits or was sent."""

    def __init__(self, open_it: Act, show_way: Act) -> None:
        way = Button(tr("Receipt and readers"), "ghost", height=44, on_click=show_way)
        super().__init__(way, None, Button(tr("Open"), height=44, on_click=open_it, wide=120))
