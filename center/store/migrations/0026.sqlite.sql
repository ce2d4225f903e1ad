-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0026: smaller.  An index of SQLite ends with the row's id by itself: where id stood there as a
-- column it stood twice.  Traces are found by their key, so they need no row numbers.
-- PostgreSQL has neither (0026.postgres.sql).

DROP INDEX event_of_incident;
CREATE INDEX event_of_incident ON event (incident_id);
DROP INDEX incident_newest;
CREATE INDEX incident_newest ON incident (last_us);
DROP INDEX incident_of_company;
CREATE INDEX incident_of_company ON incident (company_id, last_us);
DROP INDEX incident_cause;
CREATE INDEX incident_cause ON incident (cause, last_us) WHERE id > 0; -- for who says so only
DROP INDEX incident_todo;
CREATE INDEX incident_todo ON incident (last_us) WHERE state <> 'done' AND id > 0;
DROP INDEX audit_of_incident;
CREATE INDEX audit_of_incident ON audit (incident_id);
DROP INDEX audit_of_company;
CREATE INDEX audit_of_company ON audit (company_id);
DROP INDEX audit_of_account;
CREATE INDEX audit_of_account ON audit (account_id);
DROP INDEX audit_newest;
CREATE INDEX audit_newest ON audit (at_us);

CREATE TABLE incident_trace_next (
	incident_id INTEGER NOT NULL REFERENCES incident(id) ON DELETE CASCADE,
	company_id INTEGER NOT NULL REFERENCES company(id),
	sign TEXT NOT NULL,                     -- 'rule:2012345', 'virus:…', 'site:…', 'app:…'; '' the rest
	peer TEXT NOT NULL,
	what TEXT NOT NULL DEFAULT '',
	events INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	PRIMARY KEY (incident_id, sign, peer)
) WITHOUT ROWID;
INSERT INTO incident_trace_next
	SELECT incident_id, company_id, sign, peer, what, events, last_us FROM incident_trace
	ORDER BY incident_id, sign, peer;
DROP TABLE incident_trace;
ALTER TABLE incident_trace_next RENAME TO incident_trace;
CREATE INDEX incident_trace_sign ON incident_trace (sign, peer);
CREATE INDEX incident_trace_peer ON incident_trace (peer);
