-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0004: narrow events; what is kept, and for how long; counts that stay.

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
