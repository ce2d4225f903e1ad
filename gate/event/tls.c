/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

#include <time.h>

/* "2026-11-21T09:30:00", UTC. */
static void put_day(struct event *e, enum record_field f, int64_t s)
{
	char text[40];
	time_t t = (time_t)s;
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		record_span(&e->rec, f, arena_copy(&e->text, span_text(text)));
}

static void put_ja3(
    struct event *e, enum record_field f, struct span hash, struct span string)
{
	if (hash.len == 0)
		return;
	buf_add_text(&e->json, "{\"hash\":");
	record_quote(hash, &e->json);
	buf_add_text(&e->json, ",\"string\":");
	record_quote(string, &e->json);
	buf_add_byte(&e->json, '}');
	event_json(e, f);
}

void event_tls_object(struct event *e, const struct app_tls *tls)
{
	event_text(e, RECORD_F_TLS_SUBJECT, tls->subject);
	event_text(e, RECORD_F_TLS_ISSUER, tls->issuer);
	event_text(e, RECORD_F_TLS_SERIAL, tls->serial);
	event_text(e, RECORD_F_TLS_FINGERPRINT, tls->fingerprint);
	event_text(e, RECORD_F_TLS_SNI, tls->sni);
	event_text(e, RECORD_F_TLS_VERSION, tls->version);
	if (tls->has_certificate) {
		put_day(e, RECORD_F_TLS_NOT_BEFORE, tls->not_before_s);
		put_day(e, RECORD_F_TLS_NOT_AFTER, tls->not_after_s);
	}
	event_list(e, RECORD_F_TLS_NAMES, tls->alt_names, tls->alt_name_count);
	if (tls->resumed)
		record_bool(&e->rec, RECORD_F_TLS_RESUMED, true);
	event_list(
	    e, RECORD_F_TLS_ALPN_CLIENT, tls->client_alpn, tls->client_alpn_count);
	event_list(
	    e, RECORD_F_TLS_ALPN_SERVER, &tls->server_alpn, tls->server_alpn.len != 0);
	put_ja3(e, RECORD_F_TLS_JA3, tls->ja3_hash, tls->ja3_string);
	put_ja3(e, RECORD_F_TLS_JA3S, tls->ja3s_hash, tls->ja3s_string);
}
