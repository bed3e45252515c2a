"""The cart being tried: one small form for each line, and a search to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm import money
from fieldcrm.services import products
from fieldcrm.services.products import Article
from fieldcrm.storage import search
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders.draft import Draft, Key
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import IconButton
from fieldcrm.ui.widgets.fields import ChoiceField, Stepper
from fieldcrm.ui.widgets.frames import column, row, rule
from fieldcrm.ui.widgets.labels import Label, secondary
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.typing import LineField, SearchField

_FOUND = 50


class ProductPicker(Dialog):
    """A search over the catalogue; Enter adds the chosen item."""

    def __init__(self, context: Context, chosen: Callable[[Article], object]) -> None:
        super().__init__(tr("Which item?"), width=560)
        self._context, self._chosen = context, chosen
        self.search = SearchField(tr("Item, pinyin initials or barcode"))
        said: Column[Article] = Column("", lambda article: article.name)
        self.model: RowsModel[Article] = RowsModel((said,))
        self.list = RowList(self.model, self._draw, 56, name=tr("Items"))
        self.list.setFixedHeight(56 * 6)
        self._none = secondary(tr("No item fits. Search by another word."))
        self.add(self.search, self._none, self.list)
        self.button(tr("Cancel"))
        self.button(tr("Add"), "primary", self._press, stays=True)
        self.search.settled.connect(lambda _text: self.read())
        self.search.returnPressed.connect(self._press)
        self.list.opened.connect(lambda _row: self._press())

    def open(self) -> None:
        """Show the dialog with the beginning of the catalogue."""
        self.ask(self._context.shell.window(), focus=self.search)
        self.read()

    def read(self) -> None:
        """Read what fits the search."""
        text = self.search.text().strip()

        def wanted(session: Session) -> tuple[Article, ...]:
            if not text:
                return products.articles(session)[:_FOUND]
            return products.in_order(session, search.find(session, "product", text, _FOUND))

        self._context.jobs.read(self, wanted, self._show)

    def _show(self, found: tuple[Article, ...]) -> None:
        self.model.show_rows(found)
        self.list.pick(0)
        self._none.setVisible(not found)

    def _press(self) -> None:
        article: Article | None = self.list.row()
        if article is None:
            self.search.setFocus()
            return
        self.leave()
        self._chosen(article)

    def _draw(self, cell: Cell) -> None:
        article: Article = cell.row
        cell.two_lines(article.name, " · ".join(filter(None, (article.code, article.specification))))


class LinesBox(QWidget):
    """Every line with its unit, quantity and own price; tells when something was changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(12)

    def show_lines(self, draft: Draft, articles: Mapping[UUID, Article]) -> None:
        """Show a cart's lines; what changes in them changes ``draft``."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for key in list(draft.quantities):
            article = articles.get(key[0])
            if article is not None:
                self._rows.addWidget(_LineForm(self, draft, key, article, articles))
        self._rows.addStretch(1)


class _LineForm(QWidget):
    def __init__(
        self, box: LinesBox, draft: Draft, key: Key, article: Article, articles: Mapping[UUID, Article]
    ) -> None:
        super().__init__()
        self._box, self._draft, self._key, self._articles = box, draft, key, articles
        units = [(unit.name, formats.unit(unit.name, 1)) for unit in article.units]
        self.unit = ChoiceField(units, key[1], name=tr("Unit"))
        self.unit.setFixedWidth(92)
        self.quantity = Stepper(draft.quantity(key), least=Decimal(1), name=article.name)
        manual = draft.manual.get(key)
        typed = "" if manual is None else formats.figure(manual)
        self.price = LineField(typed, tr("Own price"), name=tr("Own price"))
        away = IconButton("close", tr("Take {name} out", name=article.name), self._drop, size=28, quiet=True)
        title = Label(article.name, 14, SEMIBOLD)
        head = row(title, away, gap=8)
        head.setStretch(0, 1)
        self.setLayout(column(rule(), head, row(self.unit, self.quantity, self.price, gap=8), gap=8))
        self.unit.chosen.connect(self._on_unit)
        self.quantity.changed.connect(self._on_quantity)
        self.price.left.connect(self._on_price)

    def _drop(self) -> None:
        self._draft.put(self._key, Decimal())
        self._box.show_lines(self._draft, self._articles)
        self._box.changed.emit()

    def _on_unit(self, unit: object) -> None:
        self._draft.switch(self._key, (self._key[0], str(unit)))
        self._box.show_lines(self._draft, self._articles)
        self._box.changed.emit()

    def _on_quantity(self, quantity: Decimal) -> None:
        self._draft.put(self._key, quantity)
        self._box.changed.emit()

    def _on_price(self) -> None:
        text = money.typed(self.price.text())
        price = _price(text)
        self.price.set_wrong(bool(text) and price is None)
        if (not text or price is not None) and price != self._draft.manual.get(self._key):
            self._draft.offer(self._key, price)
            self._box.changed.emit()


def _price(text: str) -> Decimal | None:
    """Return a price of at most two places; None for what is none."""
    try:
        price = Decimal(text)
    except InvalidOperation:
        return None
    good = price.is_finite() and price >= 0 and price == price.quantize(Decimal("0.01"))
    return price if good else None
