"""``/sync/v1/have``: which files a device must send (again).

What the database counts as stored but the disk has lost (an older copy of the folder was put
back) is forgotten here, or the upload would be taken for done and never come again.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import delete, update

from fieldcrm.errors import Malformed, SyncError
from fieldcrm.sync.protocol import MAX_HASHES, Have
from server import bodies, files, holdings, limits
from server.api.callers import Context, Signed
from server.api.sync import worked
from server.database import Database
from server.scope import Principal
from server.tables_auth import blob, upload

router = APIRouter(prefix="/sync/v1", tags=["files"])

_have = msgspec.json.Decoder(Have)


@router.post("/have")
async def have(request: Request, caller: Signed, context: Context) -> Response:
    """Return which of up to 1000 SHA-256 hashes have no file here."""
    body = await bodies.whole(request, wire=limits.SYNC_WIRE, plain=limits.SYNC_PLAIN)

    def work(who: Principal) -> Response:
        missing = absent(context.database, context.store, who.user_id, _decoded(body))
        return bodies.answer(request, msgspec.json.encode({"missing": missing}))

    return await worked(caller, context, work)


def absent(database: Database, store: files.Store, user_id: UUID, hashes: list[str]) -> list[str]:
    """Return the hashes whose file is not here; what was only believed to be here is forgotten."""
    with database.reading() as connection:
        missing = holdings.missing(connection, user_id, hashes)
    known = set(hashes) - set(missing)
    lost = [sha256 for sha256 in dict.fromkeys(hashes) if sha256 in known and not store.blob(sha256).exists()]
    if lost:
        with database.writing() as connection:
            connection.execute(delete(blob).where(blob.c.sha256.in_(lost)))
            connection.execute(delete(upload).where(upload.c.sha256.in_(lost), upload.c.state == "stored"))
            unstored = update(holdings.photo).where(holdings.photo.c.sha256.in_(lost))
            connection.execute(unstored.values(stored=False))
    return missing + lost


def _decoded(body: bytes) -> list[str]:
    limits.check_shape(body)
    try:
        asked = _have.decode(body).hashes
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed("malformed", what=str(error)) from error
    if len(asked) > MAX_HASHES:
        raise SyncError("too_large", limit=MAX_HASHES)
    return [files.checked_hash(sha256) for sha256 in asked]
