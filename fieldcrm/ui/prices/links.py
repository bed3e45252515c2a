"""Fields that depend on one another: what a promotion is meant for, whose a book is, units of goods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldcrm.ui.prices.choices import LEVELS
from fieldcrm.ui.prices.picking import PickField
from fieldcrm.ui.prices.traits import AttributesField
from fieldcrm.ui.prices.units import UnitField
from fieldcrm.ui.widgets.fields import ChoiceField

if TYPE_CHECKING:
    from fieldcrm.ui.prices.benefits import BenefitFields
    from fieldcrm.ui.prices.form import RuleFields, Section


def tie(fields: RuleFields) -> None:
    """Let the fields of a form follow one another, now and whenever one changes."""

    def follow() -> None:
        _goods(fields)
        _whose(fields)
        _shelf(fields)
        _attribute(fields)
        _units_of(fields, "product_id", ("unit", "min_quantity_unit"))
        _units_of(fields, "give.gift.product_id", ("give.gift.unit",))

    follow()
    fields.edited.connect(follow)


def _goods(fields: RuleFields) -> None:
    """A promotion on the whole order names no goods; one on a set says how many of each."""
    held = {path: fields.fields[path].control for path in ("target", "goods") if path in fields.fields}
    target, goods = held.get("target"), held.get("goods")
    if isinstance(target, ChoiceField) and isinstance(goods, PickField):
        fields.fields["goods"].setVisible(target.value != "order")
        goods.show_amounts(on=target.value == "bundle")


def _whose(fields: RuleFields) -> None:
    """A book for everybody is nobody's own."""
    level = fields.fields["level"].control if "level" in fields.fields else None
    if not isinstance(level, ChoiceField) or "reference" not in fields.fields:
        return
    whose = fields.fields["reference"]
    whose.setVisible(level.value in LEVELS)
    if level.value in LEVELS and isinstance(whose.control, PickField):
        whose.control.show_kind(str(level.value))


def _shelf(fields: RuleFields) -> None:
    """An article is asked for the attributes of its category."""
    shelf, said = fields.fields.get("category_id"), fields.fields.get("attributes")
    if shelf and said and isinstance(shelf.control, PickField) and isinstance(said.control, AttributesField):
        said.control.show_shelf(shelf.control.text())


def _attribute(fields: RuleFields) -> None:
    """Only what is one of several has choices, and only a number a unit."""
    kind, choices = fields.fields.get("kind"), fields.fields.get("choices")
    if kind is not None and choices is not None and isinstance(kind.control, ChoiceField):
        choices.setVisible(kind.control.value == "choice")
        fields.fields["unit"].setVisible(kind.control.value == "number")


def _units_of(fields: RuleFields, goods: str, units: tuple[str, ...]) -> None:
    """The units of a price or a gift are those of its article."""
    product = fields.fields.get(goods)
    for path in units:
        unit = fields.fields.get(path)
        if product is not None and unit is not None and isinstance(unit.control, UnitField):
            assert isinstance(product.control, PickField)  # noqa: S101 - for the type checker
            code = product.control.text()
            unit.control.show_units(fields.offers.units_of([code] if code in fields.offers.units else []))


def tie_promotion(about: Section, conditions: Section, benefit: BenefitFields) -> None:
    """Let units and benefits of a promotion follow its goods, now and whenever they change."""

    def follow() -> None:
        target, goods = about.fields["target"].control, about.fields["goods"].control
        if isinstance(target, ChoiceField) and isinstance(goods, PickField):
            benefit.show_target(target.value)
            chosen = [] if target.value == "order" else list(goods.chosen)
            for path in ("conditions.unit", "conditions.buy_unit"):
                unit = conditions.fields[path].control
                if isinstance(unit, UnitField):
                    unit.show_units(benefit.give.offers.units_of(chosen))

    follow()
    about.edited.connect(follow)
    benefit.edited.connect(follow)
