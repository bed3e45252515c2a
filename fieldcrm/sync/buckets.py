"""How two sides compare what they hold without sending it: shared with the server.

The rows of one entity in one scope fall into 256 buckets by a hash of their id; a bucket says
how many rows it holds and the XOR of a hash of each one's id and version. Hashes are xxh64 of
text, so that any client can make them. ``Sums.whole`` says the same of all buckets together.
"""

from __future__ import annotations

from array import array

import xxhash

BUCKETS = 256
Pair = tuple[int, str]


def bucket_of(row_id: str) -> int:
    """Return the bucket of a row."""
    return xxhash.xxh64_intdigest(row_id.encode()) % BUCKETS


def mark(row_id: str, version: int) -> int:
    """Return what one row adds to its bucket."""
    return xxhash.xxh64_intdigest(f"{row_id}:{version}".encode())


class Sums:
    """The buckets of one entity in one scope."""

    __slots__ = ("_counts", "_xors")

    def __init__(self) -> None:
        self._counts = array("L", bytes(BUCKETS * array("L").itemsize))
        self._xors = array("Q", bytes(BUCKETS * array("Q").itemsize))

    def add(self, row_id: str, version: int) -> None:
        """Count one row."""
        bucket = bucket_of(row_id)
        self._counts[bucket] += 1
        self._xors[bucket] ^= mark(row_id, version)

    @property
    def whole(self) -> Pair:
        """Return count and XOR of all buckets."""
        together = 0
        for xor in self._xors:
            together ^= xor
        return sum(self._counts), f"{together:016x}"

    @property
    def pairs(self) -> list[Pair]:
        """Return count and XOR of every bucket, in order."""
        return [(count, f"{xor:016x}") for count, xor in zip(self._counts, self._xors, strict=True)]


NOTHING: Pair = Sums().whole
