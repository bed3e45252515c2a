"""The demo's phone work: a few calls of the last days, and one call list for each rep."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import cycle

from fieldcrm.clock import DEFAULT_ZONE
from server.demo.history import Rows
from server.demo.seeding import Seed
from server.demo.stores import Store

_EACH = 5
_SAID = (
    ("reached", 140, "老板说货够卖到周五，下周再送。"),
    ("not_reached", 0, ""),
    ("reached", 75, "同意试销新品两箱。"),
    ("refused", 20, "说有事微信联系，不要打电话。"),
    ("wrong_number", 10, "号码是别人的。"),
)


def write(seed: Seed, stores: list[Store], today: date, rows: Rows) -> None:
    """Write one rep's calls and call list."""
    rep = stores[0].rep
    rows["call_list"].append({
        "id": seed.id(), "version": 1, "rep_id": rep.id, "name": "久未下单的 A 级店",
        "filters": {"chip": "quiet", "text": "", "channel": "", "grade": "A", "city": ""},
    })  # fmt: skip
    said = cycle(_SAID)
    for n, store in enumerate(seed.random.sample(stores, min(_EACH, len(stores)))):
        outcome, seconds, note = next(said)
        at = datetime.combine(today - timedelta(n + 1), time(16, 10 + n), DEFAULT_ZONE)
        rows["phone_call"].append({
            "id": seed.id(at), "version": 1, "account_id": store.id, "rep_id": rep.id,
            "territory_id": rep.territory_id, "contact_id": None, "phone": "", "outcome": outcome,
            "started_at": at, "seconds": seconds, "note": note, "call_back_at": None, "replaces_id": None,
        })  # fmt: skip
