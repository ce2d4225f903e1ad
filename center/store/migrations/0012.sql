-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0012: programs that call the interface; lines for a log elsewhere.

CREATE TABLE api_token (
	id INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL REFERENCES account(id),
	name TEXT NOT NULL,                     -- what its owner calls it
	hash TEXT NOT NULL UNIQUE,              -- SHA-256 of the token, hex
	scopes TEXT NOT NULL,                   -- center/api/token/token.h
	created_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	used_us INTEGER,                        -- to the minute
	ended_us INTEGER
);
CREATE INDEX api_token_of_account ON api_token (account_id, id);

CREATE TABLE export_place (                 -- how far an export has come
	name TEXT PRIMARY KEY,                  -- 'syslog'
	audit_id INTEGER NOT NULL
);
