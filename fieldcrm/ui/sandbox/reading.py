"""What the sandbox reads: which versions there are, and one of them ready to price with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from fieldcrm.rules.rule_draft import RuleDraft
from fieldcrm.services import rule_drafts, sandbox
from fieldcrm.services.sandbox import Version
from fieldcrm.storage import rule_draft

DRAFT = -1


class State(StrEnum):
    """Where a version stands."""

    PAST = "past"
    NOW = "now"
    TO_COME = "to_come"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Choice:
    """A version that may be tried; ``key`` is its number, or ``DRAFT``."""

    key: int
    name: str
    begins: datetime | None
    state: State


def choices(session: Session, at: datetime) -> list[Choice]:
    """Return what may be tried: the draft first, then the sets, the newest first."""
    found = []
    draft = rule_draft.load(session)
    if draft is not None:
        found.append(Choice(DRAFT, draft.name, draft.valid_from, State.DRAFT))
    in_force = False
    for each in sandbox.versions(session):
        state = State.PAST if in_force else State.NOW
        if each.begins is not None and each.begins > at:
            state = State.TO_COME
        in_force = in_force or state is State.NOW
        found.append(Choice(each.number, each.name, each.begins, state))
    return found


def usual(found: list[Choice]) -> tuple[int, int]:
    """Return what is compared until somebody chooses: what is in force with what would follow it."""
    now = next((each.key for each in found if each.state is State.NOW), found[-1].key)
    return now, found[0].key


class Versions:
    """Versions by key; the draft is made into rules once for each state it was in."""

    def __init__(self) -> None:
        self._made: tuple[RuleDraft, int, Version] | None = None

    def of(self, session: Session, key: int) -> Version:
        """Return a version to price with."""
        draft = rule_draft.load(session) if key == DRAFT else None
        if draft is None:
            return Version(max(key, 0))
        newest, made = rule_drafts.newest(session), self._made
        if made is None or made[:2] != (draft, newest):
            made = self._made = (draft, newest, sandbox.drafted(session, draft))
        return made[2]
