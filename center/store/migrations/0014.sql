-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0014: chambers federate: counts up to a national centre, advisories and bundles down.

ALTER TABLE company ADD COLUMN region TEXT NOT NULL DEFAULT '';   -- prefecture or area; '': not known
ALTER TABLE company ADD COLUMN industry TEXT NOT NULL DEFAULT '';

-- ---- at a chamber's centre ----

CREATE TABLE federation_sent (              -- what the national centre has heard of a day
	day INTEGER NOT NULL,                   -- 20261121
	sum TEXT NOT NULL,                      -- SHA-256 of what was sent
	as_of_us INTEGER NOT NULL,              -- rises with each report of the day
	PRIMARY KEY (day)
);
CREATE TABLE federation_state (
	name TEXT NOT NULL,                     -- 'done', 'failed'
	at_us INTEGER NOT NULL,
	detail TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (name)
);
CREATE TABLE federation_bundle (            -- offered by the national centre, never rolled out by itself
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,
	sha256 TEXT NOT NULL,
	size INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	fetched_us INTEGER NOT NULL,
	taken_us INTEGER,                       -- when this centre signed it for its own gates
	UNIQUE (name, version)
);
CREATE TABLE federation_bundle_part (
	federation_bundle_id INTEGER NOT NULL REFERENCES federation_bundle(id),
	part INTEGER NOT NULL,
	bytes BLOB NOT NULL,
	PRIMARY KEY (federation_bundle_id, part)
);

-- ---- at both ----

CREATE TABLE advisory (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	uid TEXT NOT NULL,                      -- the same at every centre
	serial INTEGER NOT NULL,                -- rises when it is changed or withdrawn
	body TEXT NOT NULL,                     -- JSON, what is signed
	signature TEXT NOT NULL,
	key TEXT NOT NULL,                      -- public key, hex
	own INTEGER NOT NULL,                   -- 1: made here
	severity INTEGER NOT NULL,
	from_us INTEGER NOT NULL,
	until_us INTEGER NOT NULL,
	withdrawn INTEGER NOT NULL DEFAULT 0,
	heard_us INTEGER NOT NULL,
	shown_us INTEGER,                       -- since when the companies see it
	shown_by INTEGER,
	UNIQUE (chamber_id, uid)
);

-- ---- at the national centre; chamber_id is its own, member_id the one that sends ----

CREATE TABLE federation_member (
	member_id INTEGER NOT NULL REFERENCES chamber(id),
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	account_id INTEGER NOT NULL REFERENCES account(id),
	admitted_us INTEGER NOT NULL,
	heard_us INTEGER,
	companies INTEGER NOT NULL DEFAULT 0,
	gates INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (member_id)
);
CREATE TABLE federation_day (               -- the report that counts; others are under way
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	member_id INTEGER NOT NULL REFERENCES chamber(id),
	day INTEGER NOT NULL,
	as_of_us INTEGER NOT NULL,
	PRIMARY KEY (member_id, day)
);
CREATE TABLE federation_count (
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	member_id INTEGER NOT NULL REFERENCES chamber(id),
	day INTEGER NOT NULL,
	as_of_us INTEGER NOT NULL,
	hour INTEGER NOT NULL,                  -- -1: merged over the day
	cause TEXT NOT NULL,                    -- MERGED: several
	way TEXT NOT NULL,
	stopped INTEGER NOT NULL,
	severity INTEGER NOT NULL,
	region TEXT NOT NULL,
	industry TEXT NOT NULL,
	events INTEGER NOT NULL,
	incidents INTEGER NOT NULL,
	companies INTEGER NOT NULL,             -- at least three
	PRIMARY KEY (member_id, day, as_of_us, hour, cause, way, stopped, severity, region, industry)
);
CREATE TABLE federation_offer (
	bundle_id INTEGER NOT NULL REFERENCES bundle(id),
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	offered_us INTEGER NOT NULL,
	PRIMARY KEY (bundle_id)
);
