"""The first sync, told in the four steps that people wait for."""

from __future__ import annotations

from collections.abc import Mapping

from fieldcrm import clock
from fieldcrm.laptop import Laptop
from fieldcrm.sync import first
from fieldcrm.sync.first import FirstProgress
from fieldcrm.ui.i18n import mark, tr
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.signin.progress import Fetched, Part

_STEPS = (
    (mark("Items and prices"), ("product", "product_category", "price_book", "price_entry")),
    (mark("Plan and team"), ("visit_plan", "todo", "sop_template", "user", "territory")),
    (mark("Stores"), ("account",)),
    (mark("Orders and visits"), tuple(sorted(first.LATER))),
)
_SURE_AFTER_MS = 1_500


def first_fetch(laptop: Laptop, stop: Stop, progress: Progress) -> object:
    """Fetch everything, or go on where it was cut, telling ``Fetched`` on the way."""
    began = clock.monotonic_ms()
    base: dict[str, int] = {}

    def tell(news: FirstProgress) -> None:
        base.update({} if base else {"rows": sum(news.counts.values())})
        progress(fetched(news, clock.monotonic_ms() - began, base["rows"]))

    return first.run(laptop.database, laptop.remote, stop, tell)


def refetch(laptop: Laptop, stop: Stop, progress: Progress) -> object:
    """Fetch everything anew from a server that is not the one this laptop knew; unsent work stays."""
    if not first.is_needed(laptop.database):
        first.restart(laptop.database)
    return first_fetch(laptop, stop, progress)


def fetched(news: FirstProgress, spent_ms: int, before: int) -> Fetched:
    """Word one piece of news; ``before`` rows were here when the clock started."""
    parts = tuple(_part(tr(name), entities, news) for name, entities in _STEPS)
    done, total = sum(news.counts.values()), sum(news.totals.values())
    share = min(1.0, done / total) if total else None
    fresh = done - before
    sure = total > done and fresh > 0 and spent_ms >= _SURE_AFTER_MS
    left = spent_ms / 1000 * (total - done) / fresh if sure else None
    return Fetched(parts, share, left, news.workable)


def _part(name: str, entities: tuple[str, ...], news: FirstProgress) -> Part:
    done, total = _sum(news.counts, entities), _sum(news.totals, entities)
    later = entities == _STEPS[-1][1]
    finished = done >= total if news.totals else news.workable and not later
    return Part(name, done, total or None, finished=finished)


def _sum(numbers: Mapping[str, int], entities: tuple[str, ...]) -> int:
    return sum(numbers.get(each, 0) for each in entities)
