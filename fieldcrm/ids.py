"""UUIDv7, made on the device when the thing is made.

They sort by age on one device, which keeps index pages together; across devices they
are no clock. ``UUID`` everywhere in code, text on the wire and in the database.
"""

from __future__ import annotations

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """Return a fresh id, later than every one this process made before."""
    return compat.uuid7()
