"""What 0.2 added to this device's file for what becomes of orders: part of ``steps``."""

from __future__ import annotations

ORDERS = (
    (
        "CREATE TABLE order_version (order_id VARCHAR(36) NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, edition INTEGER NOT NULL, total_amount BIGINT NOT NULL,"
        " reason TEXT NOT NULL, replaced_at BIGINT NOT NULL, by_id VARCHAR(36), content TEXT NOT NULL, id"
        " VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT"
        " pk_order_version PRIMARY KEY (id), CONSTRAINT fk_order_version_order_id FOREIGN KEY(order_id)"
        ' REFERENCES "order" (id), CONSTRAINT fk_order_version_account_id FOREIGN KEY(account_id)'
        " REFERENCES account (id), CONSTRAINT fk_order_version_territory_id FOREIGN KEY(territory_id)"
        " REFERENCES territory (id), CONSTRAINT fk_order_version_by_id FOREIGN KEY(by_id) REFERENCES user"
        " (id))"
    ),
    "CREATE INDEX ix_order_version_account_id ON order_version (account_id)",
    "CREATE INDEX ix_order_version_order_id ON order_version (order_id)",
    "CREATE INDEX ix_order_version_territory_id_id ON order_version (territory_id, id)",
    (
        "CREATE TABLE delivery (order_id VARCHAR(36) NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, delivered_on VARCHAR(10) NOT NULL, reference TEXT NOT NULL,"
        " note TEXT NOT NULL, quantities TEXT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT"
        " NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_delivery PRIMARY KEY (id), CONSTRAINT"
        ' fk_delivery_order_id FOREIGN KEY(order_id) REFERENCES "order" (id), CONSTRAINT'
        " fk_delivery_account_id FOREIGN KEY(account_id) REFERENCES account (id), CONSTRAINT"
        " fk_delivery_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_delivery_account_id ON delivery (account_id)",
    "CREATE INDEX ix_delivery_order_id ON delivery (order_id)",
    "CREATE INDEX ix_delivery_territory_id_id ON delivery (territory_id, id)",
    (
        "CREATE TABLE order_return (order_id VARCHAR(36) NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL, returned_on VARCHAR(10) NOT"
        " NULL, returned_at BIGINT NOT NULL, reason TEXT NOT NULL, quantities TEXT NOT NULL, amounts"
        " TEXT, total_amount BIGINT NOT NULL, rebate_amount BIGINT NOT NULL, tax_amount BIGINT NOT NULL,"
        " withheld_amount BIGINT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,"
        " archived_at BIGINT, CONSTRAINT pk_order_return PRIMARY KEY (id), CONSTRAINT"
        ' fk_order_return_order_id FOREIGN KEY(order_id) REFERENCES "order" (id), CONSTRAINT'
        " fk_order_return_account_id FOREIGN KEY(account_id) REFERENCES account (id), CONSTRAINT"
        " fk_order_return_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id), CONSTRAINT"
        " fk_order_return_rep_id FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_order_return_account_id ON order_return (account_id)",
    "CREATE INDEX ix_order_return_order_id ON order_return (order_id)",
    "CREATE INDEX ix_order_return_territory_id_id ON order_return (territory_id, id)",
    "ALTER TABLE \"order\" ADD COLUMN origin VARCHAR(24) DEFAULT 'rep' NOT NULL",
    "ALTER TABLE \"order\" ADD COLUMN edition INTEGER DEFAULT '1' NOT NULL",
    "ALTER TABLE \"order\" ADD COLUMN reason TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE \"order\" ADD COLUMN fulfilment VARCHAR(24) DEFAULT 'open' NOT NULL",
    "ALTER TABLE \"order\" ADD COLUMN returned_amount BIGINT DEFAULT '0' NOT NULL",
)
