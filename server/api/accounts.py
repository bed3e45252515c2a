"""``/api/v1/accounts`` and ``/contacts``: stores and the people in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import ColumnElement, Connection, func, or_, select

from fieldcrm import clock
from fieldcrm.errors import Invalid, NotFound, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.users import Role
from fieldcrm.sync.entities import registry
from fieldcrm.sync.protocol import Op
from server import handing, records, scope_office
from server.api import answers, shapes
from server.api.callers import Signed
from server.scope import Principal
from server.scope_office import Act

router = APIRouter(prefix="/api/v1", tags=["accounts"])
account = registry()["account"].table
contact = registry()["contact"].table
_LIMITING = frozenset({"credit_limit", "receivable", "owner_id"})

Account = shapes.row_model("account")
AccountPage = shapes.page_model("account", Account)
NewAccount = shapes.body_model(
    "account", "New", leave_out=frozenset({"status"}), required=frozenset({"name", "territory_id"})
)
AccountChange = shapes.body_model("account", "Change", leave_out=frozenset(), required=frozenset())
Contact = shapes.row_model("contact")
ContactPage = shapes.page_model("contact", Contact)
NewContact = shapes.body_model(
    "contact", "New", leave_out=frozenset(), required=frozenset({"name", "account_id"})
)
ContactChange = shapes.body_model(
    "contact", "Change", leave_out=frozenset({"account_id"}), required=frozenset()
)


@router.get("/accounts", response_model=AccountPage)
def accounts(
    caller: Signed,
    q: shapes.Search = "",
    after: shapes.After = None,
    limit: shapes.Limit = 50,
    archived: bool = False,
) -> Response:
    """List the accounts the caller sees."""
    with caller.reading() as (connection, principal):
        where = [*_seen(connection, principal), *_matching(q)]
        return answers.page(
            records.listed(connection, "account", where, after=after, limit=limit, archived=archived)
        )


@router.get("/accounts/{account_id}", response_model=Account)
def read_account(account_id: UUID, caller: Signed) -> Response:
    """Return one account."""
    with caller.reading() as (connection, principal):
        return answers.row(records.one(connection, "account", account_id, _seen(connection, principal)))


@router.post("/accounts", status_code=201, response_model=Account)
def create_account(body: NewAccount, caller: Signed, id: UUID | None = None) -> Response:  # type: ignore[valid-type]  # noqa: A002
    """Make an account; ``id`` may be the caller's own UUIDv7."""
    values = shapes.sent(body)
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.WRITE_ACCOUNTS)
        # Naming one's own territory is no decision of the office.
        scope_office.check_account_fields(principal, Op.CREATE, set(values) - {"territory_id"})
        _check_links(connection, principal, values)
        fixed = {"id": id or new_id()}
        row = records.made(connection, "account", values, fixed, principal, clock.now())
    return answers.row(row, 201)


@router.patch("/accounts/{account_id}", response_model=Account)
def change_account(
    account_id: UUID,
    body: AccountChange,  # type: ignore[valid-type]  # made from the registry
    caller: Signed,
    if_match: shapes.IfMatch = None,
) -> Response:
    """Change fields of an account; with If-Match only if nobody else was faster."""
    values, version = shapes.sent(body), shapes.version_of(if_match)
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.WRITE_ACCOUNTS)
        _check_open(records.locked(connection, "account", account_id, _seen(connection, principal)))
        scope_office.check_account_fields(principal, Op.PATCH, set(values))
        _check_links(connection, principal, values)
        row = records.changed(
            connection, "account", account_id, values, principal, clock.now(), version=version
        )
        if values.keys() & _LIMITING:  # laptops that hold too much now are told at once
            handing.hand_out_to(connection, [str(account_id)], clock.now())
    return answers.row(row)


@router.delete("/accounts/{account_id}", response_model=Account)
def archive_account(account_id: UUID, caller: Signed, if_match: shapes.IfMatch = None) -> Response:
    """Put an account away; its history stays."""
    with caller.writing() as (connection, principal):
        scope_office.check(principal, Act.WRITE_ACCOUNTS)
        if principal.role is Role.FINANCE:
            raise RuleBroken("not_allowed", act="archive_account")
        records.locked(connection, "account", account_id, _seen(connection, principal))
        row = _archived(connection, "account", account_id, principal, if_match)
    return answers.row(row)


@router.get("/contacts", response_model=ContactPage)
def contacts(
    caller: Signed, account_id: UUID | None = None, after: shapes.After = None, limit: shapes.Limit = 50
) -> Response:
    """List contacts, of one account or of all the caller sees."""
    with caller.reading() as (connection, principal):
        where = _seen(connection, principal, contact)
        if account_id is not None:
            where.append(contact.c.account_id == account_id)
        return answers.page(records.listed(connection, "contact", where, after=after, limit=limit))


@router.get("/contacts/{contact_id}", response_model=Contact)
def read_contact(contact_id: UUID, caller: Signed) -> Response:
    """Return one contact."""
    with caller.reading() as (connection, principal):
        return answers.row(
            records.one(connection, "contact", contact_id, _seen(connection, principal, contact))
        )


@router.post("/contacts", status_code=201, response_model=Contact)
def create_contact(body: NewContact, caller: Signed, id: UUID | None = None) -> Response:  # type: ignore[valid-type]  # noqa: A002
    """Make a contact at an account the caller sees."""
    values = shapes.sent(body)
    with caller.writing() as (connection, principal):
        _check_may_write_contacts(principal)
        owner = records.locked(
            connection, "account", UUID(values["account_id"]), _seen(connection, principal)
        )
        _check_open(owner)
        fixed = {"id": id or new_id(), "territory_id": UUID(owner["territory_id"])}
        row = records.made(connection, "contact", values, fixed, principal, clock.now())
    return answers.row(row, 201)


@router.patch("/contacts/{contact_id}", response_model=Contact)
def change_contact(
    contact_id: UUID,
    body: ContactChange,  # type: ignore[valid-type]  # made from the registry
    caller: Signed,
    if_match: shapes.IfMatch = None,
) -> Response:
    """Change fields of a contact."""
    values, version = shapes.sent(body), shapes.version_of(if_match)
    with caller.writing() as (connection, principal):
        _check_may_write_contacts(principal)
        _check_open(records.locked(connection, "contact", contact_id, _seen(connection, principal, contact)))
        row = records.changed(
            connection, "contact", contact_id, values, principal, clock.now(), version=version
        )
    return answers.row(row)


@router.delete("/contacts/{contact_id}", response_model=Contact)
def archive_contact(contact_id: UUID, caller: Signed, if_match: shapes.IfMatch = None) -> Response:
    """Put a contact away."""
    with caller.writing() as (connection, principal):
        _check_may_write_contacts(principal)
        records.locked(connection, "contact", contact_id, _seen(connection, principal, contact))
        row = _archived(connection, "contact", contact_id, principal, if_match)
    return answers.row(row)


def _archived(
    connection: Connection, name: str, row_id: UUID, principal: Principal, if_match: str | None
) -> dict[str, Any]:
    at = clock.now()
    return records.changed(
        connection, name, row_id, {}, principal, at,
        what="archived", fixed={"archived_at": at}, version=shapes.version_of(if_match),
    )  # fmt: skip


def _seen(connection: Connection, principal: Principal, table: Any = account) -> list[ColumnElement[bool]]:
    areas = scope_office.seen_territories(connection, principal)
    return [] if areas is None else [table.c.territory_id.in_(areas)]


def _matching(q: str) -> list[ColumnElement[bool]]:
    columns = (account.c.name, account.c.code, account.c.address)
    return (
        [or_(*(func.lower(c).contains(q.strip().lower(), autoescape=True) for c in columns))]
        if q.strip()
        else []
    )


def _check_open(row: dict[str, Any]) -> None:
    if row["archived_at"] is not None:
        raise RuleBroken("archived")


def _check_may_write_contacts(principal: Principal) -> None:
    scope_office.check(principal, Act.WRITE_ACCOUNTS)
    if principal.role is Role.FINANCE:
        raise RuleBroken("not_allowed", act="write_contacts")


def _check_links(connection: Connection, principal: Principal, values: dict[str, Any]) -> None:
    """Raise unless the rows an account would point at are there and the caller's to point at."""
    areas = scope_office.seen_territories(connection, principal)
    if "territory_id" in values:
        here = UUID(values["territory_id"])
        known = connection.execute(select(_TERRITORY.c.id).where(_TERRITORY.c.id == here)).first()
        if known is None or (areas is not None and here not in areas):
            raise NotFound("territory", here)
    if values.get("owner_id") is not None:
        owner = select(_USER.c.id).where(_USER.c.id == UUID(values["owner_id"]), _USER.c.active)
        if connection.execute(owner).first() is None:
            raise Invalid("not_found", field="owner_id")


_TERRITORY = registry()["territory"].table
_USER = registry()["user"].table
