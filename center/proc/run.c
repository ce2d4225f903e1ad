/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/api.h"
#include "center/fleet/fleet.h"
#include "center/ingest/ingest.h"
#include "center/journey.h"
#include "center/proc/channels.h"
#include "center/proc/proc.h"
#include "center/publish/federation/federation.h"
#include "center/publish/syslog/syslog.h"
#include "center/store/keep.h"
#include "center/store/store.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define TICK_S        60
#define STORY_LOOK_MS 2
#define TIDY_MOST     500 /* incidents closed in one transaction */

/* Everything that runs; started from top to bottom, ended from bottom to top. */
struct centre {
	const struct conf *conf;
	int lock;
	struct store *store;
	struct ingest_ca *ca;
	struct fleet_keys *keys;
	char names[1024];
	struct proc_channels channels;
	struct journey journey;
	struct notify_sender *sender;
	struct publish_syslog *syslog;
	struct publish_federation *federation;
	struct ingest_door *door;
	struct api *api;
	struct journey_ears ears;
	int64_t silent_us;
};

/* By which names gates find us: as told, or the address we listen on and this host. */
static void choose_names(struct centre *c)
{
	const char *given = conf_text(c->conf, "gate.names");
	const char *listen = conf_text(c->conf, "gate.listen");
	char host[256] = "", own[256] = "localhost";

	if (given) {
		snprintf(c->names, sizeof(c->names), "%s", given);
		return;
	}
	if (sscanf(listen, "[%255[^]]]", host) != 1)
		sscanf(listen, "%255[^:]", host);
	bool any = !*host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
	bool local = strcmp(host, "127.0.0.1") == 0;
	if (any)
		gethostname(own, sizeof(own) - 1);
	snprintf(c->names, sizeof(c->names), "localhost,127.0.0.1%s%s",
	    any || !local ? "," : "",
	    any     ? own
	    : local ? ""
		    : host);
}

static int start_sender(struct centre *c)
{
	if (!c->journey.notify.smtp_url)
		log_warn("C008", "smtp.url is not set: notices by mail wait");
	c->sender = notify_start(&c->journey.notify, c->store);
	return c->sender ? 0 : FAIL_IO;
}

static int start_door(struct centre *c)
{
	struct ingest_conf conf = { .listen = conf_text(c->conf, "gate.listen"),
		.take = journey_run,
		.take_arg = &c->journey,
		.keys = c->keys,
		.parked = (unsigned)conf_int(c->conf, "gate.parked"),
		.threads = (unsigned)conf_int(c->conf, "gate.threads"),
		.connections = (unsigned)conf_int(c->conf, "gate.connections"),
		.per_address = (unsigned)conf_int(c->conf, "gate.per_address"),
		.memory_mb = (unsigned)conf_int(c->conf, "gate.memory_mb"),
		.records_per_s = (unsigned)conf_int(c->conf, "gate.records_per_s"),
		.records_burst = (unsigned)conf_int(c->conf, "gate.records_burst") };
	bool changed;

	choose_names(c);
	int err = ingest_ca_renew(c->ca, c->names, clock_real_us(), &changed);
	if (err < 0)
		return err;
	c->door = ingest_open(&conf, c->store, c->ca);
	return c->door ? 0 : FAIL_IO;
}

static int claim_authority(struct store_db *db, void *arg)
{
	const struct centre *c = arg;

	return ingest_authority(db, c->ca);
}

static int start_syslog(struct centre *c)
{
	struct publish_syslog_conf conf = { .url = conf_text(c->conf, "syslog.url"),
		.ca = conf_text(c->conf, "syslog.ca"),
		.cef = strcmp(conf_text(c->conf, "syslog.format"), "cef") == 0 };

	if (!conf.url)
		return 0;
	c->syslog = publish_syslog_start(&conf, c->store);
	return c->syslog ? 0 : FAIL_FORMAT;
}

static int start_federation(struct centre *c)
{
	struct publish_federation_conf conf = { .url = conf_text(c->conf, "national.url"),
		.token = conf_text(c->conf, "national.token_file"),
		.ca = conf_text(c->conf, "national.ca"),
		.keys = conf_text(c->conf, "national.key"),
		.every_s = conf_int(c->conf, "national.every_s") };

	if (!conf.url)
		return 0;
	c->federation = publish_federation_start(&conf, c->store);
	return c->federation ? 0 : FAIL_FORMAT;
}

static int open_ca(struct centre *c)
{
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%s/ca", conf_text(c->conf, "data.dir"));
	c->ca = ingest_ca_open(dir);
	c->keys = c->ca ? fleet_keys_open(dir) : NULL;
	if (!c->keys)
		return FAIL_IO;
	int err = store_write(c->store, claim_authority, c);
	if (err == FAIL_CONFLICT)
		log_error("C016",
		    "the gates in this database belong to another authority than %s: put "
		    "the ca directory of the centre that made it there, or a backup",
		    dir);
	return err;
}

static int start_portal(struct centre *c)
{
	struct api_conf conf = { .listen = conf_text(c->conf, "portal.listen"),
		.cert = conf_text(c->conf, "portal.cert"),
		.key = conf_text(c->conf, "portal.key"),
		.proxy = conf_text(c->conf, "portal.proxy"),
		.portal_dir = conf_text(c->conf, "portal.dir"),
		.demo_maildir = conf_text(c->conf, "demo.maildir"),
		.notify = &c->journey.notify,
		.oidc = { .issuer = conf_text(c->conf, "oidc.issuer"),
		    .client = conf_text(c->conf, "oidc.client"),
		    .secret = c->channels.oidc,
		    .scopes = conf_text(c->conf, "oidc.scopes"),
		    .ca_file = conf_text(c->conf, "oidc.ca_file"),
		    .link = strcmp(conf_text(c->conf, "oidc.link"), "yes") == 0,
		    .create = strcmp(conf_text(c->conf, "oidc.create"), "yes") == 0 },
		.ca = c->ca,
		.keys = c->keys };

	c->api = api_start(&conf, c->store);
	return c->api ? 0 : FAIL_IO;
}

static int start(struct centre *c)
{
	int err = proc_lock(conf_text(c->conf, "data.dir"), &c->lock);

	if (err == 0)
		err = proc_channels(c->conf, &c->channels);
	if (err < 0)
		return err;
	c->store = store_open(conf_text(c->conf, "data.dir"));
	if (!c->store || open_ca(c) < 0)
		return FAIL_IO;
	c->journey.notify = c->channels.notify;
	err = start_sender(c);
	if (err == 0)
		err = start_syslog(c);
	if (err == 0)
		err = start_federation(c);
	if (err == 0)
		err = start_door(c);
	return err < 0 ? err : start_portal(c);
}

static void end(struct centre *c)
{
	api_stop(c->api);
	ingest_close(c->door);
	publish_federation_stop(c->federation);
	publish_syslog_stop(c->syslog);
	notify_stop(c->sender);
	fleet_keys_close(c->keys);
	ingest_ca_close(c->ca);
	store_close(c->store);
	if (c->lock >= 0)
		close(c->lock);
}

static int tidy(struct store_db *db, void *arg)
{
	(void)arg;
	return incident_tidy(db, clock_now_us(), TIDY_MOST);
}

static int silence(struct store_db *db, void *arg)
{
	const struct centre *c = arg;

	return journey_silence(db, &c->journey, clock_now_us(), c->silent_us);
}

static int watch(struct store_db *db, void *arg)
{
	const struct centre *c = arg;

	return journey_watch(db, &c->journey, clock_now_us());
}

static int ladder(struct store_db *db, void *arg)
{
	const struct centre *c = arg;

	return journey_ladder(db, &c->journey, clock_now_us());
}

static int expire(struct store_db *db, void *arg)
{
	(void)arg;
	return fleet_expire(db, clock_now_us());
}

static int settle(struct store_db *db, void *arg)
{
	const struct centre *c = arg;
	struct fleet_by by = { .keys = c->keys, .now_us = clock_now_us() };

	return fleet_setting_settle(db, &by);
}

static int digests(struct store_db *db, void *arg)
{
	const struct centre *c = arg;

	return journey_digests(db, &c->journey, clock_now_us());
}

static int roll_out(struct store_db *db, void *arg)
{
	const struct centre *c = arg;
	struct fleet_by by = { .keys = c->keys, .now_us = clock_now_us() };

	return fleet_rollout_step(db, &by);
}

static bool has_listened(struct centre *c)
{
	return journey_listened(
	    &c->ears, clock_now_us(), clock_monotonic_us(), c->silent_us);
}

static int anchor(struct store_db *db, void *arg)
{
	return store_audit_anchor(db, clock_now_us(), arg);
}

/* Where the audit log ends, once a day into the log: what is written down elsewhere shows
 * when somebody cuts the end off (otasuke audit verify --anchor). */
static void drop_anchor(struct centre *c)
{
	struct store_audit_place end;

	if (store_write(c->store, anchor, &end) == 1)
		log_info("C019", "audit anchor %lld:%s", (long long)end.line, end.hash);
}

static int tend(struct store_db *db, void *arg)
{
	(void)arg;
	return store_tend(db, clock_now_us());
}

/* What time alone brings: by one process when there are several. */
static void lead(struct centre *c, bool listened)
{
	(void)!store_write(c->store, tend, NULL); /* it has said why not */
	/* First whose quiet time began, then who is silent. */
	while (store_write(c->store, watch, c) == JOURNEY_SILENT_MOST)
		;
	while (listened && store_write(c->store, silence, c) == JOURNEY_SILENT_MOST)
		;

	while (store_write(c->store, ladder, c) == JOURNEY_LADDER_MOST)
		;
	while (store_write(c->store, digests, c) == JOURNEY_DIGESTS_MOST)
		;
	while (store_write(c->store, tidy, NULL) == TIDY_MOST)
		;
	while (store_write(c->store, settle, c) == FLEET_SETTLE_MOST)
		;
	while (store_write(c->store, roll_out, c) == FLEET_SETTLE_MOST)
		;
	(void)!store_write(c->store, expire, NULL); /* told; again in a minute */
	(void)!store_learn(c->store, clock_now_us());
	drop_anchor(c);
}

/* A second a minute; what is left waits. */
#define KEEP_BUDGET_MS 1000

static void keep(struct centre *c)
{
	struct store_keep_done done;

	if (store_keep_run(c->store, clock_now_us(), KEEP_BUDGET_MS, &done) == 0 &&
	    (done.events || done.incidents))
		log_info("C020",
		    "retention: %lld events (%lld bytes) and the names in %lld incidents "
		    "removed",
		    (long long)done.events, (long long)done.bytes,
		    (long long)done.incidents);
}

static void tick(struct centre *c)
{
	bool changed = false, listened = has_listened(c);

	if (store_leads(c->store)) {
		lead(c, listened);
		keep(c);
	}
	if (ingest_ca_renew(c->ca, c->names, clock_real_us(), &changed) == 0 && changed)
		ingest_door_renewed(c->door);
}

static int nothing(struct store_db *db, void *arg)
{
	(void)db;
	(void)arg;
	return 0;
}

/* To systemd, where it runs us (sd_notify(3)): the writer has answered.  Should it hang, so
 * does this, and the watchdog starts the centre anew; a store that says no is no reason to. */
static void say_alive(struct centre *c)
{
	int err = store_write(c->store, nothing, NULL);

	(void)sd_notify(
	    0, err < 0 ? "WATCHDOG=1\nSTATUS=the store takes nothing: see the log"
		       : "WATCHDOG=1\nSTATUS=watching");
}

/* Until the next tick, or until a signal: which one.  In a story a minute passes as soon as
 * its runner says so. */
static int wait_signal(const sigset_t *signals, int64_t tick_us)
{
	struct timespec pause = { .tv_sec = TICK_S };
	int sig = -1;

	if (!clock_is_story())
		return sigtimedwait(signals, NULL, &pause);
	pause = (struct timespec){ .tv_nsec = STORY_LOOK_MS * 1000000L };
	while (sig < 0 && clock_monotonic_us() == tick_us)
		sig = sigtimedwait(signals, NULL, &pause);
	return sig;
}

/* One descriptor a gate, and some for ourselves. */
static void allow_files(const struct conf *conf)
{
	struct rlimit lim;
	rlim_t want = (rlim_t)conf_int(conf, "gate.connections") + 2048;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur >= want)
		return;
	lim.rlim_cur =
	    lim.rlim_max == RLIM_INFINITY || lim.rlim_max >= want ? want : lim.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur < want)
		log_warn("C009",
		    "only %llu files may be open: fewer gates than "
		    "gate.connections will fit",
		    (unsigned long long)lim.rlim_cur);
}

int proc_run(const struct conf *conf)
{
	struct centre c = { .conf = conf,
		.lock = -1,
		.silent_us = conf_int(conf, "gate.silent_s") * 1000000 };
	sigset_t signals;
	int sig;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	allow_files(conf);
	int err = proc_story(conf);
	if (err == 0)
		err = start(&c);
	if (err == 0) {
		log_info("C001", "ready: portal on port %u, gates' door on port %u",
		    api_port(c.api), ingest_port(c.door));
		(void)sd_notify(0, "READY=1");
		do {
			int64_t tick_us = clock_monotonic_us();
			tick(&c);
			say_alive(&c);
			clock_ticked(tick_us);
			sig = wait_signal(&signals, tick_us);
		} while (sig < 0);
		log_info("C010", "ending on signal %d", sig);
		(void)sd_notify(0, "STOPPING=1");
	}
	end(&c);
	return err;
}
