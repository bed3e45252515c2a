"""Where tests may break the product on purpose: named crash points and planted bugs.

``reach`` marks a point at which a crash must be harmless; with ``SYNC_CRASH_AT=name:count``
in the environment the process kills itself at the count-th arrival. ``planted`` is true
only where a test has planted that bug, to show that the suite would notice it. In normal
use both cost one look at an empty container.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BUGS = frozenset({
    "no_receipt", "cursor_before_rows", "naive_sequence", "no_version_guard",
    "rewind_ignored", "no_repush", "lease_never_checked", "news_uncounted", "fork_keeps_device",
    "upsert_unknown_id", "ack_swallows_edit", "poison_blocks_queue", "scope_leak",
    "stored_before_hash", "hash_is_enough", "local_deleted_early",
    "cast_erases_field", "merge_by_clock", "old_outbox_dropped", "prices_believed",
    "revoked_still_reads", "wipe_without_proof",
    "amended_twice_booked", "return_forgets_earlier",
    "lost_reply_forgotten", "purge_keeps_rows", "stamp_skips_batch", "ack_by_position",
    "coalesce_inflight", "page_without_trailer", "dup_applies_twice",
    "fence_forgotten", "dead_id_forgotten", "digest_blind", "purge_forgets_search", "half_book_used",
    "half_rule_set_used", "set_before_its_books",
    "edit_unnoticed", "seal_names_no_row", "store_code_believed",
    "pictures_left_behind", "share_kept", "edition_moves", "slice_not_locked",
    "grant_spent_twice", "phone_code_believed", "approval_outlives_change",
    "slice_not_charged", "seal_unread", "booked_twice", "period_ends_in_utc",
    "newer_without_slices", "page_takes_slices", "quote_ordered_twice",
    "own_yes_counts", "sent_unapproved", "code_used_twice", "edition_not_kept", "period_forgotten",
    "offer_without_slices", "page_forgets", "cost_shown",
    "lowered_at_once", "promise_forgotten", "asked_for_given_again",
})  # fmt: skip

Watcher = Callable[[str], None]

_planted: set[str] = set()
_watchers: list[Watcher] = []


def reach(point: str) -> None:
    """Tell the watchers that ``point`` was reached; a watcher may raise or kill."""
    for watcher in _watchers:
        watcher(point)


def planted(bug: str) -> bool:
    """Return whether a test has planted ``bug``."""
    return bug in _planted


@contextmanager
def plant(bug: str) -> Iterator[None]:
    """Plant ``bug`` for the length of a test."""
    if bug not in BUGS:
        raise ValueError(bug)
    _planted.add(bug)
    try:
        yield
    finally:
        _planted.discard(bug)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Call ``watcher`` with every point that is reached."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def _kill_at(wanted: str, count: int) -> Watcher:
    left = count

    def watcher(point: str) -> None:
        nonlocal left
        if point == wanted:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    return watcher


def arm(spec: str) -> None:
    """Kill this process at ``name:count``; nothing arms nothing."""
    name, _, count = spec.partition(":")
    if name:
        _watchers.append(_kill_at(name, int(count or 1)))


arm(os.environ.get("SYNC_CRASH_AT", ""))
