"""What an order got: its origin, editions, deliveries and returns, and the customer's own page."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

_COLUMNS: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
    "origin": (sa.String(length=24), "rep"),
    "edition": (sa.Integer(), "1"),
    "reason": (sa.Text(), ""),
    "fulfilment": (sa.String(length=24), "open"),
    "returned_amount": (sa.BigInteger(), "0"),
}
_TABLES = ("order_version", "delivery", "order_return")


def add() -> None:
    """Make the columns and the tables."""
    for name, (kind, default) in _COLUMNS.items():
        op.add_column("order", sa.Column(name, kind, server_default=default, nullable=False))
    _make_versions()
    _make_deliveries()
    _make_returns()
    _make_links()


def remove() -> None:
    """Take them away."""
    for name in ("order_link", *reversed(_TABLES)):
        op.drop_table(name)
    for name in _COLUMNS:
        op.drop_column("order", name)


def _of_order(name: str, *columns: sa.Column[object], people: tuple[str, ...] = ()) -> None:
    points = {"order_id": "order", "account_id": "account", "territory_id": "territory"}
    points |= dict.fromkeys(people, "user")
    op.create_table(
        name,
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        *columns,
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{name}_{column}"))
            for column, table in points.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_order_id"), name, ["order_id"])
    op.create_index(op.f(f"ix_{name}_account_id"), name, ["account_id"])
    op.create_index(op.f(f"ix_{name}_territory_id_id"), name, ["territory_id", "id"])


def _make_versions() -> None:
    _of_order(
        "order_version",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        people=("by_id",),
    )


def _make_deliveries() -> None:
    _of_order(
        "delivery",
        sa.Column("delivered_on", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("quantities", sa.Text(), nullable=False),
    )


def _make_returns() -> None:
    _of_order(
        "order_return",
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("returned_on", sa.String(length=10), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("quantities", sa.Text(), nullable=False),
        sa.Column("amounts", sa.Text(), nullable=True),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("rebate_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("withheld_amount", sa.BigInteger(), nullable=False),
        people=("rep_id",),
    )


def _make_links() -> None:
    op.create_table(
        "order_link",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("basket", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_order_link")),
    )
    op.create_index(op.f("ix_order_link_account_id"), "order_link", ["account_id"])
