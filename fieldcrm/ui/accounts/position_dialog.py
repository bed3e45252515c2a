"""Picking a store's position on the map; Enter takes the cross in the middle."""

from __future__ import annotations

from collections.abc import Callable

from fieldcrm.errors import FieldCrmError
from fieldcrm.rules.positions import Position, of_degrees
from fieldcrm.ui import errors
from fieldcrm.ui.accounts import words
from fieldcrm.ui.accounts.looking_up import Answer, look_up
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map import choose
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.frames import row
from fieldcrm.ui.widgets.labels import secondary
from fieldcrm.ui.widgets.overlays import Dialog

_START = of_degrees(30.2741, 120.1551)


class PositionDialog(Dialog):
    """A map with a cross; the picked position is in the map's own datum."""

    def __init__(
        self, context: Context, current: Position | None, picked: Callable[[Position], object],
        address: str = "", title: str = "",
    ) -> None:  # fmt: skip
        super().__init__(
            title or tr("Where is the store?"),
            tr("Move the map under the cross, or click the spot."),
            width=760,
        )
        self._context, self._picked, self._address = context, picked, address
        self._map = MapCanvas(tr("Map to pick the position"))
        self._map.setFixedHeight(360)
        self._map.use_sheet(choose.remembered(context.settings))
        self._map.set_picking(True)
        if current is not None:
            self._map.show_marks([Mark(current, Pin.STORE, "", tr("Position now"))])
        self._map.look_at(current or _START, 16 if current else 12)
        self._fact = secondary("")
        self._map.moved.connect(self._tell)
        self._map.picked.connect(lambda _position: self._tell())
        self.finder = Button(tr("Find the address"), icon="map-search-outline", on_click=self._find)
        self.finder.setVisible(bool(address))
        self.said = secondary("")
        self.add(self._map, row(self._fact, None, self.finder, gap=8), self.said)
        self.button(tr("Cancel"))
        self.button(tr("Take this position"), "primary", self._take)
        self._tell()

    def open(self) -> None:
        """Show the map."""
        self.ask(self._context.shell.window(), focus=self._map)

    def _find(self) -> None:
        """Ask where the address is; the answer moves the map, and the cross still decides."""
        context, address = self._context, self._address
        self.finder.setEnabled(False)
        context.jobs.task(self, lambda _stop, _told: look_up(context, address), self._propose, self._fail)

    def _propose(self, answer: Answer) -> None:
        self.finder.setEnabled(True)
        if answer.position is not None:
            self._map.look_at(answer.position, 16)
            self._map.show_marks([Mark(answer.position, Pin.STORE, "", tr("Proposed position"))])
            self._tell()
            self.said.show_text(tr("Proposed: {place}. Correct it under the cross.", place=answer.label))
            return
        said = {
            "nobody": tr("Choose an address service in Settings first."),
            "waiting": tr("No network. The address is looked up as soon as there is one."),
        }
        self.said.show_text(said.get(answer.state, tr("The address service does not know this address.")))

    def _fail(self, error: FieldCrmError) -> None:
        self.finder.setEnabled(True)
        self.said.show_text(errors.worded(error).whole, "bad")

    def _tell(self) -> None:
        here = self._map.centre()
        self._fact.show_text(f"{here.latitude:.5f}, {here.longitude:.5f} · {tr(words.DATUMS[here.datum])}")

    def _take(self) -> None:
        self._picked(self._map.centre())
