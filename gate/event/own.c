/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

static void put_virus(
    struct event *e, const struct event_about *about, const struct finding *f)
{
	struct record *r = &e->rec;

	event_text(e, RECORD_F_VIRUS_NAME, f->name);
	record_text(r, RECORD_F_VIRUS_ENGINE, f->list);
	record_text(r, RECORD_F_VIRUS_CARRIER, f->where);
	record_text(r, RECORD_F_VIRUS_RESULT,
	    f->kind == FINDING_VIRUS ? "infected" : "unscannable");
	if (f->file)
		event_file_object(e, f->file);
	if (about->tx &&
	    (about->tx->app == FLOW_APP_HTTP || about->tx->app == FLOW_APP_SMTP))
		event_tx_object(e, about->tx);
}

static void put_site(struct event *e, const struct finding *f)
{
	struct record *r = &e->rec;

	event_text(e, RECORD_F_SITE_HOST, f->name);
	event_text(e, RECORD_F_SITE_CATEGORY, f->detail);
	record_text(r, RECORD_F_SITE_LIST, f->list);
	record_text(r, RECORD_F_SITE_SEEN_IN, f->where);
	record_bool(r, RECORD_F_SITE_DANGEROUS, f->dangerous);
}

static void put_app(struct event *e, const struct finding *f)
{
	event_text(e, RECORD_F_APP_NAME, f->name);
	event_text(e, RECORD_F_APP_CATEGORY, f->detail);
}

static void put_asset(struct event *e, const struct finding *f)
{
	record_text(&e->rec, RECORD_F_ASSET_EVENT, f->on ? "new" : "changed");
	if (f->asset)
		event_machine(e, f->asset);
}

static void put_scanner(struct event *e, const struct finding *f)
{
	record_text(&e->rec, RECORD_F_SCANNER_STATE, f->on ? "up" : "down");
	event_text(e, RECORD_F_SCANNER_REASON, f->name);
}

static const enum record_kind kind_of[FINDING_KIND_MAX] = {
	[FINDING_VIRUS] = RECORD_VIRUS,
	[FINDING_UNSCANNABLE] = RECORD_VIRUS,
	[FINDING_SCANNER] = RECORD_SCANNER,
	[FINDING_SITE] = RECORD_SITE,
	[FINDING_APP] = RECORD_APP,
	[FINDING_ASSET] = RECORD_ASSET,
};

static void count(struct event_counts *c, const struct finding *f)
{
	c->virus += f->kind == FINDING_VIRUS;
	c->sites += f->kind == FINDING_SITE;
	c->apps += f->kind == FINDING_APP;
	c->machines += f->kind == FINDING_ASSET && f->on;
}

void event_own(
    struct event *e, const struct event_about *about, const struct finding *f)
{
	/* The scanner and a new machine are not about the packet that happened to pass. */
	struct event_about nobody = { about->pkt, NULL, NULL, NULL };

	count(&e->counts, f);
	if (!event_wants(e, kind_of[f->kind]))
		return;
	bool of_nobody = f->kind == FINDING_SCANNER || f->kind == FINDING_ASSET;
	if (of_nobody)
		about = &nobody;
	event_begin(
	    e, kind_of[f->kind], about, of_nobody ? EVENT_AS_NOBODY : EVENT_AS_PACKET);
	switch (f->kind) {
	case FINDING_VIRUS:
	case FINDING_UNSCANNABLE:
		put_virus(e, about, f);
		break;
	case FINDING_SITE:
		put_site(e, f);
		break;
	case FINDING_APP:
		put_app(e, f);
		break;
	case FINDING_ASSET:
		put_asset(e, f);
		break;
	default:
		put_scanner(e, f);
		break;
	}
	event_otasuke(e, about);
	event_send(e);
}
