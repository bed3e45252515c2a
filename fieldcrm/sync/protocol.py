"""What crosses the wire: ``/sync/v1``, JSON lines inside zstd.

A response is a header line, row lines and a trailer line; without its trailer a body is
worth nothing and is dropped whole. Shapes are msgspec structs: decoding checks them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import xxhash

SCHEMA = 2
"""What rows and edits of this version look like; ``casts.py`` lists what each number added."""

MIN_SCHEMA = max(1, SCHEMA - 4)
FIRST_SCHEMA = 1
MAX_BATCH = 200
MAX_BODY = 262_144
MAX_ROWS = 2_000
MAX_HISTORY = 64
MAX_ACKED = 5_000
MAX_HELD = 500
MAX_HASHES = 1_000
MAX_DECOMPRESSED = 16 * 1024 * 1024


class Op(StrEnum):
    """What a mutation does to its aggregate."""

    CREATE = "create"
    PATCH = "patch"
    DELETE = "delete"
    ACT = "act"


class Outcome(StrEnum):
    """What became of a mutation."""

    APPLIED = "applied"
    MERGED = "merged"
    DUP = "dup"
    REJECTED = "rejected"
    RETRY = "retry"
    GONE = "gone"


class Change(msgspec.Struct, frozen=True):
    """One field of a patch: what the user saw and what the user wrote."""

    old: Any = None
    new: Any = None


class Mutation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One intent on one aggregate, ``agg`` = (entity, id); ``n`` counts on the device.

    ``at`` is the device's wall clock, ``off`` what it then thought the server was ahead of
    it, ``mono`` a clock that nobody sets, to be compared within one ``boot``. Without
    ``schema`` it is of the first one, whatever ours is: an old outbox is never rewritten.
    """

    id: str
    n: int
    agg: tuple[str, str]
    op: Op
    at: int
    base: int = 0
    act: str | None = None
    set: dict[str, Change] | None = None
    doc: dict[str, Any] | None = None
    needs: list[str] = msgspec.field(default_factory=list)
    off: int = 0
    schema: int = FIRST_SCHEMA
    mono: int = 0
    boot: str | None = None


class Want(msgspec.Struct, frozen=True):
    """How much the client can take in one page."""

    max_rows: int = MAX_ROWS
    max_bytes: int = MAX_BODY


class SyncRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Push and pull in one request; an empty ``cursor`` asks from the beginning.

    ``unsent`` counts the changes and photos that stay on the device when this request is answered.
    """

    dev: str
    schema: int
    n_next: int
    epoch: str | None = None
    cursor: str = ""
    lease: str | None = None
    sent_at: int = 0
    mono: int = 0
    boot: str | None = None
    push: list[Mutation] = msgspec.field(default_factory=list)
    want: Want = Want()
    unsent: int = 0


def brief(request: SyncRequest) -> str:
    """Return a short name of a request, by which its answer is known from others that come late."""
    return xxhash.xxh32_hexdigest(f"{request.cursor} {request.sent_at} {request.mono}".encode())


class Ack(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one mutation; ``conflicts`` are ids of ``conflict`` rows."""

    id: str
    o: Outcome
    ver: int | None = None
    was: Outcome | None = None
    conflicts: list[str] = msgspec.field(default_factory=list)
    code: str | None = None
    msg: str | None = None


class Header(msgspec.Struct, frozen=True):
    """The first line of a sync response; ``schema`` is the server's own, ``proof`` signs the answers.

    ``asked`` is ``brief`` of the request, where the page leads beyond its cursor: an answer to another
    request than the last one is then known by itself.
    """

    epoch: str
    server_time: int
    n_applied: int
    acks: list[Ack] = msgspec.field(default_factory=list)
    lease_next: str | None = None
    schema: int = FIRST_SCHEMA
    proof: str | msgspec.UnsetType = msgspec.UNSET
    asked: str | msgspec.UnsetType = msgspec.UNSET


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One row of a page: ``state`` is put, gone (left the scopes), tomb (deleted for good) or fill.

    A fill brings to a row of exactly this version what columns hold that the device has only now.
    """

    entity: str
    id: str
    version: int
    state: str
    body: dict[str, Any] | None = None


class Trailer(msgspec.Struct, frozen=True):
    """The last line, every key always there; ``crc`` is the xxh64 (hex) of every byte before this line."""

    cursor: str
    more: bool
    count: int
    crc: str
    grants_added: list[str] = msgspec.field(default_factory=list)
    grants_removed: list[str] = msgspec.field(default_factory=list)
    after: str | None = None


class RewindRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device after ``epoch_changed``: where it stood (newest first), what it holds, what was acknowledged.

    ``acked`` beyond ``MAX_ACKED`` go in further requests, ``part`` 1, 2, ...
    """

    dev: str
    epoch: str
    lease: str | None = None
    history: list[str] = msgspec.field(default_factory=list)
    grants: list[str] = msgspec.field(default_factory=list)
    acked: list[str] = msgspec.field(default_factory=list)
    part: int = 0


class RewindAnswer(msgspec.Struct, frozen=True):
    """Where to go on from: ``common`` is the place in ``history``, None if nothing is common.

    ``cursor`` is empty then; ``missing`` are acknowledged mutations that the restore lost.
    """

    epoch: str
    server_time: int
    cursor: str
    common: int | None
    missing: list[str]
    grants: list[str]
    n_applied: int
    lease_next: str | None = None


class HeldRow(msgspec.Struct, frozen=True, array_like=True):
    """A row that came in the time that may be lost; ``body`` as far as it is not the device's own."""

    entity: str
    id: str
    version: int = 0
    body: dict[str, Any] | None = None


class HeldRows(msgspec.Struct, frozen=True):
    """Rows to be told anew; the answer is a page of them as they are now."""

    dev: str
    epoch: str
    rows: list[HeldRow]
    schema: int = FIRST_SCHEMA


class Have(msgspec.Struct, frozen=True):
    """Hashes of files; the answer names those the server has not (``missing``)."""

    hashes: list[str]


class DigestRequest(msgspec.Struct, frozen=True):
    """The sums of what a device holds: by scope, by entity, (count, XOR); see ``buckets.py``."""

    sums: dict[str, dict[str, tuple[int, str]]]


class Digest(msgspec.Struct, frozen=True):
    """The 256 buckets, by scope and entity, of what does not agree."""

    epoch: str
    differ: dict[str, dict[str, list[tuple[int, str]]]]


class IdsRequest(msgspec.Struct, frozen=True):
    """Some buckets of one entity in one scope."""

    scope: str
    entity: str
    buckets: list[int]


class Ids(msgspec.Struct, frozen=True):
    """Id and version of every row in the buckets asked for."""

    epoch: str
    ids: list[tuple[str, int]]


class RowsRequest(msgspec.Struct, frozen=True):
    """Rows by entity that a device lacks or doubts; the answer is a page without a cursor."""

    rows: dict[str, list[str]]
    schema: int = FIRST_SCHEMA


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every error body: a stable code and a sentence; ``data`` holds the facts."""

    code: str
    message: str
    data: dict[str, Any] = msgspec.field(default_factory=dict)
