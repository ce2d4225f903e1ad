/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/record/record.h"

#include "tests/check.h"

/* Lines as Suricata 6 and 7 write them (eve-log), addresses made up. */
#define ALERT_7                                                                       \
	"{\"timestamp\":\"2026-11-20T09:15:01.123456+0900\",\"flow_id\":1877,"        \
	"\"in_iface\":\"eth1\",\"event_type\":\"alert\",\"src_ip\":\"198.51.100.7\"," \
	"\"src_port\":443,\"dest_ip\":\"192.168.1.23\",\"dest_port\":50012,"          \
	"\"proto\":\"TCP\",\"ether\":{\"src_mac\":\"00:00:5e:00:53:01\","             \
	"\"dest_mac\":\"00:00:5e:00:53:17\"},\"pkt_src\":\"wire/pcap\",\"alert\":{"   \
	"\"action\":\"allowed\",\"gid\":1,\"signature_id\":2030001,\"rev\":3,"        \
	"\"signature\":\"ET MALWARE made up\","                                       \
	"\"category\":\"Malware Command and Control Activity Detected\","             \
	"\"severity\":1},\"direction\":\"to_client\",\"flow\":{\"pkts_toserver\":4,"  \
	"\"start\":\"2026-11-20T09:15:00.000000+0900\",\"src_ip\":\"192.168.1.23\","  \
	"\"dest_ip\":\"198.51.100.7\",\"src_port\":50012,\"dest_port\":443}}"
#define ALERT_5                                                                        \
	"{\"timestamp\":\"2026-11-20T00:15:01.123456+0000\",\"event_type\":\"alert\"," \
	"\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\",\"proto\":\"TCP\","     \
	"\"http\":{\"http_port\":\"eighty\",\"url\":\"/x\"},\"alert\":{"               \
	"\"action\":\"blocked\",\"signature_id\":1,\"signature\":\"w\","               \
	"\"category\":\"Web Application Attack\",\"severity\":1}}"

static json_t *eve;
static struct record r;
static char why[256];

static int read_line(const char *line, const char *net)
{
	struct addr_net home;

	json_decref(eve);
	eve = json_loads(line, 0, NULL);
	check(eve != NULL);
	if (net)
		check_eq(addr_net_parse(net, &home), 0);
	return record_read_sensor(eve, &home, net != NULL, &r, why, sizeof(why));
}

static bool is(enum record_field f, const char *text)
{
	return r.has[f] && span_is(r.value[f].text, text);
}

static const char *machine(void)
{
	static char text[ADDR_TEXT_MAX];

	text[0] = 0;
	if (r.has[RECORD_F_MACHINE_IP])
		addr_format(&r.value[RECORD_F_MACHINE_IP].addr, text);
	return text;
}

static void the_answer_belongs_to_who_asked(void)
{
	check_eq(read_line(ALERT_7, NULL), 0);
	check(is(RECORD_F_WAY, "out"));
	check_text(machine(), "192.168.1.23");
	check(is(RECORD_F_MACHINE_MAC, "00:00:5e:00:53:17"));
	check_eq(record_cause_get(&r), RECORD_CAUSE_BACKDOOR);
	check(!r.value[RECORD_F_STOPPED].number);
}

static void the_home_networks_decide(void)
{
	check_eq(read_line(ALERT_5, "192.0.2.0/24"), 0);
	check(is(RECORD_F_WAY, "in"));
	check_text(machine(), "192.0.2.10");
	check_eq(record_cause_get(&r), RECORD_CAUSE_EXPLOIT);
	check(r.value[RECORD_F_STOPPED].number);
	check(!r.has[RECORD_F_HTTP_PORT] && is(RECORD_F_HTTP_URL, "/x"));
	check_eq(read_line(ALERT_5, NULL), 0); /* neither is private */
	check(is(RECORD_F_WAY, "local"));
	check_text(machine(), "");
}

static void a_drop_is_an_alert_that_was_stopped(void)
{
	check_eq(read_line("{\"event_type\":\"drop\",\"src_ip\":\"192.168.1.2\","
			   "\"dest_ip\":\"203.0.113.1\",\"drop\":{\"len\":40},"
			   "\"alert\":{\"action\":\"allowed\",\"signature_id\":7,"
			   "\"category\":\"A Network Trojan was detected\"}}",
		     NULL),
	    0);
	check_eq(r.kind, RECORD_ALERT);
	check(r.value[RECORD_F_STOPPED].number);
	check_eq(record_cause_get(&r), RECORD_CAUSE_BACKDOOR);
	check_eq(read_line("{\"event_type\":\"drop\",\"drop\":{\"len\":40}}", NULL),
	    FAIL_MISSING);
}

static void counters_are_a_heartbeat(void)
{
	check_eq(read_line(
		     "{\"timestamp\":\"2026-11-20T00:15:01.1+0000\",\"event_type\":"
		     "\"stats\",\"stats\":{\"uptime\":77,\"capture\":{"
		     "\"kernel_packets\":9,\"kernel_drops\":2},\"decoder\":{\"pkts\":8,"
		     "\"bytes\":900},\"detect\":{\"engines\":[{\"id\":0,"
		     "\"rules_loaded\":40000,\"rules_failed\":3}]}}}",
		     NULL),
	    0);
	check_eq(r.kind, RECORD_GATE);
	check(is(RECORD_F_GATE_SENSOR, "suricata"));
	check_eq(r.value[RECORD_F_GATE_UPTIME].number, 77);
	check_eq(r.value[RECORD_F_GATE_LOST].number, 2);
	check_eq(r.value[RECORD_F_GATE_RULES].number, 40000);
	check_eq(r.value[RECORD_F_GATE_REFUSED].number, 3);
}

static void a_lease_names_a_machine(void)
{
	check_eq(read_line("{\"event_type\":\"dhcp\",\"dhcp\":{\"type\":\"reply\","
			   "\"dhcp_type\":\"ack\",\"client_mac\":\"00:00:5e:00:53:2a\","
			   "\"assigned_ip\":\"192.168.1.40\",\"hostname\":\"keiri\"}}",
		     NULL),
	    0);
	check_eq(r.kind, RECORD_ASSET);
	check_text(machine(), "192.168.1.40");
	check(is(RECORD_F_MACHINE_NAME, "keiri"));
	check_eq(read_line("{\"event_type\":\"dhcp\",\"dhcp\":{\"dhcp_type\":"
			   "\"discover\"}}",
		     NULL),
	    FAIL_MISSING);
}

static void what_we_have_no_record_for_is_counted(void)
{
	check_eq(read_line("{\"event_type\":\"flow\"}", NULL), FAIL_MISSING);
	check_eq(read_line("{\"event_type\":\"quic\"}", NULL), FAIL_MISSING);
	check_eq(read_line("{\"a\":1}", NULL), FAIL_FORMAT);
	check_eq(read_line("[1]", NULL), FAIL_FORMAT);
}

static void an_unknown_class_counts_by_its_severity(void)
{
	check_eq(read_line("{\"event_type\":\"alert\",\"alert\":{\"signature_id\":1,"
			   "\"category\":\"Our own\",\"severity\":3}}",
		     NULL),
	    0);
	check_eq(record_cause_get(&r), RECORD_CAUSE_PROBE);
	check_eq(read_line("{\"event_type\":\"alert\",\"alert\":{\"signature_id\":1,"
			   "\"category\":\"Our own\",\"severity\":1}}",
		     NULL),
	    0);
	check_eq(record_cause_get(&r), RECORD_CAUSE_OTHER);
	json_decref(eve);
	eve = NULL;
}

CHECK_MAIN(the_answer_belongs_to_who_asked, the_home_networks_decide,
    a_drop_is_an_alert_that_was_stopped, counters_are_a_heartbeat,
    a_lease_names_a_machine, what_we_have_no_record_for_is_counted,
    an_unknown_class_counts_by_its_severity)
