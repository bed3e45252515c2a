"""The rules of visiting as stored: what holds for a store, and keeping rules and office days (V1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Channel, Grade
from fieldcrm.model.cadence import CadenceRule, OfficeDay
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.rules import cadence as rules
from fieldcrm.rules.cadence import Cadences, Rule, Store
from fieldcrm.services import team

MAX_NOTE = 300


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as the office's screen shows it; ``is_mine`` says whether this user may change it."""

    id: UUID
    territory_id: UUID | None
    area: str
    channel: str
    grade: str
    every: int
    least: int | None
    most: int | None
    seasons: tuple[dict[str, Any], ...]
    note: str
    is_mine: bool
    stores: int
    is_double: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day the office marked."""

    id: UUID
    territory_id: UUID | None
    area: str
    on: date
    is_open: bool
    name: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class RuleForm:
    """What somebody says in a rule; what is left open is said of all."""

    territory_id: UUID | None
    channel: str
    grade: str
    every: Any
    least: Any = None
    most: Any = None
    seasons: Sequence[dict[str, Any]] = ()
    note: str = ""


def load(session: Session) -> Cadences:
    """Return every rule and marked day."""
    made = [_rule(row) for row in _living_rules(session)]
    days: dict[str, dict[date, bool]] = {}
    for day in _living_days(session):
        days.setdefault(_area(day.territory_id), {})[day.on] = day.is_open
    above = session.execute(select(Territory.id, Territory.parent_id).where(Territory.parent_id.is_not(None)))
    return Cadences(tuple(made), days, {str(area): str(parent) for area, parent in above})


def store_of(account: Account) -> Store:
    """Return what of an account decides its rhythm."""
    return Store(
        str(account.grade), str(account.channel), str(account.territory_id),
        account.cadence_days, account.cadence_least_days, account.cadence_most_days,
    )  # fmt: skip


def rule_rows(session: Session, me: UUID) -> list[RuleRow]:
    """Return every rule, the most specific first, with how many stores of this laptop each speaks for."""
    held, areas, known = load(session), _names(session), _mine(session, me)
    counted: dict[str, int] = {}
    for account in session.scalars(
        select(Account).where(Account.archived_at.is_(None), Account.status == "active")
    ):
        store = store_of(account)
        found = held.rule(store) if store.every is None else None
        if found is not None:
            counted[found.id] = counted.get(found.id, 0) + 1
    order = list(rules.Source)
    rows = sorted(
        _living_rules(session), key=lambda r: (order.index(_rule(r).source), str(r.channel), str(r.grade))
    )
    return [
        RuleRow(
            row.id, row.territory_id, areas.get(row.territory_id, ""), str(row.channel or ""),
            str(row.grade or ""), row.every_days, row.least_days, row.most_days, _seasons(row), row.note,
            known is None or row.territory_id in known, counted.get(str(row.id), 0),
            rules.same_stores(held.rules, _rule(row)) is not None,
        )
        for row in rows
    ]  # fmt: skip


def save_rule(session: Session, rule_id: UUID | None, form: RuleForm, *, me: UUID) -> UUID:
    """Keep a rule; refuses what makes no sense and what speaks of the same stores as another rule."""
    _may(session, me, form.territory_id)
    pace = rules.checked_pace(form.every, form.least, form.most)
    rules.checked_seasons(form.seasons)
    if len(form.note) > MAX_NOTE:
        raise Invalid("too_long", field="note", limit=MAX_NOTE, length=len(form.note))
    row = CadenceRule(id=new_id()) if rule_id is None else session.get(CadenceRule, rule_id)
    if row is None:
        raise NotFound("cadence_rule", rule_id)
    if rule_id is not None:
        _may(session, me, row.territory_id)
    asked = rules.rule(
        str(row.id), pace.every, form.least, form.most, list(form.seasons),
        grade=form.grade, channel=form.channel, area=_area(form.territory_id),
    )  # fmt: skip
    if rules.same_stores(load(session).rules, asked) is not None:
        raise Invalid("same_stores", field="channel")
    row.territory_id = form.territory_id
    row.channel = Channel(form.channel) if form.channel else None
    row.grade = Grade(form.grade) if form.grade else None
    row.every_days, row.least_days, row.most_days = form.every, form.least, form.most
    row.seasons, row.note = list(form.seasons), form.note.strip()
    session.add(row)
    return row.id


def remove_rule(session: Session, rule_id: UUID, at: datetime | None, *, me: UUID) -> None:
    """Put a rule away; without ``at`` bring it back."""
    row = session.get(CadenceRule, rule_id)
    if row is None:
        raise NotFound("cadence_rule", rule_id)
    _may(session, me, row.territory_id)
    row.archived_at = at


def day_rows(session: Session, year: int, me: UUID) -> list[DayRow]:
    """Return the days of a year that the office marked, in order."""
    areas, known = _names(session), _mine(session, me)
    return [
        DayRow(day.id, day.territory_id, areas.get(day.territory_id, ""), day.on, day.is_open, day.name,
               known is None or day.territory_id in known)
        for day in sorted(_living_days(session), key=lambda day: (day.on, day.id))
        if day.on.year == year
    ]  # fmt: skip


def mark_day(
    session: Session, on: date, *, is_open: bool, name: str, territory_id: UUID | None, me: UUID
) -> UUID:
    """Say that a day is closed, or worked; the word before about the same day is replaced."""
    _may(session, me, territory_id)
    if not name.strip():
        raise Invalid("required", field="name")
    same = (day for day in _living_days(session) if (day.on, day.territory_id) == (on, territory_id))
    day = next(same, None) or OfficeDay(id=new_id(), on=on, territory_id=territory_id)
    day.is_open, day.name = is_open, name.strip()[:MAX_NOTE]
    session.add(day)
    return day.id


def unmark_day(session: Session, day_id: UUID, at: datetime | None, *, me: UUID) -> None:
    """Take back what was said of a day; without ``at`` say it again."""
    day = session.get(OfficeDay, day_id)
    if day is None:
        raise NotFound("office_day", day_id)
    _may(session, me, day.territory_id)
    day.archived_at = at


def override(
    session: Session, account_id: UUID, every: int | None, reason: str, *,
    least: int | None = None, most: int | None = None,
) -> tuple[int | None, int | None, int | None, str | None]:  # fmt: skip
    """Give one account a rhythm of its own, with the reason; None gives it back to the rules.

    Returns what held before.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    before = (
        account.cadence_days, account.cadence_least_days, account.cadence_most_days, account.cadence_reason,
    )  # fmt: skip
    if every is not None:
        rules.checked_pace(every, least, most)
        if not reason.strip():
            raise Invalid("required", field="reason")
    account.cadence_days = every
    account.cadence_least_days, account.cadence_most_days = (None, None) if every is None else (least, most)
    account.cadence_reason = None if every is None else reason.strip()[:MAX_NOTE]
    return before


def put_back(
    session: Session, account_id: UUID, before: tuple[int | None, int | None, int | None, str | None]
) -> None:
    """Give an account back what ``override`` found."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account", account_id)
    account.cadence_days, account.cadence_least_days, account.cadence_most_days = before[:3]
    account.cadence_reason = before[3]


def areas_of(session: Session, me: UUID) -> list[tuple[UUID | None, str]]:
    """Return the areas whose rules this user writes; None is the company."""
    names, known = _names(session), _mine(session, me)
    found = [(area, name) for area, name in names.items() if area is not None]
    if known is not None:
        return [(area, name) for area, name in found if area in known]
    return [(None, ""), *found]


def _living_rules(session: Session) -> list[CadenceRule]:
    return list(
        session.scalars(select(CadenceRule).where(CadenceRule.archived_at.is_(None)).order_by(CadenceRule.id))
    )


def _living_days(session: Session) -> list[OfficeDay]:
    return list(
        session.scalars(select(OfficeDay).where(OfficeDay.archived_at.is_(None)).order_by(OfficeDay.id))
    )


def _rule(row: CadenceRule) -> Rule:
    return rules.rule(
        str(row.id), row.every_days, row.least_days, row.most_days, row.seasons,
        grade=str(row.grade or ""), channel=str(row.channel or ""), area=_area(row.territory_id),
    )  # fmt: skip


def _seasons(row: CadenceRule) -> tuple[dict[str, Any], ...]:
    return tuple(each for each in row.seasons if isinstance(each, dict))


def _area(territory_id: UUID | None) -> str:
    return "" if territory_id is None else str(territory_id)


def _names(session: Session) -> dict[UUID | None, str]:
    rows = session.execute(select(Territory.id, Territory.name).order_by(Territory.code, Territory.id))
    return {row.id: row.name for row in rows}


def _mine(session: Session, me: UUID) -> frozenset[UUID | None] | None:
    """Return the areas whose rules a user may write; None is all of them."""
    user = session.get(User, me)
    if user is not None and user.role == Role.ADMIN:
        return None
    if user is None or user.role != Role.MANAGER:
        return frozenset()
    return frozenset(team.territories_under(session, user.territory_id))


def _may(session: Session, me: UUID, territory_id: UUID | None) -> None:
    known = _mine(session, me)
    if known is not None and territory_id not in known:
        raise RuleBroken("not_your_area", field="area")
