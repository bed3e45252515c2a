"""The strategy card of an account (A2)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add() -> None:
    """Make the table."""
    op.create_table(
        "account_strategy",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("obstacles", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("target_sales", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_strategy_account_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_account_strategy_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_strategy")),
    )
    for column in ("account_id", "territory_id"):
        op.create_index(op.f(f"ix_account_strategy_{column}"), "account_strategy", [column])


def remove() -> None:
    """Take it away."""
    op.drop_table("account_strategy")
