"""What 0.2 added: sync keeps every promise of the contract."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.migrations import (
    table_of_cost_prices,
    table_of_joint_visits,
    tables_of_orders,
    tables_of_proof,
    tables_of_quotes,
    tables_of_rules,
    tables_of_strategy,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PARTS = ("order_line", "product_unit")
_TIMED = ("check_in", "check_out")


def upgrade() -> None:
    """Apply this step."""
    op.add_column("device", sa.Column("state_at", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("wiped_at", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("unsent", sa.Integer(), nullable=True))
    op.create_table(
        "parcel",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("replayed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_device_id"), "parcel", ["device_id"])
    op.create_index(op.f("ix_account_parent_id"), "account", ["parent_id"])
    op.create_table(
        "device_progress",
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("device_id", "seq", name=op.f("pk_device_progress")),
    )
    op.add_column("upload", sa.Column("thumbnail_of", sa.String(36)))
    op.create_table(
        "thumbnail",
        sa.Column("photo_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_thumbnail")),
    )
    op.create_index(op.f("ix_thumbnail_sha256"), "thumbnail", ["sha256"])
    for part in _PARTS:
        op.add_column(part, sa.Column("extra", sa.Text(), nullable=True))
    for event in _TIMED:
        op.add_column(event, sa.Column("captured_at", sa.BigInteger(), nullable=True))
        op.add_column(event, sa.Column("received_at", sa.BigInteger(), nullable=True))
        op.add_column(event, sa.Column("clock_off_s", sa.Integer(), nullable=True))
    op.add_column("sop_template", sa.Column("store_types", sa.Text(), server_default="[]", nullable=False))
    op.add_column("sop_template", sa.Column("sunset_on", sa.String(length=10), nullable=True))
    op.add_column("photo", sa.Column("likeness", sa.Text(), nullable=True))
    op.add_column("photo", sa.Column("like_id", sa.String(length=36), nullable=True))
    op.add_column("visit_review", sa.Column("field_key", sa.Text(), nullable=True))
    op.add_column("visit_review", sa.Column("photo_id", sa.String(length=36), nullable=True))
    op.add_column("visit_review", sa.Column("spot_x", sa.Integer(), nullable=True))
    op.add_column("visit_review", sa.Column("spot_y", sa.Integer(), nullable=True))
    _make_scope_tables()
    _make_call_tables()
    tables_of_rules.add()
    _make_cadence_tables()
    tables_of_strategy.add()
    tables_of_quotes.add()
    tables_of_orders.add()
    tables_of_proof.add()
    table_of_joint_visits.add()
    table_of_cost_prices.add()
    _make_merged_fields()
    op.add_column("sync_epoch", sa.Column("pg_system_id", sa.Text(), nullable=True))
    op.add_column("sync_epoch", sa.Column("pg_timeline", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("lease_number", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("device", sa.Column("lease_cur", sa.String(length=16), nullable=True))
    op.add_column("device", sa.Column("lease_prev", sa.String(length=16), nullable=True))
    op.add_column("device", sa.Column("lease_batch", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    tables_of_orders.remove()
    table_of_joint_visits.remove()
    table_of_cost_prices.remove()
    tables_of_rules.remove()
    tables_of_quotes.remove()
    tables_of_strategy.remove()
    op.drop_table("calendar_feed")
    op.drop_table("planning_default")
    op.drop_table("office_day")
    op.drop_table("cadence_rule")
    for name in ("cadence_reason", "cadence_most_days", "cadence_least_days"):
        op.drop_column("account", name)
    tables_of_proof.remove()
    op.drop_table("merged_field")
    op.drop_column("authorship", "prior")
    op.drop_table("phone_call")
    op.drop_table("call_list")
    op.drop_table("device_progress")
    op.drop_table("thumbnail")
    op.drop_column("upload", "thumbnail_of")
    op.drop_column("sop_template", "sunset_on")
    op.drop_column("sop_template", "store_types")
    for name in ("spot_y", "spot_x", "photo_id", "field_key"):
        op.drop_column("visit_review", name)
    op.drop_column("photo", "like_id")
    op.drop_column("photo", "likeness")
    for event in _TIMED:
        for column in ("clock_off_s", "received_at", "captured_at"):
            op.drop_column(event, column)
    for part in _PARTS:
        op.drop_column(part, "extra")
    for name in ("sync_regrant", "held_grant", "misdated", "aged"):
        op.drop_table(name)
    op.drop_index(op.f("ix_parcel_device_id"), "parcel")
    op.drop_table("parcel")
    for name in ("unsent", "told_at", "wiped_at", "state_at"):
        op.drop_column("device", name)
    for column in ("lease_batch", "lease_prev", "lease_cur", "lease_number"):
        op.drop_column("device", column)
    for column in ("pg_timeline", "pg_system_id"):
        op.drop_column("sync_epoch", column)
    op.drop_index(op.f("ix_account_parent_id"), "account")


def _make_scope_tables() -> None:
    op.create_table(
        "aged",
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_aged")),
    )
    op.create_table(
        "misdated",
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_misdated")),
    )
    op.create_table(
        "held_grant",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("scope_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "scope_id", name=op.f("pk_held_grant")),
    )
    op.create_table(
        "sync_regrant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_regrant")),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO sync_regrant (user_id) VALUES (NULL)")  # work everybody's territories out once


def _make_call_tables() -> None:
    op.create_table(
        "call_list",
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_call_list_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_list")),
    )
    op.create_index(op.f("ix_call_list_rep_id"), "call_list", ["rep_id"])
    op.create_table(
        "phone_call",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("call_back_at", sa.BigInteger(), nullable=True),
        sa.Column("replaces_id", sa.String(length=36), nullable=True),
        *_synced(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_phone_call_account_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_phone_call_rep_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_phone_call_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
    )
    op.create_index(op.f("ix_phone_call_account_id"), "phone_call", ["account_id"])
    op.create_index("ix_phone_call_rep_id_started_at", "phone_call", ["rep_id", "started_at"])
    op.create_index(op.f("ix_phone_call_territory_id"), "phone_call", ["territory_id"])


def _make_cadence_tables() -> None:
    op.add_column("account", sa.Column("cadence_least_days", sa.Integer(), nullable=True))
    op.add_column("account", sa.Column("cadence_most_days", sa.Integer(), nullable=True))
    op.add_column("account", sa.Column("cadence_reason", sa.Text(), nullable=True))
    op.create_table(
        "cadence_rule",
        sa.Column("territory_id", sa.String(length=36), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=True),
        sa.Column("grade", sa.String(length=24), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("least_days", sa.Integer(), nullable=True),
        sa.Column("most_days", sa.Integer(), nullable=True),
        sa.Column("seasons", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_cadence_rule_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cadence_rule")),
    )
    op.create_table(
        "office_day",
        sa.Column("territory_id", sa.String(length=36), nullable=True),
        sa.Column("on", sa.String(length=10), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_office_day_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_day")),
    )
    op.create_table(
        "planning_default",
        sa.Column("territory_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_planning_default_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_default")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feed")),
    )
    op.create_index(op.f("ix_calendar_feed_token"), "calendar_feed", ["token"])


def _make_merged_fields() -> None:
    op.add_column("authorship", sa.Column("prior", sa.Text(), nullable=True))
    op.create_table(
        "merged_field",
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.String(length=36), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("mutation_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=True),
        sa.Column("rep_id", sa.String(length=36), nullable=True),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_field")),
    )
    op.create_index("ix_merged_field_entity_row_id", "merged_field", ["entity", "row_id"])
    op.create_index(op.f("ix_merged_field_territory_id"), "merged_field", ["territory_id"])


def _synced() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
    )
