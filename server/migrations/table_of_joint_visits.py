"""What 0.2 added for accompanied visits and for weeks that a manager decides on (V2, V3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add() -> None:
    """Make the tables."""
    _add_weeks()
    ids = ("joint_id", "rep_id", "host_id", "guest_id")
    op.create_table(
        "joint_visit",
        *(sa.Column(name, sa.String(length=36), nullable=False) for name in ids),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("guest_name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("on", sa.String(length=10), nullable=False),
        sa.Column("start_time", sa.Text(), nullable=True),
        sa.Column("from_time", sa.Text(), nullable=True),
        sa.Column("until_time", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("host_visit_id", sa.String(length=36), nullable=True),
        sa.Column("guest_visit_id", sa.String(length=36), nullable=True),
        sa.Column("host_signed", sa.Text(), nullable=True),
        sa.Column("host_signed_at", sa.BigInteger(), nullable=True),
        sa.Column("guest_signed", sa.Text(), nullable=True),
        sa.Column("guest_signed_at", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_joint_visit_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_visit")),
    )
    op.create_index("ix_joint_visit_rep_id_id", "joint_visit", ["rep_id", "id"])
    op.create_index(op.f("ix_joint_visit_account_id"), "joint_visit", ["account_id"])
    op.create_index(op.f("ix_joint_visit_joint_id"), "joint_visit", ["joint_id"])


def remove() -> None:
    """Take them back."""
    op.drop_table("joint_visit")
    op.drop_table("plan_week")


def _add_weeks() -> None:
    op.create_table(
        "plan_week",
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("monday", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_plan_week_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_week")),
    )
    op.create_index("ix_plan_week_rep_id_id", "plan_week", ["rep_id", "id"])
