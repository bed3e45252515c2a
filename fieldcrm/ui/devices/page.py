"""Every laptop of the company, for who is in charge: found, filtered, decided about; online only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fieldcrm import clock
from fieldcrm.errors import FieldCrmError, Offline
from fieldcrm.sync import devices
from fieldcrm.sync.devices import Device, DeviceAct
from fieldcrm.sync.devices import Page as Found
from fieldcrm.ui import errors, formats, paint
from fieldcrm.ui.context import Context
from fieldcrm.ui.devices import words
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.page import Page
from fieldcrm.ui.tables import Column, RowsModel
from fieldcrm.ui.tokens import SEMIBOLD
from fieldcrm.ui.widgets.buttons import Button, Chips
from fieldcrm.ui.widgets.fields import FactRow
from fieldcrm.ui.widgets.frames import Header, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, caption, section_title
from fieldcrm.ui.widgets.lists import Cell, RowTable
from fieldcrm.ui.widgets.overlays import confirm
from fieldcrm.ui.widgets.states import EmptyState
from fieldcrm.ui.widgets.typing import SearchField

SIDE = 372
_FILTERS = (
    ("", mark("All")), (words.ACTIVE, mark("In use")), (words.PUSH_ONLY, mark("Handing in")),
    (words.LOST, mark("Lost")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Answer:
    asked: int
    page: Found
    adds: bool


class DevicesPage(Page):
    """The list and, beside it, the chosen laptop with what was done about it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked, self._next = 0, ""
        self.search = SearchField(tr("Laptop or person"), "Ctrl F", width=260)
        self.chips = Chips([(key, tr(text)) for key, text in _FILTERS], current="")
        self.model: RowsModel[Device] = RowsModel(self._columns(), key=lambda device: device.id)
        self.table = RowTable(
            self.model, context.settings.row_height(52), name=tr("Laptops"), cells={2: _draw_state}
        )
        self.more = Button(tr("Show more"), height=36, on_click=lambda: self._ask(adds=True))
        self.empty = EmptyState("cloud-off-outline", "", action=tr("Try again"), on_action=self.refresh)
        self.side = Side(context, self._decide)
        self._wait = QTimer(self, interval=250, singleShot=True)
        self._build()
        self._wait.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self.chips.changed.connect(lambda *_: self.refresh())
        self.table.picked.connect(self.side.show_device)

    def _columns(self) -> tuple[Column[Device], ...]:
        now = self.context.now
        name: Column[Device] = Column(
            mark("Laptop"), lambda d: d.name or tr("A laptop without a name"), hint=lambda d: d.name
        )
        person: Column[Device] = Column(mark("Person"), lambda d: d.person, hint=lambda d: d.login, width=160)
        state: Column[Device] = Column(mark("State"), lambda d: words.state(d)[0], width=140)
        seen: Column[Device] = Column(mark("Last contact"), lambda d: words.seen(d, now()), width=148)
        unsent: Column[Device] = Column(mark("Not sent"), words.unsent, align=paint.RIGHT, width=108)
        return name, person, state, seen, unsent

    def _build(self) -> None:
        self.outer.addWidget(Header(tr("Laptops"), tr("As the office knows them."), [self.search]))
        self._stack = QStackedWidget()
        listed = column(self.table, row(None, self.more, None), gap=0, margins=(1, 1, 1, 8))
        self._stack.addWidget(surface("card", listed))
        self._stack.addWidget(surface("card", column(self.empty)))
        left = column(self.chips, self._stack, gap=12, margins=(24, 16, 24, 16))
        left.setStretch(1, 1)
        body = row(gap=0)
        body.addLayout(left, 1)
        body.addWidget(self.side)
        self.outer.addLayout(body, 1)
        self.more.hide()

    def panes(self) -> list[QWidget]:
        return [self.search, self.table]

    def refresh(self) -> None:
        self._ask(adds=False)

    def _ask(self, *, adds: bool) -> None:
        self._asked += 1
        laptop, asked = self.context.laptop, self._asked
        if laptop is None:
            self._failed(Offline("unreachable"))
            return
        search, state = self.search.text().strip(), str(self.chips.current or "")
        after = self._next if adds else ""

        def work(_stop: object, _progress: object) -> _Answer:
            return _Answer(
                asked, devices.listed(laptop.remote, search=search, state=state, after=after), adds
            )

        self.context.jobs.task(self, work, self._on_answer, self._failed)

    def _on_answer(self, answer: _Answer) -> None:
        if answer.asked == self._asked:
            rows = (*self.model.rows, *answer.page.items) if answer.adds else tuple(answer.page.items)
            self.show_devices(rows, answer.page.next or "")

    def show_devices(self, rows: tuple[Device, ...], following: str = "") -> None:
        """Show these laptops; ``following`` is where the server goes on."""
        self._next = following
        self.more.setVisible(bool(following))
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.empty.show_state("laptop", tr("No laptop like this"), tr("Search or filter differently."))
        if rows and self.table.row() is None:
            self.table.pick(0)
        self.side.show_device(self.table.row() if rows else None)

    def _failed(self, error: FieldCrmError) -> None:
        self.model.show_rows(())
        self.side.show_device(None)
        self._stack.setCurrentIndex(1)
        if isinstance(error, Offline):
            text = tr("Laptops are looked up at the office. Nothing of this list is kept on this laptop.")
            self.empty.show_state("cloud-off-outline", tr("No connection"), text, tr("Try again"))
        else:
            said = errors.worded(error)
            self.empty.show_state("alert", said.title, said.text, tr("Try again"))

    def _decide(self, what: str, device: Device) -> None:
        asked = words.question(what, device)
        confirm(
            self.context.shell.window(), asked.title, asked.text, asked.verb,
            lambda: self._do(what, device), keep=tr("Stay"), destroys=asked.destroys,
        )  # fmt: skip

    def _do(self, what: str, device: Device) -> None:
        laptop = self.context.laptop
        if laptop is not None:
            self.context.jobs.task(
                self, lambda _stop, _progress: devices.do(laptop.remote, device.id, what), self._on_done,
                self.context.shell.show_error,
            )  # fmt: skip

    def _on_done(self, device: Device) -> None:
        self.model.show_rows(tuple(device if each.id == device.id else each for each in self.model.rows))
        self.side.show_device(device)
        self.context.shell.toast(tr("{name}: {state}", name=device.name, state=words.state(device)[0]))


class Side(QWidget):
    """The chosen laptop: its facts, what can be done, who did what."""

    def __init__(self, context: Context, decide: Callable[[str, Device], object]) -> None:
        super().__init__()
        self._context, self._decide = context, decide
        self._device = ""
        self.setFixedWidth(SIDE)
        self._layout = column(gap=0)
        self._body = QWidget()
        self._layout.addWidget(self._body)
        self.setLayout(self._layout)
        self.show_device(None)

    def show_device(self, device: Device | None) -> None:
        """Show this laptop and ask what was done about it."""
        self._device = device.id if device else ""
        self._put(device, ())
        laptop = self._context.laptop
        if device is not None and laptop is not None:
            self._context.jobs.task(
                self, lambda _stop, _progress: (device, devices.acts(laptop.remote, device.id)),
                lambda found: self.show_acts(*found), lambda _error: None,
            )  # fmt: skip

    def show_acts(self, device: Device, acts: list[DeviceAct]) -> None:
        """Show who did what about the laptop, if it is still the one that is shown."""
        if device.id == self._device:
            self._put(device, tuple(acts))

    def _put(self, device: Device | None, acts: tuple[DeviceAct, ...]) -> None:
        if device is None:
            body: QWidget = EmptyState("laptop", tr("No laptop chosen"), tr("Choose one to decide about it."))
        else:
            body = scrolling(holder(self._facts(device, acts)))
        framed = surface("right", column(body, gap=0, margins=(1, 0, 0, 0)))
        self._layout.replaceWidget(self._body, framed)
        self._body.hide()
        self._body.deleteLater()
        self._body = framed

    def _facts(self, device: Device, acts: tuple[DeviceAct, ...]) -> QVBoxLayout:
        now = self._context.now()
        until = device.hand_in_until
        facts = [
            FactRow(tr("Person"), device.person), FactRow(tr("User name"), device.login),
            FactRow(tr("State"), words.state(device)[0]),
            FactRow(tr("Last contact"), words.seen(device, now)),
            FactRow(tr("Not sent"), words.unsent(device)),
        ]  # fmt: skip
        if until is not None:
            facts.append(FactRow(tr("Hands in until"), formats.moment(clock.from_ms(until), now)))
        title = Paragraph(device.name or tr("A laptop without a name"), 20, SEMIBOLD)
        return column(
            title, 8, *facts, 8, *self._acts(device), 16, section_title(tr("What was done")),
            *self._history(acts), None, gap=8, margins=(20, 20, 20, 20),
        )  # fmt: skip

    def _acts(self, device: Device) -> list[Button]:
        offered = []
        if device.state != words.ACTIVE and self._context.me.role == "admin":
            offered.append(("restore", tr("Let it back in"), "default"))
        if device.state == words.ACTIVE:
            offered.append(("leaver", tr("Only hand in"), "default"))
        if device.state != words.LOST:
            offered.append(("lost", tr("Report lost"), "danger"))
        return [
            Button(text, kind, height=40, on_click=partial(self._decide, what, device))
            for what, text, kind in offered
        ]

    def _history(self, acts: tuple[DeviceAct, ...]) -> list[QWidget]:
        if not acts:
            return [caption(tr("Nothing yet"))]
        now = self._context.now()
        lines: list[QWidget] = []
        for done in acts:
            lines.append(Label(formats.moment(clock.from_ms(done.at), now), 12, 400, "text3"))
            lines.append(Paragraph(words.act(done), 13))
        return lines


def _draw_state(cell: Cell) -> None:
    word, icon, tone = words.state(cell.row)
    paint.icon(cell.painter, icon, cell.rect.x(), cell.rect.center().y() - 8, 16, tone)
    paint.text(cell.painter, cell.rect.adjusted(24, 0, 0, 0), word, 13)
