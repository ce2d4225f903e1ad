-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0010: people: roles, resellers, invitations, passkeys, other logins, consent, recovery by two,
-- confidential incidents.

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
ALTER TABLE account ADD COLUMN ended_us INTEGER;                   -- may not log in any more
ALTER TABLE account ADD COLUMN handle TEXT NOT NULL DEFAULT '';    -- names it to passkeys
CREATE INDEX account_of_company ON account (company_id, id);
CREATE INDEX account_of_chamber ON account (chamber_id, id);

-- What a chamber has decided; without a row the presets hold.
CREATE TABLE chamber_policy (
	chamber_id INTEGER PRIMARY KEY REFERENCES chamber(id),
	second_factor TEXT NOT NULL DEFAULT '', -- roles that need one, blanks around each
	consent INTEGER NOT NULL DEFAULT 1      -- 1: the contract of its companies gives consent
);

ALTER TABLE session ADD COLUMN number INTEGER NOT NULL DEFAULT 0;  -- names it to its owner
ALTER TABLE session ADD COLUMN way TEXT NOT NULL DEFAULT '';       -- password, link, passkey, oidc
ALTER TABLE session ADD COLUMN peer TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN browser TEXT NOT NULL DEFAULT '';

CREATE TABLE login_limit (                  -- wrong tries; and where a person is at home
	key TEXT PRIMARY KEY,                   -- SHA-256 of what is counted, hex
	wrong INTEGER NOT NULL,
	since_us INTEGER NOT NULL,
	until_us INTEGER NOT NULL               -- of no more interest afterwards
);
CREATE INDEX login_limit_over ON login_limit (until_us);

CREATE TABLE invite (
	id INTEGER PRIMARY KEY,
	hash TEXT NOT NULL UNIQUE,              -- SHA-256 of the link's token, hex
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id),
	reseller_id INTEGER REFERENCES reseller(id),
	duty TEXT NOT NULL,
	mail TEXT NOT NULL,
	name TEXT NOT NULL DEFAULT '',
	lang TEXT NOT NULL DEFAULT 'ja',
	invited_by INTEGER REFERENCES account(id), -- NULL: the centre's administrator
	notice_id INTEGER,                      -- the mail that carries the link
	created_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	used_us INTEGER,
	revoked_us INTEGER
);
CREATE INDEX invite_of_chamber ON invite (chamber_id, id);

CREATE TABLE passkey (
	id INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL REFERENCES account(id),
	credential TEXT NOT NULL UNIQUE,        -- its id, base64url
	kind INTEGER NOT NULL,                  -- COSE algorithm
	key BLOB NOT NULL,                      -- public key as libfido2 keeps it
	counter INTEGER NOT NULL,               -- signatures so far, where the device counts
	name TEXT NOT NULL DEFAULT '',
	created_us INTEGER NOT NULL,
	used_us INTEGER
);
CREATE INDEX passkey_of_account ON passkey (account_id, id);

CREATE TABLE login_step (                   -- half a login: a challenge, a way to another server
	hash TEXT PRIMARY KEY,                  -- SHA-256 of the secret that must come back, hex
	kind TEXT NOT NULL,                     -- passkey-new, passkey, oidc
	account_id INTEGER REFERENCES account(id),
	detail TEXT NOT NULL DEFAULT '',
	expires_us INTEGER NOT NULL
);
CREATE INDEX login_step_over ON login_step (expires_us);

CREATE TABLE identity (                     -- who somebody is at another login server
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	account_id INTEGER NOT NULL REFERENCES account(id),
	created_us INTEGER NOT NULL,
	PRIMARY KEY (issuer, subject)
);

CREATE TABLE identity_rule (                -- what a claim of that server makes of a person
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	claim TEXT NOT NULL,                    -- name of a text or of a list of texts
	value TEXT NOT NULL,
	duty TEXT NOT NULL,
	company_id INTEGER REFERENCES company(id),
	reseller_id INTEGER REFERENCES reseller(id)
);

-- The newest row of a company and scope counts; without one the chamber's policy.
CREATE TABLE consent (
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	scope TEXT NOT NULL CHECK (scope IN ('evidence', 'flows', 'captures')),
	given INTEGER NOT NULL,                 -- 1 given, 0 taken back
	account_id INTEGER REFERENCES account(id),
	created_us INTEGER NOT NULL,
	expires_us INTEGER                      -- NULL: until taken back
);
CREATE INDEX consent_of_company ON consent (company_id, scope, id);

CREATE TABLE broken_glass (                 -- looked without consent, with a reason
	id INTEGER PRIMARY KEY,
	company_id INTEGER NOT NULL REFERENCES company(id),
	account_id INTEGER NOT NULL REFERENCES account(id),
	reason TEXT NOT NULL,
	created_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL
);
CREATE INDEX broken_glass_of_company ON broken_glass (company_id, account_id, expires_us);

CREATE TABLE recovery (                     -- somebody lost every way to log in
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	account_id INTEGER NOT NULL REFERENCES account(id),
	company_id INTEGER REFERENCES company(id), -- the account's
	reason TEXT NOT NULL,
	opened_by INTEGER NOT NULL REFERENCES account(id),
	opened_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	called TEXT NOT NULL DEFAULT '',        -- whom the second person called back, and where
	confirmed_by INTEGER REFERENCES account(id),
	confirmed_us INTEGER,
	refused_us INTEGER,
	notice_id INTEGER,
	CHECK (confirmed_by IS NULL OR confirmed_by <> opened_by)
);
CREATE INDEX recovery_of_chamber ON recovery (chamber_id, id);

ALTER TABLE incident ADD COLUMN confidential INTEGER NOT NULL DEFAULT 0;
CREATE TABLE incident_named (               -- who of the centre sees a confidential one
	incident_id INTEGER NOT NULL REFERENCES incident(id),
	account_id INTEGER NOT NULL REFERENCES account(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	PRIMARY KEY (incident_id, account_id)
);

CREATE TABLE audit_anchor (                 -- where the chain ended, told outside once a day
	id INTEGER PRIMARY KEY,
	at_us INTEGER NOT NULL,
	line INTEGER NOT NULL,
	hash TEXT NOT NULL
);
CREATE INDEX audit_of_account ON audit (account_id, id);
CREATE INDEX audit_newest ON audit (at_us, id);
