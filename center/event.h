/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/arena.h"
#include "lib/record/record.h"

/* The nouns that travel through the centre: a batch as a gate sent it, and the events in it.
 *
 * Owns:    a batch owns its arena, in which all its texts and events lie.
 * Threads: one owner at a time; it goes from the door's thread to the writer and back.
 * Limits:  RECORD_BATCH_RECORDS_MAX + EVENT_TROUBLE_MAX events; texts are cut at EVENT_TEXT_MAX bytes and hold no
 *          control characters, so that they can stand in a mail, a log or a page. */
#define EVENT_TEXT_MAX        200u
#define EVENT_REFUSED_MAX     20u /* refused records of a batch that are kept; all count */
#define EVENT_BATCH_ARENA_MAX (48u << 20)
#define EVENT_BOOT_MAX        32u
#define EVENT_TROUBLE_MAX     4u  /* events that the centre adds to a batch itself */
#define EVENT_COUNTED_MAX     32u /* kinds of a batch that are only counted */
#define EVENT_KIND_MAX        24u /* bytes of such a kind's name */

/* Texts are "" where the gate did not know. */
struct event_machine {
	const char *mac, *name, *ip, *vendor, *kind;
};

/* How an event's time came about. */
enum event_clock {
	EVENT_CLOCK_SAID,       /* the gate's clock is right */
	EVENT_CLOCK_CORRECTED,  /* by how far the gate's clock is off */
	EVENT_CLOCK_IMPOSSIBLE, /* in the future or long ago: the time of its arrival */
};

/* From outside, from inside, between two machines inside. */
enum event_way { EVENT_WAY_ANY, EVENT_IN, EVENT_OUT, EVENT_LOCAL };

struct event {
	enum record_kind kind;
	enum record_cause cause;
	enum record_severity severity;
	bool stopped;
	int64_t at_us;   /* the gate's clock */
	int64_t when_us; /* corrected, never later than now and never absurdly old */
	enum event_clock clock;
	uint32_t more; /* so many more of the same, which the gate did not send */
	const char *what, *peer;
	const char *sign; /* what recognised it: rule:2012345, virus:…, site:…, app:… */
	const char *hash;   /* SHA-256 of the file, hex */
	const char *host;   /* the other side's name */
	bool by_name;       /* a name server was asked: the peer is only that */
	enum event_way way; /* EVENT_WAY_ANY: not known */
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

struct event_counted {
	char kind[EVENT_KIND_MAX + 1];
	int64_t events;
};

struct batch {
	struct arena arena;
	int64_t gate_id, company_id;
	bool eve; /* in: lines as a Suricata writes them, from whoever forwards them */
	const char
	    *home; /* in: the gate's home networks, comma between; NULL: private */
	const char *peer; /* in: the address it came from, or NULL */
	int64_t clock_us; /* in: the gate's clock when it sent; 0: not told */
	bool sensor;      /* it stands there instead of a gate */
	int64_t sum;      /* of the lines, never 0 */
	char boot[EVENT_BOOT_MAX + 1];
	int64_t seq;
	int64_t taken_us;
	const struct store_words
	    *words; /* what records are packed with; NULL: typical */
	struct event *events;
	uint32_t n;
	struct event_refused refused[EVENT_REFUSED_MAX];
	uint32_t refused_n; /* all, also those beyond EVENT_REFUSED_MAX */
	struct event_counted counted[EVENT_COUNTED_MAX];
	uint32_t counted_n;
	bool again; /* out: it had been taken before */
};
