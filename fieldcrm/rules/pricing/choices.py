"""Choosing step by step (P4): what is open, why the rest is not, and what would open it.

Choosing something brings along what it needs, taking it out takes along what was hidden and
nothing needs any more. What is closed here is never accepted by ``configuration.check``,
whatever else is chosen besides; what is open leads on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import bills, configuration
from fieldcrm.rules.pricing.bills import Bills, Chosen
from fieldcrm.rules.pricing.configuration import Configuration, Group, Option


class State(StrEnum):
    """How a choice stands."""

    OPEN = "open"
    CHOSEN = "chosen"
    REQUIRED = "required"
    CLOSED = "closed"
    HIDDEN = "hidden"


class Rule(StrEnum):
    """Which rule closes or requires a choice."""

    EXCLUDED = "excluded"  # does not go with ``by``
    FULL = "full"  # the group holds ``by`` and no more
    NEEDED = "needed"  # ``by`` needs it
    KEPT = "kept"  # it would push ``through`` out, which ``by`` needs
    LEAVES_NOTHING = "leaves_nothing"  # nothing of ``group`` would be left to choose
    HIDDEN = "hidden"  # only ``by`` brings it in
    NOT_SELLABLE = "not_sellable"
    WITHDRAWN = "product_withdrawn"


@dataclass(frozen=True, slots=True)
class Why:
    """The rule and what it looks at; ``through`` is what the choice would bring along.

    ``always`` says that ``by`` is always in the article: nothing that is taken out opens the choice.
    """

    rule: Rule
    by: tuple[str, ...] = ()
    through: str = ""
    group: str = ""
    always: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One option as it stands now; ``quantity`` is what would be chosen of it, or is.

    An open one that says why is still to be chosen: something in the article needs it.
    """

    option: Option
    state: State
    quantity: Decimal
    why: Why | None = None


Barred = Mapping[str, Rule]
_NOBODY: Barred = {}


def answers(of: Configuration, chosen: Chosen, group: Group, barred: Barred = _NOBODY) -> tuple[Answer, ...]:
    """Return how every option of a group stands; ``barred`` may not be sold to this customer."""
    return tuple(_answer(of, chosen, option, barred) for option in group.options)


def _answer(of: Configuration, chosen: Chosen, option: Option, barred: Barred) -> Answer:
    product = option.product
    if product in chosen:
        why = _needed(of, chosen, product)
        return Answer(option, State.CHOSEN if why is None else State.REQUIRED, chosen[product], why)
    _, closed = _with(of, chosen, product, barred)
    start = _start(option)
    if closed is None:
        return Answer(option, State.OPEN, start, _needed(of, chosen, product))
    is_hidden = closed.rule is Rule.HIDDEN
    return Answer(option, State.HIDDEN if is_hidden else State.CLOSED, start, closed)


def _needed(of: Configuration, chosen: Chosen, product: str) -> Why | None:
    by = _holding(of, chosen, product)
    return _because(of, Rule.NEEDED, by) if by else None


def _because(of: Configuration, rule: Rule, by: tuple[str, ...], through: str = "") -> Why:
    """Return why, naming what is always in it if any of ``by`` is: the rest does not matter then."""
    always = tuple(each for each in by if each in of.parts)
    return Why(rule, always or by, through, always=bool(always))


def due(of: Configuration, chosen: Chosen) -> dict[str, Why]:
    """Return what is not in the article and needed by something that is, and by what."""
    present = {*of.parts, *chosen}
    lacking = [needed for needy, needed in of.requires if needy in present and needed not in present]
    return {needed: _because(of, Rule.NEEDED, _holding(of, chosen, needed)) for needed in lacking}


def lacking(of: Configuration, group: Group, chosen: Chosen) -> int:
    """Return how many options of a group are still to be chosen, those that are needed among them."""
    needed = due(of, chosen)
    return max(missing(group, chosen), sum(option.product in needed for option in group.options))


def missing(group: Group, chosen: Chosen) -> int:
    """Return how many options of a group are still to be chosen because the group says so."""
    held = len(_of_group(group, chosen))
    least = max(group.least, 1) if group.required else group.least if held else 0
    return max(least - held, 0)


def put(
    of: Configuration, chosen: Chosen, product: str, quantity: Decimal | None = None,
    barred: Barred = _NOBODY,
) -> dict[str, Decimal]:  # fmt: skip
    """Return the selection with ``product`` in it, and what it needs; raises for a closed choice."""
    _, option = of.place(product)
    quantity = chosen.get(product, _start(option)) if quantity is None else quantity
    configuration.check_quantity(option, quantity)
    if product in chosen:
        return {**chosen, product: quantity}
    taken, closed = _with(of, chosen, product, barred)
    if closed is not None:
        raise RuleBroken("choice_closed", product=product, rule=str(closed.rule), by=closed.by)
    return {**taken, product: quantity}


def drop(of: Configuration, chosen: Chosen, product: str) -> dict[str, Decimal]:
    """Return the selection without ``product``; raises while something chosen needs it."""
    by = _holding(of, chosen, product)
    if by:
        raise RuleBroken("choice_closed", product=product, rule=str(Rule.NEEDED), by=by)
    left = {each: quantity for each, quantity in chosen.items() if each != product}
    return _without_orphans(of, left)


def _without_orphans(of: Configuration, chosen: dict[str, Decimal]) -> dict[str, Decimal]:
    while True:
        alone = [each for each in chosen if each in of.hidden and not _holding(of, chosen, each)]
        if not alone:
            return chosen
        chosen = {each: quantity for each, quantity in chosen.items() if each not in alone}


def _start(option: Option) -> Decimal:
    return option.least or min(option.step, option.most)


def _of_group(group: Group, chosen: Chosen) -> tuple[str, ...]:
    return tuple(option.product for option in group.options if option.product in chosen)


def _holding(of: Configuration, chosen: Chosen, product: str) -> tuple[str, ...]:
    """Return what is in and needs ``product``."""
    return tuple(needy for needy in of.needy(product) if needy in chosen or needy in of.parts)


def _brought(of: Configuration, product: str) -> Iterator[str]:
    """Yield ``product`` and all it needs, each after what needs it."""
    found = [product]
    for each in found:
        yield each
        found += [needed for needy, needed in of.requires if needy == each and needed not in found]


def _with(
    of: Configuration, chosen: Chosen, product: str, barred: Barred
) -> tuple[dict[str, Decimal], Why | None]:
    """Return the selection with ``product`` and what it brings along, or why that cannot be."""
    taken = dict(chosen)
    group, _ = of.place(product)
    if group is not None and group.most == 1:
        for other in _of_group(group, taken):  # one takes the place of the other
            if by := _holding(of, taken, other):
                return taken, _because(of, Rule.KEPT, by, other)
            taken = _without_orphans(of, {each: many for each, many in taken.items() if each != other})
    for each in _brought(of, product):
        if each in taken or each in of.parts:
            continue
        why = _closed(of, taken, each, barred, asked=each == product)
        if why is not None:
            return taken, why if each == product else replace(why, through=each)
        taken[each] = _start(of.place(each)[1])
    empty = _emptied(of, chosen, taken, barred)
    return taken, None if empty is None else Why(Rule.LEAVES_NOTHING, group=empty.name)


def _closed(of: Configuration, taken: Chosen, product: str, barred: Barred, *, asked: bool) -> Why | None:
    if product in barred:
        return Why(barred[product])
    if asked and product in of.hidden and not _holding(of, taken, product):
        return Why(Rule.HIDDEN, of.needy(product))
    if by := _against(of, taken, product):
        return _because(of, Rule.EXCLUDED, by)
    group, _ = of.place(product)
    held = _of_group(group, taken) if group is not None else ()
    if group is not None and len(held) >= group.most:
        return Why(Rule.FULL, held, group=group.name)
    return None


def _against(of: Configuration, taken: Chosen, product: str) -> tuple[str, ...]:
    rules = [together for together in of.excludes if product in together]
    present = (*of.parts, *taken)
    return tuple(each for each in present if each != product and any(each in rule for rule in rules))


def _emptied(of: Configuration, before: Chosen, after: Chosen, barred: Barred) -> Group | None:
    """Return the first group that could be completed ``before`` and cannot ``after``."""
    for group in of.groups:
        if not _completes(of, group, after, barred) and _completes(of, group, before, barred):
            return group
    return None


def _completes(of: Configuration, group: Group, chosen: Chosen, barred: Barred) -> bool:
    lacking = missing(group, chosen)
    if not lacking:
        return True
    left = [
        option.product
        for option in group.options
        if option.product not in chosen and option.product not in barred
    ]
    return sum(not _against(of, chosen, product) for product in left) >= lacking


# -- at any level of a bill -----------------------------------------------------------------------


def put_at(
    all_bills: Bills, host: str, chosen: Chosen, path: str, quantity: Decimal | None = None,
    barred: Barred = _NOBODY,
) -> dict[str, Decimal]:  # fmt: skip
    """Choose the option at ``path``, as ``put`` does."""
    above, product = _split(path)
    of = _bill_at(all_bills, host, above)
    return _replaced(chosen, above, of, put(of, bills.level(chosen, above), product, quantity, barred))


def drop_at(all_bills: Bills, host: str, chosen: Chosen, path: str) -> dict[str, Decimal]:
    """Take the option at ``path`` out, with what was chosen inside it."""
    above, product = _split(path)
    of = _bill_at(all_bills, host, above)
    return _replaced(chosen, above, of, drop(of, bills.level(chosen, above), product))


def fitting(all_bills: Bills, host: str, chosen: Chosen, barred: Barred = _NOBODY) -> dict[str, Decimal]:
    """Return as much of a selection as today's bills still let one choose, whatever its order."""
    found: dict[str, Decimal] = {}
    left = sorted(chosen.items(), key=lambda each: each[0].count("/"))
    while left:
        later = []
        for path, quantity in left:
            try:
                found = put_at(all_bills, host, found, path, quantity, barred)
            except RuleBroken:
                later.append((path, quantity))
        if len(later) == len(left):
            return found
        left = later
    return found


def brought(all_bills: Bills, host: str, chosen: Chosen, barred: Barred = _NOBODY) -> dict[str, Decimal]:
    """Return a selection with what parts need and no group offers: there is nothing to choose about it."""
    made = dict(chosen)
    for place in [*_hosts(all_bills, host, made)]:
        of = _bill_at(all_bills, host, place)
        for product in due(of, bills.level(made, place)):
            if of.place(product)[0] is None and product not in barred:
                made[f"{place}/{product}" if place else product] = _start(of.place(product)[1])
    return made


def dues(all_bills: Bills, host: str, chosen: Chosen) -> dict[str, Why]:
    """Return what is still needed at every level, by path."""
    return {
        f"{place}/{product}" if place else product: why
        for place in _hosts(all_bills, host, chosen)
        for product, why in due(_bill_at(all_bills, host, place), bills.level(chosen, place)).items()
    }


def _hosts(all_bills: Bills, host: str, chosen: Chosen) -> Iterator[str]:
    """Yield the paths of the article and of what is inside it that has a bill of its own."""
    if host in all_bills:
        yield ""
    yield from (node.path for node in bills.nodes(all_bills, host, chosen) if node.product in all_bills)


def is_complete(all_bills: Bills, host: str, chosen: Chosen) -> bool:
    """Say whether nothing is left to choose and nothing is wrong."""
    try:
        bills.check(all_bills, host, chosen)
    except RuleBroken:
        return False
    return True


def _split(path: str) -> tuple[str, str]:
    above, _, product = path.rpartition("/")
    return above, product


def _bill_at(all_bills: Bills, host: str, above: str) -> Configuration:
    product = above.rpartition("/")[2] or host
    if product not in all_bills:
        raise RuleBroken("not_configurable", product=product)
    return all_bills[product]


def _replaced(chosen: Chosen, above: str, of: Configuration, fresh: Chosen) -> dict[str, Decimal]:
    """Return the selection with one level changed; what was chosen inside what is gone goes too."""
    start = f"{above}/" if above else ""
    kept = {}
    for path, quantity in chosen.items():
        if not path.startswith(start):
            kept[path] = quantity
            continue
        product, deeper, _ = path.removeprefix(start).partition("/")
        if deeper and (product in fresh or product in of.parts):
            kept[path] = quantity
    return kept | {start + product: quantity for product, quantity in fresh.items()}
