"""The strategy card of an account (A2)."""

from __future__ import annotations

STRATEGY = (
    (
        "CREATE TABLE account_strategy (account_id VARCHAR(36) NOT NULL, territory_id VARCHAR(36) NOT NULL,"
        " aim TEXT NOT NULL, obstacles TEXT NOT NULL, measures TEXT NOT NULL, target_sales BIGINT,"
        ' "until" VARCHAR(10), id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,'
        " archived_at BIGINT, CONSTRAINT pk_account_strategy PRIMARY KEY (id),"
        " CONSTRAINT fk_account_strategy_account_id FOREIGN KEY(account_id) REFERENCES account (id),"
        " CONSTRAINT fk_account_strategy_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_account_strategy_account_id ON account_strategy (account_id)",
    "CREATE INDEX ix_account_strategy_territory_id ON account_strategy (territory_id)",
)
