"""``/sync/v1/files``: tus 1.0 with creation, creation-with-upload, expiration, checksum, termination.

The id of an upload is the laptop's own UUIDv7, so a laptop that lost the answer to its
creation asks again and finds the same upload. Files are named by hash alone; whatever a
laptop calls them never becomes a path.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Header, Request, Response
from sqlalchemy import ColumnElement, Connection, Row, select
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from fieldcrm import clock
from fieldcrm.errors import Invalid, Malformed, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.sync.entities import registry
from server import bodies, files, holdings, limits, scope, shared, uploads
from server.api.callers import Caller, Context, Installation, Signed
from server.holdings import photo
from server.scope import Principal
from server.tables_auth import thumbnail

router = APIRouter(prefix="/sync/v1", tags=["files"])

_DIGESTS = {"sha1": 20, "sha256": 32}  # tus asks for sha1 of every server; our laptops use the other
_VERSION = {"tus-resumable": "1.0.0", "cache-control": "no-store"}
_ABILITIES = _VERSION | {
    "tus-version": "1.0.0",
    "tus-extension": "creation,creation-with-upload,expiration,checksum,termination",
    "tus-max-size": str(limits.FILE_BYTES),
    "tus-checksum-algorithm": ",".join(_DIGESTS),
}
_PIECE = "application/offset+octet-stream"
_SHOWN = {"image/jpeg", "image/png", "image/webp"}

Tus = Annotated[str | None, Header(alias="tus-resumable")]


@router.options("/files", status_code=204)
def abilities() -> Response:
    """Say what this server can do."""
    return Response(status_code=204, headers=_ABILITIES)


@router.post("/files", status_code=201)
async def create(request: Request, caller: Signed, context: Context, tus: Tus = None) -> Response:
    """Announce a file, with its first piece if there is a body."""
    _check_version(tus)
    file = _announced(request)
    row = await run_in_threadpool(_begin, caller.handing_in(), context, file)
    headers = {"location": f"/sync/v1/files/{row.id}"}
    if request.headers.get("content-type") == _PIECE and context.store.offset(row) < row.size:
        row = await _receive(request, caller.handing_in(), context, row.id, offset=0)
    return Response(status_code=201, headers=headers | _progress(context, row))


@router.head("/files/{upload_id}")
async def progress(upload_id: UUID, caller: Signed, context: Context, tus: Tus = None) -> Response:
    """Say how much of an upload is here; all of it only once it is stored, even if a kill came between."""
    _check_version(tus)
    row = await run_in_threadpool(_mine, caller.handing_in(), upload_id)
    if files.is_complete(context.store, row):
        async with context.turns.mine(upload_id):
            row = await run_in_threadpool(_finished, caller.handing_in(), context, upload_id)
    return Response(headers=_progress(context, row) | {"upload-length": str(row.size)})


@router.patch("/files/{upload_id}", status_code=204)
async def append(
    upload_id: UUID, request: Request, caller: Signed, context: Context, tus: Tus = None
) -> Response:
    """Add a piece at the offset that HEAD told; 409 if it is another by now."""
    _check_version(tus)
    if request.headers.get("content-type") != _PIECE:
        raise Malformed("unsupported_media_type", supported=[_PIECE])
    offset = _whole_number(request, "upload-offset")
    row = await _receive(request, caller.handing_in(), context, upload_id, offset=offset)
    return Response(status_code=204, headers=_progress(context, row))


@router.delete("/files/{upload_id}", status_code=204)
async def discard(upload_id: UUID, caller: Signed, context: Context, tus: Tus = None) -> Response:
    """Give an upload up; a file that is stored stays."""
    _check_version(tus)
    async with context.turns.mine(upload_id):
        await run_in_threadpool(_discard, caller, context, upload_id)
    return Response(status_code=204, headers=_VERSION)


@router.get("/files/{sha256}")
def download(sha256: str, request: Request, caller: Signed, context: Context) -> Response:
    """Return a stored file, if one of the caller's own rows names it."""
    sha256 = files.checked_hash(sha256)
    with caller.reading() as (connection, principal):
        mine = _visible(connection, principal, (photo.c.sha256 == sha256) & holdings.IS_HELD)
    if not mine:
        raise NotFound("file", sha256)
    return sent_file(request, context, sha256, mine[0]["media_type"])


@router.get("/thumbnails/{photo_id}")
def small(photo_id: UUID, request: Request, caller: Signed, context: Context) -> Response:
    """Return the small picture of a photo that the caller sees or was shown; its ETag is its own hash."""
    with caller.reading() as (connection, principal):
        mine = _visible(connection, principal, photo.c.id == photo_id)
        mine = mine or shared.photos(connection, photo_id, principal.user_id)
        sent = select(thumbnail.c.sha256, thumbnail.c.user_id).where(thumbnail.c.photo_id == photo_id)
        row = connection.execute(sent).first()
    if row is None or row.user_id not in {each["rep_id"] for each in mine}:
        raise NotFound("thumbnail", photo_id)
    return sent_file(request, context, row.sha256, "image/jpeg")


def _visible(
    connection: Connection, principal: Principal, which: ColumnElement[bool]
) -> list[dict[str, Any]]:
    granted = scope.grants(connection, principal)
    rows = [dict(row) for row in connection.execute(select(photo).where(which)).mappings()]
    return [row for row in rows if registry()["photo"].scope_of(row) in granted]


def sent_file(request: Request, context: Installation, sha256: str, media_type: str) -> Response:
    """Return a stored file that the caller may have, with Range and an ETag."""
    path = context.store.blob(sha256)
    if not path.exists():
        raise NotFound("file", sha256)
    etag = f'"{sha256}"'
    headers = {"etag": etag, "cache-control": "private, max-age=31536000, immutable"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = media_type if media_type in _SHOWN else "application/octet-stream"
    return FileResponse(path, headers=headers | {"content-disposition": "attachment"}, media_type=kind)


@router.post("/have")
async def have(request: Request, caller: Signed) -> Response:
    """Say which of up to 1,000 files the caller has still to send."""
    body = await bodies.whole(request, wire=limits.JSON_WIRE, plain=limits.JSON_PLAIN)
    try:
        hashes = msgspec.json.decode(body, type=_Have).sha256
    except msgspec.DecodeError as error:
        raise Malformed("malformed", what=str(error)) from error
    if len(hashes) > limits.HASHES:
        raise limits.too_large("hashes", limits.HASHES)
    asked = [files.checked_hash(sha256) for sha256 in hashes]
    left = await run_in_threadpool(_missing, caller.handing_in(), asked)
    return bodies.answer(request, msgspec.json.encode({"missing": left}))


class _Have(msgspec.Struct):
    sha256: list[str]


def _missing(caller: Caller, hashes: list[str]) -> list[str]:
    with caller.reading() as (connection, principal):
        return holdings.missing(connection, principal.user_id, hashes)


def _begin(caller: Caller, context: Installation, file: files.Announced) -> Row[Any]:
    with caller.writing() as (connection, principal):
        return files.begin(
            connection, context.store, file, principal.user_id, caller.identity.device_id, clock.now()
        )


def _mine(caller: Caller, upload_id: UUID) -> Row[Any]:
    with caller.reading() as (connection, principal):
        return files.found(connection, upload_id, principal.user_id)


def _finished(caller: Caller, context: Installation, upload_id: UUID) -> Row[Any]:
    row = _mine(caller, upload_id)
    if files.is_complete(context.store, row):
        files.finish(caller.database, context.store, row, clock.now())
        row = _mine(caller, upload_id)
    return row


def _discard(caller: Caller, context: Installation, upload_id: UUID) -> None:
    with caller.writing() as (connection, principal):
        files.discard(connection, context.store, files.found(connection, upload_id, principal.user_id))


async def _receive(
    request: Request, caller: Caller, context: Installation, upload_id: UUID, *, offset: int
) -> Row[Any]:
    """Take a piece and return the upload as it is then; how it stands is looked up in one's turn."""
    await run_in_threadpool(_mine, caller, upload_id)
    async with context.turns.mine(upload_id) as turn:
        row = await run_in_threadpool(_mine, caller, upload_id)
        here = context.store.offset(row)
        if offset != here:
            raise RuleBroken("wrong_offset", offset=here)
        if row.state != "open":
            return row
        most = min(limits.CHUNK_BYTES, row.size - offset)
        piece = uploads.Piece(context.store.part(row.id), offset, most, _checksum(request))
        await piece.receive(request, turn)
        if offset + piece.size == row.size:
            await run_in_threadpool(files.settle, caller.database, context.store, row, clock.now())
        return await run_in_threadpool(_mine, caller, upload_id)


def _progress(context: Installation, row: Row[Any]) -> dict[str, str]:
    expires = format_datetime(row.expires_at, usegmt=True)
    return _VERSION | {"upload-offset": str(context.store.offset(row)), "upload-expires": expires}


def _check_version(tus: str | None) -> None:
    if tus != "1.0.0":
        raise RuleBroken("unsupported_version", supported=["1.0.0"])


def _whole_number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise Invalid("not_a_whole_number", field=header)
    return int(text)


def _announced(request: Request) -> files.Announced:
    size = _whole_number(request, "upload-length")
    if size == 0:
        raise Invalid("empty", field="upload-length")
    if size > limits.FILE_BYTES:
        raise limits.too_large("file", limits.FILE_BYTES)
    told = _metadata(request.headers.get("upload-metadata", ""))
    small = _id(told, "photo") if told.get("kind") == "thumbnail" else None
    if small is not None and size > limits.THUMBNAIL_BYTES:
        raise limits.too_large("thumbnail", limits.THUMBNAIL_BYTES)
    return files.Announced(
        id=_id(told, "id") or new_id(),
        sha256=files.checked_hash(told.get("sha256", "")),
        size=size,
        mutation_id=_id(told, "mutation"),
        thumbnail_of=small,
    )


def _metadata(header: str) -> dict[str, str]:
    told = {}
    for pair in filter(None, header.split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            told[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Invalid("not_base64", field="upload-metadata") from error
    return told


def _id(told: dict[str, str], name: str) -> UUID | None:
    try:
        return UUID(told[name]) if told.get(name) else None
    except ValueError as error:
        raise Invalid("not_an_id", field=name) from error


def _checksum(request: Request) -> uploads.Checksum | None:
    header = request.headers.get("upload-checksum")
    if header is None:
        return None
    algorithm, _, text = header.partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed("malformed", what="upload-checksum") from error
    if _DIGESTS.get(algorithm) != len(digest):
        raise Malformed("malformed", what="upload-checksum")
    return uploads.Checksum(algorithm, digest)
