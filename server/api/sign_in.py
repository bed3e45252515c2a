"""``/auth/v1``: tokens go in bodies only, never into an address or a log."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from fieldcrm import clock
from server import auth
from server.api.callers import Context, Signed
from server.api.shapes import PLAIN

router = APIRouter(prefix="/auth/v1", tags=["sign-in"])

Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PLAIN)]
Challenge = Annotated[str, StringConstraints(max_length=64, pattern=PLAIN)]
Token = Annotated[str, StringConstraints(min_length=16, max_length=200)]


class Device(BaseModel):
    """The laptop that signs in; it makes its id itself and keeps it.

    ``challenge`` is what an order to wipe must answer, if this laptop was reported lost.
    """

    id: UUID
    challenge: Challenge = ""
    name: Annotated[str, StringConstraints(max_length=200, pattern=PLAIN)] = ""


class Login(BaseModel):
    """A name, a password and the device they are typed on."""

    model_config = ConfigDict(hide_input_in_errors=True)

    user: Short
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    device: Device


class Refresh(BaseModel):
    """The refresh token; repeat a lost request with the same ``attempt``."""

    model_config = ConfigDict(hide_input_in_errors=True)

    refresh: Token
    device: UUID | None = None
    attempt: Annotated[str, StringConstraints(min_length=8, max_length=64)] | None = None
    challenge: Challenge = ""


class Move(BaseModel):
    """The refresh token of the device that the file says it is, and the device it becomes."""

    model_config = ConfigDict(hide_input_in_errors=True)

    refresh: Token
    device: UUID
    to: Device
    attempt: Annotated[str, StringConstraints(min_length=8, max_length=64)]


class Person(BaseModel):
    """Who signed in."""

    id: UUID
    login: str
    name: str
    role: str
    territory_id: UUID | None


class Terms(BaseModel):
    """What a laptop in good standing is told; keys are hex.

    Parcels are sealed to ``parcel_key`` (X25519). ``share`` is the server's half of the laptop's
    database key, to be forgotten ``lease_days`` after the last contact.
    """

    parcel_key: str
    share: str
    lease_days: int


class Tokens(BaseModel):
    """A pair of tokens; ``expires_in`` is the access token's life in seconds.

    ``server_key`` is the public half (Ed25519, base64) of the key that signs receipts and orders.
    ``approver_key`` is a manager's own, with which he agrees to quotes over the phone; others have none.
    """

    access: str
    refresh: str
    expires_in: int
    user: Person
    server_key: str
    approver_key: str
    terms: Terms


@router.post("/login")
def login(asked: Login, request: Request, context: Context) -> Tokens:
    """Sign in on a device."""
    address = request.client.host if request.client else "-"
    what = auth.Asked(
        asked.user, asked.password, asked.device.id, asked.device.name, address, asked.device.challenge
    )
    return _tokens(auth.login(context.database, context.keys, what, clock.now()))


@router.post("/refresh")
def refresh(asked: Refresh, context: Context) -> Tokens:
    """Exchange a refresh token for the next pair; using one twice ends the session."""
    grant = auth.refresh(
        context.database,
        context.keys,
        asked.refresh,
        asked.device,
        asked.attempt,
        clock.now(),
        asked.challenge,
    )
    return _tokens(grant)


@router.post("/move")
def move(asked: Move, context: Context) -> Tokens:
    """Make a copied laptop a device of its own: the session moves to ``to``, the old one's ends.

    Repeat a lost request with the same ``attempt`` and the same device.
    """
    what = auth.Move(asked.refresh, asked.device, asked.to.id, asked.to.name, asked.attempt)
    return _tokens(auth.move(context.database, context.keys, what, clock.now()))


@router.post("/logout", status_code=204)
def logout(caller: Signed, context: Context) -> Response:
    """End this device's session."""
    auth.logout(context.database, caller.identity, clock.now())
    return Response(status_code=204)


def _tokens(grant: auth.Grant) -> Tokens:
    return Tokens(
        access=grant.access,
        refresh=grant.refresh,
        expires_in=grant.expires_in,
        user=Person.model_validate(grant.user),
        server_key=grant.server_key,
        approver_key=grant.approver_key,
        terms=Terms.model_validate(grant.terms),
    )
