/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/talk.h"

#include <netinet/in.h>

/* A carriage return alone ends a line for libhtp only when it sees what follows. */
static bool has_bare_return(struct span s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if (s.at[i] == '\r' && (i + 1 == s.len || s.at[i + 1] != '\n'))
			return true;
	return false;
}

/* Nothing libhtp complained of, every request and every answer has its headers, and answers
 * begin with a status line.  What is not HTTP at all libhtp takes for a body, as much as
 * there is at that moment, and half a line may count or not when the connection closes. */
static bool is_proper(const struct talk *t)
{
	for (const struct tx *tx = t->flow.txs; tx; tx = tx->next) {
		enum tx_buffer first_answer = TX_HTTP_RESPONSE_LINE;
		bool headers[2] = { false, false }, answered = false;
		for (const struct tx_field *f = tx->fields; f; f = f->next) {
			if (f->dir == PACKET_TO_CLIENT && !answered)
				first_answer = f->buffer;
			answered |= f->dir == PACKET_TO_CLIENT;
			headers[f->dir] |= f->buffer == TX_HTTP_HEADER_RAW;
		}
		if (tx->event_count || !headers[0] || headers[1] != answered ||
		    first_answer != TX_HTTP_RESPONSE_LINE)
			return false;
	}
	return true;
}

/* Invariant: the limits of a transaction hold and every file is closed, whatever comes; the
 * transactions, fields and files of a proper conversation are the same whether its bytes
 * come all at once or one by one. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool whole_is, cut_is;
	uint64_t whole = talk_run(bytes, len, IPPROTO_TCP, 80, 0, is_proper, &whole_is);
	uint64_t cut = talk_run(bytes, len, IPPROTO_TCP, 80, 1, is_proper, &cut_is);

	must(!whole_is || !cut_is || cut == whole ||
	     has_bare_return(span_of(bytes, len)));
	return 0;
}
