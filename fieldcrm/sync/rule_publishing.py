"""Publishing a set of rules at the server, or trying whether it would be taken: an act of this moment.

What the server refuses comes back as the error of the rule, with its noun, key and field, so the
page can say it at the field; whatever else goes wrong is an error of the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fieldcrm.errors import Invalid, Malformed, RuleBroken, SyncError
from fieldcrm.sync.remote import Remote

_PATH = "/api/v1/rule-sets"


class Taken(msgspec.Struct, frozen=True):
    """What the server made of it; a trial has a number and no id."""

    number: int
    rules: int
    id: str | None = None


def send(remote: Remote, body: Mapping[str, Any]) -> Taken:
    """Publish or try an edition; raises ``RuleBroken`` or ``Invalid`` as the server's rules do."""
    try:
        reply = remote.call("POST", _PATH, msgspec.json.encode(body))
    except SyncError as error:
        raise _meant(error) from error
    try:
        return msgspec.json.decode(reply.body, type=Taken)
    except msgspec.DecodeError as error:
        raise Malformed("not_our_protocol") from error


def _meant(error: SyncError) -> Exception:
    facts = dict(error.data)
    status = facts.pop("status", None)
    if status in (403, 409) and type(error) is SyncError:
        return RuleBroken(error.code, **facts)
    if status == 422:
        field = str(facts.pop("field", "") or "rules")
        return Invalid(error.code, field=field, **facts)
    return error
