-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0005: sensors that are no gates, clocks, keys in two places, renewal of certificates.

ALTER TABLE gate ADD COLUMN sensor TEXT NOT NULL DEFAULT '';        -- 'suricata': stands there instead of a gate
ALTER TABLE gate ADD COLUMN home_net TEXT NOT NULL DEFAULT '';      -- networks, comma between; '': the private ones
ALTER TABLE gate ADD COLUMN skewed_us INTEGER;                      -- since when its clock is far off, or was last told so
ALTER TABLE gate ADD COLUMN boot TEXT NOT NULL DEFAULT '';          -- of its newest batch
ALTER TABLE gate ADD COLUMN peer TEXT NOT NULL DEFAULT '';          -- address it came from
ALTER TABLE gate ADD COLUMN boot_before TEXT NOT NULL DEFAULT '';   -- another that came before
ALTER TABLE gate ADD COLUMN peer_before TEXT NOT NULL DEFAULT '';
ALTER TABLE gate ADD COLUMN returns INTEGER NOT NULL DEFAULT 0;     -- how often it went back to the one before
ALTER TABLE gate ADD COLUMN return_us INTEGER NOT NULL DEFAULT 0;   -- the last time
ALTER TABLE gate ADD COLUMN fingerprint_next TEXT;                  -- renewed, not used yet: both are welcome
CREATE UNIQUE INDEX gate_fingerprint_next ON gate (fingerprint_next);

ALTER TABLE batch ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;        -- of its lines; 0: not known

ALTER TABLE event ADD COLUMN shift_us INTEGER NOT NULL DEFAULT 0;   -- at_us + shift_us is when it happened
ALTER TABLE event ADD COLUMN clock INTEGER NOT NULL DEFAULT 0;      -- 0 as the gate said, 1 its clock corrected,
                                                                    -- 2 impossible: the time of its arrival

CREATE TABLE gate_token (                   -- for forwarders that have no certificate
	id INTEGER PRIMARY KEY,
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	hash TEXT NOT NULL UNIQUE,              -- SHA-256 of the token, hex
	created_us INTEGER NOT NULL,
	revoked_us INTEGER
);
CREATE INDEX gate_token_of_gate ON gate_token (gate_id, id);

CREATE TABLE eve_count (                    -- events that are only counted, by their kind
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	kind TEXT NOT NULL,                     -- EVE event_type; 'other': beyond the first kinds
	events INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	PRIMARY KEY (gate_id, kind)
);
