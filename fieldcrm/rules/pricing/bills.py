"""Bills of many levels (P3): articles inside articles, with what was chosen at every level.

What was chosen is told by paths: ``a`` is an option of the article itself, ``a/b`` one of the
article ``a`` inside it, each with how many go into one of what is above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import configuration
from fieldcrm.rules.pricing.configuration import ONE, Configuration, Group

Bills = Mapping[str, Configuration]
Chosen = Mapping[str, Decimal]
Choices = tuple[tuple[str, Decimal], ...]  # the same as a value that can be compared and hashed

MOST_CHOICES = 200
_LEAST, _MOST = Decimal("0.000001"), Decimal(10**9)
WRONG = frozenset({
    "not_configurable", "not_an_option", "required_missing", "choose_count", "quantity_range",
    "quantity_step", "excluded", "dependency",
})  # fmt: skip
_NOTHING_THAT_IS: Choices = (("", ONE),)


def as_choices(chosen: Chosen) -> Choices:
    """Return a selection as a value; the order of choosing does not matter."""
    return tuple(sorted((path, quantity) for path, quantity in chosen.items() if quantity))


def told(choices: Iterable[tuple[str, Decimal]]) -> dict[str, str] | None:
    """Return a selection as it is kept with a line; None when nothing is chosen."""
    return {path: f"{quantity.normalize():f}" for path, quantity in choices} or None


def heard(kept: Any) -> Choices:
    """Return a selection that was kept; what cannot be read is a choice that no article offers."""
    if not kept:
        return ()
    try:
        found = {str(path): Decimal(quantity) for path, quantity in kept.items()}
    except (AttributeError, TypeError, ValueError, InvalidOperation):
        return _NOTHING_THAT_IS
    if len(found) > MOST_CHOICES or not all(map(_can_be, found.values())):
        return _NOTHING_THAT_IS
    return as_choices(found)


def _can_be(quantity: Decimal) -> bool:
    """Say whether a quantity can be written out: a few signs may name one of a billion digits."""
    return quantity.is_finite() and _LEAST <= quantity <= _MOST and not quantity % _LEAST


def level(chosen: Chosen, above: str = "") -> dict[str, Decimal]:
    """Return what was chosen in the article at path ``above``, itself not reaching deeper."""
    start = f"{above}/" if above else ""
    return {
        path.removeprefix(start): quantity
        for path, quantity in chosen.items()
        if path.startswith(start) and "/" not in path.removeprefix(start)
    }


def under(chosen: Chosen, product: str) -> dict[str, Decimal]:
    """Return what was chosen inside ``product``, as its own paths."""
    start = f"{product}/"
    return {path.removeprefix(start): many for path, many in chosen.items() if path.startswith(start)}


def inside(of: Configuration | None, chosen: Chosen) -> dict[str, Decimal]:
    """Return what is in one article at its next level: what always is, then what was chosen, by groups."""
    if of is None:
        return {}
    here = level(chosen)
    offered = [option.product for group in of.groups for option in group.options if option.product in here]
    return {**of.parts, **{product: here[product] for product in offered}, **here}


def check(bills: Bills, host: str, chosen: Chosen) -> None:
    """Raise ``RuleBroken`` naming the first thing that is wrong at any level."""
    of = bills.get(host)
    if of is None:
        raise RuleBroken("not_configurable", product=host)
    configuration.check(of, level(chosen))
    held = inside(of, chosen)
    for path in chosen:
        product, deeper, _ = path.partition("/")
        if deeper and (product not in held or product not in bills):
            raise RuleBroken("not_an_option", product=path.rpartition("/")[2])
    for product in held:
        if product in bills:
            check(bills, product, under(chosen, product))


@dataclass(frozen=True, slots=True)
class Node:
    """One article inside another: ``depth`` 1 is right inside, ``quantity`` for one of the whole."""

    path: str
    product: str
    depth: int
    quantity: Decimal


def nodes(bills: Bills, host: str, chosen: Chosen) -> Iterator[Node]:
    """Yield everything in one ``host``, each followed by what is inside it; a cycle is ``RuleBroken``."""
    yield from _nodes(bills, (host,), "", ONE, chosen)


def _nodes(bills: Bills, above: tuple[str, ...], path: str, many: Decimal, chosen: Chosen) -> Iterator[Node]:
    for product, each in inside(bills.get(above[-1]), chosen).items():
        if product in above:
            raise RuleBroken("bom_cycle", products=(*above[above.index(product) :], product))
        here = f"{path}/{product}" if path else product
        yield Node(here, product, len(above), many * each)
        yield from _nodes(bills, (*above, product), here, many * each, under(chosen, product))


def explode(bills: Bills, host: str, chosen: Chosen) -> dict[str, Decimal]:
    """Return the articles one ``host`` is made of at the lowest level, with how many of each."""
    found = list(nodes(bills, host, chosen))
    holders = {node.path.rpartition("/")[0] for node in found}
    parts: dict[str, Decimal] = {}
    for node in found:
        if node.path not in holders:
            parts[node.product] = parts.get(node.product, Decimal()) + node.quantity
    return parts


def made_of(bills: Bills, host: str, chosen: Chosen, many: Decimal) -> dict[str, Decimal]:
    """Return what so many of ``host`` are made of; nothing for plain articles and choices no bill offers."""
    try:
        parts = explode(bills, host, chosen) if host in bills else {}
    except RuleBroken:
        return {}
    return {part: each * many for part, each in parts.items()}


@dataclass(frozen=True, slots=True)
class Worth:
    """What one article costs: ``parts`` by the books, ``base`` that bills state, ``extras`` of options."""

    parts: Mapping[str, Decimal]
    base: Decimal
    extras: tuple[tuple[str, Decimal, Decimal], ...]  # option, how many, what they add together


def worth(bills: Bills, host: str, chosen: Chosen) -> Worth:
    """Return what the price of one ``host`` is made of, as far as it is chosen."""
    parts: dict[str, Decimal] = {}
    base = _priced(bills, host, chosen, ONE, parts)
    return Worth(parts, base, tuple(_extras(bills, host, chosen, ONE)))


def _priced(bills: Bills, host: str, chosen: Chosen, many: Decimal, parts: dict[str, Decimal]) -> Decimal:
    """Add what the books price to ``parts``; return the prices that bills state themselves."""
    of = bills.get(host)
    if of is not None and of.sums_parts:
        return sum(
            (
                _priced(bills, product, under(chosen, product), many * each, parts)
                for product, each in inside(of, chosen).items()
            ),
            Decimal(),
        )
    if of is not None and of.base_price is not None:
        return many * of.base_price
    parts[host] = parts.get(host, Decimal()) + many
    return Decimal()


def _extras(bills: Bills, host: str, chosen: Chosen, many: Decimal) -> Iterator[tuple[str, Decimal, Decimal]]:
    of = bills.get(host)
    for product, each in inside(of, chosen).items():
        _, option = of.place(product) if of is not None and product not in of.parts else (None, None)
        if option is not None and option.delta:
            yield product, many * each, many * each * option.delta
        yield from _extras(bills, product, under(chosen, product), many * each)


@dataclass(frozen=True, slots=True)
class Stage:
    """One group to choose from: of the article at ``path``, "" being the whole."""

    path: str
    host: str
    group: Group


def stages(bills: Bills, host: str, chosen: Chosen) -> Iterator[Stage]:
    """Yield the groups to go through, those of an article inside after those of what holds it."""
    of = bills.get(host)
    yield from (Stage("", host, group) for group in (of.groups if of is not None else ()))
    for node in nodes(bills, host, chosen):
        inner = bills.get(node.product)
        yield from (Stage(node.path, node.product, group) for group in (inner.groups if inner else ()))


def has_choices(bills: Bills, host: str) -> bool:
    """Say whether somebody must or may choose something in an article, or in what is always inside it."""
    return next(stages(bills, host, {}), None) is not None


def check_cycle(bills: Bills, host: str) -> None:
    """Raise ``RuleBroken`` with the path if ``host`` could contain something that contains itself."""
    _walk(bills, (host,), set())


def _walk(bills: Bills, above: tuple[str, ...], safe: set[str]) -> None:
    of = bills.get(above[-1])
    options = [option.product for group in (of.groups if of else ()) for option in group.options]
    for product in (*(of.parts if of else ()), *options, *(of.hidden if of else ())):
        if product in above:
            raise RuleBroken("bom_cycle", products=(*above[above.index(product) :], product), field="product")
        if product not in safe:
            _walk(bills, (*above, product), safe)
            safe.add(product)


def of_parts(levels: Mapping[str, Mapping[str, Decimal]]) -> dict[str, Configuration]:
    """Return bills without a choice, which cost what their parts cost."""
    return {
        host: Configuration(host, None, parts=dict(parts), sums_parts=True) for host, parts in levels.items()
    }
