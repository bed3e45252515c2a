"""How the figures of the visit board are called, said and explained; "—" where nothing was counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fieldcrm.rules.next_period import Change, Proposed
from fieldcrm.rules.visit_board import MOVED, Board, Figure
from fieldcrm.ui import formats
from fieldcrm.ui.cadence import words
from fieldcrm.ui.i18n import mark, ntr, tr


@dataclass(frozen=True, slots=True)
class Kind:
    """One tile: its name, how it is worked out, where its figure is, how it is said."""

    name: str
    formula: str
    of: Callable[[Board], Figure]
    said: Callable[[Figure], str]
    under: Callable[[Board], str]


def percent(figure: Figure) -> str:
    """Return a share as per cent."""
    return formats.NONE if figure.share is None else formats.percent(figure.share)


def parts(figure: Figure) -> str:
    """Return 23 of 27."""
    if not figure.whole:
        return tr("nothing to count")
    return tr("{n} of {whole}", n=formats.count(int(figure.part)), whole=formats.count(int(figure.whole)))


def whole(figure: Figure) -> str:
    """Return how many, or nothing where none were meant."""
    return formats.count(int(figure.part)) if figure.lines else formats.NONE


def lost(figure: Figure) -> str:
    """Return how many were missed, or nothing where no day is over."""
    return formats.count(int(figure.part)) if figure.whole else formats.NONE


def minutes(figure: Figure) -> str:
    """Return a time, or nothing where none was taken."""
    return formats.hours(figure.part) if figure.whole else formats.NONE


def covered(board: Board) -> Figure:
    """Return the coverage of all grades together."""
    figures = list(board.coverage.values())
    lines = tuple(line for figure in figures for line in figure.lines)
    return Figure(sum(f.part for f in figures), sum(f.whole or 0 for f in figures), lines)


def _grades(board: Board) -> str:
    each = board.coverage.items()
    return tr(" · ").join(f"{grade} {int(found.part)}/{int(found.whole or 0)}" for grade, found in each)


def _reasons(board: Board) -> str:
    if not board.reasons:
        return tr("nothing missed") if board.missed.whole else tr("nothing to count")
    return tr(" · ").join(f"{reason(said)} {count}" for said, count in board.reasons)


def _each(figure: Figure) -> str:
    if not figure.whole:
        return tr("nothing to count")
    time = formats.duration(figure.part / figure.whole * 60)
    return tr("{time} each · {n} times", time=time, n=int(figure.whole))


def reason(said: str) -> str:
    """Return a reason in words."""
    if said == MOVED:
        return tr("moved away")
    return said or tr("no reason given")


KINDS: dict[str, Kind] = {
    "planned": Kind(
        mark("Planned"), mark("Visits planned for these days; one moved within them counts on its new day."),
        lambda b: b.planned, whole,
        lambda b: ntr("{n} unplanned besides", "{n} unplanned besides", _unplanned(b)),
    ),
    "done": Kind(
        mark("Done"), mark("Finished visits of the plan, of those whose day is over."),
        lambda b: b.done, percent, lambda b: parts(b.done),
    ),
    "missed": Kind(
        mark("Missed"),
        mark("Planned visits that were skipped, moved out of these days, or whose day passed."),
        lambda b: b.missed, lost, _reasons,
    ),
    "covered": Kind(
        mark("Covered"), mark("Active stores visited at least once, of all of the grade."), covered,
        percent, _grades,
    ),
    "strike": Kind(
        mark("Visits with an order"), mark("Finished visits with an order, of all finished visits."),
        lambda b: b.strike, percent, lambda b: parts(b.strike),
    ),
    "route": Kind(
        mark("Route kept"),
        mark("Of the planned stores visited on a day, the most that were visited in the planned order."),
        lambda b: b.route, percent, lambda b: parts(b.route),
    ),
    "in_store": Kind(
        mark("In stores"), mark("From check-in to check-out of finished visits."), lambda b: b.in_store,
        minutes, lambda b: _each(b.in_store),
    ),
    "on_road": Kind(
        mark("On the road"),
        mark("From leaving a store to arriving at the next on the same day, up to two hours."),
        lambda b: b.on_road, minutes, lambda b: _each(b.on_road),
    ),
    "in_time": Kind(
        mark("In time"), mark("Stores not overdue at the end of these days, of those ever visited."),
        lambda b: b.in_time, percent, lambda b: parts(b.in_time),
    ),
}  # fmt: skip


def _unplanned(board: Board) -> int:
    planned = {line.visit_id for line in board.done.lines}
    return sum(line.visit_id not in planned for line in board.strike.lines)


def change(proposed: Proposed) -> str:
    """Return what was found of a store."""
    gaps = tr(", ").join(str(days) for days in proposed.gaps[-5:])
    every = words.every(proposed.wanted)
    match proposed.change:
        case Change.SLOWER:
            return tr("Never in time: wanted {every}, it was {gaps} days", every=every, gaps=gaps)
        case Change.FIRST:
            return tr("Overdue again: wanted {every}, it was {gaps} days", every=every, gaps=gaps)
    return tr("Missed {n} times: {reason}", n=proposed.days, reason=proposed.reason)


def act(proposed: Proposed) -> str:
    """Return what the button does about it."""
    match proposed.change:
        case Change.SLOWER:
            return tr("Make it {every}", every=words.every(proposed.days))
        case Change.FIRST:
            return tr("Plan it first next week")
    return tr("Look at its hours")
