/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/internal.h"

#include <stdio.h>

static const struct {
	const char *category, *classtype;
} categories[] = {

#define RECORD_CATEGORY(category, classtype) { category, classtype },
#include "lib/record/suricata.tbl"
};

#define SEVERITY_LEAST 3 /* alert.severity: 1 high … 3 low */

bool record_is_home(const struct addr *a, const struct addr_net *home, unsigned homes)
{
	static const struct addr_net lans[] = {
		{ { { 10 }, 4 }, 8 },
		{ { { 172, 16 }, 4 }, 12 },
		{ { { 192, 168 }, 4 }, 16 },
		{ { { 169, 254 }, 4 }, 16 },
		{ { { 0xfc }, 6 }, 7 },
		{ { { 0xfe, 0x80 }, 6 }, 10 },
	};

	if (homes == 0) {
		home = lans;
		homes = sizeof(lans) / sizeof(lans[0]);
	}
	for (unsigned i = 0; i < homes; i++)
		if (addr_inside(a, &home[i]))
			return true;
	return false;
}

static bool has_text(const struct record *r, enum record_field f, const char *text)
{
	return r->has[f] && span_is(r->value[f].text, text);
}

static void put_classtype(struct record *r)
{
	if (r->has[RECORD_F_CLASSTYPE])
		return;
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		if (has_text(r, RECORD_F_ALERT_CATEGORY, categories[i].category)) {
			record_text(r, RECORD_F_CLASSTYPE, categories[i].classtype);
			return;
		}
	/* A class of the sensor's owner: only how low it is tells us something. */
	if (r->has[RECORD_F_ALERT_SEVERITY] &&
	    r->value[RECORD_F_ALERT_SEVERITY].number >= SEVERITY_LEAST)
		record_text(r, RECORD_F_CLASSTYPE, "misc-activity");
}

static const struct addr *addr_of(const struct record *r, enum record_field f)
{
	return r->has[f] ? &r->value[f].addr : NULL;
}

/* Who opened the conversation, and whom: newer sensors say it, older ones which side the
 * packet went to. */
static void find_ends(
    const struct record *r, const struct addr **from, const struct addr **to)
{
	bool turned = has_text(r, RECORD_F_DIRECTION, "to_client");

	*from = addr_of(r, RECORD_F_FLOW_SRC_IP);
	*to = addr_of(r, RECORD_F_FLOW_DEST_IP);
	if (*from && *to)
		return;
	*from = addr_of(r, turned ? RECORD_F_DEST_IP : RECORD_F_SRC_IP);
	*to = addr_of(r, turned ? RECORD_F_SRC_IP : RECORD_F_DEST_IP);
}

/* The card of the machine, where the sensor writes them (eve-log: ethernet: yes). */
static void put_mac(struct record *r, const struct addr *machine)
{
	const struct addr *src = addr_of(r, RECORD_F_SRC_IP);
	enum record_field f =
	    src && addr_equal(src, machine) ? RECORD_F_ETHER_SRC : RECORD_F_ETHER_DEST;

	if (r->has[f] && !r->has[RECORD_F_MACHINE_MAC])
		record_span(r, RECORD_F_MACHINE_MAC, r->value[f].text);
}

static void put_way(struct record *r, const struct addr_net *home, unsigned homes)
{
	const struct addr *from, *to, *machine;

	find_ends(r, &from, &to);
	if (!from || !to)
		return;
	bool out = record_is_home(from, home, homes);
	bool in = record_is_home(to, home, homes);
	record_text(r, RECORD_F_WAY, in == out ? "local" : in ? "in" : "out");
	machine = out ? from : in ? to : NULL;
	if (!machine || r->has[RECORD_F_MACHINE_IP])
		return;
	put_mac(r, machine);
	record_addr(r, RECORD_F_MACHINE_IP, machine);
}

/* What the rule asked for, unless the sensor says what became of it: one that only listens
 * writes "allowed" for its drop rules too. */
static void put_stopped(struct record *r)
{
	bool stopped = has_text(r, RECORD_F_ALERT_ACTION, "blocked");

	if (r->has[RECORD_F_VERDICT_ACTION])
		stopped = has_text(r, RECORD_F_VERDICT_ACTION, "drop") ||
			  has_text(r, RECORD_F_VERDICT_ACTION, "reject");
	if (!r->has[RECORD_F_STOPPED])
		record_bool(r, RECORD_F_STOPPED, stopped);
}

static int read_alert(const json_t *eve, const struct addr_net *home, unsigned homes,
    bool dropped, struct record *r)
{
	record_decode_loose(eve, RECORD_ALERT, r);
	/* A packet that was dropped because its flow was says nothing new. */
	if (!r->has[RECORD_F_ALERT_SID])
		return FAIL_MISSING;
	if (dropped)
		record_bool(r, RECORD_F_STOPPED, true);
	put_stopped(r);
	put_classtype(r);
	if (!r->has[RECORD_F_WAY])
		put_way(r, home, homes);
	return 0;
}

static const json_t *in(const json_t *j, const char *name, const char *member)
{
	return json_object_get(json_object_get(j, name), member);
}

static void put_count(struct record *r, enum record_field f, const json_t *j)
{
	if (json_is_integer(j) && json_integer_value(j) >= 0)
		record_int(r, f, json_integer_value(j));
}

/* Sensors with several rule engines count each. */
static void put_rules(const json_t *stats, struct record *r)
{
	const json_t *all = in(stats, "detect", "engines"), *one;
	int64_t loaded = 0, failed = 0;
	size_t i;

	json_array_foreach(all, i, one)
	{
		int64_t more = json_integer_value(json_object_get(one, "rules_loaded"));
		int64_t less = json_integer_value(json_object_get(one, "rules_failed"));
		if (more > 0 && more < INT32_MAX && i < 64)
			loaded += more;
		if (less > 0 && less < INT32_MAX && i < 64)
			failed += less;
	}
	if (!json_is_array(all))
		return;
	record_int(r, RECORD_F_GATE_RULES, loaded);
	record_int(r, RECORD_F_GATE_REFUSED, failed);
}

/* Its counters are its sign of life. */
static int read_stats(const json_t *eve, struct record *r)
{
	const json_t *stats = json_object_get(eve, "stats");

	if (!json_is_object(stats))
		return FAIL_MISSING;
	record_decode_loose(eve, RECORD_GATE, r);
	record_text(r, RECORD_F_GATE_SENSOR, "suricata");
	put_count(r, RECORD_F_GATE_UPTIME, json_object_get(stats, "uptime"));
	put_count(r, RECORD_F_GATE_PACKETS, in(stats, "decoder", "pkts"));
	put_count(r, RECORD_F_GATE_BYTES, in(stats, "decoder", "bytes"));
	put_count(r, RECORD_F_GATE_LOST, in(stats, "capture", "kernel_drops"));
	put_rules(stats, r);
	return 0;
}

static void put_string(struct record *r, enum record_field f, const json_t *j)
{
	if (json_string_length(j) > 0 && json_string_length(j) <= RECORD_TEXT_MAX)
		record_text(r, f, json_string_value(j));
}

/* A machine got its address: whose it is and what it calls itself. */
static int read_lease(const json_t *eve, struct record *r)
{
	const json_t *dhcp = json_object_get(eve, "dhcp");
	const char *type = json_string_value(json_object_get(dhcp, "dhcp_type"));
	const char *ip = json_string_value(json_object_get(dhcp, "assigned_ip"));
	struct addr a;

	if (!type || strcmp(type, "ack") != 0 || !ip || addr_parse(ip, &a) < 0 ||
	    !json_string_value(json_object_get(dhcp, "client_mac")))
		return FAIL_MISSING;
	record_decode_loose(eve, RECORD_ASSET, r);
	record_text(r, RECORD_F_ASSET_EVENT, "new");
	put_string(r, RECORD_F_MACHINE_MAC, json_object_get(dhcp, "client_mac"));
	put_string(r, RECORD_F_MACHINE_NAME, json_object_get(dhcp, "hostname"));
	record_addr(r, RECORD_F_MACHINE_IP, &a);
	return 0;
}

int record_read_sensor(const json_t *eve, const struct addr_net *home, unsigned homes,
    struct record *r, char *why, size_t room)
{
	const char *type = json_string_value(json_object_get(eve, "event_type"));

	if (!type) {
		snprintf(why, room, "event_type is missing");
		return FAIL_FORMAT;
	}
	if (strcmp(type, "alert") == 0 || strcmp(type, "drop") == 0)
		return read_alert(eve, home, homes, type[0] == 'd', r);
	if (strcmp(type, "stats") == 0)
		return read_stats(eve, r);
	if (strcmp(type, "dhcp") == 0)
		return read_lease(eve, r);
	enum record_kind kind = record_kind_find(type);
	if (kind == RECORD_KIND_MAX || !record_kind_travels(kind))
		return FAIL_MISSING;
	return record_decode(eve, r, why, room);
}

static void put_text(
    const struct record *r, enum record_field f, const char *name, struct buf *b)
{
	if (!r->has[f])
		return;
	buf_addf(b, "%s\"%s\":", b->at[b->len - 1] == '{' ? "" : ",", name);
	record_quote(r->value[f].text, b);
}

static void put_machine(const struct record *r, struct buf *b)
{
	char ip[ADDR_TEXT_MAX];

	if (!r->has[RECORD_F_MACHINE_IP])
		return;
	addr_format(&r->value[RECORD_F_MACHINE_IP].addr, ip);
	buf_add_text(b, ",\"machine\":{");
	put_text(r, RECORD_F_MACHINE_MAC, "mac", b);
	buf_addf(b, "%s\"ip\":\"%s\"}", b->at[b->len - 1] == '{' ? "" : ",", ip);
}

void record_write_sensor(const struct record *r, struct span line, struct buf *text)
{
	const uint8_t *end = line.at + line.len;

	while (end > line.at && end[-1] != '}')
		end--;
	buf_add(text, line.at, (size_t)(end - line.at) - (end > line.at));
	buf_add_text(text, ",\"otasuke\":{\"sensor\":\"suricata\"");
	if (!text->overflowed) {
		put_text(r, RECORD_F_CAUSE, "cause", text);
		put_text(r, RECORD_F_WAY, "way", text);
		buf_addf(text, ",\"stopped\":%s",
		    r->value[RECORD_F_STOPPED].number ? "true" : "false");
		put_machine(r, text);
		buf_add_text(text, "}}");
	}
	if (!text->overflowed)
		return;
	buf_fini(text);
	buf_init(text, RECORD_JSON_MAX);
	record_encode(r, text);
}
