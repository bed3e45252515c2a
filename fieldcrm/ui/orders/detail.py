"""One order as it stands: how far it has come, what the office says, its lines and amounts."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldcrm.model.orders import Fulfilment, OrderStatus, Origin
from fieldcrm.services.order_list import LineRow, OrderDetail
from fieldcrm.ui import formats, margin_words, paint, saving
from fieldcrm.ui.configuring import parts
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.orders import paper, price_words, words
from fieldcrm.ui.orders.after import AfterBox
from fieldcrm.ui.orders.reading import Followed
from fieldcrm.ui.sync import trail
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import column, fill, holder, row, rule, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, section_title
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.marks import Badge

LINE = 48
_DELIVERED = 18


def _height(line: LineRow) -> int:
    """A line is higher by what was delivered of it and what is inside it."""
    return LINE + (_DELIVERED if words.delivered(line) else 0) + parts.HEIGHT * len(line.parts)


class Chain(QWidget):
    """Saved here, sent, answered: one row a stage, each with its own sign."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = column(gap=8)
        self.setLayout(self._rows)

    def show_stages(self, stages: list[words.Stage]) -> None:
        """Show how far it has come."""
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for stage in stages:
            sign, tone = paint.SIGN[stage.state]
            reached = stage.state is not paint.Status.OPEN
            title = Label(stage.title, 14, REGULAR, "text" if reached else "text3")
            line = row(Sign(sign, 20, tone), title, gap=12)
            line.setStretch(1, 1)
            if stage.fact:
                line.addWidget(Label(stage.fact, 12, REGULAR, "text3"))
            self._rows.addWidget(holder(line))


class AnswerBox(QWidget):
    """Why the office did not take the order, and the two ways to go on."""

    change = Signal()
    again = Signal()

    def __init__(self, *, leads: bool) -> None:
        super().__init__()
        self._title = Paragraph("", 15, SEMIBOLD)
        self._text = Paragraph("", 13, tone="text2")
        self._lines = Paragraph("", 13)
        kind = "primary" if leads else "default"
        self._again = Button(tr("Take the new prices"), kind, on_click=self.again.emit)
        self._change = Button(tr("Change the order"), kind, on_click=self.change.emit)
        self._change_instead = Button(tr("Change the order"), on_click=self.change.emit)
        self._buttons = holder(column(self._again, self._change, self._change_instead, gap=8))
        self.buttons = (self._again, self._change)
        heading = row(gap=8)
        heading.addLayout(column(2, Sign("alert-octagon", 20, "bad"), None, gap=0))
        heading.addWidget(self._title, 1)
        inner = column(heading, self._text, self._lines, self._buttons, gap=8, margins=(16, 12, 16, 12))
        self.setLayout(column(surface("bad", inner)))

    def show_answer(self, detail: OrderDetail, *, can_settle: bool) -> None:
        """Show the objection; hidden for every other order."""
        self.setVisible(detail.row.status == OrderStatus.NEEDS_REVIEW)
        said = words.answer(detail)
        self._title.show_text(said.title)
        self._text.show_text(said.text)
        self._lines.setVisible(bool(said.lines))
        self._lines.show_text("\n".join(said.lines))
        self._buttons.setVisible(can_settle)
        repriced = detail.row.review_code in ("price_changed", "gifts_differ")
        self._again.setVisible(repriced)
        self._change.setVisible(not repriced)
        self._change_instead.setVisible(repriced)


class DetailView(QWidget):
    """One order in a pane or on a page; what can be done with it is at the bottom."""

    change = Signal(object)  # order id
    again = Signal(object)
    cancel = Signal(object)
    approve = Signal(object)
    give_back = Signal(object)
    done = Signal()

    def __init__(self, context: Context, *, margin: int = 24, leads: bool = False) -> None:
        """``leads``: the page has no other primary button than this view's."""
        super().__init__()
        self._context = context
        self._shown: OrderDetail | None = None
        self._number = Label("", 20 if leads else 15, SEMIBOLD)
        self._badge = Badge()
        self._account, self._facts = Label("", 14, SEMIBOLD), Paragraph("", 13, REGULAR, "text2")
        self.chain, self.answer = Chain(), AnswerBox(leads=leads)
        said: Column[LineRow] = Column("", lambda line: line.name)
        self._model: RowsModel[LineRow] = RowsModel(
            (said,), key=lambda line: (line.product_id, line.unit, line.gift_value is not None)
        )
        self._lines = RowList(
            self._model, self._draw_line, LINE, name=tr("Order lines"), inset=0, heights=_height
        )
        self._lines.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lines.setSelectionMode(RowList.SelectionMode.NoSelection)
        self._goods, self._discount = FactRow(tr("Goods")), FactRow(tr("Discount"), tone="ok")
        self._rebate = FactRow(tr("Paid by rebate"), tone="ok")
        self._paid = FactRow(tr("Paid from"))
        self._promotions = Paragraph("", 13, tone="text2")
        self._tax, self._total = FactRow(tr("Tax")), FactRow(tr("Total"), weight=SEMIBOLD)
        self._margin, self._note = FactRow(tr("Margin")), Paragraph("", 13, tone="text2")
        self.after = AfterBox(context)
        self.after.look.connect(lambda: context.shell.open("sync"))
        kind = "primary" if leads else "default"
        self._go_on = Button(tr("Go on with the draft"), kind, on_click=lambda: self._emit(self.change))
        self._done = Button(tr("Close"), kind, on_click=self.done.emit)
        self._amend = Button(tr("Change the order"), on_click=lambda: self._emit(self.change))
        self._return = Button(tr("Return goods"), on_click=lambda: self._emit(self.give_back))
        self._approve = Button(tr("Approve the order"), kind, on_click=lambda: self._emit(self.approve))
        self._leads = leads
        self._cancel = Button(tr("Cancel the order"), "danger", on_click=lambda: self._emit(self.cancel))
        self.answer.change.connect(lambda: self._emit(self.change))
        self.answer.again.connect(lambda: self._emit(self.again))
        body = column(gap=16, margins=(margin, 20, margin, 16))
        self._fill(body)
        layout = column(scrolling(body), gap=0)
        self._actions = surface(
            "footer",
            row(
                self._cancel, None, self._return, self._amend, self._approve, self._go_on, self._done,
                gap=8, margins=(margin, 12, margin, 12),
            ),
        )  # fmt: skip
        layout.addWidget(self._actions)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def _fill(self, body: QVBoxLayout) -> None:
        way = IconButton("timeline-check-outline", tr("Sent, stored, seen"), self._show_way, quiet=True)
        sheet = IconButton("file-pdf-box", tr("Save the order"), self._save_paper, quiet=True)
        top = row(self._number, sheet, way, gap=4)
        top.setStretch(0, 1)
        head = column(top, row(self._badge, None), self._account, self._facts, gap=4)
        amounts = column(
            self._goods, self._discount, self._rebate, self._tax, self._total, self._paid,
            self._margin, gap=8,
        )  # fmt: skip
        fill(
            body,
            [
                head,
                self.answer,
                self.after.notice,
                self.chain,
                rule(),
                section_title(tr("Lines")),
                self._lines,
            ],
        )
        fill(body, [amounts, self._promotions, self._note, self.after, None])

    def _save_paper(self) -> None:
        shown, company = self._shown, self._context.me.company
        if shown is not None:
            saving.ask(
                self._context, tr("Save the order"), paper.title(shown), lambda _s: paper.pdf(shown, company)
            )

    def _show_way(self) -> None:
        if self._shown is not None:
            trail.show(self._context, "order", self._shown.row.id, self._shown.row.number)

    def _emit(self, signal: object) -> None:
        if self._shown is not None:
            signal.emit(self._shown.row.id)  # type: ignore[attr-defined]  # a bound signal

    def show_order(self, followed: Followed) -> None:
        """Show an order and what may be done with it."""
        detail = followed.detail
        self._shown = detail
        mine = detail.rep_id == self._context.me.id
        text, state = words.badge(
            detail.row.status, is_waiting=followed.is_waiting, fulfilment=detail.row.fulfilment
        )
        self._number.show_text(detail.row.number)
        self._badge.show_badge(text, status=state)
        self._account.show_text(detail.row.account)
        self._facts.show_text(self._said_facts(detail))
        saved = formats.moment(detail.submitted_at, self._context.now()) if detail.submitted_at else ""
        self.chain.show_stages(words.chain(detail, is_waiting=followed.is_waiting, saved=saved))
        self.answer.show_answer(detail, can_settle=mine)
        self._model.show_rows(detail.lines)
        self._lines.setFixedHeight(sum(map(_height, detail.lines)))
        self._show_amounts(detail)
        is_draft = detail.row.status == OrderStatus.DRAFT
        self._go_on.setVisible(mine and is_draft)
        self._cancel.setVisible(mine and detail.can_cancel)
        self._cancel.setText(tr("Discard the draft") if is_draft else tr("Cancel the order"))
        settles = mine and detail.row.status == OrderStatus.NEEDS_REVIEW
        amends = mine and detail.is_edition
        self._amend.setVisible(amends)
        self._return.setVisible(
            detail.can_return and (self._leads or detail.row.fulfilment != Fulfilment.OPEN)
        )
        self._approve.setVisible(detail.can_approve)
        self.after.show_after(followed.after)
        has_main = settles or detail.can_approve or (mine and is_draft)
        self._done.setVisible(self._leads and not has_main)
        acts = (self._cancel, self._return, self._amend, self._approve, self._go_on)
        self._actions.setVisible(self._leads or any(not each.isHidden() for each in acts))

    def focus_main(self) -> None:
        """Put the focus on what most people do next, never on what takes the order back."""
        buttons = (*self.answer.buttons, self._approve, self._go_on, self._done)
        main = next((each for each in buttons if each.isVisibleTo(self)), None)
        if main is not None:
            main.setFocus()

    def _said_facts(self, detail: OrderDetail) -> str:
        today = self._context.today()
        pieces = [formats.day(detail.row.ordered_on, today), words.goods(detail.row.lines)]
        if detail.wanted_on is not None:
            pieces.append(tr("deliver {day}", day=formats.plain_day(detail.wanted_on, today)))
        if not detail.row.is_provisional:
            pieces.append(detail.provisional_number)
        if detail.row.origin != Origin.REP:
            pieces.append(words.origin(detail.row.origin))
        if detail.row.edition > 1:
            pieces.append(tr("edition {n}", n=detail.row.edition))
        if detail.row.status == OrderStatus.CANCELLED and detail.reason:
            pieces.append(detail.reason)
        return " · ".join(pieces)

    def _show_amounts(self, detail: OrderDetail) -> None:
        self._goods.value.show_text(formats.money(detail.goods))
        self._discount.setVisible(bool(detail.discount))
        self._discount.value.show_text(formats.money(-detail.discount))
        self._rebate.setVisible(bool(detail.rebate))
        self._rebate.value.show_text(formats.money(-detail.rebate))
        paid = words.paid_from(detail.paid_from, detail.row.total)
        self._paid.setVisible(bool(paid))
        self._paid.value.show_text(paid)
        reasons = price_words.kept(detail.trace)
        self._promotions.setVisible(bool(reasons))
        self._promotions.show_text("\n".join(reasons))
        inside = detail.row.total == detail.goods - detail.discount - detail.rebate
        self._tax.name.show_text(tr("Tax, included") if inside else tr("Tax, on top"))
        self._tax.value.show_text(formats.money(detail.tax))
        self._total.value.show_text(formats.money(detail.row.total))
        margin = detail.margin if detail.margin is not None and detail.margin.lines else None
        self._margin.setVisible(margin is not None)
        self._margin.value.show_text("" if margin is None else margin_words.compared(margin))
        self._note.setVisible(bool(detail.note))
        self._note.show_text(detail.note)

    def _draw_line(self, cell: Cell) -> None:
        line: LineRow = cell.row
        top, went = LINE - 6, words.delivered(line)
        if went:
            lower = QRectF(cell.rect.x(), cell.rect.y() + LINE - 8, cell.rect.width(), _DELIVERED)
            paint.text(cell.painter, lower, went, 12, REGULAR, "text3")
            top += _DELIVERED
        for number, part in enumerate(line.parts):
            parts.draw(cell.painter, cell.rect.adjusted(0, top + number * parts.HEIGHT, 0, 0), part)
        cell.rect.setHeight(LINE)
        amount, tone = formats.money(line.net), "text"
        if line.gift_value is not None:
            amount, tone = tr("Gift"), "ok"
        elif not line.unit_price:
            amount, tone = words.problem("price_not_found"), "bad"
        wide = paint.text(cell.painter, cell.rect, amount, 14, REGULAR, tone, paint.RIGHT)
        cell.rect.setRight(cell.rect.right() - wide - 12)
        if line.gift_value is not None:
            worth = tr("{quantity}, worth {value}", quantity=formats.quantity(line.quantity, line.unit),
                       value=formats.money(line.gift_value))  # fmt: skip
            cell.two_lines(line.name, worth, REGULAR)
            return
        each = formats.money(line.unit_price)
        under = tr("{quantity} at {price}", quantity=formats.quantity(line.quantity, line.unit), price=each)
        cell.two_lines(line.name, " · ".join(filter(None, (under, line.book))), REGULAR)
