/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include "gate/finding.h"

/* Hosts that a conversation names, compared with the lists of sites. */

static const char *where_of(enum tx_buffer buffer)
{
	switch (buffer) {
	case TX_DNS_QUERY:
		return "dns";
	case TX_TLS_SNI:
		return "sni";
	case TX_HTTP_HOST:
		return "http";
	default:
		return NULL;
	}
}

/* The same host of the same flow was told already. */
static bool told_before(const struct tx *tx, const struct tx_field *f)
{
	for (const struct tx *t = tx->flow->txs; t; t = t->next)
		for (const struct tx_field *o = t->fields; o; o = o->next) {
			if (o == f)
				return false;
			if (o->buffer == f->buffer && o->inspected &&
			    o->data.len == f->data.len &&
			    memcmp(o->data.at, f->data.at, f->data.len) == 0)
				return true;
		}
	return false;
}

void detect_run_sites(struct detect *d, struct tx *tx, const struct tx_field *f)
{
	const char *where = where_of(f->buffer);

	if (!where || f->data.len == 0)
		return;
	const struct site_list *l = site_find(d->engine->sites, f->data);
	if (!l || told_before(tx, f))
		return;
	struct finding *found = finding_add(d->pkt, FINDING_SITE);
	if (!found)
		return;
	found->wish = !l->dangerous               ? FINDING_COUNT
		      : f->buffer == TX_DNS_QUERY ? FINDING_DROP
						  : FINDING_REJECT;
	found->tx = tx;
	found->name = f->data;
	found->detail = span_text(l->category);
	found->where = where;
	found->list = l->name;
	found->dangerous = l->dangerous;
}
