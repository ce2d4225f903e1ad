/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/arena.h"
#include "lib/record/record.h"

/* The nouns that travel through the centre: a batch as a gate sent it, and the events in it.
 *
 * Owns:    a batch owns its arena, in which all its texts and events lie.
 * Threads: one owner at a time; it goes from the door's thread to the writer and back.
 * Limits:  RECORD_BATCH_RECORDS_MAX events; texts are cut at EVENT_TEXT_MAX bytes and hold no
 *          control characters, so that they can stand in a mail, a log or a page. */
#define EVENT_TEXT_MAX        200u
#define EVENT_REFUSED_MAX     20u /* refused records of a batch that are kept; all count */
#define EVENT_BATCH_ARENA_MAX (48u << 20)
#define EVENT_BOOT_MAX        32u

/* Texts are "" where the gate did not know. */
struct event_machine {
	const char *mac, *name, *ip, *vendor, *kind;
};

struct event {
	enum record_kind kind;
	enum record_cause cause;
	enum record_severity severity;
	bool stopped;
	int64_t at_us;   /* the gate's clock */
	int64_t when_us; /* the same, never later than now and never absurdly old */
	const char *what, *peer;
	struct event_machine machine;
	const char
	    *detail;     /* GATE: its state as JSON; ASSET: new or changed; SCANNER: up,
			       down or none */
	struct span eve; /* the record as it came, packed (store_pack_with) */
};

struct store_words;

struct event_refused {
	uint32_t line; /* from 1 */
	const char *why, *start;
};

struct batch {
	struct arena arena;
	int64_t gate_id, company_id;
	char boot[EVENT_BOOT_MAX + 1];
	int64_t seq;
	int64_t taken_us;
	const struct store_words *words; /* what records are packed with; NULL: typical */
	struct event *events;
	uint32_t n;
	struct event_refused refused[EVENT_REFUSED_MAX];
	uint32_t refused_n; /* all, also those beyond EVENT_REFUSED_MAX */
	bool again;         /* out: it had been taken before */
};
