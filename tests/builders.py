"""Plain ORM rows with sensible defaults; a test names only what its rule is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account, Contact
from fieldcrm.model.orders import Order, OrderLine
from fieldcrm.model.plans import Todo, VisitPlan
from fieldcrm.model.prices import BookLevel, PriceBook, PriceEntry
from fieldcrm.model.products import Product, ProductCategory, ProductUnit
from fieldcrm.model.users import Role, Territory, User
from fieldcrm.model.visits import CheckIn, CheckOut, Photo, PositionSource, SopTemplate, StepAnswer, Visit

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Monday
TODAY = date(2026, 3, 2)


def make_territory(**fields: Any) -> Territory:
    """Return a territory without a parent."""
    return Territory(**{"id": new_id(), "code": "HZ-01", "name": "West Lake"} | fields)


def make_user(territory: Territory | None = None, **fields: Any) -> User:
    """Return a rep of ``territory``."""
    usual = {"id": new_id(), "login": "rep1", "name": "Li Na", "role": Role.REP}
    return User(**usual | {"territory_id": territory and territory.id} | fields)


def make_account(territory: Territory | UUID, **fields: Any) -> Account:
    """Return a store in ``territory`` with a position in Hangzhou."""
    usual = {
        "id": new_id(), "code": "C0001", "name": "好邻居便利店", "territory_id": _id(territory),
        "address": "文三路 12 号", "phone": "057188880001",
        "latitude_e7": 302741000, "longitude_e7": 1201551000,
    }  # fmt: skip
    return Account(**usual | fields)


def make_contact(account: Account, **fields: Any) -> Contact:
    """Return a person at ``account``."""
    usual = {"id": new_id(), "account_id": account.id, "territory_id": account.territory_id}
    return Contact(**usual | {"name": "王芳", "phone": "13800000001"} | fields)


def make_category(**fields: Any) -> ProductCategory:
    """Return a product category."""
    return ProductCategory(**{"id": new_id(), "code": "DRINK", "name": "饮料"} | fields)


def make_product(**fields: Any) -> Product:
    """Return a drink sold by the case; add its units with ``make_unit``."""
    usual = {
        "id": new_id(), "code": "P001", "name": "清泉矿泉水 550ml", "brand": "清泉", "base_unit": "bottle",
        "sales_unit": "case", "standard_price": Decimal("2.00"), "tax_rate": Decimal("0.13"),
    }  # fmt: skip
    return Product(**usual | fields)


def make_unit(product: Product, unit: str = "case", factor: int = 24, **fields: Any) -> ProductUnit:
    """Return a unit ``product`` is sold in."""
    usual = {"id": new_id(), "product_id": product.id, "unit": unit, "factor": Decimal(factor)}
    return ProductUnit(**usual | fields)


def make_price_book(**fields: Any) -> PriceBook:
    """Return a list price book that is always valid."""
    usual = {"id": new_id(), "code": "LIST", "name": "List prices", "level": BookLevel.LIST}
    return PriceBook(**usual | fields)


def make_price(book: PriceBook, product: Product, price: str = "48.00", **fields: Any) -> PriceEntry:
    """Return a price of ``product`` in ``book`` for its sales unit."""
    usual = {
        "id": new_id(), "price_book_id": book.id, "territory_id": book.territory_id,
        "product_id": product.id, "unit": product.sales_unit, "price": Decimal(price),
    }  # fmt: skip
    return PriceEntry(**usual | fields)


def make_plan(rep: User, account: Account, on: date = TODAY, **fields: Any) -> VisitPlan:
    """Return a visit ``rep`` means to make."""
    return VisitPlan(**{"id": new_id(), "rep_id": rep.id, "account_id": account.id, "on": on} | fields)


def make_todo(rep: User, **fields: Any) -> Todo:
    """Return something ``rep`` has promised."""
    usual = {"id": new_id(), "assignee_id": rep.id, "created_by": rep.id, "title": "Bring shelf labels"}
    return Todo(**usual | fields)


def make_sop(**fields: Any) -> SopTemplate:
    """Return a template of one required step with one number."""
    field = {"key": "facings", "label": "Facings", "type": "number", "required": True}
    step = {"key": "shelf", "title": "Shelf", "hint": "", "required": True, "fields": [field]}
    usual = {"id": new_id(), "code": "STD", "name": "Standard visit", "edition": 1, "steps": [step]}
    return SopTemplate(**usual | {"valid_from": date(2026, 1, 1)} | fields)


def make_visit(rep: User, account: Account, **fields: Any) -> Visit:
    """Return a visit that began at ``MORNING``; it is open until it has a check-out."""
    return Visit(**_of(rep, account) | {"started_at": MORNING} | fields)


def make_check_in(visit: Visit, **fields: Any) -> CheckIn:
    """Return an arrival without a position."""
    return CheckIn(**_within(visit) | {"at": visit.started_at, "source": PositionSource.NONE} | fields)


def make_check_out(visit: Visit, **fields: Any) -> CheckOut:
    """Return a departure at the time of arrival."""
    return CheckOut(**_within(visit) | {"at": visit.started_at} | fields)


def make_answer(visit: Visit, **fields: Any) -> StepAnswer:
    """Return the answer of the step ``make_sop`` has."""
    usual = {"step_key": "shelf", "answers": {"facings": 4}, "answered_at": visit.started_at}
    return StepAnswer(**_within(visit) | usual | fields)


def make_photo(visit: Visit, sha256: str = "0" * 64, **fields: Any) -> Photo:
    """Return what is known of one picture."""
    usual = {
        "sha256": sha256, "size": 1000, "media_type": "image/jpeg", "width": 40, "height": 30,
        "taken_at": visit.started_at,
    }  # fmt: skip
    return Photo(**_within(visit) | usual | fields)


def make_order(rep: User, account: Account, **fields: Any) -> Order:
    """Return an empty draft order."""
    return Order(**_of(rep, account) | {"provisional_number": "R1-000001", "ordered_on": TODAY} | fields)


def make_order_line(order: Order, product: Product, quantity: int = 2, **fields: Any) -> OrderLine:
    """Return a line of ``quantity`` cases at 48.00 with 13 % tax inside."""
    net = Decimal("48.00") * quantity
    usual = {
        "id": new_id(), "order_id": order.id, "product_id": product.id, "unit": product.sales_unit,
        "quantity": Decimal(quantity), "unit_price": Decimal("48.00"), "gross_amount": net,
        "net_amount": net, "tax_rate": Decimal("0.13"), "tax_amount": Decimal("0.00"),
    }  # fmt: skip
    return OrderLine(**usual | fields)


def _id(row: Territory | UUID) -> UUID:
    return row if isinstance(row, UUID) else row.id


def _of(rep: User, account: Account) -> dict[str, Any]:
    place = {"account_id": account.id, "territory_id": account.territory_id}
    return {"id": new_id(), "rep_id": rep.id} | place


def _within(visit: Visit) -> dict[str, Any]:
    place = {"account_id": visit.account_id, "territory_id": visit.territory_id}
    return {"id": new_id(), "visit_id": visit.id, "rep_id": visit.rep_id} | place
