"""What the inbox and a report need of many visits, each kind of row read once."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.visits import CheckIn, Photo, SopTemplate, StepAnswer, Visit, VisitReview
from fieldcrm.services import amending, cadence, sops, store_codes


class Facts:
    """What the inbox needs of many visits, each kind of row read once."""

    def __init__(self, session: Session, visit_ids: list[UUID]) -> None:
        self.cadences = cadence.load(session)
        self.check_ins = {
            row.visit_id: row
            for row in session.scalars(select(CheckIn).where(CheckIn.visit_id.in_(visit_ids)))
        }
        shown = store_codes.standings(session, self.check_ins.values())
        self.coded = {
            visit_id for visit_id, row in self.check_ins.items() if row.id in shown and shown[row.id].counts
        }
        self.answers: defaultdict[UUID, list[StepAnswer]] = defaultdict(list)
        for answer in session.scalars(
            select(StepAnswer).where(StepAnswer.visit_id.in_(visit_ids)).order_by(StepAnswer.answered_at)
        ):
            self.answers[answer.visit_id].append(answer)
        self.photos: defaultdict[UUID, list[Photo]] = defaultdict(list)
        for photo in session.scalars(
            select(Photo).where(Photo.visit_id.in_(visit_ids)).order_by(Photo.taken_at)
        ):
            self.photos[photo.visit_id].append(photo)
        self.reviews: defaultdict[UUID, list[VisitReview]] = defaultdict(list)
        for review in session.scalars(
            select(VisitReview).where(VisitReview.visit_id.in_(visit_ids)).order_by(VisitReview.at)
        ):
            self.reviews[review.visit_id].append(review)
        self.amended = amending.amended_among(session, visit_ids)
        begun = select(Visit.id, Visit.sop_template_id).where(Visit.id.in_(visit_ids))
        worked = {visit: used for visit, used in session.execute(begun)}  # noqa: C416 - rows
        worked |= sops.editions_of(session, visit_ids)
        known = session.scalars(select(SopTemplate).where(SopTemplate.id.in_(set(worked.values()))))
        templates = {row.id: row for row in known}
        self.templates = {visit: templates[used] for visit, used in worked.items() if used in templates}
