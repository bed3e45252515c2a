"""Grants: what managers allow beforehand, what is left of it; given and ended by managers."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtWidgets import QWidget
from sqlalchemy.orm import Session

from fieldcrm.services import quote_grants, team
from fieldcrm.services.quote_grants import GrantRow, Standing
from fieldcrm.services.team import Member
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.paint import Status
from fieldcrm.ui.quotes import keys
from fieldcrm.ui.quotes.grant_dialog import GrantDialog
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, column, surface
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState

ROW = 52
STANDINGS: dict[Standing, tuple[str, Status]] = {
    Standing.ACTIVE: (mark("In force"), Status.DONE),
    Standing.UNSIGNED: (mark("Waits for the office"), Status.QUEUED),
    Standing.SPENT: (mark("Used up"), Status.SKIPPED),
    Standing.OVER: (mark("Expired"), Status.SKIPPED),
    Standing.ENDED: (mark("Ended"), Status.SKIPPED),
}
_STANDING = 6


class GrantsPage(Page):
    """All grants that this laptop knows, the ones in force first."""

    watches = frozenset({"quote_grant", "quote_act", "user", "account"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        today = context.today
        leads = context.me.role == "manager"
        columns: tuple[Column[GrantRow], ...] = (
            Column(mark("Rep"), lambda r: r.rep, width=120),
            Column(mark("Customer"), lambda r: r.account or tr("Every customer"), hint=lambda r: r.note),
            Column(mark("Up to"), up_to, width=176, hint=up_to),
            Column(mark("Left"), left, width=176, hint=left),
            Column(mark("Valid until"), lambda r: formats.table_day(r.grant.valid_until, today()), width=100),
            Column(mark("Granted by"), lambda r: r.by, width=120),
            Column(mark("Status"), lambda r: tr(STANDINGS[r.standing][0]), width=172),
        )
        self.model: RowsModel[GrantRow] = RowsModel(columns)
        self.new_button = Button(tr("New grant"), "primary", "plus", on_click=self.new)
        self.end_button = Button(tr("End it"), "danger", on_click=self.ask_end)
        back = IconButton("arrow-left", tr("Back"), context.shell.back, quiet=True)
        actions = [self.end_button, self.new_button] if leads else []
        self.header = Header(tr("Grants for quotes"), "", actions, back)
        self.table = RowTable(
            self.model, context.settings.row_height(ROW), name=tr("Grants for quotes"),
            cells={_STANDING: self._draw_standing},
        )  # fmt: skip
        said = (
            tr("Allow a rep beforehand to approve discounts himself, up to a bound, where no network is.")
            if leads
            else tr("Your manager can allow you beforehand to approve discounts yourself, up to a bound.")
        )
        action = (tr("New grant"), self.new) if leads else ("", None)
        self.empty = EmptyState("handshake-outline", tr("No grants yet"), said, *action)
        listed = surface("card", column(self.table, self.empty, gap=0, margins=(1, 1, 1, 8)))
        body = column(listed, margins=(24, 16, 24, 16))
        body.setStretch(0, 1)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self.table.picked.connect(lambda _row: self._show_can())
        if leads:
            self.bind("N", self.new, tr("New grant"))

    def panes(self) -> list[QWidget]:
        return [self.header, self.table]

    def refresh(self) -> None:
        me, today, key = self.context.me.id, self.context.today(), keys.here(self.context).server
        self.jobs.read(self, lambda s: quote_grants.listed(s, me, today, key), self._show)

    def _show(self, rows: list[GrantRow]) -> None:
        self.model.show_rows(rows)
        active = sum(row.standing is Standing.ACTIVE for row in rows)
        self.header.show_facts(ntr("{n} in force", "{n} in force", active))
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self._show_can()

    def _show_can(self) -> None:
        row: GrantRow | None = self.table.row()
        can = row is not None and row.standing in (Standing.ACTIVE, Standing.UNSIGNED)
        self.end_button.setEnabled(can)

    def new(self) -> None:
        """Ask for a grant's bounds."""
        me = self.context.me.id

        def people(session: Session) -> list[Member]:
            return team.reps_of(session, me)

        self.jobs.read(self, people, lambda found: GrantDialog(self.context, found).open())

    def ask_end(self) -> None:
        """End the chosen grant, once that is confirmed."""
        row: GrantRow | None = self.table.row()
        if row is None:
            return
        confirm(
            self.context.shell.window(), tr("End the grant?"),
            tr("{who} cannot approve with it any more, as soon as his laptop or the office hears of it. What "
               "it approved stays approved.", who=row.rep),
            tr("End it"), lambda: self.end(row.id),
        )  # fmt: skip

    def end(self, grant_id: UUID) -> None:
        """End a grant."""
        at = self.context.now()
        self.jobs.write(
            self, lambda s: quote_grants.end(s, grant_id, at), lambda _done: self.refresh(),
            self.context.shell.show_error,
        )  # fmt: skip

    def _draw_standing(self, cell: Cell) -> None:
        text, status = STANDINGS[cell.row.standing]
        paint.status_badge(cell.painter, cell.rect.x(), cell.rect.center().y(), tr(text), status)


def up_to(row: GrantRow) -> str:
    """Return the bounds of one quote."""
    said = tr("{n}%", n=formats.decimal(row.grant.up_to_percent))
    amount = row.grant.up_to_amount
    return said if amount is None else f"{said} · {formats.money(amount)}"


def left(row: GrantRow) -> str:
    """Return what is left of a grant."""
    said = []
    if row.grant.max_count is not None:
        more = max(row.grant.max_count - row.used.count, 0)
        said.append(ntr("{n} quote", "{n} quotes", more))
    if row.grant.max_sum is not None:
        said.append(formats.money(max(row.grant.max_sum - row.used.total, row.used.total * 0)))
    return " · ".join(said)
