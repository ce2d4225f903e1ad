/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/http.h"

#include "gate/app/app_test.h"
#include "tests/check.h"

#include <netinet/in.h>
#include <zlib.h>

#define ASK    PACKET_TO_SERVER
#define ANSWER PACKET_TO_CLIENT

static const char get[] = "GET /a%2Fb/../c//d.html?x=%41&y#z HTTP/1.1\r\n"
			  "Host: WWW.Shop.Example:8080\r\n"
			  "User-Agent: sample/1.0\r\n"
			  "Cookie: secret=1\r\n"
			  "Accept: */*\r\n"
			  "\r\n";

static const char ok[] = "HTTP/1.1 200 OK\r\n"
			 "Server: sample\r\n"
			 "Set-Cookie: a=b\r\n"
			 "Content-Type: text/html; charset=utf-8\r\n"
			 "Content-Length: 5\r\n"
			 "\r\n"
			 "hello";

static void look_at_request(struct tx *tx)
{
	check_text(talk_field(tx, TX_HTTP_METHOD, ASK, 0), "GET");
	check_text(talk_field(tx, TX_HTTP_URI, ASK, 0), "/a/c/d.html?x=%41&y#z");
	check_text(
	    talk_field(tx, TX_HTTP_URI_RAW, ASK, 0), "/a%2Fb/../c//d.html?x=%41&y#z");
	check_text(talk_field(tx, TX_HTTP_REQUEST_LINE, ASK, 0),
	    "GET /a%2Fb/../c//d.html?x=%41&y#z HTTP/1.1");
	check_text(talk_field(tx, TX_HTTP_HOST, ASK, 0), "www.shop.example");
	check_text(talk_field(tx, TX_HTTP_HOST_RAW, ASK, 0), "WWW.Shop.Example:8080");
	check_text(talk_field(tx, TX_HTTP_COOKIE, ASK, 0), "secret=1");
	check_text(talk_field(tx, TX_HTTP_HEADER, ASK, 0),
	    "Host: WWW.Shop.Example:8080\r\nUser-Agent: sample/1.0\r\nAccept: */*\r\n");
	check_text(talk_field(tx, TX_HTTP_HEADER_NAMES, ASK, 0),
	    "\r\nHost\r\nUser-Agent\r\nCookie\r\nAccept\r\n\r\n");
	check_text(talk_field(tx, TX_HTTP_HEADER_RAW, ASK, 0),
	    "Host: WWW.Shop.Example:8080\r\nUser-Agent: sample/1.0\r\n"
	    "Cookie: secret=1\r\nAccept: */*\r\n\r\n");
	check_text(
	    talk_field(tx, TX_HTTP_REQUEST_HEADER, ASK, 1), "User-Agent: sample/1.0");
}

static void look_at_response(struct talk *t, struct tx *tx)
{
	const struct app_http *http = tx->proto;

	check_text(talk_field(tx, TX_HTTP_STAT_CODE, ANSWER, 0), "200");
	check_text(talk_field(tx, TX_HTTP_STAT_MSG, ANSWER, 0), "OK");
	check_text(talk_field(tx, TX_HTTP_COOKIE, ANSWER, 0), "a=b");
	check_text(talk_field(tx, TX_HTTP_RESPONSE_BODY, ANSWER, 0), "hello");
	check_text(talk_field(tx, TX_FILE_DATA, ANSWER, 0), "hello");
	check_text(talk_span(http->hostname), "WWW.Shop.Example");
	check_eq(http->port, 8080);
	check_eq(http->status, 200);
	check_eq(http->response_len, 5);
	check_text(talk_span(http->content_type), "text/html");
	check_text(talk_span(http->user_agent), "sample/1.0");
	check_eq(t->file_count, 1);
	check_text(t->files[0].name, "/a/c/d.html");
	check_text(t->files[0].text, "hello");
	check(t->files[0].whole && !t->files[0].open);
	check_eq(tx->progress[0], TX_DONE);
	check_eq(tx->progress[1], TX_DONE);
}

static void exchange_in_steps_of(size_t step)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_say(&t, ASK, get, sizeof(get) - 1, step);
	talk_say(&t, ANSWER, ok, sizeof(ok) - 1, step);
	check_eq(t.flow.app, FLOW_APP_HTTP);
	struct tx *tx = talk_tx(&t, 0);
	check(tx);
	if (tx) {
		look_at_request(tx);
		look_at_response(&t, tx);
	}
	talk_end(&t);
}

static void an_exchange_fills_its_fields_however_it_is_cut(void)
{
	for (size_t step = 0; step < 40; step++)
		exchange_in_steps_of(step);
}

static void pipelined_requests_meet_their_answers(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_text(&t, ASK,
	    "GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n"
	    "GET /2 HTTP/1.1\r\nHost: b.example\r\n\r\n");
	talk_text(&t, ANSWER,
	    "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	check_eq(t.flow.tx_count, 2);
	check_eq(((struct app_http *)talk_tx(&t, 0)->proto)->status, 404);
	check_text(
	    talk_field(talk_tx(&t, 1), TX_HTTP_RESPONSE_BODY, ANSWER, 0), "abcde");
	check_text(talk_field(talk_tx(&t, 1), TX_HTTP_HOST, ASK, 0), "b.example");
	talk_end(&t);
}

static void what_is_done_inspected_and_told_goes(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_say(&t, ASK, get, sizeof(get) - 1, 0);
	talk_say(&t, ANSWER, ok, sizeof(ok) - 1, 0);
	app_tidy(t.app, &t.flow);
	check(t.flow.txs);
	t.flow.txs->told = true;
	app_tidy(t.app, &t.flow);
	check(t.flow.txs);
	t.flow.txs->inspected[0] = t.flow.txs->inspected[1] = TX_DONE;
	app_tidy(t.app, &t.flow);
	check(!t.flow.txs);
	talk_end(&t);
}

static size_t gzip(const void *bytes, size_t len, uint8_t *out, size_t room)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes,
		.avail_in = (uInt)len,
		.next_out = out,
		.avail_out = (uInt)room };

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return room - z.avail_out;
}

static void gzip_is_undone_and_bombs_are_told(void)
{
	static uint8_t zeros[32u << 20], packed[64u << 10];
	struct talk t;
	char head[200];

	size_t len = gzip(zeros, sizeof(zeros), packed, sizeof(packed));
	talk_begin(&t, IPPROTO_TCP, 80);
	talk_text(&t, ASK, "GET /z HTTP/1.1\r\nHost: a.example\r\n\r\n");
	snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
	    len);
	talk_text(&t, ANSWER, head);
	talk_say(&t, ANSWER, packed, len, 1400);
	struct tx *tx = talk_tx(&t, 0);
	struct tx_field *body = tx_find(tx, TX_FILE_DATA);
	check(body && body->data.len == 100u << 10);
	check(tx->truncated);
	check(t.files[0].size <= sizeof(zeros));
	check(t.files[0].size == sizeof(zeros) ||
	      talk_event(tx, APP_EVENT_HTTP_COMPRESSION_BOMB));
	talk_end(&t);
}

static void requests_behind_connect_are_read(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 3128);
	talk_text(&t, ASK,
	    "CONNECT shop.example:80 HTTP/1.1\r\nHost: shop.example:80\r\n\r\n");
	talk_text(&t, ANSWER, "HTTP/1.1 200 Connection established\r\n\r\n");
	talk_text(&t, ASK, "GET /inside HTTP/1.1\r\nHost: shop.example\r\n\r\n");
	talk_text(&t, ANSWER, "HTTP/1.1 204 No\r\n\r\n");
	check_eq(t.flow.tx_count, 2);
	check_eq(t.flow.app_orig, FLOW_APP_HTTP);
	check_text(talk_field(talk_tx(&t, 1), TX_HTTP_URI, ASK, 0), "/inside");
	check_eq(talk_tx(&t, 0)->progress[1], TX_DONE);
	talk_end(&t);
}

static void a_hole_in_a_body_is_stepped_over(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_say(&t, ASK, get, sizeof(get) - 1, 0);
	talk_text(&t, ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabc");
	talk_chunk(
	    &t, (struct chunk){ .dir = ANSWER, .gap = 6, .bytes = span_of("xyz", 3) });
	talk_say(&t, ASK, get, sizeof(get) - 1, 0);
	talk_say(&t, ANSWER, ok, sizeof(ok) - 1, 0);
	check_eq(t.flow.tx_count, 2);
	check(!t.files[0].whole && !t.files[0].open);
	check(t.files[1].whole);
	talk_end(&t);
}

static void endless_requests_stop_at_the_limit(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	for (unsigned i = 0; i < 2 * APP_TXS_MAX; i++)
		talk_text(&t, ASK, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
	check_eq(t.flow.tx_count, APP_TXS_MAX);
	talk_end(&t);
}

static void an_answer_without_a_question_is_kept(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_say(&t, ANSWER, ok, sizeof(ok) - 1, 0);
	talk_close_flow(&t);
	struct tx *tx = talk_tx(&t, 0);
	check(tx && talk_event(tx, APP_EVENT_HTTP_UNMATCHED_RESPONSE));
	check_text(talk_field(tx, TX_FILE_DATA, ANSWER, 0), "hello");
	talk_end(&t);
}

static void a_body_that_never_ends_is_closed_with_its_flow(void)
{
	struct talk t;

	talk_begin(&t, IPPROTO_TCP, 80);
	talk_say(&t, ASK, get, sizeof(get) - 1, 0);
	talk_text(&t, ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabc");
	check(t.files[0].open);
	talk_close_flow(&t);
	check(!t.files[0].open && !t.files[0].whole);
	check_eq(talk_tx(&t, 0)->progress[1], TX_DONE);
	talk_end(&t);
}

static const char form[] =
    "POST /up HTTP/1.1\r\nHost: a.example\r\nContent-Length: 163\r\n"
    "Content-Type: multipart/form-data; boundary=xx\r\n\r\n"
    "--xx\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\ntext\r\n"
    "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n"
    "Content-Type: a/b\r\n\r\none\n\r\r\ntwo\r\n--xx--\r\n";

static void files_in_a_form_are_followed(void)
{
	for (size_t step = 0; step < 30; step++) {
		struct talk t;
		talk_begin(&t, IPPROTO_TCP, 80);
		talk_say(&t, ASK, form, sizeof(form) - 1, step);
		check_eq(t.file_count, 1);
		check_text(t.files[0].name, "a.bin");
		check_text(t.files[0].text, "one\n\r\r\ntwo");
		check(t.files[0].whole);
		check_text(
		    talk_field(talk_tx(&t, 0), TX_FILE_DATA, ASK, 0), "one\n\r\r\ntwo");
		check_eq(talk_tx(&t, 0)->progress[ASK], TX_DONE);
		talk_end(&t);
	}
}

CHECK_MAIN(files_in_a_form_are_followed, an_exchange_fills_its_fields_however_it_is_cut,
    pipelined_requests_meet_their_answers, what_is_done_inspected_and_told_goes,
    gzip_is_undone_and_bombs_are_told, requests_behind_connect_are_read,
    a_hole_in_a_body_is_stepped_over, endless_requests_stop_at_the_limit,
    an_answer_without_a_question_is_kept,
    a_body_that_never_ends_is_closed_with_its_flow)
