/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders, true and forged: what the gate keeps and what it answers. */
#include "gate/renew/internal.h"

#include "lib/base/log.h"
#include "lib/sign/sign.h"
#include "tests/check.h"
#include "tests/tempdir.h"

#define NOW_US INT64_C(1795226400000000)

static char dir[64], orders_dir[96], centre_dir[96];
static struct renew_kept kept;
static struct sign_key key, next, stranger;
static json_t *last;

static void reopen(void)
{
	if (kept.state)
		renew_kept_close(&kept);
	check_eq(renew_kept_open(&kept, orders_dir, centre_dir), 0);
}

static void fresh(void)
{
	log_init("renew_test", LOG_ERROR);
	tempdir_make(dir);
	snprintf(orders_dir, sizeof(orders_dir), "%s/orders", dir);
	snprintf(centre_dir, sizeof(centre_dir), "%s/centre", dir);
	check_eq(sign_key_make(&key), 0);
	check_eq(sign_key_make(&next), 0);
	check_eq(sign_key_make(&stranger), 0);
	kept = (struct renew_kept){ 0 };
	reopen();
	check_eq(renew_kept_pin(&kept, json_pack("{s:i, s:[s, s]}", "gate", 7, "keys",
					   key.public, next.public)),
	    0);
}

static void done(void)
{
	json_decref(last);
	last = NULL;
	renew_kept_close(&kept);
	kept = (struct renew_kept){ 0 };
	tempdir_remove(dir);
}

static struct wire_order cut(int64_t number)
{
	return (struct wire_order){ .gate = 7,
		.number = number,
		.kind = WIRE_ORDER_CONTAIN,
		.expires_us = NOW_US + 1000000,
		.id = 3,
		.mac = "02:00:5e:00:00:01",
		.until_us = NOW_US + 60000000 };
}

/* What came of the last order: "done", "failed", "refused". */
static const char *send(const struct wire_order *o, const struct sign_key *by)
{
	struct buf text;
	char sig[SIGN_TEXT_ROOM];

	buf_init(&text, WIRE_ORDER_MAX);
	check_eq(wire_order_write(o, &text), 0);
	sign_make(by, SIGN_ORDER, buf_span(&text), sig);
	json_decref(last);
	last = json_pack("{s:s, s:s, s:s}", "text", buf_text(&text), "signature", sig,
	    "key", by->public);
	(void)!renew_take(&kept, last, NOW_US);
	buf_fini(&text);
	json_t *results = json_object_get(kept.state, "results");
	return json_string_value(json_object_get(
	    json_array_get(results, json_array_size(results) - 1), "result"));
}

static size_t count(const char *name)
{
	return json_array_size(json_object_get(kept.state, name));
}

static void a_signed_order_is_done_and_kept(void)
{
	struct wire_order o = cut(1);

	fresh();
	check_text(send(&o, &key), "done");
	check_eq(count("contained"), 1);
	check(renew_take_waits(&kept)); /* inspect has not cut yet */
	check_eq(renew_kept_save(&kept), 0);
	reopen();
	check_eq(count("contained"), 1);
	check(renew_take_waits(&kept));
	json_t *applied = json_pack("{s:i, s:b}", "seq", 100, "inline", 1);
	renew_take_applied(&kept, applied);
	check(!renew_take_waits(&kept));
	json_decref(applied);
	done();
}

static void a_gate_that_listens_says_so(void)
{
	struct wire_order o = cut(1);

	fresh();
	check_text(send(&o, &next), "done");
	json_t *applied = json_pack("{s:i, s:b}", "seq", 100, "inline", 0);
	renew_take_applied(&kept, applied);
	check_text(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(kept.state, "results"), 0), "why")),
	    "listening");
	json_decref(applied);
	done();
}

static void forged_foreign_old_and_late_ones_are_refused(void)
{
	struct wire_order o = cut(5);

	fresh();
	check_text(send(&o, &stranger), "refused");
	o.gate = 8;
	check_text(send(&o, &key), "refused");
	o = cut(5);
	check_text(send(&o, &key), "done");
	check_eq(count("results"), 3);
	check(!renew_take(&kept, last, NOW_US)); /* the same bytes again */
	check_eq(count("results"), 4);
	o.number = 4;
	check_text(send(&o, &key), "refused");
	o.number = 6;
	o.expires_us = NOW_US;
	check_text(send(&o, &key), "refused");
	o = cut(7);
	o.not_before_us = NOW_US + 1;
	check_text(send(&o, &key), "refused");
	check_eq(count("contained"), 1);
	done();
}

static void a_changed_byte_is_no_order(void)
{
	struct wire_order o = cut(1);
	const char *text;

	fresh();
	check_text(send(&o, &stranger), "refused");
	text = json_string_value(json_object_get(last, "text"));
	char *other = strdup(text);
	strstr(other, "\"id\":3")[5] = '4';
	(void)json_object_set_new(last, "text", json_string(other));
	(void)json_object_set_new(last, "key", json_string(key.public));
	check(!renew_take(&kept, last, NOW_US));
	check_eq(count("contained"), 0);
	check_eq(count("results"), 2);
	free(other);
	done();
}

static void it_ends_by_itself_or_on_release(void)
{
	struct wire_order o = cut(1);

	fresh();
	check_text(send(&o, &key), "done");
	renew_kept_tidy(&kept, NOW_US + 59000000);
	check_eq(count("contained"), 1);
	renew_kept_tidy(&kept, NOW_US + 60000000);
	check_eq(count("contained"), 0);
	o = cut(2);
	o.until_us = 0;
	check_text(send(&o, &key), "done");
	renew_kept_tidy(&kept, NOW_US * 2);
	check_eq(count("contained"), 1);
	o = (struct wire_order){ .gate = 7,
		.number = 3,
		.kind = WIRE_ORDER_RELEASE,
		.id = 3,
		.expires_us = NOW_US + 1 };
	check_text(send(&o, &key), "done");
	check_eq(count("contained"), 0);
	done();
}

static void settings_never_go_back(void)
{
	struct wire_order o = { .gate = 7,
		.number = 1,
		.kind = WIRE_ORDER_CONFIG,
		.version = 4,
		.expires_us = NOW_US + 1,
		.values = json_pack("{s:s}", "mode", "observe") };

	fresh();
	check_text(send(&o, &key), "done");
	o.number = 2;
	check_text(send(&o, &key), "failed");
	o.number = 3;
	o.version = 5;
	(void)json_object_set_new(o.values, "mode", json_string("sleep"));
	check_text(send(&o, &key), "failed");
	(void)json_object_clear(o.values);
	(void)json_object_set_new(o.values, "user", json_string("root"));
	o.number = 4;
	check_text(send(&o, &key), "failed");
	check_text(json_string_value(json_object_get(
		       json_object_get(json_object_get(kept.state, "config"), "values"),
		       "mode")),
	    "observe");
	wire_order_fini(&o);
	done();
}

static void keys_turn_and_another_centre_begins_anew(void)
{
	struct wire_order o = { .gate = 7,
		.number = 1,
		.kind = WIRE_ORDER_KEYS,
		.expires_us = NOW_US + 1 };

	fresh();
	memcpy(o.keys[0], next.public, sizeof(o.keys[0]));
	memcpy(o.keys[1], stranger.public, sizeof(o.keys[1]));
	check_text(send(&o, &key), "done");
	o = cut(2);
	check_text(send(&o, &key), "refused");
	check_text(send(&o, &stranger), "done");
	check_eq(count("contained"), 1);
	check_eq(renew_kept_save(&kept), 0);
	check_eq(renew_kept_pin(&kept, json_pack("{s:i, s:[s, s]}", "gate", 7, "keys",
					   key.public, key.public)),
	    0);
	check_eq(count("contained"), 0);
	o = cut(1);
	check_text(send(&o, &key), "done");
	done();
}

CHECK_MAIN(a_signed_order_is_done_and_kept, a_gate_that_listens_says_so,
    forged_foreign_old_and_late_ones_are_refused, a_changed_byte_is_no_order,
    it_ends_by_itself_or_on_release, settings_never_go_back,
    keys_turn_and_another_centre_begins_anew)
