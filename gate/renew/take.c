/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/renew/internal.h"

#include "lib/base/log.h"
#include "lib/sign/sign.h"
#include "lib/wire/remote.h"

#include <inttypes.h>
#include <stdio.h>

#define RESULTS_MAX 100u
#define WHY_MAX     256u

static int64_t integer(const json_t *tree, const char *name)
{
	return json_integer_value(json_object_get(tree, name));
}

static json_t *list_of(const struct renew_kept *k, const char *name)
{
	json_t *list = json_object_get(k->state, name);

	if (!json_is_array(list)) {
		list = json_array();
		(void)json_object_set_new(k->state, name, list);
	}
	return list;
}

/* inspect is to look again. */
static int64_t next_seq(struct renew_kept *k)
{
	int64_t seq = integer(k->state, "seq") + 1;

	(void)json_object_set_new(k->state, "seq", json_integer(seq));
	k->changed = true;
	return seq;
}

/* `seq` not 0: counts once inspect has done that. */
static void result(struct renew_kept *k, int64_t number, const char *word,
    const char *why, int64_t seq, enum wire_order_kind kind)
{
	json_t *list = list_of(k, "results");

	if (json_array_size(list) >= RESULTS_MAX)
		(void)json_array_remove(list, 0);
	(void)json_array_append_new(
	    list, json_pack("{s:I, s:s, s:s, s:I, s:s?}", "number", (json_int_t)number,
		      "result", word, "why", why, "seq", (json_int_t)seq, "kind",
		      wire_order_name(kind)));
	k->changed = true;
}

static void refuse(struct renew_kept *k, int64_t number, const char *why)
{
	log_warn("G302", "an order was refused: %s", why);
	result(k, number, "refused", why, 0, WIRE_ORDER_KIND_MAX);
}

/* ---- what orders do ---- */

static bool take_away(json_t *list, int64_t id)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (integer(json_array_get(list, i), "id") != id)
			continue;
		(void)json_array_remove(list, i);
		return true;
	}
	return false;
}

/* The same number again replaces: longer, or confirmed. */
static const char *add(
    struct renew_kept *k, const char *name, size_t most, int64_t id, json_t *entry)
{
	json_t *list = list_of(k, name);

	(void)take_away(list, id);
	if (json_array_size(list) >= most) {
		json_decref(entry);
		return "this gate has as many already as it can keep";
	}
	return json_array_append_new(list, entry) < 0 ? "no memory" : NULL;
}

static const char *contain(struct renew_kept *k, const struct wire_order *o)
{
	return add(k, "contained", VERDICT_CUTS_MAX, o->id,
	    json_pack("{s:I, s:s, s:s, s:I, s:s}", "id", (json_int_t)o->id, "mac",
		o->mac, "ip", o->ip, "until_us", (json_int_t)o->until_us, "reason",
		o->reason));
}

static const char *let_be(struct renew_kept *k, const struct wire_order *o)
{
	struct verdict_machine m;

	if (o->what == WIRE_EXCEPT_MACHINE && !verdict_machine_parse(o->value, &m))
		return "no such machine can be";
	return add(k, "exceptions", VERDICT_EXCEPTS_MAX, o->id,
	    json_pack("{s:I, s:s, s:s, s:I, s:s}", "id", (json_int_t)o->id, "what",
		wire_except_name(o->what), "value", o->value, "until_us",
		(json_int_t)o->until_us, "reason", o->reason));
}

static const char *configure(struct renew_kept *k, const struct wire_order *o)
{
	static char why[WHY_MAX]; /* one thread */
	struct buf reason;
	const char *key;
	json_t *value;
	int err = 0;

	if (o->version <= integer(json_object_get(k->state, "config"), "version"))
		return "these settings are older than those that hold";
	buf_init(&reason, WHY_MAX);
	json_object_foreach(o->values, key, value)
	{
		if (err == 0)
			err = wire_remote_check(key, json_string_value(value), &reason);
	}
	snprintf(
	    why, sizeof(why), "%s", reason.overflowed ? "wrong" : buf_text(&reason));
	why[strcspn(why, "\n")] = 0;
	buf_fini(&reason);
	if (err < 0)
		return why;
	(void)json_object_set_new(k->state, "config",
	    json_pack(
		"{s:I, s:O}", "version", (json_int_t)o->version, "values", o->values));
	return NULL;
}

static const char *pin(struct renew_kept *k, const struct wire_order *o)
{
	json_t *pins = json_pack("{s:I, s:[s, s]}", "gate", (json_int_t)o->gate, "keys",
	    o->keys[0], o->keys[1]);

	return pins && renew_kept_pin(k, pins) == 0 ? NULL
						    : "the keys could not be kept";
}

static void obey(struct renew_kept *k, const struct wire_order *o)
{
	const char *why = NULL;
	bool inspect = true;

	switch (o->kind) {
	case WIRE_ORDER_CONTAIN:
		why = contain(k, o);
		break;
	case WIRE_ORDER_RELEASE:
		(void)take_away(list_of(k, "contained"), o->id);
		break;
	case WIRE_ORDER_EXCEPT:
		why = let_be(k, o);
		break;
	case WIRE_ORDER_UNEXCEPT:
		(void)take_away(list_of(k, "exceptions"), o->id);
		break;
	case WIRE_ORDER_CONFIG:
		why = configure(k, o);
		break;
	case WIRE_ORDER_BUNDLE:
		why = renew_bundle_want(k, o);
		if (!why)
			return; /* answered for once it is here */
		break;
	case WIRE_ORDER_ROLLBACK:
		why = renew_bundle_back(k, o);
		break;
	case WIRE_ORDER_KEYS:
		why = pin(k, o);
		inspect = false;
		break;
	default:
		why = "this gate is too old for such an order";
		break;
	}
	log_info("G303", "order %" PRId64 " of the centre: %s%s%s", o->number,
	    wire_order_name(o->kind), why ? ": not done: " : "", why ? why : "");
	result(k, o->number, why ? "failed" : "done", why ? why : "",
	    why || !inspect ? 0 : next_seq(k), o->kind);
}

/* ---- whether they may ---- */

static bool is_signed(
    const struct renew_kept *k, const char *text, const char *sig, const char *key)
{
	size_t i;
	json_t *pinned;

	json_array_foreach(json_object_get(k->pins, "keys"), i, pinned)
	{
		const char *ours = json_string_value(pinned);
		if (ours && key && strcmp(ours, key) == 0)
			return sign_fits(ours, SIGN_ORDER, span_text(text), sig);
	}
	return false;
}

static void judge(struct renew_kept *k, const struct wire_order *o, int64_t now_us)
{
	char why[WHY_MAX];

	if (o->gate != renew_kept_gate(k)) {
		snprintf(why, sizeof(why), "an order for gate %" PRId64, o->gate);
		refuse(k, 0, why);
		return;
	}
	if (o->number <= integer(k->state, "number")) {
		snprintf(why, sizeof(why), "order %" PRId64 " came before", o->number);
		refuse(k, 0, why);
		return;
	}
	(void)json_object_set_new(k->state, "number", json_integer(o->number));
	k->changed = true;
	if (o->expires_us <= now_us)
		refuse(k, o->number, "expired, by this gate's clock");
	else if (o->not_before_us > now_us)
		refuse(k, o->number, "too early, by this gate's clock");
	else
		obey(k, o);
}

bool renew_take(struct renew_kept *k, const json_t *envelope, int64_t now_us)
{
	int64_t before = integer(k->state, "number");
	const char *text = json_string_value(json_object_get(envelope, "text"));
	const char *sig = json_string_value(json_object_get(envelope, "signature"));
	const char *key = json_string_value(json_object_get(envelope, "key"));
	struct wire_order o;
	char why[WHY_MAX], unread[WHY_MAX + 32];

	/* Not a byte of it is read before it is known who wrote it. */
	if (!text || !is_signed(k, text, sig, key)) {
		refuse(k, 0, "an order that the centre did not sign");
		return false;
	}
	if (wire_order_read(span_text(text), &o, why, sizeof(why)) < 0) {
		snprintf(unread, sizeof(unread), "cannot be read: %s", why);
		refuse(k, 0, unread);
		return false;
	}
	judge(k, &o, now_us);
	wire_order_fini(&o);
	return integer(k->state, "number") > before;
}

void renew_take_bundle(struct renew_kept *k, int64_t number, const char *why)
{
	result(k, number, why ? "failed" : "done", why ? why : "",
	    why ? 0 : next_seq(k), WIRE_ORDER_BUNDLE);
}

/* Rules that inspect will not run are no rules: back to those before. */
static void note_bundle(struct renew_kept *k, json_t *r, const json_t *applied)
{
	const char *why = json_string_value(json_object_get(applied, "bundle_why"));
	const char *name = json_string_value(json_object_get(applied, "bundle_unfit"));

	if (!why || !*why || !name)
		return;
	(void)json_object_set_new(r, "result", json_string("failed"));
	(void)json_object_set_new(r, "why", json_string(why));
	renew_bundle_unfit(k, name,
	    integer(json_object_get(json_object_get(k->state, "bundles"), name),
		"version"));
	(void)next_seq(k);
}

bool renew_take_waits(const struct renew_kept *k)
{
	size_t i;
	json_t *r;

	json_array_foreach(json_object_get(k->state, "results"), i, r)
	{
		if (integer(r, "seq"))
			return true;
	}
	return false;
}

void renew_take_applied(struct renew_kept *k, const json_t *applied)
{
	int64_t seq = integer(applied, "seq");
	const char *config = json_string_value(json_object_get(applied, "config_why"));
	bool cuts = json_is_true(json_object_get(applied, "inline"));
	size_t i;
	json_t *r;

	json_array_foreach(list_of(k, "results"), i, r)
	{
		const char *kind = json_string_value(json_object_get(r, "kind"));
		if (!integer(r, "seq") || integer(r, "seq") > seq)
			continue;
		(void)json_object_set_new(r, "seq", json_integer(0));
		if (kind && strcmp(kind, "contain") == 0 && !cuts)
			(void)json_object_set_new(r, "why", json_string("listening"));
		if (kind && strcmp(kind, "bundle") == 0)
			note_bundle(k, r, applied);
		if (kind && strcmp(kind, "config") == 0 && config && *config) {
			(void)json_object_set_new(r, "result", json_string("failed"));
			(void)json_object_set_new(r, "why", json_string(config));
		}
		k->changed = true;
	}
}
