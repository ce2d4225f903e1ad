/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

#include <stdlib.h>
#include <strings.h>

/* How libhtp's sentences begin, and what rules call it.  The first that fits counts. */
static const struct {
	const char *begins;
	enum app_event event;
} sentences[] = {
	{ "GZip decompressor:", APP_EVENT_HTTP_GZIP_FAILED },
	{ "LZMA decompressor: memory limit", APP_EVENT_HTTP_LZMA_MEMLIMIT },
	{ "Compression bomb:", APP_EVENT_HTTP_COMPRESSION_BOMB },
	{ "Request field invalid: colon missing", APP_EVENT_HTTP_REQUEST_NO_COLON },
	{ "Response field invalid: missing colon", APP_EVENT_HTTP_RESPONSE_NO_COLON },
	{ "Request field invalid", APP_EVENT_HTTP_REQUEST_HEADER_INVALID },
	{ "Response field invalid", APP_EVENT_HTTP_RESPONSE_HEADER_INVALID },
	{ "Request header name is not a token", APP_EVENT_HTTP_REQUEST_HEADER_INVALID },
	{ "Response header name is not a token",
	    APP_EVENT_HTTP_RESPONSE_HEADER_INVALID },
	{ "Response header value contains null",
	    APP_EVENT_HTTP_RESPONSE_HEADER_INVALID },
	{ "Request chunk encoding: Invalid chunk", APP_EVENT_HTTP_REQUEST_CHUNK_LEN },
	{ "Response chunk encoding: Invalid chunk", APP_EVENT_HTTP_RESPONSE_CHUNK_LEN },
	{ "Invalid T-E value in request", APP_EVENT_HTTP_REQUEST_TE_INVALID },
	{ "Invalid T-E value in response", APP_EVENT_HTTP_RESPONSE_TE_INVALID },
	{ "Invalid C-L field in request", APP_EVENT_HTTP_REQUEST_CL_INVALID },
	{ "Invalid C-L field in response", APP_EVENT_HTTP_RESPONSE_CL_INVALID },
	{ "Already seen 100-Continue", APP_EVENT_HTTP_CONTINUE_AGAIN },
	{ "Unable to match response to request", APP_EVENT_HTTP_UNMATCHED_RESPONSE },
	{ "Invalid server port information in request",
	    APP_EVENT_HTTP_SERVER_PORT_INVALID },
	{ "Invalid authority port", APP_EVENT_HTTP_AUTHORITY_PORT_INVALID },
	{ "Request buffer over the limit", APP_EVENT_HTTP_REQUEST_TOO_LONG },
	{ "Request field length exceeds", APP_EVENT_HTTP_REQUEST_TOO_LONG },
	{ "Response the buffer limit", APP_EVENT_HTTP_RESPONSE_TOO_LONG },
	{ "Response field length exceeds", APP_EVENT_HTTP_RESPONSE_TOO_LONG },
	{ "C-T multipart/byteranges in responses", APP_EVENT_HTTP_BYTERANGES },
	{ "Host information in request headers required", APP_EVENT_HTTP_HOST_MISSING },
	{ "Host information ambiguous", APP_EVENT_HTTP_HOST_AMBIGUOUS },
	{ "Invalid request field folding", APP_EVENT_HTTP_REQUEST_FOLDING },
	{ "Invalid response field folding", APP_EVENT_HTTP_RESPONSE_FOLDING },
	{ "Request server port number differs", APP_EVENT_HTTP_PORT_MISMATCH },
	{ "Request line: URI contains non-compliant", APP_EVENT_HTTP_URI_DELIM },
	{ "Request line: non-compliant delimiter", APP_EVENT_HTTP_METHOD_DELIM },
	{ "Request line: leading whitespace", APP_EVENT_HTTP_LEADING_SPACE },
	{ "Request line: missing protocol", APP_EVENT_HTTP_PROTOCOL_MISSING },
	{ "Request line incomplete", APP_EVENT_HTTP_LINE_INCOMPLETE },
	{ "Request line: unknown method", APP_EVENT_HTTP_LINE_INVALID },
	{ "Too many response content encoding layers", APP_EVENT_HTTP_TOO_MANY_LAYERS },
	{ "C-E gzip has abnormal value", APP_EVENT_HTTP_CE_ABNORMAL },
	{ "C-E deflate has abnormal value", APP_EVENT_HTTP_CE_ABNORMAL },
	{ "C-E unknown setting", APP_EVENT_HTTP_CE_ABNORMAL },
	{ "Excessive request header repetitions", APP_EVENT_HTTP_REQUEST_REPETITION },
	{ "Excessive response header repetitions", APP_EVENT_HTTP_RESPONSE_REPETITION },
	{ "Transfer-encoding has abnormal chunked", APP_EVENT_HTTP_TE_ABNORMAL },
	{ "Chunked transfer-encoding on HTTP/0.9", APP_EVENT_HTTP_CHUNKED_OLD_PROTO },
	{ "Invalid response line: invalid protocol", APP_EVENT_HTTP_PROTOCOL_INVALID },
	{ "Invalid response line: invalid response status",
	    APP_EVENT_HTTP_STATUS_INVALID },
	{ "Unexpected request body", APP_EVENT_HTTP_BODY_UNEXPECTED },
	{ "Ambiguous request C-L value", APP_EVENT_HTTP_REQUEST_CL_DUPLICATE },
	{ "Ambiguous response C-L value", APP_EVENT_HTTP_RESPONSE_CL_DUPLICATE },
	{ "Too many request headers", APP_EVENT_HTTP_REQUEST_MANY_HEADERS },
	{ "Too many response headers", APP_EVENT_HTTP_RESPONSE_MANY_HEADERS },
};

/* Notes it at the transaction that libhtp was reading when it complained. */
static void note(struct http_flow *f, enum app_event event)
{
	htp_tx_t *htp = f->feeding == PACKET_TO_SERVER ? htp_connp_get_in_tx(f->connp)
						       : htp_connp_get_out_tx(f->connp);
	struct http_tx *h = htp ? htp_tx_get_user_data(htp) : NULL;

	if (h) {
		app_event_note(h->tx, event);
	} else if (htp || event == APP_EVENT_HTTP_UNMATCHED_RESPONSE) {
		f->oddness_waits = true; /* exchange.c makes one soon */
		f->oddness = event;
	} else if (f->flow->txs_tail) {
		app_event_note(f->flow->txs_tail, event);
	}
}

int http_on_log(htp_log_t *log)
{
	struct http_flow *f = htp_connp_get_user_data(log->connp);

	if (!log->msg)
		return HTP_OK;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (!strncmp(
			log->msg, sentences[i].begins, strlen(sentences[i].begins))) {
			note(f, sentences[i].event);
			return HTP_OK;
		}
	if (log->level == HTP_LOG_ERROR)
		note(f, APP_EVENT_HTTP_UNKNOWN_ERROR);
	return HTP_OK;
}

/* RFC 6750, younger than this libhtp. */
static bool is_bearer(const htp_tx_t *htp)
{
	const htp_header_t *one =
	    htp_table_get_c(htp->request_headers, "Authorization");
	struct span s = one ? http_span(one->value) : span_of(NULL, 0);

	return s.len >= 6 && strncasecmp((const char *)s.at, "bearer", 6) == 0;
}

void http_note_flags(struct tx *tx, const htp_tx_t *htp)
{
	static const struct {
		uint64_t flag;
		enum app_event event;
	} flags[] = {
		{ HTP_REQUEST_INVALID_T_E, APP_EVENT_HTTP_REQUEST_TE_INVALID },
		{ HTP_REQUEST_INVALID_C_L, APP_EVENT_HTTP_REQUEST_CL_INVALID },
		{ HTP_HOST_MISSING, APP_EVENT_HTTP_HOST_MISSING },
		{ HTP_HOST_AMBIGUOUS, APP_EVENT_HTTP_HOST_AMBIGUOUS },
		{ HTP_HOSTU_INVALID, APP_EVENT_HTTP_URI_HOST_INVALID },
		{ HTP_HOSTH_INVALID, APP_EVENT_HTTP_HEADER_HOST_INVALID },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (htp->flags & flags[i].flag)
			app_event_note(tx, flags[i].event);
	if (htp->request_auth_type == HTP_AUTH_UNRECOGNIZED && !is_bearer(htp))
		app_event_note(tx, APP_EVENT_HTTP_AUTH_UNRECOGNIZED);
	if (htp->req_header_repetitions > HTP_MAX_HEADERS_REPETITIONS)
		app_event_note(tx, APP_EVENT_HTTP_REQUEST_REPETITION);
	if (htp->res_header_repetitions > HTP_MAX_HEADERS_REPETITIONS)
		app_event_note(tx, APP_EVENT_HTTP_RESPONSE_REPETITION);
}

void http_log_drain(htp_connp_t *connp)
{
	htp_list_t *messages = htp_connp_get_connection(connp)->messages;

	if (!htp_list_size(messages))
		return;
	htp_connp_clear_error(connp); /* it points at one of them */
	for (htp_log_t *log = htp_list_pop(messages); log;
	     log = htp_list_pop(messages)) {
		free((void *)(uintptr_t)log->msg);
		free(log);
	}
}
