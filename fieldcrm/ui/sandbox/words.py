"""Versions, differences and what is assumed, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from fieldcrm.clock import business_day
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.sandbox.reading import Choice, State

TROUBLE = {
    "incomplete": mark("Rules or price lists of it are only partly here"),
    "unsold": mark("Some items cannot be sold by it"),
    "broken": mark("The order breaks a rule of it"),
}
ROI_FORMULA = (
    mark("Cost = what comes off + gifts at the value they would have cost."),
    mark("Margin per unit = (net sales − gifts at their value − cost of the goods) ÷ units sold."),
    mark("Extra units to break even = cost ÷ margin per unit."),
    mark("ROI = (extra units × margin per unit − cost) ÷ cost."),
    mark("Sales and units are those of the promoted goods. Margin, break-even and ROI are before tax."),
    mark("Goods without a cost price count with their floor price."),
)
REPLAY_ASSUMES = mark(
    "Assumed: every budget begins the month whole; limits of use and periods that add up count what the "
    "same version gave earlier in the month, and what really happened before it. Amounts are before rebates. "
    "Only orders on this laptop count."
)
PROMOTION_ASSUMES = mark(
    "The promotion is taken to run for the whole month, whatever its own days; its budget begins whole. "
    "Nothing is assumed to have sold more, except by the share you type."
)


def version(choice: Choice, today: date) -> str:
    """Return what a version is called."""
    if choice.state is State.DRAFT:
        return tr("Draft") + (f" · {choice.name}" if choice.name else "")
    if not choice.key:
        return tr("No rules published")
    said = tr("No. {n}", n=choice.key) + (f" · {choice.name}" if choice.name else "")
    if choice.state is State.NOW:
        return f"{said} · {tr('in force')}"
    if choice.state is State.TO_COME and choice.begins is not None:
        return f"{said} · {tr('from {day}', day=formats.plain_day(business_day(choice.begins), today))}"
    return said


def short(choice: Choice) -> str:
    """Return a version's name for a column."""
    return tr("Draft") if choice.state is State.DRAFT else tr("No. {n}", n=choice.key)


def choices(found: Sequence[Choice], today: date) -> list[tuple[object, str]]:
    """Return versions to choose from."""
    return [(each.key, version(each, today)) for each in found]


def signed(amount: Decimal | None) -> str:
    """Return a difference with its sign; none is a dash."""
    if not amount:
        return formats.NONE
    return ("+" if amount > 0 else "") + formats.figure(amount)


def tone(difference: Decimal | None) -> str:
    """Return the colour of a difference: customers pay more, less, the same."""
    if not difference:
        return "text3"
    return "warn" if difference > 0 else "ok"


def trouble(codes: Sequence[str], names: Sequence[str]) -> str:
    """Return which versions could not price an order, and why."""
    said = [f"{name}: {tr(TROUBLE[code])}" for code, name in zip(codes, names, strict=True) if code]
    return tr("; ").join(said)
