"""What 0.2 added for rules that come in sets: prices, promotions, rebates, ranges and bills (issue 5)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_TABLES = (
    "rule_set",
    "promotion",
    "promotion_use",
    "promotion_spent",
    "limit_slice",
    "scarce_stock",
    "scarce_taken",
    "money_lowering",
    "rebate_program",
    "rebate_entry",
    "money_entry",
    "money_policy",
    "sellable_range",
    "quantity_rule",
    "approval_rung",
    "sales_bom",
    "bom_group",
    "bom_node",
    "bom_rule",
    "product_attribute",
)
_ADDED = {
    "product": ("family", "promotable"),
    "price_book": ("on_change", "honour_days", "from_set", "until_set"),
    "price_entry": ("from_set", "until_set"),
    "order": ("rule_set", "trace", "rebates", "rebate_amount", "approver", "paid_from"),
    "order_line": ("manual_price", "rebate_amount", "gift_by", "gift_value", "configuration"),
}


def add() -> None:
    """Make the tables and the columns."""
    _add_promotions()
    _add_selling()
    _add_boms()
    _add_columns()


def remove() -> None:
    """Take them back."""
    for table, columns in _ADDED.items():
        for column in columns:
            op.drop_column(table, column)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _synced() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
    )


def _ruled() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("from_set", sa.Integer(), nullable=False),
        sa.Column("until_set", sa.Integer(), nullable=True),
    )


def _part() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
    )


def _add_promotions() -> None:
    op.create_table(
        "rule_set",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("rule_count", sa.Integer(), nullable=False),
        sa.Column("rules_hash", sa.Text(), nullable=False),
        sa.Column("books", sa.Text(), nullable=False),
        sa.Column("published_by", sa.String(36), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "promotion",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("target", sa.String(24), nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=True),
        sa.Column("valid_to", sa.String(10), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("give", sa.Text(), nullable=False),
        sa.Column("tiers", sa.Text(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_uses_in_all", sa.Integer(), nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        *_ruled(),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index(op.f("ix_promotion_from_set"), "promotion", ["from_set"])
    op.create_table(
        "promotion_use",
        sa.Column("promotion_code", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("territory_id", sa.String(36), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("used_on", sa.String(10), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("gift_value", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_promotion_use_account_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_promotion_use_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_use")),
    )
    op.create_index(
        op.f("ix_promotion_use_account_id_promotion_code"), "promotion_use", ["account_id", "promotion_code"]
    )
    op.create_index(op.f("ix_promotion_use_order_id"), "promotion_use", ["order_id"])
    op.create_index(op.f("ix_promotion_use_promotion_code"), "promotion_use", ["promotion_code"])
    op.create_index(op.f("ix_promotion_use_territory_id_id"), "promotion_use", ["territory_id", "id"])
    op.create_table(
        "promotion_spent",
        sa.Column("promotion_code", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_spent")),
    )
    op.create_index(op.f("ix_promotion_spent_promotion_code"), "promotion_spent", ["promotion_code"])
    _add_slices()
    _add_money()
    op.create_table(
        "rebate_program",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=True),
        sa.Column("valid_to", sa.String(10), nullable=True),
        sa.Column("earn", sa.Text(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("max_order_percent", sa.BigInteger(), nullable=True),
        sa.Column("max_product_percent", sa.Text(), nullable=False),
        *_ruled(),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rebate_program")),
    )
    op.create_index(op.f("ix_rebate_program_from_set"), "rebate_program", ["from_set"])
    op.create_table(
        "rebate_entry",
        sa.Column("lot_id", sa.String(36), nullable=False),
        sa.Column("program_code", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("territory_id", sa.String(36), nullable=False),
        sa.Column("move", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=True),
        sa.Column("booked_on", sa.String(10), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=True),
        sa.Column("valid_to", sa.String(10), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("product_id", sa.String(36), nullable=True),
        sa.Column("period_from", sa.String(10), nullable=True),
        sa.Column("period_to", sa.String(10), nullable=True),
        *_synced(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rebate_entry_account_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_rebate_entry_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rebate_entry")),
    )
    op.create_index(op.f("ix_rebate_entry_account_id_lot_id"), "rebate_entry", ["account_id", "lot_id"])
    op.create_index(op.f("ix_rebate_entry_order_id"), "rebate_entry", ["order_id"])
    op.create_index(op.f("ix_rebate_entry_territory_id_id"), "rebate_entry", ["territory_id", "id"])


def _add_slices() -> None:
    op.create_table(
        "limit_slice",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=True),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("rep_id", sa.String(36), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["rep_id"], ["user.id"], name=op.f("fk_limit_slice_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_slice")),
    )
    for column in ("account_id", "device_id", "rep_id"):
        op.create_index(op.f(f"ix_limit_slice_{column}"), "limit_slice", [column])
    op.create_index(op.f("ix_limit_slice_key_kind"), "limit_slice", ["key", "kind"])
    op.create_table(
        "scarce_stock",
        sa.Column("product_id", sa.String(36), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_scarce_stock_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scarce_stock")),
    )
    op.create_index(op.f("ix_scarce_stock_product_id"), "scarce_stock", ["product_id"])
    op.create_table(
        "scarce_taken",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("product_id", sa.String(36), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scarce_taken")),
    )
    op.create_index(op.f("ix_scarce_taken_order_id"), "scarce_taken", ["order_id"])
    op.create_table(
        "money_lowering",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.String(10), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(36), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_lowering")),
    )
    op.create_index(op.f("ix_money_lowering_account_id_done_at"), "money_lowering", ["account_id", "done_at"])


def _add_money() -> None:
    op.create_table(
        "money_entry",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("territory_id", sa.String(36), nullable=False),
        sa.Column("purse", sa.String(24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("booked_on", sa.String(10), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("posted_by", sa.String(36), nullable=True),
        sa.Column("order_id", sa.String(36), nullable=True),
        *_synced(),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_money_entry_account_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_money_entry_territory_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_entry")),
    )
    op.create_index(op.f("ix_money_entry_account_id_purse"), "money_entry", ["account_id", "purse"])
    op.create_index(op.f("ix_money_entry_order_id"), "money_entry", ["order_id"])
    op.create_index(op.f("ix_money_entry_territory_id_id"), "money_entry", ["territory_id", "id"])
    op.create_table(
        "money_policy",
        sa.Column("order_of_use", sa.Text(), nullable=False),
        sa.Column("warn_percent", sa.BigInteger(), nullable=False),
        sa.Column("manager_over", sa.BigInteger(), nullable=True),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_policy")),
    )


def _add_selling() -> None:
    op.create_table(
        "sellable_range",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("allows", sa.Boolean(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.String(10), nullable=True),
        sa.Column("valid_to", sa.String(10), nullable=True),
        *_ruled(),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sellable_range")),
    )
    op.create_index(op.f("ix_sellable_range_from_set"), "sellable_range", ["from_set"])
    op.create_table(
        "quantity_rule",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("for_each_id", sa.String(36), nullable=False),
        sa.Column("each_quantity", sa.BigInteger(), nullable=False),
        sa.Column("require_id", sa.String(36), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        *_ruled(),
        *_synced(),
        sa.ForeignKeyConstraint(["for_each_id"], ["product.id"], name=op.f("fk_quantity_rule_for_each_id")),
        sa.ForeignKeyConstraint(["require_id"], ["product.id"], name=op.f("fk_quantity_rule_require_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quantity_rule")),
    )
    op.create_index(op.f("ix_quantity_rule_from_set"), "quantity_rule", ["from_set"])
    op.create_table(
        "approval_rung",
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("up_to_percent", sa.BigInteger(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=True),
        *_ruled(),
        *_synced(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_rung")),
    )
    op.create_index(op.f("ix_approval_rung_from_set"), "approval_rung", ["from_set"])


def _add_boms() -> None:
    op.create_table(
        "sales_bom",
        sa.Column("host_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_mode", sa.String(24), nullable=False),
        sa.Column("base_price", sa.BigInteger(), nullable=True),
        *_ruled(),
        *_synced(),
        sa.ForeignKeyConstraint(["host_id"], ["product.id"], name=op.f("fk_sales_bom_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_bom")),
    )
    op.create_index(op.f("ix_sales_bom_from_set"), "sales_bom", ["from_set"])
    op.create_table(
        "bom_group",
        sa.Column("bom_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        *_part(),
        sa.ForeignKeyConstraint(["bom_id"], ["sales_bom.id"], name=op.f("fk_bom_group_bom_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bom_group")),
    )
    op.create_index(op.f("ix_bom_group_bom_id"), "bom_group", ["bom_id"])
    op.create_table(
        "bom_node",
        sa.Column("bom_id", sa.String(36), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=True),
        sa.Column("product_id", sa.String(36), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("delta", sa.BigInteger(), nullable=False),
        *_part(),
        sa.ForeignKeyConstraint(["bom_id"], ["sales_bom.id"], name=op.f("fk_bom_node_bom_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_bom_node_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bom_node")),
    )
    op.create_index(op.f("ix_bom_node_bom_id"), "bom_node", ["bom_id"])
    op.create_table(
        "bom_rule",
        sa.Column("bom_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        *_part(),
        sa.ForeignKeyConstraint(["bom_id"], ["sales_bom.id"], name=op.f("fk_bom_rule_bom_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bom_rule")),
    )
    op.create_index(op.f("ix_bom_rule_bom_id"), "bom_rule", ["bom_id"])
    op.create_table(
        "product_attribute",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("category_id", sa.String(36), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_synced(),
        sa.ForeignKeyConstraint(
            ["category_id"], ["product_category.id"], name=op.f("fk_product_attribute_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_attribute")),
    )


def _add_columns() -> None:
    op.add_column("product", sa.Column("family", sa.Text(), server_default="", nullable=False))
    op.add_column("product", sa.Column("promotable", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column(
        "price_book", sa.Column("on_change", sa.String(24), server_default="reprice", nullable=False)
    )
    op.add_column("price_book", sa.Column("honour_days", sa.Integer(), server_default="0", nullable=False))
    op.add_column("price_book", sa.Column("from_set", sa.Integer(), nullable=True))
    op.add_column("price_book", sa.Column("until_set", sa.Integer(), nullable=True))
    op.add_column("price_entry", sa.Column("from_set", sa.Integer(), nullable=True))
    op.add_column("price_entry", sa.Column("until_set", sa.Integer(), nullable=True))
    op.add_column("order", sa.Column("rule_set", sa.Integer(), nullable=True))
    op.add_column("order", sa.Column("trace", sa.Text(), nullable=True))
    op.add_column("order", sa.Column("rebates", sa.Text(), nullable=True))
    op.add_column("order", sa.Column("rebate_amount", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order", sa.Column("approver", sa.Text(), nullable=True))
    op.add_column("order", sa.Column("paid_from", sa.Text(), nullable=True))
    op.add_column("order_line", sa.Column("manual_price", sa.BigInteger(), nullable=True))
    op.add_column(
        "order_line", sa.Column("rebate_amount", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("order_line", sa.Column("gift_by", sa.Text(), nullable=True))
    op.add_column("order_line", sa.Column("gift_value", sa.BigInteger(), nullable=True))
    op.add_column("order_line", sa.Column("configuration", sa.Text(), nullable=True))
