"""One JSON line per event on standard error, without names, addresses, bodies or tokens.

A request is logged by the pattern of its route, not by its path: paths can hold ids and
the tokens of public pages.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldcrm import clock
from fieldcrm.ids import new_id
from server.metrics import Requests

log = logging.getLogger("server.requests")
PROBLEM = b"x-problem"  # the code of a refusal, as the log's line takes it


class Lines(logging.Formatter):
    """A record as one JSON line; ``facts`` in the record's extra are merged in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": clock.from_ms(int(record.created * 1000)).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def install(level: int = logging.INFO) -> None:
    """Send every log of this process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"


class RequestLines:
    """Log and count each request once: its own id, method, route, status, problem and milliseconds.

    The id goes out as ``x-request-id``: who asks for help can name the line without naming himself.
    """

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request and write its line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, code = clock.monotonic_ms(), 0, ""
        request_id = str(new_id())

        async def watched(message: Message) -> None:
            nonlocal status, code
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.get("headers", ())
                code = next((value.decode() for name, value in headers if name == PROBLEM), "")
                message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            ms = clock.monotonic_ms() - began
            facts = {"request": request_id, "method": scope["method"], "route": route, "status": status}
            log.info("request", extra={"facts": facts | {"ms": ms} | ({"code": code} if code else {})})
            self._requests.note(scope["method"], route, status, ms)
