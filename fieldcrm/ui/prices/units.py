"""The unit of a quantity: one of those that the goods have, or their base units."""

from __future__ import annotations

from collections.abc import Sequence

from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import ChoiceField


class UnitField(ChoiceField):
    """A choice of units; one that was chosen before stays offered, also when the goods lost it."""

    def __init__(self, units: Sequence[str], current: str = "", *, needed: bool = False) -> None:
        super().__init__()
        self._needed = needed
        self._units: tuple[str, ...] = tuple(units)
        self.show_unit(current)

    def show_unit(self, unit: str) -> None:
        """Show another unit as chosen."""
        self._offer(unit)
        self.choose(unit)

    def show_units(self, units: Sequence[str]) -> None:
        """Offer other units."""
        self._units = tuple(units)
        self._offer(str(self.value or ""))

    def _offer(self, current: str) -> None:
        offered = list(dict.fromkeys([*self._units, *([current] if current else [])]))
        empty = [] if self._needed else [("", tr("Base units"))]
        self.show_choices([*empty, *((unit, formats.unit(unit)) for unit in offered)], current)
