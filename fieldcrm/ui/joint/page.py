"""Accompanied visits (V3): invitations first, then what is coming and what was.

Everything a person can do with one stands beside it: agree, decline, check in, sign, hand it
over by file to a colleague whose laptop no server reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget
from sqlalchemy.orm import Session

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.model.joint_visits import JointState
from fieldcrm.services import joint_visits
from fieldcrm.services.joint_visits import YES, Joint
from fieldcrm.ui import formats, paint, saving
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.joint.when import WhenCard
from fieldcrm.ui.page import Page
from fieldcrm.ui.paint import Status
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.fields import FactRow, Field
from fieldcrm.ui.widgets.frames import Footer, Header, ListPane, card, column, row, scrolling
from fieldcrm.ui.widgets.labels import Label, Paragraph
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Dialog
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import LineField

SHOWN = timedelta(days=31)
KIND = "fieldcrm (*.fieldcrm-visit)"


class JointPage(Page):
    """The list at the left, one accompanied visit at the right, what can be done below."""

    watches = frozenset({"joint_visit", "visit", "check_in", "account", "visit_plan"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown: Joint | None = None
        said: Column[Joint] = Column("", lambda joint: f"{joint.account}, {self._state(joint)[1]}")
        self.model: RowsModel[Joint] = RowsModel((said,))
        self._build()

    # -- building -------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = Header(
            tr("Accompanied visits"), "",
            [Button(tr("Take over from a file…"), icon="file-import-outline", on_click=self._ask_take_over)],
            IconButton("arrow-left", tr("Back"), self.context.shell.back, quiet=True),
        )  # fmt: skip
        self.list = RowList(self.model, self._draw, 66, name=tr("Accompanied visits"), inset=16)
        self.list.picked.connect(self._show_joint)
        self.setFocusProxy(self.list)
        self._name, self._about = Label("", 24, SEMIBOLD), Paragraph("", 14, 400, "text2")
        self._facts = {
            key: FactRow(name)
            for key, name in (("mine", tr("My check-in")), ("theirs", tr("Other check-in")),
                              ("my_word", tr("I say")), ("their_word", tr("The other says")))
        }  # fmt: skip
        self.when = WhenCard(self._say_when)
        inside = column(
            self._name, self._about, 8, card(*self._facts.values(), gap=8), 8, self.when, None,
            gap=4, margins=(32, 24, 32, 24),
        )  # fmt: skip
        self._buttons = {
            "hand": self._button("file-export-outline", tr("Hand over by file…"), self._ask_hand_over),
            "off": self._button("close", tr("Call it off"), self._call_off),
            "decline": self._button("close", tr("Decline…"), self._ask_decline),
            "away": self._button("account-off-outline", tr("Was not there"), lambda: self._sign(False)),
            "agree": self._button("check", tr("Go along"), self._agree, "primary"),
            "check_in": self._button("map-marker-check", tr("Check in"), self._check_in, "primary"),
            "sign": self._button("draw", tr("We were there together"), lambda: self._sign(True), "primary"),
        }
        footer = Footer(None, *self._buttons.values())
        self._empty = EmptyState(
            "account-multiple-outline", tr("Nobody comes along yet"),
            tr("Invite somebody, or join a rep, from the card of a planned visit."), tr("Open the plan"),
            lambda: self.context.shell.open("plan"),
        )  # fmt: skip
        side = QVBoxLayout()
        side.setSpacing(0)
        side.addWidget(scrolling(inside), 1)
        side.addWidget(footer)
        pane = ListPane(self.list, width=336)
        body = row(pane, gap=0)
        body.addLayout(side, 1)
        whole = QWidget()
        whole.setLayout(body)
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(self._empty)
        self.outer.addWidget(self.header)
        self.outer.addWidget(self._stack, 1)
        self.bind("Ctrl+Return", self._do_primary, tr("Do what comes next"))

    def _button(self, icon: str, text: str, act: Callable[[], object], kind: str = "default") -> Button:
        return Button(text, kind, icon, height=44, on_click=act)

    def panes(self) -> list[QWidget]:
        """Return the list and what can be done."""
        return [self.list, *[button for button in self._buttons.values() if button.isVisible()][:1]]

    # -- reading --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read my accompanied visits again."""
        me, since = self.context.me.id, self.context.today() - SHOWN
        self.jobs.read(self, lambda s: joint_visits.mine(s, me, since), self._show)

    def _show(self, joints: list[Joint]) -> None:
        self.model.show_rows(joints)
        self._stack.setCurrentIndex(0 if joints else 1)
        asked = sum(joint.i_was_asked for joint in joints)
        self.header.show_facts(
            ntr("{n} invitation waits for you", "{n} invitations wait for you", asked) if asked else ""
        )
        if joints and self.list.row() is None:
            self.list.pick(0)
        self._show_joint(self.list.row())

    def _show_joint(self, joint: Joint | None) -> None:
        self._shown = joint
        if joint is None:
            return
        self._name.show_text(joint.account)
        day = formats.day(joint.on, self.context.today())
        when = f"{day} {joint.start_time}" if joint.start_time else day
        told = [tr("with {person}", person=joint.partner), when, self._state(joint)[1]]
        if joint.reason:
            told.append(joint.reason)
        self._about.show_text(" · ".join(told))
        self._facts["mine"].value.show_text(tr("done") if joint.my_visit_id else "—")
        self._facts["theirs"].value.show_text(tr("done") if joint.partner_visit_id else "—")
        self._facts["my_word"].value.show_text(_word(joint.signed))
        self._facts["their_word"].value.show_text(_word(joint.partner_signed))
        self.when.show_joint(joint)
        possible = self._possible(joint)
        for key, button in self._buttons.items():
            button.setVisible(key in possible)

    def _possible(self, joint: Joint) -> set[str]:
        """Return what can be done with it now."""
        if joint.state is JointState.DECLINED:
            return set()
        if joint.i_was_asked:
            return {"agree", "decline"}
        if joint.my_visit_id is not None:
            return set() if joint.signed else {"sign", "away"}
        acts = {"hand"} if joint.i_am_host else set()
        if joint.partner_visit_id is None:
            acts.add("off")
        if joint.state is JointState.AGREED and joint.on == self.context.today():
            acts.add("check_in")
        return acts

    def _state(self, joint: Joint) -> tuple[Status, str]:
        if joint.state is JointState.DECLINED:
            return Status.SKIPPED, tr("declined")
        if joint.state is JointState.INVITED:
            return Status.DUE, tr("waits for your word") if joint.i_was_asked else tr("not answered yet")
        if joint.signed == YES and joint.partner_signed == YES:
            return Status.DONE, tr("signed by both")
        if joint.signed or joint.partner_signed:
            return Status.CURRENT, tr("signed by one")
        return Status.OPEN, tr("agreed")

    def _draw(self, cell: Cell) -> None:
        joint: Joint = cell.row
        status, said = self._state(joint)
        paint.status(cell.painter, status, cell.rect.x(), cell.rect.center().y() - 10, 20)
        cell.rect = cell.rect.adjusted(32, 0, 0, 0)
        day = formats.table_day(joint.on, self.context.today())
        cell.two_lines(joint.account, f"{day} · {tr('with {person}', person=joint.partner)} · {said}")

    # -- acting ---------------------------------------------------------------------------

    def _do(
        self, act: Callable[[Session], object], said: str, undo: Callable[[Session], Any] | None = None
    ) -> None:
        def done(_made: object) -> None:
            back = None if undo is None else (lambda: self.jobs.write(self, undo))
            self.context.shell.toast(said, undo=back)

        self.jobs.write(self, act, done, failed=self.context.shell.show_error)

    def _say_when(self, first: str, last: str) -> None:
        if (joint := self._shown) is None:
            return
        me, before = self.context.me.id, (joint.from_time or "", joint.until_time or "")

        def refused(error: FieldCrmError) -> None:
            if not self.when.refuse(error):
                self.context.shell.show_error(error)

        def said(_none: object) -> None:
            self.context.shell.toast(
                tr("The next route keeps to it."),
                undo=lambda: self.jobs.write(
                    self, lambda s: joint_visits.say_when(s, joint.id, *before, me=me)
                ),
            )  # fmt: skip

        self.jobs.write(
            self, lambda s: joint_visits.say_when(s, joint.id, first, last, me=me), said, failed=refused
        )

    def _do_primary(self) -> None:
        for key in ("agree", "check_in", "sign"):
            if self._buttons[key].isVisible():
                self._buttons[key].click()
                return

    def _agree(self) -> None:
        if (joint := self._shown) is not None:
            me, today = self.context.me.id, self.context.today()
            said = tr("You go along to {store}", store=joint.account)
            self._do(lambda s: joint_visits.agree(s, joint.id, me=me, today=today), said)

    def _ask_decline(self) -> None:
        if (joint := self._shown) is not None:
            me = self.context.me.id
            ask_reason(
                self, joint.partner,
                lambda reason: self._do(
                    lambda s: joint_visits.decline(s, joint.id, reason, me=me), tr("Declined")
                ),
            )  # fmt: skip

    def _call_off(self) -> None:
        if (joint := self._shown) is not None:
            me, at = self.context.me.id, self.context.now()
            self._do(
                lambda s: joint_visits.call_off(s, joint.id, at, me=me), tr("Called off"),
                lambda s: joint_visits.bring_back(s, joint.id),
            )  # fmt: skip

    def _sign(self, was_there: bool) -> None:
        if (joint := self._shown) is not None:
            me, at = self.context.me.id, self.context.now()
            self._do(
                lambda s: joint_visits.sign(s, joint.id, was_there=was_there, me=me, at=at), tr("Signed")
            )

    def _check_in(self) -> None:
        if (joint := self._shown) is not None:
            self.context.shell.open("check_in", account_id=joint.account_id)

    def _ask_hand_over(self) -> None:
        name = tr("Accompanied visit") + ".fieldcrm-visit"
        path, _ = QFileDialog.getSaveFileName(self, tr("Hand over by file…"), name, KIND)
        if path:
            self.hand_over(Path(path))

    def hand_over(self, path: Path) -> None:
        """Write the file for the other laptop."""
        if (joint := self._shown) is None:
            return
        me = self.context.me.id
        said = tr("Give the file to {person}; it holds no secret", person=joint.partner)

        saving.save(self, self.context, path, lambda s: joint_visits.handed_over(s, joint.id, me=me), said)

    def _ask_take_over(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Take over from a file…"), "", KIND)
        if path:
            self.take_over(Path(path))

    def take_over(self, path: Path) -> None:
        """Read a colleague's file; what is wrong with it is said, and nothing is kept."""
        me, today = self.context.me.id, self.context.today()
        try:
            with path.open("rb") as handle:
                content = handle.read(joint_visits.MOST_BYTES + 1)
        except OSError:
            self.context.shell.show_error(Invalid("cannot_read", field="file", file=path.name))
            return
        self._do(
            lambda s: joint_visits.taken_over(s, content, me=me, today=today),
            tr("The visit is on this laptop now"),
        )


def ask_reason(host: QWidget, partner: str, then: Callable[[str], object]) -> None:
    """Ask why one stays away; without a reason the question stays."""
    dialog = Dialog(tr("Decline?"), tr("{person} reads your reason.", person=partner))
    field = LineField("", tr("Reason"))
    labelled = Field(tr("Reason"), field)
    dialog.add(labelled)
    dialog.button(tr("Cancel"))

    def answer() -> None:
        if not field.text().strip():
            labelled.show_error(tr("Say why in a few words."))
            return
        dialog.leave()
        then(field.text())

    dialog.button(tr("Decline"), "primary", answer, stays=True)
    dialog.ask(host, focus=field)


def _word(signed: str) -> str:
    if not signed:
        return "—"
    return tr("we were there together") if signed == YES else tr("was not there")
