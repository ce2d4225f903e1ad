-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0004: narrow events; counts that stay; how long what is kept; words to search by.
-- Two texts of the same tables: 0004.postgres.sql is the other

-- An event's kind and cause stand in its record, its cause in its incident too.
DROP INDEX event_of_company;
ALTER TABLE event DROP COLUMN kind;
ALTER TABLE event DROP COLUMN cause;

CREATE TABLE dictionary (                   -- what records are packed with (store/dictionary.c)
	id INTEGER PRIMARY KEY,                 -- of its contents: the same everywhere
	made_us INTEGER NOT NULL,
	events INTEGER NOT NULL,                -- newest event that it knew of
	bytes BLOB NOT NULL                     -- zstd's format
);

-- What happened, by days and hours of the centre's time: exact also of what was only counted,
-- and when the events are gone (center/stats).
CREATE TABLE count_day (
	company_id INTEGER NOT NULL REFERENCES company(id),
	day INTEGER NOT NULL,                   -- 20261121
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	cause TEXT NOT NULL,
	way TEXT NOT NULL,                    -- in, out, local, ''
	stopped INTEGER NOT NULL,
	severity INTEGER NOT NULL,
	events INTEGER NOT NULL,
	incidents INTEGER NOT NULL,             -- opened by them
	h00 INTEGER NOT NULL DEFAULT 0, h01 INTEGER NOT NULL DEFAULT 0, h02 INTEGER NOT NULL DEFAULT 0, h03 INTEGER NOT NULL DEFAULT 0,
	h04 INTEGER NOT NULL DEFAULT 0, h05 INTEGER NOT NULL DEFAULT 0, h06 INTEGER NOT NULL DEFAULT 0, h07 INTEGER NOT NULL DEFAULT 0,
	h08 INTEGER NOT NULL DEFAULT 0, h09 INTEGER NOT NULL DEFAULT 0, h10 INTEGER NOT NULL DEFAULT 0, h11 INTEGER NOT NULL DEFAULT 0,
	h12 INTEGER NOT NULL DEFAULT 0, h13 INTEGER NOT NULL DEFAULT 0, h14 INTEGER NOT NULL DEFAULT 0, h15 INTEGER NOT NULL DEFAULT 0,
	h16 INTEGER NOT NULL DEFAULT 0, h17 INTEGER NOT NULL DEFAULT 0, h18 INTEGER NOT NULL DEFAULT 0, h19 INTEGER NOT NULL DEFAULT 0,
	h20 INTEGER NOT NULL DEFAULT 0, h21 INTEGER NOT NULL DEFAULT 0, h22 INTEGER NOT NULL DEFAULT 0, h23 INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (company_id, day, gate_id, cause, way, stopped, severity)
) WITHOUT ROWID;

-- What was there before is told by its incidents: of the day when each began, without hours.
INSERT INTO count_day (company_id, day, gate_id, cause, way, stopped, severity, events, incidents)
	SELECT company_id, CAST(strftime('%Y%m%d', first_us / 1000000, 'unixepoch', 'localtime') AS INTEGER), gate_id, cause, '', stopped, severity, SUM(events), COUNT(*)
	FROM incident GROUP BY 1, 2, 3, 4, 6, 7;

-- How long: the company's row, else its chamber's, else the centre's; column by column.
CREATE TABLE retention (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER UNIQUE REFERENCES chamber(id),
	company_id INTEGER UNIQUE REFERENCES company(id),
	event_days INTEGER,                     -- NULL: as the next wider row says; 0: for ever
	event_mb INTEGER,                       -- of a company's packed records
	incident_years INTEGER,
	CHECK (chamber_id IS NULL OR company_id IS NULL)
);
INSERT INTO retention (event_days, event_mb, incident_years) VALUES (400, 200, 5);

CREATE TABLE kept (                         -- a company's evidence
	company_id INTEGER PRIMARY KEY REFERENCES company(id),
	events INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	since_us INTEGER NOT NULL,              -- nothing that is younger was removed
	removed_events INTEGER NOT NULL DEFAULT 0,
	removed_bytes INTEGER NOT NULL DEFAULT 0,
	looked_us INTEGER NOT NULL DEFAULT 0    -- when it was last held against the rules
);
CREATE INDEX kept_looked ON kept (looked_us);
INSERT INTO kept (company_id, events, bytes, since_us)
	SELECT company_id, COUNT(*), SUM(length(eve)), MIN(taken_us) FROM event GROUP BY company_id;
CREATE INDEX incident_kept ON incident (company_id, severity, last_us) WHERE kept > 0 AND severity < 2;

-- Every text that an incident says; there are few (rules, hosts, viruses, addresses), and
-- through them many incidents are found without reading all.
CREATE TABLE word (
	kind INTEGER NOT NULL,                  -- 0: what, 1: peer
	text TEXT NOT NULL,
	PRIMARY KEY (kind, text)
) WITHOUT ROWID;
INSERT INTO word SELECT DISTINCT 0, what FROM incident WHERE what <> '' UNION SELECT DISTINCT 1, peer FROM incident WHERE peer <> '';
CREATE INDEX incident_what ON incident (what);
CREATE INDEX incident_peer ON incident (peer);
CREATE INDEX incident_cause ON incident (cause, last_us, id) WHERE id > 0; -- for who says so only
CREATE INDEX incident_todo ON incident (last_us, id) WHERE state <> 'done' AND id > 0;

-- Who changed when: whoever waits looks whether it concerns them.
CREATE TABLE changed (
	change INTEGER PRIMARY KEY,
	company_id INTEGER                      -- NULL: may concern anybody
);
DROP INDEX incident_change;

CREATE TRIGGER incident_word AFTER INSERT ON incident BEGIN
	INSERT INTO word VALUES (0, new.what), (1, new.peer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER incident_word_again AFTER UPDATE OF what, peer ON incident
WHEN new.what <> old.what OR new.peer <> old.peer BEGIN
	INSERT INTO word VALUES (0, new.what), (1, new.peer) ON CONFLICT DO NOTHING;
END;
