-- SPDX-License-Identifier: GPL-3.0-or-later
-- 0025: with very many at once, whoever waited for another's ladder is found without reading all.

CREATE INDEX ladder_joined ON ladder (leader_id) WHERE state = 'joined';
