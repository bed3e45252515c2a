"""What the server signs when it has taken work: a statement that holds without the server.

One statement a response covers every final answer in it: which mutation, what it said (its
hash), what became of it, when. Laptop and server build the same bytes, each from what it
knows, so nothing but the signature crosses the wire, and a response without answers carries
nothing more than before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from fieldcrm.rules.signatures import holds as holds
from fieldcrm.sync.protocol import Ack, Mutation, Outcome

_PURPOSE = "fieldcrm receipt 1"


class Line(msgspec.Struct, frozen=True, array_like=True):
    """What became of one mutation."""

    mutation_id: str
    content: str
    outcome: str
    version: int
    code: str


class Statement(msgspec.Struct, frozen=True):
    """What is signed; ``at`` is the server's time in milliseconds."""

    purpose: str
    epoch: str
    device: str
    at: int
    lines: list[Line]


def content(mutation: Mutation) -> str:
    """Return a hash of what a mutation says; how it travels (counter, times, needs) is left out."""
    said: Any = (mutation.agg, mutation.op, mutation.act, mutation.set, mutation.doc)
    return hashlib.blake2b(msgspec.json.encode(said, order="sorted"), digest_size=16).hexdigest()


def statement(
    epoch: str, device: str, at_ms: int, acks: Iterable[Ack], mutations: Mapping[str, Mutation]
) -> bytes | None:
    """Return what is signed for these answers, or None when none of them is final."""
    lines = [
        Line(ack.id, content(mutations[ack.id]), ack.was or ack.o, ack.ver or 0, ack.code or "")
        for ack in acks
        if ack.o is not Outcome.RETRY and ack.id in mutations
    ]
    if not lines:
        return None
    return msgspec.json.encode(Statement(_PURPOSE, epoch, device, at_ms, lines))


def read(signed: bytes) -> Statement:
    """Return what a statement says; ``ValueError`` if it is none."""
    found = msgspec.json.decode(signed, type=Statement)
    if found.purpose != _PURPOSE:
        raise ValueError("not a receipt")
    return found
