"""What a promotion gives: first which kind of benefit, then only the fields of that kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldcrm.errors import FieldCrmError, Invalid
from fieldcrm.rules.rule_columns import Table, get, put
from fieldcrm.rules.rule_draft import Doc
from fieldcrm.ui.context import Context
from fieldcrm.ui.errors import worded
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.prices.choices import Offers
from fieldcrm.ui.prices.form import RuleFields
from fieldcrm.ui.widgets.fields import ChoiceField, Field

KINDS: Mapping[str, tuple[str, str]] = {
    "percent_off": (mark("So many per cent off"), mark("10 is ten per cent off; several of them compound")),
    "amount_off": (mark("An amount off"), mark("Each time the condition is met; spread over the lines")),
    "amount_off_per_unit": (mark("An amount off each unit"), mark("For each unit that the condition counts")),
    "fixed_price": (mark("A fixed price per unit"), mark("It never raises a price")),
    "set_price": (mark("A price for the whole set"), mark("A set, or any so many for a price")),
    "cheapest_free": (mark("The cheapest are free"), mark("How many of each set are free")),
    "gift": (mark("A gift"), mark("Given on top at 0.00; it keeps its value for the budget")),
}
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "amount_off": ("amount_off", "per_set"),
    "gift": ("gift.product_id", "gift.quantity", "gift.unit", "per_set"),
}
_SET_ONLY = "give.per_set"


def kind_of(give: Mapping[str, Any]) -> str:
    """Return which kind of benefit a document gives; "" for none."""
    return next((kind for kind in KINDS if give.get(kind) is not None), "")


def paths_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of benefit."""
    return tuple(f"give.{name}" for name in _FIELDS.get(kind, (kind,) if kind else ()))


class GiveField(QWidget):
    """One benefit; what was typed for another kind is there again when that kind is chosen again."""

    edited = Signal()

    def __init__(self, context: Context, table: Table, offers: Offers, doc: Mapping[str, Any]) -> None:
        super().__init__()
        self._context, self._table, self.offers = context, table, offers
        self._typed: dict[str, Any] = {}
        self._on_sets = False
        self.kind = ChoiceField(
            [("", tr("Choose a benefit"))] + [(key, tr(said)) for key, (said, _) in KINDS.items()]
        )
        self._field = Field(tr("What it gives"), self.kind)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(12)
        self._grid.addWidget(self._field, 0, 0)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self.inner: RuleFields | None = None
        self.kind.chosen.connect(lambda _kind: self._on_kind())
        self.show_doc(doc)

    @property
    def fields(self) -> dict[str, Field]:
        """The fields of the kind that is chosen, by path."""
        return {"give": self._field, **(self.inner.fields if self.inner else {})}

    def show_doc(self, doc: Mapping[str, Any]) -> None:
        """Show the benefit of a document."""
        self.kind.choose(kind_of(doc.get("give") or {}))
        self._build(doc)

    def show_sets(self, *, on: bool) -> None:
        """Ask whether something is given for each set, which only promotions on sets can say."""
        self._on_sets = on
        if self.inner is not None and _SET_ONLY in self.inner.fields:
            self.inner.fields[_SET_ONLY].setVisible(on)

    def _on_kind(self) -> None:
        self._keep()
        self._build({})
        self.edited.emit()

    def _keep(self) -> None:
        if self.inner is not None:
            self._typed |= self.inner.typed()

    def _build(self, doc: Mapping[str, Any]) -> None:
        if self.inner is not None:
            self._grid.removeWidget(self.inner)
            self.inner.hide()
            self.inner.deleteLater()
        kind = str(self.kind.value or "")
        across = 2 if kind == "gift" else 1
        self._field.show_help(tr(KINDS[kind][1]) if kind else "")
        table, paths = self._table, paths_of(kind)
        self.inner = (
            RuleFields(self._context, table, paths, self.offers, doc, across=across) if kind else None
        )
        if self.inner is not None:
            self.inner.show_typed(self._typed)
            self.inner.edited.connect(self.edited.emit)
            self._grid.addWidget(self.inner, across - 1, 2 - across, 1, across)
            self.show_sets(on=self._on_sets)

    def typed(self) -> dict[str, Any]:
        """Return what stands in the fields."""
        self._keep()
        return {"kind": self.kind.value, **self._typed}

    def show_typed(self, typed: Mapping[str, Any]) -> None:
        """Put back what was typed."""
        self._typed = {path: value for path, value in typed.items() if path != "kind"}
        self.kind.choose(typed.get("kind") or "")
        self._build({})

    def read(self, doc: Doc) -> Iterator[FieldCrmError]:
        """Write the benefit into ``doc``, nothing of other kinds; yields what cannot be read."""
        put(doc, "give", {})
        self._field.show_error("")
        if self.inner is None:
            error = Invalid("one_benefit_needed", field="give")
            self.show_error("give", error)
            yield error
            return
        yield from self.inner.read(doc)
        for path in self.inner.fields:
            missing = path != _SET_ONLY and path != "give.gift.unit" and get(doc, path) is None
            if missing and not self.inner.fields[path].control.property("wrong"):
                error = Invalid("required", field=path)
                self.inner.show_error(path, error)
                yield error
        if not self._on_sets and _SET_ONLY in self.inner.fields:
            put(doc, _SET_ONLY, False)

    def show_error(self, path: str, error: FieldCrmError) -> bool:
        """Say what is wrong at the field of a path; False when it is not here."""
        if path != "give" and not path.startswith("give."):
            return False
        if self.inner is None or not self.inner.show_error(path, error):
            self._field.show_error(worded(error).title)
        return True
