/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/template.h"
#include "tests/check.h"

#include <jansson.h>

static const char evil[] = "x\",\"to\":\"all\r\nBcc: y&to=1{secret}%0d\\";

static const char *made(
    struct buf *b, const char *template, enum notify_place place, const char *text)
{
	struct notify_values v = {
		.to = "+819012345678", .text = text, .id = "0123", .secret = "s3cret"
	};

	buf_clear(b);
	notify_template(b, template, place, &v);
	return buf_text(b);
}

static void each_for_its_place(void)
{
	struct buf b;

	buf_init(&b, 4096);
	check_text(made(&b, "https://x.example/{id}?to={to}&t={text}", NOTIFY_IN_URL,
		       "あ b&c"),
	    "https://x.example/0123?to=%2B819012345678&t=%E3%81%82%20b%26c");
	check_text(made(&b, "{\"to\":\"{to}\",\"body\":\"{text}\"}", NOTIFY_IN_JSON,
		       "a\"b\\\nあ"),
	    "{\"to\":\"+819012345678\",\"body\":\"a\\\"b\\\\\\nあ\"}");
	check_text(made(&b, "to={to}&m={text}", NOTIFY_IN_FORM, "a=b c"),
	    "to=%2B819012345678&m=a%3Db%20c");
	check_text(made(&b, "Authorization: Bearer {secret}", NOTIFY_IN_HEADER, ""),
	    "Authorization: Bearer s3cret");
	check_text(made(&b, "{unknown} {to", NOTIFY_IN_TEXT, ""), "{unknown} {to");
	buf_fini(&b);
}

/* Nothing that stands in a value leaves its place. */
static void nothing_is_injected(void)
{
	struct buf b;

	buf_init(&b, 4096);
	json_t *o =
	    json_loads(made(&b, "{\"m\":\"{text}\"}", NOTIFY_IN_JSON, evil), 0, NULL);
	check_eq(json_object_size(o), 1);
	check_text(json_string_value(json_object_get(o, "m")), evil);
	json_decref(o);
	check(strpbrk(made(&b, "u={text}", NOTIFY_IN_FORM, evil) + 2, "&=\r\n{\"") ==
	      NULL);
	check(strpbrk(made(&b, "X: {text}", NOTIFY_IN_HEADER, evil), "\r\n") == NULL);
	/* A value is no template. */
	check(strstr(made(&b, "{text}", NOTIFY_IN_TEXT, "{secret}"), "s3cret") == NULL);
	buf_fini(&b);
}

static void the_answer_is_read(void)
{
	struct span a =
	    span_text("{\"m\":[{\"status\":\"queued\",\"n\":3,\"a/b\":true}]}");

	check(notify_answer_json("/m/0/status=queued", a));
	check(notify_answer_json("/m/0/n=3", a));
	check(notify_answer_json("/m/0/a~1b=true", a));
	check(notify_answer_json("/m", a));
	check(!notify_answer_json("/m/0/status=failed", a));
	check(!notify_answer_json("/m/1", a));
	check(!notify_answer_json("/x", a));
	check(!notify_answer_json("/m/0/status=queued", span_text("<html>")));
	check(!notify_answer_json("/m", span_text("")));
}

static void or_matched(void)
{
	struct buf b;

	buf_init(&b, 100);
	buf_add_text(&b, "OK id=77");
	check(notify_answer_text("^OK id=[0-9]+$", &b));
	check(!notify_answer_text("^ERR", &b));
	check(!notify_answer_text("(", &b)); /* no expression: nothing is success */
	buf_fini(&b);
}

CHECK_MAIN(each_for_its_place, nothing_is_injected, the_answer_is_read, or_matched)
