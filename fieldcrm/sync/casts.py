"""What each schema number added, and how one schema's rows and edits are said in another.

Evolution is additive: ``ADDED`` lists every field and entity with the number it came with,
and a test holds the model to it. What an older schema does not know is left in its rows
(it keeps it word for word and gives it back), so casting down never loses anything. An edit
of an older schema says nothing of newer fields, so casting it up never erases one. A value
that is written differently since some number has a ``Recast`` of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fieldcrm.faults import planted
from fieldcrm.sync import protocol
from fieldcrm.sync.protocol import Change, Mutation

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Added:
    """A field with the value that rows without it have; without a field, a whole entity."""

    entity: str
    field: str = ""
    default: Any = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Recast:
    """A field whose values are written differently since some number; both ways lose nothing."""

    entity: str
    field: str
    up: Callable[[Any], Any]
    down: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class History:
    """What every schema number changed."""

    added: Mapping[int, tuple[Added, ...]] = field(default_factory=dict)
    recasts: Mapping[int, tuple[Recast, ...]] = field(default_factory=dict)

    def since(self, schema: int, until: int) -> list[Added]:
        """Return what numbers after ``schema`` added, up to ``until``."""
        numbers = [number for number in sorted(self.added) if schema < number <= until]
        return [each for number in numbers for each in self.added[number]]

    def alters(self, entity: str, schema: int) -> bool:
        """Whether rows of ``entity`` are written differently since ``schema``."""
        return any(each.entity == entity for each in self._recasts(schema))

    def up(self, entity: str, body: Mapping[str, Any], schema: int) -> Body:
        """Return a whole document of ``schema`` as ours: values recast, newer fields at their defaults."""
        found = self.recast(entity, body, schema)
        for each in self.since(schema, max(self.added, default=schema)):
            if each.entity != entity or not each.field:
                continue
            if each.part:
                found[each.part] = [{each.field: each.default, **item} for item in found.get(each.part) or ()]
            else:
                found.setdefault(each.field, each.default)
        return found

    def recast(self, entity: str, values: Mapping[str, Any], schema: int) -> Body:
        """Return those fields of a row of ``schema`` that ``values`` holds, as we write them."""
        found = dict(values)
        for each in self._recasts(schema):
            if each.entity == entity and found.get(each.field) is not None:
                found[each.field] = each.up(found[each.field])
        return found

    def down(self, entity: str, body: Mapping[str, Any], schema: int) -> Body:
        """Return our row as ``schema`` writes it; what that does not know stays as it is."""
        found = dict(body)
        for each in reversed(list(self._recasts(schema))):
            if each.entity == entity and found.get(each.field) is not None:
                found[each.field] = each.down(found[each.field])
        return found

    def _recasts(self, schema: int) -> Iterator[Recast]:
        for number in sorted(self.recasts):
            if number > schema:
                yield from self.recasts[number]


_SETS = ("from_set", "until_set")
_RULES = (
    "rule_set", "promotion", "promotion_use", "promotion_spent", "limit_slice", "rebate_program",
    "rebate_entry", "money_entry", "money_policy", "scarce_stock",
    "sellable_range", "quantity_rule", "approval_rung", "sales_bom", "product_attribute",
)  # fmt: skip
_EVENTS = ("visit", "check_in", "check_out", "step_answer", "photo")
_PROOF = (
    "visit_amendment", "store_code", "position_refusal", "visit_finding", "visit_share", "shared_report",
)  # fmt: skip
_TIMES = ("captured_at", "received_at", "clock_off_s")

HISTORY = History(
    added={
        2: (
            *(Added(event, name) for event in ("check_in", "check_out") for name in _TIMES),
            Added("call_list"),
            Added("phone_call"),
            *map(Added, _RULES),
            Added("product", "family", ""),
            Added("product", "promotable", True),
            Added("price_book", "on_change", "reprice"),
            Added("price_book", "honour_days", 0),
            *(Added(owner, name) for owner in ("price_book", "price_entry") for name in _SETS),
            *(Added("order", name) for name in ("rule_set", "trace", "rebates", "approver", "paid_from")),
            Added("order", "rebate_amount", "0.00"),
            *(Added("order", name, part="lines") for name in ("manual_price", "gift_by", "gift_value")),
            Added("order", "configuration", part="lines"),
            Added("order", "rebate_amount", "0.00", part="lines"),
            Added("merged_field"),
            Added("photo", "likeness"),
            Added("sop_template", "store_types", []),
            Added("sop_template", "sunset_on"),
            Added("photo", "like_id"),
            Added("account", "cadence_least_days"),
            Added("account", "cadence_most_days"),
            Added("account", "cadence_reason"),
            Added("cadence_rule"),
            Added("office_day"),
            Added("planning_default"),
            Added("account_strategy"),
            *(Added(event, "seal") for event in _EVENTS),
            Added("check_in", "code_edition"),
            Added("check_in", "code_signature"),
            Added("step_answer", "amendment_id"),
            Added("photo", "exif"),
            *(Added(name) for name in _PROOF),
            Added("joint_visit"),
            Added("plan_week"),
            Added("order", "origin", "rep"),
            Added("order", "edition", 1),
            Added("order", "reason", ""),
            Added("order", "fulfilment", "open"),
            Added("order", "returned_amount", "0.00"),
            *map(Added, ("order_version", "delivery", "order_return")),
            Added("quote"),
            Added("quote_act"),
            Added("quote_grant"),
            Added("quote_codes"),
            Added("cost_price"),
            *(Added("visit_review", name) for name in ("field_key", "photo_id", "spot_x", "spot_y")),
        )
    }
)


def sent(mutation: Mutation) -> Mutation:
    """Return an older client's mutation in our words; one of ours or of a newer one as it is."""
    if mutation.schema >= protocol.SCHEMA:
        return mutation
    name = mutation.agg[0]
    if mutation.doc is not None:
        return msgspec.structs.replace(mutation, doc=HISTORY.up(name, mutation.doc, mutation.schema))
    if not mutation.set:
        return mutation
    old = HISTORY.recast(name, {key: change.old for key, change in mutation.set.items()}, mutation.schema)
    new = HISTORY.recast(name, {key: change.new for key, change in mutation.set.items()}, mutation.schema)
    if planted("cast_erases_field"):
        new = HISTORY.up(name, new, mutation.schema)
    return msgspec.structs.replace(mutation, set={key: Change(old.get(key), new[key]) for key in new})


def shown(entity: str, body: Body, schema: int) -> Body:
    """Return our row as a client of ``schema`` is told it."""
    return HISTORY.down(entity, body, schema) if HISTORY.alters(entity, schema) else body


def unknown_entities(schema: int) -> frozenset[str]:
    """Return the entities that a server of ``schema`` has never heard of."""
    later = HISTORY.since(schema, max(HISTORY.added, default=schema))
    return frozenset(each.entity for each in later if not each.field)


def with_newer(
    entity: str, part: str, items: Iterable[Any], known: Iterable[Mapping[str, Any]], schema: int
) -> list[Any]:
    """Return an older client's list of parts with what it cannot know taken from the parts as they are."""
    names = [
        each.field
        for each in HISTORY.since(schema, protocol.SCHEMA)
        if (each.entity, each.part) == (entity, part)
    ]
    if not names:
        return list(items)
    here = {item["id"]: {name: item[name] for name in names} for item in known}
    return [{**here.get(item.get("id"), {}), **item} if isinstance(item, dict) else item for item in items]
