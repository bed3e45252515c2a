"""Where a store really is, from the check-ins made there (V6): a proposal, never a change by itself.

Only sharp fixes count: measured, fresh, precise. How far they are from where the store is
thought to be is not asked, because that is what is in question. The median of the latest ones
stands against the visits that were met elsewhere, as long as those are fewer than half; their
spread says how much it is to be believed. Positions are compared in WGS84, whatever datum
each was given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from fieldcrm.rules import evidence, positions
from fieldcrm.rules.evidence import EvidenceGrade, Fix
from fieldcrm.rules.positions import WGS84, Position

LEAST, LEAST_DAYS, LATEST = 5, 3, 15
SPREAD_M = 40
MOVED_M = 50
REFUSED_M = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """One sharp fix taken at a store."""

    position: Position
    on: date
    after_refusal: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where the readings say the store is; ``away_m`` is None for a store without a position."""

    position: Position
    readings: int
    days: int
    spread_m: int
    away_m: int | None


def is_sharp(fix: Fix) -> bool:
    """Return whether a fix says where it was taken as well as a grade A check-in does."""
    return (
        fix.source == "device"
        and evidence.grade(replace(fix, distance_m=0, coded=False)) is EvidenceGrade.AT_STORE
    )


def proposal(
    readings: Sequence[Reading], store: Position | None, refused: Iterable[Position] = ()
) -> Proposal | None:
    """Return what the readings, oldest first, propose; None if they agree with the store, or not at all.

    What a person refused is proposed again only by as many readings made since.
    """
    latest = readings[-LATEST:]
    found = _middle(latest)
    if found is None:
        return None
    if store is not None:
        away = round(positions.distance_m(found.position, store))
        if away <= max(MOVED_M, 2 * found.spread_m):
            return None
        found = replace(found, away_m=away)
    if any(positions.distance_m(found.position, each) <= REFUSED_M for each in refused):
        since = [each for each in latest if each.after_refusal]
        if _middle(since) is None:
            return None
    return found


def _middle(readings: Sequence[Reading]) -> Proposal | None:
    days = {each.on for each in readings}
    if len(readings) < LEAST or len(days) < LEAST_DAYS:
        return None
    here = [each.position.to(WGS84) for each in readings]
    middle = Position(
        round(median(each.latitude_e7 for each in here)),
        round(median(each.longitude_e7 for each in here)),
        WGS84,
    )
    spread = round(median(positions.distance_m(each, middle) for each in here))
    if spread > SPREAD_M:
        return None
    return Proposal(middle, len(here), len(days), spread, None)
