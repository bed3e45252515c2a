"""The steps of a visit as the rail shows them, and small changes to what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fieldcrm.ids import new_id
from fieldcrm.rules import visits
from fieldcrm.rules.sop import FieldType, Step
from fieldcrm.rules.visits import Work
from fieldcrm.services.visits import Picture
from fieldcrm.services.workspace import PhotoRow, Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import ntr, tr
from fieldcrm.ui.visit import words
from fieldcrm.ui.visit.progress import CHECK_IN, WRAP_UP
from fieldcrm.ui.visit.rail import StepRow


def title(steps: Sequence[Step], key: str) -> str:
    """Return what a step is called."""
    if key == CHECK_IN:
        return tr("Check in")
    return next((step.title for step in steps if step.key == key), tr("Wrap up and check out"))


def of_visit(visit: Workspace, steps: Sequence[Step], work: Work, here: str) -> list[StepRow]:
    """Return the check-in, the template's steps and the wrap-up."""
    rows = [StepRow(CHECK_IN, 1, tr("Check in"), _arrived(visit), True, False, False)]
    for number, step in enumerate(steps, start=2):
        done = visits.progress(step, work)
        gaps = visits.step_gaps(step, work)
        touched = done.begun and step.key != here
        finished = done.complete and done.begun
        rows.append(
            StepRow(
                step.key,
                number,
                step.title,
                _fact(step, work),
                finished,
                touched and bool(gaps),
                False,
            )
        )
    last = tr("Report, next visit")
    return [*rows, StepRow(WRAP_UP, len(rows) + 1, tr("Wrap up"), last, not visit.is_open, False, True)]


def _arrived(visit: Workspace) -> str:
    if visit.arrived is None:
        return formats.clock(visit.started_at)
    fix = visit.arrived.fix
    where = words.distance(fix) if fix.source != "none" else tr("no position")
    return f"{formats.clock(visit.arrived.at)} · {where}"


def _fact(step: Step, work: Work) -> str:
    done = visits.progress(step, work)
    counts = next((f for f in step.fields if f.type is FieldType.STOCK), None)
    counted = work.answers.get(step.key, {}).get(counts.key) if counts is not None else None
    if counted:
        return words.stock(counted)
    if done.answered:
        return tr("{n} of {total} answered", n=done.answered, total=done.asked)
    if not step.required:
        return tr("Optional")
    return ntr("{n} question", "{n} questions", done.asked)


def with_photos(visit: Workspace, pictures: Sequence[Picture]) -> Workspace:
    """Return what was read, with photos that are on their way into the database."""
    if not pictures:
        return visit
    fresh = [PhotoRow(new_id(), p.step_key, p.field_key, p.caption, p.sha256, p.taken_at) for p in pictures]
    counted = dict(visit.work.photos)
    for picture in pictures:
        key = picture.step_key, picture.field_key
        counted[key] = counted.get(key, 0) + 1
    return replace(visit, photos=(*visit.photos, *fresh), work=replace(visit.work, photos=counted))
