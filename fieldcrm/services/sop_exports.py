"""Answers of visits as a flat table (V4): one line per visit, step and row of a group.

Column keys are stable: "step.field", "step.group.inner", with ".planned", ".difference",
".off", ".share", ".note" and ".total" beside them; a later edition only adds columns. What a
condition hid does not stand there. Photos are counted. Cells are text; the writers defuse them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.clock import DEFAULT_ZONE, business_day
from fieldcrm.model.accounts import Account
from fieldcrm.model.products import Product, ProductUnit
from fieldcrm.model.users import User
from fieldcrm.model.visits import Photo, SopTemplate, StepAnswer, Visit
from fieldcrm.rules import sop_answers, sop_logic
from fieldcrm.rules.sop import BY_PHOTO, GROUPS, NOTE, TOTAL, Field, FieldType, Rows, Step, given, photo_key
from fieldcrm.rules.sop_reading import steps_of
from fieldcrm.services import sops

FIXED = (
    "visit_id", "day", "time", "rep", "store_code", "store", "channel", "city", "template", "edition",
    "step", "row", "row_name", "unit",
)  # fmt: skip
_BATCH = 200
Stop = Callable[[], bool]
Progress = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which visits: a template by code (empty: all), days both included, and whose (None: everybody)."""

    since: date
    until: date
    code: str = ""
    rep_ids: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of answers: its stable key and what the question says."""

    key: str
    label: str


def count(session: Session, wanted: Wanted) -> int:
    """Return how many visits there are."""
    return len(_visit_ids(session, wanted))


def columns(session: Session, wanted: Wanted) -> list[Column]:
    """Return the columns of every edition concerned, the newest edition's order first."""
    rows = session.scalars(select(SopTemplate).order_by(SopTemplate.code, SopTemplate.edition.desc()))
    found: dict[str, Column] = {}
    for row in rows:
        if wanted.code in ("", row.code):
            for step in steps_of(row.steps):
                for each in _columns(step):
                    found.setdefault(each.key, each)
    return list(found.values())


def lines(
    session: Session, wanted: Wanted, keys: Sequence[str], progress: Progress, stop: Stop
) -> Iterator[list[str]]:
    """Yield the lines, oldest visit first; ``progress`` hears (visits done, visits); stopping ends early."""
    ids = _visit_ids(session, wanted)
    for start in range(0, len(ids), _BATCH):
        for made in _batch(session, ids[start : start + _BATCH]):
            yield [made.get(key, "") for key in (*FIXED, *keys)]
        if stop():
            return
        progress((min(start + _BATCH, len(ids)), len(ids)))
        session.expunge_all()


def _visit_ids(session: Session, wanted: Wanted) -> list[UUID]:
    query = select(Visit.id).where(
        Visit.archived_at.is_(None), Visit.started_at >= _begin(wanted.since),
        Visit.started_at < _begin(wanted.until + timedelta(1)),
    )  # fmt: skip
    if wanted.rep_ids is not None:
        query = query.where(Visit.rep_id.in_(list(wanted.rep_ids)))
    if wanted.code:
        same = select(SopTemplate.id).where(SopTemplate.code == wanted.code)
        query = query.where(Visit.sop_template_id.in_(same))
    return list(session.scalars(query.order_by(Visit.started_at, Visit.id)))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), DEFAULT_ZONE)


def _batch(session: Session, ids: Sequence[UUID]) -> Iterator[dict[str, str]]:
    facts = _Facts(session, ids)
    visits = session.execute(
        select(Visit, Account, User.name)
        .outerjoin(Account, Account.id == Visit.account_id)
        .outerjoin(User, User.id == Visit.rep_id)
        .where(Visit.id.in_(ids))
        .order_by(Visit.started_at, Visit.id)
    )
    for visit, account, rep in visits:
        template = facts.template(visit)
        answers = facts.answers.get(visit.id, {})
        head = _head(visit, account, rep or "", template)
        for step in sop_logic.asked(facts.steps(template), answers):
            if step.key in answers:
                for cells in _lines_of(step, answers[step.key], facts, visit.id):
                    yield head | {"step": step.key} | cells


class _Facts:
    """What the lines of some visits need, each kind of row read once."""

    def __init__(self, session: Session, ids: Sequence[UUID]) -> None:
        self.answers: dict[UUID, dict[str, dict[str, Any]]] = {}
        rows = session.execute(
            select(StepAnswer.visit_id, StepAnswer.step_key, StepAnswer.answers)
            .where(StepAnswer.visit_id.in_(ids), StepAnswer.archived_at.is_(None))
            .order_by(StepAnswer.answered_at, StepAnswer.id)
        )
        for visit_id, step_key, said in rows:
            self.answers.setdefault(visit_id, {})[step_key] = said
        self.photos: dict[tuple[UUID, str, str], int] = {}
        taken = session.execute(
            select(Photo.visit_id, Photo.step_key, Photo.field_key).where(
                Photo.visit_id.in_(ids), Photo.archived_at.is_(None)
            )
        )
        for visit_id, step_key, field_key in taken:
            key = (visit_id, step_key, field_key)
            self.photos[key] = self.photos.get(key, 0) + 1
        self._steps: dict[UUID, tuple[Step, ...]] = {}
        self._worked = sops.editions_of(session, ids)
        self._templates = {row.id: row for row in session.scalars(select(SopTemplate))}
        self.products = {str(row.id): row for row in session.scalars(select(Product))}
        units = session.execute(select(ProductUnit.product_id, ProductUnit.unit, ProductUnit.factor))
        self.factors = {(str(product_id), unit): factor for product_id, unit, factor in units}

    def template(self, visit: Visit) -> SopTemplate | None:
        """Return the edition a visit was worked with."""
        used = self._worked.get(visit.id, visit.sop_template_id)
        return None if used is None else self._templates.get(used)

    def steps(self, template: SopTemplate | None) -> tuple[Step, ...]:
        """Return an edition's steps, read once."""
        if template is None:
            return ()
        if template.id not in self._steps:
            self._steps[template.id] = steps_of(template.steps)
        return self._steps[template.id]

    def standard(self, key: str) -> Decimal | None:
        """Return an article's standard price for one base unit."""
        product = self.products.get(key)
        if product is None or not product.standard_price:
            return None
        return product.standard_price / self.factors.get((key, product.sales_unit), Decimal(1))


def _head(visit: Visit, account: Account | None, rep: str, template: SopTemplate | None) -> dict[str, str]:
    return {
        "visit_id": str(visit.id),
        "day": business_day(visit.started_at).isoformat(),
        "time": f"{visit.started_at.astimezone(DEFAULT_ZONE):%H:%M}",
        "rep": rep,
        "store_code": "" if account is None else account.code,
        "store": "" if account is None else account.name,
        "channel": "" if account is None else str(account.channel),
        "city": "" if account is None else account.city,
        "template": "" if template is None else template.name,
        "edition": "" if template is None else str(template.edition),
    }


def _lines_of(step: Step, said: Mapping[str, Any], facts: _Facts, visit: UUID) -> Iterator[dict[str, str]]:
    """Yield the line of a step, then one for each row of its groups and counts."""
    plain = [field for field in step.fields if not _has_rows(field)]
    yield _plain(step, plain, said, facts, visit)
    for field in step.fields:
        value = said.get(field.key)
        if _has_rows(field) and isinstance(value, dict):
            yield from _rows(step, field, value, facts, visit, said.get(field.key + TOTAL))


def _plain(
    step: Step, fields: Iterable[Field], said: Mapping[str, Any], facts: _Facts, visit: UUID
) -> dict[str, str]:
    made: dict[str, str] = {}
    for field in fields:
        key = f"{step.key}.{field.key}"
        if field.type in BY_PHOTO:
            made[key] = _counted(facts.photos.get((visit, step.key, field.key), 0))
        elif field.type is FieldType.PAYMENT and isinstance(said.get(field.key), dict):
            made |= {f"{key}.{part}": str(said[field.key].get(part) or "") for part in _PAYMENT}
        else:
            made |= _cells(key, field, said.get(field.key))
        if given(said.get(field.key + NOTE)):
            made[key + NOTE] = str(said[field.key + NOTE])
    made |= {f"{step.key}.{key}": str(value) for key, value in said.items() if key.endswith(TOTAL)}
    return made


def _rows(
    step: Step, field: Field, value: Mapping[str, Any], facts: _Facts, visit: UUID, total: Any
) -> Iterator[dict[str, str]]:
    for number, (row, held) in enumerate(value.items(), 1):
        product = facts.products.get(row)
        base = {"row": row, "row_name": product.name if product else _row_name(field, row, number)}
        if field.type is FieldType.STOCK:
            usual = field.unit or (product.sales_unit if product else "")
            for unit, counted in (held if isinstance(held, dict) else {usual: held}).items():
                yield base | {"unit": unit, f"{step.key}.{field.key}": str(counted)}
        elif isinstance(held, dict):
            yield base | _inner(step, field, row, held, facts, visit, total)


def _inner(
    step: Step, group: Field, row: str, held: Mapping[str, Any], facts: _Facts, visit: UUID, total: Any
) -> dict[str, str]:
    made: dict[str, str] = {}
    for inner in sop_logic.asked_in_row(group, held):
        key = f"{step.key}.{group.key}.{inner.key}"
        if inner.type in BY_PHOTO:
            made[key] = _counted(facts.photos.get((visit, step.key, photo_key(group.key, row, inner.key)), 0))
        else:
            made |= _cells(key, inner, held.get(inner.key))
    if group.type is FieldType.SHELF:
        off = sop_answers.price_off(group, held.get("price"), facts.standard(row))
        own, whole = sop_logic.as_number(held.get("facings")), sop_logic.as_number(total)
        made[f"{step.key}.{group.key}.price.off"] = "" if off is None else str(round(off, 1))
        if own is not None and whole:
            made[f"{step.key}.{group.key}.share"] = str(round(own * 100 / whole, 1))
    return made


def _cells(key: str, field: Field, value: Any) -> dict[str, str]:
    made = {key: _text(value)}
    planned, actual = sop_logic.as_number(field.planned), sop_logic.as_number(value)
    if field.planned:
        made[f"{key}.planned"] = field.planned
        made[f"{key}.difference"] = "" if planned is None or actual is None else str(actual - planned)
    return made


def _columns(step: Step) -> Iterator[Column]:
    for field in step.fields:
        key, label = f"{step.key}.{field.key}", f"{step.title} · {field.label}"
        if field.type in GROUPS:
            for inner in field.fields:
                yield from _with_plan(f"{key}.{inner.key}", f"{label} · {inner.label}", inner)
            if field.type is FieldType.SHELF:
                yield from (Column(f"{key}.{more}", label) for more in ("price.off", "share", TOTAL[1:]))
        elif field.type is FieldType.PAYMENT:
            yield from (Column(f"{key}.{part}", label) for part in _PAYMENT)
        else:
            yield from _with_plan(key, label, field)
            if field.type is FieldType.CHECK:
                yield Column(key + NOTE, label)


def _with_plan(key: str, label: str, field: Field) -> Iterator[Column]:
    yield Column(key, label)
    if field.planned:
        yield Column(f"{key}.planned", label)
        yield Column(f"{key}.difference", label)


def _has_rows(field: Field) -> bool:
    return field.type in GROUPS or field.type is FieldType.STOCK


def _row_name(field: Field, row: str, number: int) -> str:
    if field.rows is Rows.FIXED and row.isdecimal() and int(row) < len(field.labels):
        return field.labels[int(row)]
    return str(number)


def _text(value: Any) -> str:
    if not given(value):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _counted(number: int) -> str:
    return str(number) if number else ""


_PAYMENT = ("amount", "method", "reference")
