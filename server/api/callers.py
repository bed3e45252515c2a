"""The caller of a route: a token in the ``Authorization`` header, checked against the database.

``reading`` and ``writing`` open a transaction and look in that same transaction whether
session, device and user are still alive; a route never sees rows without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy import Connection

from fieldcrm import clock
from fieldcrm.errors import SignInRequired
from server import auth, tokens
from server.database import Database
from server.files import Store
from server.gates import Gates
from server.metrics import Requests
from server.pokes import Pokes
from server.prebuilt import Shelf
from server.progress import Progress
from server.scope import Principal
from server.settings import Settings
from server.uploads import Turns


@dataclass(frozen=True, slots=True)
class Installation:
    """What every route shares; made once by ``server/app.py``."""

    settings: Settings
    database: Database
    store: Store
    turns: Turns
    keys: auth.Keys
    sync_threads: CapacityLimiter
    requests: Requests
    progress: Progress
    pokes: Pokes
    shelf: Shelf
    gates: Gates = field(default_factory=Gates)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a well-formed token."""

    identity: tokens.Identity
    database: Database

    hands_in: bool = False

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, Principal]]:
        """Open a reading transaction in which the caller was alive."""
        with self.database.reading() as connection:
            yield connection, self._principal(connection)

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, Principal]]:
        """Open a writing transaction in which the caller was alive."""
        with self.database.writing() as connection:
            yield connection, self._principal(connection)

    def handing_in(self) -> Caller:
        """Return the caller of a route that only brings work, which a leaver's device may still call."""
        return replace(self, hands_in=True)

    def _principal(self, connection: Connection) -> Principal:
        at_ms = clock.to_ms(clock.now()) if self.hands_in else None
        return auth.principal(connection, self.identity, at_ms)


async def installation(request: Request) -> Installation:
    """Return what every route shares."""
    found: Installation = request.app.state.installation
    return found


_bearer = HTTPBearer(auto_error=False, description="The access token of a sign-in; it lives 15 minutes.")


async def caller_of(request: Request, _told: Annotated[object, Depends(_bearer)] = None) -> Caller:
    """Return the caller named by the request's token, or raise ``SignInRequired``."""
    shared = await installation(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInRequired("token_expired")
    identity = tokens.identity_of(shared.keys.signing, token.strip(), clock.now())
    return Caller(identity, shared.database)


Context = Annotated[Installation, Depends(installation)]
Signed = Annotated[Caller, Depends(caller_of)]
