"""Checking in: where the rep is, how that is known, and how far the store is.

A position comes from the laptop's device, is typed, is picked on the map, or is missing.
The card says which of these it is and what it proves; it never claims more. Far from the
store a reason is asked, then the check-in is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.errors import Invalid
from fieldcrm.model.visits import PositionSource
from fieldcrm.rules import evidence
from fieldcrm.rules.evidence import EvidenceGrade
from fieldcrm.rules.positions import WGS84, Position, typed
from fieldcrm.services.visits import Arrival, fix
from fieldcrm.ui import errors
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.map.canvas import MapCanvas
from fieldcrm.ui.map.choose import DATUMS
from fieldcrm.ui.map.pins import Mark, Pin
from fieldcrm.ui.map.tiles import Sheet
from fieldcrm.ui.tokens import FIELD_ACTION, REGULAR, SEMIBOLD
from fieldcrm.ui.visit import device, words
from fieldcrm.ui.visit.device import DeviceFix, Locator
from fieldcrm.ui.visit.store_code import StoreCodeField
from fieldcrm.ui.widgets.buttons import Button, Segments
from fieldcrm.ui.widgets.fields import ChoiceField, Field
from fieldcrm.ui.widgets.frames import card, column, holder, row, scrolling, surface
from fieldcrm.ui.widgets.labels import Label, Paragraph, Sign, secondary, section_title
from fieldcrm.ui.widgets.typing import LineField

_SOURCES = (PositionSource.DEVICE, PositionSource.TYPED, PositionSource.MAP, PositionSource.NONE)


@dataclass(frozen=True, slots=True)
class Store:
    """The store one checks in at."""

    name: str
    address: str
    position: Position | None
    has_code: bool = False


class CheckInPanel(QWidget):
    """The check-in of one store; ``arrival`` and ``reason`` are what was stated."""

    changed = Signal()

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        sheet: Sheet | None,
        code: StoreCodeField | None = None,
    ) -> None:
        super().__init__()
        self.code = code
        self._store, self._now = store, now
        self._source = PositionSource.DEVICE
        self._device: DeviceFix | None = None
        self._picked: Position | None = None
        self._locator: Locator | None = device.locator(self)
        self.sources = Segments([(s, tr(words.SOURCE[s])) for s in _SOURCES], height=36, current=self._source)
        self._faces: list[QWidget] = []
        self._evidence_sign, self._evidence = Sign("map-marker-off", 28, "neutral"), Label("", 20, SEMIBOLD)
        self._evidence_text = secondary("")
        self.reason = LineField(height=FIELD_ACTION)
        self._reasons = ChoiceField(
            [("", tr("Choose a reason, or write one")), *((tr(r), tr(r)) for r in words.FAR_REASONS)],
            height=FIELD_ACTION,
            name=tr("Reason"),
        )
        self._why = Field(tr("Why are you not at the store?"), self.reason)
        self._far_words = Paragraph("", 13, REGULAR, "warn")
        self._far = surface(
            "warn", column(self._far_words, self._reasons, self._why, gap=8, margins=(16, 12, 16, 12))
        )
        self.canvas = MapCanvas(tr("Map of the store and you"))
        self.canvas.use_sheet(sheet)
        self.setLayout(self._layout())
        self._connect()
        self._show_source()

    def _layout(self) -> Any:
        self._faces = [self._device_face(), self._typed_face(), self._map_face(), self._none_face()]
        proof = column(self._evidence, self._evidence_text, gap=0)
        form = card(
            section_title(tr("Where are you?")),
            self.sources,
            *self._faces,
            row(self._evidence_sign, proof, gap=12),
            self._far,
            *([self.code] if self.code is not None else []),
            gap=16,
            margins=(20, 16, 20, 20),
        )
        left = column(
            Label(self._store.name, 24, SEMIBOLD),
            Label(self._store.address or tr("No address"), 14, REGULAR, "text2"),
            8,
            form,
            None,
            gap=4,
        )
        area = scrolling(left)
        area.setMinimumWidth(480)
        shown = row(gap=24, margins=(32, 24, 32, 24))
        shown.addWidget(area, 1)
        shown.addWidget(card(self.canvas, margins=(12, 12, 12, 12)), 1)
        return shown

    def _device_face(self) -> QWidget:
        self._device_words = Paragraph("", 14, REGULAR, "text2")
        self._ask = Button(
            tr("Look again"), icon="crosshairs-gps", height=FIELD_ACTION, on_click=self.ask_device
        )
        return holder(column(self._device_words, row(self._ask, None), None, gap=12))

    def _typed_face(self) -> QWidget:
        self._typed = LineField(hint="30.2741, 120.1551", height=FIELD_ACTION)
        self._datum = Segments(DATUMS, height=32, current=WGS84)
        self._typed_field = Field(
            tr("Latitude, longitude"), self._typed, tr("As your phone or another map shows it.")
        )
        kind = Field(tr("Coordinates"), self._datum, tr("Chinese map apps show GCJ-02 or BD-09."))
        return holder(column(self._typed_field, kind, None, gap=12))

    def _map_face(self) -> QWidget:
        text = tr("Click where you are, or move the map under the cross and press Enter.")
        return holder(column(Paragraph(text, 14, REGULAR, "text2"), None))

    def _none_face(self) -> QWidget:
        text = tr("The report will say that there is no position. That is allowed.")
        return holder(column(Paragraph(text, 14, REGULAR, "text2"), None))

    def _connect(self) -> None:
        self.sources.chosen.connect(self._on_source)
        self._typed.settled.connect(lambda _text: self._on_stated())
        self._typed.left.connect(self._on_typed_left)
        if self.code is not None:
            self.code.changed.connect(self._on_stated)
        self._datum.chosen.connect(lambda _datum: self._on_stated())
        self.canvas.picked.connect(self._on_picked)
        self._reasons.chosen.connect(self._on_reason)
        self.reason.settled.connect(lambda _text: self.changed.emit())
        if self._locator is not None:
            self._locator.found.connect(self._on_found)
            self._locator.failed.connect(self._on_failed)

    def begin(self, kept: Mapping[str, Any] | None) -> None:
        """Come back to what was stated, or begin with the device."""
        if kept:
            self._source = PositionSource(kept["source"])
            self._typed.setText(kept["typed"])
            self._datum.choose(kept["datum"])
            self.reason.setText(kept["reason"])
            if kept["picked"]:
                self._picked = Position(*kept["picked"])
        elif self._locator is None:
            self._source = PositionSource.MAP if self._store.position else PositionSource.TYPED
        self.sources.choose(self._source)
        self._show_source()
        if self._source is PositionSource.DEVICE:
            self.ask_device()

    def snapshot(self) -> dict[str, Any]:
        """Return what was stated as plain JSON."""
        picked = self._picked
        return {
            "source": str(self._source),
            "typed": self._typed.text(),
            "datum": str(self._datum.current),
            "reason": self.reason.text(),
            "picked": [picked.latitude_e7, picked.longitude_e7, picked.datum] if picked else None,
        }

    @property
    def arrival(self) -> Arrival | None:
        """What is known of the place; None while the chosen source has said nothing."""
        stated = self._stated()
        if stated is None or self.code is None:
            return stated
        return replace(stated, code=self.code.shown)

    def _stated(self) -> Arrival | None:
        match self._source:
            case PositionSource.NONE:
                return Arrival()
            case PositionSource.DEVICE:
                return None if self._device is None else self._measured(self._device)
            case PositionSource.MAP:
                return Arrival(self._source, self._picked) if self._picked else None
        try:
            return Arrival(self._source, typed(self._typed.text(), str(self._datum.current)))
        except Invalid:
            return None

    def _measured(self, found: DeviceFix) -> Arrival:
        age = (self._now() - found.taken_at).total_seconds()
        return Arrival(self._source, found.position, found.accuracy_m, max(0, round(age)))

    @property
    def proof(self) -> evidence.Fix | None:
        """What the arrival proves, or None while there is none."""
        arrival = self.arrival
        return None if arrival is None else fix(arrival, self._store.position)

    def missing(self) -> str:
        """Return what keeps the check-in waiting, in words; empty when nothing does."""
        proof = self.proof
        if proof is None:
            return {
                PositionSource.DEVICE: tr("No position from this laptop yet"),
                PositionSource.TYPED: tr("Type the coordinates"),
                PositionSource.MAP: tr("Pick your place on the map"),
            }[self._source]
        if evidence.needs_reason(proof) and not self.reason.text().strip():
            return tr("Say why you are far away")
        return ""

    def go_to_gap(self) -> None:
        """Go to what is missing."""
        proof = self.proof
        if proof is not None:
            self.reason.setFocus()
        elif self._source is PositionSource.TYPED:
            self._typed.setFocus()
        elif self._source is PositionSource.MAP:
            self.canvas.setFocus()
        else:
            self.sources.button(self._source).setFocus()

    def ask_device(self) -> None:
        """Ask the laptop's device."""
        if self._locator is not None:
            self._device_words.show_text(tr("Looking for a position…"))
            self._locator.ask()
        self._show_proof()

    def _on_source(self, source: object) -> None:
        self._source = PositionSource(str(source))
        self._show_source()
        if self._source is PositionSource.DEVICE and self._device is None:
            self.ask_device()
        self.changed.emit()

    def _on_found(self, found: DeviceFix) -> None:
        self._device = found
        self._on_stated()

    def _on_failed(self) -> None:
        if self._device is None:
            self._device_words.show_text(
                tr("This laptop found no position. Type it, pick it on the map, or go on without.")
            )

    def _on_picked(self, position: Position) -> None:
        self._picked = position
        self._on_stated()

    def _on_reason(self, reason: object) -> None:
        self.reason.setText(str(reason or ""))
        self.changed.emit()

    def _on_typed_left(self) -> None:
        text = self._typed.text().strip()
        try:
            error = ""
            if text:
                typed(text)
        except Invalid as wrong:
            error = errors.worded(wrong).whole
        self._typed_field.show_error(error)

    def _on_stated(self) -> None:
        self._show_proof()
        self.changed.emit()

    def _show_source(self) -> None:
        for source, face in zip(_SOURCES, self._faces, strict=True):
            face.setVisible(source is self._source)
        self.canvas.set_picking(self._source is PositionSource.MAP)
        self._ask.setVisible(self._locator is not None)
        if self._locator is None:
            self._device_words.show_text(
                tr("This laptop has no position device. Type it, pick it on the map, or go on without.")
            )
        self._show_proof()

    def _show_proof(self) -> None:
        proof = self.proof
        grade = EvidenceGrade.NONE if proof is None else evidence.grade(proof)
        text, tone, sign = words.GRADE[grade]
        self._evidence_sign.show_sign(sign, tone)
        if proof is None:
            self._evidence.show_text(tr("No position yet"), "text2")
            self._evidence_text.show_text("")
        else:
            self._evidence.show_text(words.distance(proof), "warn" if tone == "warn" else "text")
            said = f"{words.letter(proof)} · {tr(text)} · {words.fix_facts(proof)}"
            self._evidence_text.show_text(said)
        if proof is not None and self._source is PositionSource.DEVICE:
            self._device_words.show_text(words.fix_facts(proof))
        far = proof is not None and evidence.needs_reason(proof)
        self._far.setVisible(far)
        if far and proof is not None:
            self._far_words.show_text(words.far(proof))
        self._show_map()

    def _show_map(self) -> None:
        marks = []
        if self._store.position is not None:
            marks.append(Mark(self._store.position, Pin.STORE, "", self._store.name))
        arrival = self.arrival
        if arrival is not None and arrival.position is not None:
            marks.append(Mark(arrival.position, Pin.ME, "", tr("You")))
        line = [mark.position for mark in marks] if len(marks) == 2 else []
        self.canvas.show_marks(marks, (), line)
        self.canvas.keep_in_sight()
