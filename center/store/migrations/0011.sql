-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0011: the fleet: signed orders, containment, exceptions, settings, bundles, diagnosis.

ALTER TABLE gate ADD COLUMN order_number INTEGER NOT NULL DEFAULT 0;  -- the last one given out
ALTER TABLE gate ADD COLUMN config_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gate ADD COLUMN config_sum TEXT NOT NULL DEFAULT '';      -- of the settings last ordered
ALTER TABLE gate ADD COLUMN config_due INTEGER NOT NULL DEFAULT 0;      -- 1: look whether its settings changed
ALTER TABLE gate ADD COLUMN group_id INTEGER;                         -- gate_group, or none
ALTER TABLE gate ADD COLUMN report TEXT NOT NULL DEFAULT '{}';        -- what it runs, as it said last
ALTER TABLE gate ADD COLUMN report_us INTEGER;
ALTER TABLE enrol_code ADD COLUMN kind TEXT NOT NULL DEFAULT 'join';  -- 'swap': another box, same row

CREATE TABLE gate_order (
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	number INTEGER NOT NULL,                -- of this gate, never given twice
	kind TEXT NOT NULL,                     -- lib/wire/order.h
	thing_id INTEGER NOT NULL DEFAULT 0,    -- containment, exception, bundle … that it is about
	text TEXT NOT NULL,                     -- what was signed
	signature TEXT NOT NULL,
	key TEXT NOT NULL,                      -- public key, hex
	account_id INTEGER,                     -- NULL: the centre itself
	state TEXT NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'sent', 'done', 'failed', 'refused', 'expired')),
	why TEXT NOT NULL DEFAULT '',           -- the gate's word
	issued_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	sent_us INTEGER,
	done_us INTEGER,
	UNIQUE (gate_id, number)
);
CREATE INDEX gate_order_waiting ON gate_order (state, gate_id, number);
CREATE INDEX gate_order_of_company ON gate_order (company_id, id);

CREATE TABLE containment (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	machine_id INTEGER REFERENCES machine(id),
	mac TEXT NOT NULL DEFAULT '',
	ip TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT 'asked'     -- 'listening': the gate cannot cut, it only listens
		CHECK (state IN ('asked', 'cut', 'listening', 'failed', 'releasing', 'released', 'ended')),
	why TEXT NOT NULL DEFAULT '',
	until_us INTEGER NOT NULL DEFAULT 0,    -- ends by itself then; 0: confirmed, until released
	asked_us INTEGER NOT NULL,
	asked_by INTEGER,
	cut_us INTEGER,
	released_us INTEGER,
	released_by INTEGER
);
CREATE INDEX containment_of_company ON containment (company_id, state);
CREATE INDEX containment_of_gate ON containment (gate_id, state);

CREATE TABLE gate_exception (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	what TEXT NOT NULL CHECK (what IN ('host', 'signature', 'machine')),
	value TEXT NOT NULL,
	reason TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'asked'
		CHECK (state IN ('asked', 'active', 'failed', 'removing', 'removed', 'ended')),
	why TEXT NOT NULL DEFAULT '',
	until_us INTEGER NOT NULL,
	asked_us INTEGER NOT NULL,
	asked_by INTEGER,
	removed_us INTEGER,
	removed_by INTEGER
);
CREATE INDEX gate_exception_of_company ON gate_exception (company_id, state);
CREATE INDEX gate_exception_of_gate ON gate_exception (gate_id, state);

CREATE TABLE gate_group (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	name TEXT NOT NULL,
	UNIQUE (chamber_id, name)
);

CREATE TABLE gate_setting (                 -- nearer ones win: chamber, group, company, site, gate
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	level TEXT NOT NULL CHECK (level IN ('chamber', 'group', 'company', 'site', 'gate')),
	level_id INTEGER NOT NULL,              -- of the chamber, group, company, site or gate
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	changed_us INTEGER NOT NULL,
	changed_by INTEGER,
	UNIQUE (level, level_id, name)
);
CREATE INDEX gate_setting_of_chamber ON gate_setting (chamber_id, level);

CREATE TABLE bundle (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	name TEXT NOT NULL,                     -- what is in it: rules, sites
	version INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	size INTEGER NOT NULL,
	note TEXT NOT NULL DEFAULT '',
	expires_us INTEGER NOT NULL,
	published_us INTEGER NOT NULL,
	published_by INTEGER,
	UNIQUE (chamber_id, name, version)
);

CREATE TABLE bundle_part (                  -- FLEET_PART bytes each, so that a part can be asked for
	bundle_id INTEGER NOT NULL REFERENCES bundle(id),
	part INTEGER NOT NULL,
	bytes BLOB NOT NULL,
	PRIMARY KEY (bundle_id, part)
);

CREATE TABLE rollout (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	bundle_id INTEGER NOT NULL REFERENCES bundle(id),
	state TEXT NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'frozen', 'done', 'undone')),
	ring INTEGER NOT NULL DEFAULT 0,        -- the one that is being reached
	rings TEXT NOT NULL,                    -- JSON: percent of the gates, e.g. [1,10,100]
	soak_s INTEGER NOT NULL,                -- how long a ring is watched
	ring_us INTEGER NOT NULL,               -- when this ring was begun
	why TEXT NOT NULL DEFAULT '',           -- why it was frozen or undone
	started_us INTEGER NOT NULL,
	started_by INTEGER,
	ended_us INTEGER
);

CREATE TABLE rollout_gate (
	rollout_id INTEGER NOT NULL REFERENCES rollout(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	ring INTEGER NOT NULL,
	state TEXT NOT NULL DEFAULT 'waiting'
		CHECK (state IN ('waiting', 'ordered', 'runs', 'failed', 'undone')),
	why TEXT NOT NULL DEFAULT '',
	before_alerts INTEGER NOT NULL DEFAULT 0,  -- events of the day before its ring
	ordered_us INTEGER,
	runs_us INTEGER,
	boots INTEGER NOT NULL DEFAULT 0,       -- begun again since then: a crash loop shows here
	PRIMARY KEY (rollout_id, gate_id)
);
CREATE INDEX rollout_gate_of_company ON rollout_gate (company_id, rollout_id);

CREATE TABLE diagnosis (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	kind TEXT NOT NULL CHECK (kind IN ('explain', 'capture')),
	question TEXT NOT NULL,                 -- JSON
	reason TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT 'asked'
		CHECK (state IN ('asked', 'done', 'failed', 'deleted')),
	why TEXT NOT NULL DEFAULT '',
	answer TEXT NOT NULL DEFAULT '',        -- JSON: lines of the gate
	bytes BLOB,                             -- a capture
	size INTEGER NOT NULL DEFAULT 0,
	asked_us INTEGER NOT NULL,
	asked_by INTEGER,
	done_us INTEGER,
	delete_us INTEGER NOT NULL              -- the capture is deleted then
);
CREATE INDEX diagnosis_of_gate ON diagnosis (gate_id, id);
CREATE INDEX diagnosis_of_company ON diagnosis (company_id, id);
CREATE INDEX diagnosis_due ON diagnosis (state, delete_us);
