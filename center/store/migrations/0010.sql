-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0010: roles, resellers.

CREATE TABLE reseller (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	name TEXT NOT NULL,
	mail TEXT NOT NULL DEFAULT '',
	phone TEXT NOT NULL DEFAULT '',
	created_us INTEGER NOT NULL,
	UNIQUE (chamber_id, name)
);

ALTER TABLE company ADD COLUMN reseller_id INTEGER REFERENCES reseller(id);
CREATE INDEX company_of_reseller ON company (reseller_id, id);
CREATE INDEX company_of_chamber ON company (chamber_id, id);

-- What the person may do (center/api/people/roles.tbl); '' from before: owner or operator.
-- account.role stays what it belongs to: 'member' a company, 'operator' a chamber.
ALTER TABLE account ADD COLUMN duty TEXT NOT NULL DEFAULT '' CHECK (duty IN ('', 'owner',
	'staff', 'operator', 'desk', 'partner', 'reseller', 'agent', 'insurer', 'office', 'auditor'));
ALTER TABLE account ADD COLUMN reseller_id INTEGER REFERENCES reseller(id);
