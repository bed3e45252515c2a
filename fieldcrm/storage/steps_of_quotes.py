"""Quotes, their lines and acts (Q1 to Q3)."""

from __future__ import annotations

QUOTES = (
    (
        "CREATE TABLE quote (provisional_number TEXT NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL, family_id VARCHAR(36) NOT NULL,"
        " round INTEGER NOT NULL, quoted_on VARCHAR(10) NOT NULL, quoted_at BIGINT NOT NULL, valid_until"
        " VARCHAR(10) NOT NULL, currency TEXT NOT NULL, fees TEXT NOT NULL, goods_amount BIGINT NOT NULL,"
        " discount_amount BIGINT NOT NULL, tax_amount BIGINT NOT NULL, fees_amount BIGINT NOT NULL,"
        " total_amount BIGINT NOT NULL, note TEXT NOT NULL, rule_set INTEGER, trace TEXT, approver TEXT,"
        " discount_percent BIGINT, content TEXT NOT NULL, number TEXT, review_code TEXT,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_quote PRIMARY KEY (id), CONSTRAINT"
        " fk_quote_account_id FOREIGN KEY(account_id) REFERENCES account (id), CONSTRAINT"
        " fk_quote_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id), CONSTRAINT"
        " fk_quote_rep_id FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_quote_account_id_quoted_on ON quote (account_id, quoted_on)",
    "CREATE INDEX ix_quote_family_id ON quote (family_id)",
    "CREATE INDEX ix_quote_territory_id_id ON quote (territory_id, id)",
    (
        "CREATE TABLE quote_line (quote_id VARCHAR(36) NOT NULL, product_id VARCHAR(36) NOT NULL, unit"
        " TEXT NOT NULL, quantity BIGINT NOT NULL, unit_price BIGINT NOT NULL, price_book_id VARCHAR(36),"
        " book_version INTEGER, gross_amount BIGINT NOT NULL, discount_amount BIGINT NOT NULL, net_amount"
        " BIGINT NOT NULL, tax_rate BIGINT NOT NULL, tax_amount BIGINT NOT NULL, manual_price BIGINT,"
        " gift_by TEXT, gift_value BIGINT, configuration TEXT, id VARCHAR(36) NOT NULL, position INTEGER"
        " NOT NULL, extra TEXT, CONSTRAINT pk_quote_line PRIMARY KEY (id), CONSTRAINT"
        " fk_quote_line_quote_id FOREIGN KEY(quote_id) REFERENCES quote (id), CONSTRAINT"
        " fk_quote_line_product_id FOREIGN KEY(product_id) REFERENCES product (id))"
    ),
    "CREATE INDEX ix_quote_line_quote_id ON quote_line (quote_id)",
    (
        "CREATE TABLE quote_act (quote_id VARCHAR(36) NOT NULL, account_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, by_id VARCHAR(36), act VARCHAR(24) NOT NULL, at BIGINT NOT"
        " NULL, content TEXT NOT NULL, note TEXT NOT NULL, order_id VARCHAR(36), approver_id VARCHAR(36),"
        " grant_id VARCHAR(36), code TEXT, code_place INTEGER, code_on VARCHAR(10), id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_quote_act PRIMARY KEY"
        " (id), CONSTRAINT fk_quote_act_quote_id FOREIGN KEY(quote_id) REFERENCES quote (id), CONSTRAINT"
        " fk_quote_act_account_id FOREIGN KEY(account_id) REFERENCES account (id), CONSTRAINT"
        " fk_quote_act_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id), CONSTRAINT"
        " fk_quote_act_by_id FOREIGN KEY(by_id) REFERENCES user (id), CONSTRAINT"
        " fk_quote_act_approver_id FOREIGN KEY(approver_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_quote_act_account_id ON quote_act (account_id)",
    "CREATE INDEX ix_quote_act_grant_id ON quote_act (grant_id)",
    "CREATE INDEX ix_quote_act_quote_id ON quote_act (quote_id)",
    "CREATE INDEX ix_quote_act_territory_id ON quote_act (territory_id)",
    (
        "CREATE TABLE quote_grant (rep_id VARCHAR(36) NOT NULL, granted_by VARCHAR(36) NOT NULL, account_id"
        " VARCHAR(36), up_to_percent BIGINT NOT NULL, up_to_amount BIGINT, valid_until VARCHAR(10) NOT NULL,"
        " max_count INTEGER, max_sum BIGINT, note TEXT NOT NULL, granted_at BIGINT NOT NULL, signature TEXT,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_quote_grant PRIMARY KEY (id), CONSTRAINT fk_quote_grant_rep_id FOREIGN KEY(rep_id)"
        " REFERENCES user (id), CONSTRAINT fk_quote_grant_granted_by FOREIGN KEY(granted_by) REFERENCES"
        " user (id))"
    ),
    "CREATE INDEX ix_quote_grant_rep_id ON quote_grant (rep_id)",
    (
        "CREATE TABLE quote_codes (rep_id VARCHAR(36) NOT NULL, device_id VARCHAR(36) NOT NULL, approver_id"
        " VARCHAR(36) NOT NULL, key_number INTEGER NOT NULL, first_place INTEGER NOT NULL, checks TEXT NOT"
        " NULL, given_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, id VARCHAR(36) NOT NULL, version"
        " INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_quote_codes PRIMARY KEY (id),"
        " CONSTRAINT fk_quote_codes_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), CONSTRAINT"
        " fk_quote_codes_approver_id FOREIGN KEY(approver_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_quote_codes_device_id ON quote_codes (device_id)",
    "CREATE INDEX ix_quote_codes_rep_id ON quote_codes (rep_id)",
)
