CREATE TABLE "conflict" (
	entity TEXT NOT NULL, 
	row_id VARCHAR(36) NOT NULL, 
	field TEXT NOT NULL, 
	base TEXT, 
	winner TEXT, 
	loser TEXT, 
	won_by VARCHAR(36), 
	won_at BIGINT, 
	lost_by VARCHAR(36) NOT NULL, 
	lost_at BIGINT NOT NULL, 
	mutation_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36), 
	reason TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_conflict PRIMARY KEY (id)
);
CREATE INDEX ix_conflict_entity_row_id ON "conflict" (entity, row_id);
CREATE INDEX ix_conflict_territory_id ON "conflict" (territory_id);
CREATE TABLE product_category (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	parent_id VARCHAR(36), 
	position INTEGER NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_product_category PRIMARY KEY (id)
);
CREATE TABLE quarantine (
	mutation_id VARCHAR(36) NOT NULL, 
	device_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	entity TEXT NOT NULL, 
	row_id VARCHAR(36) NOT NULL, 
	payload TEXT NOT NULL, 
	code TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	settled BOOLEAN NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_quarantine PRIMARY KEY (id)
);
CREATE INDEX ix_quarantine_rep_id ON quarantine (rep_id);
CREATE TABLE sop_template (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	edition INTEGER NOT NULL, 
	channels TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	steps TEXT NOT NULL, 
	valid_from VARCHAR(10) NOT NULL, 
	valid_to VARCHAR(10), 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_sop_template PRIMARY KEY (id)
);
CREATE TABLE territory (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	parent_id VARCHAR(36), 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_territory PRIMARY KEY (id), 
	CONSTRAINT fk_territory_parent_id FOREIGN KEY(parent_id) REFERENCES territory (id)
);
CREATE TABLE price_book (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	level VARCHAR(24) NOT NULL, 
	reference TEXT, 
	territory_id VARCHAR(36), 
	priority INTEGER NOT NULL, 
	valid_from VARCHAR(10), 
	valid_to VARCHAR(10), 
	tax_mode VARCHAR(24) NOT NULL, 
	currency TEXT NOT NULL, 
	entry_count INTEGER NOT NULL, 
	entries_hash TEXT NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_price_book PRIMARY KEY (id), 
	CONSTRAINT fk_price_book_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_price_book_territory_id ON price_book (territory_id);
CREATE TABLE product (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	brand TEXT NOT NULL, 
	specification TEXT NOT NULL, 
	category_id VARCHAR(36), 
	base_unit TEXT NOT NULL, 
	sales_unit TEXT NOT NULL, 
	standard_price BIGINT NOT NULL, 
	floor_price BIGINT, 
	tax_rate BIGINT NOT NULL, 
	attributes TEXT NOT NULL, 
	active BOOLEAN NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_product PRIMARY KEY (id), 
	CONSTRAINT fk_product_category_id FOREIGN KEY(category_id) REFERENCES product_category (id)
);
CREATE INDEX ix_product_category_id ON product (category_id);
CREATE TABLE user (
	login TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	role VARCHAR(24) NOT NULL, 
	territory_id VARCHAR(36), 
	active BOOLEAN NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_user PRIMARY KEY (id), 
	CONSTRAINT fk_user_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE TABLE account (
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	channel VARCHAR(24) NOT NULL, 
	grade VARCHAR(24) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	owner_id VARCHAR(36), 
	parent_id VARCHAR(36), 
	price_group TEXT, 
	phone TEXT NOT NULL, 
	province TEXT NOT NULL, 
	city TEXT NOT NULL, 
	district TEXT NOT NULL, 
	address TEXT NOT NULL, 
	postcode TEXT NOT NULL, 
	latitude_e7 INTEGER, 
	longitude_e7 INTEGER, 
	datum VARCHAR(24) NOT NULL, 
	opening TEXT NOT NULL, 
	service_minutes INTEGER NOT NULL, 
	cadence_days INTEGER, 
	tags TEXT NOT NULL, 
	tax_id TEXT NOT NULL, 
	credit_limit BIGINT, 
	receivable BIGINT NOT NULL, 
	overdue_since VARCHAR(10), 
	status TEXT NOT NULL, 
	note TEXT NOT NULL, 
	merged_into VARCHAR(36), 
	possible_duplicate BOOLEAN NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT fk_account_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id), 
	CONSTRAINT fk_account_owner_id FOREIGN KEY(owner_id) REFERENCES user (id)
);
CREATE INDEX ix_account_code ON account (code);
CREATE INDEX ix_account_tax_id ON account (tax_id);
CREATE INDEX ix_account_territory_id_id ON account (territory_id, id);
CREATE TABLE price_entry (
	price_book_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36), 
	product_id VARCHAR(36) NOT NULL, 
	unit TEXT NOT NULL, 
	price BIGINT NOT NULL, 
	min_quantity BIGINT NOT NULL, 
	min_quantity_unit TEXT, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_price_entry PRIMARY KEY (id), 
	CONSTRAINT fk_price_entry_price_book_id FOREIGN KEY(price_book_id) REFERENCES price_book (id), 
	CONSTRAINT fk_price_entry_product_id FOREIGN KEY(product_id) REFERENCES product (id)
);
CREATE INDEX ix_price_entry_price_book_id_id ON price_entry (price_book_id, id);
CREATE INDEX ix_price_entry_product_id ON price_entry (product_id);
CREATE INDEX ix_price_entry_territory_id_id ON price_entry (territory_id, id);
CREATE TABLE product_unit (
	product_id VARCHAR(36) NOT NULL, 
	unit TEXT NOT NULL, 
	factor BIGINT NOT NULL, 
	barcode TEXT NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_product_unit PRIMARY KEY (id), 
	CONSTRAINT fk_product_unit_product_id FOREIGN KEY(product_id) REFERENCES product (id)
);
CREATE INDEX ix_product_unit_barcode ON product_unit (barcode);
CREATE INDEX ix_product_unit_product_id ON product_unit (product_id);
CREATE TABLE todo (
	assignee_id VARCHAR(36) NOT NULL, 
	created_by VARCHAR(36) NOT NULL, 
	account_id VARCHAR(36), 
	visit_id VARCHAR(36), 
	title TEXT NOT NULL, 
	due_on VARCHAR(10), 
	done_at BIGINT, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_todo PRIMARY KEY (id), 
	CONSTRAINT fk_todo_assignee_id FOREIGN KEY(assignee_id) REFERENCES user (id), 
	CONSTRAINT fk_todo_created_by FOREIGN KEY(created_by) REFERENCES user (id)
);
CREATE INDEX ix_todo_account_id ON todo (account_id);
CREATE INDEX ix_todo_assignee_id_id ON todo (assignee_id, id);
CREATE TABLE visit_plan (
	rep_id VARCHAR(36) NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	"on" VARCHAR(10) NOT NULL, 
	start_time TEXT, 
	sequence INTEGER NOT NULL, 
	minutes INTEGER NOT NULL, 
	purpose TEXT NOT NULL, 
	status VARCHAR(24) NOT NULL, 
	origin VARCHAR(24) NOT NULL, 
	reason TEXT NOT NULL, 
	moved_to VARCHAR(10), 
	locked BOOLEAN NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_visit_plan PRIMARY KEY (id), 
	CONSTRAINT fk_visit_plan_rep_id FOREIGN KEY(rep_id) REFERENCES user (id)
);
CREATE INDEX ix_visit_plan_account_id ON visit_plan (account_id);
CREATE INDEX ix_visit_plan_on_rep_id ON visit_plan ("on", rep_id);
CREATE INDEX ix_visit_plan_rep_id_id ON visit_plan (rep_id, id);
CREATE TABLE visit_review (
	visit_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	reviewer_id VARCHAR(36) NOT NULL, 
	decision VARCHAR(24) NOT NULL, 
	text TEXT NOT NULL, 
	step_key TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_visit_review PRIMARY KEY (id), 
	CONSTRAINT fk_visit_review_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_visit_review_reviewer_id FOREIGN KEY(reviewer_id) REFERENCES user (id)
);
CREATE INDEX ix_visit_review_rep_id ON visit_review (rep_id);
CREATE INDEX ix_visit_review_visit_id ON visit_review (visit_id);
CREATE TABLE contact (
	account_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	role TEXT NOT NULL, 
	influence INTEGER NOT NULL, 
	phone TEXT NOT NULL, 
	email TEXT NOT NULL, 
	is_primary BOOLEAN NOT NULL, 
	note TEXT NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_contact PRIMARY KEY (id), 
	CONSTRAINT fk_contact_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_contact_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_contact_account_id ON contact (account_id);
CREATE INDEX ix_contact_territory_id_id ON contact (territory_id, id);
CREATE TABLE "order" (
	number TEXT, 
	provisional_number TEXT NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	visit_id VARCHAR(36), 
	status VARCHAR(24) NOT NULL, 
	ordered_on VARCHAR(10) NOT NULL, 
	wanted_on VARCHAR(10), 
	submitted_at BIGINT, 
	currency TEXT NOT NULL, 
	goods_amount BIGINT NOT NULL, 
	discount_amount BIGINT NOT NULL, 
	tax_amount BIGINT NOT NULL, 
	total_amount BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	review_code TEXT, 
	review_data TEXT, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_order PRIMARY KEY (id), 
	CONSTRAINT fk_order_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_order_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id), 
	CONSTRAINT fk_order_rep_id FOREIGN KEY(rep_id) REFERENCES user (id)
);
CREATE INDEX ix_order_account_id_ordered_on ON "order" (account_id, ordered_on);
CREATE INDEX ix_order_territory_id_id ON "order" (territory_id, id);
CREATE INDEX ix_order_visit_id ON "order" (visit_id);
CREATE TABLE visit (
	plan_id VARCHAR(36), 
	sop_template_id VARCHAR(36), 
	started_at BIGINT NOT NULL, 
	purpose TEXT NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_visit PRIMARY KEY (id), 
	CONSTRAINT fk_visit_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_visit_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_visit_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_visit_account_id ON visit (account_id);
CREATE INDEX ix_visit_rep_id_started_at ON visit (rep_id, started_at);
CREATE INDEX ix_visit_territory_id ON visit (territory_id);
CREATE TABLE check_in (
	visit_id VARCHAR(36) NOT NULL, 
	at BIGINT NOT NULL, 
	source VARCHAR(24) NOT NULL, 
	latitude_e7 INTEGER, 
	longitude_e7 INTEGER, 
	datum VARCHAR(24) NOT NULL, 
	accuracy_m INTEGER, 
	fix_age_s INTEGER, 
	distance_m INTEGER, 
	far_reason TEXT NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_check_in PRIMARY KEY (id), 
	CONSTRAINT fk_check_in_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT fk_check_in_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_check_in_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_check_in_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_check_in_account_id ON check_in (account_id);
CREATE INDEX ix_check_in_territory_id ON check_in (territory_id);
CREATE INDEX ix_check_in_visit_id ON check_in (visit_id);
CREATE TABLE check_out (
	visit_id VARCHAR(36) NOT NULL, 
	at BIGINT NOT NULL, 
	summary TEXT NOT NULL, 
	next_visit_on VARCHAR(10), 
	gaps TEXT NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_check_out PRIMARY KEY (id), 
	CONSTRAINT fk_check_out_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT fk_check_out_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_check_out_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_check_out_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_check_out_account_id ON check_out (account_id);
CREATE INDEX ix_check_out_territory_id ON check_out (territory_id);
CREATE INDEX ix_check_out_visit_id ON check_out (visit_id);
CREATE TABLE order_line (
	order_id VARCHAR(36) NOT NULL, 
	product_id VARCHAR(36) NOT NULL, 
	unit TEXT NOT NULL, 
	quantity BIGINT NOT NULL, 
	unit_price BIGINT NOT NULL, 
	price_book_id VARCHAR(36), 
	book_version INTEGER, 
	gross_amount BIGINT NOT NULL, 
	discount_amount BIGINT NOT NULL, 
	net_amount BIGINT NOT NULL, 
	tax_rate BIGINT NOT NULL, 
	tax_amount BIGINT NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_order_line PRIMARY KEY (id), 
	CONSTRAINT fk_order_line_order_id FOREIGN KEY(order_id) REFERENCES "order" (id), 
	CONSTRAINT fk_order_line_product_id FOREIGN KEY(product_id) REFERENCES product (id)
);
CREATE INDEX ix_order_line_order_id ON order_line (order_id);
CREATE TABLE photo (
	visit_id VARCHAR(36) NOT NULL, 
	step_key TEXT NOT NULL, 
	field_key TEXT NOT NULL, 
	caption TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	media_type TEXT NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	taken_at BIGINT NOT NULL, 
	stored BOOLEAN NOT NULL, 
	account_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_photo PRIMARY KEY (id), 
	CONSTRAINT fk_photo_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT fk_photo_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_photo_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_photo_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_photo_account_id ON photo (account_id);
CREATE INDEX ix_photo_sha256 ON photo (sha256);
CREATE INDEX ix_photo_territory_id ON photo (territory_id);
CREATE INDEX ix_photo_visit_id ON photo (visit_id);
CREATE TABLE step_answer (
	visit_id VARCHAR(36) NOT NULL, 
	step_key TEXT NOT NULL, 
	answers TEXT NOT NULL, 
	answered_at BIGINT NOT NULL, 
	replaces_id VARCHAR(36), 
	account_id VARCHAR(36) NOT NULL, 
	rep_id VARCHAR(36) NOT NULL, 
	territory_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	extra TEXT, 
	archived_at BIGINT, 
	CONSTRAINT pk_step_answer PRIMARY KEY (id), 
	CONSTRAINT fk_step_answer_visit_id FOREIGN KEY(visit_id) REFERENCES visit (id), 
	CONSTRAINT fk_step_answer_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT fk_step_answer_rep_id FOREIGN KEY(rep_id) REFERENCES user (id), 
	CONSTRAINT fk_step_answer_territory_id FOREIGN KEY(territory_id) REFERENCES territory (id)
);
CREATE INDEX ix_step_answer_account_id ON step_answer (account_id);
CREATE INDEX ix_step_answer_territory_id ON step_answer (territory_id);
CREATE INDEX ix_step_answer_visit_id ON step_answer (visit_id);
CREATE TABLE account_fact (
	account_id VARCHAR(36) NOT NULL, 
	name_key BLOB NOT NULL, 
	channel TEXT NOT NULL, 
	grade TEXT NOT NULL, 
	city TEXT NOT NULL, 
	latitude_e7 INTEGER, 
	longitude_e7 INTEGER, 
	receivable BIGINT NOT NULL, 
	overdue_since VARCHAR(10), 
	last_visit_on VARCHAR(10), 
	last_order_on VARCHAR(10), 
	due_on VARCHAR(10), 
	sales_30d BIGINT NOT NULL, 
	weekly TEXT NOT NULL, 
	PRIMARY KEY (account_id)
);
CREATE INDEX ix_account_fact_due_on ON account_fact (due_on);
CREATE INDEX ix_account_fact_last_order_on ON account_fact (last_order_on);
CREATE INDEX ix_account_fact_last_visit_on ON account_fact (last_visit_on);
CREATE INDEX ix_account_fact_latitude_e7 ON account_fact (latitude_e7, longitude_e7);
CREATE INDEX ix_account_fact_name_key ON account_fact (name_key);
CREATE INDEX ix_account_fact_receivable ON account_fact (receivable);
CREATE INDEX ix_account_fact_sales_30d ON account_fact (sales_30d);
CREATE TABLE cursor_history (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	cursor TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE device (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE draft (
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	saved_at BIGINT NOT NULL, 
	PRIMARY KEY (kind, "key")
);
CREATE TABLE import_change (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	line INTEGER NOT NULL, 
	entity TEXT NOT NULL, 
	row_id VARCHAR(36) NOT NULL, 
	"before" TEXT, 
	"after" TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX ix_import_change_run_id ON import_change (run_id);
CREATE TABLE import_run (
	id VARCHAR(36) NOT NULL, 
	file_name TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	created INTEGER NOT NULL, 
	updated INTEGER NOT NULL, 
	left_out INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE outbox (
	n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	mutation_id VARCHAR(36) NOT NULL, 
	entity TEXT NOT NULL, 
	row_id VARCHAR(36) NOT NULL, 
	op TEXT NOT NULL, 
	act TEXT, 
	payload TEXT NOT NULL, 
	state VARCHAR(24) NOT NULL, 
	outcome TEXT, 
	code TEXT, 
	message TEXT, 
	conflicts TEXT NOT NULL, 
	needs TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	sent_at BIGINT, 
	acked_at BIGINT, 
	tries INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	UNIQUE (mutation_id)
);
CREATE INDEX ix_outbox_entity_row_id ON outbox (entity, row_id);
CREATE INDEX ix_outbox_state_n ON outbox (state, n);
CREATE TABLE sync_base (
	entity TEXT NOT NULL, 
	row_id VARCHAR(36) NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (entity, row_id)
);
CREATE TABLE sync_log (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX ix_sync_log_at ON sync_log (at);
CREATE TABLE sync_state (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE upload (
	photo_id VARCHAR(36) NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	"offset" INTEGER NOT NULL, 
	url TEXT, 
	state VARCHAR(24) NOT NULL, 
	tries INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (photo_id)
);
CREATE INDEX ix_upload_state ON upload (state);
CREATE TABLE search_account (n INTEGER PRIMARY KEY, row_id CHAR(36) NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE VIRTUAL TABLE search_account_token USING fts5(token, content='', detail=none, columnsize=0, tokenize='ascii');
CREATE TABLE search_contact (n INTEGER PRIMARY KEY, row_id CHAR(36) NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE VIRTUAL TABLE search_contact_token USING fts5(token, content='', detail=none, columnsize=0, tokenize='ascii');
CREATE TABLE search_product (n INTEGER PRIMARY KEY, row_id CHAR(36) NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE VIRTUAL TABLE search_product_token USING fts5(token, content='', detail=none, columnsize=0, tokenize='ascii');
