"""Saving choices between two values, and taking them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from fieldcrm.services import conflicts
from fieldcrm.ui.sync.reading import Choice

Decision = tuple[Choice, bool]  # whether mine is to stand


def settle(session: Session, decisions: Iterable[Decision]) -> None:
    """Let the chosen values stand."""
    for choice, mine in decisions:
        for each in choice.conflicts:
            if each.mine_lost == mine:
                conflicts.take_other(session, each.conflict_id)
            else:
                conflicts.keep(session, each.conflict_id)


def reopen(session: Session, choices: Sequence[Choice]) -> None:
    """Take choices back: they are undecided again."""
    for choice in choices:
        for each in choice.conflicts:
            conflicts.reopen(session, each.conflict_id)
