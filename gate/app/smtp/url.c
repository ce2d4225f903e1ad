/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/smtp/internal.h"

/* Ends an address: white space, quotes, brackets, anything that is not printable ASCII. */
static bool ends_url(uint8_t c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"'<>()[]{}|\\^`", c);
}

static bool is_known(const struct app_smtp *shown, struct span url)
{
	for (unsigned i = 0; i < shown->url_count; i++)
		if (shown->urls[i].len == url.len &&
		    memcmp(shown->urls[i].at, url.at, url.len) == 0)
			return true;
	return false;
}

void smtp_url_end(struct smtp_flow *s)
{
	struct app_smtp *shown = &smtp_of(s->tx)->shown;
	struct span url = span_of(s->url.text, s->url.len);
	bool open = s->url.open;

	s->url.open = false;
	s->url.matched = 0;
	s->url.len = 0;
	while (url.len && strchr(".,;:!?", url.at[url.len - 1]))
		url.len--;
	if (!open || !url.len || is_known(shown, url))
		return;
	if (shown->url_count == APP_SMTP_URLS_MAX) {
		s->tx->truncated = true;
		return;
	}
	url = smtp_keep(s->tx, url);
	shown->urls[shown->url_count++] = url;
	tx_lend(s->tx, TX_EMAIL_URL, PACKET_TO_SERVER, url);
}

/* Follows "http://" or "https://" one byte further. */
static void match(struct smtp_url *u, uint8_t c)
{
	static const char scheme[] = "https://";

	c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	if (u->matched == 4 && c == ':')
		u->matched = 6;
	else if (c == (uint8_t)scheme[u->matched])
		u->matched++;
	else
		u->matched = c == 'h' ? 1 : 0;
	if (u->matched == sizeof(scheme) - 1) {
		u->matched = 0;
		u->open = true;
	}
}

void smtp_url_feed(struct smtp_flow *s, struct span text)
{
	struct smtp_url *u = &s->url;

	for (uint32_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (!u->open)
			match(u, c);
		else if (ends_url(c) || u->len == SMTP_URL_MAX)
			smtp_url_end(s);
		else
			u->text[u->len++] = c;
	}
}
