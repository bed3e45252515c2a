"""Keeps one mutation that trips over a bug of ours from taking the others down with it (I17).

Only push uses it. What is about the database as a whole (lost, locked, full) is not the
mutation's fault and goes on up.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from server.errors import recognised


def contained(work: Callable[[], None], *, stored: bool = False) -> Exception | None:
    """Run ``work`` and return the bug it tripped over; ``stored``: a failed statement counts as one."""
    try:
        work()
    except Exception as error:
        about_all = recognised(error) is not None
        if about_all or (isinstance(error, DBAPIError) and not stored):
            raise
        return error
    return None
