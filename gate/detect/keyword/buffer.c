/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <stdio.h>

/* Sticky buffers and the older modifiers that stand behind a content. */

/* Buffers of which one transaction may have several; each use in a rule is on its own. */
static const uint16_t many[] = { TX_HTTP_REQUEST_HEADER, TX_HTTP_RESPONSE_HEADER,
	TX_FILE_DATA, TX_FILE_NAME, TX_FILE_MAGIC, TX_DNS_QUERY, TX_DNS_ANSWER,
	TX_TLS_CERTS, TX_SMTP_RCPT };

bool detect_keyword_buffer_many(uint16_t buffer)
{
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		if (many[i] == buffer)
			return true;
	return false;
}

uint8_t detect_keyword_buffer_dirs(uint16_t buffer)
{
	static const uint8_t dirs[TX_BUFFER_MAX] = {
#define BUFFER_DIRS(id, keyword, dir) [TX_##id] = dir,
		TX_BUFFERS(BUFFER_DIRS)
#undef BUFFER_DIRS
	};
	if (buffer >= TX_BUFFER_MAX)
		return SIG_TO_SERVER | SIG_TO_CLIENT;
	return dirs[buffer] == 0   ? SIG_TO_SERVER
	       : dirs[buffer] == 1 ? SIG_TO_CLIENT
				   : SIG_TO_SERVER | SIG_TO_CLIENT;
}

enum flow_app detect_keyword_buffer_app(uint16_t buffer)
{
	const char *name = detect_keyword_buffer_name(buffer);

	if (buffer >= TX_BUFFER_MAX)
		return FLOW_APP_UNKNOWN;
	if (strncmp(name, "http.", 5) == 0)
		return FLOW_APP_HTTP;
	if (strncmp(name, "dns.", 4) == 0)
		return FLOW_APP_DNS;
	if (strncmp(name, "tls.", 4) == 0 || strncmp(name, "ja3", 3) == 0)
		return FLOW_APP_TLS;
	if (strncmp(name, "smtp.", 5) == 0)
		return FLOW_APP_SMTP;
	return FLOW_APP_UNKNOWN;
}

const char *detect_keyword_buffer_name(uint16_t buffer)
{
	static const char *const others[BUFFER_MAX - BUFFER_PAYLOAD] = { "payload",
		"ipv4.hdr", "ipv6.hdr", "tcp.hdr", "udp.hdr", "icmpv4.hdr",
		"icmpv6.hdr", "ip.src", "ip.dst", "base64_data" };

	if (buffer < TX_BUFFER_MAX)
		return tx_buffer_name((enum tx_buffer)buffer);
	return buffer < BUFFER_MAX ? others[buffer - BUFFER_PAYLOAD] : "?";
}

enum tx_progress detect_keyword_buffer_stage(uint16_t buffer)
{
	switch (buffer) {
	case TX_HTTP_URI:
	case TX_HTTP_URI_RAW:
	case TX_HTTP_METHOD:
	case TX_HTTP_PROTOCOL:
	case TX_HTTP_REQUEST_LINE:
	case TX_HTTP_RESPONSE_LINE:
	case TX_HTTP_STAT_CODE:
	case TX_HTTP_STAT_MSG:
		return TX_LINE;
	case TX_HTTP_REQUEST_BODY:
	case TX_HTTP_RESPONSE_BODY:
	case TX_FILE_DATA:
	case TX_FILE_NAME:
	case TX_FILE_MAGIC:
		return TX_BODY;
	default:
		if (detect_keyword_buffer_app(buffer) == FLOW_APP_HTTP)
			return TX_HEADERS;
		return TX_BODY;
	}
}

int detect_keyword_sticky(struct draft *d, const struct keyword *k, char *value)
{
	if (*value)
		return k->arg == TX_TLS_VERSION
			   ? detect_keyword_tls_version(d, k, value)
			   : detect_parse_no(d, "%s takes no value", k->name);
	int r = detect_parse_sticky(d, k->arg);
	if (r < 0 || !(k->flags & KEYWORD_TO_SERVER))
		return r;
	d->buffer_dirs &= SIG_TO_SERVER;
	return d->buffer_dirs ? 0
			      : detect_parse_no(d, "%s is in requests only", k->name);
}

/* content:"x"; http_uri; */
int detect_keyword_legacy(struct draft *d, const struct keyword *k, char *value)
{
	(void)value;
	return detect_parse_move(d, k->arg);
}

int detect_keyword_uricontent(struct draft *d, const struct keyword *k, char *value)
{
	int r = detect_keyword_content(d, k, value);

	return r < 0 ? r : detect_parse_move(d, TX_HTTP_URI);
}

int detect_keyword_pkt_data(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	(void)value;
	return detect_parse_sticky(d, BUFFER_PAYLOAD);
}

int detect_keyword_absent(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	if (!d->sticky)
		return detect_parse_no(d, "absent needs a sticky buffer before it");
	bool or_else = strcmp(value, "or_else") == 0;
	if (*value && !or_else)
		return FAIL_FORMAT;
	if (!d->transforms_open)
		return detect_parse_no(
		    d, "absent must be the first word after its buffer");
	if (!detect_parse_item(d, ITEM_ABSENT))
		return FAIL_FORMAT;
	struct draft_block *b = &d->blocks[d->block];
	b->count--; /* it is a property of the block, not something to find */
	b->absent_ok = or_else;
	b->absent_only = !or_else;
	return 0;
}

/* tls.version:1.2 — the one buffer whose keyword takes a value instead. */
int detect_keyword_tls_version(struct draft *d, const struct keyword *k, char *value)
{
	static const struct {
		const char *version, *text;
	} known[] = { { "1.0", "TLSv1" }, { "1.1", "TLS 1.1" }, { "1.2", "TLS 1.2" },
		{ "1.3", "TLS 1.3" } };

	(void)k;
	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(value, known[i].version) != 0)
			continue;
		struct item *it = detect_parse_item_in(d, ITEM_CONTENT, TX_TLS_VERSION);
		if (!it)
			return FAIL_FORMAT;
		it->flags = ITEM_STARTS | ITEM_ENDS | ITEM_DEPTH;
		it->u.content.bytes = (const uint8_t *)known[i].text;
		it->u.content.len = (uint16_t)strlen(known[i].text);
		it->u.content.depth = it->u.content.len;
		return 0;
	}
	return detect_parse_no(d, "tls.version: %.20s is not known", value);
}

/* tls.subject:"CN=a"; filename:"a.doc"; fileext:"doc"; — older keywords that look for one
 * text in one buffer. */
int detect_keyword_text(struct draft *d, const struct keyword *k, char *value)
{
	bool negated = *value == '!', ext = strcmp(k->name, "fileext") == 0;

	if (negated)
		value = detect_parse_trim(value + 1);
	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	if (!*value || strlen(value) > 1000)
		return detect_parse_no(d, "%s: the text is empty or too long", k->name);
	char *bytes = arena_alloc(d->load->keep, strlen(value) + 2);
	struct item *it = bytes ? detect_parse_item_in(d, ITEM_CONTENT, k->arg) : NULL;
	if (!it)
		return FAIL_FORMAT;
	sprintf(bytes, "%s%s", ext ? "." : "", value);
	it->flags = (negated ? ITEM_NEGATED : 0u) | (ext ? ITEM_ENDS : 0u);
	if (k->arg == TX_FILE_NAME || k->arg == TX_TLS_FINGERPRINT) {
		it->flags |= ITEM_NOCASE;
		for (char *p = bytes; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	}
	it->u.content.bytes = (const uint8_t *)bytes;
	it->u.content.len = (uint16_t)strlen(bytes);
	return 0;
}
