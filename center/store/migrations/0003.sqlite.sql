-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0003: what the centre knows about itself.

CREATE TABLE fact (
	name TEXT PRIMARY KEY,                  -- authority: SHA-256 of the CA's certificate, hex
	value TEXT NOT NULL
);
