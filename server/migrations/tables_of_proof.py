"""What 0.2 added for the evidence of visits, and for what follows them (V6, V7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_SEALED = ("visit", "check_in", "check_out", "step_answer", "photo")
_PROOF = (
    "visit_amendment", "store_code", "position_refusal", "visit_finding", "visit_share", "shared_report",
)  # fmt: skip


def add() -> None:
    """Make the tables and the columns."""
    for event in _SEALED:
        op.add_column(event, sa.Column("seal", sa.Text(), nullable=True))
    op.add_column("check_in", sa.Column("code_edition", sa.Integer(), nullable=True))
    op.add_column("check_in", sa.Column("code_signature", sa.Text(), nullable=True))
    op.add_column("step_answer", sa.Column("amendment_id", sa.String(length=36), nullable=True))
    op.add_column("photo", sa.Column("exif", sa.Text(), nullable=True))
    _make_tables()


def remove() -> None:
    """Take them back."""
    for name in ("photo_look", "to_look_at", "chain_anchor", *reversed(_PROOF)):
        op.drop_table(name)
    op.drop_column("photo", "exif")
    op.drop_column("step_answer", "amendment_id")
    op.drop_column("check_in", "code_signature")
    op.drop_column("check_in", "code_edition")
    for event in _SEALED:
        op.drop_column(event, "seal")


def _make_tables() -> None:
    op.create_table(
        "visit_amendment",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("seal", sa.Text(), nullable=True),
        *_synced(),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_amendment_visit_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_visit_amendment_account_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_visit_amendment_rep_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_visit_amendment_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_amendment")),
    )
    op.create_index(op.f("ix_visit_amendment_account_id"), "visit_amendment", ["account_id"])
    op.create_index(op.f("ix_visit_amendment_territory_id"), "visit_amendment", ["territory_id"])
    op.create_index(op.f("ix_visit_amendment_visit_id"), "visit_amendment", ["visit_id"])
    op.create_table(
        "store_code",
        sa.Column("issued_by", sa.String(length=36), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name=op.f("fk_store_code_issued_by")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_store_code_account_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_store_code_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_code")),
    )
    op.create_index(op.f("ix_store_code_account_id"), "store_code", ["account_id"])
    op.create_index(op.f("ix_store_code_territory_id"), "store_code", ["territory_id"])
    op.create_table(
        "position_refusal",
        sa.Column("refused_by", sa.String(length=36), nullable=False),
        sa.Column("latitude_e7", sa.Integer(), nullable=False),
        sa.Column("longitude_e7", sa.Integer(), nullable=False),
        sa.Column("datum", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["refused_by"], ["user.id"], name=op.f("fk_position_refusal_refused_by")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_position_refusal_account_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_position_refusal_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_refusal")),
    )
    op.create_index(op.f("ix_position_refusal_account_id"), "position_refusal", ["account_id"])
    op.create_index(op.f("ix_position_refusal_territory_id"), "position_refusal", ["territory_id"])
    op.create_table(
        "visit_finding",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_visit_finding_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_finding")),
    )
    op.create_index(op.f("ix_visit_finding_rep_id"), "visit_finding", ["rep_id"])
    op.create_index(op.f("ix_visit_finding_visit_id"), "visit_finding", ["visit_id"])
    op.create_table(
        "visit_share",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("shared_by", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_visit_share_rep_id")),
        sa.ForeignKeyConstraint(["shared_by"], ["user.id"], name=op.f("fk_visit_share_shared_by")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_visit_share_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_share")),
    )
    op.create_index(op.f("ix_visit_share_rep_id"), "visit_share", ["rep_id"])
    op.create_index(op.f("ix_visit_share_visit_id"), "visit_share", ["visit_id"])
    op.create_table(
        "shared_report",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("to_id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_shared_report_rep_id")),
        sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_shared_report_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_report")),
    )
    op.create_index(op.f("ix_shared_report_to_id"), "shared_report", ["to_id"])
    op.create_index(op.f("ix_shared_report_visit_id"), "shared_report", ["visit_id"])
    op.create_table(
        "chain_anchor",
        sa.Column("chain_id", sa.String(length=36), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("link", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(length=88), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "n", name=op.f("pk_chain_anchor")),
    )
    op.create_table(
        "to_look_at",
        sa.Column("visit_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_to_look_at")),
    )
    op.create_table(
        "photo_look",
        sa.Column("photo_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("likeness", sa.String(length=16), nullable=True),
        sa.Column("like_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_look")),
    )
    op.execute("INSERT INTO to_look_at (visit_id, at) SELECT DISTINCT visit_id, 0 FROM photo WHERE stored")


def _synced() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
    )
