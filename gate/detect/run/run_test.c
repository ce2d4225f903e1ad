/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/rig.h"

/* Rules against packets, streams and transactions made by hand. */

static struct rig r;

/* Does one rule with these options hold for one TCP payload to the server? */
static bool holds(const char *options, const char *payload)
{
	char rule[1024];

	snprintf(
	    rule, sizeof(rule), "alert tcp any any -> any any (%s sid:1;)", options);
	rig_open(&r, rule, NULL);
	bool yes = rig_text(&r, PACKET_TO_SERVER, payload) > 0;
	rig_close(&r);
	return yes;
}

static void contents(void)
{
	check(holds("content:\"bcd\";", "abcde"));
	check(!holds("content:\"bce\";", "abcde"));
	check(holds("content:\"abcdef\";", "xxabcdefxx"));
	check(holds("content:\"ABCdef\"; nocase;", "xxabcDEFxx"));
	check(!holds("content:\"ABCdef\";", "xxabcDEFxx"));
	check(holds("content:\"abcd\"; depth:4;", "abcd"));
	check(!holds("content:\"abcd\"; depth:4;", "xabcd"));
	check(holds("content:\"abcd\"; offset:1; depth:4;", "xabcd"));
	check(!holds("content:\"abcd\"; offset:2;", "xabcd"));
	check(holds(
	    "content:\"abcd\"; startswith; content:\"wxyz\"; endswith;", "abcdwxyz"));
	check(!holds("content:\"wxyz\"; endswith;", "wxyz."));
	check(holds("content:\"abcd\"; content:!\"efgh\";", "abcd"));
	check(!holds("content:\"abcd\"; content:!\"efgh\";", "abcdefgh"));
	check(holds(
	    "content:\"abcd\"; content:\"ef\"; distance:1; within:3;", "abcd.ef"));
	check(!holds(
	    "content:\"abcd\"; content:\"ef\"; distance:1; within:2;", "abcd..ef"));
	check(
	    holds("content:\"abcd\"; content:\"bc\"; distance:-3; within:2;", "abcd"));
	/* the first "ab" does not lead on, the second does */
	check(holds(
	    "content:\"ab\"; content:\"cd\"; distance:0; within:2;", "ab ab abcd"));
	check(
	    holds("content:\"ab\"; content:\"c\"; distance:0; within:1; content:\"d\"; "
		  "distance:0; within:1;",
		"abc abcd"));
	check(!holds("content:\"ab\"; content:!\"c\"; distance:0; within:1;", "abc"));
}

static void expressions_and_numbers(void)
{
	check(holds("content:\"user=\"; pcre:\"/^[0-9]{4}$/R\";", "user=1234"));
	check(!holds("content:\"user=\"; pcre:\"/^[0-9]{4}$/R\";", "user=12345"));
	check(holds("pcre:\"/a.c/i\"; pcre:!\"/z/\";", "xABCx"));
	check(holds(
	    "content:\"len:\"; byte_test:2,>,10,0,relative,string,dec;", "len:42"));
	check(!holds(
	    "content:\"len:\"; byte_test:2,>,50,0,relative,string,dec;", "len:42"));
	check(
	    holds("content:\"|01|\"; depth:1; byte_jump:1,0,relative; content:\"end\"; "
		  "distance:0; within:3;",
		"\x01\x03___end"));
	check(holds(
	    "byte_extract:1,0,at; content:\"needle\"; offset:at;", "\x05....needle"));
	check(!holds(
	    "byte_extract:1,0,at; content:\"needle\"; offset:at;", "\x09....needle"));
	check(holds("byte_math:bytes 1, offset 0, oper *, rvalue 2, result twice; "
		    "byte_test:1,=,twice,1;",
	    "\x02\x04"));
	check(holds("content:\"abcd\"; isdataat:3,relative;", "abcd123"));
	check(!holds("content:\"abcd\"; isdataat:4,relative;", "abcd123"));
	check(holds("content:\"abcd\"; isdataat:!1,relative;", "abcd"));
	check(holds("dsize:4; content:\"abcd\";", "abcd"));
	check(!holds("dsize:>4; content:\"abcd\";", "abcd"));
	check(holds("content:\"b64 \"; base64_decode:relative; base64_data; "
		    "content:\"secret\";",
	    "b64 c2VjcmV0"));
}

static void header_fields(void)
{
	check(holds("ttl:64;", "x"));
	check(!holds("ttl:<64;", "x"));
	check(holds("flags:PA;", "x"));
	check(holds("flags:P+;", "x"));
	check(!holds("flags:S;", "x"));
	check(holds("flow:established,to_server;", "x"));
	check(!holds("flow:to_client;", "x"));
	check(!holds("flow:not_established;", "x"));
	check(holds("ip_proto:tcp;", "x"));
	check(!holds("sameip;", "x"));
}

/* A piece of an IP packet has no TCP header of its own, so no flags that could be missing. */
static void a_fragment_has_no_flags(void)
{
	for (int piece = 0; piece < 2; piece++) {
		rig_open(&r, "alert tcp any any -> any any (flags:0; sid:1;)\n", NULL);
		rig_packet(&r, PACKET_TO_SERVER);
		r.pkt.tcp_flags = 0;
		r.pkt.ip_fragment = piece;
		struct chunk none = { 0 };
		detect_run(r.detect, &r.pkt, &none);
		check_eq(r.pkt.findings != NULL, !piece);
		rig_close(&r);
	}
}

static void ends_of_a_flow(void)
{
	rig_open(&r,
	    "alert tcp $HOME_NET any -> $EXTERNAL_NET 80 (content:\"abcd\"; sid:1;)\n"
	    "alert tcp $EXTERNAL_NET any -> $HOME_NET any (content:\"abcd\"; sid:2;)\n"
	    "alert tcp $EXTERNAL_NET 80 <> $HOME_NET any (content:\"abcd\"; sid:3;)\n"
	    "alert tcp any any -> any 81 (content:\"abcd\"; sid:4;)\n"
	    "alert udp any any -> any any (content:\"abcd\"; sid:5;)\n",
	    NULL);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "abcd"), 2);
	check(rig_saw(&r, 1) && rig_saw(&r, 3));
	check_eq(rig_text(&r, PACKET_TO_CLIENT, "abcd"), 2);
	check(rig_saw(&r, 2) && rig_saw(&r, 3));
	rig_close(&r);
}

static void across_segments(void)
{
	rig_open(&r,
	    "alert tcp any any -> any any (content:\"abcdefgh\"; sid:1;)\n"
	    "alert tcp any any -> any any (content:\"first\"; content:\"second\"; distance:0; "
	    "sid:2;)\n",
	    NULL);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "...abcd"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "efgh..."), 1);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "nothing"), 0); /* not told twice */
	check_eq(rig_text(&r, PACKET_TO_SERVER, "first"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, " and "), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "second"), 1);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "abcdefgh"),
	    1); /* again, at another place */
	rig_close(&r);
}

static struct tx_field *add(
    struct tx *tx, enum tx_buffer b, unsigned dir, const char *text)
{
	return tx_add(tx, b, (enum packet_dir)dir, span_text(text));
}

static void transactions(void)
{
	rig_open(&r,
	    "alert http any any -> any any (http.method; content:\"GET\"; http.uri; "
	    "content:\"/secret\"; http.header; content:\"X-Evil\"; sid:1;)\n"
	    "alert http any any -> any any (http.uri; to_uppercase; content:\"/SECRET\"; "
	    "sid:2;)\n"
	    "alert http any any -> any any (http.stat_code; content:\"404\"; sid:3;)\n"
	    "alert http any any -> any any (http.uri; pcre:\"/secr.t$/\"; urilen:7; sid:4;)\n"
	    "alert http any any -> any any (http.cookie; absent; sid:5;)\n"
	    "alert http any any -> any any (file_data; content:\"malware\"; sid:6;)\n"
	    "alert http any any -> any any (http.host; dotprefix; content:\".bad.example\"; "
	    "endswith; sid:7;)\n"
	    "alert dns any any -> any any (dns.query; content:\"bad\"; sid:8;)\n"
	    "alert http any any -> any any (content:\"raw bytes\"; sid:9;)\n",
	    NULL);
	r.flow.app = FLOW_APP_HTTP;
	struct tx *tx = tx_new(&r.flow, FLOW_APP_HTTP);
	add(tx, TX_HTTP_METHOD, 0, "GET");
	add(tx, TX_HTTP_URI, 0, "/secret");
	tx->progress[0] = TX_HEADERS;
	check_eq(rig_text(&r, PACKET_TO_SERVER, "GET /secret"), 2);
	check(rig_saw(&r, 2) && rig_saw(&r, 4));
	check(r.first->tx == tx);
	add(tx, TX_HTTP_HEADER, 0, "X-Evil: 1\r\n");
	add(tx, TX_HTTP_HOST, 0, "bad.example");
	tx->progress[0] = TX_DONE;
	check_eq(rig_text(&r, PACKET_TO_SERVER, "X-Evil: 1 raw bytes"), 4);
	check(rig_saw(&r, 1) && rig_saw(&r, 5) && rig_saw(&r, 7) && rig_saw(&r, 9));
	check_eq(rig_text(&r, PACKET_TO_SERVER, "more"), 0);
	add(tx, TX_HTTP_STAT_CODE, 1, "404");
	struct tx_field *body =
	    tx_lend(tx, TX_FILE_DATA, PACKET_TO_CLIENT, span_text("mal"));
	body->growing = true;
	tx->progress[1] = TX_BODY;
	check_eq(rig_text(&r, PACKET_TO_CLIENT, "404 mal"), 2);
	check(rig_saw(&r, 3) && rig_saw(&r, 5)); /* no cookie came from there either */
	body->data = span_text("malware!");
	check_eq(rig_text(&r, PACKET_TO_CLIENT, "ware!"), 1);
	check(rig_saw(&r, 6));
	body->data = span_text("malware! malware!");
	tx->progress[1] = TX_DONE;
	check_eq(rig_text(&r, PACKET_TO_CLIENT, " malware!"), 0);
	check_eq(tx->inspected[1], TX_DONE);
	rig_close(&r);
}

static void bits(void)
{
	rig_open(&r,
	    "alert tcp any any -> any any (content:\"login\"; flowbits:set,in; noalert; sid:1;)\n"
	    "alert tcp any any -> any any (content:\"drop table\"; flowbits:isset,in; sid:2;)\n"
	    "alert tcp any any -> any any (content:\"hello\"; flowbits:isnotset,in; sid:3;)\n"
	    "alert tcp any any -> any any (content:\"count\"; flowint:n,+,1; noalert; sid:4;)\n"
	    "alert tcp any any -> any any (content:\"ask\"; flowint:n,==,2; sid:5;)\n"
	    "alert tcp any any -> any any (content:\"mark\"; xbits:set,m,track ip_src,expire 9; "
	    "noalert; sid:6;)\n"
	    "alert tcp any any -> any any (content:\"test\"; xbits:isset,m,track ip_src; sid:7;)\n",
	    NULL);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "drop table"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "hello"), 1);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "login drop table"), 1);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "hello"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "count"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "count ask"), 1);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "test"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "mark"), 0);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "test"), 1);
	r.now_us += 10000000;
	check_eq(rig_text(&r, PACKET_TO_SERVER, "test"), 0);
	rig_close(&r);
}

static unsigned many(const char *limit, unsigned packets, int64_t apart_us)
{
	char rule[256];
	unsigned told = 0;

	snprintf(rule, sizeof(rule),
	    "alert udp any any -> any any (content:\"ping\"; %s sid:1;)", limit);
	rig_open(&r, rule, NULL);
	r.flow.ip_proto = 17;
	for (unsigned i = 0; i < packets; i++) {
		told += rig_text(&r, PACKET_TO_SERVER, "ping");
		r.now_us += apart_us;
	}
	rig_close(&r);
	return told;
}

static void limits(void)
{
	check_eq(many("", 10, 0), 10);
	check_eq(
	    many("threshold:type limit,track by_src,count 3,seconds 60;", 10, 0), 3);
	check_eq(
	    many("threshold:type threshold,track by_src,count 3,seconds 60;", 10, 0),
	    3);
	check_eq(
	    many("threshold:type both,track by_src,count 3,seconds 60;", 10, 0), 1);
	check_eq(many("detection_filter:track by_dst,count 3,seconds 60;", 10, 0), 7);
	check_eq(
	    many("threshold:type limit,track by_rule,count 1,seconds 1;", 6, 500000),
	    3);
}

static void order_and_actions(void)
{
	rig_open(&r,
	    "alert tcp any any -> any any (content:\"abcd\"; priority:1; sid:1;)\n"
	    "drop tcp any any -> any any (content:\"abcd\"; sid:2;)\n"
	    "alert tcp any any -> any any (content:\"abcd\"; priority:2; sid:3;)\n"
	    "pass tcp any any -> any any (content:\"stop\"; sid:4;)\n",
	    NULL);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "abcd"), 3);
	check_eq(r.sids[0], 2);
	check_eq(r.first->wish, FINDING_DROP);
	check_eq(r.sids[1], 1);
	check_eq(r.sids[2], 3);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "stop abcd"), 1);
	check_eq(r.first->wish, FINDING_PASS);
	check(r.flow.passed);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "abcd"), 0);
	rig_close(&r);
}

static void addresses(void)
{
	rig_open(&r,
	    "alert ip [203.0.113.0/24,198.51.100.1] any -> $HOME_NET any (sid:1;)\n"
	    "alert ip $HOME_NET any -> [203.0.113.9,203.0.113.10] any (sid:2;)\n"
	    "alert ip 198.51.100.0/24 any -> any any (sid:3;)\n"
	    "alert ip any any -> any any (sid:4;)\n",
	    NULL);
	r.flow.packets[0] = r.flow.packets[1] = 0;
	check_eq(rig_text(&r, PACKET_TO_SERVER, "x"), 2);
	check(rig_saw(&r, 2) && rig_saw(&r, 4));
	check_eq(rig_text(&r, PACKET_TO_CLIENT, "x"), 2);
	check(rig_saw(&r, 1) && rig_saw(&r, 4));
	check_eq(rig_text(&r, PACKET_TO_CLIENT, "x"), 0); /* once per direction */
	rig_close(&r);
}

static void swap(void)
{
	rig_open(&r,
	    "alert tcp any any -> any any (content:\"old\"; flowbits:set,b; sid:1;)",
	    NULL);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "old"), 1);
	struct engine *next = rig_engine(
	    "alert tcp any any -> any any (content:\"new\"; flowbits:isset,b; sid:2;)\n"
	    "alert tcp any any -> any any (content:\"other\"; sid:3;)",
	    NULL);
	check(detect_swap(r.detect, next) == 0);
	engine_unref(next);
	check_eq(rig_text(&r, PACKET_TO_SERVER, "old"), 0);
	check_eq(
	    rig_text(&r, PACKET_TO_SERVER, "new"), 1); /* bits survive by their names */
	rig_close(&r);
}

static void sites(void)
{
	rig_open(&r, "",
	    "list = sample\nkind = dangerous\ncategory = phishing\nsource = made up\n"
	    "licence = CC0-1.0\n--\nbank-login.example\n");
	r.flow.app = FLOW_APP_HTTP;
	struct tx *tx = tx_new(&r.flow, FLOW_APP_HTTP);
	add(tx, TX_HTTP_HOST, 0, "www.bank-login.example");
	tx->progress[0] = TX_DONE;
	rig_text(&r, PACKET_TO_SERVER, "x");
	check(r.first && r.first->kind == FINDING_SITE);
	if (r.first) {
		check(r.first->dangerous && r.first->wish == FINDING_REJECT);
		check_text(r.first->list, "sample");
		check(span_is(r.first->detail, "phishing"));
	}
	struct tx *again = tx_new(&r.flow, FLOW_APP_HTTP);
	add(again, TX_HTTP_HOST, 0, "www.bank-login.example");
	rig_text(&r, PACKET_TO_SERVER, "x");
	check(!r.first); /* the same host of the same flow */
	struct tx *other = tx_new(&r.flow, FLOW_APP_HTTP);
	add(other, TX_HTTP_HOST, 0, "notbank-login.example");
	rig_text(&r, PACKET_TO_SERVER, "x");
	check(!r.first);
	rig_close(&r);
}

CHECK_MAIN(contents, expressions_and_numbers, header_fields, a_fragment_has_no_flags,
    ends_of_a_flow, across_segments, transactions, bits, limits, order_and_actions,
    addresses, swap, sites)
