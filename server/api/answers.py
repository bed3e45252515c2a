"""Answers of REST: JSON written by msgspec, with the row's version as its ETag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_NOT_KEPT = {"cache-control": "no-store"}


def row(found: Mapping[str, Any], status: int = 200) -> Response:
    """Return one row."""
    headers = _NOT_KEPT | {"etag": f'"{found["version"]}"'}
    return Response(msgspec.json.encode(found), status, headers, "application/json")


def page(found: Mapping[str, Any]) -> Response:
    """Return one page."""
    return Response(msgspec.json.encode(found), 200, _NOT_KEPT, "application/json")
