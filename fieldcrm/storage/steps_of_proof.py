"""What 0.2 added for the evidence of visits, and for what follows them."""

from __future__ import annotations

PROOF = (
    "ALTER TABLE visit ADD COLUMN seal TEXT",
    "ALTER TABLE check_in ADD COLUMN seal TEXT",
    "ALTER TABLE check_out ADD COLUMN seal TEXT",
    "ALTER TABLE step_answer ADD COLUMN seal TEXT",
    "ALTER TABLE photo ADD COLUMN seal TEXT",
    "ALTER TABLE check_in ADD COLUMN code_edition INTEGER",
    "ALTER TABLE check_in ADD COLUMN code_signature TEXT",
    "ALTER TABLE step_answer ADD COLUMN amendment_id VARCHAR(36)",
    "ALTER TABLE photo ADD COLUMN exif TEXT",
    (
        "CREATE TABLE visit_amendment (visit_id VARCHAR(36) NOT NULL, at BIGINT NOT NULL, reason TEXT"
        " NOT NULL, summary TEXT, account_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, seal TEXT, id VARCHAR(36) NOT NULL, version INTEGER NOT"
        " NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_visit_amendment PRIMARY KEY (id),"
        " CONSTRAINT fk_visit_amendment_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id),"
        " CONSTRAINT fk_visit_amendment_account_id FOREIGN KEY(account_id) REFERENCES account (id),"
        " CONSTRAINT fk_visit_amendment_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), CONSTRAINT"
        " fk_visit_amendment_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_visit_amendment_account_id ON visit_amendment (account_id)",
    "CREATE INDEX ix_visit_amendment_territory_id ON visit_amendment (territory_id)",
    "CREATE INDEX ix_visit_amendment_visit_id ON visit_amendment (visit_id)",
    (
        "CREATE TABLE store_code (issued_by VARCHAR(36) NOT NULL, edition INTEGER NOT NULL,"
        " public_key TEXT NOT NULL, account_id VARCHAR(36) NOT NULL, territory_id VARCHAR(36) NOT"
        " NULL, at BIGINT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,"
        " archived_at BIGINT, CONSTRAINT pk_store_code PRIMARY KEY (id), CONSTRAINT"
        " fk_store_code_issued_by FOREIGN KEY(issued_by) REFERENCES user (id), CONSTRAINT"
        " fk_store_code_account_id FOREIGN KEY(account_id) REFERENCES account (id), CONSTRAINT"
        " fk_store_code_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_store_code_account_id ON store_code (account_id)",
    "CREATE INDEX ix_store_code_territory_id ON store_code (territory_id)",
    (
        "CREATE TABLE position_refusal (refused_by VARCHAR(36) NOT NULL, latitude_e7 INTEGER NOT"
        " NULL, longitude_e7 INTEGER NOT NULL, datum VARCHAR(24) NOT NULL, account_id VARCHAR(36) NOT"
        " NULL, territory_id VARCHAR(36) NOT NULL, at BIGINT NOT NULL, id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT pk_position_refusal"
        " PRIMARY KEY (id), CONSTRAINT fk_position_refusal_refused_by FOREIGN KEY(refused_by)"
        " REFERENCES user (id), CONSTRAINT fk_position_refusal_account_id FOREIGN KEY(account_id)"
        " REFERENCES account (id), CONSTRAINT fk_position_refusal_territory_id FOREIGN"
        " KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_position_refusal_account_id ON position_refusal (account_id)",
    "CREATE INDEX ix_position_refusal_territory_id ON position_refusal (territory_id)",
    (
        "CREATE TABLE visit_finding (visit_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL, at"
        " BIGINT NOT NULL, found TEXT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,"
        " extra TEXT, archived_at BIGINT, CONSTRAINT pk_visit_finding PRIMARY KEY (id), CONSTRAINT"
        " fk_visit_finding_rep_id FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_visit_finding_rep_id ON visit_finding (rep_id)",
    "CREATE INDEX ix_visit_finding_visit_id ON visit_finding (visit_id)",
    (
        "CREATE TABLE visit_share (visit_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL,"
        " shared_by VARCHAR(36) NOT NULL, to_id VARCHAR(36) NOT NULL, text TEXT NOT NULL, at BIGINT"
        " NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at"
        " BIGINT, CONSTRAINT pk_visit_share PRIMARY KEY (id), CONSTRAINT fk_visit_share_rep_id"
        " FOREIGN KEY(rep_id) REFERENCES user (id), CONSTRAINT fk_visit_share_shared_by FOREIGN"
        " KEY(shared_by) REFERENCES user (id), CONSTRAINT fk_visit_share_to_id FOREIGN KEY(to_id)"
        " REFERENCES user (id))"
    ),
    "CREATE INDEX ix_visit_share_rep_id ON visit_share (rep_id)",
    "CREATE INDEX ix_visit_share_visit_id ON visit_share (visit_id)",
    (
        "CREATE TABLE shared_report (visit_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL,"
        " to_id VARCHAR(36) NOT NULL, started_at BIGINT NOT NULL, report TEXT NOT NULL, id"
        " VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT, CONSTRAINT"
        " pk_shared_report PRIMARY KEY (id), CONSTRAINT fk_shared_report_rep_id FOREIGN KEY(rep_id)"
        " REFERENCES user (id), CONSTRAINT fk_shared_report_to_id FOREIGN KEY(to_id) REFERENCES user"
        " (id))"
    ),
    "CREATE INDEX ix_shared_report_to_id ON shared_report (to_id)",
    "CREATE INDEX ix_shared_report_visit_id ON shared_report (visit_id)",
)
