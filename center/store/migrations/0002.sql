-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0002: what the centre looks for every minute.

CREATE INDEX incident_idle ON incident (cause, last_us) WHERE severity = 0 AND state = 'new';
