-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0026: what is made smaller there (0026.sqlite.sql) is not larger here.

COMMENT ON TABLE incident_trace IS 'what an incident''s events were about, counted';
