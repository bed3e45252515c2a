"""Which lines are stores we have, or have had already in the same list.

A code names one store. Without codes, the same name at the same address is the same
store; a name alone never is, for chains have many. What then happens is the user's
choice, but two accounts never get one code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from fieldcrm.rules.importing.lines import Candidate, Weight


class Policy(StrEnum):
    """What to do with a store that we have."""

    SKIP = "skip"
    UPDATE = "update"
    CREATE = "create"


class Action(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    REJECT = "reject"


@dataclass(slots=True)
class Known:
    """The stores we have: by code in small letters, and by likeness of name and address."""

    by_code: dict[str, UUID] = field(default_factory=dict)
    by_likeness: dict[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A line with what becomes of it; ``target`` is the account it is about."""

    candidate: Candidate
    action: Action
    target: UUID | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an import did to one row; ``before`` is None for a row it made."""

    line: int
    entity: str
    row_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any]


def judged(candidates: Iterable[Candidate], known: Known, policy: Policy) -> Iterator[Verdict]:
    """Say of each line what becomes of it, remembering the lines before."""
    codes: dict[str, int] = {}
    likes: dict[str, int] = {}
    for candidate in candidates:
        code = str(candidate.values.get("code", "")).casefold()
        like = candidate.likeness if candidate.values.get("address") else ""
        verdict = _judge(candidate, known, policy, code, like, codes, likes)
        if verdict.action is not Action.REJECT:
            codes.setdefault(code, candidate.line)
            likes.setdefault(like, candidate.line)
        yield verdict


def _judge(
    candidate: Candidate,
    known: Known,
    policy: Policy,
    code: str,
    like: str,
    codes: dict[str, int],
    likes: dict[str, int],
) -> Verdict:
    if code and code in codes:
        candidate.find("code", Weight.ERROR, "code_twice", candidate.values["code"], str(codes[code]))
    if not candidate.good:
        return Verdict(candidate, Action.REJECT)
    if code and (target := known.by_code.get(code)):
        return _of_known_code(candidate, policy, target)
    if like and like in likes:
        candidate.find("name", Weight.WARNING, "like_line", candidate.values["name"], str(likes[like]))
        if not code and policy is not Policy.CREATE:
            return Verdict(candidate, Action.SKIP)
    if like and (target := known.by_likeness.get(like)):
        candidate.find("name", Weight.WARNING, "store_known", candidate.values["name"])
        return Verdict(candidate, Action(policy.value), target if policy is not Policy.CREATE else None)
    return Verdict(candidate, Action.CREATE)


def _of_known_code(candidate: Candidate, policy: Policy, target: UUID) -> Verdict:
    if policy is Policy.UPDATE:
        return Verdict(candidate, Action.UPDATE, target)
    weight = Weight.ERROR if policy is Policy.CREATE else Weight.WARNING
    candidate.find("code", weight, "code_known", candidate.values["code"])
    return Verdict(candidate, Action.REJECT if policy is Policy.CREATE else Action.SKIP, target)
