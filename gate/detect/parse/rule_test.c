/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/match/regex.h"
#include "gate/detect/parse/text.h"
#include "tests/check.h"

#include <stdlib.h>

/* Rule texts, good and broken, and what becomes of them. */

struct loaded {
	struct arena keep;
	struct load l;
};

static void open_load(struct loaded *x, const char *text)
{
	char *copy = strdup(text);

	arena_init(&x->keep, 64u << 20);
	check(detect_parse_init(&x->l, &x->keep) == 0);
	check(detect_parse_builtin_classes(&x->l) == 0);
	check(detect_parse_var(&x->l, "HOME_NET", "[192.168.0.0/16,10.0.0.0/8]") == 0);
	check(detect_parse_var(&x->l, "EXTERNAL_NET", "!$HOME_NET") == 0);
	check(detect_parse_var(&x->l, "HTTP_PORTS", "[80,8000:8080,!8010]") == 0);
	check(detect_parse_text(&x->l, "test.rules", copy, strlen(copy)) == 0);
	free(copy);
}

static void close_load(struct loaded *x)
{
	detect_parse_fini(&x->l);
	for (uint32_t i = 0; i < x->l.regex_count; i++)
		detect_match_regex_free(x->l.regex[i]);
	free(x->l.regex);
	free(x->l.sigs);
	free(x->l.source);
	free(x->l.addr_set);
	free(x->l.port_set);
	free(x->l.refusals);
	arena_fini(&x->keep);
}

/* One rule with these options loads (true) or is refused. */
static bool takes(const char *options)
{
	struct loaded x;
	char text[2048];

	snprintf(
	    text, sizeof(text), "alert tcp any any -> any any (%s sid:1;)\n", options);
	open_load(&x, text);
	bool ok = x.l.sig_count == 1 && x.l.refusal_count == 0;
	if (!ok && x.l.refusal_count && getenv("SHOW"))
		printf("# %s: %s\n", options, x.l.refusals[0].reason);
	close_load(&x);
	return ok;
}

static void lines_and_reasons(void)
{
	struct loaded x;

	open_load(&x,
	    "# a comment\n"
	    "alert tcp any any -> any any (msg:\"one\"; \\\n"
	    "    content:\"abcd\"; sid:1;)\n"
	    "\n"
	    "#alert tcp any any -> any any (msg:\"off\"; sid:2;)\n"
	    "alert tcp any any -> any any (msg:\"bad\"; nosuchword:1; sid:77;)\n"
	    "alert frobnicate any any -> any any (msg:\"bad\"; sid:78;)\n"
	    "alert ssh any any -> any any (msg:\"later\"; sid:79;)\n"
	    "alert tcp $NOWHERE any -> any any (msg:\"bad\"; sid:80;)");
	check_eq(x.l.sig_count, 1);
	check_eq(x.l.disabled, 1);
	check_eq(x.l.refusal_count, 4);
	check_text(x.l.sigs[0]->rule.msg, "one");
	check_eq(x.l.refusals[0].line, 6);
	check_eq(x.l.refusals[0].sid, 77);
	check_text(x.l.refusals[0].file, "test.rules");
	check_text(x.l.refusals[0].reason, "keyword nosuchword is not known");
	check_eq(x.l.refusals[1].line, 7);
	check_text(x.l.refusals[2].reason, "protocol ssh is not parsed yet");
	check_text(x.l.refusals[3].reason, "variable $NOWHERE is not set");
	close_load(&x);
}

static void what_a_rule_says(void)
{
	struct loaded x;

	open_load(&x,
	    "drop http $EXTERNAL_NET any -> $HOME_NET $HTTP_PORTS (msg:\"a\\\"b\\;c\"; "
	    "flow:established,to_server; http.uri; content:\"/x\"; "
	    "classtype:web-application-attack; metadata:b 2, a 1, a 3; gid:5; sid:9; rev:3;)");
	check_eq(x.l.sig_count, 1);
	const struct sig *s = x.l.sigs[0];
	check_text(s->rule.msg, "a\"b;c");
	check_text(s->rule.action, "drop");
	check_text(s->rule.class_id, "web-application-attack");
	check_eq(s->rule.priority, 1);
	check_eq(s->rule.gid, 5);
	check_eq(s->rule.sid, 9);
	check_eq(s->rule.rev, 3);
	check_text(s->rule.metadata, "{\"a\":[\"1\",\"3\"],\"b\":[\"2\"]}");
	check_eq(s->app, FLOW_APP_HTTP);
	check_eq(s->dirs, SIG_TO_SERVER);
	check(s->flags & SIG_TX);
	check(s->flags & SIG_ESTABLISHED);
	check_eq(s->block_count, 1);
	check_eq(s->blocks[0].source->buffer, TX_HTTP_URI);
	close_load(&x);
}

static bool port_in(const struct port_set *p, unsigned port)
{
	for (uint32_t i = 0; i < p->n; i++)
		if (port >= p->range[i].first && port <= p->range[i].last)
			return true;
	return false;
}

static void ports_and_addresses(void)
{
	struct loaded x;

	open_load(&x,
	    "alert tcp [192.0.2.0/24,!192.0.2.7,2001:db8::/32] any -> any $HTTP_PORTS (sid:1;)\n"
	    "alert tcp ![10.0.0.0/8,[192.0.2.1-192.0.2.9]] 1024: -> any ![80,443] (sid:2;)\n"
	    "alert tcp any any -> any [1:100,![20:30,[40]]] (sid:3;)\n"
	    "alert tcp [10.0.0.1,!10.0.0.0/8] any -> any any (sid:4;)\n"
	    "alert tcp 10.0.0.300 any -> any any (sid:5;)\n"
	    "alert tcp any 70000 -> any any (sid:6;)\n"
	    "alert tcp any 9:3 -> any any (sid:7;)\n"
	    "alert tcp [10.0.0.1 any -> any any (sid:8;)\n"
	    "alert tcp any any <> any any (sid:9;)\n"
	    "alert tcp any any <- any any (sid:10;)\n");
	check_eq(x.l.sig_count, 4);
	check_eq(x.l.refusal_count, 6);
	const struct sig *s = x.l.sigs[0];
	check_eq(s->src->n4, 2);
	check_eq(s->src->v4[0].last, 0xc0000206);
	check_eq(s->src->v4[1].first, 0xc0000208);
	check_eq(s->src->n6, 1);
	check(s->dst->any);
	check(port_in(s->dst_port, 80) && port_in(s->dst_port, 8009));
	check(!port_in(s->dst_port, 8010) && !port_in(s->dst_port, 81));
	s = x.l.sigs[1];
	check_eq(s->src->n4, 3);
	check(!port_in(s->dst_port, 443) && port_in(s->dst_port, 444));
	check(!port_in(s->src_port, 1023) && port_in(s->src_port, 65535));
	s = x.l.sigs[2];
	check(port_in(s->dst_port, 19) && !port_in(s->dst_port, 25));
	check(!port_in(s->dst_port, 40) && port_in(s->dst_port, 41));
	close_load(&x);
}

static void contents(void)
{
	check(takes("content:\"ab|0d 0A|c\\;d\\\"e\";"));
	check(takes("content:!\"abc\"; depth:10; offset:3;"));
	check(takes("content:\"abc\"; content:\"d\"; distance:-3; within:9;"));
	check(takes("content:\"abc\"; fast_pattern:1,2;"));
	check(takes("content:\"abc\"; fast_pattern:only;"));
	check(takes("content:\"GET\"; http_method; content:\"/a\"; http_uri; nocase;"));
	check(takes("uricontent:\"/a\";"));
	check(!takes("content:abc;"));
	check(!takes("content:\"\";"));
	check(!takes("content:\"|4|\";"));
	check(!takes("content:\"|22 2 22|\";"));
	check(!takes("content:\"|41 42\";"));
	check(!takes("content:\"abc\"; depth:2;"));
	check(!takes("content:\"abc\"; offset:1; offset:2;"));
	check(!takes("content:\"abc\"; depth:9; within:9;"));
	check(!takes("content:\"abc\"; distance:9; offset:9;"));
	check(!takes("content:\"abc\"; fast_pattern:2,2;"));
	check(!takes("content:!\"abc\"; offset:3; fast_pattern;"));
	check(!takes("nocase;"));
	check(!takes("content:\"abc\"; nocase; nocase;"));
	check(!takes("http.host; content:\"ABC\";"));
	check(!takes("http.host; content:\"abc\"; nocase;"));
	check(!takes("http.uri; bsize:2; content:\"abc\";"));
	check(!takes("dsize:2; content:\"abc\";"));
}

static void buffers(void)
{
	check(takes("http.uri; content:\"/a\"; http.method; content:\"GET\";"));
	check(takes("dns.query; dotprefix; content:\".a.example\"; endswith;"));
	check(takes("file_data; content:\"MZ\"; startswith; pkt_data; content:\"x\";"));
	check(takes("http.cookie; absent;"));
	check(takes("http.cookie; absent:or_else; content:!\"a\";"));
	check(takes("urilen:5<>10;"));
	check(takes("tls.version:1.2;"));
	check(takes(
	    "http.uri; url_decode; to_lowercase; content:\"a\"; xbits:isset,a,track ip_src;"));
	check(!takes("http.uri;"));
	check(!takes("http.uri; http.method; content:\"GET\";"));
	check(!takes("dotprefix; content:\"a\";"));
	check(!takes("http.uri; content:\"a\"; to_lowercase;"));
	check(takes("http.uri; content:\"a\"; to_lowercase; content:\"b\";"));
	check(takes("filename:\"a.doc\"; fileext:\"doc\";"));
	check(takes("tls.subject:\"CN=a\"; tls.fingerprint:!\"4a:a3\";"));
	check(!takes("http.uri; content:\"a\"; http.stat_code; content:\"200\";"));
	check(!takes("flow:to_client; http.uri; content:\"a\";"));
	check(!takes("http.uri; content:\"a\"; dns.query; content:\"b\";"));
	check(!takes("bsize:5;"));
	check(!takes("urilen:10<>5;"));
	check(!takes("http.uri; xor:\"0\"; content:\"a\";"));
}

static void numbers(void)
{
	check(takes("byte_test:4,>,1000,0,relative,little;"));
	check(takes("byte_test:2,!&,0x80,4;"));
	check(takes("byte_test:5,=,12,0,string,dec;"));
	check(takes("byte_jump:2,0,relative,multiplier 2,post_offset -1,align;"));
	check(takes("byte_extract:2,0,len; content:\"a\"; offset:len; isdataat:len;"));
	check(takes("byte_math:bytes 2, offset 0, oper +, rvalue 4, result sum; "
		    "byte_test:2,=,sum,0;"));
	check(takes("isdataat:!1,relative;"));
	check(takes("dsize:<100;"));
	check(takes("dsize:5<>10;"));
	check(takes("dsize:!5;"));
	check(takes(
	    "base64_decode:bytes 10, offset 2, relative; base64_data; content:\"a\";"));
	check(!takes("byte_test:4,?,1000,0;"));
	check(!takes("byte_test:9,>,1,0;"));
	check(!takes("byte_test:4,>,nobody,0;"));
	check(!takes("byte_jump:2;"));
	check(!takes("byte_extract:2,0;"));
	check(!takes("byte_math:bytes 2, offset 0, oper /, rvalue 0, result x;"));
	check(!takes("content:\"a\"; offset:nobody;"));
	check(!takes("dsize:10<>5;"));
	check(!takes("dsize:<0;"));
	check(!takes("dsize:5; dsize:6;"));
}

static void flows_and_limits(void)
{
	check(takes("flow:established,to_server;"));
	check(takes("flowbits:set,a; flowbits:isset,b|c; flowbits:noalert;"));
	check(takes("flowint:n,+,1; flowint:n,>,3; flowint:m,isset;"));
	check(takes("xbits:set,x,track ip_src,expire 60;"));
	check(takes("threshold:type limit, track by_src, count 1, seconds 60;"));
	check(takes("detection_filter:track by_dst, count 5, seconds 10;"));
	check(takes("stream_size:server,<,5;"));
	check(takes("app-layer-protocol:!http;"));
	check(takes("decode-event:ipv4.trunc_pkt;"));
	check(takes("stream-event:fin_syn;"));
	check(!takes("flow:established,to_server,to_client;"));
	check(!takes("flow:established,not_established;"));
	check(!takes("flow:sideways;"));
	check(!takes("flow:to_server; flow:established;"));
	check(!takes("flowbits:frob,a;"));
	check(!takes("flowbits:set,a|b;"));
	check(!takes("flowint:n,+;"));
	check(!takes("threshold:type limit, track by_src, count 1;"));
	check(!takes("threshold:type limit, track by_src, count 0, seconds 60;"));
	check(
	    !takes("detection_filter:type limit, track by_dst, count 5, seconds 10;"));
	check(!takes("app-layer-protocol:ssh;"));
	check(!takes("decode-event:nothing;"));
}

static void headers(void)
{
	check(takes("flags:S,12;"));
	check(takes("flags:+SA;"));
	check(takes("flags:!F;"));
	check(takes("ttl:<5; tos:!4; id:1; seq:0; ack:0; window:55808;"));
	check(takes("fragbits:!D; fragoffset:>0; ipopts:lsrr; sameip;"));
	check(takes("ip_proto:!tcp;"));
	check(!takes("flags:Q;"));
	check(!takes("ttl:300;"));
	check(!takes("ipopts:nothing;"));
	check(!takes("geoip:src,JP;"));
}

static void expressions(void)
{
	check(takes("pcre:\"/a.*b/i\";"));
	check(takes("pcre:!\"/^a/Rsmx\";"));
	check(takes("pcre:\"/a\\/b/U\";"));
	check(!takes("pcre:\"/a(b/\";"));
	check(!takes("pcre:\"/ab/k\";"));
	check(!takes("pcre:\"ab\";"));
	check(!takes("pcre:\"/ab/UP\";"));
}

static void double_and_missing(void)
{
	struct loaded x;

	open_load(&x,
	    "alert tcp any any -> any any (content:\"a\"; sid:1; rev:1;)\n"
	    "alert tcp any any -> any any (content:\"b\"; sid:1; rev:2;)\n"
	    "alert tcp any any -> any any (content:\"c\"; sid:1; rev:2;)\n"
	    "alert tcp any any -> any any (content:\"d\";)\n"
	    "alert tcp any any -> any any (content:\"d\"; sid:5; sid:6;)\n"
	    "alert tcp any any -> any any (content:\"a\"; requires:version >= 99; sid:7;)\n"
	    "alert tcp any any -> any any (content:\"a\"; sid:8)\n"
	    "alert tcp any any -> any any content:\"a\"; sid:9;\n");
	check_eq(x.l.sig_count, 1);
	check_eq(x.l.sigs[0]->rule.rev, 2);
	check_eq(x.l.refusal_count, 5);
	check_eq(x.l.skipped, 1);
	close_load(&x);
}

CHECK_MAIN(lines_and_reasons, what_a_rule_says, ports_and_addresses, contents, buffers,
    numbers, flows_and_limits, headers, expressions, double_and_missing)
