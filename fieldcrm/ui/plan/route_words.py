"""The words of a route offer: its three ways, why a store is left out, what would let it in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from fieldcrm.rules.routing.planning import Keep
from fieldcrm.rules.routing.relaxing import Change, Reason, Relaxation
from fieldcrm.services.routes import Wishes
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr

WAYS: Mapping[Keep, str] = {
    Keep.ORDER: mark("Same order"),
    Keep.SMALL: mark("Small changes"),
    Keep.BEST: mark("Best route"),
}
REASONS: Mapping[Reason, str] = {
    Reason.CLOSED: mark("closed that day"),
    Reason.SHORT_WINDOW: mark("never open long enough for the visit"),
    Reason.TOO_LATE: mark("cannot be reached in time"),
    Reason.NO_TIME: mark("the day is full"),
    Reason.COMPANION: mark("whoever comes along has no time then"),
}


def relaxation(change: Relaxation[UUID], names: Mapping[UUID, str]) -> str:
    """Say what one change asks."""
    minutes = formats.duration(change.minutes * 60)
    match change.change:
        case Change.LUNCH_SHORTER:
            return tr("Lunch {time} shorter", time=minutes)
        case Change.DAY_LONGER:
            return tr("Day {time} longer", time=minutes)
        case Change.VISIT_SHORTER:
            return tr("Visit {time} shorter", time=minutes)
        case Change.OPEN_LONGER:
            return tr("The store stays open {time} longer", time=minutes)
        case _:
            store = names.get(change.instead_of, "") if change.instead_of else ""
            return tr("Instead of {store}", store=store)


def wishes(wished: Wishes, names: Mapping[UUID, str], today: date) -> str:
    """Say what has been changed so that more fits in."""
    said = []
    if wished.lunch_minutes is not None:
        said.append(
            tr("lunch of {time}", time=formats.duration(wished.lunch_minutes * 60))
            if wished.lunch_minutes
            else tr("no lunch")
        )
    if wished.day_longer:
        said.append(tr("day {time} longer", time=formats.duration(wished.day_longer * 60)))
    for plan_id, minutes in wished.shorter.items():
        said.append(tr("{store} {time} shorter", store=names[plan_id], time=formats.duration(minutes * 60)))
    for plan_id, minutes in wished.open_longer.items():
        time = formats.duration(minutes * 60)
        said.append(tr("{store} open {time} longer", store=names[plan_id], time=time))
    said += [tr("without {store}", store=names[plan_id]) for plan_id in wished.without]
    for plan_id, on in wished.to_day.items():
        said.append(tr("{store} on {day}", store=names[plan_id], day=formats.day(on, today)))
    return tr(", ").join(said)


def changed(ways: int) -> str:
    """Say how much of the order is new."""
    return ntr("{n} leg changed", "{n} legs changed", ways) if ways else tr("in the order of now")


def clock(minutes: int) -> str:
    """Return HH:MM of a minute of the day."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
