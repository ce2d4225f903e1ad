/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/event.h"

#include "gate/app/http/http.h"
#include "lib/base/must.h"
#include "tests/check.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

/* What went to the uplink, and the EVE lines in a pipe. */
struct told {
	unsigned records;
	json_t *last; /* the last record */
};

static struct told told;
static int eve_pipe[2];
static struct arena arena;
static struct flow flow;
static struct packet pkt;
static const struct rule rule = { .gid = 1,
	.sid = 7,
	.rev = 2,
	.priority = 1,
	.msg = "a \"rule\"",
	.class_id = "trojan-activity",
	.class_text = "A Network Trojan was detected",
	.action = "drop",
	.metadata = "{\"k\":[\"v\"]}" };

static void take(void *ctx, const struct record *rec, struct span json)
{
	struct told *t = ctx;
	json_error_t error;

	check(record_kind_travels(rec->kind));
	json_decref(t->last);
	t->last =
	    json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, &error);
	check(t->last != NULL);
	t->records++;
}

static struct addr ip(const char *text)
{
	struct addr a;

	must(addr_parse(text, &a) == 0);
	return a;
}

static struct event *fresh(struct event_conf conf)
{
	must(pipe(eve_pipe) == 0);
	arena_init(&arena, 1u << 16);
	told = (struct told){ 0 };
	flow = (struct flow){ .id = 99,
		.client = ip("192.168.1.5"),
		.server = ip("203.0.113.9"),
		.client_port = 40000,
		.server_port = 80,
		.ip_proto = IPPROTO_TCP,
		.app = FLOW_APP_HTTP,
		.start_us = 1000000,
		.last_us = 3500000,
		.packets = { 2, 1 },
		.bytes = { 200, 100 } };
	pkt = (struct packet){ .arena = &arena,
		.flow = &flow,
		.number = 3,
		.time_us = 2000000,
		.bytes = (const uint8_t *)"x",
		.len = 1,
		.wire_len = 100,
		.src = flow.client,
		.dst = flow.server,
		.src_port = 40000,
		.dst_port = 80,
		.ip_proto = IPPROTO_TCP };
	conf.eve_path = "test";
	conf.eve_fd = eve_pipe[1];
	conf.uplink = take;
	conf.uplink_ctx = &told;
	struct event *e = event_new(&conf);
	must(e);
	return e;
}

/* Ends the test; the EVE lines as a list. */
static json_t *finish(struct event *e)
{
	json_t *lines = json_array();
	json_error_t error;
	FILE *f = fdopen(eve_pipe[0], "r");
	char *line = NULL;
	size_t room = 0;

	event_free(e); /* closes the pipe's other end */
	while (getline(&line, &room, f) > 0)
		json_array_append_new(
		    lines, json_loads(line, JSON_REJECT_DUPLICATES, &error));
	free(line);
	fclose(f);
	json_decref(told.last);
	arena_fini(&arena);
	return lines;
}

static const char *text_at(const json_t *j, const char *object, const char *name)
{
	return json_string_value(
	    json_object_get(object ? json_object_get(j, object) : j, name));
}

static const struct verdict_result passes = { VERDICT_PASS, NULL, NULL };

static void an_alert_goes_both_ways(void)
{
	struct event *e = fresh((struct event_conf){ .eve_all = true, .ips = true });
	struct finding *f = finding_add(&pkt, FINDING_RULE);
	struct verdict_result drop = { VERDICT_DROP, f, "rules" };

	f->rule = &rule;
	f->wish = FINDING_DROP;
	event_packet(e, &pkt, &drop);
	check_eq(told.records, 1);
	check_text(text_at(told.last, "alert", "action"), "blocked");
	check_text(text_at(told.last, "alert", "signature"), "a \"rule\"");
	check_text(text_at(told.last, NULL, "app_proto"), "http");
	check_text(text_at(told.last, NULL, "direction"), "to_server");
	check_text(text_at(told.last, "otasuke", "classtype"), "trojan-activity");
	check(json_is_true(
	    json_object_get(json_object_get(told.last, "otasuke"), "stopped")));
	check(flow.alerted);
	check_eq(event_counts(e)->alerts, 1);
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 2);
	check_text(text_at(json_array_get(eve, 1), NULL, "event_type"), "drop");
	check_text(text_at(json_array_get(eve, 1), "drop", "reason"), "rules");
	json_decref(eve);
}

static void passes_and_thresholds_stay_silent(void)
{
	struct event *e = fresh((struct event_conf){ .eve_all = true });
	struct finding *f = finding_add(&pkt, FINDING_RULE);

	f->rule = &rule;
	f->suppressed = true;
	f = finding_add(&pkt, FINDING_RULE);
	f->rule = &rule;
	f->wish = FINDING_PASS;
	event_packet(e, &pkt, &passes);
	check_eq(told.records, 0);
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 0);
	json_decref(eve);
}

static void a_dropped_flow_is_told_once_per_direction(void)
{
	struct event *e = fresh((struct event_conf){ .eve_all = true });
	struct verdict_result drop = { VERDICT_DROP, NULL, "flow drop" };

	flow.dropped = true;
	event_packet(e, &pkt, &drop);
	event_packet(e, &pkt, &drop);
	pkt.dir = PACKET_TO_CLIENT;
	event_packet(e, &pkt, &drop);
	event_packet(e, &pkt, &drop);
	check_eq(event_counts(e)->drops, 4);
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 2);
	json_decref(eve);
}

static void a_transaction_is_told_when_it_is_done(void)
{
	struct event *e = fresh((struct event_conf){ .eve_all = true });
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);
	struct app_http http = { .hostname = span_text("a.example"),
		.url = span_text("/x"),
		.status = 200,
		.response_len = 5 };

	tx->proto = &http;
	tx->progress[0] = TX_DONE;
	event_packet(e, &pkt, &passes);
	check(!tx->told);
	tx->progress[1] = TX_DONE;
	pkt.src = flow.server; /* told from the client's side all the same */
	pkt.dst = flow.client;
	event_packet(e, &pkt, &passes);
	event_packet(e, &pkt, &passes);
	check_eq(told.records, 0); /* stays on the gate */
	event_flow_end(e, &flow);
	tx_free(tx);
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 2);
	json_t *line = json_array_get(eve, 0);
	check_text(text_at(line, NULL, "event_type"), "http");
	check_text(text_at(line, NULL, "src_ip"), "192.168.1.5");
	check_text(text_at(line, "http", "hostname"), "a.example");
	line = json_array_get(eve, 1);
	check_text(text_at(line, NULL, "event_type"), "flow");
	check_eq(
	    json_integer_value(json_object_get(json_object_get(line, "flow"), "age")),
	    2);
	json_decref(eve);
}

static void an_unfinished_transaction_is_told_at_the_end(void)
{
	struct event *e = fresh((struct event_conf){ .eve_all = true });
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);
	struct app_http http = { .url = span_text("/half") };

	tx->proto = &http;
	event_flow_end(e, &flow);
	tx_free(tx);
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 2);
	check_text(text_at(json_array_get(eve, 0), "http", "url"), "/half");
	json_decref(eve);
}

static void only_what_matters_without_eve_all(void)
{
	struct event *e = fresh((struct event_conf){ 0 });
	struct finding *f = finding_add(&pkt, FINDING_SITE);

	f->name = span_text("bad.example");
	f->detail = span_text("phishing");
	f->where = "dns";
	f->list = "sample";
	f->dangerous = true;
	event_packet(e, &pkt, &passes);
	event_flow_end(e, &flow);
	check_eq(told.records, 1);
	check_text(text_at(told.last, "otasuke", "cause"), "DANGEROUS_SITE");
	check_text(text_at(told.last, "site", "seen_in"), "dns");
	json_t *eve = finish(e);
	check_eq(json_array_size(eve), 1);
	json_decref(eve);
}

static void the_heartbeat_counts(void)
{
	struct event *e = fresh((struct event_conf){ .mode = "protect" });
	struct engine_report rules = { .loaded = 12, .refused = 1 };

	pkt.out_of_budget = true;
	event_packet(e, &pkt, &passes);
	event_stats(e, &(struct event_gate){
			   .now_us = 5000000, .rules = &rules, .scanner = "down" });
	check_eq(told.records, 1);
	json_t *gate = json_object_get(told.last, "gate");
	check_eq(json_integer_value(json_object_get(gate, "rules")), 12);
	check_eq(json_integer_value(json_object_get(gate, "exceptions")), 1);
	check_text(text_at(told.last, "scanner", "state"), "down");
	json_decref(finish(e));
}

CHECK_MAIN(an_alert_goes_both_ways, passes_and_thresholds_stay_silent,
    a_dropped_flow_is_told_once_per_direction, a_transaction_is_told_when_it_is_done,
    an_unfinished_transaction_is_told_at_the_end, only_what_matters_without_eve_all,
    the_heartbeat_counts)
