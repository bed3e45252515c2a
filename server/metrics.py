"""Numbers for a Prometheus server, as text: how requests go, how far sync is, what needs somebody.

Requests are counted in this process since it started (with several workers each counts its
own, and a scrape meets one of them); everything else is asked of the database when it is
asked for. Nothing here names a person, a device, a row or an address.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from fieldcrm import clock
from server.database import run
from server.devices import STATES
from server.settings import Settings

TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
Labels = tuple[tuple[str, str], ...]


class Requests:
    """What this process has answered; cheap enough to be told of every request."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._answered: Counter[tuple[str, str, int]] = Counter()
        self._within: Counter[tuple[str, int]] = Counter()
        self._ms: Counter[str] = Counter()

    def note(self, method: str, route: str, status: int, ms: int) -> None:
        """Count one request."""
        bucket = next((most for most in _BUCKETS_MS if ms <= most), 0)
        with self._turn:
            self._answered[method, route, status] += 1
            self._within[route, bucket] += 1
            self._ms[route] += ms

    def lines(self) -> Iterator[str]:
        """Yield the counts and the histogram of how long answers took."""
        with self._turn:
            answered, within, spent = dict(self._answered), dict(self._within), dict(self._ms)
        yield from _head("fieldcrm_requests_total", "counter", "requests answered")
        for (method, route, status), count in sorted(answered.items()):
            labels = (("method", method), ("route", route), ("status", str(status)))
            yield _line("fieldcrm_requests_total", count, labels)
        yield from _head("fieldcrm_request_seconds", "histogram", "how long answers took")
        for route, ms in sorted(spent.items()):
            here, so_far = ("route", route), 0
            for most in (*_BUCKETS_MS, 0):
                so_far += within.get((route, most), 0)
                least = str(most / 1000) if most else "+Inf"
                yield _line("fieldcrm_request_seconds_bucket", so_far, (here, ("le", least)))
            yield _line("fieldcrm_request_seconds_sum", ms / 1000, (here,))
            yield _line("fieldcrm_request_seconds_count", so_far, (here,))


def text(connection: Connection, settings: Settings, requests: Requests) -> str:
    """Return every number as the exposition format writes it."""
    lines = [*requests.lines(), *_gauges(connection), *_machine(connection, settings)]
    return "\n".join(lines) + "\n"


def _gauges(connection: Connection) -> Iterator[str]:
    known = dict(run(connection, "SELECT state, count(*) FROM device GROUP BY state").all())
    states: dict[Labels, float] = {(("state", state),): known.get(state, 0) for state in STATES}
    yield from _gauge("fieldcrm_devices", "laptops by what they may do", states)
    yield from _gauge("fieldcrm_acks", "mutations by their final answer", _outcomes(connection))
    counted = "SELECT CASE WHEN stored THEN 1 ELSE 0 END, count(*) FROM photo GROUP BY 1"
    photos: dict[int, int] = dict(run(connection, counted).all())
    here: dict[Labels, float] = {
        (("file", "stored"),): photos.get(1, 0), (("file", "missing"),): photos.get(0, 0),
    }  # fmt: skip
    yield from _gauge("fieldcrm_photos", "photos by whether their file is here", here)
    for name, about, query in _COUNTS:
        yield from _gauge(name, about, {(): run(connection, query).scalar() or 0})


def _outcomes(connection: Connection) -> dict[Labels, float]:
    """Count final answers; what was refused is also in quarantine, everything else was taken."""
    taken = run(connection, "SELECT count(*) FROM receipt").scalar() or 0
    refused = run(connection, "SELECT count(*) FROM quarantine WHERE code <> 'from_parcel'").scalar() or 0
    waiting = run(connection, "SELECT count(*) FROM attempt").scalar() or 0
    return {
        (("outcome", "taken"),): max(0, taken - refused), (("outcome", "refused"),): refused,
        (("outcome", "retry"),): waiting,
    }  # fmt: skip


_COUNTS = (
    ("fieldcrm_stamp_backlog", "changes that wait for their number", "SELECT count(*) FROM sync_outbox"),
    ("fieldcrm_feed_rows", "entries of the feed", "SELECT count(*) FROM sync_row"),
    ("fieldcrm_quarantine_open", "refused changes nobody has settled",
     "SELECT count(*) FROM quarantine WHERE NOT settled"),
    ("fieldcrm_conflicts_open", "values that lost and wait for somebody",
     "SELECT count(*) FROM conflict WHERE state = 'open'"),
    ("fieldcrm_parcels_unopened", "sealed parcels nobody has opened",
     "SELECT count(*) FROM parcel WHERE replayed_at IS NULL"),
)  # fmt: skip


def _machine(connection: Connection, settings: Settings) -> Iterator[str]:
    free = shutil.disk_usage(settings.data).free
    yield from _gauge("fieldcrm_disk_free_bytes", "room where the data lies", {(): free})
    began = run(connection, "SELECT created_at FROM sync_epoch ORDER BY n DESC LIMIT 1").scalar()
    age = (clock.to_ms(clock.now()) - (began or 0)) / 1000
    yield from _gauge("fieldcrm_epoch_age_seconds", "since the data began or was last restored", {(): age})


def _gauge(name: str, about: str, values: Mapping[Labels, float]) -> Iterator[str]:
    yield from _head(name, "gauge", about)
    for labels, value in values.items():
        yield _line(name, value, labels)


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, value: float, labels: Labels) -> str:
    inside = ",".join(f'{key}="{said}"' for key, said in labels)
    return f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}"
