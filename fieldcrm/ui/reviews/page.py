"""The inbox of visit reports: exceptions first, one report beside it, approve or return.

Approving opens the next report and offers Undo: the decision is written only when the toast
has gone or another decision follows, because an event that was sent cannot be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.clock import business_day
from fieldcrm.errors import FieldCrmError
from fieldcrm.model.users import Role
from fieldcrm.model.visits import Decision
from fieldcrm.services import repairs, reviews, team
from fieldcrm.services.reviews import About, FullReport, Report, ReviewState
from fieldcrm.ui import formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import listed, ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.reviews import sharing, words
from fieldcrm.ui.reviews.report import ReportView
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.frames import Footer, Header, ListPane, row, scrolling
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField, SearchField

SHOWN_DAYS = 31
UNDO_MS = 6_000
_GROUPS: dict[str, tuple[ReviewState, ...]] = {
    "waiting": (ReviewState.WAITING, ReviewState.RESUBMITTED),
    "returned": (ReviewState.RETURNED,),
    "approved": (ReviewState.APPROVED,),
}


@dataclass(slots=True)
class _Pending:
    """A decision that is shown as made but not written yet."""

    visit_ids: tuple[UUID, ...]
    decision: Decision
    text: str
    about: About


class ReviewsPage(Page):
    """Reports at the left, the chosen one at the right, the decision at the bottom."""

    watches = frozenset(
        {
            "visit",
            "check_out",
            "step_answer",
            "photo",
            "visit_review",
            "user",
            "visit_amendment",
            "visit_finding",
            "position_refusal",
        }
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._is_manager = context.me.role != Role.REP
        self._reports: list[Report] = []
        self._group, self._only_flagged = "waiting", False
        self._full: FullReport | None = None
        self._wanted: UUID | None = None  # whose report was asked for last
        self._pending: _Pending | None = None
        self._about, self._names = About(), dict[str, str]()
        self._undo = QTimer(self, interval=UNDO_MS, singleShot=True)
        self._undo.timeout.connect(self._write_pending)
        self._build()
        self._bind_keys()

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self._search = SearchField(tr("Store or rep"), "Ctrl F")
        self._search.setFixedWidth(248)
        shared = Button(
            tr("Shared with me"), "ghost", "share-variant-outline",
            on_click=lambda: self.context.shell.open("shared"),
        )  # fmt: skip
        self._flagged = Button(tr("Exceptions only"), icon="filter-variant", on_click=self._toggle_flagged)
        self._flagged.setCheckable(True)
        self._search.settled.connect(lambda _text: self._show_list())
        self._misplaced = Button(
            "", "ghost", "map-marker-question", on_click=lambda: self.context.shell.open("positions")
        )
        self._misplaced.hide()
        self._plain = Button("", icon="check-all", on_click=self._ask_approve_plain)
        self._header = Header(
            tr("Inbox") if self._is_manager else tr("My reports"),
            "",
            (self._search, self._misplaced, shared, self._flagged, self._plain),
        )
        self._groups = Segments(self._group_words(), current=self._group)
        self._groups.chosen.connect(self._on_group)
        column: Column[Report] = Column("", lambda report: f"{report.account}, {report.rep}")
        self.model: RowsModel[Report] = RowsModel((column,), key=lambda report: report.visit_id)
        self._list = RowList(self.model, self._draw, 66, name=tr("Visit reports"))
        self._list.picked.connect(self._on_picked)
        self.setFocusProxy(self._list)
        self._nothing = EmptyState("inbox-outline", "", "", tr("Show all"), self._show_all)
        self._lists = QStackedWidget()
        self._lists.addWidget(self._list)
        self._lists.addWidget(self._nothing)
        pane = ListPane(row(self._groups, margins=(16, 16, 16, 12)), self._lists, width=336)
        self._view = ReportView(self.context)
        self._view.order_opened.connect(lambda order_id: self.context.shell.open("order", order_id=order_id))
        self._view.account_opened.connect(lambda key: self.context.shell.open("account", account_id=key))
        self._view.about_chosen.connect(self._on_about)
        self._right = QStackedWidget()
        self._right.addWidget(scrolling(self._view))
        self._right.addWidget(EmptyState("file-document-outline", tr("Choose a report")))
        self._right.setCurrentIndex(1)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(pane)
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addWidget(self._right, 1)
        side.addWidget(self._footer())
        body.addLayout(side, 1)
        self.outer.addWidget(self._header)
        self.outer.addLayout(body, 1)

    def _bind_keys(self) -> None:
        self.bind("Ctrl+F", self._search.setFocus, tr("Filter the reports"))
        self.bind("J", lambda: self._list.pick(self._list.currentIndex().row() + 1), tr("Next report"))
        self.bind(
            "K", lambda: self._list.pick(max(0, self._list.currentIndex().row() - 1)), tr("Report before")
        )
        self.bind("Space", self._view.photos.focus_first, tr("Look at the photos"))
        if self._is_manager:
            self.bind("A", self._on_approve, tr("Approve"))
            self.bind("B", self._on_return, tr("Return"))
            self.bind("Ctrl+Return", self._on_approve)
            self.bind("Shift+A", self._ask_approve_plain, tr("Approve the plain reports"))

    def panes(self) -> list[QWidget]:
        """Return the list, the report and the reply."""
        return [self._list, self._view, self._reply]

    def show_place(self, **where: object) -> None:
        """Show one visit: ``visit_id``."""
        visit_id = where.get("visit_id")
        if isinstance(visit_id, UUID):
            self.show_visit(visit_id)

    def leaving(self) -> None:
        """Write what was decided before the page goes."""
        self._write_pending()

    def _footer(self) -> Footer:
        self._reply = LineField("", tr("Write to the rep"), height=44)
        self._comment = Button(tr("Comment"), icon="comment-outline", height=44, on_click=self._on_comment)
        share = Button(
            tr("Show to a colleague"), icon="share-variant-outline", height=44, on_click=self._on_share
        )
        self._return = Button(tr("Return"), icon="undo-variant", height=44, on_click=self._on_return)
        self._approve = Button(
            tr("Approve"), "primary", "check", height=44, on_click=self._on_approve, wide=128
        )
        self._subject = Button("", "ghost", "close", height=44, on_click=self._about_nothing)
        self._subject.setVisible(False)
        footer = Footer(self._subject, self._reply, share, self._comment, self._return, self._approve)
        for button in (self._return, self._approve):
            button.setVisible(self._is_manager)
        if not self._is_manager:
            self._reply.setPlaceholderText(tr("Answer your manager"))
        return footer

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the inbox again."""
        since = self.context.now() - timedelta(days=SHOWN_DAYS)
        me = self.context.me
        self.context.jobs.read(
            self,
            lambda s: _read(s, me.id, since),
            lambda found: self._on_reports(*found),
        )
        if self._is_manager:
            self.context.jobs.read(self, repairs.proposals, lambda found: self._show_misplaced(len(found)))
        if self._full is not None and self._wanted is not None:
            self.show_visit(self._wanted)

    def _show_misplaced(self, number: int) -> None:
        """Say how many stores their check-ins put elsewhere; a click shows them."""
        said = ntr("{n} store position to check", "{n} store positions to check", number)
        self._misplaced.setText(formats.count(number))
        self._misplaced.setToolTip(said)
        self._misplaced.setAccessibleName(said)
        self._misplaced.setVisible(number > 0)

    def show_visit(self, visit_id: UUID) -> None:
        """Open one visit's report, whatever the filter."""
        self._wanted = visit_id
        self.context.jobs.read(self, lambda s: reviews.report(s, visit_id), self._show_report)

    def _on_reports(self, reports: list[Report], names: dict[str, str]) -> None:
        self._reports, self._names = reports, names
        self._groups.show_choices(self._group_words(), self._group)
        waiting = self._in_group("waiting")
        flagged = sum(bool(report.flags or report.serious) for report in waiting)
        late = sum(report.due_on < self.context.today() for report in waiting)
        facts = [
            ntr("{n} report waiting", "{n} reports waiting", len(waiting)),
            ntr("{n} with exceptions", "{n} with exceptions", flagged),
        ]
        if late:
            facts.append(ntr("{n} past its deadline", "{n} past their deadline", late))
        self._header.show_facts(" · ".join(facts))
        plain = len(self._plain_ones())
        self._plain.setText(ntr("Approve {n} plain report", "Approve {n} plain reports", plain))
        self._plain.setVisible(self._is_manager and plain > 0)
        self._show_list()

    def _show_list(self) -> None:
        wanted = self._search.text().strip().casefold()
        rows = [
            report
            for report in self._in_group(self._group)
            if (not self._only_flagged or report.flags or report.serious)
            and (not wanted or wanted in f"{report.account} {report.rep}".casefold())
        ]
        self.model.show_rows(rows)
        self._lists.setCurrentIndex(0 if rows else 1)
        if rows:
            if self._list.row() is None:
                self._list.pick(0)
        else:
            self._explain_nothing(filtered=bool(wanted or self._only_flagged))

    def _explain_nothing(self, *, filtered: bool) -> None:
        if filtered:
            self._nothing.show_state("filter-off-outline", tr("Hidden by the filter"), "", tr("Show all"))
        elif self._group == "waiting":
            self._nothing.show_state(
                "inbox-outline", tr("Nothing to review"), tr("New reports arrive with the next sync."), ""
            )
        else:
            self._nothing.show_state("inbox-outline", tr("Nothing here yet"), "", "")
        if self._full is None:
            self._right.setCurrentIndex(1)

    def _in_group(self, group: str) -> list[Report]:
        pending = self._pending
        moved = dict.fromkeys(pending.visit_ids, pending.decision) if pending else {}
        return [r for r in self._reports if _group_of(r, moved.get(r.visit_id)) == group]

    def _group_words(self) -> list[tuple[object, str]]:
        waiting, returned = len(self._in_group("waiting")), len(self._in_group("returned"))
        return [
            ("waiting", f"{tr('Waiting')} {waiting}"),
            ("returned", f"{tr('Returned')} {returned}"),
            ("approved", tr("Approved")),
        ]

    def _on_picked(self, report: Report | None) -> None:
        if report is None:
            return
        self.show_visit(report.visit_id)
        if self._is_manager and not report.seen:
            me, at, visit_id = self.context.me.id, self.context.now(), report.visit_id
            self.context.jobs.write(self, lambda s: reviews.mark_seen(s, visit_id, me=me, at=at))

    def _show_report(self, full: FullReport) -> None:
        if full.report.visit_id != self._wanted:
            return  # the answer came after another report was asked for
        changed = self._full is None or self._full.report.visit_id != full.report.visit_id
        self._full = full
        self._view.show_report(full)
        self._right.setCurrentIndex(0)
        if changed:
            self._reply.clear()
            self._about_nothing()

    # -- deciding -------------------------------------------------------------------------

    @property
    def _chosen(self) -> FullReport | None:
        """The report that was asked for, once it is the one to be seen."""
        full = self._full
        return full if full is not None and full.report.visit_id == self._wanted else None

    def _on_approve(self) -> None:
        if self._chosen is not None:
            self._decide(Decision.APPROVED, self._reply.text(), tr("Approved"))

    def _on_return(self) -> None:
        if not self._reply.text().strip():
            self._ask_for_words()
            return
        self._decide(Decision.RETURNED, self._reply.text(), tr("Returned to the rep"))

    def _on_share(self) -> None:
        if self._chosen is not None:
            sharing.ask(self.context, self, self._chosen.report.visit_id, self._chosen.report.account)

    def _on_comment(self) -> None:
        if self._chosen is None:
            return
        if not self._reply.text().strip():
            self._ask_for_words()
            return
        said = _Pending((self._chosen.report.visit_id,), Decision.COMMENT, self._reply.text(), self._about)
        self._reply.clear()
        self._about_nothing()
        self._say(said)

    def _on_about(self, about: About, name: str) -> None:
        """Let the next words point at an answer or a spot of a photo."""
        self._about = about
        self._subject.setText(tr("On {subject}", subject=name if len(name) < 16 else f"{name[:15]}…"))
        self._subject.setToolTip(tr("Comment on the whole visit instead"))
        self._subject.setVisible(True)
        self._reply.setFocus()

    def _about_nothing(self) -> None:
        self._about = About()
        self._subject.setVisible(False)

    def _plain_ones(self) -> list[Report]:
        return [report for report in self._in_group("waiting") if report.plain]

    def _ask_approve_plain(self) -> None:
        plain = self._plain_ones()
        if not plain or not self._is_manager:
            return
        reps = sorted({report.rep for report in plain})
        dialog = Dialog(
            ntr("Approve {n} plain report?", "Approve {n} plain reports?", len(plain)),
            tr("No flag, nothing serious changed since the visit before. From {reps}.", reps=listed(reps)),
        )
        dialog.button(tr("Read them first"))
        dialog.button(tr("Approve them"), "primary", lambda: self._approve_plain(plain))
        dialog.ask(self)

    def _approve_plain(self, plain: list[Report]) -> None:
        self._write_pending()
        ids = tuple(report.visit_id for report in plain)
        self._hold(_Pending(ids, Decision.APPROVED, "", About()))
        said = ntr("{n} report approved", "{n} reports approved", len(ids))
        self.context.shell.toast(said, undo=self._take_back)

    def _ask_for_words(self) -> None:
        self._reply.set_wrong(True)
        self._reply.setPlaceholderText(tr("Write what is missing, so that the rep can mend it"))
        self._reply.setFocus()

    def _decide(self, decision: Decision, text: str, said: str) -> None:
        if self._chosen is None:
            return
        self._write_pending()
        self._reply.set_wrong(False)
        account = self._chosen.report.account
        self._hold(_Pending((self._chosen.report.visit_id,), decision, text, self._about))
        self.context.shell.toast(f"{said}: {account}", undo=self._take_back)

    def _hold(self, pending: _Pending) -> None:
        """Show a decision as made, and write it when it can no longer be taken back."""
        place = self._list.currentIndex().row()
        self._pending, self._full, self._wanted = pending, None, None
        self._undo.start()
        self._on_reports(self._reports, self._names)
        self._list.pick(min(place, self.model.rowCount() - 1))

    def _take_back(self) -> None:
        self._undo.stop()
        pending, self._pending = self._pending, None
        self._on_reports(self._reports, self._names)
        if pending is not None:
            self.show_visit(pending.visit_ids[0])

    def _write_pending(self) -> None:
        self._undo.stop()
        pending, self._pending = self._pending, None
        if pending is not None:
            self._say(pending)

    def _say(self, said: _Pending) -> None:
        me, at = self.context.me.id, self.context.now()

        def write(session: Session) -> None:
            for visit_id in said.visit_ids:
                reviews.say(session, visit_id, said.decision, me=me, at=at, text=said.text, about=said.about)

        self.context.jobs.write(self, write, failed=lambda error: self._on_failed(error, said.text))

    def _on_failed(self, error: FieldCrmError, text: str) -> None:
        self._reply.setText(text)
        self.context.shell.show_error(error)

    def _draw(self, cell: Cell) -> None:
        _draw(cell, self.context.now(), self._names)

    # -- filters -------------------------------------------------------------------

    def _on_group(self, group: object) -> None:
        self._group = str(group)
        self._show_list()

    def _toggle_flagged(self) -> None:
        self._only_flagged = self._flagged.isChecked()
        self._show_list()

    def _show_all(self) -> None:
        self._search.clear()
        self._flagged.setChecked(False)
        self._only_flagged = False
        self._show_list()


def _group_of(report: Report, decision: Decision | None) -> str:
    if decision == Decision.APPROVED:
        return "approved"
    if decision == Decision.RETURNED:
        return "returned"
    return next(name for name, states in _GROUPS.items() if report.state in states)


def _read(session: Session, me: UUID, since: datetime) -> tuple[list[Report], dict[str, str]]:
    found = reviews.inbox(session, [rep.id for rep in team.reps_of(session, me)], since=since)
    return found, reviews.changed_names(session, found)


def _draw(cell: Cell, now: datetime, names: dict[str, str]) -> None:
    report, rect, painter = cell.row, cell.rect, cell.painter
    paint.avatar(painter, QPointF(rect.x() + 18, rect.center().y()), 18, paint.initials(report.rep))
    inside = rect.adjusted(48, 0, 0, 0)
    upper, lower = inside.adjusted(0, 12, 0, 0), inside.adjusted(0, 34, 0, 0)
    upper.setHeight(20)
    lower.setHeight(20)
    time = formats.moment(report.left_at, now)
    wide = paint.width(time, 12) + 8
    paint.text(painter, upper, time, 12, 400, "text2", paint.RIGHT)
    weight = 400 if report.seen else SEMIBOLD
    paint.text(painter, upper.adjusted(0, 0, -wide, 0), report.account, 14, weight)
    badge = words.badge(report)
    if badge is not None:
        said, status = badge
        wide = paint.status_badge(painter, lower.right(), lower.center().y(), said, status, to_left=True)
        lower.setRight(lower.right() - wide - 8)
    text, tone = words.second_line(report, business_day(now), names)
    paint.text(painter, lower, text, 13, 400, tone)
