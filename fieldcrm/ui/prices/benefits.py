"""The benefit of a promotion: one, or one for each tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.rule_columns import put, table
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.prices.benefit import GiveField
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.tiers import TierTable
from fieldcrm.ui.widgets.buttons import Segments
from fieldcrm.ui.widgets.fields import Field
from fieldcrm.ui.widgets.frames import column, row
from fieldcrm.ui.widgets.labels import Paragraph


class BenefitFields(QWidget):
    """Asks first whether there are tiers; what was typed for the other way stays until the form is left."""

    edited = Signal()

    def __init__(self, context: Context, offers: Offers, doc: Mapping[str, Any]) -> None:
        super().__init__()
        tiers = doc.get("tiers") or []
        self.way = Segments(
            [("one", tr("One benefit")), ("tiers", tr("By tiers"))], current="tiers" if tiers else "one",
            even=False,
        )  # fmt: skip
        self.give = GiveField(context, table("promotion"), offers, doc)
        self.tiers = TierTable(context, table("promotion.tiers"), offers, tiers)
        self._wrong = Paragraph("", 12, 400, "bad")
        self._wrong.hide()
        self._why = Paragraph(tr("Only the highest tier that is reached counts."), 12, 400, "text3")
        self.setLayout(column(row(self.way, None), self._why, self.give, self.tiers, self._wrong, gap=12))
        self.way.chosen.connect(self._on_way)
        self.give.edited.connect(self.edited.emit)
        self.tiers.edited.connect(self.edited.emit)
        self._show_way()

    def _on_way(self, chosen: object) -> None:
        self.way.choose(chosen)
        self._show_way()
        if chosen == "tiers" and not self.tiers.rows:
            self.tiers.add({})
        self.edited.emit()

    def _show_way(self) -> None:
        by_tiers = self.way.current == "tiers"
        self.give.setVisible(not by_tiers)
        self.tiers.setVisible(by_tiers)
        self._why.setVisible(by_tiers)

    def show_target(self, target: object) -> None:
        """Tell the benefits what the promotion is meant for."""
        for each in (self.give, self.tiers):
            each.show_sets(on=target == "bundle")

    @property
    def fields(self) -> dict[str, Field]:
        """The fields that are shown, by path."""
        return self.tiers.fields if self.way.current == "tiers" else self.give.fields

    def typed(self) -> dict[str, Any]:
        """Return what stands in the fields."""
        return {"[way]": self.way.current, "[give]": self.give.typed(), **self.tiers.typed()}

    def show_typed(self, typed: Mapping[str, Any]) -> None:
        """Put back what was typed."""
        if isinstance(typed.get("[give]"), dict):
            self.give.show_typed(typed["[give]"])
        self.tiers.show_typed(typed)
        if typed.get("[way]"):
            self.way.choose(typed["[way]"])
        self._show_way()

    def read(self, doc: Doc) -> Iterator[FieldCrmError]:
        """Write the benefit or the tiers into ``doc``; yields what cannot be read."""
        self._wrong.hide()
        if self.way.current == "tiers":
            put(doc, "give", {})
            yield from self.tiers.read(doc)
            if not self.tiers.rows:
                error = Invalid("required", field="tiers")
                self.show_error("tiers", error)
                yield error
        else:
            put(doc, "tiers", [])
            yield from self.give.read(doc)

    def show_error(self, path: str, error: FieldCrmError) -> bool:
        """Say what is wrong at its tier and field; False when it is about something else."""
        if self.give.show_error(path, error) or self.tiers.show_error(path, error):
            return True
        if path != "tiers":
            return False
        self._wrong.show_text(worded(error).title, "bad")
        self._wrong.show()
        return True
