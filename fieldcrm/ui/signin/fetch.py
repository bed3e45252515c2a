"""The first sync, told in the steps that people wait for."""

from __future__ import annotations

from typing import Any

from fieldcrm.laptop import Laptop
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.jobs import Progress, Stop
from fieldcrm.ui.signin.progress import Fetched, Part


def first_fetch(laptop: Laptop, stop: Stop, progress: Progress) -> object:
    """Fetch everything, telling ``Fetched`` on the way."""

    def tell(news: Any) -> None:
        progress(Fetched((Part(tr("Records"), news.rows),), None, None, workable=False))

    return laptop.engine.cycle(stop, tell)
