/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/proc/internal.h"
#include "gate/proc/obey.h"
#include "gate/uplink/uplink.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS 200
#define TICK_US 500000
#define WHY_MAX (64u << 10)

struct inspect {
	struct settings *settings;
	struct capture *capture;
	struct engine *engine;
	struct worker *worker;
	struct uplink_spool *spool; /* NULL: no centre */
	struct proc_obey *obey;     /* NULL: nobody gives orders */
	int64_t tick_us, beat_us;
	int64_t
	    rules_at_us; /* when the newest rule file was written; 0: there is none */
};

static void say(const char *id, struct buf *why)
{
	if (why->len)
		log_error(id, "%s", buf_text(why));
	buf_fini(why);
}

/* A record on its way to the centre (event/ calls this). */
static void keep(void *ctx, const struct record *rec, struct span json)
{
	struct inspect *in = ctx;
	bool stopped =
	    rec->has[RECORD_F_STOPPED] && rec->value[RECORD_F_STOPPED].number;
	enum record_severity severity =
	    record_cause_severity(record_cause_get(rec), stopped);

	/* What it had to give up, the spool counts and tells itself. */
	if (rec->kind == RECORD_GATE)
		severity = RECORD_LOG;
	if (uplink_spool_put(in->spool, severity, json) < 0)
		return;
}

static int open_capture(struct inspect *in)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	if (in->settings->recording)
		in->capture = capture_open_paced(in->settings->recording, &why);
	else
		in->capture = capture_open_ports(&in->settings->ports, &why);
	say("G011", &why);
	return in->capture ? 0 : FAIL_IO;
}

static int64_t newest_rules(const struct engine_source *s)
{
	struct stat st;
	int64_t newest_us = 0;

	for (unsigned i = 0; i < s->rule_file_count; i++)
		if (stat(s->rule_files[i], &st) == 0 &&
		    (int64_t)st.st_mtime * 1000000 > newest_us)
			newest_us = (int64_t)st.st_mtime * 1000000;
	return newest_us;
}

static int build_engine(struct inspect *in, struct engine **engine)
{
	struct buf why;

	buf_init(&why, WHY_MAX);
	*engine = engine_build(&in->settings->rules, &why);
	say("G040", &why);
	if (!*engine)
		return FAIL_FORMAT;
	in->rules_at_us = newest_rules(&in->settings->rules);
	struct engine_report r = engine_report(*engine);
	for (unsigned i = 0; i < r.refused && i < 20; i++)
		log_warn("G041", "%s:%u: rule refused: %s", r.refusals[i].file,
		    r.refusals[i].line, r.refusals[i].reason);
	log_info("G042", "%u rules loaded, %u refused, %u listed sites", r.loaded,
	    r.refused, r.sites);
	if (!r.refused || !in->settings->strict)
		return 0;
	log_error("G043", "rules.strict is set: not started with refused rules");
	engine_unref(*engine);
	*engine = NULL;
	return FAIL_FORMAT;
}

static int open_spool(struct inspect *in)
{
	char dir[PATH_MAX];
	struct uplink_spool_conf conf = { .dir = dir,
		.max_bytes = (uint64_t)conf_int(in->settings->conf, "spool.max") };

	if (!conf_given(in->settings->conf, "centre.url"))
		return 0;
	settings_path(in->settings, "spool.dir", "spool", dir, sizeof(dir));
	in->spool = uplink_spool_open(&conf);
	if (!in->spool)
		return FAIL_IO;
	in->settings->pipeline.event.uplink = keep;
	in->settings->pipeline.event.uplink_ctx = in;
	return 0;
}

static const char *scanner_state(const struct inspect *in)
{
	if (!in->settings->pipeline.file.clamd_socket)
		return "none";
	return file_scanner_is_up(pipeline_file(in->worker)) ? "up" : "down";
}

static void beat(struct inspect *in, int64_t now_us)
{
	struct engine_report rules = engine_report(in->engine);
	struct event_gate gate = { .now_us = now_us,
		.rules = &rules,
		.scanner = scanner_state(in),
		.capture_lost = capture_counts(in->capture).lost,
		.spool_lost = in->spool ? uplink_spool_lost(in->spool) : 0,
		.spool_percent = in->spool ? uplink_spool_percent(in->spool) : 0,
		.rules_at_us = in->rules_at_us,
		.signatures_at_us = file_scanner_made_us(pipeline_file(in->worker)) };

	in->beat_us = now_us + conf_int(in->settings->conf, "heartbeat_s") * 1000000;
	event_stats(pipeline_event(in->worker), &gate);
}

/* New rules beside the old ones; the old ones stay when the new ones cannot be built. */
static void reload(struct inspect *in)
{
	struct engine *engine;

	if (build_engine(in, &engine) < 0)
		return;
	if (detect_swap(pipeline_detect(in->worker), engine) < 0) {
		engine_unref(engine);
		return;
	}
	engine_unref(in->engine);
	in->engine = engine;
}

#define REFUSED_MOST_PERCENT 5u

/* Rules of a bundle must be nearly all readable: a set made for another version of us would
 * leave the company half protected. */
static bool is_fit(
    struct inspect *in, const struct engine *engine, char *why, size_t room)
{
	struct engine_report r = engine_report(engine);

	snprintf(
	    why, room, "%u of %u rules are refused", r.refused, r.loaded + r.refused);
	return !proc_obey_has_bundle(in->obey) ||
	       r.refused * 100 <= REFUSED_MOST_PERCENT * (r.loaded + r.refused);
}

static const char *change_rules(struct inspect *in)
{
	static char why[100];
	struct engine *engine = NULL;

	if (build_engine(in, &engine) < 0)
		return "the rules cannot be built";
	if (!is_fit(in, engine, why, sizeof(why)) ||
	    detect_swap(pipeline_detect(in->worker), engine) < 0) {
		engine_unref(engine);
		return why;
	}
	engine_unref(in->engine);
	in->engine = engine;
	return NULL;
}

/* The order is done before the centre hears so; who is cut off does not wait for rules. */
static void obey(struct inspect *in)
{
	const char *why = proc_obey_look(in->obey) ? change_rules(in) : NULL;

	if (why && proc_obey_has_bundle(in->obey))
		proc_obey_unfit(in->obey, why);
	struct engine_report rules = engine_report(in->engine);
	proc_obey_answer(in->obey, &rules);
}

static void between(struct inspect *in)
{
	int64_t now = clock_now_us();

	if (proc_again) {
		proc_again = 0;
		event_reopen(pipeline_event(in->worker));
		reload(in);
	}
	if (now < in->tick_us)
		return;
	if (in->obey && proc_obey_changed(in->obey))
		obey(in);
	in->tick_us = now + TICK_US;
	pipeline_idle(in->worker, now);
	if (now >= in->beat_us)
		beat(in, now);
	if (in->spool && uplink_spool_tick(in->spool, now) < 0)
		return; /* told by the spool */
}

static int carry(struct inspect *in)
{
	struct packet pkt;
	struct buf why;
	int got = CAPTURE_NONE;

	buf_init(&why, WHY_MAX);
	while (!proc_stop && got >= 0) {
		got = capture_next(in->capture, &pkt, WAIT_MS, &why);
		if (got == CAPTURE_FRAME) {
			enum verdict v = pipeline_run(in->worker, &pkt);
			capture_verdict(in->capture, &pkt, v);
		}
		between(in);
	}
	say("G011", &why);
	return got < 0 ? got : 0;
}

/* The EVE file may lie in a folder of root; later it is opened again by its own user. */
static int open_eve(struct inspect *in, const struct proc_user *user)
{
	struct event_conf *conf = &in->settings->pipeline.event;

	if (!conf->eve_path)
		return 0;
	conf->eve_fd = event_open(conf->eve_path);
	if (conf->eve_fd < 0)
		return FAIL_IO;
	if (user->change && fchown(conf->eve_fd, user->uid, user->gid) < 0)
		log_warn("G022", "%s cannot be given to the user that writes it",
		    conf->eve_path);
	return 0;
}

/* What needs rights is opened, rules are read, and then the rights go: before the first
 * byte of a stranger. */
static int begin(struct inspect *in, const struct proc_user *user)
{
	if (open_capture(in) < 0 || open_eve(in, user) < 0 ||
	    build_engine(in, &in->engine) < 0 || proc_drop(PROC_INSPECT, user) < 0 ||
	    open_spool(in) < 0)
		return FAIL_IO;
	in->worker = pipeline_new(&in->settings->pipeline, in->engine);
	if (!in->worker)
		return FAIL_MEMORY;
	if (!proc_obeys(in->settings))
		return 0;
	in->obey = proc_obey_open(in->settings, in->worker);
	if (!in->obey)
		return FAIL_IO;
	(void)proc_obey_changed(in->obey);
	obey(in);
	return 0;
}

int proc_inspect(struct settings *s, const struct proc_user *user)
{
	struct inspect in = { .settings = s };
	int fail = begin(&in, user);

	if (fail == 0) {
		log_info("G001", "inspecting %s%s%s",
		    s->recording   ? s->recording
		    : s->ports.lan ? s->ports.lan
				   : "",
		    s->ports.inline_pair ? " <-> " : " ",
		    s->ports.wan ? s->ports.wan : "");
		fail = carry(&in);
	}
	pipeline_free(in.worker);
	proc_obey_close(in.obey);
	engine_unref(in.engine);
	uplink_spool_close(in.spool);
	capture_close(in.capture);
	return fail < 0;
}
