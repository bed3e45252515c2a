"""The server's half of the chains of visit events (``fieldcrm/rules/chain.py``): anchors and the whole check.

With each push the server signs how far the device's chain had come by its own clock. Whoever
changes events in the database afterwards breaks a link, and whoever makes all links fit
again contradicts an anchor. Nothing here refuses anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from fieldcrm.rules import chain
from fieldcrm.rules.chain import Broken, Fault, Seal
from fieldcrm.services import linked
from fieldcrm.sync import proofs
from fieldcrm.sync.protocol import Mutation
from server import keys
from server.database import run_many
from server.tables import chain_anchor

_PURPOSE = "fieldcrm chain 1"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at all chains found; anchors are named as chain and number."""

    events: int
    unsealed: int
    chains: int
    broken: list[Broken]
    forged_anchors: list[tuple[str, int]]
    contradicted: list[tuple[str, int]]


def anchor(connection: Connection, taken: Iterable[Mutation], at_ms: int) -> None:
    """Sign how far each chain among these mutations has come; an event that does not hold is passed by."""
    heads: dict[str, Seal] = {}
    for mutation in taken:
        seal = _sealed(mutation)
        if seal is not None and seal.n > heads.get(seal.chain, Seal("", 0, "", "")).n:
            heads[seal.chain] = seal
    run_many(
        connection,
        "INSERT INTO chain_anchor (chain_id, n, link, at, signature) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (chain_id, n) DO NOTHING",
        [
            (
                head.chain,
                head.n,
                head.link,
                at_ms,
                keys.sign(connection, _word(head.chain, head.n, head.link, at_ms)),
            )
            for head in heads.values()
        ],
    )


def attested(connection: Connection, links: Collection[str]) -> frozenset[str]:
    """Return which of these links an anchor names that we signed."""
    rows = connection.execute(select(chain_anchor).where(chain_anchor.c.link.in_(links))).all()
    public = keys.public(connection) if rows else ""
    return frozenset(r.link for r in rows if _holds(public, r.chain_id, r.n, r.link, r.at, r.signature))


def check(connection: Connection) -> Checked:
    """Look at every chain and every anchor; what was never sent is no fault."""
    session = Session(connection)
    events = list(linked.every(session))
    sealed = [(event, seal) for event in events if (seal := chain.read(event.seal)) is not None]
    links: dict[tuple[str, int], set[str]] = {}
    for _, seal in sealed:
        links.setdefault((seal.chain, seal.n), set()).add(seal.link)
    rows = connection.execute(select(chain_anchor)).all()
    public = keys.public(connection)
    forged = [
        (r.chain_id, r.n) for r in rows if not _holds(public, r.chain_id, r.n, r.link, r.at, r.signature)
    ]
    against = [(r.chain_id, r.n) for r in rows if r.link not in links.get((r.chain_id, r.n), ())]
    attested = {r.link for r in rows if (r.chain_id, r.n) not in set(forged)}
    broken = [each for each in chain.broken(events, attested) if each.fault is not Fault.FORKED]
    return Checked(
        len(events),
        len(events) - len(sealed),
        len({seal.chain for _, seal in sealed}),
        broken,
        forged,
        against,
    )


def _sealed(mutation: Mutation) -> Seal | None:
    entity, row_id = mutation.agg
    if mutation.doc is None or entity not in chain.SEALED or not isinstance(mutation.doc.get("seal"), str):
        return None
    seal = chain.read(mutation.doc["seal"])
    return seal if seal is not None and chain.holds(entity, row_id, mutation.doc, seal) else None


def _word(chain_id: str, n: int, link: str, at_ms: int) -> bytes:
    return f"{_PURPOSE}|{chain_id}|{n}|{link}|{at_ms}".encode()


def _holds(public: str, chain_id: str, n: int, link: str, at_ms: int, signature: str) -> bool:
    return proofs.holds(_word(chain_id, n, link, at_ms), signature, public)
