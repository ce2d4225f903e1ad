-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0006: why an incident is as severe as it is, what belongs together, what is kept silent.

ALTER TABLE incident ADD COLUMN why TEXT NOT NULL DEFAULT '';        -- reasons (correlation.tbl)
ALTER TABLE incident ADD COLUMN traces INTEGER NOT NULL DEFAULT 0;   -- its rows in incident_trace
ALTER TABLE incident ADD COLUMN parent_id INTEGER;                   -- first stage of its story
ALTER TABLE incident ADD COLUMN merged_into INTEGER;
ALTER TABLE incident ADD COLUMN campaign_id INTEGER;
ALTER TABLE incident ADD COLUMN suppression_id INTEGER;              -- nobody is told of it
ALTER TABLE machine ADD COLUMN role TEXT NOT NULL DEFAULT '';        -- '', 'server', 'payment'

CREATE INDEX incident_story ON incident (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX incident_merged ON incident (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX incident_campaign ON incident (campaign_id, company_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX incident_suppressed ON incident (suppression_id) WHERE suppression_id IS NOT NULL;
CREATE INDEX incident_mistaken ON incident (closed_us) WHERE outcome = 'mistaken';
CREATE INDEX incident_of_machine ON incident (machine_id, last_us) WHERE machine_id IS NOT NULL;

-- What an incident's events were about, counted: all of them, also those that are not kept.
CREATE TABLE incident_trace (
	incident_id INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,
	company_id INTEGER NOT NULL REFERENCES company(id),
	sign TEXT NOT NULL,                     -- 'rule:2012345', 'virus:…', 'site:…', 'app:…'; '' the rest
	peer TEXT NOT NULL,
	what TEXT NOT NULL DEFAULT '',
	events INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	PRIMARY KEY (incident_id, sign, peer)
);
CREATE INDEX incident_trace_sign ON incident_trace (sign, peer);
CREATE INDEX incident_trace_peer ON incident_trace (peer);

-- Marks that may join companies to a campaign.
CREATE TABLE incident_mark (
	incident_id INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (incident_id, kind, value)
);
CREATE INDEX incident_mark_same ON incident_mark (chamber_id, kind, value);

CREATE TABLE campaign (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	kind TEXT NOT NULL,                     -- C2, HOST, HASH, SOURCE; HAND: made by a person
	value TEXT NOT NULL,
	title TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT 'new'
		CHECK (state IN ('new', 'checking', 'working', 'watching', 'done')),
	companies INTEGER NOT NULL DEFAULT 0,
	opened_us INTEGER NOT NULL,
	opened_by INTEGER,                      -- NULL: the centre itself
	last_us INTEGER NOT NULL,
	closed_us INTEGER
);
CREATE INDEX campaign_open ON campaign (chamber_id, kind, value) WHERE state <> 'done';
CREATE INDEX campaign_newest ON campaign (chamber_id, last_us, id);

CREATE TABLE suppression (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id),     -- NULL: all of the chamber
	machine_id INTEGER REFERENCES machine(id),
	cause TEXT NOT NULL DEFAULT '',         -- '' any
	sign TEXT NOT NULL DEFAULT '',
	peer TEXT NOT NULL DEFAULT '',
	reason TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	created_by INTEGER NOT NULL REFERENCES account(id),
	approved_us INTEGER,                    -- NULL: waits for a second person
	approved_by INTEGER REFERENCES account(id),    -- NULL: not needed
	expires_us INTEGER NOT NULL,
	reminded_us INTEGER,
	ended_us INTEGER,
	ended_by INTEGER REFERENCES account(id),
	hits INTEGER NOT NULL DEFAULT 0,        -- events that it kept silent
	hit_us INTEGER
);
CREATE INDEX suppression_live ON suppression (chamber_id, expires_us) WHERE ended_us IS NULL;

-- What a person put together, so that it can be taken apart again.
CREATE TABLE incident_merge (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	from_id INTEGER NOT NULL REFERENCES incident(id),
	into_id INTEGER NOT NULL REFERENCES incident(id),
	at_us INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	from_state TEXT NOT NULL,
	from_outcome TEXT NOT NULL,
	before TEXT NOT NULL,                   -- of the other: severity stopped first last
	after TEXT NOT NULL,
	undone_us INTEGER
);
CREATE INDEX incident_merge_from ON incident_merge (from_id, id);
