"""Addresses of order pages: a token that is told once and kept as its digest (R1).

What a customer orders is an order of the rep who gave him the page, made, priced, judged and numbered
by the same code as one from a laptop.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from fieldcrm.errors import NotFound, RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.model.users import Role, User
from server import operations, records, scope_office, tokens
from server.order_page.basket import Basket
from server.scope import Principal
from server.tables import order_link

VALID = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whose page it is, in whose name he orders, and what he put together so far."""

    digest: str
    account: Account
    rep: User
    basket: Basket


def make(connection: Connection, principal: Principal, account_id: UUID, at: datetime) -> str:
    """Give a customer a page of his own and return its token; the page he had ends, his basket stays."""
    areas = scope_office.seen_territories(connection, principal)
    table = Account.__table__
    where = [] if areas is None else [table.c.territory_id.in_(areas)]
    records.one(connection, "account", account_id, where)
    if principal.role not in (Role.REP, Role.MANAGER):
        raise RuleBroken("not_allowed", act="make_order_page")
    connection.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    token = secrets.token_urlsafe(32)
    basket = connection.scalar(
        select(order_link.c.basket).where(order_link.c.account_id == account_id).limit(1)
    )
    connection.execute(delete(order_link).where(order_link.c.account_id == account_id))
    connection.execute(
        insert(order_link).values(
            token=tokens.digest(token), account_id=account_id, made_at=at, made_by=principal.user_id,
            ends_at=at + VALID, basket=basket,
        )
    )  # fmt: skip
    operations.record(
        connection, "order_link_made", at, user_id=principal.user_id, entity="account", row_id=account_id
    )
    return token


def session_of(connection: Connection) -> Session:
    """Return a session inside the caller's transaction."""
    return Session(connection, join_transaction_mode="rollback_only")


def opened(session: Session, token: str, at: datetime, *, locked: bool = False) -> Opened:
    """Return what a token opens, for one at a time if ``locked``; ``NotFound`` when it holds no more."""
    digest = tokens.digest(token)
    query = select(
        order_link.c.account_id, order_link.c.made_by, order_link.c.ends_at, order_link.c.basket
    ).where(order_link.c.token == digest)
    link = session.execute(query.with_for_update() if locked else query).first()
    account = session.get(Account, link.account_id) if link is not None else None
    rep = session.get(User, link.made_by) if link is not None else None
    gone = account is None or account.archived_at is not None or account.merged_into is not None
    if link is None or account is None or rep is None or gone or at >= link.ends_at or not rep.active:
        raise NotFound("order_link", "")
    return Opened(digest, account, rep, Basket.heard(link.basket))


def keep(connection: Connection, digest: str, basket: Basket) -> None:
    """Keep what a customer put together."""
    connection.execute(update(order_link).where(order_link.c.token == digest).values(basket=basket.told()))
