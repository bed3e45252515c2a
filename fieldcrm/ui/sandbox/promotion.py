"""One promotion on a month's orders: what it costs, what it displaces, when it pays."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.pricing import roi
from fieldcrm.rules.quotes import SEE_MARGIN
from fieldcrm.services import sandbox_promotion
from fieldcrm.services.sandbox_promotion import Simulation
from fieldcrm.ui import formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.jobs import Progress, Stop, Task
from fieldcrm.ui.sandbox import words
from fieldcrm.ui.sandbox.month import WIDTH, MonthBox
from fieldcrm.ui.sandbox.reading import Choice, Versions, usual
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.fields import ChoiceField, Fact, Field
from fieldcrm.ui.widgets.frames import card, column, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Paragraph, section_title
from fieldcrm.ui.widgets.states import EmptyState, ProgressRow
from fieldcrm.ui.widgets.typing import LineField

_ACROSS = 4


class PromotionView(QWidget):
    """What to try at the left, its cost and return at the right."""

    def __init__(self, context: Context, versions: Versions) -> None:
        super().__init__()
        self._context, self._versions = context, versions
        self._task: Task | None = None
        self._sees = context.me.role in SEE_MARGIN
        self.found: Simulation | None = None
        self.months = MonthBox(context.today())
        self.rules, self.promotion = ChoiceField([], name=tr("Rules")), ChoiceField([], name=tr("Promotion"))
        self.uplift = LineField("20", name=tr("Sells so much more, %"))
        self.uplift_field = Field(tr("Sells so much more, %"), self.uplift)
        self.start = Button(tr("Simulate"), "primary", "flask-outline", on_click=self.run)
        self.progress = ProgressRow("", self.cancel)
        self.progress.setVisible(False)
        self.note = Paragraph("", 13, tone="warn")
        self.rules.chosen.connect(lambda _key: self._read_promotions())
        self.uplift.settled.connect(lambda _text: self._show_return())
        self._lay_out()

    def _lay_out(self) -> None:
        assumed = Paragraph(tr(words.PROMOTION_ASSUMES), 12, REGULAR, "text3")
        asked = column(
            self.months, Field(tr("Rules"), self.rules), Field(tr("Promotion"), self.promotion),
            self.uplift_field, self.start, self.progress, assumed, None, gap=12, margins=(24, 16, 20, 16),
        )  # fmt: skip
        left = surface("left", column(scrolling(asked), gap=0, margins=(0, 0, 1, 0)))
        left.setFixedWidth(WIDTH)
        self.facts = {key: Fact(said, px=20, weight=SEMIBOLD) for key, said in _facts().items()}
        cost = card(section_title(tr("What it costs")), _grid([self.facts[key] for key in _COST]), gap=12)
        pays = card(
            section_title(tr("When it pays")), _grid([self.facts[key] for key in _PAYS]),
            Paragraph("\n".join(map(tr, words.ROI_FORMULA)), 13, tone="text2"), gap=12,
        )  # fmt: skip
        text = tr("Every accepted order of the month is priced without the promotion and with it.")
        self._right = QStackedWidget()
        self._right.addWidget(EmptyState("sale", tr("What would a promotion have cost?"), text))
        self._right.addWidget(
            scrolling(column(self.note, cost, pays, None, gap=16, margins=(24, 16, 24, 24)))
        )
        body = row(left, gap=0)
        body.addWidget(self._right, 1)
        self.setLayout(body)

    def show_choices(self, found: list[Choice]) -> None:
        """Offer these versions."""
        keys = {each.key for each in found}
        kept = self.rules.value
        wanted = kept if kept in keys else usual(found)[1]
        self.rules.show_choices(words.choices(found, self._context.today()), wanted)
        self._read_promotions()

    def _read_promotions(self) -> None:
        key, versions = self.rules.value, self._versions
        if key is None:
            return

        def read(session: Session) -> list[tuple[object, str]]:
            found = sandbox_promotion.promotions(session, versions.of(session, int(str(key))))
            return [(each.key, each.label or each.key) for each in found]

        self._context.jobs.read(self, read, self.promotion.show_choices, self._context.shell.show_error)

    def run(self) -> None:
        """Replay the month without the promotion and with it."""
        self.cancel()
        code, key = self.promotion.value, int(str(self.rules.value))
        if code is None:
            self._context.shell.toast(tr("These rules have no promotion."))
            return
        wanted, versions, database, sees = (
            self.months.wanted,
            self._versions,
            self._context.database,
            self._sees,
        )

        def work(stop: Stop, progress: Progress) -> Simulation:
            with database.reading() as session:
                version = versions.of(session, key)
                return sandbox_promotion.simulate(
                    session, wanted, version, str(code), sees_cost=sees, stop=stop, progress=progress
                )

        self.start.set_running(True)
        self.progress.setVisible(True)
        self._on_progress((0, 0))
        self._task = self._context.jobs.task(self, work, self._show, self._on_failed, self._on_progress)

    def cancel(self) -> None:
        """Stop the replay; what it has done so far is shown."""
        if self._task is not None:
            self._task.cancel()

    def _on_progress(self, news: tuple[int, int]) -> None:
        done, expected = news
        said = tr("Orders {done} / {number}", done=formats.count(done), number=formats.count(expected))
        self.progress.show_progress(said, done / expected if expected else None)

    def _over(self) -> None:
        self._task = None
        self.start.set_running(False)
        self.progress.setVisible(False)

    def _on_failed(self, error: FieldCrmError) -> None:
        self._over()
        self._context.shell.show_error(error)

    def _show(self, found: Simulation) -> None:
        self._over()
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
        self._say_note(found)
        self._show_return()
        self._right.setCurrentIndex(1)

    def _say_note(self, found: Simulation) -> None:
        said = []
        if found.orders < found.expected:
            said.append(tr("Stopped after {done} of {number} orders.", done=formats.count(found.orders),
                           number=formats.count(found.expected)))  # fmt: skip
        if found.unpriced:
            said.append(ntr("{n} order could not be priced and is left out.",
                            "{n} orders could not be priced and are left out.", found.unpriced))  # fmt: skip
        if lost := found.no_cost:
            said.append(ntr("{n} item has no floor price; the margin leaves it out.",
                            "{n} items have no floor price; the margin leaves them out.", lost))  # fmt: skip
        if not self._sees:
            said.append(tr("Your role does not see costs, so nothing is said of the margin."))
        self.note.show_text(" ".join(said))
        self.note.setVisible(bool(said))

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
