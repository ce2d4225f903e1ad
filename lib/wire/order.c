/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/order.h"

#include "lib/base/addr.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define HEX_DIGITS "0123456789abcdef"

static const char *const kinds[] = {
	[WIRE_ORDER_CONTAIN] = "contain",
	[WIRE_ORDER_RELEASE] = "release",
	[WIRE_ORDER_EXCEPT] = "except",
	[WIRE_ORDER_UNEXCEPT] = "unexcept",
	[WIRE_ORDER_CONFIG] = "config",
	[WIRE_ORDER_BUNDLE] = "bundle",
	[WIRE_ORDER_ROLLBACK] = "rollback",
	[WIRE_ORDER_EXPLAIN] = "explain",
	[WIRE_ORDER_CAPTURE] = "capture",
	[WIRE_ORDER_KEYS] = "keys",
};

static const char *const excepts[] = { "host", "signature", "machine" };

const char *wire_order_name(enum wire_order_kind k)
{
	return k < WIRE_ORDER_KIND_MAX ? kinds[k] : NULL;
}

enum wire_order_kind wire_order_find(const char *name)
{
	unsigned k = 0;

	while (k < WIRE_ORDER_KIND_MAX && (!name || strcmp(kinds[k], name) != 0))
		k++;
	return (enum wire_order_kind)k;
}

const char *wire_except_name(enum wire_except e)
{
	return excepts[e];
}

int wire_except_find(const char *name)
{
	for (int i = WIRE_EXCEPT_HOST; name && i <= WIRE_EXCEPT_MACHINE; i++)
		if (strcmp(excepts[i], name) == 0)
			return i;
	return -1;
}

bool wire_mac_parse(const char *text, uint8_t mac[6])
{
	unsigned byte[6];
	char rest;

	if (strlen(text) != 17 || strspn(text, HEX_DIGITS ":") != 17 ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &byte[0], &byte[1], &byte[2],
		&byte[3], &byte[4], &byte[5], &rest) != 6)
		return false;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)byte[i];
	return true;
}

/* One table reads and writes: which member goes where, and which kinds must have it. */
enum type { TEXT, NUMBER, ADDRESS, MAC, HEX64, EXCEPT };

#define BIT(k) (1u << WIRE_ORDER_##k)

static const struct member {
	const char *name;
	enum type type;
	size_t at, room;
	int64_t most; /* NUMBER: 0 … most */
	unsigned may, has_to;
} members[] = {

#define AT(field) \
	offsetof(struct wire_order, field), sizeof(((struct wire_order *)0)->field)
	{ "id", NUMBER, AT(id), INT64_MAX,
	    BIT(CONTAIN) | BIT(RELEASE) | BIT(EXCEPT) | BIT(UNEXCEPT) | BIT(EXPLAIN) |
		BIT(CAPTURE),
	    BIT(CONTAIN) | BIT(RELEASE) | BIT(EXCEPT) | BIT(UNEXCEPT) | BIT(EXPLAIN) |
		BIT(CAPTURE) },
	{ "mac", MAC, AT(mac), 0, BIT(CONTAIN), 0 },
	{ "ip", ADDRESS, AT(ip), 0, BIT(CONTAIN) | BIT(EXPLAIN) | BIT(CAPTURE), 0 },
	{ "peer", ADDRESS, AT(peer), 0, BIT(EXPLAIN), 0 },
	{ "port", NUMBER, AT(port), 65535, BIT(EXPLAIN) | BIT(CAPTURE), 0 },
	{ "peer_port", NUMBER, AT(peer_port), 65535, BIT(EXPLAIN), 0 },
	{ "until_us", NUMBER, AT(until_us), INT64_MAX, BIT(CONTAIN) | BIT(EXCEPT), 0 },
	{ "reason", TEXT, AT(reason), 0, BIT(CONTAIN) | BIT(EXCEPT), 0 },
	{ "what", EXCEPT, AT(what), 0, BIT(EXCEPT), BIT(EXCEPT) },
	{ "value", TEXT, AT(value), 0, BIT(EXCEPT), BIT(EXCEPT) },
	{ "version", NUMBER, AT(version), INT64_MAX,
	    BIT(CONFIG) | BIT(BUNDLE) | BIT(ROLLBACK),
	    BIT(CONFIG) | BIT(BUNDLE) | BIT(ROLLBACK) },
	{ "name", TEXT, AT(name), 0, BIT(BUNDLE) | BIT(ROLLBACK),
	    BIT(BUNDLE) | BIT(ROLLBACK) },
	{ "sha256", HEX64, AT(sha256), 0, BIT(BUNDLE), BIT(BUNDLE) },
	{ "size", NUMBER, AT(size), 1LL << 32, BIT(BUNDLE) | BIT(CAPTURE),
	    BIT(BUNDLE) | BIT(CAPTURE) },
	{ "seconds", NUMBER, AT(seconds), 3600, BIT(CAPTURE), BIT(CAPTURE) },
	{ "from_us", NUMBER, AT(from_us), INT64_MAX, BIT(EXPLAIN), 0 },
	{ "to_us", NUMBER, AT(to_us), INT64_MAX, BIT(EXPLAIN), 0 },
	{ "key", HEX64, AT(keys[0]), 0, BIT(KEYS), BIT(KEYS) },
	{ "next_key", HEX64, AT(keys[1]), 0, BIT(KEYS), BIT(KEYS) },
#undef AT
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

static int no(char *why, size_t room, const char *what, const char *name)
{
	snprintf(why, room, "%s %.40s", what, name);
	return FAIL_FORMAT;
}

static bool text_fits(const struct member *m, const char *text)
{
	struct addr a;
	uint8_t mac[6];

	if (strlen(text) >= m->room)
		return false;
	switch (m->type) {
	case ADDRESS:
		return addr_parse(text, &a) == 0;
	case MAC:
		return wire_mac_parse(text, mac);
	case HEX64:
		return strlen(text) == 64 && strspn(text, HEX_DIGITS) == 64;
	default:
		for (const char *c = text; *c; c++)
			if ((unsigned char)*c < 0x20 || *c == 0x7f)
				return false;
		return true;
	}
}

static bool take(const struct member *m, const json_t *v, struct wire_order *o)
{
	uint8_t *to = (uint8_t *)o + m->at;

	if (m->type == NUMBER) {
		int64_t n = json_integer_value(v);
		if (!json_is_integer(v) || n < 0 || n > m->most)
			return false;
		memcpy(to, &n, sizeof(n));
		return true;
	}
	const char *text = json_string_value(v);
	if (!text || strlen(text) != json_string_length(v))
		return false;
	if (m->type == EXCEPT) {
		int e = wire_except_find(text);
		if (e >= 0)
			o->what = (enum wire_except)e;
		return e >= 0;
	}
	if (!text_fits(m, text))
		return false;
	memcpy(to, text, strlen(text) + 1);
	return true;
}

/* {key: text}, small. */
static bool values_fit(const json_t *values)
{
	const char *key;
	json_t *v;

	if (!json_is_object(values) || json_object_size(values) > WIRE_VALUES_MAX)
		return false;
	json_object_foreach((json_t *)(uintptr_t)values, key, v)
	{
		if (!json_is_string(v) || json_string_length(v) > WIRE_VALUE_MAX ||
		    strlen(json_string_value(v)) != json_string_length(v) ||
		    strpbrk(json_string_value(v), "\n\r\"") || strlen(key) > 64 ||
		    strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.") !=
			strlen(key))
			return false;
	}
	return true;
}

/* What belongs together. */
static int make_sense(const struct wire_order *o, char *why, size_t room)
{
	switch (o->kind) {
	case WIRE_ORDER_CONTAIN:
		if (!o->mac[0] && !o->ip[0])
			return no(why, room, "contain needs", "mac or ip");
		return 0;
	case WIRE_ORDER_EXCEPT:
		return o->value[0] ? 0 : no(why, room, "except needs a", "value");
	case WIRE_ORDER_CONFIG:
		return values_fit(o->values) ? 0 : no(why, room, "wrong", "values");
	case WIRE_ORDER_BUNDLE:
	case WIRE_ORDER_ROLLBACK:
		if (!o->name[0] ||
		    strspn(o->name, "abcdefghijklmnopqrstuvwxyz") != strlen(o->name))
			return no(why, room, "wrong", "name");
		return 0;
	default:
		return 0;
	}
}

static int read_args(struct wire_order *o, json_t *args, char *why, size_t room)
{
	size_t known = 0;

	for (size_t i = 0; i < MEMBERS; i++) {
		const struct member *m = &members[i];
		const json_t *v = json_object_get(args, m->name);
		if (!v && (m->has_to & 1u << o->kind))
			return no(why, room, "missing", m->name);
		if (!v)
			continue;
		if (!(m->may & 1u << o->kind) || !take(m, v, o))
			return no(why, room, "wrong", m->name);
		known++;
	}
	if (o->kind == WIRE_ORDER_CONFIG) {
		o->values = json_incref(json_object_get(args, "values"));
		known += o->values != NULL;
	}
	/* What we would not do must not look as if we had done it. */
	if (known != json_object_size(args))
		return no(why, room, "unknown", "member of args");
	return make_sense(o, why, room);
}

static bool number(const json_t *tree, const char *name, int64_t *n)
{
	const json_t *v = json_object_get(tree, name);

	*n = json_integer_value(v);
	return json_is_integer(v) && *n >= 0;
}

static int read_tree(struct wire_order *o, const json_t *tree, char *why, size_t room)
{
	json_t *args = json_object_get(tree, "args");

	if (!number(tree, "gate", &o->gate) || !number(tree, "number", &o->number) ||
	    !number(tree, "issued_us", &o->issued_us) ||
	    !number(tree, "not_before_us", &o->not_before_us) ||
	    !number(tree, "expires_us", &o->expires_us) || o->gate == 0 ||
	    o->number == 0)
		return no(why, room, "wrong", "head");
	o->kind = wire_order_find(json_string_value(json_object_get(tree, "kind")));
	if (o->kind == WIRE_ORDER_KIND_MAX)
		return no(why, room, "unknown", "kind");
	if (!json_is_object(args))
		return no(why, room, "missing", "args");
	return read_args(o, args, why, room);
}

int wire_order_read(struct span text, struct wire_order *o, char *why, size_t room)
{
	json_error_t error;

	*o = (struct wire_order){ 0 };
	if (text.len > WIRE_ORDER_MAX)
		return no(why, room, "too long:", "order");
	json_t *tree =
	    json_loadb((const char *)text.at, text.len, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(tree)) {
		json_decref(tree);
		return no(why, room, "not JSON:", "order");
	}
	int err = read_tree(o, tree, why, room);
	json_decref(tree);
	if (err < 0)
		wire_order_fini(o);
	return err;
}

void wire_order_fini(struct wire_order *o)
{
	json_decref(o->values);
	o->values = NULL;
}

static json_t *value_of(const struct member *m, const struct wire_order *o)
{
	const uint8_t *from = (const uint8_t *)o + m->at;
	int64_t n;

	if (m->type == EXCEPT)
		return json_string(excepts[o->what]);
	if (m->type != NUMBER)
		return *from || (m->has_to & 1u << o->kind)
			   ? json_string((const char *)from)
			   : NULL;
	memcpy(&n, from, sizeof(n));
	return n || (m->has_to & 1u << o->kind) ? json_integer(n) : NULL;
}

int wire_order_write(const struct wire_order *o, struct buf *text)
{
	json_t *args = json_object();

	for (size_t i = 0; i < MEMBERS; i++) {
		json_t *v =
		    members[i].may & 1u << o->kind ? value_of(&members[i], o) : NULL;
		if (v && json_object_set_new(args, members[i].name, v) < 0)
			break;
	}
	if (o->kind == WIRE_ORDER_CONFIG)
		(void)json_object_set(args, "values", o->values);
	json_t *tree = json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:o*}", "gate",
	    (json_int_t)o->gate, "number", (json_int_t)o->number, "kind",
	    kinds[o->kind], "issued_us", (json_int_t)o->issued_us, "not_before_us",
	    (json_int_t)o->not_before_us, "expires_us", (json_int_t)o->expires_us,
	    "args", args);
	char *dump = tree ? json_dumps(tree, JSON_COMPACT) : NULL;

	json_decref(tree);
	if (!dump)
		return FAIL_MEMORY;
	buf_add_text(text, dump);
	free(dump);
	return text->overflowed || text->len > WIRE_ORDER_MAX ? FAIL_LIMIT : 0;
}
