/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/ingest/ingest.h"

/* What the files of this folder share. */

#define INGEST_SUM_ROOM 65u /* SHA-256 as hex */

void ingest_sum(struct span bytes, char sum[INGEST_SUM_ROOM]);
/* The first bytes of it as a number that is not 0. */
int64_t ingest_sum_short(struct span bytes);

/* sensor.c: what a batch of a sensor needs while it is read. */
#define INGEST_HOMES_MAX 32u
#define INGEST_CARDS_MAX 64u

struct ingest_sensor {
	struct addr_net home[INGEST_HOMES_MAX];
	unsigned homes;
	uint32_t *twins; /* events by conversation and rule, +1; 0: none */
	uint32_t slots;  /* of twins, a power of two */

	struct ingest_twin {
		int64_t flow, rule;
		bool drop;
	} * keys; /* by event */

	struct ingest_card {
		const char *mac, *ip;
		bool shared;
	} cards[INGEST_CARDS_MAX];

	unsigned n_cards;
	bool sensors; /* any event that no gate wrote */
};

int ingest_sensor_init(
    struct ingest_sensor *s, struct batch *b, uint32_t lines) must_use;
/* Looks at the event that would be next.  0: it is the same as one that is there (a drop and
 * its alert); 1: it is one more. */
unsigned ingest_sensor_note(struct batch *b, struct ingest_sensor *s, const json_t *eve,
    const struct record *r, struct event *e);
/* A gate wrote it, in our own words throughout. */
bool ingest_is_gates(const json_t *eve);
/* Takes away what turned out to be no machine's own card. */
void ingest_sensor_finish(struct ingest_sensor *s, struct batch *b);
/* Reads networks with commas or blanks between; what is none is left out. */
unsigned ingest_homes_parse(const char *text, struct addr_net home[INGEST_HOMES_MAX]);

/* `more` events of a kind that is only counted. */
void ingest_count(struct batch *b, const char *kind, int64_t more);
void ingest_count_all(struct batch *b, const json_t *counted);
/* Writer. */
int ingest_counts_write(struct store_db *db, const struct batch *b) must_use;

/* clock.c: sets e->when_us and e->clock from e->at_us. */
void ingest_clock_correct(const struct batch *b, struct event *e);
/* By how much the gate's clock is ahead, as told with the batch; 0: right, or not told. */
int64_t ingest_clock_skew(const struct batch *b);
/* Writer: `skewed_us` as the gate's row has it, out: as it should have it (0: none). */
void ingest_clock_watch(struct batch *b, bool ja, int64_t *skewed_us);

/* Adds an event about the gate itself; `over`: what it was about has ended. */
void ingest_trouble(
    struct batch *b, enum record_cause cause, const char *what, bool over);

/* place.c: is this gate's key used in two places? */
struct ingest_place {
	char boot[EVENT_BOOT_MAX + 1], peer[ADDR_TEXT_MAX];
	char boot_before[EVENT_BOOT_MAX + 1], peer_before[ADDR_TEXT_MAX];
	int64_t returns, return_us;
};

/* Notes where a batch came from; true when it is the next proof of two. */
bool ingest_place_note(struct ingest_place *p, const struct batch *b);
