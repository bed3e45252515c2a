"""The only place that turns errors into answers: a status, a stable code, the facts.

Codes win over classes. Foreign errors that mean something to the caller (no room on the
disk, a busy database) are recognised here; whatever is left is a bug: the caller gets an
incident number and nothing else, the log gets the traceback under that number.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldcrm import errors
from fieldcrm.ids import new_id
from fieldcrm.sync.protocol import Problem
from server import limits
from server.bodies import Incoming

log = logging.getLogger("server")

_BY_CODE: Mapping[str, int] = {
    "too_large": 413, "headers_too_large": 431, "unsupported_encoding": 415,
    "unsupported_media_type": 415, "too_slow": 408,
    "hello": 409, "epoch_changed": 409, "device_forked": 409, "cursor_expired": 410,
    "not_allowed": 403, "precondition_failed": 412, "wrong_offset": 409, "upload_busy": 423,
    "checksum_mismatch": 460, "upload_expired": 410, "unsupported_version": 412, "busy": 503,
    "range_not_satisfiable": 416,
}  # fmt: skip
_BY_CLASS: tuple[tuple[type[errors.FieldCrmError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Invalid, 422),
    (errors.RuleBroken, 409),
    (errors.DiskFull, 507),
    (errors.ReadOnly, 507),
    (errors.InUse, 503),
    (errors.Throttled, 429),
    (errors.SignInRequired, 401),
    (errors.ClientTooOld, 426),
    (errors.Malformed, 400),
    (errors.Offline, 503),
    (errors.SyncError, 409),
)
_SENTENCES: Mapping[str, str] = {
    "token_expired": "Sign in again or refresh the session.",
    "signed_out": "This session has ended.",
    "device_revoked": "This device may no longer use the server.",
    "wrong_credentials": "The user name or the password is wrong.",
    "throttled": "Too many attempts; wait and try again.",
    "too_large": "The body is larger than this server takes.",
    "too_deep": "The body nests too deeply.",
    "malformed": "The body is not what this address takes.",
    "not_found": "There is nothing here, or not for this user.",
    "not_allowed": "This user may not do that.",
    "server_full": "The server has no room left; nothing was changed.",
    "busy": "The server is busy; try again.",
}
_CODE_OF_STATUS: Mapping[int, str] = {
    400: "malformed", 401: "token_expired", 403: "not_allowed", 404: "not_found",
    405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type",
}  # fmt: skip
_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)
"""On every answer that does not say it itself: nothing else here is a page, and no address leaks."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


def status_of(error: errors.FieldCrmError) -> int:
    """Return the HTTP status of an expected error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for cls, status in _BY_CLASS if isinstance(error, cls)), 400)


def problem(
    status: int, code: str, data: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Return the one shape that every error body has."""
    sentence = _SENTENCES.get(code, code.replace("_", " "))
    body = msgspec.json.encode(Problem(code, sentence, dict(data)), enc_hook=str)
    told = {"cache-control": "no-store", "x-problem": code if code.isascii() else "odd"}
    return Response(body, status, told | dict(headers or {}), "application/json")


def answer_of(error: errors.FieldCrmError) -> Response:
    """Return the answer to an expected error."""
    status = status_of(error)
    headers = {}
    if status in (429, 503):
        headers["retry-after"] = seconds(error)
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return problem(status, _outer_code(error), error.data, headers)


def seconds(error: errors.FieldCrmError) -> str:
    """Return after how many seconds it is worth trying again."""
    return str(max(1, round(float(str(error.data.get("seconds", 2))))))


def _outer_code(error: errors.FieldCrmError) -> str:
    named = {
        errors.Throttled: "throttled", errors.DiskFull: "server_full", errors.ReadOnly: "server_full",
        errors.InUse: "busy", errors.SignInRequired: "token_expired", errors.ClientTooOld: "client_too_old",
        errors.Malformed: "malformed",
    }  # fmt: skip
    return named.get(type(error), error.code) if error.code == type(error).__name__ else error.code


def recognised(error: Exception) -> errors.FieldCrmError | None:
    """Return our name for a foreign error that the caller can do something about."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return errors.DiskFull()
    if not isinstance(error, DBAPIError):
        return None
    text, sqlstate = str(error.orig), getattr(error.orig, "sqlstate", None) or ""
    if "disk is full" in text or "readonly database" in text or sqlstate in {"53100", "25006"}:
        return errors.DiskFull()
    if "database is locked" in text or sqlstate in {"40001", "40P01", "55P03"} or sqlstate[:2] == "57":
        return errors.Throttled("busy", seconds=2)
    if error.connection_invalidated or sqlstate[:2] == "08":
        return errors.Throttled("busy", seconds=5)
    return None


def install(app: FastAPI) -> None:
    """Make ``app`` answer every error in one shape."""
    app.add_exception_handler(errors.FieldCrmError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)


async def _expected(_request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.FieldCrmError)  # noqa: S101 - registered for this class
    return answer_of(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    fields = [{"field": ".".join(map(str, e["loc"])), "code": e["type"]} for e in error.errors()[:20]]
    if any(field["code"] == "json_invalid" for field in fields):
        return problem(400, "malformed", {"fields": fields})
    return problem(422, "invalid", {"fields": fields})


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = _CODE_OF_STATUS.get(error.status_code, "refused")
    return problem(error.status_code, code, {}, error.headers)


class Boundary:
    """The outermost layer: nothing that goes wrong inside leaves as anything but a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, incoming = False, Incoming(scope, receive)

        async def watched(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                told = list(message.get("headers", ()))
                names = {name.lower() for name, _ in told}
                message["headers"] = told + [guard for guard in _GUARDS if guard[0] not in names]
                if message["status"] >= 400:
                    await incoming.drain()
            await send(message)

        try:
            limits.check_headers(scope["headers"])
            await self._app(scope, incoming, watched)
        except Exception as error:
            if started:
                raise
            await _any(error)(scope, incoming, watched)


def _any(error: Exception) -> Response:
    if isinstance(error, errors.FieldCrmError):
        return answer_of(error)
    known = recognised(error)
    if known is not None:
        log.warning("refused", extra={"facts": {"code": known.code, "error": type(error).__name__}})
        return answer_of(known)
    incident = str(new_id())
    log.error("incident", extra={"facts": {"incident": incident}}, exc_info=error)
    return problem(500, "internal", {"incident": incident})


def guarded(name: str, work: Callable[[], object]) -> None:
    """Run one turn of a background job; what goes wrong is logged, and the next turn comes."""
    try:
        work()
    except Exception as error:
        known = recognised(error)
        facts = {"job": name, "code": known.code} if known else {"job": name, "incident": str(new_id())}
        log.error("job failed", extra={"facts": facts}, exc_info=None if known else error)


def contained(work: Callable[[], object]) -> Exception | None:
    """Run ``work`` and return what went wrong; what nobody's data can cause is raised on."""
    try:
        work()
    except Exception as error:
        if recognised(error) is not None:
            raise
        return error
    return None
