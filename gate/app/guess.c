/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/dns/internal.h"
#include "gate/app/internal.h"

#include <netinet/in.h>
#include <strings.h>

/* How one protocol takes to the first bytes of one direction. */
enum likeness { NEVER, MAYBE, SURELY };

#define DNS_PORT 53u

/* `text` at the start of `s`, letters of any case. */
static enum likeness starts(struct span s, const char *text)
{
	size_t len = strlen(text);
	size_t have = s.len < len ? s.len : len;

	if (have && strncasecmp((const char *)s.at, text, have) != 0)
		return NEVER;
	return s.len >= len ? SURELY : MAYBE;
}

static enum likeness starts_any(struct span s, const char *const *texts, size_t n)
{
	enum likeness best = NEVER;

	for (size_t i = 0; i < n && best != SURELY; i++) {
		enum likeness one = starts(s, texts[i]);
		if (one > best)
			best = one;
	}
	return best;
}

#define STARTS_ANY(s, texts) starts_any(s, texts, sizeof(texts) / sizeof((texts)[0]))

/* A method and the white space behind it (RFC 9110 section 9, RFC 4918, RFC 3253). */
static enum likeness http_request(struct span s)
{
	static const char *const methods[] = { "GET", "POST", "HEAD", "PUT", "OPTIONS",
		"CONNECT", "DELETE", "PATCH", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL",
		"COPY", "MOVE", "LOCK", "UNLOCK", "CHECKOUT", "UNCHECKOUT", "CHECKIN",
		"UPDATE", "LABEL", "REPORT", "MKWORKSPACE", "MKACTIVITY", "MERGE",
		"INVALID", "SEARCH", "VERSION-CONTROL", "BASELINE-CONTROL" };

	/* Some clients send an empty line or white space first, and servers take it. */
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\r' || s.at[0] == '\n'))
		s = span_of(s.at + 1, s.len - 1);
	enum likeness best = NEVER;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		enum likeness one = starts(s, methods[i]);
		size_t len = strlen(methods[i]);
		if (one == SURELY && s.len == len)
			one = MAYBE;
		else if (one == SURELY && s.at[len] != ' ' && s.at[len] != '\t')
			one = NEVER;
		if (one > best)
			best = one;
	}
	return best;
}

static enum likeness http_response(struct span s)
{
	static const char *const versions[] = { "HTTP/0.9", "HTTP/1.0", "HTTP/1.1" };

	return STARTS_ANY(s, versions);
}

/* The hello of SSL 2, in which old clients ask for a newer version (RFC 5246 E.2). */
static enum likeness ssl2(struct span s, uint8_t message)
{
	if (message != 1 || (s.len > 2 && s.at[2] != 1) || (s.len > 3 && s.at[3] > 3))
		return NEVER;
	if (s.len < 5)
		return MAYBE;
	return s.at[3] == 3 || (s.at[3] == 0 && s.at[4] == 2) ? SURELY : NEVER;
}

/* A record header of type handshake or alert, then the message type (RFC 8446 5.1). */
static enum likeness tls(struct span s, uint8_t message)
{
	if (s.len < 1)
		return MAYBE;
	if (s.at[0] & 0x80)
		return ssl2(s, message);
	if (s.at[0] != 22 || (s.len > 1 && s.at[1] != 3) || (s.len > 2 && s.at[2] > 4))
		return NEVER;
	if (s.len < 6)
		return MAYBE;
	return s.at[5] == message ? SURELY : NEVER;
}

static enum likeness smtp_command(struct span s)
{
	static const char *const commands[] = { "EHLO ", "HELO ", "EHLO\r", "HELO\r",
		"MAIL FROM:", "STARTTLS\r" };

	return STARTS_ANY(s, commands);
}

static bool is_mail_port(uint16_t port)
{
	return port == 25 || port == 587 || port == 2525;
}

/* "220 " alone is FTP's greeting as well: the port decides. */
static enum likeness smtp_greeting(const struct flow *flow, struct span s)
{
	enum likeness one = starts(s, "220");

	return is_mail_port(flow->server_port) ? one : one == NEVER ? NEVER : MAYBE;
}

static enum likeness dns_stream(const struct flow *flow, struct span s)
{
	if (flow->server_port != DNS_PORT && flow->client_port != DNS_PORT)
		return NEVER;
	if (s.len < 2 + APP_DNS_HEADER_LEN)
		return MAYBE;
	return app_dns_looks_right(span_of(s.at + 2, s.len - 2)) ? SURELY : NEVER;
}

static enum flow_app guess_datagram(const struct flow *flow, const struct span held[2])
{
	struct span s = held[0].len ? held[0] : held[1];

	if (flow->server_port != DNS_PORT && flow->client_port != DNS_PORT)
		return FLOW_APP_FAILED;
	return app_dns_looks_right(s) ? FLOW_APP_DNS : FLOW_APP_UNKNOWN;
}

struct opinion {
	enum flow_app app;
	enum likeness client, server;
};

enum flow_app app_guess(const struct flow *flow, const struct span held[2])
{
	if (flow->ip_proto == IPPROTO_UDP)
		return guess_datagram(flow, held);
	const struct opinion opinions[] = {
		{ FLOW_APP_HTTP, http_request(held[0]), http_response(held[1]) },
		{ FLOW_APP_TLS, tls(held[0], 1), tls(held[1], 2) },
		{ FLOW_APP_SMTP, smtp_command(held[0]), smtp_greeting(flow, held[1]) },
		{ FLOW_APP_DNS, dns_stream(flow, held[0]), dns_stream(flow, held[1]) },
	};
	bool undecided = false;
	for (size_t i = 0; i < sizeof(opinions) / sizeof(opinions[0]); i++) {
		const struct opinion *o = &opinions[i];
		/* What a client says may be unheard-of and still be answered in HTTP. */
		bool server_counts = o->client != NEVER || o->app == FLOW_APP_HTTP;
		if ((o->client == SURELY && o->server != NEVER) ||
		    (o->server == SURELY && server_counts))
			return o->app;
		undecided |= o->server == MAYBE && server_counts;
	}
	return undecided ? FLOW_APP_UNKNOWN : FLOW_APP_FAILED;
}
