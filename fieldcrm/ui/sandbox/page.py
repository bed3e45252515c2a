"""The sandbox: rules tried on a cart, on a month's orders, and one promotion alone. Nothing is kept."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.ui import sections
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sandbox import reading
from fieldcrm.ui.sandbox.cart import CartView
from fieldcrm.ui.sandbox.compare import CompareView
from fieldcrm.ui.sandbox.promotion import PromotionView
from fieldcrm.ui.sandbox.reading import Choice, Versions
from fieldcrm.ui.widgets.buttons import Button, IconButton, Segments
from fieldcrm.ui.widgets.frames import Header

CART, COMPARE, PROMOTION = "cart", "compare", "promotion"


class SandboxPage(Page):
    """Three ways of trying rules, one beside the other."""

    watches = frozenset({"draft", "rule_set", "promotion", "price_book", "price_entry", "product"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        versions = Versions()
        self.cart = CartView(context, versions)
        self.compare = CompareView(context, versions)
        self.promotion = PromotionView(context, versions)
        said = [(CART, tr("A cart")), (COMPARE, tr("Last month")), (PROMOTION, tr("A promotion"))]
        self.tabs = Segments(said, current=CART, even=False)
        self.tabs.setFixedHeight(40)
        self.tabs.chosen.connect(self.choose)
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        actions: list[QWidget] = [self.tabs]
        if any(each.key == "prices" for each in sections.visible(context.me.role)):
            actions.append(Button(tr("To the prices"), on_click=lambda: context.shell.open("prices")))
        self.header = Header(tr("Try rules"), "", actions, back)
        self._views = QStackedWidget()
        for view in (self.cart, self.compare, self.promotion):
            self._views.addWidget(view)
        self.outer.addWidget(self.header)
        self.outer.addWidget(self._views, 1)

    def panes(self) -> list[QWidget]:
        return [self.header, self._views]

    def show_place(self, **where: object) -> None:
        view, account = where.get("view"), where.get("account_id")
        if isinstance(view, str):
            self.choose(view)
        if account is not None:
            self.cart.show_account(account)  # type: ignore[arg-type]  # an id, as sections.py says
        self.refresh_soon()

    def choose(self, view: object) -> None:
        """Show one of the three."""
        self.tabs.choose(view)
        self._views.setCurrentIndex((CART, COMPARE, PROMOTION).index(str(view)))

    def refresh(self) -> None:
        at = self.context.now()

        def read(session: Session) -> list[Choice]:
            return reading.choices(session, at)

        self.jobs.read(self, read, self._show)

    def _show(self, found: list[Choice]) -> None:
        self.header.show_facts(ntr("{n} version of the rules", "{n} versions of the rules", len(found)))
        for view in (self.cart, self.compare, self.promotion):
            view.show_choices(found)
