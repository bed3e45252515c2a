"""A cart for any customer and day: what one version of the rules, or two, make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtWidgets import QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.model.accounts import Account
from fieldcrm.services import orders, products, sandbox
from fieldcrm.services.pricing import DraftLine
from fieldcrm.services.products import Article
from fieldcrm.services.sandbox import Outcome
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders.draft import Draft
from fieldcrm.ui.orders.store_picker import StorePicker
from fieldcrm.ui.sandbox import words
from fieldcrm.ui.sandbox.lines import LinesBox, ProductPicker
from fieldcrm.ui.sandbox.reading import Choice, Versions, usual
from fieldcrm.ui.sandbox.replay import asking
from fieldcrm.ui.sandbox.side_by_side import SideBySide
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import ChoiceField, DayField, Field
from fieldcrm.ui.widgets.frames import holder, row, scrolling
from fieldcrm.ui.widgets.labels import section_title
from fieldcrm.ui.widgets.states import EmptyState

WIDTH = 392
NONE = -2


@dataclass(frozen=True, slots=True)
class _Opened:
    account: str
    draft: Draft
    articles: dict[UUID, Article]


class CartView(QWidget):
    """What is asked at the left, what it costs at the right."""

    def __init__(self, context: Context, versions: Versions) -> None:
        super().__init__()
        self._context, self._versions = context, versions
        self.draft: Draft | None = None
        self.outcomes: list[Outcome] = []
        self._articles: dict[UUID, Article] = {}
        self._choices: dict[int, Choice] = {}
        self._asked = 0  # answers to an earlier cart come too late
        self.customer = Button(
            tr("Choose a customer…"), "pick", icon="storefront-outline", on_click=self.pick
        )
        self.on = DayField(context.today(), name=tr("Day"))
        self.a, self.b = ChoiceField([], name=tr("Rules")), ChoiceField([], name=tr("Beside them"))
        self.lines = LinesBox()
        self.add_button = Button(tr("Add an item…"), icon="plus", on_click=self.pick_item)
        self.last_button = Button(tr("Last order"), icon="history", on_click=self.take_last)
        for signal in (self.on.chosen, self.a.chosen, self.b.chosen):
            signal.connect(lambda _value: self.price())
        self.lines.changed.connect(self.price)
        self.result = SideBySide()
        self._nothing = EmptyState("flask-outline", "", "")
        self._right = QStackedWidget()
        self._right.addWidget(self._nothing)
        self._right.addWidget(scrolling(self.result))
        self._lay_out()
        self._say_what_is_missing()

    def _lay_out(self) -> None:
        left = asking(
            WIDTH, Field(tr("Customer"), self.customer), Field(tr("Day"), self.on),
            Field(tr("Rules"), self.a), Field(tr("Beside them"), self.b), section_title(tr("Cart")),
            holder(row(self.add_button, self.last_button, None, gap=8)), self.lines,
        )  # fmt: skip
        body = row(left, gap=0)
        body.addWidget(self._right, 1)
        self.setLayout(body)

    def show_choices(self, found: list[Choice]) -> None:
        """Offer these versions."""
        self._choices = {each.key: each for each in found}
        said = words.choices(found, self._context.today())
        now, then = usual(found)
        kept = self.a.value, self.b.value
        self.a.show_choices(said, kept[0] if kept[0] in self._choices else now)
        beside = then if then != now else NONE
        self.b.show_choices([(NONE, tr("Nothing")), *said], beside if kept[1] is None else kept[1])
        self.price()

    def pick(self) -> None:
        """Ask for the customer."""
        StorePicker(self._context, self.show_account, title=tr("Whose prices?"), verb=tr("Choose")).open(
            self._context.shell.window()
        )

    def show_account(self, account_id: UUID) -> None:
        """Price for this customer; the cart stays as it is."""
        draft = self.draft or Draft(account_id)
        draft.account_id = account_id

        def read(session: Session) -> _Opened:
            account = session.get(Account, account_id)
            wanted = products.articles(session, draft.products)
            return _Opened(account.name if account else "", draft, {each.id: each for each in wanted})

        self._context.jobs.read(self, read, self._show)

    def _show(self, opened: _Opened) -> None:
        self.draft = opened.draft
        self._articles |= opened.articles
        if opened.account:
            self.customer.setText(opened.account)
        self.lines.show_lines(opened.draft, self._articles)
        self.price()

    def pick_item(self) -> None:
        """Ask for an item to add."""
        ProductPicker(self._context, self.add).open()

    def add(self, article: Article) -> None:
        """Put one sales unit of an article into the cart."""
        if self.draft is None:
            self.pick()
            return
        self._articles[article.id] = article
        key = (article.id, article.sales_unit.name)
        self.draft.put(key, self.draft.quantity(key) + 1)
        self.lines.show_lines(self.draft, self._articles)
        self.price()

    def take_last(self) -> None:
        """Fill the cart with the customer's last order."""
        draft = self.draft
        if draft is None:
            self.pick()
            return

        def read(session: Session) -> _Opened:
            draft.fill(orders.last_lines(session, draft.account_id))
            wanted = products.articles(session, draft.products)
            return _Opened("", draft, {each.id: each for each in wanted})

        def done(opened: _Opened) -> None:
            self._show(opened)
            if not draft.quantities:
                self._context.shell.toast(tr("This customer has not ordered yet."))

        self._context.jobs.read(self, read, done)

    def price(self) -> None:
        """Price the cart by what is chosen."""
        self._asked += 1
        asked, draft, on = self._asked, self.draft, self.on.day
        keys = [key for key in (self.a.value, self.b.value) if isinstance(key, int) and key != NONE]
        if draft is None or not draft.quantities or not keys:
            self._say_what_is_missing()
            return
        lines, account_id, versions = draft.lines(), draft.account_id, self._versions

        def read(session: Session) -> tuple[list[Outcome], dict[str, str]]:
            wanted = [versions.of(session, key) for key in keys]
            outcomes = sandbox.tried(session, wanted, account_id, on, lines)
            return outcomes, _names(session, lines, outcomes)

        def done(answer: tuple[list[Outcome], dict[str, str]]) -> None:
            if asked == self._asked:
                self._show_outcomes(*answer, keys, [str(line.product_id) for line in lines])

        self._context.jobs.read(self, read, done, self._on_failed)

    def _show_outcomes(
        self, outcomes: list[Outcome], labels: dict[str, str], keys: Sequence[int], goods: Sequence[str]
    ) -> None:
        self.outcomes = outcomes
        today = self._context.today()
        names = [words.version(self._choices[key], today) for key in keys]
        self.result.show_outcomes(outcomes, names, goods, lambda key: labels.get(key, formats.NONE))
        self._right.setCurrentIndex(1)

    def _on_failed(self, error: FieldCrmError) -> None:
        self.outcomes = []
        self._right.setCurrentIndex(0)
        self._context.shell.show_error(error)

    def _say_what_is_missing(self) -> None:
        self._right.setCurrentIndex(0)
        if self.draft is None:
            text = tr("Choose a customer, then put items into the cart. Nothing here is ordered or saved.")
            self._nothing.show_state("flask-outline", tr("Whose prices do you want to see?"), text)
        else:
            text = tr("Add items, or take the customer's last order.")
            self._nothing.show_state("cart-outline", tr("The cart is empty"), text)


def _names(session: Session, lines: Sequence[DraftLine], outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return what the articles are called that are in the cart or come as gifts."""
    gifts = {UUID(gift.product) for each in outcomes for gift in each.quote.priced.gifts}
    wanted = products.articles(session, gifts | {line.product_id for line in lines})
    return {str(article.id): article.name for article in wanted}
