"""How much a check-in's position proves (V6); it never pretends to more than was measured.

A letter says it at a glance: A is measured, fresh, precise and at the store; B is measured
with one weakness, or the store's code without a measurement; C rests on the rep's word or on
nothing to compare with; D does not show that anybody was there. The reason stands beside it.
The code from the store's sheet raises a grade, but never outweighs a measurement.

Far means further than 100 m plus the fix's own accuracy; far asks for a reason and is then
allowed. A typed or picked position is the rep's statement, no measurement; no position at
all is possible and is said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FAR_M = 100
COARSE_M = 200
STALE_S = 300
CLOCK_S = 300


class EvidenceGrade(StrEnum):
    """What a reader may conclude from a check-in, best first."""

    AT_STORE = "at_store"  # measured, fresh, precise, near
    COARSE = "coarse"  # measured, but the circle is wide
    STALE = "stale"  # measured, but some time ago
    CONFIRMED = "confirmed"  # measured with a weakness, and the store's code
    CODED = "coded"  # the store's code, no measurement
    FAR_CODED = "far_coded"  # outside the allowed circle, though with the store's code
    STATED = "stated"  # typed or picked by the rep
    UNKNOWN = "unknown"  # the store itself has no position to compare with
    FAR = "far"  # outside the allowed circle, with a reason
    NONE = "none"  # no position


LETTERS = {
    EvidenceGrade.AT_STORE: "A", EvidenceGrade.COARSE: "B", EvidenceGrade.STALE: "B",
    EvidenceGrade.CONFIRMED: "A", EvidenceGrade.CODED: "B", EvidenceGrade.FAR_CODED: "C",
    EvidenceGrade.STATED: "C", EvidenceGrade.UNKNOWN: "C", EvidenceGrade.FAR: "D", EvidenceGrade.NONE: "D",
}  # fmt: skip

_WITH_CODE = {
    EvidenceGrade.AT_STORE: EvidenceGrade.AT_STORE, EvidenceGrade.COARSE: EvidenceGrade.CONFIRMED,
    EvidenceGrade.STALE: EvidenceGrade.CONFIRMED, EvidenceGrade.FAR: EvidenceGrade.FAR_CODED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fix:
    """What is known of a position: source is device, typed, map or none; ``coded`` with the store's code."""

    source: str
    accuracy_m: int | None = None
    age_s: int | None = None
    distance_m: int | None = None
    coded: bool = False


def allowed_m(accuracy_m: int | None) -> int:
    """Return how far from the store a check-in may be without a reason."""
    return FAR_M + (accuracy_m or 0)


def is_far(fix: Fix) -> bool:
    """Return whether the position is surely outside the allowed circle."""
    return fix.distance_m is not None and fix.distance_m > allowed_m(fix.accuracy_m)


def needs_reason(fix: Fix) -> bool:
    """Return whether the rep must say why: only for what was shown to be far."""
    return fix.source != "none" and is_far(fix)


def grade(fix: Fix) -> EvidenceGrade:
    """Return the strongest claim the fix supports, with the store's code if it was shown."""
    measured = _measured(fix)
    return _WITH_CODE.get(measured, EvidenceGrade.CODED) if fix.coded else measured


def _measured(fix: Fix) -> EvidenceGrade:
    if fix.source == "none":
        return EvidenceGrade.NONE
    if fix.distance_m is None:
        return EvidenceGrade.UNKNOWN
    if is_far(fix):
        return EvidenceGrade.FAR
    if fix.source != "device":
        return EvidenceGrade.STATED
    if fix.age_s is None or fix.age_s > STALE_S:
        return EvidenceGrade.STALE
    if fix.accuracy_m is None or fix.accuracy_m > COARSE_M:
        return EvidenceGrade.COARSE
    return EvidenceGrade.AT_STORE


def letter(fix: Fix) -> str:
    """Return the grade as a letter, A to D."""
    return LETTERS[grade(fix)]


def is_clock_off(off_s: int | None) -> bool:
    """Return whether the device's clock was so wrong that its times prove nothing by themselves."""
    return off_s is not None and abs(off_s) > CLOCK_S
