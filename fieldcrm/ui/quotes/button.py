"""The way to the quotes, with how many wait for my decision."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent

from fieldcrm.services import quote_list
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.buttons import Button

_WATCHES = frozenset({"quote", "quote_act"})


class QuotesButton(Button):
    """Opens the quotes; it counts again when it is shown and when a quote changes."""

    def __init__(self, context: Context) -> None:
        super().__init__(tr("Quotes"), on_click=lambda: context.shell.open("quotes"))
        self._context = context
        context.jobs.changed.connect(self._on_changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.count()

    def _on_changed(self, touched: frozenset[str]) -> None:
        if touched & _WATCHES and self.isVisible():
            self.count()

    def count(self) -> None:
        """Read how many wait for me."""
        me, today = self._context.me.id, self._context.today()
        self._context.jobs.read(self, lambda s: quote_list.waiting_for(s, me, today), self._show)

    def _show(self, number: int) -> None:
        self.setText(tr("Quotes: {n} for you", n=number) if number else tr("Quotes"))
        self.updateGeometry()
