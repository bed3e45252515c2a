"""What goods cost us (Q1)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add() -> None:
    """Make the table."""
    op.create_table(
        "cost_price",
        sa.Column("product_id", sa.String(length=36), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.String(length=10), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_cost_price_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_price")),
    )
    op.create_index("ix_cost_price_currency_id", "cost_price", ["currency", "id"])
    op.create_index(op.f("ix_cost_price_product_id"), "cost_price", ["product_id"])


def remove() -> None:
    """Take it away."""
    op.drop_table("cost_price")
