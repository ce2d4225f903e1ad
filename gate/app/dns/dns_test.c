/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/dns/dns.h"

#include "gate/app/app_test.h"
#include "tests/check.h"

#include <netinet/in.h>

#define ASK    PACKET_TO_SERVER
#define ANSWER PACKET_TO_CLIENT

/* www.shop.example A? */
static const uint8_t question[] = { 0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 3,
	'w', 'w', 'w', 4, 's', 'h', 'o', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
	0, 1, 0, 1 };

/* A CNAME to shop.example, its address and a mail exchanger, names compressed. */
static const uint8_t answer[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0, 3,
	'w', 'w', 'w', 4, 's', 'h', 'o', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0,
	0, 1, 0, 1,
	/* www → shop */
	0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 16,
	/* shop A */
	0xc0, 16, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2, 7,
	/* shop MX 10 mx.shop */
	0xc0, 16, 0, 15, 0, 1, 0, 0, 0, 9, 0, 7, 0, 10, 2, 'm', 'x', 0xc0, 16 };

static void look_at(struct talk *t)
{
	check_eq(t->flow.app, FLOW_APP_DNS);
	check_eq(t->flow.tx_count, 2);
	struct tx *ask = talk_tx(t, 0), *reply = talk_tx(t, 1);
	if (!ask || !reply)
		return;
	check_text(talk_field(ask, TX_DNS_QUERY, ASK, 0), "www.shop.example");
	const struct app_dns *dns = reply->proto;
	check_eq(dns->id, 0x1234);
	check_eq(dns->flags, 0x8180);
	check(dns->response);
	check_eq(dns->answer_count, 3);
	check_text(talk_span(dns->answers[0].text), "shop.example");
	check_text(talk_span(dns->answers[1].text), "192.0.2.7");
	check_eq(dns->answers[1].ttl, 256);
	check_text(talk_span(dns->answers[2].text), "mx.shop.example");
	check_eq(dns->answers[2].priority, 10);
	check_text(talk_field(reply, TX_DNS_ANSWER, ANSWER, 1), "shop.example");
	check_eq(reply->event_count, 0);
	check_eq(ask->event_count, 0);
	check_eq(ask->inspected[ANSWER], TX_DONE);
	check_eq(ask->inspected[ASK], TX_IDLE);
}

static void a_question_and_its_answer_by_udp(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_UDP, 53);
	talk_say(&t, ASK, question, sizeof(question), 0);
	talk_say(&t, ANSWER, answer, sizeof(answer), 0);
	look_at(&t);
	talk_end(&t);
}

static void the_same_by_tcp_however_it_is_cut(void)
{
	uint8_t asked[2 + sizeof(question)] = { 0, sizeof(question) };
	uint8_t answered[2 + sizeof(answer)] = { 0, sizeof(answer) };

	memcpy(asked + 2, question, sizeof(question));
	memcpy(answered + 2, answer, sizeof(answer));
	for (size_t step = 0; step < 30; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 53);
		talk_say(&t, ASK, asked, sizeof(asked), step);
		talk_say(&t, ANSWER, answered, sizeof(answered), step);
		look_at(&t);
		talk_end(&t);
	}
}

static void one_message(
    const uint8_t *bytes, size_t len, enum app_event event, unsigned answers)
{
	struct talk t;

	talk_begin(&t, IPPROTO_UDP, 53);
	talk_say(&t, ANSWER, bytes, len, 0);
	struct tx *tx = talk_tx(&t, 0);
	check(tx);
	if (tx) {
		check(talk_event(tx, event));
		check_eq(((const struct app_dns *)tx->proto)->answer_count, answers);
	}
	talk_end(&t);
}

static void a_name_that_points_at_itself_ends(void)
{
	static const uint8_t loop[] = { 0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0,
		12, 0, 1, 0, 1 };

	one_message(loop, sizeof(loop), APP_EVENT_DNS_INFINITE_LOOP, 0);
}

static void a_cut_message_keeps_what_was_read(void)
{
	one_message(answer, sizeof(answer) - 3, APP_EVENT_DNS_MALFORMED_DATA, 2);
}

static void a_header_with_large_counts_allocates_little(void)
{
	static const uint8_t counts[] = { 0, 1, 0x81, 0x80, 0, 0, 255, 255, 255, 255,
		255, 255, 0, 0, 1, 0, 1 };
	struct talk t;

	talk_begin(&t, IPPROTO_UDP, 53);
	talk_say(&t, ANSWER, counts, sizeof(counts), 0);
	check(talk_tx(&t, 0) && talk_tx(&t, 0)->arena.used < 4096);
	talk_end(&t);
}

static void txt_strings_are_joined(void)
{
	static const uint8_t txt[] = { 0, 1, 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, 1, 'a',
		0, 0, 16, 0, 1, 0, 0, 0, 1, 0, 8, 3, 'o', 'n', 'e', 3, 't', 'w', 'o' };
	struct talk t;

	talk_begin(&t, IPPROTO_UDP, 53);
	talk_say(&t, ANSWER, txt, sizeof(txt), 0);
	const struct app_dns *dns = talk_tx(&t, 0)->proto;
	check_text(talk_span(dns->answers[0].text), "onetwo");
	talk_end(&t);
}

static void other_udp_is_left_alone(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_UDP, 123);
	talk_say(&t, ASK, question, sizeof(question), 0);
	check_eq(t.flow.app, FLOW_APP_FAILED);
	check(!t.flow.app_state);
	talk_end(&t);
}

CHECK_MAIN(a_question_and_its_answer_by_udp, the_same_by_tcp_however_it_is_cut,
    a_name_that_points_at_itself_ends, a_cut_message_keeps_what_was_read,
    a_header_with_large_counts_allocates_little, txt_strings_are_joined,
    other_udp_is_left_alone)
