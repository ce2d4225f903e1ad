/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/incident/incident.h"

/* What the files of this folder share. */

/* A machine that a round touched. */
struct incident_machine {
	int64_t id;
	const char *identity, *mac, *name, *ip, *vendor, *kind;
	int64_t first_us, last_us;
	bool changed;
};

/* The machine of an event, made when it is new; *machine NULL: none. */
int incident_machine_note(struct incident_round *r, struct store_db *db,
    const struct event *e, struct incident_machine **machine) must_use;
int incident_machines_settle(struct incident_round *r, struct store_db *db) must_use;

uint32_t incident_hash(const char *text, uint32_t more);

int incident_history(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t account_id, int64_t now_us, const char *action,
    const char *detail) must_use;

/* tidy.c, for its test. */
extern const char incident_idle_sql[];

const char *incident_severity_word(enum record_severity s); /* urgent, caution, log */
