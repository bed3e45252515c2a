"""What goods cost us (Q1)."""

from __future__ import annotations

COSTS = (
    (
        "CREATE TABLE cost_price (product_id VARCHAR(36) NOT NULL, currency TEXT NOT NULL, valid_from"
        " VARCHAR(10), cost BIGINT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,"
        " archived_at BIGINT, CONSTRAINT pk_cost_price PRIMARY KEY (id), CONSTRAINT fk_cost_price_product_id"
        " FOREIGN KEY(product_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_cost_price_currency_id ON cost_price (currency, id)",
    "CREATE INDEX ix_cost_price_product_id ON cost_price (product_id)",
)
