-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0001: tenants, people, gates, events, incidents, notices.
-- Times (_us) are microseconds since 1970-01-01 UTC.  Every row of a company carries company_id.
-- Written in the part of SQL that SQLite and PostgreSQL share (center/store/db.h).

CREATE TABLE chamber (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	desk_name TEXT NOT NULL DEFAULT '',
	desk_phone TEXT NOT NULL DEFAULT '',
	desk_mail TEXT NOT NULL DEFAULT ''
);

CREATE TABLE company (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	name TEXT NOT NULL,
	lang TEXT NOT NULL DEFAULT 'ja' CHECK (lang IN ('ja', 'en')),
	mail TEXT NOT NULL DEFAULT '',          -- where notices go
	sample INTEGER NOT NULL DEFAULT 0,      -- 1: made up, shown as 見本
	created_us INTEGER NOT NULL
);

CREATE TABLE site (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	name TEXT NOT NULL
);

CREATE TABLE gate (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	site_id INTEGER NOT NULL REFERENCES site(id),
	name TEXT NOT NULL,
	fingerprint TEXT UNIQUE,                -- SHA-256 of its certificate (DER), hex; NULL: not enrolled
	enrolled_us INTEGER,
	revoked_us INTEGER,
	seen_us INTEGER,                        -- last batch, the centre's clock
	beat_us INTEGER,                        -- last heartbeat, the centre's clock
	skew_us INTEGER,                        -- gate's clock minus ours at the last heartbeat
	state TEXT NOT NULL DEFAULT '{}'        -- last heartbeat as JSON: version, mode, uptime_s,
	                                        -- rules, rules_refused, packets, bytes,
	                                        -- capture_lost, spool_lost, scanner
);
CREATE INDEX gate_of_company ON gate (company_id);

CREATE TABLE enrol_code (
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	hash TEXT NOT NULL UNIQUE,              -- SHA-256 of the code, hex
	expires_us INTEGER NOT NULL,
	used_us INTEGER
);

CREATE TABLE account (
	id INTEGER PRIMARY KEY,
	role TEXT NOT NULL CHECK (role IN ('member', 'operator')),
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id),   -- members only
	mail TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	password TEXT NOT NULL,                 -- argon2id string, '' = none yet
	totp_secret TEXT NOT NULL DEFAULT '',   -- base32, '' = off
	totp_offer TEXT NOT NULL DEFAULT '',    -- shown, not yet confirmed with a code
	totp_step INTEGER NOT NULL DEFAULT 0,   -- last step used: a code works once
	lang TEXT NOT NULL DEFAULT 'ja',
	fails INTEGER NOT NULL DEFAULT 0,
	locked_until_us INTEGER NOT NULL DEFAULT 0,
	created_us INTEGER NOT NULL,
	CHECK ((role = 'member') = (company_id IS NOT NULL))
);

CREATE TABLE once_login (
	hash TEXT PRIMARY KEY,                  -- SHA-256 of the token, hex
	account_id INTEGER NOT NULL REFERENCES account(id),
	expires_us INTEGER NOT NULL,
	used_us INTEGER
);

CREATE TABLE session (
	hash TEXT PRIMARY KEY,                  -- SHA-256 of the cookie, hex
	account_id INTEGER NOT NULL REFERENCES account(id),
	csrf TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	seen_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL
);
CREATE INDEX session_of_account ON session (account_id, seen_us);

CREATE TABLE batch (                        -- what was taken in: makes batches idempotent
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	boot TEXT NOT NULL,
	seq INTEGER NOT NULL,
	taken_us INTEGER NOT NULL,
	records INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	PRIMARY KEY (gate_id, boot, seq)
);

CREATE TABLE refused (                      -- records of a batch that could not be read
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	taken_us INTEGER NOT NULL,
	boot TEXT NOT NULL,
	seq INTEGER NOT NULL,
	line INTEGER NOT NULL,                  -- of the batch, from 1
	why TEXT NOT NULL,
	start TEXT NOT NULL                     -- the line's first characters, cleaned
);
CREATE INDEX refused_of_gate ON refused (gate_id, id);

CREATE TABLE machine (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	identity TEXT NOT NULL,                 -- 'mac:…', or 'ip:GATE:…' where no MAC is seen
	mac TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL DEFAULT '',          -- what the gate heard
	label TEXT NOT NULL DEFAULT '',         -- what the company calls it; goes before name
	ip TEXT NOT NULL DEFAULT '',
	vendor TEXT NOT NULL DEFAULT '',
	kind TEXT NOT NULL DEFAULT '',
	known INTEGER NOT NULL DEFAULT 0,       -- 1: the company says it is theirs, 2: says it is not
	first_us INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	UNIQUE (company_id, identity)
);
CREATE INDEX machine_of_company ON machine (company_id, last_us, id);

CREATE TABLE incident (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	machine_id INTEGER REFERENCES machine(id),
	cause TEXT NOT NULL,                    -- lib/record/causes.tbl
	severity INTEGER NOT NULL,              -- 0 記録, 1 注意, 2 緊急
	state TEXT NOT NULL DEFAULT 'new'
		CHECK (state IN ('new', 'checking', 'working', 'watching', 'done')),
	outcome TEXT NOT NULL DEFAULT '',       -- '', 'harmless', 'solved', 'mistaken'
	stopped INTEGER NOT NULL,               -- 1: everything so far was stopped
	what TEXT NOT NULL DEFAULT '',          -- virus, host, application, rule
	peer TEXT NOT NULL DEFAULT '',
	events INTEGER NOT NULL DEFAULT 0,      -- all that belong to it
	kept INTEGER NOT NULL DEFAULT 0,        -- of them, those with a row in `event`
	hour INTEGER NOT NULL DEFAULT 0,        -- hour (taken_us) that hour_kept is about
	hour_kept INTEGER NOT NULL DEFAULT 0,
	first_us INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	opened_us INTEGER NOT NULL,             -- the centre's clock
	closed_us INTEGER,
	change INTEGER NOT NULL                 -- value of `change_counter` when it last changed
);
CREATE INDEX incident_open ON incident (company_id, cause, machine_id, state);
CREATE INDEX incident_inbox ON incident (severity DESC, last_us DESC);
CREATE INDEX incident_change ON incident (change);
CREATE INDEX incident_seen ON incident (company_id, change);
CREATE INDEX incident_attention ON incident (company_id, severity) WHERE state <> 'done' AND severity > 0;
CREATE INDEX incident_newest ON incident (last_us, id);
CREATE INDEX incident_of_company ON incident (company_id, last_us, id);

CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	incident_id INTEGER REFERENCES incident(id),
	at_us INTEGER NOT NULL,                 -- the gate's clock
	taken_us INTEGER NOT NULL,              -- the centre's clock
	kind TEXT NOT NULL,
	cause TEXT NOT NULL,
	severity INTEGER NOT NULL,
	eve BLOB NOT NULL                       -- the record as it came (store_pack_text)
);
CREATE INDEX event_of_incident ON event (incident_id, id);
CREATE INDEX event_of_company ON event (company_id, at_us);

CREATE TABLE notice (
	id INTEGER PRIMARY KEY,
	incident_id INTEGER NOT NULL REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	channel TEXT NOT NULL DEFAULT 'mail',
	recipient TEXT NOT NULL,
	step TEXT NOT NULL DEFAULT 'first'      -- 'raised': 注意 became 緊急 after the first one
		CHECK (step IN ('first', 'raised')),
	severity INTEGER NOT NULL,
	subject TEXT NOT NULL DEFAULT '',       -- written when it is sent, so that it tells the
	body TEXT NOT NULL DEFAULT '',          -- newest state; kept as it was sent
	state TEXT NOT NULL DEFAULT 'waiting'   -- sending: a try has begun; cancelled: not needed
		CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'cancelled')),
	tries INTEGER NOT NULL DEFAULT 0,
	created_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL,                -- not before; moved on after a failed try
	sent_us INTEGER,
	message_id TEXT NOT NULL UNIQUE,        -- RFC 5322, made before the first try
	in_reply_to TEXT NOT NULL DEFAULT '',
	error TEXT NOT NULL DEFAULT '',
	UNIQUE (incident_id, channel, recipient, step)
);
CREATE INDEX notice_due ON notice (state, due_us);
CREATE INDEX notice_of_company ON notice (company_id, id);
CREATE INDEX notice_of_incident ON notice (incident_id);

CREATE TABLE audit (                        -- append only, through store_audit()
	id INTEGER PRIMARY KEY,
	at_us INTEGER NOT NULL,
	account_id INTEGER,                     -- NULL: the centre itself
	company_id INTEGER,
	incident_id INTEGER,                    -- its history
	action TEXT NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	hash TEXT NOT NULL                      -- SHA-256 of the hash before and this line
);
CREATE INDEX audit_of_incident ON audit (incident_id, id);
CREATE INDEX audit_of_company ON audit (company_id, id);

CREATE TABLE change_counter (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	value INTEGER NOT NULL
);
INSERT INTO change_counter VALUES (1, 0);
