/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

void event_tx_object(struct event *e, const struct tx *tx)
{
	if (!tx->proto)
		return;
	switch (tx->app) {
	case FLOW_APP_HTTP:
		event_http_object(e, tx->proto);
		return;
	case FLOW_APP_DNS:
		event_dns_object(e, tx);
		return;
	case FLOW_APP_TLS:
		event_tls_object(e, tx->proto);
		return;
	case FLOW_APP_SMTP:
		event_smtp_object(e, tx->proto);
		return;
	default:
		return;
	}
}

/* RECORD_KIND_MAX: not told by itself. */
static enum record_kind kind_of(struct event *e, const struct tx *tx)
{
	switch (tx->app) {
	case FLOW_APP_HTTP:
		e->counts.http++;
		return RECORD_HTTP;
	case FLOW_APP_DNS:
		e->counts.dns++;
		return RECORD_DNS;
	case FLOW_APP_TLS:
		e->counts.tls++;
		return RECORD_TLS;
	case FLOW_APP_SMTP:
		e->counts.smtp++;
		return RECORD_SMTP;
	default:
		return RECORD_KIND_MAX;
	}
}

/* A DNS message is told by itself, as from who sent it; everything else as from the client. */
static bool is_answer(const struct tx *tx)
{
	const struct app_dns *dns = tx->proto;
	return tx->app == FLOW_APP_DNS && dns->response;
}

static void tell(struct event *e, const struct event_about *about)
{
	enum record_kind kind = kind_of(e, about->tx);

	if (kind == RECORD_KIND_MAX || !about->tx->proto || !event_wants(e, kind))
		return;
	event_begin(
	    e, kind, about, is_answer(about->tx) ? EVENT_AS_SERVER : EVENT_AS_CLIENT);
	event_tx_object(e, about->tx);
	event_send(e);
}

static bool is_done(const struct tx *tx)
{
	const struct app_tls *tls = tx->proto;

	if (tx->app == FLOW_APP_TLS && tls && tls->done)
		return true; /* the certificate is known: no need to wait for the rest */
	return tx->progress[0] == TX_DONE && tx->progress[1] == TX_DONE;
}

void event_txs(struct event *e, const struct event_about *about, bool last)
{
	struct event_about each = *about;

	for (struct tx *tx = about->flow->txs; tx; tx = tx->next) {
		if (tx->told && !tx->files)
			continue;
		each.tx = tx;
		if (tx->files)
			event_files(e, &each, last);
		if (tx->told || (!is_done(tx) && !last))
			continue;
		tx->told = true;
		if (tx->event_count)
			event_app_anomalies(e, &each);
		tell(e, &each);
	}
}
