/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include "lib/base/clock.h"
#include "tests/check.h"

#include <stdlib.h>

#define WHEN_US 1795220000123456LL

static void fill_field(struct record *r, enum record_field f)
{
	static const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };
	struct addr a = addr_v6(v6);

	switch (record_field_type(f)) {
	case RECORD_INT:
		record_int(r, f, -7 - (int64_t)f);
		break;
	case RECORD_BOOL:
		record_bool(r, f, f % 2);
		break;
	case RECORD_TIME:
		record_time(r, f, WHEN_US + f);
		break;
	case RECORD_ADDR:
		record_addr(r, f, &a);
		break;
	case RECORD_TEXT:
		record_text(r, f, "経理の\"PC\"\\\t\n");
		break;
	case RECORD_JSON:
		record_text(r, f, "{\"a\":[1,\"b\"]}");
		break;
	}
}

static bool same_value(
    enum record_field f, const struct record *a, const struct record *b)
{
	const struct record_value *x = &a->value[f], *y = &b->value[f];

	switch (record_field_type(f)) {
	case RECORD_TEXT:
		return x->text.len == y->text.len &&
		       memcmp(x->text.at, y->text.at, x->text.len) == 0;
	case RECORD_ADDR:
		return addr_equal(&x->addr, &y->addr);
	case RECORD_JSON:
		return json_is_array(json_object_get(y->json, "a"));
	default:
		return x->number == y->number;
	}
}

static json_t *encoded(const struct record *r, struct buf *b)
{
	json_error_t error;

	buf_clear(b);
	record_encode(r, b);
	check(!b->overflowed && b->len > 2);
	return json_loadb((const char *)b->at, b->len, JSON_REJECT_DUPLICATES, &error);
}

static void every_kind_and_field_comes_back(void)
{
	struct record r, back;
	struct buf b;
	char why[128];

	buf_init(&b, RECORD_JSON_MAX);
	for (unsigned k = 0; k < RECORD_KIND_MAX; k++) {
		record_init(&r, k);
		for (unsigned f = 0; f < RECORD_FIELD_MAX; f++)
			if (f != RECORD_F_EVENT_TYPE && record_may_carry(k, f))
				fill_field(&r, f);
		json_t *eve = encoded(&r, &b);
		check(eve != NULL); /* also: no object was opened twice */
		check_eq(record_decode(eve, &back, why, sizeof(why)), 0);
		check_eq(back.kind, k);
		check(memcmp(r.has, back.has, sizeof(r.has)) == 0);
		for (unsigned f = 0; f < RECORD_FIELD_MAX; f++)
			if (r.has[f] && !same_value(f, &r, &back))
				check_text(record_field_path(f), "unchanged");
		json_decref(eve);
	}
	buf_fini(&b);
}

static void a_small_alert_reads_as_suricata_writes_it(void)
{
	struct record r;
	struct buf b;
	struct addr a;

	setenv("TZ", "UTC", 1);
	buf_init(&b, RECORD_JSON_MAX);
	record_init(&r, RECORD_ALERT);
	record_time(&r, RECORD_F_TIMESTAMP, 1000000);
	check_eq(addr_parse("2001:db8::1", &a), 0);
	record_addr(&r, RECORD_F_SRC_IP, &a);
	record_int(&r, RECORD_F_ALERT_SID, 5);
	record_text(&r, RECORD_F_ALERT_MSG, "a/b");
	record_text(&r, RECORD_F_MACHINE_NAME, "keiri-pc");
	record_encode(&r, &b);
	check_text(buf_text(&b),
	    "{\"timestamp\":\"1970-01-01T00:00:01.000000+0000\",\"event_type\":\"alert\","
	    "\"src_ip\":\"2001:0db8:0000:0000:0000:0000:0000:0001\","
	    "\"alert\":{\"signature_id\":5,\"signature\":\"a/b\"},"
	    "\"otasuke\":{\"machine\":{\"name\":\"keiri-pc\"}}}");
	buf_fini(&b);
}

static void quoted_is(const char *bytes, size_t len, const char *want)
{
	struct buf b;

	buf_init(&b, RECORD_JSON_MAX);
	record_quote(span_of(bytes, len), &b);
	check_text(buf_text(&b), want);
	buf_fini(&b);
}

static void strange_bytes_stay_readable(void)
{
	quoted_is("", 0, "\"\"");
	quoted_is("a\x01", 2, "\"a\\u0001\"");
	quoted_is("a\0b", 3, "\"a\\\\x00b\"");
	quoted_is("\xff\"\\", 3, "\"\\\\xff\\\"\\\\\"");
	quoted_is("\xed\xa0\x80", 3, "\"\\\\xed\\\\xa0\\\\x80\""); /* a surrogate */
	quoted_is("\xc0\xaf", 2, "\"\\\\xc0\\\\xaf\"");            /* overlong */
	quoted_is("\xe3\x81", 2, "\"\\\\xe3\\\\x81\"");            /* cut off */
	quoted_is("\xf0\x9f\x8d\xa3", 4, "\"\xf0\x9f\x8d\xa3\"");
}

static void long_text_is_cut_at_a_character(void)
{
	static char text[RECORD_TEXT_MAX + 8];
	struct buf b;

	memset(text, 'a', sizeof(text));
	memcpy(text + RECORD_TEXT_MAX - 1, "お", 3);
	buf_init(&b, RECORD_JSON_MAX);
	record_quote(span_of(text, sizeof(text)), &b);
	check_eq(b.len, RECORD_TEXT_MAX - 1 + 2);
	buf_clear(&b);
	text[0] = '\xff'; /* now four bytes instead of one, and three instead of "お" */
	record_quote(span_of(text, sizeof(text)), &b);
	check(b.len <= RECORD_TEXT_MAX + 16 && b.at[b.len - 1] == '"');
	buf_fini(&b);
}

static void what_does_not_fit_leaves_nothing(void)
{
	struct record r;
	struct buf b;

	buf_init(&b, 40);
	buf_add_text(&b, "before\n");
	record_init(&r, RECORD_HTTP);
	record_text(&r, RECORD_F_HTTP_URL, "/a-rather-long-target-that-cannot-fit");
	record_encode(&r, &b);
	check(b.overflowed);
	check_text(buf_text(&b), "before\n");
	buf_fini(&b);
}

static void decode_says(const char *text, const char *want)
{
	json_error_t error;
	struct record r;
	char why[128] = "";
	json_t *eve = json_loads(text, 0, &error);

	check_eq(record_decode(eve, &r, why, sizeof(why)), FAIL_FORMAT);
	check_text(why, want);
	json_decref(eve);
}

static void wrong_members_are_refused_with_a_reason(void)
{
	decode_says("{}", "event_type is missing");
	decode_says("[1]", "event_type is missing");
	decode_says("{\"event_type\":\"cake\"}", "event_type is not known");
	decode_says("{\"event_type\":\"alert\",\"alert\":{\"gid\":\"x\"}}",
	    "alert.gid is not a whole number");
	decode_says("{\"event_type\":\"alert\",\"src_ip\":\"300.1.1.1\"}",
	    "src_ip is not an address");
	decode_says("{\"event_type\":\"flow\",\"flow\":{\"start\":\"soon\"}}",
	    "flow.start is not a time");
	decode_says("{\"event_type\":\"flow\",\"timestamp\":\"1950-01-01T00:00:00Z\"}",
	    "timestamp is not a time");
	decode_says(
	    "{\"event_type\":\"alert\",\"vlan\":7}", "vlan is not an object or a list");
}

static void what_others_add_is_ignored(void)
{
	json_error_t error;
	struct record r;
	char why[128];
	json_t *eve =
	    json_loads("{\"event_type\":\"alert\",\"host\":\"s1\",\"flow\":3,"
		       "\"site\":{\"host\":9},\"alert\":{\"gid\":1,\"x\":[]}}",
		0, &error);

	check_eq(record_decode(eve, &r, why, sizeof(why)), 0);
	check_eq(r.value[RECORD_F_ALERT_GID].number, 1);
	check(!r.has[RECORD_F_SITE_HOST]); /* not a field of alerts */
	json_decref(eve);
}

CHECK_MAIN(every_kind_and_field_comes_back, a_small_alert_reads_as_suricata_writes_it,
    strange_bytes_stay_readable, long_text_is_cut_at_a_character,
    what_does_not_fit_leaves_nothing, wrong_members_are_refused_with_a_reason,
    what_others_add_is_ignored)
