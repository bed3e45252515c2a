"""Ordering a rep's day by travel time, from rows to the rule and back (V5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.model.accounts import Account
from fieldcrm.rules import opening, positions
from fieldcrm.rules.routing.day import DayRoute, Stop, Terms, timed
from fieldcrm.rules.routing.distances import Place
from fieldcrm.rules.routing.planning import best_order
from fieldcrm.services import plan_board
from fieldcrm.services.plan_board import StopState


@dataclass(frozen=True, slots=True)
class Proposal:
    """A better order for a day beside the order as it stands."""

    on: date
    now: DayRoute[UUID]
    better: DayRoute[UUID]

    @property
    def saves(self) -> bool:
        """Return whether the proposal changes anything."""
        return [s.key for s in self.now.stops] != [s.key for s in self.better.stops]

    def order(self) -> list[tuple[UUID, str | None]]:
        """Return plan ids with their new start times, as ``plans.arrange`` takes them."""
        return [
            (stop.key, f"{stop.begin // 60 % 24:02d}:{stop.begin % 60:02d}") for stop in self.better.stops
        ]


def propose(session: Session, rep_id: UUID, on: date, *, today: date, terms: Terms) -> Proposal:
    """Return the best order for the day's open visits; done and current ones stay first."""
    [day] = plan_board.days(session, rep_id, on, on, today)
    left_out = (StopState.SKIPPED, StopState.MOVED)
    cards = [stop for stop in day.stops if stop.state not in left_out]
    accounts = _accounts(session, [card.account_id for card in cards])
    fixed = (StopState.DONE, StopState.CURRENT)
    stops = [
        Stop(
            card.plan_id,
            place_of(accounts[card.account_id]),
            card.minutes,
            _windows(accounts[card.account_id], on),
            _minutes(card.start_time) if card.locked else None,
            card.state in fixed,
        )
        for card in sorted(cards, key=lambda card: card.state not in fixed)
    ]
    return Proposal(on, timed(stops, terms), best_order(stops, terms))


def place_of(account: Account) -> Place | None:
    """Return where the account is in WGS84, or None when nobody wrote it down."""
    stored = positions.stored(account.latitude_e7, account.longitude_e7, account.datum)
    if stored is None:
        return None
    wgs84 = stored.to(positions.WGS84)
    return Place(wgs84.latitude, wgs84.longitude)


def _accounts(session: Session, ids: list[UUID]) -> dict[UUID, Account]:
    return {account.id: account for account in session.scalars(select(Account).where(Account.id.in_(ids)))}


def _windows(account: Account, on: date) -> tuple[tuple[int, int], ...]:
    windows = opening.windows_of(account.opening or [])
    return tuple(
        (_minutes(w.open) or 0, _minutes(w.close) or 24 * 60) for w in windows if on.isoweekday() in w.days
    )


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
