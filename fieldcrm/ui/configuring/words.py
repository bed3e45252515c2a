"""Choices inside an article in plain words: why one is closed or must stay, and what would open it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from fieldcrm.rules.pricing.choices import Rule, Why
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, mark, ntr, tr

Name = Callable[[str], str]

_WRONG = {
    "not_configurable": mark("nothing can be chosen in it"),
    "not_an_option": mark("“{product}” is not offered in it"),
    "required_missing": mark("“{group}” is still to be chosen"),
    "choose_count": mark("“{group}” takes {least} to {most} choices"),
    "quantity_range": mark("of “{product}” {least} to {most} go in"),
    "quantity_step": mark("of “{product}” only steps of {step} go in"),
    "excluded": mark("{products} do not go together"),
    "dependency": mark("“{product}” needs “{needed}”"),
    "product_withdrawn": mark("“{product}” is no longer sold"),
    "not_sellable": mark("“{product}” may not be sold to this store"),
}


def wrong(code: str, about: Mapping[str, Any], name: Name) -> str:
    """Return what is wrong inside an article; empty for a code that is about something else."""
    said = _WRONG.get(code)
    if said is None:
        return ""
    facts = {key: name(str(about.get(key, ""))) or formats.NONE for key in ("product", "needed")}
    facts |= {key: str(about.get(key, "")) for key in ("group", "least", "most", "step")}
    both = about.get("products") or ()
    return tr(said, **facts, products=names(both if isinstance(both, list | tuple) else (), name))


def names(keys: Iterable[Any], name: Name) -> str:
    """Return articles by name: “A”, “B”."""
    return listed(tr("“{name}”", name=name(str(key))) for key in keys)


def why(said: Why, name: Name, *, is_open: bool = False) -> str:
    """Return why a choice is closed, must stay or is still to be made, and what would open it."""
    others = names(said.by, name)
    if is_open:
        return tr("{others} needs it: choose it.", others=others)
    sentence = _always(said, others, name) if said.always else _why(said, others, name)
    if not said.through or said.rule is Rule.KEPT:
        return sentence
    return tr("It needs “{other}”. {why}", other=name(said.through), why=sentence)


def _always(said: Why, others: str, name: Name) -> str:
    """Say so when ``by`` cannot be taken out: then nothing opens the choice."""
    match said.rule:
        case Rule.EXCLUDED:
            return tr("Does not go with {others}, which is always in it.", others=others)
        case Rule.KEPT:
            return tr("{others}, which is always in it, needs “{kept}”.", others=others,
                      kept=name(said.through))  # fmt: skip
        case _:
            return tr("{others}, which is always in it, needs it.", others=others)


def need(said: Why, needed: str, name: Name) -> str:
    """Return what in the article needs which choice that is still to be made."""
    return tr("{others} needs “{needed}”.", others=names(said.by, name), needed=needed)


def _why(said: Why, others: str, name: Name) -> str:
    match said.rule:
        case Rule.EXCLUDED:
            return tr("Does not go with {others}. Take that out to open it.", others=others)
        case Rule.FULL:
            return tr("“{group}” is full with {others}. Take one out to open it.",
                      group=said.group, others=others)  # fmt: skip
        case Rule.NEEDED:
            return tr("{others} needs it. Take that out first.", others=others)
        case Rule.KEPT:
            return tr("{others} needs “{kept}”, which it would replace. Take {others} out first.",
                      others=others, kept=name(said.through))  # fmt: skip
        case Rule.LEAVES_NOTHING:
            return tr("With it, nothing would be left to choose for “{group}”.", group=said.group)
        case Rule.HIDDEN:
            return tr("It comes along with {others}.", others=others)
        case Rule.NOT_SELLABLE:
            return tr("It may not be sold to this store.")
        case Rule.WITHDRAWN:
            return tr("It is no longer sold.")


def lacking(count: int) -> str:
    """Return how many choices a step still lacks."""
    return ntr("{n} more to choose", "{n} more to choose", count)


def added(amount: Decimal, unit: str = "") -> str:
    """Return what an option, or each ``unit`` of it, adds to the price."""
    said = f"+{formats.money(amount)}" if amount > 0 else formats.money(amount)
    return f"{said}/{formats.unit(unit, 1)}" if unit else said


def limits(least: Decimal, most: Decimal, step: Decimal) -> str:
    """Return how many of an option may be chosen; empty when there is no choice."""
    if least == most:
        return ""
    if step == 1:
        return tr("{least} to {most}", least=formats.decimal(least), most=formats.decimal(most))
    return tr("{least} to {most}, in steps of {step}", least=formats.decimal(least),
              most=formats.decimal(most), step=formats.decimal(step))  # fmt: skip


def chosen(count: int) -> str:
    """Return how many choices a step holds."""
    return ntr("{n} chosen", "{n} chosen", count) if count else tr("nothing chosen")


def of_group(least: int, most: int, *, required: bool) -> str:
    """Return how many of a group's options may be chosen."""
    least = max(least, 1) if required else least
    if not least:
        return ntr("Choose up to {n}, or nothing.", "Choose up to {n}, or nothing.", most)
    if least == most:
        said = ntr("Choose {n}.", "Choose {n}.", most)
    else:
        said = tr("Choose {least} to {most}.", least=least, most=most)
    return said if required else tr("{said} Or nothing.", said=said)
