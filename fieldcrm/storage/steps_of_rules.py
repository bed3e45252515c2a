"""What 0.2 added to this device's file for rules that come in sets: part of ``steps``."""

from __future__ import annotations

RULES = (
    (
        "CREATE TABLE rule_set (number INTEGER NOT NULL, name TEXT NOT NULL, valid_from BIGINT NOT NULL,"
        " rule_count INTEGER NOT NULL, rules_hash TEXT NOT NULL, books TEXT NOT NULL, published_by"
        " VARCHAR(36), published_at BIGINT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,"
        " extra TEXT, archived_at BIGINT, CONSTRAINT pk_rule_set PRIMARY KEY (id))"
    ),
    (
        "CREATE TABLE promotion (code TEXT NOT NULL, name TEXT NOT NULL, target VARCHAR(24) NOT NULL,"
        ' goods TEXT NOT NULL, whom TEXT NOT NULL, priority INTEGER NOT NULL, "exclusive" BOOLEAN NOT'
        " NULL, valid_from VARCHAR(10), valid_to VARCHAR(10), conditions TEXT NOT NULL, give TEXT NOT"
        " NULL, tiers TEXT NOT NULL, max_uses INTEGER, max_uses_in_all INTEGER, budget BIGINT, from_set"
        " INTEGER NOT NULL, until_set INTEGER, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra"
        " TEXT, archived_at BIGINT, CONSTRAINT pk_promotion PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_promotion_from_set ON promotion (from_set)",
    (
        "CREATE TABLE promotion_use (promotion_code TEXT NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, order_id VARCHAR(36) NOT NULL, used_on VARCHAR(10) NOT NULL,"
        " times INTEGER NOT NULL, amount BIGINT NOT NULL, gift_value BIGINT NOT NULL, id VARCHAR(36) NOT"
        " NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_promotion_use"
        " PRIMARY KEY (id), CONSTRAINT fk_promotion_use_account_id FOREIGN KEY(account_id) REFERENCES"
        " account (id), CONSTRAINT fk_promotion_use_territory_id FOREIGN KEY(territory_id) REFERENCES"
        " territory (id))"
    ),
    "CREATE INDEX ix_promotion_use_account_id_promotion_code ON promotion_use (account_id, promotion_code)",
    "CREATE INDEX ix_promotion_use_order_id ON promotion_use (order_id)",
    "CREATE INDEX ix_promotion_use_promotion_code ON promotion_use (promotion_code)",
    "CREATE INDEX ix_promotion_use_territory_id_id ON promotion_use (territory_id, id)",
    (
        "CREATE TABLE promotion_spent (promotion_code TEXT NOT NULL, amount BIGINT NOT NULL, uses INTEGER"
        " NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_promotion_spent PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_promotion_spent_promotion_code ON promotion_spent (promotion_code)",
    (
        'CREATE TABLE limit_slice (kind TEXT NOT NULL, "key" TEXT NOT NULL, account_id VARCHAR(36), device_id'
        " VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL, amount BIGINT NOT NULL, spent BIGINT NOT NULL,"
        " given_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, seal TEXT NOT NULL, ended_by TEXT NOT NULL,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_limit_slice PRIMARY KEY"
        ' (id), CONSTRAINT fk_limit_slice_rep_id FOREIGN KEY(rep_id) REFERENCES "user" (id))'
    ),
    "CREATE INDEX ix_limit_slice_account_id ON limit_slice (account_id)",
    "CREATE INDEX ix_limit_slice_device_id ON limit_slice (device_id)",
    'CREATE INDEX ix_limit_slice_key_kind ON limit_slice ("key", kind)',
    "CREATE INDEX ix_limit_slice_rep_id ON limit_slice (rep_id)",
    (
        "CREATE TABLE scarce_stock (product_id VARCHAR(36) NOT NULL, quantity BIGINT NOT NULL, sold BIGINT"
        " NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_scarce_stock PRIMARY KEY (id), CONSTRAINT fk_scarce_stock_product_id FOREIGN"
        " KEY(product_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_scarce_stock_product_id ON scarce_stock (product_id)",
    (
        "CREATE TABLE rebate_program (code TEXT NOT NULL, name TEXT NOT NULL, kind VARCHAR(24) NOT NULL,"
        " whom TEXT NOT NULL, valid_from VARCHAR(10), valid_to VARCHAR(10), earn TEXT NOT NULL, keep_days"
        " INTEGER, max_order_percent BIGINT, max_product_percent TEXT NOT NULL, from_set INTEGER NOT NULL,"
        " until_set INTEGER, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at"
        " BIGINT, CONSTRAINT pk_rebate_program PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_rebate_program_from_set ON rebate_program (from_set)",
    (
        "CREATE TABLE rebate_entry (lot_id VARCHAR(36) NOT NULL, program_code TEXT NOT NULL, account_id"
        " VARCHAR(36) NOT NULL, territory_id VARCHAR(36) NOT NULL, move VARCHAR(24) NOT NULL, kind"
        " VARCHAR(24) NOT NULL, amount BIGINT NOT NULL, order_id VARCHAR(36), booked_on VARCHAR(10) NOT"
        " NULL, valid_from VARCHAR(10), valid_to VARCHAR(10), note TEXT NOT NULL, product_id VARCHAR(36),"
        " period_from VARCHAR(10), period_to VARCHAR(10), id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_rebate_entry PRIMARY KEY"
        " (id), CONSTRAINT fk_rebate_entry_account_id FOREIGN KEY(account_id) REFERENCES account (id),"
        " CONSTRAINT fk_rebate_entry_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_rebate_entry_account_id_lot_id ON rebate_entry (account_id, lot_id)",
    "CREATE INDEX ix_rebate_entry_order_id ON rebate_entry (order_id)",
    "CREATE INDEX ix_rebate_entry_territory_id_id ON rebate_entry (territory_id, id)",
    (
        "CREATE TABLE money_entry (account_id VARCHAR(36) NOT NULL, territory_id VARCHAR(36) NOT NULL,"
        " purse VARCHAR(24) NOT NULL, amount BIGINT NOT NULL, booked_on VARCHAR(10) NOT NULL, reference"
        " TEXT NOT NULL, note TEXT NOT NULL, posted_by VARCHAR(36), order_id VARCHAR(36), id VARCHAR(36)"
        " NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_money_entry"
        " PRIMARY KEY (id), CONSTRAINT fk_money_entry_account_id FOREIGN KEY(account_id) REFERENCES account"
        " (id), CONSTRAINT fk_money_entry_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_money_entry_account_id_purse ON money_entry (account_id, purse)",
    "CREATE INDEX ix_money_entry_order_id ON money_entry (order_id)",
    "CREATE INDEX ix_money_entry_territory_id_id ON money_entry (territory_id, id)",
    (
        "CREATE TABLE money_policy (order_of_use TEXT NOT NULL, warn_percent BIGINT NOT NULL, manager_over"
        " BIGINT, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_money_policy PRIMARY KEY (id))"
    ),
    (
        "CREATE TABLE sellable_range (code TEXT NOT NULL, name TEXT NOT NULL, allows BOOLEAN NOT NULL,"
        " whom TEXT NOT NULL, products TEXT NOT NULL, attributes TEXT NOT NULL, valid_from VARCHAR(10),"
        " valid_to VARCHAR(10), from_set INTEGER NOT NULL, until_set INTEGER, id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_sellable_range PRIMARY"
        " KEY (id))"
    ),
    "CREATE INDEX ix_sellable_range_from_set ON sellable_range (from_set)",
    (
        "CREATE TABLE quantity_rule (code TEXT NOT NULL, name TEXT NOT NULL, for_each_id VARCHAR(36) NOT"
        " NULL, each_quantity BIGINT NOT NULL, require_id VARCHAR(36) NOT NULL, quantity BIGINT NOT NULL,"
        " rounding TEXT NOT NULL, from_set INTEGER NOT NULL, until_set INTEGER, id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_quantity_rule PRIMARY"
        " KEY (id), CONSTRAINT fk_quantity_rule_for_each_id FOREIGN KEY(for_each_id) REFERENCES product"
        " (id), CONSTRAINT fk_quantity_rule_require_id FOREIGN KEY(require_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_quantity_rule_from_set ON quantity_rule (from_set)",
    (
        "CREATE TABLE approval_rung (ladder TEXT NOT NULL, up_to_percent BIGINT NOT NULL, approver TEXT,"
        " from_set INTEGER NOT NULL, until_set INTEGER, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,"
        " extra TEXT, archived_at BIGINT, CONSTRAINT pk_approval_rung PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_approval_rung_from_set ON approval_rung (from_set)",
    (
        "CREATE TABLE sales_bom (host_id VARCHAR(36) NOT NULL, name TEXT NOT NULL, price_mode VARCHAR(24)"
        " NOT NULL, base_price BIGINT, from_set INTEGER NOT NULL, until_set INTEGER, id VARCHAR(36) NOT"
        " NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_sales_bom PRIMARY"
        " KEY (id), CONSTRAINT fk_sales_bom_host_id FOREIGN KEY(host_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_sales_bom_from_set ON sales_bom (from_set)",
    (
        "CREATE TABLE bom_group (bom_id VARCHAR(36) NOT NULL, name TEXT NOT NULL, required BOOLEAN NOT"
        " NULL, least INTEGER NOT NULL, most INTEGER NOT NULL, id VARCHAR(36) NOT NULL, position INTEGER"
        " NOT NULL, extra TEXT, CONSTRAINT pk_bom_group PRIMARY KEY (id), CONSTRAINT fk_bom_group_bom_id"
        " FOREIGN KEY(bom_id) REFERENCES sales_bom (id))"
    ),
    "CREATE INDEX ix_bom_group_bom_id ON bom_group (bom_id)",
    (
        "CREATE TABLE bom_node (bom_id VARCHAR(36) NOT NULL, group_id VARCHAR(36), product_id VARCHAR(36)"
        " NOT NULL, least BIGINT NOT NULL, most BIGINT NOT NULL, step BIGINT NOT NULL, delta BIGINT NOT"
        " NULL, id VARCHAR(36) NOT NULL, position INTEGER NOT NULL, extra TEXT, CONSTRAINT pk_bom_node"
        " PRIMARY KEY (id), CONSTRAINT fk_bom_node_bom_id FOREIGN KEY(bom_id) REFERENCES sales_bom (id),"
        " CONSTRAINT fk_bom_node_product_id FOREIGN KEY(product_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_bom_node_bom_id ON bom_node (bom_id)",
    (
        "CREATE TABLE bom_rule (bom_id VARCHAR(36) NOT NULL, kind VARCHAR(24) NOT NULL, products TEXT NOT"
        " NULL, id VARCHAR(36) NOT NULL, position INTEGER NOT NULL, extra TEXT, CONSTRAINT pk_bom_rule"
        " PRIMARY KEY (id), CONSTRAINT fk_bom_rule_bom_id FOREIGN KEY(bom_id) REFERENCES sales_bom (id))"
    ),
    "CREATE INDEX ix_bom_rule_bom_id ON bom_rule (bom_id)",
    (
        "CREATE TABLE product_attribute (code TEXT NOT NULL, name TEXT NOT NULL, kind VARCHAR(24) NOT"
        " NULL, unit TEXT NOT NULL, choices TEXT NOT NULL, category_id VARCHAR(36), required BOOLEAN NOT"
        " NULL, position INTEGER NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,"
        " archived_at BIGINT, CONSTRAINT pk_product_attribute PRIMARY KEY (id), CONSTRAINT"
        " fk_product_attribute_category_id FOREIGN KEY(category_id) REFERENCES product_category (id))"
    ),
    "ALTER TABLE product ADD COLUMN family TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE product ADD COLUMN promotable BOOLEAN DEFAULT 1 NOT NULL",
    "ALTER TABLE price_book ADD COLUMN on_change VARCHAR(24) DEFAULT 'reprice' NOT NULL",
    "ALTER TABLE price_book ADD COLUMN honour_days INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE price_book ADD COLUMN from_set INTEGER",
    "ALTER TABLE price_book ADD COLUMN until_set INTEGER",
    "ALTER TABLE price_entry ADD COLUMN from_set INTEGER",
    "ALTER TABLE price_entry ADD COLUMN until_set INTEGER",
    'ALTER TABLE "order" ADD COLUMN rule_set INTEGER',
    'ALTER TABLE "order" ADD COLUMN trace TEXT',
    'ALTER TABLE "order" ADD COLUMN rebates TEXT',
    "ALTER TABLE \"order\" ADD COLUMN rebate_amount BIGINT DEFAULT '0' NOT NULL",
    'ALTER TABLE "order" ADD COLUMN approver TEXT',
    'ALTER TABLE "order" ADD COLUMN paid_from TEXT',
    "ALTER TABLE order_line ADD COLUMN manual_price BIGINT",
    "ALTER TABLE order_line ADD COLUMN rebate_amount BIGINT DEFAULT '0' NOT NULL",
    "ALTER TABLE order_line ADD COLUMN gift_by TEXT",
    "ALTER TABLE order_line ADD COLUMN gift_value BIGINT",
    "ALTER TABLE order_line ADD COLUMN configuration TEXT",
)
