"""What each version of this device's file changed, oldest first; a released step never changes again."""

from __future__ import annotations

from fieldcrm.storage import search
from fieldcrm.storage.cipher import Connection
from fieldcrm.storage.steps_of_costs import COSTS
from fieldcrm.storage.steps_of_orders import ORDERS
from fieldcrm.storage.steps_of_proof import PROOF
from fieldcrm.storage.steps_of_quotes import QUOTES
from fieldcrm.storage.steps_of_rules import RULES
from fieldcrm.storage.steps_of_strategy import STRATEGY

_TO_2 = (
    "CREATE INDEX ix_account_parent_id ON account (parent_id)",
    (
        "CREATE TABLE departed (row_id VARCHAR(36) NOT NULL, entity TEXT NOT NULL, label TEXT NOT NULL,"
        " left_at BIGINT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (row_id))"
    ),
    "CREATE INDEX ix_departed_left_at ON departed (left_at)",
    "ALTER TABLE outbox ADD COLUMN proof_id INTEGER",
    (
        "CREATE TABLE proof (id INTEGER NOT NULL, at BIGINT NOT NULL, statement TEXT NOT NULL,"
        " signature TEXT NOT NULL, server_key TEXT NOT NULL, PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_proof_at ON proof (at)",
    (
        "CREATE TABLE row_sum (entity TEXT NOT NULL, row_id VARCHAR(36) NOT NULL, sum BIGINT NOT NULL,"
        " PRIMARY KEY (entity, row_id)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE reconciled (entity TEXT NOT NULL, row_id VARCHAR(36) NOT NULL,"
        " PRIMARY KEY (entity, row_id)) WITHOUT ROWID"
    ),
    "ALTER TABLE order_line ADD COLUMN extra TEXT",
    "ALTER TABLE product_unit ADD COLUMN extra TEXT",
    "ALTER TABLE check_in ADD COLUMN captured_at BIGINT",
    "ALTER TABLE check_in ADD COLUMN received_at BIGINT",
    "ALTER TABLE check_in ADD COLUMN clock_off_s INTEGER",
    "ALTER TABLE check_out ADD COLUMN captured_at BIGINT",
    "ALTER TABLE check_out ADD COLUMN received_at BIGINT",
    "ALTER TABLE check_out ADD COLUMN clock_off_s INTEGER",
    "ALTER TABLE upload ADD COLUMN thumbnail_sent BOOLEAN DEFAULT '0' NOT NULL",
    "ALTER TABLE upload ADD COLUMN stored_at BIGINT",
    (
        "CREATE TABLE cached_file (sha256 TEXT NOT NULL, small BOOLEAN NOT NULL, size INTEGER NOT NULL,"
        " used_at BIGINT NOT NULL, PRIMARY KEY (sha256, small))"
    ),
    "CREATE INDEX ix_cached_file_used_at ON cached_file (used_at)",
    "CREATE TABLE left_file (sha256 TEXT NOT NULL, PRIMARY KEY (sha256))",
    "ALTER TABLE cursor_history ADD COLUMN whole BOOLEAN NOT NULL DEFAULT 0",
    (
        "CREATE TABLE arrival (entity TEXT NOT NULL, row_id VARCHAR(36) NOT NULL, page INTEGER NOT NULL,"
        " PRIMARY KEY (entity, row_id)) WITHOUT ROWID"
    ),
    "CREATE INDEX ix_arrival_page ON arrival (page)",
    (
        "CREATE TABLE call_list (rep_id VARCHAR(36) NOT NULL, name TEXT NOT NULL, filters TEXT NOT NULL,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_call_list PRIMARY KEY (id),"
        " CONSTRAINT fk_call_list_rep_id FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_call_list_rep_id ON call_list (rep_id)",
    (
        "CREATE TABLE phone_call (account_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL,"
        " territory_id VARCHAR(36) NOT NULL, contact_id VARCHAR(36), phone TEXT NOT NULL,"
        " outcome VARCHAR(24) NOT NULL, started_at BIGINT NOT NULL, seconds INTEGER NOT NULL,"
        " note TEXT NOT NULL, call_back_at BIGINT, replaces_id VARCHAR(36), id VARCHAR(36) NOT NULL,"
        " version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_phone_call PRIMARY KEY (id),"
        " CONSTRAINT fk_phone_call_account_id FOREIGN KEY(account_id) REFERENCES account (id),"
        " CONSTRAINT fk_phone_call_rep_id FOREIGN KEY(rep_id) REFERENCES user (id),"
        " CONSTRAINT fk_phone_call_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    "CREATE INDEX ix_phone_call_account_id ON phone_call (account_id)",
    "CREATE INDEX ix_phone_call_rep_id_started_at ON phone_call (rep_id, started_at)",
    "CREATE INDEX ix_phone_call_territory_id ON phone_call (territory_id)",
    "ALTER TABLE sop_template ADD COLUMN store_types TEXT DEFAULT '[]' NOT NULL",
    "ALTER TABLE sop_template ADD COLUMN sunset_on VARCHAR(10)",
    (
        "CREATE TABLE merged_field (entity TEXT NOT NULL, row_id VARCHAR(36) NOT NULL, field TEXT NOT NULL,"
        " before TEXT, after TEXT, changed_by VARCHAR(36) NOT NULL, changed_at BIGINT NOT NULL,"
        " mutation_id VARCHAR(36) NOT NULL, territory_id VARCHAR(36), rep_id VARCHAR(36),"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_merged_field PRIMARY KEY (id))"
    ),
    "CREATE INDEX ix_merged_field_entity_row_id ON merged_field (entity, row_id)",
    "CREATE INDEX ix_merged_field_territory_id ON merged_field (territory_id)",
    "ALTER TABLE photo ADD COLUMN likeness TEXT",
    "ALTER TABLE photo ADD COLUMN like_id VARCHAR(36)",
    "ALTER TABLE visit_review ADD COLUMN field_key TEXT",
    "ALTER TABLE visit_review ADD COLUMN photo_id VARCHAR(36)",
    "ALTER TABLE visit_review ADD COLUMN spot_x INTEGER",
    "ALTER TABLE visit_review ADD COLUMN spot_y INTEGER",
    (
        "CREATE TABLE joint_visit (joint_id VARCHAR(36) NOT NULL, rep_id VARCHAR(36) NOT NULL, host_id"
        " VARCHAR(36) NOT NULL, guest_id VARCHAR(36) NOT NULL, host_name TEXT NOT NULL, guest_name TEXT"
        ' NOT NULL, account_id VARCHAR(36) NOT NULL, "on" VARCHAR(10) NOT NULL, start_time TEXT,'
        " from_time TEXT, until_time TEXT,"
        " state VARCHAR(24) NOT NULL, reason TEXT NOT NULL, host_visit_id VARCHAR(36), guest_visit_id"
        " VARCHAR(36), host_signed TEXT, host_signed_at BIGINT, guest_signed TEXT, guest_signed_at BIGINT,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_joint_visit PRIMARY KEY (id), CONSTRAINT fk_joint_visit_rep_id"
        " FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_joint_visit_account_id ON joint_visit (account_id)",
    "CREATE INDEX ix_joint_visit_joint_id ON joint_visit (joint_id)",
    "CREATE INDEX ix_joint_visit_rep_id_id ON joint_visit (rep_id, id)",
    (
        "CREATE TABLE plan_week (rep_id VARCHAR(36) NOT NULL, monday VARCHAR(10) NOT NULL, state"
        " VARCHAR(24) NOT NULL, visits INTEGER NOT NULL, note TEXT NOT NULL, submitted_at BIGINT NOT NULL,"
        " decided_by VARCHAR(36), decided_at BIGINT, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,"
        " extra TEXT, archived_at BIGINT, CONSTRAINT pk_plan_week PRIMARY KEY (id),"
        " CONSTRAINT fk_plan_week_rep_id FOREIGN KEY(rep_id) REFERENCES user (id))"
    ),
    "CREATE INDEX ix_plan_week_rep_id_id ON plan_week (rep_id, id)",
    *RULES,
    "ALTER TABLE account ADD COLUMN cadence_least_days INTEGER",
    "ALTER TABLE account ADD COLUMN cadence_most_days INTEGER",
    "ALTER TABLE account ADD COLUMN cadence_reason TEXT",
    (
        "CREATE TABLE cadence_rule (territory_id VARCHAR(36), channel VARCHAR(24), grade VARCHAR(24),"
        " every_days INTEGER NOT NULL, least_days INTEGER, most_days INTEGER, seasons TEXT NOT NULL,"
        " note TEXT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT,"
        " archived_at BIGINT, CONSTRAINT pk_cadence_rule PRIMARY KEY (id),"
        " CONSTRAINT fk_cadence_rule_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    (
        'CREATE TABLE office_day (territory_id VARCHAR(36), "on" VARCHAR(10) NOT NULL,'
        " is_open BOOLEAN NOT NULL, name TEXT NOT NULL, id VARCHAR(36) NOT NULL, version INTEGER NOT NULL,"
        " extra TEXT, archived_at BIGINT, CONSTRAINT pk_office_day PRIMARY KEY (id),"
        " CONSTRAINT fk_office_day_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    (
        "CREATE TABLE planning_default (territory_id VARCHAR(36), name TEXT NOT NULL, value TEXT NOT NULL,"
        " id VARCHAR(36) NOT NULL, version INTEGER NOT NULL, extra TEXT, archived_at BIGINT,"
        " CONSTRAINT pk_planning_default PRIMARY KEY (id),"
        " CONSTRAINT fk_planning_default_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id))"
    ),
    *PROOF,
    *STRATEGY,
    *QUOTES,
    *ORDERS,
    *COSTS,
    (
        "CREATE TABLE known_way (provider TEXT NOT NULL, here TEXT NOT NULL, there TEXT NOT NULL,"
        " seconds INTEGER NOT NULL, metres INTEGER NOT NULL, PRIMARY KEY (provider, here, there))"
        " WITHOUT ROWID"
    ),
    (
        "CREATE TABLE address_lookup (address TEXT NOT NULL, provider TEXT NOT NULL, state TEXT NOT NULL,"
        " latitude_e7 INTEGER, longitude_e7 INTEGER, label TEXT NOT NULL, at BIGINT NOT NULL,"
        " PRIMARY KEY (address))"
    ),
    "CREATE INDEX ix_address_lookup_state ON address_lookup (state)",
)


def to_version_2(connection: Connection) -> None:
    """Apply what 0.2 added."""
    for statement in _TO_2:
        connection.execute(statement)
    search.rebuild(connection)  # its tokens are cut in another way
