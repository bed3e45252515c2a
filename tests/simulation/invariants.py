"""The invariants as predicates; each raises ``Violation`` with its number first.

Here, at the exchange they concern: I5, I7, I10, I11, I14; at the end of a history: I1, I4, I5,
I8, I9, I17. In the oracle, as the server answers: I2, I3, I8. In ``completeness.py``, after
every pull: I6. In ``bounds.py``: I21. The others are in modules of their topics, or, as
``test_simulation.ELSEWHERE`` says, in named tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fieldcrm.errors import Malformed
from fieldcrm.sync.entities import registry
from fieldcrm.sync.page import Page
from fieldcrm.sync.protocol import SyncRequest
from tests.simulation.oracle import FIELD_RULES, Entered, Violation, mentions

if TYPE_CHECKING:
    from tests.simulation.laptop import Laptop
    from tests.simulation.world import World


def answered(world: World, laptop: Laptop, _request: SyncRequest, answer: Page) -> None:
    """I5: no row outside the scopes granted at the time of the response leaves the server."""
    world.checked("I5")
    granted = world.oracle.people.grants(str(laptop.user))
    for row in answer.rows:
        if row.state == "put":
            where = registry()[row.entity].scope_of({**(row.body or {}), "id": row.id})
            if where not in granted:
                raise Violation(f"I5 {laptop.name} was sent {row.entity} {row.id} of {where}")


def received(world: World, laptop: Laptop, _answer: Page) -> None:
    """I14: a row's version never decreases on a laptop."""
    world.checked("I14")
    now = laptop.versions()
    for key, version in now.items():
        if version < laptop.seen.get(key, 0):
            raise Violation(f"I14 {laptop.name} {key} went back to {version}")
    laptop.seen.update(now)


def kept_what_is_shown(world: World, laptop: Laptop, before: dict[tuple[str, str, str], Any]) -> None:
    """I10: no pull changes what the user sees in a field with an unsent edit."""
    world.checked("I10")
    for key, value in laptop.shown().items():
        if key in before and before[key] != value:
            raise Violation(f"I10 {laptop.name} {key}: {before[key]!r} became {value!r}")


def refuses(world: World, laptop: Laptop, body: bytes) -> None:
    """I7: a cut response changes nothing."""
    world.checked("I7")
    before = laptop.raw("SELECT key, value FROM sync_state ORDER BY key"), laptop.rows()
    try:
        laptop.core.receive(body, laptop.clock.tick())
    except Malformed:
        pass
    else:
        raise Violation(f"I7 {laptop.name} took a response that was cut at {len(body)}")
    if before != (laptop.raw("SELECT key, value FROM sync_state ORDER BY key"), laptop.rows()):
        raise Violation(f"I7 {laptop.name} was changed by a response cut at {len(body)}")


def twice_is_once(world: World, laptop: Laptop, body: bytes, now_ms: int) -> None:
    """I11: applying a page again changes nothing."""
    world.checked("I11")
    before = (
        laptop.rows(),
        laptop.mutations(),
        laptop.raw("SELECT value FROM sync_state WHERE key = 'cursor'"),
    )
    laptop.core.receive(body, now_ms)
    after = laptop.rows(), laptop.mutations(), laptop.raw("SELECT value FROM sync_state WHERE key = 'cursor'")
    if before != after:
        raise Violation(f"I11 {laptop.name} was changed by the same page again")


def at_rest(world: World) -> None:
    """Check everything that must hold when the faults have stopped and everybody has synced."""
    server = world.server_rows()
    _server_is_as_the_policy_says(world, server)
    for laptop in world.laptops:
        _every_intent_has_ended(world, laptop)
        _holds_what_the_server_holds(world, laptop, server)
    _nothing_entered_is_lost(world, server)


def _every_intent_has_ended(world: World, laptop: Laptop) -> None:
    """I1, I17: every mutation has exactly one end, and it is the one the server wrote down."""
    world.checked("I1")
    for mutation_id, (state, outcome) in laptop.mutations().items():
        if state in ("pending", "inflight"):
            raise Violation(f"I17 {laptop.name}: {mutation_id} is still {state}")
        decided = world.oracle.answers.get(mutation_id)
        if decided is None:
            raise Violation(f"I1 {laptop.name} thinks {mutation_id} is {outcome}; the server never saw it")
        if (decided in ("applied", "merged")) != (state == "acked"):
            raise Violation(f"I1 {laptop.name} thinks {mutation_id} is {outcome}; it was {decided}")
    known = laptop.mutations()
    for mutation_id, sealed in world.oracle.sealed.items():
        if sealed["device"] == laptop.name and mutation_id not in known:
            raise Violation(f"I1 {laptop.name} forgot {mutation_id}")


def _holds_what_the_server_holds(
    world: World, laptop: Laptop, server: dict[tuple[str, str], tuple[int, dict[str, Any], str]]
) -> None:
    """I4, I5, I6, I8: the laptop's rows are the server's rows of its scopes, no more, no less."""
    world.checked("I4")
    world.checked("I8")
    granted = world.oracle.people.grants(str(laptop.user))
    wanted = {key: row[:2] for key, row in server.items() if row[2] in granted}
    refused = laptop.refused_creations() - wanted.keys()  # a copy of this laptop may have mended one
    here = {key: row for key, row in laptop.rows().items() if key not in refused}
    for key in wanted.keys() - here.keys():
        raise Violation(f"I6 {laptop.name} misses {key} version {wanted[key][0]}")
    for key in here.keys() - wanted.keys():
        number = "I8" if key[1] in world.oracle.deleted else "I5"
        raise Violation(f"{number} {laptop.name} still holds {key} version {here[key][0]}")
    for key, (version, body) in wanted.items():
        if here[key] != (version, body):
            raise Violation(f"I4 {laptop.name} {key}: {here[key]} instead of {(version, body)}")
    if laptop.raw("SELECT 1 FROM sync_base"):
        raise Violation(f"I4 {laptop.name} still keeps a server copy though nothing is unsent")
    _no_trace(laptop, here)


def _no_trace(laptop: Laptop, here: dict[tuple[str, str], Any]) -> None:
    """I5: the search index and the parts hold nothing of rows that left."""
    for name in ("account", "contact", "product"):
        for (row_id,) in laptop.raw(f"SELECT row_id FROM search_{name}"):
            if not laptop.raw(f'SELECT 1 FROM "{name}" WHERE id = ?', row_id):
                raise Violation(f"I5 {laptop.name} can still find {name} {row_id}")
    for (owner,) in laptop.raw(
        'SELECT order_id FROM order_line WHERE order_id NOT IN (SELECT id FROM "order")'
    ):
        raise Violation(f"I5 {laptop.name} still holds lines of order {owner}")


def _server_is_as_the_policy_says(
    world: World, server: dict[tuple[str, str], tuple[int, dict[str, Any], str]]
) -> None:
    """I2, I8: the server's accounts are what the mutations and the policy make of them."""
    accounts = {key[1]: body for key, (_, body, _) in server.items() if key[0] == "account"}
    if accounts.keys() != world.oracle.accounts.keys():
        odd = accounts.keys() ^ world.oracle.accounts.keys()
        raise Violation(f"I8 the server and the policy disagree about accounts {sorted(odd)}")
    for row, expected in world.oracle.accounts.items():
        found = {name: accounts[row][name] for name in (*FIELD_RULES, "territory_id")}
        found["archived"] = accounts[row]["archived_at"] is not None
        if found != expected:
            raise Violation(f"I2 account {row} is {found}, the policy says {expected}")


def _nothing_entered_is_lost(
    world: World, server: dict[tuple[str, str], tuple[int, dict[str, Any], str]]
) -> None:
    """I9: every entered value stands, or was seen by who replaced it, or is kept beside."""
    world.checked("I9")
    kept = _kept_beside(server)
    for entered in world.oracle.entered:
        if entered.row in world.oracle.deleted or _stands(world, entered):
            continue
        beside = (*kept.get((entered.row, entered.field), ()), *kept.get((entered.row, ""), ()))
        if any(mentions(text, entered.value) for text in beside):
            continue
        if not _was_seen_and_replaced(world, entered):
            raise Violation(f"I9 {entered} is nowhere")


def _stands(world: World, entered: Entered) -> bool:
    account = world.oracle.accounts.get(entered.row)
    return account is not None and mentions(_text(account[entered.field]), entered.value)


def _kept_beside(
    server: dict[tuple[str, str], tuple[int, dict[str, Any], str]],
) -> dict[tuple[str, str], list[str]]:
    kept: dict[tuple[str, str], list[str]] = {}
    for (entity, _), (_, body, _) in server.items():
        if entity == "conflict":
            texts = kept.setdefault((body["row_id"], body["field"]), [])
            texts += [_text(body["loser"]), _text(body["winner"])]
        elif entity == "quarantine":
            kept.setdefault((body["row_id"], ""), []).append(_text(body["payload"]))
    return kept


def _was_seen_and_replaced(world: World, entered: Entered) -> bool:
    """Whether a later save of somebody who saw the value put another in its place."""
    own = [
        e
        for e in world.oracle.entered
        if (e.client, e.row, e.field) == (entered.client, entered.row, entered.field)
    ]
    if own[-1] is not entered and entered.field not in ("tags", "note"):
        return True
    changes = [
        (m["set"] or {}).get(entered.field)
        for m in world.oracle.sealed.values()
        if m["agg"][1] == entered.row
    ]
    if any(change and mentions(_text(change.get("old")), entered.value) for change in changes):
        return True
    return mentions(_text(world.oracle.replaced.get((entered.row, entered.field))), entered.value)


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
