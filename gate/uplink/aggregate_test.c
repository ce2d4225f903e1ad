/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "tests/check.h"

#include <jansson.h>

static struct buf lines, out;
static uint32_t left;

static void alert(unsigned rule, const char *ip, unsigned more)
{
	buf_addf(&lines,
	    "{\"event_type\":\"alert\",\"alert\":{\"signature_id\":%u},\"otasuke\":{"
	    "\"cause\":\"EXPLOIT\",\"machine\":{\"ip\":\"%s\"}",
	    rule, ip);
	if (more)
		buf_addf(&lines, ",\"more\":%u", more);
	buf_add_text(&lines, "}}\n");
}

static void run(uint32_t same)
{
	buf_clear(&out);
	uplink_aggregate(buf_span(&lines), same, &out, &left);
	check(!out.overflowed);
}

/* All that the lines stand for. */
static uint64_t total(void)
{
	uint64_t n = 0;
	char *save, *text = (char *)(uintptr_t)buf_text(&out);

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		json_t *eve = json_loads(line, 0, NULL);
		check(eve != NULL);
		n += 1 + (uint64_t)json_integer_value(
			     json_object_get(json_object_get(eve, "otasuke"), "more"));
		json_decref(eve);
	}
	return n;
}

static void begin(void)
{
	buf_init(&lines, 8u << 20);
	buf_init(&out, 8u << 20);
}

static void end(void)
{
	buf_fini(&lines);
	buf_fini(&out);
}

static void many_become_few_and_none_is_forgotten(void)
{
	begin();
	for (unsigned i = 0; i < 9000; i++)
		alert(i % 3, i % 2 ? "192.168.1.2" : "192.168.1.3", 0);
	run(10);
	check_eq(left, 60);
	check_eq(total(), 9000);
	end();
}

static void what_was_counted_before_counts_on(void)
{
	begin();
	for (unsigned i = 0; i < 5; i++)
		alert(1, "192.168.1.2", 7);
	run(2);
	check_eq(left, 2);
	check_eq(total(), 40);
	end();
}

static void what_is_of_the_gate_stays(void)
{
	begin();
	for (unsigned i = 0; i < 50; i++)
		buf_add_text(&lines,
		    "{\"event_type\":\"gate\",\"otasuke\":{}}\n{\"event_type\":\"alert\"}\n"
		    "no json\n");
	buf_add_text(&lines, "{\"event_type\":\"gate\"}"); /* no newline */
	run(1);
	check_eq(left, 151);
	end();
}

static void too_many_kinds_stay_as_they_are(void)
{
	begin();
	for (unsigned i = 0; i < 10000; i++)
		alert(i, "192.168.1.2", 0);
	run(1);
	check_eq(left, 10000);
	check_eq(total(), 10000);
	end();
}

static struct uplink_hint hint(const char *text)
{
	struct uplink_hint h;

	uplink_hint_read(span_text(text), &h);
	return h;
}

static void hints_stay_within_bounds(void)
{
	check_eq(hint("{\"refused\":3}").refused, 3);
	struct uplink_hint h = hint("{\"hint\":{\"next_after_ms\":999999999999,"
				    "\"max_records\":1,\"aggregate\":true}}");
	check_eq(h.next_after_ms, 60000);
	check_eq(h.max_records, 100);
	check(h.aggregate);
	h = hint(
	    "{\"hint\":{\"next_after_ms\":-5,\"max_records\":\"x\",\"aggregate\":1}}");
	check(!h.next_after_ms && !h.max_records && !h.aggregate);
	h = hint("[]");
	check(!h.next_after_ms && !h.max_records && !h.aggregate && !h.refused);
	check_eq(hint("").next_after_ms, 0);
}

CHECK_MAIN(many_become_few_and_none_is_forgotten, what_was_counted_before_counts_on,
    what_is_of_the_gate_stays, too_many_kinds_stay_as_they_are,
    hints_stay_within_bounds)
