"""Trying rules before they count: any cart, any customer, any day, by any version of the rules.

A version is a published set, or a trial: rules that nobody published, on top of the set they
would follow. Nothing here is written; prices come from the kernel that orders are priced with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.rules.pricing import Book, Product
from fieldcrm.rules.pricing.promotions import Promotion
from fieldcrm.rules.rule_draft import RuleDraft
from fieldcrm.services import pricing, rule_drafts, rule_facts, rule_sets
from fieldcrm.services.pricing import Basis, DraftLine, Quote, Rebates
from fieldcrm.services.rule_sets import Rulebook


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules as they would be; books and products of None are the published ones."""

    rulebook: Rulebook
    books: Sequence[Book] | None = None
    products: Mapping[str, Product] | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A state of the rules to price with: set ``number``, or a ``trial`` on top of it."""

    number: int
    name: str = ""
    begins: datetime | None = None
    trial: Trial | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one version makes of a cart; ``incomplete`` names books that are only partly here."""

    version: Version
    quote: Quote
    incomplete: tuple[str, ...] = ()


def versions(session: Session) -> list[Version]:
    """Return every published set, the newest first; without any, the one that says nothing."""
    found = [Version(row.number, row.name, row.valid_from) for row in rule_sets.listing(session)]
    return found or [Version(0)]


def drafted(session: Session, draft: RuleDraft) -> Version:
    """Return what the office's draft would be if it were published now."""
    said = rule_drafts.draft_book(session, draft)
    number = rule_drafts.newest(session)
    trial = Trial(said.rulebook, tuple(said.books), said.products)
    return Version(number, draft.name, draft.valid_from, trial)


def rulebook(session: Session, version: Version) -> Rulebook:
    """Return a version's rules; ``rules_unknown`` when its set is not wholly here."""
    if version.trial is not None:
        return version.trial.rulebook
    found = rule_sets.numbered(session, version.number)
    if found is None:
        raise RuleBroken("rules_unknown", number=version.number)
    return found


def altered(
    session: Session, version: Version, change: Callable[[Sequence[Promotion]], Sequence[Promotion]]
) -> Version:
    """Return a version whose promotions are what ``change`` makes of them."""
    book = rulebook(session, version)
    other = rule_sets.offering(replace(book, number=book.number or 1), change(book.offers))
    return replace(version, trial=replace(version.trial or Trial(book), rulebook=other))


def under(version: Version, known: Basis) -> Basis:
    """Return a basis of set ``version.number`` as the version's trial would have it."""
    trial = version.trial
    if trial is None:
        return known
    book = trial.rulebook
    rules = replace(
        known.rules, books=known.rules.books if trial.books is None else trial.books,
        products=known.rules.products if trial.products is None else trial.products,
        promotions=book.promotions, ranges=book.ranges_on(known.on), ladder=book.ladder, ties=book.ties,
        bills=book.configurations, number=book.number,
    )  # fmt: skip
    return replace(known, rules=rules, rulebook=book)


def basis(session: Session, version: Version, account_id: UUID, on: date) -> Basis:
    """Return what a customer's prices on a day depend on by a version, with the facts of now."""
    known = under(version, pricing.basis(session, account_id, on, rule_set=version.number))
    if version.trial is None:
        return known
    facts = rule_facts.of_accounts(session, known.rulebook, {account_id})[account_id]
    return replace(known, rules=replace(known.rules, limits=facts.limits, rebates=facts.rebates))


def tried(
    session: Session, wanted: Sequence[Version], account_id: UUID, on: date, lines: Sequence[DraftLine],
    rebates: Rebates = (),
) -> list[Outcome]:  # fmt: skip
    """Price one cart by each of several versions."""
    outcomes = []
    for version in wanted:
        known = basis(session, version, account_id, on)
        outcomes.append(Outcome(version, pricing.quote(known, lines, rebates), known.incomplete))
    return outcomes
