"""What a visit holds before it is written as events: answers, new photos, the place one is at.

It is saved as a draft on every change and comes back after a crash exactly as it was. When
a step is left its part becomes events, in the same transaction that saves the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.clock import from_ms, to_ms
from fieldcrm.rules.sop import Step, given
from fieldcrm.rules.visits import Work
from fieldcrm.services import amending, group_rows, visits, workspace
from fieldcrm.services.visits import Picture
from fieldcrm.services.workspace import Workspace
from fieldcrm.storage import drafts
from fieldcrm.storage.local import Upload

KIND, AMENDMENT = "visit", "amendment"
CHECK_IN, WRAP_UP = "check_in", "wrap_up"


@dataclass(slots=True)
class Progress:
    """One visit's unwritten part; ``step`` is where the rep is."""

    step: str = ""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    photos: list[Picture] = field(default_factory=list)
    summary: str = ""
    next_on: date | None = None
    next_time: str = ""

    def answer(self, step_key: str, field_key: str, value: Any) -> None:
        """Keep one answer; an empty one is taken away."""
        answers = self.answers.setdefault(step_key, {})
        if value is None or value in ("", {}):
            answers.pop(field_key, None)
        else:
            answers[field_key] = value

    def photos_of(self, step_key: str) -> list[Picture]:
        """Return the photos of a step that are not written yet."""
        return [photo for photo in self.photos if photo.step_key == step_key]

    def work(self, written: Workspace) -> Work:
        """Return the visit as the rules see it: what is written and what is not yet."""
        counted = Counter(dict(written.work.photos))
        counted.update((photo.step_key, photo.field_key) for photo in self.photos)
        return Work({**written.work.answers, **self.answers}, counted, written.work.orders)


def prefill(progress: Progress, step: Step, written: Workspace) -> None:
    """Begin a step that was never opened with the last visit's answers where the template says so."""
    if step.key in progress.answers:
        return
    before = written.before.get(step.key, {})
    for asked in step.fields:
        if asked.prefill and given(before.get(asked.key)):
            progress.answer(step.key, asked.key, before[asked.key])


def with_articles(session: Session, written: Workspace, progress: Progress) -> Workspace:
    """Return the visit with the articles that only the draft names."""
    known = {item.product_id for item in (*written.shelf, *written.catalogue)}
    wanted = [key for key in group_rows.articles_in(progress.answers.values()) if key not in known]
    return replace(written, shelf=(*written.shelf, *workspace.stock_items(session, wanted)))


def to_json(progress: Progress) -> dict[str, Any]:
    """Return plain JSON."""
    return {
        "step": progress.step,
        "answers": progress.answers,
        "photos": [asdict(photo) | {"taken_at": to_ms(photo.taken_at)} for photo in progress.photos],
        "summary": progress.summary,
        "next_on": progress.next_on.isoformat() if progress.next_on else None,
        "next_time": progress.next_time,
    }


def from_json(raw: Mapping[str, Any] | None) -> Progress:
    """Return what ``to_json`` made; None is a fresh start."""
    if not raw:
        return Progress()
    return Progress(
        step=raw["step"],
        answers={step: dict(answers) for step, answers in raw["answers"].items()},
        photos=[_picture(photo) for photo in raw["photos"]],
        summary=raw["summary"],
        next_on=date.fromisoformat(raw["next_on"]) if raw["next_on"] else None,
        next_time=raw["next_time"],
    )


def _picture(photo: Mapping[str, Any]) -> Picture:
    looks = tuple(photo.get("looks", ()))
    return Picture(**{**photo, "taken_at": from_ms(photo["taken_at"]), "looks": looks})


def load(session: Session, visit_id: UUID, written: Workspace, kind: str = KIND) -> Progress:
    """Return where the rep was: the draft, over the answers that are written already."""
    progress = from_json(drafts.load(session, kind, visit_id))
    answers = {step: dict(given) for step, given in written.work.answers.items()}
    progress.answers = answers | progress.answers
    return progress


def save(
    session: Session, visit_id: UUID, snapshot: Mapping[str, Any], at: datetime, kind: str = KIND
) -> None:
    """Keep a snapshot made by ``to_json``."""
    drafts.save(session, kind, visit_id, snapshot, at)


def amend(
    session: Session, visit_id: UUID, snapshot: Mapping[str, Any], reason: str, me: UUID, at: datetime
) -> None:
    """Write an amendment of a submitted report and forget its draft, all or nothing."""
    progress = from_json(snapshot)
    added = amending.amend(
        session,
        visit_id,
        reason=reason,
        answers=progress.answers,
        pictures=progress.photos,
        summary=progress.summary,
        me=me,
        at=at,
    )
    for photo_id, picture in added.items():
        session.add(Upload(photo_id=photo_id, sha256=picture.sha256, size=picture.size, at=at))
    drafts.discard(session, AMENDMENT, visit_id)


def write_step(
    session: Session, visit_id: UUID, step_key: str, snapshot: Mapping[str, Any], at: datetime
) -> None:
    """Turn a step's part into events and keep the rest."""
    progress = from_json(snapshot)
    write_part(session, visit_id, progress, step_key, at)
    save(session, visit_id, to_json(progress), at)


def write_part(session: Session, visit_id: UUID, progress: Progress, step_key: str, at: datetime) -> None:
    """Append the step's answers and photos; a step without answers was looked at."""
    if step_key != WRAP_UP:
        progress.answers.setdefault(step_key, {})
        visits.answer(session, visit_id, step_key, progress.answers[step_key], at)
    for picture in progress.photos_of(step_key):
        photo_id = visits.add_photo(session, visit_id, picture)
        session.add(Upload(photo_id=photo_id, sha256=picture.sha256, size=picture.size, at=at))
    progress.photos = [photo for photo in progress.photos if photo.step_key != step_key]


def check_out(session: Session, visit_id: UUID, snapshot: Mapping[str, Any], at: datetime) -> UUID:
    """Write everything that is left, close the visit and forget the draft, all or nothing."""
    progress = from_json(snapshot)
    for step_key in {*progress.answers, *(photo.step_key for photo in progress.photos)}:
        write_part(session, visit_id, progress, step_key, at)
    session.flush()
    made = visits.check_out(
        session,
        visit_id,
        at=at,
        summary=progress.summary,
        next_visit_on=progress.next_on,
        next_time=progress.next_time or None,
    )
    drafts.discard(session, KIND, visit_id)
    return made
