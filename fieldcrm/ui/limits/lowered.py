"""Telling who lowered a limit that laptops hold more of it: how much, who, until when."""

from __future__ import annotations

from datetime import datetime

from fieldcrm import clock
from fieldcrm.sync import limits
from fieldcrm.sync.limits import Held
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import listed, ntr, tr
from fieldcrm.ui.limits import words
from fieldcrm.ui.page import Page
from fieldcrm.ui.widgets.overlays import confirm

_MOST = 3


def look(page: Page) -> None:
    """Ask the office what laptops hold too much of, and say so; without a connection say nothing."""
    laptop = page.context.laptop
    if laptop is not None:
        remote = laptop.remote
        page.context.jobs.task(
            page, lambda _stop, _told: limits.listed(remote), lambda found: tell(page, found), lambda _e: None
        )


def tell(page: Page, found: tuple[Held, ...]) -> None:
    """Say which limits are lower now than what laptops hold, and offer to look."""
    over = [each for each in found if each.over]
    if not over:
        return
    shell, now = page.context.shell, page.context.now()
    title = ntr("{n} limit is lower than what laptops hold", "{n} limits are lower than what laptops hold",
                len(over))  # fmt: skip
    said = [_said(each, now) for each in over[:_MOST]]
    said.append(tr("It counts as their parts come back; nobody is refused what was promised."))
    confirm(
        shell.window(), title, "\n".join(said), tr("See who holds them"), lambda: shell.open("limits"),
        keep=tr("Close"), destroys=False,
    )  # fmt: skip


def _said(held: Held, now: datetime) -> str:
    until = formats.moment(clock.from_ms(max(each.until for each in held.holders)), now)
    people = listed(dict.fromkeys(each.person for each in held.holders))
    return tr("“{name}”: {over} too much with {people}, until {until}", name=held.name,
              over=words.amount(held, held.over), people=people, until=until)  # fmt: skip
