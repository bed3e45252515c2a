"""What stands out in a report, one sentence a finding: why it was noticed, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout

from fieldcrm.clock import business_day, from_ms
from fieldcrm.rules.evidence import EvidenceGrade, allowed_m, is_clock_off, letter
from fieldcrm.rules.evidence import grade as graded
from fieldcrm.rules.findings import Code, Finding, Weight
from fieldcrm.services.reviews import Evidence, Flag, FullReport
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import mark, ntr, tr
from fieldcrm.ui.widgets.frames import card, row
from fieldcrm.ui.widgets.labels import Paragraph, Sign, secondary, section_title

GRADES = {
    EvidenceGrade.AT_STORE: mark("measured at the store"),
    EvidenceGrade.COARSE: mark("measured, but not exactly"),
    EvidenceGrade.STALE: mark("measured some time before"),
    EvidenceGrade.CONFIRMED: mark("measured, and the store's code shown"),
    EvidenceGrade.CODED: mark("the store's code shown, not measured"),
    EvidenceGrade.FAR_CODED: mark("far from the store, though its code was shown"),
    EvidenceGrade.STATED: mark("stated by the rep, not measured"),
    EvidenceGrade.UNKNOWN: mark("the store has no position to compare with"),
    EvidenceGrade.FAR: mark("far from the store"),
    EvidenceGrade.NONE: mark("without a position"),
}
EVENTS = {
    "visit": mark("The visit"), "check_in": mark("The check-in"), "check_out": mark("The check-out"),
    "step_answer": mark("An answer"), "photo": mark("A photo"), "visit_amendment": mark("An amendment"),
}  # fmt: skip
_SIGNS = {Weight.STRONG: ("alert", "warn"), Weight.NOTICE: ("information-outline", "text2")}


def grade(evidence: Evidence) -> str:
    """Return the check-in's grade and what it stands for."""
    why = tr(GRADES[graded(evidence.fix)])
    return tr("Check-in evidence {letter}: {why}", letter=letter(evidence.fix), why=why)


def sentence(finding: Finding) -> str:
    """Return why a finding was noticed."""
    return _SENTENCES[finding.code](finding.facts)


def stands_out(full: FullReport) -> QFrame | None:
    """Return the card that explains the flags which compare, or None when there is nothing to say."""
    lines = [(*_SIGNS[each.weight], sentence(each)) for each in full.findings]
    evidence = full.evidence
    if Flag.FAR in full.report.flags and evidence.distance_m is not None:
        lines.append(("map-marker-alert", "warn", _far(evidence)))
    if evidence.clock_off_s is not None and is_clock_off(evidence.clock_off_s):
        lines.append(("clock-alert-outline", "warn", _clock(evidence.clock_off_s)))
    if not lines:
        return None
    frame = card(
        row(section_title(tr("What stands out")), None, secondary(tr("Ask before you judge"))), 4, gap=8
    )
    layout = frame.layout()
    for sign, tone, text in lines:
        if isinstance(layout, QVBoxLayout):
            line = row(Sign(sign, 20, tone), gap=12)
            line.addWidget(Paragraph(text, 14, 400, "text"), 1)
            layout.addLayout(line)
    return frame


def _far(evidence: Evidence) -> str:
    return tr(
        "Checked in {distance} from the store; {allowed} is the limit with this accuracy.",
        distance=formats.distance(evidence.distance_m or 0),
        allowed=formats.distance(allowed_m(evidence.accuracy_m)),
    )


def _clock(off_s: int) -> str:
    time = formats.duration(abs(off_s))
    if off_s > 0:
        return tr(
            "The laptop's clock was {time} ahead of the server's. The times here are its own.", time=time
        )
    return tr("The laptop's clock was {time} behind the server's. The times here are its own.", time=time)


def _travel(facts: Mapping[str, Any]) -> str:
    return tr(
        "{distance} from {store} in {time} would be {speed} km/h.",
        distance=formats.distance(facts["metres"]),
        store=facts["other"],
        time=formats.duration(facts["seconds"]),
        speed=facts["kmh"],
    )


def _burst(facts: Mapping[str, Any]) -> str:
    return tr(
        "One of {n} visits begun within {minutes} minutes.", n=facts["visits"], minutes=facts["minutes"]
    )


def _backwards(facts: Mapping[str, Any]) -> str:
    return tr("Check-out is {time} before check-in.", time=formats.duration(facts["seconds"]))


def _same_spot(facts: Mapping[str, Any]) -> str:
    return tr(
        "The position is exactly the one given at {store}, more than a kilometre away.", store=facts["other"]
    )


def _same_answers(facts: Mapping[str, Any]) -> str:
    return ntr(
        "{n} count or text is the same as in the visit before, at {store}.",
        "All {n} counts and texts are the same as in the visit before, at {store}.",
        facts["answers"],
        store=facts["other"],
    )


def _reused_photo(facts: Mapping[str, Any]) -> str:
    name = _photo_name(facts)
    if "at" not in facts:
        return tr("{name} looks like an earlier photo that is not on this laptop.", name=name)
    day = formats.full_day(business_day(from_ms(facts["at"])))
    return tr(
        "{name} looks like a photo of {day} at {store}, taken by {rep}.",
        name=name, day=day, store=facts["other"], rep=facts["rep"],
    )  # fmt: skip


def _edited(facts: Mapping[str, Any]) -> str:
    what = tr(EVENTS.get(facts["what"], facts["what"]))
    moment = from_ms(facts["at"])
    return tr(
        "{what} of {day} {time} is not what the laptop wrote: it was changed in the database.",
        what=what, day=formats.full_day(business_day(moment)), time=formats.clock(moment),
    )  # fmt: skip


def _photo_time(facts: Mapping[str, Any]) -> str:
    moment = from_ms(facts["at"])
    return tr(
        "{name} says that it was taken on {day} at {time}, not during the visit.",
        name=_photo_name(facts), day=formats.full_day(business_day(moment)), time=formats.clock(moment),
    )  # fmt: skip


def _photo_place(facts: Mapping[str, Any]) -> str:
    away = formats.distance(facts["metres"])
    return tr(
        "{name} says that it was taken {distance} from the store.", name=_photo_name(facts), distance=away
    )


def _photo_edited(facts: Mapping[str, Any]) -> str:
    return tr("{name} was saved by {software}.", name=_photo_name(facts), software=facts["software"])


def _photo_name(facts: Mapping[str, Any]) -> str:
    return facts["caption"] or tr("Photo")


def _store_code(facts: Mapping[str, Any]) -> str:
    return tr(
        "The store code (sheet {edition}) is an old one or was not really shown.", edition=facts["edition"]
    )


_SENTENCES: dict[Code, Callable[[Mapping[str, Any]], str]] = {
    Code.TRAVEL: _travel,
    Code.BURST: _burst,
    Code.BACKWARDS: _backwards,
    Code.SAME_SPOT: _same_spot,
    Code.SAME_ANSWERS: _same_answers,
    Code.REUSED_PHOTO: _reused_photo,
    Code.EDITED: _edited,
    Code.STORE_CODE: _store_code,
    Code.PHOTO_TIME: _photo_time,
    Code.PHOTO_PLACE: _photo_place,
    Code.PHOTO_EDITED: _photo_edited,
}
