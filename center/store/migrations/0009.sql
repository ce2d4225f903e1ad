-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0009: whom to tell and by which way; a notice leaves by a channel.
-- company.mail moves into rows of `contact`.

CREATE TABLE contact (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id),  -- NULL: the chamber's own people
	account_id INTEGER REFERENCES account(id),  -- whose it is, where that person has a login
	name TEXT NOT NULL DEFAULT '',              -- 社長, 経理 山田
	channel TEXT NOT NULL
		CHECK (channel IN ('mail', 'webhook', 'sms', 'voice', 'line', 'fax')),
	address TEXT NOT NULL,
	lang TEXT NOT NULL DEFAULT 'ja' CHECK (lang IN ('ja', 'en', 'easy')),
	severity INTEGER NOT NULL DEFAULT 1,        -- the least that goes there
	reserve INTEGER NOT NULL DEFAULT 0,         -- 1: only when another did not get through
	events INTEGER NOT NULL DEFAULT 0,          -- webhook, 1: every change of an incident
	                                            -- instead of notices
	from_min INTEGER NOT NULL DEFAULT 0,        -- minutes of the day in which 注意 may go;
	to_min INTEGER NOT NULL DEFAULT 1440,       -- 緊急 always goes
	position INTEGER NOT NULL DEFAULT 0,        -- the order in which one stands in for another
	state TEXT NOT NULL DEFAULT 'ok'            -- bounced: the other side says that nobody is
		CHECK (state IN ('ok', 'bounced', 'off')), -- there; off: taken out
	fails INTEGER NOT NULL DEFAULT 0,           -- in a row
	failing_us INTEGER,                         -- since when
	error TEXT NOT NULL DEFAULT '',             -- what the other side said last
	verified_us INTEGER,                        -- somebody there gave back the test's number
	tested_us INTEGER,
	code TEXT NOT NULL DEFAULT '',              -- SHA-256 of the test's number, hex
	code_tries INTEGER NOT NULL DEFAULT 0,
	secret TEXT NOT NULL DEFAULT '',            -- webhook: signs what is sent
	seen_change INTEGER NOT NULL DEFAULT 0,     -- webhook with events: told up to here
	created_us INTEGER NOT NULL,
	UNIQUE (company_id, channel, address)
);
CREATE INDEX contact_of_company ON contact (company_id, position, id);
CREATE INDEX contact_of_chamber ON contact (chamber_id, company_id);

-- One row for each address of the list (commas, semicolons, blanks between).
INSERT INTO contact (chamber_id, company_id, channel, address, lang, position, created_us)
WITH RECURSIVE walk (chamber_id, company_id, lang, created_us, list, place, word) AS (
	SELECT chamber_id, id, lang, created_us,
		replace(replace(replace(replace(mail, ',', ' '), ';', ' '), '	', ' '), '
', ' ') || ' ', 1, substr(mail, 1, 0)
	FROM company WHERE mail <> ''
	UNION ALL
	SELECT chamber_id, company_id, lang, created_us, list, place + 1,
		CASE WHEN substr(list, place, 1) = ' ' THEN substr(list, 1, 0) ELSE word || substr(list, place, 1) END
	FROM walk WHERE place <= length(list)
)
SELECT chamber_id, company_id, 'mail', word, lang, MIN(place), created_us
FROM walk WHERE substr(list, place, 1) = ' ' AND word LIKE '%_@_%'
GROUP BY chamber_id, company_id, word, lang, created_us
ORDER BY company_id, MIN(place);

ALTER TABLE company DROP COLUMN mail;

-- Notices again, with what channels, digests and bounces need.  Nothing refers to their ids.
CREATE TABLE notice_next (
	id INTEGER PRIMARY KEY,
	company_id INTEGER REFERENCES company(id),   -- NULL: to the chamber's people about many
	chamber_id INTEGER REFERENCES chamber(id),   -- whose people then
	incident_id INTEGER REFERENCES incident(id), -- NULL: test, summary, digest
	contact_id INTEGER REFERENCES contact(id),
	channel TEXT NOT NULL DEFAULT 'mail',
	recipient TEXT NOT NULL,
	lang TEXT NOT NULL DEFAULT '',               -- '': the company's
	step TEXT NOT NULL DEFAULT 'first',          -- first; raised: 注意 became 緊急 after it;
	                                             -- test, summary, event …; other steps are
	                                             -- of whoever planned them
	severity INTEGER NOT NULL,
	subject TEXT NOT NULL DEFAULT '',            -- of an incident: written when it is sent, so
	body TEXT NOT NULL DEFAULT '',               -- that it tells the newest; kept as it was sent
	written INTEGER NOT NULL DEFAULT 0,          -- 1: subject and body came with it
	more TEXT NOT NULL DEFAULT '',               -- stands below the text, e.g. a link to answer
	state TEXT NOT NULL DEFAULT 'waiting'        -- sending: a try has begun; cancelled: not
		CHECK (state IN ('waiting', 'sending', 'sent', 'bounced', 'failed', 'cancelled',
			'folded')),                          -- needed; folded: said in a summary
	sender TEXT NOT NULL DEFAULT '',             -- the centre process that tries
	summary_id INTEGER,                          -- folded: into this notice
	instead_of INTEGER,                          -- the notice that did not get through
	stood_in INTEGER NOT NULL DEFAULT 0,         -- 1: somebody else was looked for
	tries INTEGER NOT NULL DEFAULT 0,
	created_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL,                     -- not before; moved on after a failed try;
	                                             -- sending: when the try is given up for dead
	sent_us INTEGER,
	ended_us INTEGER,                            -- when it bounced or failed
	message_id TEXT NOT NULL UNIQUE,             -- RFC 5322, made before the first try
	in_reply_to TEXT NOT NULL DEFAULT '',
	reference TEXT NOT NULL DEFAULT '',          -- what the other side calls it
	error TEXT NOT NULL DEFAULT '',
	UNIQUE (incident_id, channel, recipient, step),
	CHECK ((company_id IS NULL) = (chamber_id IS NOT NULL))
);
INSERT INTO notice_next (company_id, incident_id, contact_id, channel, recipient,
	step, severity, subject, body, state, tries, created_us, due_us, sent_us, message_id,
	in_reply_to, error)
SELECT n.company_id, n.incident_id,
	(SELECT k.id FROM contact k WHERE k.company_id = n.company_id AND k.channel = n.channel
		AND k.address = n.recipient),
	n.channel, n.recipient, n.step, n.severity, n.subject, n.body, n.state, n.tries,
	n.created_us, n.due_us, n.sent_us, n.message_id, n.in_reply_to, n.error
FROM notice n ORDER BY n.id;
DROP TABLE notice;
ALTER TABLE notice_next RENAME TO notice;
CREATE INDEX notice_due ON notice (state, due_us);
CREATE INDEX notice_of_company ON notice (company_id, id);
CREATE INDEX notice_of_incident ON notice (incident_id);
CREATE INDEX notice_of_contact ON notice (contact_id, id);
CREATE INDEX notice_lately ON notice (channel, recipient, sent_us);
CREATE INDEX notice_day ON notice (company_id, sent_us);

-- How much is too much.  A chamber without a row has the presets of center/notify/notify.h.
CREATE TABLE notify_policy (
	chamber_id INTEGER PRIMARY KEY REFERENCES chamber(id),
	recipient_hour INTEGER NOT NULL,
	recipient_hour_urgent INTEGER NOT NULL,
	company_day INTEGER NOT NULL,
	company_day_urgent INTEGER NOT NULL
);

-- What a channel with a monthly price has used.
CREATE TABLE channel_use (
	channel TEXT NOT NULL,
	month TEXT NOT NULL,                         -- 2026-11, by the centre's own calendar
	n INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (channel, month)
);
