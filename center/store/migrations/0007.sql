-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0007: playbooks: those that somebody added to an incident, and the steps that are done.

CREATE TABLE incident_book (
	incident_id INTEGER NOT NULL REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	book TEXT NOT NULL,                     -- rules/playbooks/
	account_id INTEGER REFERENCES account(id),
	added_us INTEGER NOT NULL,
	PRIMARY KEY (incident_id, book)
);

CREATE TABLE incident_step (
	incident_id INTEGER NOT NULL REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	book TEXT NOT NULL,
	step TEXT NOT NULL,
	account_id INTEGER REFERENCES account(id),
	done_us INTEGER NOT NULL,
	PRIMARY KEY (incident_id, book, step)
);
