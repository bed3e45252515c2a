"""What must be true, from plain dictionaries: it knows the mutations and the policy, nothing else.

The oracle watches two things: what users saved (``entered``) and what crossed the wire
(mutations, in the order the server answered them). From these it works out what accounts
must hold on the server and where every entered value must be found again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

FIELD_RULES = {
    "phone": "later", "city": "later", "name": "later", "status": "office", "tags": "set", "note": "both",
}  # fmt: skip


class Violation(AssertionError):
    """An invariant does not hold; the first word is its number."""


@dataclass(frozen=True)
class Entered:
    """A value a user typed into a field and saved."""

    client: str
    row: str
    field: str
    value: Any


@dataclass
class People:
    """Who may see what: territories as a tree, users in territories."""

    parents: dict[str, str | None] = field(default_factory=dict)
    territory_of: dict[str, str | None] = field(default_factory=dict)
    managers: set[str] = field(default_factory=set)
    common: set[str] = field(default_factory=set)

    def below(self, root: str) -> set[str]:
        found = {root}
        while True:
            more = {t for t, parent in self.parents.items() if parent in found} - found
            if not more:
                return found
            found |= more

    def grants(self, user: str) -> set[str]:
        scopes = {"global", f"rep:{user}"} | self.common
        root = self.territory_of[user]
        if root is not None:
            below = self.below(root)
            scopes |= {f"terr:{territory}" for territory in below}
            if user in self.managers:
                scopes |= {f"rep:{other}" for other, at in self.territory_of.items() if at in below}
        return scopes


@dataclass
class Oracle:
    """Everything that was saved and answered so far."""

    people: People = field(default_factory=People)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    entered: list[Entered] = field(default_factory=list)
    sealed: dict[str, dict[str, Any]] = field(default_factory=dict)
    effects: dict[str, int] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    applied_n: dict[tuple[str, str], int] = field(default_factory=dict)
    created: set[tuple[str, str]] = field(default_factory=set)
    replaced: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)

    def saw_push(self, device: str, mutations: Iterable[dict[str, Any]]) -> None:
        """Note what a request carried; the content of one mutation never changes."""
        for mutation in mutations:
            told = {key: mutation.get(key) for key in ("agg", "op", "act", "set", "doc", "at", "n")}
            known = self.sealed.setdefault(mutation["id"], told | {"device": device})
            if any(known[key] != told[key] for key in told):
                raise Violation(f"I2 mutation {mutation['id']} changed after it was sent: {known} {told}")

    def server_took(self, acks: Iterable[dict[str, Any]]) -> None:
        """Replay the effects of one committed push, in the order of each device's counter."""
        for ack in sorted(acks, key=lambda a: self.sealed[a["id"]]["n"]):
            mutation_id, outcome = ack["id"], ack["o"]
            self.checks["I2"] += 1
            before = self.answers.get(mutation_id)
            if outcome == "dup":
                if ack.get("was") != before:
                    raise Violation(f"I2 {mutation_id} was {before}, is answered as {ack.get('was')}")
                continue
            if outcome == "retry":
                continue
            if before is not None:
                raise Violation(f"I2 {mutation_id} was {before}, then decided again: {outcome}")
            self.answers[mutation_id] = outcome
            if outcome in ("applied", "merged"):
                self._take(mutation_id)

    def _take(self, mutation_id: str) -> None:
        mutation = self.sealed[mutation_id]
        entity, row = mutation["agg"]
        key = (mutation["device"], row)
        self.checks.update(("I3", "I8"))
        if self.applied_n.get(key, 0) > mutation["n"]:
            raise Violation(f"I3 {entity} {row}: {mutation['n']} after {self.applied_n[key]}")
        self.applied_n[key] = mutation["n"]
        if mutation["op"] == "create":
            if (entity, row) in self.created:
                raise Violation(f"I2 {entity} {row} created twice")
            self.created.add((entity, row))
        elif (entity, row) not in self.created:
            raise Violation(f"I8 {mutation['op']} made {entity} {row} that nobody created")
        if row in self.deleted:
            raise Violation(f"I8 {entity} {row} was deleted for good, then {mutation['op']} was taken")
        if entity == "account":
            self._account(row, mutation)

    def _account(self, row: str, mutation: dict[str, Any]) -> None:
        if mutation["op"] == "create":
            doc = mutation["doc"]
            self.accounts[row] = {name: doc[name] for name in FIELD_RULES} | {
                "territory_id": doc["territory_id"], "archived": doc["archived_at"] is not None,
            }  # fmt: skip
            return
        account = self.accounts[row]
        if mutation["op"] == "delete":
            account["archived"] = True
        elif not account["archived"]:
            for name, change in (mutation["set"] or {}).items():
                account[name] = _merged(
                    FIELD_RULES[name], change.get("old"), change.get("new"), account[name]
                )

    def office_sets(self, row: str, name: str, value: Any) -> None:
        self.replaced.setdefault((row, name), []).append(self.accounts[row][name])
        self.accounts[row][name] = value

    def office_deletes(self, row: str) -> None:
        self.accounts.pop(row, None)
        self.deleted.add(row)


def mentions(text: str, value: str) -> bool:
    """Whether a text holds a value that was entered: ``phone1`` is not in ``phone12``."""
    return re.search(re.escape(value) + r"(?!\d)", text) is not None


def _merged(rule: str, old: Any, new: Any, now: Any) -> Any:
    """Say the policy once more, in other words than the product does."""
    if new in (old, now):
        return now
    if now == old:
        return new
    if rule == "set":
        gone, come = set(old) - set(new), [x for x in new if x not in old]
        return [x for x in now if x not in gone] + [x for x in come if x not in now]
    if rule == "office":
        return now
    if rule == "both":
        return _both(now, new)
    return new


def _both(now: str, new: str) -> str:
    if new in now:
        return now
    return new if now in new else f"{now}\n\n{new}"
