"""What stands under the store's name: how long the visit runs, or where it stands."""

from __future__ import annotations

from datetime import date, datetime

from fieldcrm.clock import business_day
from fieldcrm.rules import visits as rules
from fieldcrm.services.workspace import Workspace
from fieldcrm.ui import formats
from fieldcrm.ui.i18n import tr


def is_missed(visit: Workspace, today: date) -> bool:
    """Return whether the check-out was forgotten on an earlier day."""
    return visit.is_open and business_day(visit.started_at) < today


def facts(visit: Workspace | None, now: datetime, today: date) -> str:
    """Return the line; empty while there is no visit."""
    if visit is None:
        return ""
    if visit.amending:
        return tr("Amending the report; nothing is changed before you send it")
    if not visit.is_open:
        sent_back = visit.returned is not None
        day = formats.full_day(business_day(visit.started_at))
        return tr("Sent back: {text}", text=visit.returned) if sent_back else day
    if is_missed(visit, today):
        return tr("Not checked out")
    seconds = (now - visit.started_at).total_seconds()
    words = [tr("Visit running"), formats.stopwatch(seconds), tr("every change is saved here")]
    if seconds > rules.LONG_VISIT_S:
        words[2] = tr("longer than two hours")
    return " · ".join(words)
