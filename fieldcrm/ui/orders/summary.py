"""What stands beside the order's lines: the total largest, its parts, the reason, the credit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.rules.money import CREDIT, Payment
from fieldcrm.rules.orders import Totals
from fieldcrm.rules.slices import Named
from fieldcrm.services.paying import Means
from fieldcrm.services.pricing import Quote
from fieldcrm.services.slices import Share
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.orders import suggestions, words
from fieldcrm.ui.orders.configure import InsideBox
from fieldcrm.ui.orders.lines import EntryRow
from fieldcrm.ui.orders.money_box import MoneyBox, beyond, share_text
from fieldcrm.ui.orders.price_panel import (
    ConsentNotice,
    DiscountBox,
    GoodsBox,
    PromotionBox,
    RebateBox,
)
from fieldcrm.ui.orders.promise_notice import PromiseNotice
from fieldcrm.ui.tokens import FIELD_ACTION, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Inspector, column, fill, holder, row, rule
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, section_title
from fieldcrm.ui.widgets.marks import StackedBar

WIDTH = 336
_OLD_DAYS = 3  # then the rules of this laptop are named as old


@dataclass(frozen=True, slots=True)
class Amounts:
    """What the summary shows of a priced draft."""

    totals: Totals
    items: int
    quantities: dict[str, Decimal]
    tax_inside: bool


class CreditBox(QWidget):
    """Owed, this order and what is left of the limit; hidden while no limit is known."""

    def __init__(self) -> None:
        super().__init__()
        self._left = FactRow(tr("Free after this order"), weight=SEMIBOLD)
        self._bar = StackedBar()
        self._owed, self._this, self._limit = caption("", "text2"), caption("", "text2"), caption("")
        self._sign = Sign("square", 12, "accent")
        swatches = row(Sign("square", 12, "text2"), self._owed, 8, self._sign, self._this, None, gap=4)
        title = row(section_title(tr("Credit")), None, self._limit)
        self._share = Paragraph("", 12, tone="text3")
        layout = column(title, self._left, self._bar, swatches, self._share, gap=8)
        self.setLayout(layout)

    def show_credit(self, means: Means, pays: Payment) -> None:
        """Show how far the limit goes with this order, and what this laptop may sell of it."""
        limit, owed, order = means.at_stake.limit, means.at_stake.owed, pays.on_credit + pays.uncovered
        self.setVisible(limit is not None)
        if limit is None:
            return
        left = limit - owed - order
        self._left.value.show_text(formats.money(left), "bad" if left < 0 else "text")
        whole = max(limit, owed + order, Decimal(1))
        said = tr("Owed {owed}, this order {order}, limit {limit}", owed=formats.money(owed),
                  order=formats.money(order), limit=formats.money(limit))  # fmt: skip
        parts = (
            (float(max(owed, Decimal()) / whole), "text2"),
            (float(order / whole), "bad" if left < 0 else "accent"),
        )
        self._bar.show_parts(parts, said)
        self._owed.show_text(tr("Owed {amount}", amount=formats.money(owed)))
        self._this.show_text(tr("This order {amount}", amount=formats.money(order)))
        self._sign.show_sign("square", "bad" if left < 0 else "accent")
        self._limit.show_text(tr("Limit {amount}", amount=formats.money(limit)))
        share = means.share(CREDIT)
        self._share.setVisible(share is not None and share.left < limit - owed)
        if share is not None:
            enough = share.given and order <= share.left
            self._share.show_text(share_text(CREDIT, share), "text3" if enough else "warn")


class Summary(Inspector):
    """The pane at the right; its actions never scroll out of sight."""

    submit = Signal()
    keep = Signal()
    gap_asked = Signal()

    def __init__(self, delivery: QWidget, *, is_quote: bool = False) -> None:
        body = column(gap=16, margins=(24, 20, 24, 16))
        actions = column(gap=12, margins=(24, 16, 24, 20))
        super().__init__(body, actions, width=WIDTH)
        self._is_quote = is_quote
        self._asks = False  # whether somebody must agree to a discount
        self._total = Label("", 32, SEMIBOLD)
        self._facts = Label("", 13, tone="text2")
        self._goods = FactRow(tr("Goods"))
        self._discount = FactRow(tr("Discount"), tone="ok")
        self._tax, self._margin = FactRow(tr("Tax")), FactRow(tr("Margin"))
        self.margin_of: Callable[[Quote], str] | None = None  # for who may see it
        self._why_item = Label("", 13, SEMIBOLD)
        self._why, self._why_so_many = Paragraph("", 13, tone="text2"), Paragraph("", 13, tone="text2")
        self.credit, self.money = CreditBox(), MoneyBox()
        self.promotions, self.rebate, self.discount = PromotionBox(), RebateBox(), DiscountBox()
        self.goods = GoodsBox()
        self.inside, self.promise = InsideBox(), PromiseNotice()
        self._rebate_used = FactRow(tr("Paid by rebate"), tone="ok")
        reason = column(
            section_title(tr("Why this price")), self._why_item, self._why, self._why_so_many, gap=4
        )
        self._why_box = holder(reason)
        top = column(
            Label(tr("Goods in total") if is_quote else tr("Order total"), 13, tone="text2"),
            self._total,
            self._facts,
            gap=4,
        )
        amounts = column(
            self._goods,
            self._discount,
            self._rebate_used,
            self._tax,
            self._margin,
            self.rebate,
            self.goods,
            gap=8,
        )  # fmt: skip
        why = column(self.inside, self._why_box, self.discount, gap=12)
        fill(
            body,
            [
                top,
                self.promise,
                rule(),
                amounts,
                self.promotions,
                rule(),
                why,
                rule(),
                self.money,
                self.credit,
                delivery,
                None,
            ],
        )
        self._fill_actions(actions)
        delivery.setVisible(not is_quote)
        self.keep_button.setVisible(not is_quote)

    def _fill_actions(self, actions: QVBoxLayout) -> None:
        self._age_sign = Sign("information-outline", 16, "text3")
        self._age = Paragraph("", 12, tone="text2")
        age = row(gap=8)
        age.addWidget(self._age_sign, 0, Qt.AlignmentFlag.AlignTop)
        self._policy = Paragraph("", 12, tone="text2")
        age.addLayout(column(self._age, self._policy, gap=4), 1)
        self.consent = ConsentNotice()
        self._beyond = Paragraph("", 12, tone="warn", lines=3)
        beyond_limit = row(gap=8)
        beyond_limit.addWidget(Sign("alert", 16, "warn"), 0, Qt.AlignmentFlag.AlignTop)
        beyond_limit.addWidget(self._beyond, 1)
        self._beyond_box = holder(beyond_limit)
        self._gap = Paragraph("", 13, tone="bad", lines=3)
        gap = row(gap=8)
        gap.addWidget(Sign("alert-octagon", 16, "bad"), 0, Qt.AlignmentFlag.AlignTop)
        gap.addWidget(self._gap, 1)
        show = Button(tr("Show"), "link", height=20, on_click=self.gap_asked.emit)
        gap.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
        self._gap_box = holder(gap)
        self.submit_button = Button(
            tr("Submit order"), "primary", "check", height=FIELD_ACTION + 4, on_click=self.submit.emit
        )
        self.keep_button = Button(tr("Save draft"), height=40, on_click=self.keep.emit)
        fill(actions, [self._gap_box, self.consent, age, self._beyond_box])
        fill(actions, [self.submit_button, self.keep_button])

    def show_amounts(self, amounts: Amounts) -> None:
        """Show the totals of the draft."""
        totals = amounts.totals
        self._total.show_text(formats.money(totals.total))
        pieces = [words.goods(amounts.items)]
        if amounts.quantities:
            pieces.append(words.amount_of_units(amounts.quantities))
        self._facts.show_text(" · ".join(pieces))
        self._goods.value.show_text(formats.money(totals.goods))
        self._discount.setVisible(bool(totals.discount))
        self._discount.value.show_text(formats.money(-totals.discount))
        self._tax.name.show_text(tr("Tax, included") if amounts.tax_inside else tr("Tax, on top"))
        self._tax.value.show_text(formats.money(totals.tax))

    def show_prices(
        self, quote: Quote, rebate: Decimal, name: Callable[[str], str],
        shares: Mapping[Named, Share], *, uses_rebate: bool,
    ) -> None:  # fmt: skip
        """Show what promotions, rebate and the rep's own discount do."""
        used = quote.priced.rebate_used
        self._rebate_used.setVisible(bool(used))
        self._rebate_used.value.show_text(formats.money(-used))
        self.promotions.show_quote(quote, name, shares)
        self.rebate.show_rebate(rebate, used, on=uses_rebate)
        self.consent.show_quote(quote, name)
        margin = self.margin_of(quote) if self.margin_of is not None else ""
        self._margin.setVisible(bool(margin))
        self._margin.value.show_text(margin)
        approval = quote.priced.approval
        self._asks = approval is not None and approval.pending

    def show_policy(self, text: str) -> None:
        """Say what becomes of these prices when the office has newer ones; before anything is sold."""
        self._policy.setVisible(bool(text))
        self._policy.show_text(text)

    def show_payment(self, means: Means, pays: Payment, spared: Collection[str]) -> None:
        """Show how it is paid and the credit; the action says whether the office must agree."""
        self.money.show_payment(means, pays, spared)
        self.credit.show_credit(means, pays)
        self._beyond_box.setVisible(pays.uncovered > 0 and not self._is_quote)
        self._beyond.show_text(beyond(means, pays.uncovered))
        asks = pays.uncovered > 0 or self._asks
        submit = tr("Send for approval") if asks else tr("Submit order")
        self.submit_button.setText(tr("Keep this round") if self._is_quote else submit)

    def show_reason(self, shown: EntryRow | None) -> None:
        """Explain the price of the current row."""
        self._why_box.setVisible(shown is not None)
        self.discount.show_row(shown)
        self.inside.show_row(shown)
        if shown is None:
            return
        self._why_item.show_text(shown.article.name)
        so_many = suggestions.why(shown)
        self._why_so_many.setVisible(bool(so_many))
        self._why_so_many.show_text(so_many)
        if shown.problem:
            self._why.show_text(words.problem_text(shown.problem), "bad")
        elif shown.steps:
            self._why.show_text("\n".join(words.reasons(shown.steps)), "text2")
        elif shown.price is None:
            self._why.show_text(words.problem_text("price_not_found"), "bad")
        else:
            self._why.show_text(tr("Type a quantity to see which price list decides."), "text2")

    def show_gaps(self, text: str) -> None:
        """Say what keeps the order from being submitted; empty hides it."""
        self._gap_box.setVisible(bool(text))
        self._gap.show_text(text)

    def show_age(
        self, last_sync: datetime | None, now: datetime, incomplete: tuple[str, ...], *,
        is_coming: bool = False,
    ) -> None:  # fmt: skip
        """State how old the prices are; never leave it out."""
        if incomplete:
            names = listed(tr("“{name}”", name=name) for name in incomplete)
            self._age_sign.show_sign("alert", "warn")
            self._age.show_text(
                tr("{books} is only partly here and does not count yet. Sync to complete it.", books=names),
                "warn",
            )
            return
        if is_coming:
            self._age_sign.show_sign("alert", "warn")
            self._age.show_text(
                tr("Newer prices are on their way. Until all of them are here, those before hold."), "warn"
            )
            return
        days = 0 if last_sync is None else (now - last_sync).days
        is_old = days >= _OLD_DAYS
        self._age_sign.show_sign("alert" if is_old else "information-outline", "warn" if is_old else "text3")
        self._age.show_text(_said_age(last_sync, now, days), "warn" if is_old else "text2")


def _said_age(last_sync: datetime | None, now: datetime, days: int) -> str:
    if last_sync is None:
        return tr("Prices as they are on this laptop. The office checks them again.")
    when = formats.moment(last_sync, now)
    if days >= _OLD_DAYS:
        return tr("Prices, ranges and limits are {n} days old, of {when}. Sync before you promise them.",
                  n=days, when=when)  # fmt: skip
    return tr("Prices as of {when}. If the office has changed one since, you are asked first.", when=when)
