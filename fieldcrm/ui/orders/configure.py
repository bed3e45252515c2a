"""The way from a line that is being ordered or quoted to what goes into it, and back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.rules.pricing import bills
from fieldcrm.rules.pricing.bills import Choices
from fieldcrm.services.configuring import Desk
from fieldcrm.services.pricing import Basis, DraftLine
from fieldcrm.ui import formats
from fieldcrm.ui.configuring.dialog import Configurator
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.orders.draft import Draft, Key
from fieldcrm.ui.orders.lines import EntryRow
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Paragraph, section_title


def inside(known: Basis, draft: Draft, key: Key) -> str | None:
    """Return what was chosen in a line's article; None for an article in which nothing can be."""
    of = known.rules.bills.get(str(key[0]))
    if of is None or not bills.has_choices(known.rules.bills, str(key[0])):
        return None
    within = bills.inside(of, dict(draft.chosen.get(key, ())))
    chosen = {product: many for product, many in within.items() if product not in of.parts}
    named = ((known.rules.products.get(product), many) for product, many in chosen.items())
    said = [
        product.label if many == 1 else f"{product.label} × {formats.decimal(many)}"
        for product, many in named
        if product is not None
    ]
    return listed(said)


def open_for(
    host: QWidget, known: Basis, draft: Draft, key: Key, changed: Callable[[], object]
) -> Configurator | None:
    """Open the guided screen for a line; None when nothing can be chosen in its article."""
    if inside(known, draft, key) is None:
        return None

    def keep(chosen: Choices) -> None:
        draft.choose(key, chosen)
        changed()

    many, chosen = draft.quantity(key) or Decimal(1), draft.chosen.get(key, ())
    line = DraftLine(key[0], key[1], many, None, chosen)
    made = Configurator(Desk(known, line), keep)
    made.open(host)
    return made


class InsideBox(QWidget):
    """What goes into the current line's article, with the way to choose it; hidden for plain articles."""

    asked = Signal(object)  # Key
    more = Signal(object)  # Key

    def __init__(self) -> None:
        super().__init__()
        self._row: EntryRow | None = None
        self._said = Paragraph("", 13, tone="text2", lines=4)
        self.button = Button(tr("Choose its contents"), height=36, on_click=self._ask)
        self.another = Button(
            tr("One more with something else in it"), "link", height=24, on_click=self._more
        )
        link = row(self.another, None, gap=0)
        self.setLayout(column(section_title(tr("Inside")), self._said, self.button, link, gap=8))

    def show_row(self, shown: EntryRow | None) -> None:
        """Show what was chosen in a row's article."""
        self._row = shown
        self.setVisible(shown is not None and shown.inside is not None)
        if shown is not None and shown.inside is not None:
            self._said.setVisible(bool(shown.inside))
            self._said.show_text(shown.inside)
            self.another.setVisible(bool(shown.inside and shown.quantity))

    def _more(self) -> None:
        if self._row is not None:
            self.more.emit(self._row.key)

    def _ask(self) -> None:
        if self._row is not None:
            self.asked.emit(self._row.key)
