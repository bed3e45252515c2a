"""Quotes, their lines and acts (Q1 to Q3)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def add() -> None:
    """Make the tables."""
    _make_quote()
    _make_lines()
    _make_acts()
    _make_links()
    _make_grants()
    _make_codes()


def remove() -> None:
    """Take them away."""
    for name in ("quote_codes", "quote_grant", "quote_link", "quote_act", "quote_line", "quote"):
        op.drop_table(name)


def _make_quote() -> None:
    op.create_table(
        "quote",
        sa.Column("provisional_number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("family_id", sa.String(length=36), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("quoted_on", sa.String(length=10), nullable=False),
        sa.Column("quoted_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fees", sa.Text(), nullable=False),
        sa.Column("goods_amount", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("fees_amount", sa.BigInteger(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rule_set", sa.Integer(), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("discount_percent", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("review_code", sa.Text(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_quote_account_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_quote_rep_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_quote_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
    )
    op.create_index(op.f("ix_quote_account_id_quoted_on"), "quote", ["account_id", "quoted_on"])
    op.create_index(op.f("ix_quote_family_id"), "quote", ["family_id"])
    op.create_index(op.f("ix_quote_territory_id_id"), "quote", ["territory_id", "id"])


def _make_lines() -> None:
    op.create_table(
        "quote_line",
        sa.Column("quote_id", sa.String(length=36), nullable=False),
        sa.Column("product_id", sa.String(length=36), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("price_book_id", sa.String(length=36), nullable=True),
        sa.Column("book_version", sa.Integer(), nullable=True),
        sa.Column("gross_amount", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("manual_price", sa.BigInteger(), nullable=True),
        sa.Column("gift_by", sa.Text(), nullable=True),
        sa.Column("gift_value", sa.BigInteger(), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_quote_line_product_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_line_quote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_line")),
    )
    op.create_index(op.f("ix_quote_line_quote_id"), "quote_line", ["quote_id"])


def _make_acts() -> None:
    op.create_table(
        "quote_act",
        sa.Column("quote_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("territory_id", sa.String(length=36), nullable=False),
        sa.Column("by_id", sa.String(length=36), nullable=True),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("approver_id", sa.String(length=36), nullable=True),
        sa.Column("grant_id", sa.String(length=36), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_place", sa.Integer(), nullable=True),
        sa.Column("code_on", sa.String(length=10), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_quote_act_account_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["user.id"], name=op.f("fk_quote_act_approver_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_quote_act_by_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_quote_act_quote_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_quote_act_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_act")),
    )
    op.create_index(op.f("ix_quote_act_account_id"), "quote_act", ["account_id"])
    op.create_index(op.f("ix_quote_act_grant_id"), "quote_act", ["grant_id"])
    op.create_index(op.f("ix_quote_act_quote_id"), "quote_act", ["quote_id"])
    op.create_index(op.f("ix_quote_act_territory_id"), "quote_act", ["territory_id"])


def _make_links() -> None:
    op.create_table(
        "quote_link",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("quote_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_quote_link")),
    )
    op.create_index(op.f("ix_quote_link_quote_id"), "quote_link", ["quote_id"])


def _make_grants() -> None:
    op.create_table(
        "quote_grant",
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("granted_by", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("up_to_percent", sa.BigInteger(), nullable=False),
        sa.Column("up_to_amount", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.String(length=10), nullable=False),
        sa.Column("max_count", sa.Integer(), nullable=True),
        sa.Column("max_sum", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_quote_grant_rep_id")),
        sa.ForeignKeyConstraint(["granted_by"], ["user.id"], name=op.f("fk_quote_grant_granted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_grant")),
    )
    op.create_index(op.f("ix_quote_grant_rep_id"), "quote_grant", ["rep_id"])


def _make_codes() -> None:
    op.create_table(
        "quote_codes",
        sa.Column("rep_id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("approver_id", sa.String(length=36), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False),
        sa.Column("first_place", sa.Integer(), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_quote_codes_rep_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["user.id"], name=op.f("fk_quote_codes_approver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_codes")),
    )
    op.create_index(op.f("ix_quote_codes_device_id"), "quote_codes", ["device_id"])
    op.create_index(op.f("ix_quote_codes_rep_id"), "quote_codes", ["rep_id"])


def _synced() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
    )
