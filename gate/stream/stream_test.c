/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/stream/stream.h"

#include "gate/decode/events.h"
#include "tests/check.h"

#include <stdlib.h>

static struct stream_shop *s;
static struct flow flow;
static struct packet pkt;
static uint32_t isn;

/* Both directions are known; the client's first byte is isn + 1. */
static void setup_conf(uint32_t first, struct stream_conf conf)
{
	s = stream_new(&conf);
	memset(&flow, 0, sizeof(flow));
	flow.ip_proto = 6;
	flow.tcp_state = FLOW_TCP_ESTABLISHED;
	isn = first;
	flow.tcp.isn[0] = flow.tcp.isn[1] = isn;
	flow.tcp.known[0] = flow.tcp.known[1] = true;
}

static void setup(void)
{
	setup_conf(1000, (struct stream_conf){ 0 });
}

static void teardown(void)
{
	stream_flow_end(s, &flow);
	check_eq(stream_memory(s), 0);
	stream_free(s);
}

/* `text` at place `at` of the client's stream. */
static struct chunk push(uint32_t at, const char *text, unsigned flags)
{
	pkt = (struct packet){ .ip_proto = 6,
		.flow = &flow,
		.dir = PACKET_TO_SERVER,
		.tcp_flags = (uint8_t)flags,
		.tcp_seq = isn + 1 + at,
		.payload = span_text(text) };
	if (flags & PACKET_TCP_FIN) {
		flow.tcp.has_fin[0] = true;
		flow.tcp.fin[0] = pkt.tcp_seq + pkt.payload.len;
	}
	return stream_push(s, &pkt);
}

/* The server acknowledges everything before `at`. */
static struct chunk acknowledge(uint32_t at)
{
	flow.tcp.has_ack[1] = true;
	flow.tcp.ack[1] = isn + 1 + at;
	pkt = (struct packet){ .ip_proto = 6, .flow = &flow, .dir = PACKET_TO_CLIENT };
	return stream_push(s, &pkt);
}

static bool noted(uint16_t code)
{
	for (unsigned i = 0; i < pkt.events; i++)
		if (pkt.event[i] == code)
			return true;
	return false;
}

static void is_chunk(
    struct chunk c, const char *bytes, const char *window, uint64_t offset)
{
	check(span_is(c.bytes, bytes));
	check(span_is(c.window, window));
	if (c.bytes.len) {
		check_eq(c.offset, offset);
		check(c.window.at + c.window.len == c.bytes.at + c.bytes.len);
	}
}

static void in_order(void)
{
	setup();
	is_chunk(push(0, "GET ", 0), "GET ", "GET ", 0);
	is_chunk(push(4, "/ HTTP", 0), "/ HTTP", "GET / HTTP", 4);
	struct chunk c = push(10, "/1.1", PACKET_TCP_FIN);
	is_chunk(c, "/1.1", "GET / HTTP/1.1", 10);
	check(c.end);
	c = push(14, "more", 0);
	check(!c.bytes.len && !c.end);
	teardown();
}

static void out_of_order(void)
{
	setup();
	is_chunk(push(3, "def", 0), "", "", 0);
	is_chunk(push(9, "jkl", 0), "", "", 0);
	is_chunk(push(6, "ghi", 0), "", "", 0);
	struct chunk c = push(12, "m", PACKET_TCP_FIN);
	check(!c.end);
	c = push(0, "abc", 0);
	is_chunk(c, "abcdefghijklm", "abcdefghijklm", 0);
	check(c.end);
	check_eq(pkt.events, 0);
	teardown();
}

static void the_first_bytes_stay(void)
{
	setup();
	is_chunk(push(3, "DEF", 0), "", "", 0);
	is_chunk(push(2, "xxxxxx", 0), "", "", 0); /* only 2, 6 and 7 are new */
	check(noted(STREAM_REASSEMBLY_OVERLAP_DIFFERENT_DATA));
	is_chunk(push(0, "abyyyyyyyz", 0), "abxDEFxxyz", "abxDEFxxyz", 0);
	check(noted(STREAM_REASSEMBLY_OVERLAP_DIFFERENT_DATA));
	teardown();
}

static void a_retransmission_says_nothing_new(void)
{
	setup();
	push(0, "abcdef", 0);
	is_chunk(push(0, "abcdef", 0), "", "", 0);
	check_eq(pkt.events, 0);
	is_chunk(push(3, "defghi", 0), "ghi", "abcdefghi", 6);
	check_eq(pkt.events, 0);
	is_chunk(push(2, "cxe", 0), "", "", 0);
	check(noted(STREAM_REASSEMBLY_OVERLAP_DIFFERENT_DATA));
	check(!pkt.stream_differs);
	teardown();
	setup_conf(5, (struct stream_conf){ .inline_mode = true });
	push(0, "abcdef", 0);
	push(2, "cxe", 0);
	check(pkt.stream_differs);
	teardown();
}

static void sequence_numbers_wrap(void)
{
	setup_conf(0xfffffffb, (struct stream_conf){ 0 });
	is_chunk(push(2, "cd", 0), "", "", 0);
	is_chunk(push(6, "gh", 0), "", "", 0);
	is_chunk(push(0, "ab", 0), "abcd", "abcd", 0);
	is_chunk(push(4, "ef", 0), "efgh", "abcdefgh", 4);
	teardown();
}

static void what_was_received_will_not_come_again(void)
{
	setup();
	push(0, "ab", 0);
	is_chunk(push(5, "fg", 0), "", "", 0);
	struct chunk c = acknowledge(4);
	check(!c.bytes.len && !c.gap);
	c = acknowledge(7);
	is_chunk(c, "fg", "fg", 5);
	check_eq(c.gap, 3);
	check_eq(c.dir, PACKET_TO_SERVER);
	check(noted(STREAM_REASSEMBLY_SEQ_GAP));
	is_chunk(push(2, "cde", 0), "", "", 0);
	is_chunk(push(7, "hi", 0), "hi", "fghi", 7);
	/* The same when the next segment comes after the acknowledgement. */
	acknowledge(12);
	c = push(12, "m", 0);
	is_chunk(c, "m", "m", 12);
	check_eq(c.gap, 3);
	teardown();
}

static void a_missed_tail_ends_too(void)
{
	setup();
	push(0, "ab", 0);
	check(!push(6, "", PACKET_TCP_FIN).end);
	struct chunk c = acknowledge(7);
	check(c.end);
	check_eq(c.gap, 4);
	teardown();
}

static void too_much_out_of_order_gives_up_the_hole(void)
{
	char text[101];

	memset(text, 'x', 100);
	text[100] = 0;
	setup_conf(7, (struct stream_conf){ .hold_max = 1000 });
	push(0, "a", 0);
	for (unsigned i = 0; i < 10; i++)
		check(!push(10 + 100 * i, text, 0).bytes.len);
	struct chunk c = push(1010, text, 0);
	check_eq(c.gap, 9);
	check_eq(c.bytes.len, 1100);
	check_eq(c.offset, 10);
	check(noted(STREAM_REASSEMBLY_SEQ_GAP));
	teardown();
}

static void many_tiny_pieces_are_bounded(void)
{
	struct chunk c = { 0 };

	setup();
	for (unsigned i = 0; i < 5000 && !c.gap; i++)
		c = push(10 + 2 * i, "x", 0);
	check(c.gap > 0);
	check(stream_memory(s) < 300000);
	teardown();
}

/* Inline, the hole is the attack: it must not become old news while it is still to come. */
static void inline_what_finds_no_room_is_turned_away(void)
{
	setup_conf(7, (struct stream_conf){ .inline_mode = true });
	for (unsigned i = 0; i < 5000 && !pkt.stream_unread; i++)
		check(!push(10 + 2 * i, "x", 0).gap);
	check(pkt.stream_unread);
	check(noted(STREAM_REASSEMBLY_INSERT_LIMIT));
	struct chunk c = push(0, "0123456789", 0);
	check(span_is(c.bytes, "0123456789x") || span_is(c.bytes, "0123456789"));
	check(!pkt.stream_unread);
	check(!c.gap);
	teardown();
}

static void inline_other_bytes_are_seen_until_acknowledged(void)
{
	char text[1001];

	memset(text, 'x', 1000);
	text[1000] = 0;
	setup_conf(0xfffff000, (struct stream_conf){ .inline_mode = true });
	for (unsigned i = 0; i < 20; i++)
		push(1000 * i, text, 0);
	push(3, "xxx", 0);
	check(!pkt.stream_differs);
	push(3, "xyx", 0);
	check(pkt.stream_differs);
	push(20000, "",
	    PACKET_TCP_FIN); /* nothing is read any more, but still compared */
	push(2900, "xyx", 0);
	check(pkt.stream_differs);
	push(20100, "beyond the end", 0);
	check(!pkt.stream_differs);
	acknowledge(5000);
	push(3, "xyx", 0);
	check(!pkt.stream_differs);
	push(6000, "xyx", 0);
	check(pkt.stream_differs);
	teardown();
}

static void what_a_parser_reads_goes_on_beyond_the_depth(void)
{
	setup_conf(1, (struct stream_conf){ .depth = 10, .parsed_beyond = true });
	flow.app = FLOW_APP_HTTP;
	push(0, "abcdef", 0);
	struct chunk c = push(6, "ghijklm", 0);
	check(span_is(c.bytes, "ghijklm") && !c.end);
	c = push(13, "n", 0);
	check(span_is(c.bytes, "n") && !c.end);
	flow.app = FLOW_APP_FAILED;
	check(push(14, "o", 0).end);
	teardown();
}

static void reading_stops_at_the_depth(void)
{
	setup_conf(1, (struct stream_conf){ .depth = 10 });
	push(0, "abcdef", 0);
	struct chunk c = push(6, "ghijklm", 0);
	is_chunk(c, "ghij", "abcdefghij", 6);
	check(c.end);
	check(noted(STREAM_REASSEMBLY_DEPTH_REACHED));
	c = push(13, "n", 0);
	check(!c.bytes.len && !c.end);
	teardown();
}

/* Byte `i` of a long stream. */
static char letter(uint32_t i)
{
	return (char)('a' + (i * 7 + i / 26) % 26);
}

static bool right_letters(struct span v, uint64_t from)
{
	for (uint32_t i = 0; i < v.len; i++)
		if (v.at[i] != (uint8_t)letter((uint32_t)from + i))
			return false;
	return true;
}

static void the_window_ends_with_the_new_bytes(void)
{
	static const uint32_t sizes[] = { 1, 700, 400, 1460, 1460, 5000, 3, 2048, 60000,
		1 };
	uint32_t at = 0;

	setup();
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t n = sizes[i];
		char *text = calloc(1, n + 1);
		for (uint32_t k = 0; k < n; k++)
			text[k] = letter(at + k);
		struct chunk c = push(at, text, 0);
		uint32_t before = at < STREAM_WINDOW ? at : STREAM_WINDOW;
		check_eq(c.bytes.len, n);
		check_eq(c.window.len, before + n);
		check(right_letters(c.window, at - before));
		free(text);
		at += n;
	}
	teardown();
}

static void without_memory_bytes_still_come(void)
{
	setup_conf(1, (struct stream_conf){ .memory_max = 200 });
	is_chunk(push(0, "abc", 0), "abc", "abc", 0);
	check(noted(STREAM_REASSEMBLY_INSERT_MEMCAP));
	is_chunk(push(3, "def", 0), "def", "def", 3);
	is_chunk(push(9, "jkl", 0), "", "", 0);
	check(noted(STREAM_REASSEMBLY_INSERT_MEMCAP));
	is_chunk(push(6, "ghi", 0), "ghi", "ghi", 6);
	teardown();
}

static void what_waits_at_the_end_can_be_drained(void)
{
	setup();
	push(0, "ab", 0);
	push(4, "ef", 0);
	push(8, "ij", 0);
	struct chunk c = stream_drain(s, &flow, PACKET_TO_SERVER);
	is_chunk(c, "ef", "ef", 4);
	check_eq(c.gap, 2);
	is_chunk(stream_drain(s, &flow, PACKET_TO_SERVER), "ij", "ij", 8);
	check_eq(stream_drain(s, &flow, PACKET_TO_SERVER).bytes.len, 0);
	check_eq(stream_drain(s, &flow, PACKET_TO_CLIENT).bytes.len, 0);
	teardown();
}

static void what_is_not_tcp_passes_through(void)
{
	setup();
	pkt = (struct packet){ .ip_proto = 17, .payload = span_text("dns") };
	is_chunk(stream_push(s, &pkt), "dns", "dns", 0);
	pkt.flow = &flow; /* an ICMP error about a TCP flow, say */
	is_chunk(stream_push(s, &pkt), "", "", 0);
	pkt = (struct packet){ .ip_proto = 6, .payload = span_text("x") };
	is_chunk(stream_push(s, &pkt), "", "", 0);
	teardown();
}

CHECK_MAIN(in_order, out_of_order, the_first_bytes_stay,
    a_retransmission_says_nothing_new, sequence_numbers_wrap,
    what_was_received_will_not_come_again, a_missed_tail_ends_too,
    too_much_out_of_order_gives_up_the_hole, many_tiny_pieces_are_bounded,
    inline_what_finds_no_room_is_turned_away,
    inline_other_bytes_are_seen_until_acknowledged,
    what_a_parser_reads_goes_on_beyond_the_depth, reading_stops_at_the_depth,
    the_window_ends_with_the_new_bytes, without_memory_bytes_still_come,
    what_waits_at_the_end_can_be_drained, what_is_not_tcp_passes_through)
