"""One promotion on a month's orders: what it costs, what it displaces, when it pays."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QGridLayout, QVBoxLayout
from sqlalchemy.orm import Session

from fieldcrm.rules.margins import SEE_MARGIN
from fieldcrm.rules.pricing import roi
from fieldcrm.services import sandbox_promotion
from fieldcrm.services.sandbox_promotion import Simulation
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.sandbox import words
from fieldcrm.ui.sandbox.reading import Choice, Versions, usual
from fieldcrm.ui.sandbox.replay import ReplayView
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.fields import ChoiceField, Fact, Field
from fieldcrm.ui.widgets.frames import card, column, scrolling
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField

_ACROSS = 4


class PromotionView(ReplayView):
    """What to try at the left, its cost and return at the right."""

    def __init__(self, context: Context, versions: Versions) -> None:
        super().__init__(context, versions, tr("Simulate"), "flask-outline")
        self._sees = context.me.role in SEE_MARGIN
        self.found: Simulation | None = None
        self.rules, self.promotion = ChoiceField([], name=tr("Rules")), ChoiceField([], name=tr("Promotion"))
        self.uplift = LineField("20", name=tr("Sells so much more, %"))
        self.uplift_field = Field(tr("Sells so much more, %"), self.uplift)
        self.rules.chosen.connect(lambda _key: self._read_promotions())
        self.uplift.settled.connect(lambda _text: self._show_return())
        text = tr("Every accepted order of the month is priced without the promotion and with it.")
        self._lay_out(
            [Field(tr("Rules"), self.rules), Field(tr("Promotion"), self.promotion), self.uplift_field],
            tr(words.PROMOTION_ASSUMES),
            EmptyState("sale", tr("What would a promotion have cost?"), text),
            scrolling(self._answer()),
        )

    def _answer(self) -> QVBoxLayout:
        self.facts = {key: Fact(said, px=20, weight=SEMIBOLD) for key, said in _facts().items()}
        cost = card(section_title(tr("What it costs")), _grid([self.facts[key] for key in _COST]), gap=12)
        pays = card(
            section_title(tr("When it pays")), _grid([self.facts[key] for key in _PAYS]),
            Paragraph("\n".join(map(tr, words.ROI_FORMULA)), 13, tone="text2"), gap=12,
        )  # fmt: skip
        return column(self.note, cost, pays, None, gap=16, margins=(24, 16, 24, 24))

    def show_choices(self, found: list[Choice]) -> None:
        """Offer these versions."""
        keys = {each.key for each in found}
        kept = self.rules.value
        wanted = kept if kept in keys else usual(found)[1]
        self.rules.show_choices(words.choices(found, self._context.today()), wanted)
        self._read_promotions()

    def _read_promotions(self) -> None:
        key, versions = self.rules.value, self._versions
        if not isinstance(key, int):
            return

        def read(session: Session) -> list[tuple[object, str]]:
            found = sandbox_promotion.promotions(session, versions.of(session, key))
            return [(each.key, each.label or each.key) for each in found]

        self._context.jobs.read(self, read, self.promotion.show_choices, self._context.shell.show_error)

    def run(self) -> None:
        """Replay the month without the promotion and with it."""
        keys, code, wanted = self._chosen(self.rules), self.promotion.value, self.months.wanted
        if keys is None:
            return
        if code is None:
            self._context.shell.toast(tr("These rules have no promotion."))
            return
        versions, sees = self._versions, self._sees

        def work(session: Session, stop: Stop, progress: Progress) -> Simulation:
            version = versions.of(session, keys[0])
            return sandbox_promotion.simulate(
                session, wanted, version, str(code), sees_cost=sees, stop=stop, progress=progress
            )

        self._replay(work, self._show)

    def _show(self, found: Simulation) -> None:
        self.found = found
        run = found.run
        values = {
            "touched": f"{formats.count(found.touched)} / {formats.count(found.orders)}",
            "times": formats.count(found.times), "discount": formats.money(run.discount),
            "gifts": formats.money(run.gifts), "cost": formats.money(run.cost),
            "elsewhere": words.signed(found.elsewhere), "payable": words.signed(found.payable),
        }  # fmt: skip
        for key, value in values.items():
            self.facts[key].value.show_text(value)
        self._say_note(found.orders, found.expected, *self._remarks(found))
        self._show_return()

    def _remarks(self, found: Simulation) -> Iterator[str]:
        if found.unpriced:
            yield ntr("{n} order could not be priced and is left out.",
                      "{n} orders could not be priced and are left out.", found.unpriced)  # fmt: skip
        if number := found.by_floor:
            yield ntr("{n} item has no cost price; its floor price stands for it.",
                      "{n} items have no cost price; their floor prices stand for it.", number)  # fmt: skip
        if lost := found.no_cost:
            yield ntr("{n} item has neither a cost nor a floor price; the margin leaves it out.",
                      "{n} items have neither a cost nor a floor price; the margin leaves them out.",
                      lost)  # fmt: skip
        if not self._sees:
            yield tr("Your role does not see costs, so nothing is said of the margin.")

    def _show_return(self) -> None:
        """Show when the promotion pays, by the share that is typed."""
        found, uplift = self.found, _percent(self.uplift.text())
        self.uplift_field.show_error("" if uplift is not None else tr("A number from 0 to 1000"))
        if found is None or uplift is None:
            return
        run = found.run
        margin, extra = run.unit_margin, roi.extra_to_break_even(run)
        share = roi.roi(run, uplift)
        more = formats.NONE if margin is None else tr("never")
        if extra is not None:
            percent = formats.percent(extra / run.quantity if run.quantity else Decimal())
            more = tr("{n} units ({percent})", n=formats.count(int(extra)), percent=percent)
        values = {
            "quantity": formats.count(int(run.quantity)), "margin": formats.money(margin), "extra": more,
            "roi": formats.NONE if share is None else formats.percent(share),
        }  # fmt: skip
        for key, value in values.items():
            self.facts[key].value.show_text(value)
        self.facts["roi"].value.set_tone("text" if share is None else "ok" if share >= 0 else "bad")


_COST = ("touched", "times", "discount", "gifts", "cost", "elsewhere", "payable")
_PAYS = ("quantity", "margin", "extra", "roi")


def _facts() -> dict[str, str]:
    return {
        "touched": tr("Orders it touches"), "times": tr("Times it is met"), "discount": tr("Comes off"),
        "gifts": tr("Gifts, at their value"), "cost": tr("Cost"),
        "elsewhere": tr("Other promotions give/¥"), "payable": tr("Customers pay/¥"),
        "quantity": tr("Promoted units sold"), "margin": tr("Margin per unit"),
        "extra": tr("Extra units to break even"), "roi": tr("ROI at this share"),
    }  # fmt: skip


def _grid(facts: list[Fact]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(16)
    for number, fact in enumerate(facts):
        grid.addWidget(fact, number // _ACROSS, number % _ACROSS)
    for place in range(_ACROSS):
        grid.setColumnStretch(place, 1)
    return grid


def _percent(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip().rstrip("%").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= 1000 else None
