"""What the server's tests put into a company: stores, visits, photos, orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm import clock
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.orders import Order, OrderLine, OrderStatus
from fieldcrm.model.products import Product
from fieldcrm.model.shares import SharedReport
from fieldcrm.model.visits import Photo, Visit
from tests.fixtures.server import Person, ServerProcess


class Filling:
    """Puts rows straight into a server's database, as an import would."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server

    def _add(self, *rows: object) -> None:
        with (
            self._server.opened() as database,
            database.writing() as connection,
            Session(connection) as session,
        ):
            for row in rows:
                session.add(row)
                session.flush()

    def account(self, area: str = "HZ", **values: object) -> UUID:
        account = Account(id=new_id(), territory_id=self._server.company.territories[area],
                          **{"name": "解放路店", "opening": [], "tags": [], **values})  # fmt: skip
        self._add(account)
        return account.id

    def photo(self, sha256: str, area: str = "HZ", login: str = "rep1") -> UUID:
        where = {"account_id": self.account(area), "rep_id": self._server.company.users[login],
                 "territory_id": self._server.company.territories[area]}  # fmt: skip
        visit = Visit(id=new_id(), started_at=clock.now(), **where)
        photo = Photo(id=new_id(), visit_id=visit.id, sha256=sha256, size=1, media_type="image/jpeg",
                      width=1, height=1, taken_at=clock.now(), **where)  # fmt: skip
        self._add(visit, photo)
        return photo.id

    def shown(self, photo_id: UUID, *, to: str, named: bool) -> None:
        """Show a photo's report to somebody; ``named``: the report tells of the photo."""
        with self._server.opened() as database, database.reading() as connection:
            row = connection.execute(select(Photo.__table__).where(Photo.id == photo_id)).one()
        told = {"id": str(photo_id), "sha256": row.sha256, "step": "shelf", "caption": "", "taken_at": 1}
        self._add(SharedReport(
            id=new_id(), visit_id=row.visit_id, rep_id=row.rep_id, to_id=self._server.company.users[to],
            started_at=clock.now(), report={"photos": [told] if named else []},
        ))  # fmt: skip

    def order(
        self, area: str = "HZ", login: str = "rep1", status: OrderStatus = OrderStatus.NEEDS_REVIEW
    ) -> UUID:
        product = Product(id=new_id(), code=f"W1-{new_id()}", name="Water", base_unit="bottle",
                          sales_unit="bottle", standard_price=Decimal(2), tax_rate=Decimal("0.13"),
                          attributes={})  # fmt: skip
        order = Order(id=new_id(), provisional_number="R1-000001", account_id=self.account(area),
                      territory_id=self._server.company.territories[area],
                      rep_id=self._server.company.users[login], status=status, ordered_on=date(2026, 11, 20),
                      review_code="sums_disagree", goods_amount=Decimal("4.00"),
                      total_amount=Decimal("4.00"))  # fmt: skip
        line = OrderLine(id=new_id(), order_id=order.id, product_id=product.id, unit="bottle",
                         quantity=Decimal(2), unit_price=Decimal(2), gross_amount=Decimal(4),
                         net_amount=Decimal(4), tax_rate=Decimal(0), tax_amount=Decimal(0))  # fmt: skip
        self._add(product, order, line)
        return order.id


@pytest.fixture
def filling(shared_server: ServerProcess) -> Filling:
    """Fills the shared server."""
    return Filling(shared_server)


@pytest.fixture
def rep(shared_server: ServerProcess) -> Person:
    """The rep of HZ on a new device."""
    return shared_server.person("rep1")


@pytest.fixture
def admin(shared_server: ServerProcess) -> Person:
    """The administrator on a new device."""
    return shared_server.person("admin")
