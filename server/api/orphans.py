"""``/api/v1/files/orphans``: what was stored and belongs to no photo; kept until the office decides."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fieldcrm import clock
from fieldcrm.errors import NotFound
from server import holdings, scope_office
from server.api.callers import Caller, Context, Signed
from server.api.files import sent_file
from server.files import checked_hash
from server.scope_office import Act

router = APIRouter(prefix="/api/v1/files", tags=["office"])


class Orphan(BaseModel):
    """A file; ``user_id`` sent it, as far as that is known, under the id of the photo it was meant for."""

    sha256: str
    size: int
    stored_at: int
    user_id: UUID | None
    photo_id: UUID | None


class Orphans(BaseModel):
    """The files without a photo, oldest first."""

    items: list[Orphan]


@router.get("/orphans")
def orphans(caller: Signed) -> Orphans:
    """List the stored files that no photo names: their photo was refused, or is gone."""
    return Orphans(
        items=[
            Orphan(
                sha256=each.sha256, size=each.size, stored_at=clock.to_ms(each.stored_at),
                user_id=each.user_id, photo_id=each.photo_id,
            )
            for each in _orphans(caller)
        ]
    )  # fmt: skip


@router.get("/orphans/{sha256}")
def orphan(sha256: str, request: Request, caller: Signed, context: Context) -> Response:
    """Return one of these files."""
    sha256 = checked_hash(sha256)
    if sha256 not in {each.sha256 for each in _orphans(caller)}:
        raise NotFound("file", sha256)
    return sent_file(request, context, sha256, "")


def _orphans(caller: Caller) -> list[holdings.Orphan]:
    with caller.reading() as (connection, principal):
        scope_office.check(principal, Act.SEE_ORPHANS)
        return holdings.orphans(connection)
