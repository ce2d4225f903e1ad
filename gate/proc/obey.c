/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/obey.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/bundle.h"
#include "lib/wire/remote.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define WHY_MAX 4096u

struct proc_obey {
	struct settings *settings;
	struct worker *worker;
	struct renew_seen *seen;
	struct verdict_orders orders;
	bool *
	    given; /* by row of wire_remote_rows: set in this gate's own configuration */
	char why[256];
	int64_t started_us;
	int64_t version[2]; /* of the bundles in `bundles` that run */
	char unfit[17], unfit_why[128];
	/* Paths of rules and of sites: the settings point here. */
	char paths[2][WIRE_BUNDLE_FILES][RENEW_PATH_ROOM];
	const char *list[2][WIRE_BUNDLE_FILES];
};

static const char *const bundles[2] = { "rules", "sites" };

struct proc_obey *proc_obey_open(struct settings *s, struct worker *w)
{
	struct proc_obey *o = calloc(1, sizeof(*o));
	char dir[PATH_MAX];

	if (!o)
		return NULL;
	snprintf(dir, sizeof(dir), "%s/orders", conf_text(s->conf, "state.dir"));
	o->settings = s;
	o->worker = w;
	o->started_us = clock_now_us();
	o->seen = renew_seen_open(dir);
	o->given = calloc(wire_remote_row_count, sizeof(*o->given));
	for (size_t i = 0; o->given && i < wire_remote_row_count; i++)
		o->given[i] = conf_given(s->conf, wire_remote_rows[i].key);
	if (o->seen && o->given)
		return o;
	proc_obey_close(o);
	return NULL;
}

void proc_obey_close(struct proc_obey *o)
{
	if (!o)
		return;
	renew_seen_close(o->seen);
	free(o->given);
	free(o);
}

/* centre.keep = KEY: nobody but who stands before this gate changes it. */
static bool is_kept(const struct proc_obey *o, const char *key)
{
	const char *name, *value;

	for (unsigned n = 0;
	     conf_each(o->settings->conf, "centre.keep", n, &name, &value); n++)
		if (strcmp(value, key) == 0)
			return true;
	return false;
}

static const char *ordered(const struct proc_obey *o, const char *key)
{
	const char *value =
	    json_string_value(json_object_get(renew_seen_values(o->seen), key));

	return is_kept(o, key) ? NULL : value;
}

/* True when something is different now. */
static bool set_values(struct proc_obey *o)
{
	struct buf why;
	bool changed = false;

	buf_init(&why, WHY_MAX);
	for (size_t i = 0; i < wire_remote_row_count; i++) {
		const char *key = wire_remote_rows[i].key;
		const char *now = conf_text(o->settings->conf, key);
		char *before = strdup(now ? now : "");
		if (settings_remote(o->settings, key, ordered(o, key), &why) < 0)
			log_warn("G310", "%s: the centre's value does not fit", key);
		now = conf_text(o->settings->conf, key);
		changed = changed || !before || strcmp(before, now ? now : "") != 0;
		free(before);
	}
	if (changed && settings_again(o->settings, &why) < 0)
		log_error("G311", "the centre's settings cannot be used");
	snprintf(o->why, sizeof(o->why), "%.*s", (int)(why.len < 255 ? why.len : 255),
	    why.len ? (const char *)why.at : "");
	o->why[strcspn(o->why, "\n")] = 0;
	buf_fini(&why);
	return changed;
}

/* True when other rules or sites are to run. */
static bool set_bundles(struct proc_obey *o, bool settings_anew)
{
	bool changed = settings_anew;
	unsigned count[2];

	for (unsigned b = 0; b < 2; b++) {
		int64_t version = renew_seen_bundle(
		    o->seen, bundles[b], o->paths[b], WIRE_BUNDLE_FILES, &count[b]);
		for (unsigned i = 0; i < count[b]; i++)
			o->list[b][i] = o->paths[b][i];
		changed = changed || version != o->version[b];
		o->version[b] = version;
	}
	struct buf why;
	buf_init(&why, WHY_MAX);
	if (changed && (settings_again(o->settings, &why) < 0 ||
			   settings_bundle(o->settings, o->list[0], count[0],
			       o->list[1], count[1]) < 0))
		log_error("G315", "the rules of a bundle cannot be named");
	buf_fini(&why);
	return changed;
}

void proc_obey_unfit(struct proc_obey *o, const char *why)
{
	/* Whichever is newer is what was just ordered. */
	snprintf(
	    o->unfit, sizeof(o->unfit), "%s", o->version[0] ? bundles[0] : bundles[1]);
	snprintf(o->unfit_why, sizeof(o->unfit_why), "%s", why);
}

bool proc_obey_has_bundle(const struct proc_obey *o)
{
	return o->version[0] || o->version[1];
}

static void set_worker(struct proc_obey *o)
{
	struct pipeline_conf *p = &o->settings->pipeline;

	p->verdict.orders = &o->orders;
	pipeline_set_verdict(o->worker, &p->verdict);
	event_set_mode(pipeline_event(o->worker), p->event.mode, p->event.ips);
	file_set_limits(
	    pipeline_file(o->worker), p->file.scan_max, p->file.clamd_wait_ms);
	asset_set_home(pipeline_asset(o->worker), p->asset.home, p->asset.homes);
}

static json_t *values_now(const struct proc_obey *o)
{
	json_t *all = json_object();

	for (size_t i = 0; i < wire_remote_row_count; i++) {
		const char *key = wire_remote_rows[i].key;
		const char *value = conf_text(o->settings->conf, key);
		const char *from = is_kept(o, key)   ? "kept"
				   : ordered(o, key) ? "centre"
				   : o->given[i]     ? "gate"
						     : "preset";
		(void)json_object_set_new(all, key,
		    json_pack("{s:s, s:s}", "value", value ? value : "", "from", from));
	}
	return all;
}

void proc_obey_answer(struct proc_obey *o, const struct engine_report *rules)
{
	const struct verdict_conf *v = &o->settings->pipeline.verdict;
	json_t *applied =
	    json_pack("{s:b, s:s, s:s, s:I, s:s, s:o, s:{s:i, s:i}, s:i}", "inline",
		v->inline_path, "mode", o->settings->pipeline.event.mode, "version",
		OTASUKE_VERSION, "started_us", (json_int_t)o->started_us, "config_why",
		o->why, "config", values_now(o), "rules", "loaded", (int)rules->loaded,
		"refused", (int)rules->refused, "cut", (int)o->orders.cuts);

	if (o->unfit[0]) {
		(void)json_object_set_new(
		    applied, "bundle_unfit", json_string(o->unfit));
		(void)json_object_set_new(
		    applied, "bundle_why", json_string(o->unfit_why));
	}
	if (!applied || renew_seen_answer(o->seen, applied) < 0)
		log_warn("G312", "the centre cannot be told what was done");
}

static void tell_cuts(const struct proc_obey *o, unsigned before)
{
	if (o->orders.cuts == before)
		return;
	if (o->settings->pipeline.verdict.inline_path)
		log_info("G313", "%u machines are cut off now", o->orders.cuts);
	else if (o->orders.cuts)
		log_warn("G314",
		    "%u machines should be cut off, but this gate only listens",
		    o->orders.cuts);
}

bool proc_obey_changed(struct proc_obey *o)
{
	return renew_seen_changed(o->seen);
}

bool proc_obey_look(struct proc_obey *o)
{
	unsigned before = o->orders.cuts;
	bool changed = false;

	if (renew_seen_read(o->seen) == 0) {
		renew_seen_orders(o->seen, &o->orders);
		o->unfit[0] = o->unfit_why[0] = 0;
		changed = set_bundles(o, set_values(o));
		set_worker(o);
		tell_cuts(o, before);
	}
	return changed;
}
