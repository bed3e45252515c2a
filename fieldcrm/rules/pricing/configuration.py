"""Sales configurations (P3, P4): what may be chosen together in one article, and what it costs.

An option that is not part of a group may be chosen only when a rule brings it in because
something else requires it; it then costs nothing extra. ``bills`` puts articles inside
articles, ``choices`` tells somebody who chooses what is open and why the rest is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fieldcrm.errors import RuleBroken

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, from ``least`` to ``most`` in steps, each adding ``delta`` to the price."""

    product: str
    least: Decimal = ONE
    most: Decimal = ONE
    step: Decimal = ONE
    delta: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class Group:
    """Options of which between ``least`` and ``most`` are chosen."""

    name: str
    options: tuple[Option, ...]
    required: bool = False
    least: int = 0
    most: int = 1


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configurable product; ``requires`` pairs what needs with what is needed.

    ``parts`` are always in it. It costs ``base_price`` (None: what the price books say) and what
    the options add, or with ``sums_parts`` what everything in it costs.
    """

    host: str
    base_price: Decimal | None
    groups: tuple[Group, ...] = ()
    excludes: tuple[frozenset[str], ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    hidden: frozenset[str] = frozenset()
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    sums_parts: bool = False

    def place(self, product: str) -> tuple[Group | None, Option]:
        """Return an option and its group; a hidden one outside every group adds nothing to the price."""
        for group in self.groups:
            for option in group.options:
                if option.product == product:
                    return group, option
        if product in self.hidden or any(product == needed for _, needed in self.requires):
            return None, Option(product)
        raise RuleBroken("not_an_option", product=product)

    def needy(self, product: str) -> tuple[str, ...]:
        """Return what needs ``product``."""
        return tuple(needy for needy, needed in self.requires if needed == product)


def check(configuration: Configuration, chosen: Mapping[str, Decimal]) -> None:
    """Raise ``RuleBroken`` naming the first thing that is wrong with a selection."""
    picked = {product: quantity for product, quantity in chosen.items() if quantity}
    _check_known(configuration, picked)
    for group in configuration.groups:
        _check_group(group, picked)
    present = {*configuration.parts, *picked}
    for together in configuration.excludes:
        clash = present & together
        if len(clash) > 1:
            raise RuleBroken("excluded", products=tuple(sorted(clash)))
    for needy, needed in configuration.requires:
        if needy in present and needed not in present:
            raise RuleBroken("dependency", product=needy, needed=needed)


def _check_known(configuration: Configuration, picked: Mapping[str, Decimal]) -> None:
    options = {option.product for group in configuration.groups for option in group.options}
    wanted = {needed for needy, needed in configuration.requires if needy in picked}
    for product in picked:
        if product in configuration.hidden and product not in wanted:
            raise RuleBroken("not_an_option", product=product)
        if product not in options and product not in wanted | configuration.hidden:
            raise RuleBroken("not_an_option", product=product)


def _check_group(group: Group, picked: Mapping[str, Decimal]) -> None:
    chosen = [option for option in group.options if option.product in picked]
    if group.required and not chosen:
        raise RuleBroken("required_missing", group=group.name)
    if chosen and not group.least <= len(chosen) <= group.most:
        raise RuleBroken("choose_count", group=group.name, least=group.least, most=group.most)
    for option in chosen:
        check_quantity(option, picked[option.product])


def check_quantity(option: Option, quantity: Decimal) -> None:
    """Raise ``RuleBroken`` for a quantity out of range or between two steps."""
    if not option.least <= quantity <= option.most:
        raise RuleBroken("quantity_range", product=option.product, least=option.least, most=option.most)
    if (quantity - option.least) % option.step:
        raise RuleBroken("quantity_step", product=option.product, step=option.step)


def unit_price(configuration: Configuration, chosen: Mapping[str, Decimal]) -> Decimal:
    """Return the price of one, after ``check``."""
    check(configuration, chosen)
    deltas = {option.product: option.delta for group in configuration.groups for option in group.options}
    extra = (quantity * deltas.get(product, Decimal()) for product, quantity in chosen.items())
    return (configuration.base_price or Decimal()) + sum(extra, Decimal())
