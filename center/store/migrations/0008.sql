-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0008: watching without staff: who is on duty, who is told next when nobody answers, what is
-- to be kept quiet and when, digests.

-- ---- limits: the numbers of center/incident/watch/limits.tbl that a chamber changed ----
CREATE TABLE watch_limit (
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	key TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (chamber_id, key)
);

-- ---- the rota ----
CREATE TABLE duty_shift (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	account_id INTEGER NOT NULL REFERENCES account(id),
	rank INTEGER NOT NULL CHECK (rank BETWEEN 1 AND 3), -- 1 当番, 2 副当番, 3 責任者
	days TEXT NOT NULL,                     -- of the week it begins on, Monday first, then
	                                        -- holidays: '11111001'
	from_min INTEGER NOT NULL,              -- minutes of the day
	to_min INTEGER NOT NULL,                -- not behind from_min: ends on the day after
	every INTEGER NOT NULL DEFAULT 1,       -- weeks of the turn: 1 each week, 2 every other …
	turn INTEGER NOT NULL DEFAULT 0,        -- … and which of them: weeks since Monday
	                                        -- 2024-01-01, modulo every
	position INTEGER NOT NULL DEFAULT 0     -- among several of one rank at one time
);
CREATE INDEX duty_shift_of_chamber ON duty_shift (chamber_id, rank, position, id);

-- From, to: instead of whoever the shifts say, this person has that rank.
CREATE TABLE duty_swap (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	rank INTEGER NOT NULL CHECK (rank BETWEEN 1 AND 3),
	account_id INTEGER NOT NULL REFERENCES account(id),
	from_us INTEGER NOT NULL,
	to_us INTEGER NOT NULL,
	reason TEXT NOT NULL DEFAULT '',
	by_account_id INTEGER NOT NULL REFERENCES account(id),
	created_us INTEGER NOT NULL
);
CREATE INDEX duty_swap_of_chamber ON duty_swap (chamber_id, to_us);

-- Source of the national days: 国民の祝日に関する法律（昭和23年法律第178号） and the Cabinet
-- Office's yearly announcement (内閣府「国民の祝日」について).  What is announced each February
-- for the year after is added by hand (docs/operate/watching.md).
CREATE TABLE holiday (                      -- the nation's
	day TEXT PRIMARY KEY,                   -- 2026-11-23
	name TEXT NOT NULL
);
CREATE TABLE duty_holiday (                 -- the chamber's own: year's end …
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	day TEXT NOT NULL,
	name TEXT NOT NULL,
	UNIQUE (chamber_id, day)
);
INSERT INTO holiday (day, name) VALUES
	('2026-01-01', '元日'), ('2026-01-12', '成人の日'), ('2026-02-11', '建国記念の日'),
	('2026-02-23', '天皇誕生日'), ('2026-03-20', '春分の日'), ('2026-04-29', '昭和の日'),
	('2026-05-03', '憲法記念日'), ('2026-05-04', 'みどりの日'), ('2026-05-05', 'こどもの日'),
	('2026-05-06', '休日'), ('2026-07-20', '海の日'), ('2026-08-11', '山の日'),
	('2026-09-21', '敬老の日'), ('2026-09-22', '休日'), ('2026-09-23', '秋分の日'),
	('2026-10-12', 'スポーツの日'), ('2026-11-03', '文化の日'), ('2026-11-23', '勤労感謝の日'),
	('2027-01-01', '元日'), ('2027-01-11', '成人の日'), ('2027-02-11', '建国記念の日'),
	('2027-02-23', '天皇誕生日'), ('2027-03-21', '春分の日'), ('2027-03-22', '休日'),
	('2027-04-29', '昭和の日'), ('2027-05-03', '憲法記念日'), ('2027-05-04', 'みどりの日'),
	('2027-05-05', 'こどもの日'), ('2027-07-19', '海の日'), ('2027-08-11', '山の日'),
	('2027-09-20', '敬老の日'), ('2027-09-23', '秋分の日'), ('2027-10-11', 'スポーツの日'),
	('2027-11-03', '文化の日'), ('2027-11-23', '勤労感謝の日');

-- ---- the escalation ladder ----
CREATE TABLE ladder_row (
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	severity INTEGER NOT NULL,
	step INTEGER NOT NULL,                  -- from 1, in the order of after_min
	after_min INTEGER NOT NULL,             -- since the incident was opened or raised
	whom TEXT NOT NULL
		CHECK (whom IN ('member', 'duty', 'second', 'chief', 'all')),
	way TEXT NOT NULL CHECK (way IN ('phone', 'mail')), -- phone: what rings; the best there is
	hours TEXT NOT NULL DEFAULT 'always' CHECK (hours IN ('always', 'day')),
	UNIQUE (chamber_id, severity, step)
);
CREATE TABLE ladder_preset (                -- for chambers without own rows of a severity
	severity INTEGER NOT NULL,
	step INTEGER NOT NULL,
	after_min INTEGER NOT NULL,
	whom TEXT NOT NULL,
	way TEXT NOT NULL,
	hours TEXT NOT NULL,
	PRIMARY KEY (severity, step)
);
-- 緊急 by something that rings within 15 minutes, 注意 by mail within 60 (002-19).  The
-- company's own first notice leaves at once (緊急) or after notify.caution_delay_s (注意); it
-- is not a row of this table.
INSERT INTO ladder_preset (severity, step, after_min, whom, way, hours) VALUES
	(2, 1, 0, 'duty', 'phone', 'always'),
	(2, 2, 5, 'duty', 'mail', 'always'),
	(2, 3, 10, 'second', 'phone', 'always'),
	(2, 4, 13, 'member', 'phone', 'always'),
	(2, 5, 20, 'chief', 'phone', 'always'),
	(2, 6, 30, 'all', 'phone', 'always'),
	(1, 1, 45, 'duty', 'mail', 'always'),
	(1, 2, 240, 'second', 'mail', 'day'),
	(1, 3, 1440, 'chief', 'mail', 'day');

-- How far an incident's ladder has been climbed.  What happens to a company while one of its
-- ladders is climbed joins it: nobody is called twice for one night.
CREATE TABLE ladder (
	incident_id INTEGER PRIMARY KEY REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	severity INTEGER NOT NULL,
	leader_id INTEGER,                      -- the incident whose ladder it joined
	state TEXT NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'joined', 'answered', 'top', 'ended')),
	began_us INTEGER NOT NULL,
	step INTEGER NOT NULL DEFAULT 0,        -- the last one that was taken
	next_us INTEGER,                        -- when the next one, or a reminder, is due
	answered_us INTEGER,
	answered_by TEXT NOT NULL DEFAULT '',   -- a name, or an address
	answered_how TEXT NOT NULL DEFAULT '',  -- link, mail, keypad, portal
	reminded INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX ladder_due ON ladder (next_us);
CREATE INDEX ladder_month ON ladder (severity, began_us);
CREATE INDEX ladder_of_company ON ladder (company_id, state);

-- Who was called on which step, and the one-time link they were given.
CREATE TABLE ladder_call (
	id INTEGER PRIMARY KEY,
	incident_id INTEGER NOT NULL REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	step INTEGER NOT NULL,                  -- 0: a reminder
	whom TEXT NOT NULL,
	account_id INTEGER REFERENCES account(id),
	name TEXT NOT NULL,
	channel TEXT NOT NULL,
	recipient TEXT NOT NULL,
	at_us INTEGER NOT NULL,
	notice_id INTEGER,
	hash TEXT NOT NULL UNIQUE,              -- SHA-256 of the link's token, hex
	expires_us INTEGER NOT NULL,
	used_us INTEGER
);
CREATE INDEX ladder_call_of_incident ON ladder_call (incident_id, id);
CREATE INDEX ladder_call_of_notice ON ladder_call (notice_id);

-- ---- silence, and what else is wrong with a gate ----
CREATE TABLE watch_window (                 -- 停電・工事の予定: no silence is told in it
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id), -- NULL: all of the chamber
	site_id INTEGER REFERENCES site(id),    -- NULL: all of the company
	gate_id INTEGER REFERENCES gate(id),    -- NULL: all of the site
	days TEXT NOT NULL DEFAULT '',          -- weekly, as in duty_shift; '': once
	from_us INTEGER NOT NULL,               -- once; weekly: not before
	to_us INTEGER NOT NULL,                 -- once; weekly: not after
	from_min INTEGER NOT NULL DEFAULT 0,    -- weekly
	to_min INTEGER NOT NULL DEFAULT 0,
	reason TEXT NOT NULL DEFAULT '',
	by_account_id INTEGER NOT NULL REFERENCES account(id),
	created_us INTEGER NOT NULL,
	ended_us INTEGER                        -- taken back
);
CREATE INDEX watch_window_of_chamber ON watch_window (chamber_id, to_us);
CREATE INDEX watch_window_of_company ON watch_window (company_id, to_us);

-- The end of the newest window that began: silence counts from there.
ALTER TABLE gate ADD COLUMN quiet_us INTEGER NOT NULL DEFAULT 0;
-- Comings and goings in the hour since flap_us.
ALTER TABLE gate ADD COLUMN flap_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gate ADD COLUMN flap_n INTEGER NOT NULL DEFAULT 0;
-- What the last heartbeat counted, to see what came since.
ALTER TABLE gate ADD COLUMN beat_packets INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gate ADD COLUMN beat_lost INTEGER NOT NULL DEFAULT 0;
CREATE INDEX gate_flapping ON gate (flap_us) WHERE flap_n > 0;

CREATE TABLE gate_watch (                   -- what is wrong with a gate at this moment
	gate_id INTEGER NOT NULL REFERENCES gate(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	cause TEXT NOT NULL,
	since_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL,                -- when it becomes an incident
	what TEXT NOT NULL DEFAULT '',
	told INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (gate_id, cause)
);
CREATE INDEX gate_watch_due ON gate_watch (told, due_us);

-- ---- digests ----
CREATE TABLE digest (                       -- one for each address that gets mail
	id INTEGER PRIMARY KEY,
	chamber_id INTEGER NOT NULL REFERENCES chamber(id),
	company_id INTEGER REFERENCES company(id), -- NULL: somebody of the centre
	address TEXT NOT NULL,
	lang TEXT NOT NULL DEFAULT 'ja',
	rhythm TEXT NOT NULL CHECK (rhythm IN ('off', 'daily', 'weekly')),
	at_min INTEGER NOT NULL,                -- of the day; weekly: on Mondays
	empty INTEGER NOT NULL DEFAULT 0,       -- 1: also when nothing happened
	until_us INTEGER NOT NULL,              -- told up to here
	next_us INTEGER NOT NULL,
	UNIQUE (chamber_id, company_id, address)
);
CREATE INDEX digest_due ON digest (next_us);
-- 注意 beyond the day's number: no notice of its own, the next digest has it.
CREATE TABLE digest_held (
	incident_id INTEGER PRIMARY KEY REFERENCES incident(id),
	company_id INTEGER NOT NULL REFERENCES company(id),
	at_us INTEGER NOT NULL
);
CREATE INDEX digest_held_of_company ON digest_held (company_id, at_us);
