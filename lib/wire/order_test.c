/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/order.h"

#include "tests/check.h"

static struct wire_order o;
static char why[128];

static int read_text(const char *text)
{
	wire_order_fini(&o);
	why[0] = 0;
	return wire_order_read(span_text(text), &o, why, sizeof(why));
}

#define HEAD(kind)                                   \
	"{\"gate\":7,\"number\":12,\"kind\":\"" kind \
	"\",\"issued_us\":1,\"not_before_us\":1,\"expires_us\":9,\"args\":"

static void what_is_written_is_read_again(void)
{
	struct buf text;
	struct wire_order cut = { .gate = 7,
		.number = 12,
		.kind = WIRE_ORDER_CONTAIN,
		.issued_us = 5,
		.expires_us = 10,
		.id = 3,
		.mac = "02:00:5e:00:00:01",
		.until_us = 99,
		.reason = "遠隔操作の疑い" };

	buf_init(&text, WIRE_ORDER_MAX);
	check_eq(wire_order_write(&cut, &text), 0);
	check_eq(read_text(buf_text(&text)), 0);
	check_eq(o.gate, 7);
	check_eq(o.number, 12);
	check_eq(o.kind, WIRE_ORDER_CONTAIN);
	check_text(o.mac, "02:00:5e:00:00:01");
	check_eq(o.until_us, 99);
	check_text(o.reason, "遠隔操作の疑い");
	buf_fini(&text);
}

static void settings_come_as_text(void)
{
	struct buf text;
	struct wire_order conf = { .gate = 1,
		.number = 1,
		.kind = WIRE_ORDER_CONFIG,
		.version = 4,
		.values =
		    json_pack("{s:s, s:s}", "mode", "observe", "heartbeat_s", "30") };

	buf_init(&text, WIRE_ORDER_MAX);
	check_eq(wire_order_write(&conf, &text), 0);
	check_eq(read_text(buf_text(&text)), 0);
	check_text(json_string_value(json_object_get(o.values, "mode")), "observe");
	check_eq(read_text(HEAD("config") "{\"version\":1,\"values\":{\"mode\":1}}}"),
	    FAIL_FORMAT);
	check_eq(
	    read_text(HEAD("config") "{\"version\":1,\"values\":{\"a\":\"x\\ny\"}}}"),
	    FAIL_FORMAT);
	check_eq(
	    read_text(HEAD("config") "{\"version\":1,\"values\":{\"A b\":\"x\"}}}"),
	    FAIL_FORMAT);
	wire_order_fini(&conf);
	wire_order_fini(&o);
	buf_fini(&text);
}

static void what_is_not_understood_is_refused(void)
{
	check_eq(read_text(""), FAIL_FORMAT);
	check_eq(read_text("[]"), FAIL_FORMAT);
	check_eq(read_text(HEAD("dance") "{}}"), FAIL_FORMAT);
	check_text(why, "unknown kind");
	check_eq(read_text(HEAD("release") "{\"id\":1}}"), 0);
	check_eq(read_text(HEAD("release") "{\"id\":1,\"also\":2}}"), FAIL_FORMAT);
	check_eq(
	    read_text(HEAD("release") "{\"id\":1,\"ip\":\"192.0.2.1\"}}"), FAIL_FORMAT);
	check_eq(read_text(HEAD("release") "{\"id\":-1}}"), FAIL_FORMAT);
	check_eq(read_text(HEAD("release") "{}}"), FAIL_FORMAT);
	check_text(why, "missing id");
	check_eq(read_text(HEAD("contain") "{\"id\":1}}"), FAIL_FORMAT);
	check_eq(
	    read_text(HEAD("contain") "{\"id\":1,\"ip\":\"printer\"}}"), FAIL_FORMAT);
	check_eq(read_text(HEAD("contain") "{\"id\":1,\"mac\":\"02:00:5E:00:00:01\"}}"),
	    FAIL_FORMAT);
	check_eq(read_text(HEAD("bundle") "{\"name\":\"../x\",\"version\":1,\"size\":1,"
					  "\"sha256\":\"00\"}}"),
	    FAIL_FORMAT);
	check_eq(
	    read_text("{\"gate\":0,\"number\":12,\"kind\":\"release\",\"issued_us\":1,"
		      "\"not_before_us\":1,\"expires_us\":9,\"args\":{\"id\":1}}"),
	    FAIL_FORMAT);
	wire_order_fini(&o);
}

CHECK_MAIN(what_is_written_is_read_again, settings_come_as_text,
    what_is_not_understood_is_refused)
