"""What became of an order after it was handed over: editions, returns, a change that was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms
from fieldcrm.rules.items import Change, Item
from fieldcrm.services import order_editions, returns
from fieldcrm.services.order_editions import Edition, Waiting
from fieldcrm.storage.local import UNSENT, OutboxEntry
from fieldcrm.sync import outbox
from fieldcrm.ui import error_words, formats
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, prose, tr
from fieldcrm.ui.orders import refused
from fieldcrm.ui.orders.refused import Refused
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import column, holder, row, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, section_title

_REFUSED = {
    "amend": mark("Your change was not taken"),
    "cancel": mark("The order was not cancelled"),
    "approve": mark("Your agreement was not taken"),
}
_MOST_CHANGES = 8


@dataclass(frozen=True, slots=True)
class Back:
    """One return as the page shows it."""

    said: str
    reason: str
    total: Decimal
    withheld: Decimal


@dataclass(frozen=True, slots=True)
class After:
    """All of it; ``refused`` is the act that the server refused last, and why."""

    editions: tuple[Edition, ...] = ()
    names: dict[str, str] | None = None
    backs: tuple[Back, ...] = ()
    refused: Refused | None = None


def read(session: Session, order_id: UUID) -> After:
    """Return what became of an order."""
    editions = order_editions.of_order(session, order_id, _waiting(session, order_id))
    backs = tuple(
        Back(formats.table_day(row.returned_on), row.reason, row.total_amount, row.withheld_amount)
        for row in returns.returns_of(session, order_id)
    )
    names = order_editions.names(session, editions)
    return After(editions, names, backs, refused.last(session, order_id))


def _waiting(session: Session, order_id: UUID) -> list[Waiting]:
    query = select(OutboxEntry.payload).where(
        OutboxEntry.entity == "order", OutboxEntry.row_id == order_id,
        OutboxEntry.act == "amend", OutboxEntry.state.in_(UNSENT),
    )  # fmt: skip
    found = [outbox.mutation(payload) for payload in session.scalars(query.order_by(OutboxEntry.n))]
    return [
        Waiting(from_ms(each.at), {name: (c.old, c.new) for name, c in (each.set or {}).items()})
        for each in found
    ]


class AfterBox(QWidget):
    """Shows it below the order's amounts; nothing at all for an order nothing happened to."""

    look = Signal()
    again = Signal(object)  # mutation id: open what was typed
    anew = Signal(object)  # mutation id: order what it would have added

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._rows, self._top = column(gap=12), column(gap=0)
        self.notice = holder(self._top)  # why a change was refused: it stands before the order's lines
        self.setLayout(self._rows)

    def show_after(self, after: After) -> None:
        """Show what became of an order."""
        _empty(self._rows)
        _empty(self._top)
        self.notice.setVisible(after.refused is not None)
        if after.refused is not None:
            self._top.addWidget(self._notice(after.refused))
        if after.backs:
            self._rows.addWidget(section_title(tr("Returned")))
            for back in after.backs:
                self._rows.addWidget(_back(back))
        if after.editions:
            self._rows.addWidget(section_title(tr("Earlier editions")))
            for edition in after.editions:
                self._rows.addWidget(self._edition(edition, after.names or {}))
        self.setVisible(bool(after.backs or after.editions))

    def _notice(self, said: Refused) -> QWidget:
        what, then = error_words.CODES.get(said.code, (mark("The office refused it."), ""))
        heading = row(Sign("alert-octagon", 20, "bad"), gap=8)
        heading.addWidget(Paragraph(tr(_REFUSED[said.act]), 15, SEMIBOLD), 1)
        why = Paragraph(prose(*(tr(text) for text in (what, then) if text)), 13, tone="text2")
        buttons = row(*self._ways(said), None, gap=8)
        return surface("bad", column(heading, why, buttons, gap=8, margins=(16, 12, 16, 12)))

    def _ways(self, said: Refused) -> list[Button]:
        look = Button(tr("Look at what you wanted"), "link", on_click=self.look.emit)
        if said.act != "amend":
            return [look]
        signal = self.again if said.may_change else self.anew
        text = tr("Change and send again") if said.may_change else tr("Order the rest anew")
        return [Button(text, on_click=lambda: signal.emit(said.mutation_id)), look]

    def _edition(self, edition: Edition, names: dict[str, str]) -> QWidget:
        title = tr("Edition {n}", n=edition.number)
        top = row(Label(title, 14, SEMIBOLD), None, Label(formats.money(edition.total), 14), gap=8)
        when = formats.moment(edition.replaced_at, self._context.now())
        why = tr("replaced {when}: {reason}", when=when, reason=edition.reason)
        said = [Paragraph(why, 13, REGULAR, "text2")]
        said += [Paragraph(text, 13) for text in differences(edition.changes, names)]
        total = tr("Total then: {amount}", amount=formats.money(edition.next_total))
        said.append(Paragraph(total, 13, REGULAR, "text2"))
        return holder(column(top, *said, gap=4))


def differences(changes: Sequence[Change], names: dict[str, str]) -> list[str]:
    """Return what the next edition changed, a sentence a line."""
    said = [_difference(change, names) for change in changes[:_MOST_CHANGES]]
    left = len(changes) - len(said)
    return [*said, tr("and {n} more", n=left)] if left else said


def _difference(change: Change, names: dict[str, str]) -> str:
    item = change.after or change.before
    name = names.get(item.product, tr("An item")) if item else ""
    if change.before is None and change.after is not None:
        return tr("{name}: {quantity} added", name=name, quantity=_many(change.after))
    if change.after is None and change.before is not None:
        return tr("{name}: {quantity} taken out", name=name, quantity=_many(change.before))
    if change.before is None or change.after is None:
        return ""
    new, old = _worth(change.after), _worth(change.before)
    return tr("{name}: {new} instead of {old}", name=name, new=new, old=old)


def _many(item: Item) -> str:
    many = formats.quantity(item.quantity, item.unit)
    return f"{many} · {tr('Gift')}" if item.gift_by is not None else many


def _worth(item: Item) -> str:
    return f"{_many(item)} = {formats.money(item.net)}"


def _back(back: Back) -> QWidget:
    top = row(Label(back.said, 14), None, Label(formats.money(-back.total), 14, SEMIBOLD), gap=8)
    said = [Paragraph(back.reason, 13, REGULAR, "text2")]
    if back.withheld > 0:
        text = tr("{amount} kept back for gifts", amount=formats.money(back.withheld))
        said.append(Paragraph(text, 13, REGULAR, "text2"))
    return holder(column(top, *said, gap=4))


def _empty(rows: QVBoxLayout) -> None:
    while (item := rows.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
