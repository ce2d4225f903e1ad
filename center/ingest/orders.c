/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/door.h"
#include "lib/base/clock.h"
#include "lib/wire/bundle.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What gates ask about orders.  A poll that finds nothing waits here (park.c) until there is
 * something: from the click at the desk to the gate it takes a moment, not a period. */
#define WAIT_MOST_S  50
#define AGAIN_FULL_S 20 /* when as many wait as may wait */

void ingest_answer_keys(struct ingest_call *c)
{
	const struct fleet_keys *keys = c->door->conf.keys;

	c->status = 200;
	c->reply = json_pack("{s:I, s:[]}", "gate", (json_int_t)c->gate.id, "keys");
	json_t *list = json_object_get(c->reply, "keys");
	if (!keys)
		return;
	(void)json_array_append_new(list, json_string(keys->now.public));
	(void)json_array_append_new(list, json_string(keys->next.public));
}

static int64_t number_of(struct ingest_call *c, const char *name)
{
	const char *text =
	    MHD_lookup_connection_value(c->conn, MHD_GET_ARGUMENT_KIND, name);

	return text && *text >= '0' && *text <= '9' ? strtoll(text, NULL, 10) : 0;
}

static void say_none(struct ingest_call *c, int again_s)
{
	c->status = 200;
	c->reply = json_pack("{s:[], s:i}", "orders", "again_s", again_s);
}

static int run_fetch(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;

	json_decref(c->reply);
	c->reply = json_array();
	return fleet_order_fetch(db, c->gate.id, c->after, clock_now_us(), c->reply);
}

static int look(struct ingest_call *c, int64_t now_us)
{
	struct store_db *db = store_read(c->door->store);

	if (!db)
		return FAIL_BUSY;
	int waits = fleet_order_waits(db, c->gate.id, c->after, now_us);
	store_read_done(c->door->store, db);
	return waits;
}

/* A parked poll comes through here again each time it was woken. */
static void wait_or_fetch(struct ingest_call *c)
{
	int64_t now_us = clock_now_us();
	int waits = look(c, now_us);

	if (waits < 0)
		ingest_fail(c, INGEST_BUSY, 5);
	else if (waits)
		ingest_write_later(c, run_fetch);
	else if (c->park_end_us <= clock_real_us())
		say_none(c, 0);
	else if (!ingest_park(c))
		say_none(c, AGAIN_FULL_S);
}

void ingest_answer_orders(struct ingest_call *c)
{
	if (c->written && c->result < 0) {
		ingest_fail_store(c, c->result);
	} else if (c->written) {
		json_t *list = c->reply;
		c->status = 200;
		c->reply = json_pack("{s:o, s:i}", "orders", list, "again_s", 0);
	} else {
		if (!c->park_end_us) {
			int64_t wait_s = number_of(c, "wait");
			c->after = number_of(c, "after");
			c->park_end_us =
			    clock_real_us() +
			    (wait_s > WAIT_MOST_S ? WAIT_MOST_S : wait_s) * 1000000;
		}
		wait_or_fetch(c);
	}
}

static int run_report(struct store_db *db, void *arg)
{
	struct ingest_call *c = arg;

	return fleet_report_take(db, c->gate.id, c->reply, clock_now_us());
}

void ingest_answer_report(struct ingest_call *c)
{
	json_error_t where;

	if (!c->written) {
		c->reply = json_loadb((const char *)c->body.at, c->body.len,
		    JSON_REJECT_DUPLICATES, &where);
		if (c->reply)
			ingest_write_later(c, run_report);
		else
			ingest_fail(c, INGEST_BAD, 0);
		return;
	}
	if (c->result == FAIL_FORMAT) {
		ingest_fail(c, INGEST_BAD, 0);
	} else if (c->result < 0) {
		ingest_fail_store(c, c->result);
	} else {
		json_decref(c->reply);
		c->status = 200;
		c->reply = json_object();
	}
}

/* ---- bundles ---- */

static void say_part(struct ingest_call *c, const struct buf *bytes)
{
	size_t room =
	    sodium_base64_encoded_len(bytes->len, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(room);

	if (text)
		sodium_bin2base64(
		    text, room, bytes->at, bytes->len, sodium_base64_VARIANT_ORIGINAL);
	c->status = 200;
	c->reply = json_pack("{s:s?}", "bytes", text);
	free(text);
}

/* NAME/VERSION/PART */
void ingest_answer_bundle(struct ingest_call *c)
{
	char name[17], rest;
	int64_t version, part;
	struct buf bytes;

	if (sscanf(c->rest, "%16[a-z]/%" SCNd64 "/%" SCNd64 "%c", name, &version, &part,
		&rest) != 3) {
		ingest_fail(c, INGEST_MISSING, 0);
		return;
	}
	buf_init(&bytes, WIRE_BUNDLE_PART);
	struct store_db *db = store_read(c->door->store);
	int err = db ? fleet_bundle_part(db, c->gate.id, name, version, part, &bytes)
		     : FAIL_BUSY;
	if (db)
		store_read_done(c->door->store, db);
	if (err == FAIL_MISSING)
		ingest_fail(c, INGEST_MISSING, 0);
	else if (err < 0)
		ingest_fail(c, INGEST_BUSY, 5);
	else
		say_part(c, &bytes);
	buf_fini(&bytes);
}
