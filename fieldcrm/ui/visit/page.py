"""The visit workspace: work the steps, check out.

What is typed is kept by ``Keeper`` on every change; leaving a step turns its part into
events. The page shows three things in one place: a running visit (or a report that was sent
back), a forgotten check-out, a finished visit. Checking in is ``arrival.py``.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.rules import sop_logic
from fieldcrm.rules import visits as rules
from fieldcrm.rules.sop import Step
from fieldcrm.rules.visits import Gap
from fieldcrm.services import workspace
from fieldcrm.services.workspace import StockItem, Workspace
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.sync import trail
from fieldcrm.ui.visit import amendments, dialogs, heading, keys, progress, rows
from fieldcrm.ui.visit.closing import Closing
from fieldcrm.ui.visit.edition import EditionBar
from fieldcrm.ui.visit.facts import FactsPane
from fieldcrm.ui.visit.footer import StepFooter
from fieldcrm.ui.visit.keeping import Keeper
from fieldcrm.ui.visit.missed import MissedCheckOut
from fieldcrm.ui.visit.notes import Notes
from fieldcrm.ui.visit.photo_desk import PhotoDesk
from fieldcrm.ui.visit.progress import CHECK_IN, WRAP_UP, Progress, prefill
from fieldcrm.ui.visit.rail import Rail
from fieldcrm.ui.visit.step import Seen, StepView
from fieldcrm.ui.visit.wrap_up import Summary, WrapUp, figures
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import Header, row, scrolling
from fieldcrm.ui.widgets.overlays import Drawer

_FACTS_FROM = 1080
_SECOND = 1000


class VisitPage(Page):
    """One visit, from the door to the door."""

    watches = frozenset({"order", "todo", "account", "contact", "visit_review", "sop_template"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.keep = Keeper(self, context, self._say_saved)
        self._wanted_visit: UUID | None = None
        self._amending = False
        self._extra: dict[UUID, StockItem] = {}
        self.step: StepView | None = None
        self.wrap_up: WrapUp | None = None
        self.summary, self.missed = Summary(), MissedCheckOut()
        self.desk = PhotoDesk(self, context, self.keep, self._show_work)
        self.closing = Closing(self, context, self._on_closed, self._on_refused)
        self.notes = Notes(self, context, self.keep, self._on_noted)
        self.edition = EditionBar(self, context, self.keep)
        self._build()
        keys.bind(self)
        self._clock = QTimer(self, interval=_SECOND)
        self._clock.timeout.connect(self._show_time)
        self._clock.start()

    def _show_way(self) -> None:
        if self.visit is not None:
            trail.show(self.context, "visit", self.visit.visit_id, self.visit.account)

    def _build(self) -> None:
        back = IconButton("arrow-left", tr("Back to today"), self._on_back, quiet=True, size=40)
        self.photo_button = Button(tr("Photo"), icon="camera-outline", on_click=self.add_photo)
        self.note_button = Button(tr("Note"), icon="note-edit-outline", on_click=self.add_note)
        self.pause_button = Button(tr("Pause"), "ghost", "pause", on_click=self.pause)
        self.facts_button = IconButton(
            "information-outline", tr("Store facts"), lambda: self._drawer.toggle()
        )
        self.amend_button = Button(tr("Amend"), icon="file-document-edit-outline", on_click=self.amend)
        self.amend_button.hide()
        way = IconButton("timeline-check-outline", tr("Sent, stored, seen"), self._show_way)
        actions = [
            way,
            self.facts_button,
            self.amend_button,
            self.photo_button,
            self.note_button,
            self.pause_button,
        ]
        self.header = Header("", "", actions, back)
        self.rail, self.facts = Rail(), FactsPane()
        self._drawer_facts = FactsPane()
        self._centre = QStackedWidget()
        for face in (QWidget(), self.summary, self.missed):
            self._centre.addWidget(scrolling(face))
        self.footer = StepFooter(lambda: self.go(-1), self.go_on)
        self.primary = self.footer.primary
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.edition.bar)
        middle.addWidget(self._centre, 1)
        middle.addWidget(self.footer)
        body = row(gap=0)
        body.addWidget(self.rail)
        body.addLayout(middle, 1)
        body.addWidget(self.facts)
        self.outer.addWidget(self.header)
        self.outer.addLayout(body, 1)
        self._drawer = Drawer(self, self._drawer_facts, width=300)
        self.rail.list.picked.connect(self._on_step_picked)
        for pane in (self.facts, self._drawer_facts):
            pane.ticked.connect(self.notes.tick)
            pane.add_asked.connect(lambda: self.notes.ask(dialogs.TODO))

    def panes(self) -> list[QWidget]:
        return [self.header, self.rail, self._centre, self.facts]

    def show_place(self, **where: object) -> None:
        """Take ``visit_id``; with ``account_id`` and perhaps ``plan_id`` go to the check-in there."""
        visit_id = where.get("visit_id")
        if not isinstance(visit_id, UUID):
            QTimer.singleShot(0, self, lambda: self.context.shell.open("check_in", **where))
            return
        if self.visit is None or self.visit.visit_id != visit_id:
            self._forget()
        self._wanted_visit = visit_id
        self._stale = True
        if self.isVisible():
            self.refresh_soon()

    def _forget(self) -> None:
        self._amending = False
        self.step, self.wrap_up = None, None
        self.keep.forget()
        self._extra = {}
        self._centre.setCurrentIndex(0)

    def refresh(self) -> None:
        if self._wanted_visit is not None:
            self._read_visit(self._wanted_visit)

    def _read_visit(self, visit_id: UUID) -> None:
        today, amends = self.context.today(), self._amending

        def read(session: Session) -> tuple[Workspace, Progress]:
            written = workspace.of_visit(session, visit_id, today)
            if amends and written.may_amend:
                return amendments.begun(session, written)
            kept = progress.load(session, visit_id, written)
            return progress.with_articles(session, written, kept), kept

        self.jobs.read(self, read, self._show_visit)

    def _show_visit(self, read: tuple[Workspace, Progress]) -> None:
        written, kept = read
        if written.visit_id != self._wanted_visit:
            return
        fresh = self.visit is None or self.visit.visit_id != written.visit_id
        was_open = self.visit is not None and self.visit.takes_answers
        self.keep.take(written, kept if fresh else None)
        self.header.show_title(written.account)
        self.rail.show()
        self.edition.show_visit(written)
        self._show_panes()
        for pane in (self.facts, self._drawer_facts):
            pane.show_facts(written, self.context.today())
        if not written.takes_answers:
            self._show_closed(written)
        elif heading.is_missed(written, self.context.today()):
            self._show_missed(written)
        elif fresh or not was_open or (self.step is None and self.wrap_up is None):
            self._open_step(self._first_step())
        else:
            self._show_work()

    def _show_closed(self, visit: Workspace) -> None:
        self.step = self.wrap_up = None
        self.summary.show_visit(visit)
        self._show_face(1)
        self.rail.hide()
        self._show_controls(back=False, primary=tr("Back to today"))

    def _show_missed(self, visit: Workspace) -> None:
        self.step = self.wrap_up = None
        self.missed.show_visit(visit, self.progress.summary)
        self._show_face(2)
        self.rail.hide()
        self._show_controls(back=False, primary=tr("Close the visit"))

    def amend(self) -> None:
        """Open a submitted report again; it is written at the end, with the reason."""
        if self.visit is not None and self.visit.may_amend:
            visit_id = self.visit.visit_id
            self._forget()
            self._amending = True
            self._read_visit(visit_id)

    def _show_controls(self, *, back: bool, primary: str) -> None:
        taking = self.step is not None or self.wrap_up is not None
        self.footer.show_controls(back=back, primary=primary, saved=taking)
        for button in (self.photo_button, self.note_button, self.pause_button):
            button.setVisible(taking)
        self.amend_button.setVisible(not taking and self.visit is not None and self.visit.may_amend)
        self._show_time()

    @property
    def keys_of_steps(self) -> list[str]:
        """The keys of all steps, the check-in first and the wrap-up last."""
        return [CHECK_IN, *(step.key for step in self.steps), WRAP_UP]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The template's steps as they are asked now; a visit without a template has none."""
        if self.visit is None or self.visit.template is None:
            return ()
        return sop_logic.asked(self.visit.template.steps, self.progress.work(self.visit).answers)

    def _first_step(self) -> str:
        known = self.keys_of_steps
        if self.progress.step in known and self.progress.step != CHECK_IN:
            return self.progress.step
        return known[1]

    def _open_step(self, key: str, field_key: str = "") -> None:
        if self.visit is None:
            return
        template = self.visit.template
        here = next((step for step in (template.steps if template else ()) if step.key == key), None)
        face: QWidget
        if here is not None:
            prefill(self.progress, here, self.visit)
            face = self.step = StepView(here, self.desk.thumbnail, self.context.today())
            self.wrap_up = None
            self._connect_step(self.step)
        else:
            face = self.wrap_up = WrapUp(self.context.today())
            self.step = None
            self.wrap_up.show_progress(self.progress)
            self.wrap_up.changed.connect(self._on_wrap_up)
            self.wrap_up.gap_chosen.connect(self._go_to)
        self.progress.step = key
        self._replace_centre(face)
        self._show_work()
        self.keep.save()
        QTimer.singleShot(0, face, lambda: self._focus(field_key))

    def _focus(self, field_key: str) -> None:
        if self.step is not None:
            self.step.take_focus(field_key)
        elif self.wrap_up is not None:
            self.wrap_up.take_focus()

    def _connect_step(self, view: StepView) -> None:
        view.answered.connect(self._on_answer)
        self.desk.serve(view)
        view.order_asked.connect(self._on_order)
        view.order_opened.connect(lambda order_id: self.context.shell.open("order", order_id=order_id))
        view.article_asked.connect(self._on_article)

    def _replace_centre(self, face: QWidget) -> None:
        old = self._centre.widget(3)
        if old is not None:
            self._centre.removeWidget(old)
            old.deleteLater()
        self._centre.addWidget(scrolling(face))
        self._show_face(3)

    def _show_face(self, number: int) -> None:
        self._centre.setCurrentIndex(number)
        area = self._centre.currentWidget()
        if isinstance(area, QScrollArea):
            area.verticalScrollBar().setValue(0)

    def _show_work(self) -> None:
        visit = self.visit
        if visit is None or not visit.takes_answers:
            return
        work = self.progress.work(visit)
        missing = rules.gaps(self.steps, work)
        self.rail.show_steps(rows.of_visit(visit, self.steps, work, self.progress.step), self.progress.step)
        if self.step is not None:
            answers = self.progress.answers.get(self.step.step.key, {})
            self.step.show_answers(answers, self._seen(visit, work))
            self.step.show_orders(visit.orders)
            self.step.show_photos(self.desk.tiles(self.step.step.key))
        if self.wrap_up is not None:
            self.wrap_up.show_gaps(missing)
            self.wrap_up.figures.show_figures(figures(visit, self.context.now(), len(self.progress.photos)))
        self._show_next(visit, missing)

    def _show_next(self, visit: Workspace, missing: tuple[Gap, ...]) -> None:
        known = self.keys_of_steps
        place = known.index(self.progress.step) if self.progress.step in known else 1
        if self.wrap_up is not None:
            here = [gap for gap in missing if gap.gates]
            primary = tr("Check out") if visit.is_open else tr("Send the report again")
            if visit.amending:
                primary = tr("Send the amendment")
        else:
            here = [gap for gap in missing if gap.step_key == self.progress.step]
            following = rows.title(self.steps, known[place + 1])
            primary = tr("Next: {step}", step=following)
        left = ntr("{n} still open", "{n} still open", len(here)) if here else ""
        self.footer.show_missing(left)
        self._show_controls(back=place > 1, primary=primary)

    def _seen(self, visit: Workspace, work: rules.Work) -> Seen:
        key = self._step_key
        now = next((step for step in self.steps if step.key == key), None)
        return Seen(work.photos, self._shelf(), visit.catalogue, visit.before.get(key, {}), now)

    def _shelf(self) -> list[StockItem]:
        shelf = list(self.visit.shelf) if self.visit is not None else []
        known = {item.product_id for item in shelf}
        return shelf + [item for key, item in self._extra.items() if key not in known]

    @property
    def _step_key(self) -> str:
        return self.step.step.key if self.step is not None else ""

    def go(self, by: int) -> None:
        """Go to the step before or after."""
        if self.step is None and self.wrap_up is None:
            return
        known = self.keys_of_steps
        place = (known.index(self.progress.step) if self.progress.step in known else 1) + by
        if 1 <= place < len(known):
            self._go_to(known[place])

    def _go_to(self, key: str, field_key: str = "") -> None:
        self.keep.leave(self._step_key)
        self._open_step(key, field_key)

    def _on_step_picked(self, picked: Any) -> None:
        if picked is None or picked.key == self.progress.step:
            return
        if picked.key == CHECK_IN:
            QTimer.singleShot(0, self, self._show_work)
            return
        self._go_to(picked.key)

    def go_on(self) -> None:
        """Do what the primary button says."""
        if self.step is not None:
            self.go(1)
        elif self.wrap_up is not None:
            self._check_out()
        elif self.visit is not None and heading.is_missed(self.visit, self.context.today()):
            self._close_missed()
        else:
            self.context.shell.open("today")

    def pause(self) -> None:
        """Go back to today; the visit stays open and everything is kept."""
        self.keep.leave(self._step_key)
        self.context.shell.open("today")
        self.context.shell.toast(tr("Visit paused. It stays on Today."))

    def _on_back(self) -> None:
        self.keep.leave(self._step_key)
        self.context.shell.back()

    def leaving(self) -> None:
        """Keep what is half typed."""
        if self.visit is not None and self.visit.takes_answers:
            if self.wrap_up is not None:
                self.wrap_up.take(self.progress)
            self.keep.leave(self._step_key)

    @property
    def visit(self) -> Workspace | None:
        """What is written of the visit."""
        return self.keep.visit

    @property
    def progress(self) -> Progress:
        """What is not written yet."""
        return self.keep.progress

    def _say_saved(self) -> None:
        self.footer.say_saved(self.context.now())

    def _on_answer(self, field_key: str, value: Any) -> None:
        if self.step is None:
            return
        self.progress.answer(self.step.step.key, field_key, value)
        self.keep.save()
        self._show_work()

    def _on_wrap_up(self) -> None:
        if self.wrap_up is not None:
            self.wrap_up.take(self.progress)
            self.wrap_up.time_is_wrong()
            self.keep.save()

    def add_photo(self) -> None:
        """Add a photo to the step that is shown."""
        if self.step is not None:
            self.desk.add(self.step.step, self.step.photo_field())

    def _on_order(self) -> None:
        if self.visit is not None:
            self.keep.leave(self._step_key)
            where = {"account_id": self.visit.account_id, "visit_id": self.visit.visit_id}
            self.context.shell.open("order", **where)

    def _on_article(self) -> None:
        dialogs.FindArticle(self.context, self._add_article).open(self.context.shell.window())

    def _add_article(self, product_id: UUID) -> None:
        def shown(item: StockItem) -> None:
            self._extra[item.product_id] = item
            self._show_work()
            if self.step is not None:
                self.step.add_item(item)

        self.jobs.read(self, lambda s: workspace.stock_item(s, product_id), shown)

    def add_note(self) -> None:
        """Write something into the report, or a to-do."""
        self.notes.ask(dialogs.NOTE)

    def _on_noted(self) -> None:
        if self.wrap_up is not None:
            self.wrap_up.show_progress(self.progress)

    def _check_out(self) -> None:
        visit, wrap_up = self.visit, self.wrap_up
        if visit is None or wrap_up is None or self.primary.is_running:
            return
        wrap_up.take(self.progress)
        gating = [g for g in rules.gaps(self.steps, self.progress.work(visit)) if g.gates]
        if gating:
            self._go_to(gating[0].step_key, gating[0].field_key)
            return
        if visit.is_open and visit.must_go_over:
            self.edition.ask()
            return
        if wrap_up.time_is_wrong():
            return
        if visit.amending:
            self.closing.amend(visit, self.progress)
            return
        self.primary.set_running(True)
        self.closing.check_out(visit, self.progress)

    def _close_missed(self) -> None:
        visit, left_at = self.visit, self.missed.left_at
        if visit is None:
            return
        if left_at is None:
            self.missed.show_gap()
            return
        self.closing.close_missed(visit, left_at, self.missed.summary.text())

    def _on_closed(self, visit_id: UUID) -> None:
        self.primary.set_running(False)
        self.context.shell.toast(tr("Visit saved on this laptop"))
        self._again(visit_id)

    def _again(self, visit_id: UUID) -> None:
        self._forget()
        self._read_visit(visit_id)

    def _on_refused(self, error: Exception) -> None:
        self.primary.set_running(False)
        self.context.shell.show_error(error)

    def begin_again(self) -> None:
        """Read the visit anew: it is worked with another edition now."""
        if (visit := self.visit) is not None:
            self._again(visit.visit_id)

    def _show_time(self) -> None:
        self.header.show_facts(heading.facts(self.visit, self.context.now(), self.context.today()))

    def _show_panes(self) -> None:
        wide = self.width() >= _FACTS_FROM
        has_visit = self.visit is not None
        self.facts.setVisible(wide and has_visit)
        self.facts_button.setVisible(not wide and has_visit)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._show_panes()
