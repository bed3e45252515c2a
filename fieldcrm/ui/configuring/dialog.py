"""The guided screen: what goes into an article, group by group, with the price as it grows.

Every choice is kept at once by whoever opened it; closing leaves what was chosen, finished or not.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fieldcrm.rules.pricing.bills import Choices, Node
from fieldcrm.services.configuring import Desk, Row, Step
from fieldcrm.ui import formats, paint
from fieldcrm.ui.configuring import words
from fieldcrm.ui.configuring.needs import NeedBar
from fieldcrm.ui.configuring.options import OptionList, amount_of
from fieldcrm.ui.i18n import listed, tr
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import REGULAR, SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, IconButton
from fieldcrm.ui.widgets.frames import column, holder, row, rule, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, caption, section_title
from fieldcrm.ui.widgets.lists import Cell, RowList
from fieldcrm.ui.widgets.overlays import Overlay, shade

WIDTH, HEIGHT = 1000, 600
_STEPS, _INSIDE = 224, 244
_STEP = 52
_PART = 32


class Configurator(QFrame):
    """One article being put together; ``changed`` hears every choice."""

    def __init__(self, desk: Desk, changed: Callable[[Choices], object]) -> None:
        super().__init__()
        self.desk, self._changed = desk, changed
        self.setProperty("surface", "raised")
        self.setFixedSize(WIDTH, HEIGHT)
        self.setAccessibleName(desk.name(desk.host))
        self._overlay: Overlay | None = None
        said: Column[Step] = Column("", lambda step: step.stage.group.name)
        self.steps: RowsModel[Step] = RowsModel((said,), key=lambda step: step.key)
        self.step_list = RowList(self.steps, self._draw_step, _STEP, name=tr("Steps"), lines=False)
        self.options = OptionList(desk)
        named: Column[Node] = Column("", lambda node: desk.name(node.product))
        self._parts: RowsModel[Node] = RowsModel((named,), key=lambda node: node.path)
        self.inside = RowList(self._parts, self._draw_part, _PART, name=tr("Inside so far"), inset=0)
        self.inside.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inside.setSelectionMode(RowList.SelectionMode.NoSelection)
        self._title, self._said = Label("", 15, SEMIBOLD), Paragraph("", 13, tone="text2")
        self._price, self._gap = Label("", 24, SEMIBOLD), Label("", 13, tone="text2")
        self._build()
        self._connect()
        self.refresh()
        self.step_list.pick(self._first_gap())

    # -- how it looks -----------------------------------------------------------------------------

    def _build(self) -> None:
        close = IconButton("close", tr("Close"), self.leave, quiet=True)
        facts = tr("What goes into one {unit}", unit=formats.unit(self.desk.line.unit, 1))
        heading = column(Label(self.desk.name(self.desk.host), 20, SEMIBOLD), caption(facts, "text2"), gap=2)
        self._lost = surface("warn", row(
            Sign("alert", 16, "warn"),
            Paragraph(tr("Some of what was chosen is no longer offered and was left out."), 13), gap=8,
            margins=(12, 8, 12, 8),
        ))  # fmt: skip
        self._lost.setVisible(self.desk.fell_out)
        steps = surface("clear", column(self.step_list, gap=0, margins=(16, 8, 0, 8)))
        steps.setFixedWidth(_STEPS)
        head = column(self._title, self._said, gap=2, margins=(16, 12, 16, 8))
        self.needs = NeedBar(self.desk)
        middle = column(head, self._lost, self.needs, self.options, gap=0)
        middle.setStretch(3, 1)
        body = row(steps, holder(middle), self._summary(), gap=0)
        body.setStretch(1, 1)
        outer = column(row(heading, None, close, margins=(24, 16, 16, 12)), rule(), body, rule(), gap=0)
        outer.addLayout(self._footer())
        outer.setStretch(2, 1)
        self.setLayout(outer)

    def _summary(self) -> QWidget:
        price = column(caption(tr("Price for one, so far")), self._price, gap=0)
        pane = column(
            price, rule(), section_title(tr("Inside so far")), self.inside, gap=12, margins=(16, 12, 24, 12)
        )
        pane.setStretch(3, 1)
        made = surface("clear", pane)
        made.setFixedWidth(_INSIDE)
        return made

    def _footer(self) -> QHBoxLayout:
        self.undo_button = Button(tr("Undo"), icon="undo", on_click=self.undo)
        self.clear_button = Button(tr("Start over"), "ghost", on_click=self.clear)
        self.next_button = Button("", "primary", on_click=self.go_on, wide=120)
        self._gap_sign = Sign("circle-outline", 16, "text3")
        keys = [
            ("↑ ↓", tr("option")),
            (tr("Space"), tr("choose")),
            ("+ −", tr("quantity")),
            ("← →", tr("step")),
        ]
        hints = row(gap=8)
        for key, meaning in keys:
            hints.addWidget(Label(key, 12, SEMIBOLD, "text2", rigid=True))
            hints.addWidget(caption(meaning))
        left = row(self.undo_button, self.clear_button, gap=8)
        gap = row(self._gap_sign, self._gap, gap=8)
        gap.setStretch(1, 1)
        whole = row(left, 8, hints, 16, gap, self.next_button, gap=8, margins=(24, 12, 24, 12))
        whole.setStretch(4, 1)
        return whole

    def _draw_step(self, cell: Cell) -> None:
        step: Step = cell.row
        rect = cell.rect.adjusted(12 * step.depth - 8, 0, 8, 0)
        sign, tone = ("check-circle", "ok") if step.held and not step.lacking else ("circle-outline", "text3")
        paint.icon(cell.painter, sign, rect.x(), rect.center().y() - 9, 18, tone)
        cell.rect = rect.adjusted(28, 0, 0, 0)
        second = words.lacking(step.lacking) if step.lacking else words.chosen(step.held)
        above = self.desk.name(step.stage.host) if step.depth else ""
        cell.two_lines(step.stage.group.name, " · ".join(part for part in (second, above) if part), SEMIBOLD)

    def _draw_part(self, cell: Cell) -> None:
        node: Node = cell.row
        said = formats.quantity(node.quantity, self.desk.unit(node.product))
        wide = paint.text(cell.painter, cell.rect, said, 12, REGULAR, "text2", paint.RIGHT)
        rect = cell.rect.adjusted(12 * (node.depth - 1), 0, -wide - 8, 0)
        paint.text(cell.painter, rect, self.desk.name(node.product), 13, REGULAR, "text")

    # -- what it does -----------------------------------------------------------------------------

    def _connect(self) -> None:
        self.step_list.picked.connect(lambda _step: self._show_options())
        self.step_list.opened.connect(lambda _step: self.options.setFocus())
        self.options.toggled.connect(self.toggle)
        self.options.stepped.connect(lambda shown, by: self._after(self.desk.step(shown, by)))
        self.options.moved.connect(self.go_step)
        self.options.added.connect(self.needs.add)
        self.needs.wanted.connect(self.put_in)

    def refresh(self) -> None:
        """Show how everything stands."""
        self.steps.show_rows(self.desk.steps())
        self._show_options()
        self.needs.refresh()
        self._parts.show_rows(self.desk.inside())
        self._price.show_text(amount_of(self.desk.price()))
        self.undo_button.setEnabled(self.desk.can_undo)
        self.clear_button.setEnabled(bool(self.desk.chosen))
        self._say_gap()

    def _show_options(self) -> None:
        step: Step | None = self.step_list.row()
        if step is None:
            return
        group = step.stage.group
        self._title.show_text(group.name)
        self._said.show_text(words.of_group(group.least, group.most, required=group.required))
        self.options.show_rows(self.desk.rows(step.stage))

    def _say_gap(self) -> None:
        open_ = [step for step in self.desk.steps() if step.lacking]
        done = self.desk.is_complete
        said = tr("Everything is chosen.") if done else tr(
            "Still to choose: {groups}", groups=listed(step.stage.group.name for step in open_)
        )  # fmt: skip
        self._gap.show_text(said, "ok" if done else "text2")
        self._gap_sign.show_sign("check-circle" if done else "circle-outline", "ok" if done else "text3")
        self.next_button.setText(tr("Finish") if done else tr("Next step"))

    def _after(self, changed: bool) -> None:
        if not changed:
            return
        self._lost.hide()
        self.refresh()
        self._changed(self.desk.choices)

    def toggle(self, shown: Row) -> None:
        """Choose an option or take it out."""
        self._after(self.desk.toggle(shown))

    def put_in(self, needed: Row, step: Step) -> None:
        """Put in what something inside needs, and show where it went."""
        self._after(self.desk.toggle(needed))
        self.step_list.pick([each.key for each in self.desk.steps()].index(step.key))
        self.options.setFocus()

    def undo(self) -> None:
        """Take the last change back."""
        self._after(self.desk.undo())

    def clear(self) -> None:
        """Take everything out; undo brings it back."""
        self._after(self.desk.clear())

    def go_step(self, by: int) -> None:
        """Go to the next step or the one before."""
        self.step_list.pick(self.step_list.currentIndex().row() + by)
        self.options.pick(0)
        self.options.setFocus()

    def go_on(self) -> None:
        """Go to the next step that lacks something, or leave when none does."""
        if self.desk.is_complete:
            self.leave()
            return
        self.step_list.pick(self._first_gap())
        self.options.pick(0)
        self.options.setFocus()

    def _first_gap(self) -> int:
        lacking = [number for number, step in enumerate(self.desk.steps()) if step.lacking]
        now = self.step_list.currentIndex().row()
        return next((number for number in lacking if number > now), lacking[0] if lacking else 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if control and event.key() == Qt.Key.Key_Z:
            self.undo()
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go_on()
        else:
            super().keyPressEvent(event)

    def open(self, host: QWidget) -> None:
        """Show it over the window of ``host``."""
        self._overlay = Overlay(host, self)
        shade(self)
        self._overlay.open()
        self.options.setFocus()
        if self.desk.brought_in:
            self._changed(self.desk.choices)

    def leave(self) -> None:
        """Close it; what was chosen stays."""
        if self._overlay is not None:
            self._overlay.close_now()
