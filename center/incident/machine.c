/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <inttypes.h>
#include <stdio.h>

uint32_t incident_hash(const char *text, uint32_t more)
{
	uint32_t h =
	    2166136261u ^ more; /* FNV-1a: what is hashed never leaves a batch */

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static const char *keep(struct incident_round *r, const char *text)
{
	if (!*text)
		return "";
	struct span copy =
	    arena_copy(&r->batch->arena, span_of(text, strlen(text) + 1));
	return copy.len ? (const char *)copy.at : "";
}

/* By its MAC; by its address where a router hides it, and then per gate, because offices
 * use the same private addresses. */
static bool identify(
    const struct incident_round *r, const struct event *e, char *identity, size_t room)
{
	if (*e->machine.mac)
		snprintf(identity, room, "mac:%s", e->machine.mac);
	else if (*e->machine.ip)
		snprintf(identity, room, "ip:%" PRId64 ":%s", r->batch->gate_id,
		    e->machine.ip);
	else
		return false;
	return true;
}

static struct incident_machine **slot_of(struct incident_round *r, const char *identity)
{
	uint32_t at = incident_hash(identity, 0);

	while (r->machines[at & (r->slots - 1)] &&
	       strcmp(r->machines[at & (r->slots - 1)]->identity, identity) != 0)
		at++;
	return &r->machines[at & (r->slots - 1)];
}

static int load(
    struct incident_round *r, struct store_db *db, struct incident_machine *m)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, mac, name, ip, vendor, kind, first_us, last_us, role, known "
	    "FROM machine "
	    "WHERE company_id = ? AND identity = ?",
	    STORE_ARGS(STORE_INT(r->batch->company_id), STORE_TEXT(m->identity)));
	if (store_next(rows)) {
		m->id = store_col_int(rows, 0);
		m->mac = keep(r, store_col_text(rows, 1));
		m->name = keep(r, store_col_text(rows, 2));
		m->ip = keep(r, store_col_text(rows, 3));
		m->vendor = keep(r, store_col_text(rows, 4));
		m->kind = keep(r, store_col_text(rows, 5));
		m->first_us = store_col_int(rows, 6);
		m->last_us = store_col_int(rows, 7);
		m->role = keep(r, store_col_text(rows, 8));
		m->known = store_col_int(rows, 9);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* FAIL_LIMIT: the company has too many already. */
static int make(struct incident_round *r, struct store_db *db,
    struct incident_machine *m, const struct event *e)
{
	int64_t n;
	int err =
	    store_get_int(db, &n, "SELECT COUNT(*) FROM machine WHERE company_id = ?",
		STORE_ARGS(STORE_INT(r->batch->company_id)));

	if (err < 0)
		return err;
	if (n >= INCIDENT_MACHINES_MAX)
		return FAIL_LIMIT;
	m->mac = e->machine.mac;
	m->name = m->ip = m->vendor = m->kind = m->role = "";
	m->first_us = m->last_us = e->when_us;
	return store_get_int(db, &m->id,
	    "INSERT INTO machine (company_id, gate_id, identity, mac, first_us, last_us) "
	    "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(r->batch->company_id), STORE_INT(r->batch->gate_id),
		STORE_TEXT(m->identity), STORE_TEXT(m->mac), STORE_INT(m->first_us),
		STORE_INT(m->last_us)));
}

static void learn(struct incident_machine *m, const char **known, const char *said)
{
	if (*said && strcmp(*known, said) != 0) {
		*known = said;
		m->changed = true;
	}
}

static void merge(struct incident_machine *m, const struct event *e)
{
	learn(m, &m->name, e->machine.name);
	learn(m, &m->ip, e->machine.ip);
	learn(m, &m->vendor, e->machine.vendor);
	learn(m, &m->kind, e->machine.kind);
	if (e->when_us > m->last_us) {
		m->last_us = e->when_us;
		m->changed = true;
	}
	if (e->when_us < m->first_us) {
		m->first_us = e->when_us;
		m->changed = true;
	}
}

int incident_machine_note(struct incident_round *r, struct store_db *db,
    const struct event *e, struct incident_machine **machine)
{
	char identity[EVENT_TEXT_MAX + 32];

	*machine = NULL;
	if (!identify(r, e, identity, sizeof(identity)))
		return 0;
	struct incident_machine **slot = slot_of(r, identity);
	if (!*slot) {
		struct incident_machine *m = arena_alloc(&r->batch->arena, sizeof(*m));
		if (!m)
			return FAIL_MEMORY;
		m->identity = keep(r, identity);
		int err = load(r, db, m);
		if (err == FAIL_MISSING)
			err = make(r, db, m, e);
		if (err < 0)
			return err == FAIL_LIMIT ? 0 : err;
		*slot = m;
	}
	merge(*slot, e);
	*machine = *slot;
	return 0;
}

int incident_machines_settle(struct incident_round *r, struct store_db *db)
{
	int err = 0;

	for (uint32_t i = 0; i < r->slots && err == 0; i++) {
		struct incident_machine *m = r->machines[i];
		if (!m || !m->changed)
			continue;
		err = store_exec(db,
		    "UPDATE machine SET gate_id = ?, name = ?, ip = ?, vendor = ?, kind = ?, "
		    "first_us = ?, last_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(r->batch->gate_id), STORE_TEXT(m->name),
			STORE_TEXT(m->ip), STORE_TEXT(m->vendor), STORE_TEXT(m->kind),
			STORE_INT(m->first_us), STORE_INT(m->last_us),
			STORE_INT(m->id)));
		m->changed = false;
	}
	return err;
}

int incident_machine_label(
    struct store_db *db, int64_t machine_id, char label[INCIDENT_LABEL_MAX + 1])
{
	struct store_rows *rows;

	label[0] = 0;
	if (!machine_id)
		return 0;
	store_query(db, &rows, "SELECT label, name, ip, mac FROM machine WHERE id = ?",
	    STORE_ARGS(STORE_INT(machine_id)));
	if (store_next(rows))
		for (unsigned i = 0; i < 4 && !label[0]; i++)
			snprintf(label, INCIDENT_LABEL_MAX + 1, "%s",
			    store_col_text(rows, i));
	return store_rows_free(rows);
}
