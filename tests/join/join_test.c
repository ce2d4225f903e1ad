/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gate and centre together: the gate's real uplink against the centre's real door, over
 * loopback, into a real store.  002-06; law 5. */
#include "center/sample_test.h"

#include "gate/renew/renew.h"
#include "gate/uplink/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/wire/bundle.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WAIT_S 30

static struct sample centre;
static struct ingest_ca *ca;
static struct ingest_door *door;
static struct fleet_keys *keys;
static unsigned port, records_per_s, records_burst, renew_days;
static char url[64], gate_dir[64], id_dir[96], spool_dir[96], cert[128], key[128],
    ca_file[128], orders_dir[96];
static volatile int stop;
static pthread_t thread;
static int result;

static bool open_door(void)
{
	char listen[64];
	struct ingest_conf conf = { .listen = listen,
		.take = journey_run,
		.take_arg = &centre.journey,
		.keys = keys,
		.records_per_s = records_per_s,
		.records_burst = records_burst };

	snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
	door = ingest_open(&conf, centre.store, ca);
	if (!door)
		return false;
	port = ingest_port(door);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u", port);
	return true;
}

static void open_all(void)
{
	char dir[96];
	bool changed;

	sample_open(&centre);
	port = records_per_s = records_burst = renew_days = 0;
	snprintf(dir, sizeof(dir), "%s/ca", centre.dir);
	ca = ingest_ca_open(dir);
	check(ca && ingest_ca_renew(ca, "127.0.0.1", clock_now_us(), &changed) == 0);
	keys = fleet_keys_open(dir);
	check(keys != NULL);
	check(open_door());
	tempdir_make(gate_dir);
	snprintf(orders_dir, sizeof(orders_dir), "%s/orders", gate_dir);
	snprintf(id_dir, sizeof(id_dir), "%s/id", gate_dir);
	snprintf(spool_dir, sizeof(spool_dir), "%s/spool", gate_dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", id_dir);
	snprintf(key, sizeof(key), "%s/key.pem", id_dir);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", id_dir);
}

static void close_all(void)
{
	ingest_close(door);
	fleet_keys_close(keys);
	ingest_ca_close(ca);
	sample_close(&centre);
	tempdir_remove(gate_dir);
}

static char code[WIRE_CODE_ROOM];

static int make_code(struct store_db *db, void *arg)
{
	int64_t expires_us;

	(void)arg;
	return ingest_code_new(db, ca, 1, clock_now_us(), code, &expires_us);
}

static int revoke_gate(struct store_db *db, void *arg)
{
	(void)arg;
	return ingest_revoke(db, 1, 0, clock_now_us());
}

static void enrol(void)
{
	check_eq(store_write(centre.store, make_code, NULL), 0);
	check_eq(uplink_enrol(url, code, id_dir), 0);
}

/* --- the gate --- */

static void *run(void *nothing)
{
	struct uplink_session_conf conf = { .spool_dir = spool_dir,
		.centre = url,
		.dir = id_dir,
		.renew_days = renew_days,
		.poll_ms = 20,
		.retry_ms = 20,
		.retry_max_ms = 100 };

	(void)nothing;
	result = uplink_session_run(&conf, &stop);
	return NULL;
}

static void start_session(void)
{
	stop = 0;
	must(pthread_create(&thread, NULL, run, NULL) == 0);
}

static void stop_session(void)
{
	stop = 1;
	pthread_join(thread, NULL);
	check_eq(result, 0);
}

static struct uplink_spool *open_spool(uint32_t batch_bytes)
{
	struct uplink_spool_conf conf = { .dir = spool_dir,
		.batch_bytes = batch_bytes };

	return uplink_spool_open(&conf);
}

/* One alert; `number` stands in its rule's name. */
static void put(struct uplink_spool *s, unsigned number)
{
	struct buf line;

	buf_init(&line, 4096);
	sample_alert(&line, "keiri-pc", "EXPLOIT", true, SAMPLE_NOW_US + number * 1000);
	check_eq(uplink_spool_put(s, number % 3, span_of(line.at, line.len - 1)), 0);
	buf_fini(&line);
}

static unsigned left(const char *sub)
{
	char path[128];
	unsigned n = 0;

	snprintf(path, sizeof(path), "%s/%s", spool_dir, sub);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		struct uplink_segment s;
		n += uplink_segment_parse(e->d_name, &s);
	}
	if (d)
		closedir(d);
	return n;
}

static bool drained(void)
{
	for (unsigned i = 0; i < WAIT_S * 100 && left("."); i++)
		usleep(10000);
	return left(".") == 0;
}

/* Also those that only were counted. */
static int64_t arrived(void)
{
	return sample_int(&centre, "SELECT COALESCE(SUM(events), 0) FROM incident");
}

/* --- the stories --- */

static void a_code_lets_one_gate_in_once(void)
{
	open_all();
	enrol();
	check_text(
	    sample_text(&centre, "SELECT enrolled_us IS NOT NULL FROM gate"), "1|0");
	check_eq(uplink_enrol(url, code, gate_dir), FAIL_DENIED);
	code[0] = code[0] == 'Z' ? 'Y' : 'Z';
	check_eq(uplink_enrol(url, code, gate_dir), FAIL_DENIED);
	close_all();
}

static void what_was_spooled_arrives_once(void)
{
	open_all();
	enrol();
	struct uplink_spool *s = open_spool(2000);
	start_session();
	for (unsigned i = 0; i < 1000; i++)
		put(s, i);
	uplink_spool_close(s);
	check(drained());
	stop_session();
	check_eq(arrived(), 1000);
	check_eq(sample_int(&centre, "SELECT SUM(refused) FROM batch"), 0);
	check_eq(sample_int(&centre, "SELECT events FROM incident"), 1000);
	close_all();
}

/* The door closes and opens again and again while records come; then the gate is restarted. */
static void the_centre_goes_and_comes(void)
{
	open_all();
	enrol();
	struct uplink_spool *s = open_spool(500);
	start_session();
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 60; i++)
			put(s, round * 60 + i);
		ingest_close(door);
		for (unsigned i = 0; i < 40; i++)
			put(s, 300 + round * 40 + i);
		usleep(150000);
		check(open_door());
	}
	stop_session();
	uplink_spool_close(s);
	uplink_spool_close(open_spool(0));
	start_session();
	check(drained());
	stop_session();
	check_eq(arrived(), 500);
	check_eq(sample_int(&centre, "SELECT events FROM incident"), 500);
	close_all();
}

static void revoked_waits_for_a_new_code(void)
{
	open_all();
	enrol();
	check_eq(store_write(centre.store, revoke_gate, NULL), 0);
	struct uplink_spool *s = open_spool(1);
	put(s, 0);
	start_session();
	usleep(300000);
	check_eq(arrived(), 0);
	check_eq(left("."), 1);
	stop_session();
	enrol();
	start_session();
	check(drained());
	stop_session();
	uplink_spool_close(s);
	check_eq(arrived(), 1);
	close_all();
}

/* The answer was lost, the gate sends again: the centre knows it by its number. */
static void a_repeated_batch_counts_once(void)
{
	char from[200], to[200];

	open_all();
	enrol();
	uplink_spool_close(open_spool(0));
	struct uplink_spool *s = open_spool(1);
	put(s, 0);
	uplink_spool_close(s);
	struct uplink_reader *r = uplink_reader_open(spool_dir);
	struct uplink_segment seg;
	struct buf packed;
	char name[UPLINK_NAME_ROOM];
	buf_init(&packed, UPLINK_READY_MAX);
	check_eq(uplink_reader_next(r, &seg, &packed), 0);
	uplink_reader_close(r);
	uplink_segment_name(&seg, name);
	snprintf(from, sizeof(from), "%s/%s", spool_dir, name);
	snprintf(to, sizeof(to), "%s/kept", gate_dir);
	check_eq(link(from, to), 0);
	start_session();
	check(drained());
	check_eq(link(to, from), 0);
	check(drained());
	stop_session();
	check_eq(arrived(), 1);
	check_eq(sample_int(&centre, "SELECT events FROM incident"), 1);
	buf_fini(&packed);
	close_all();
}

static void a_broken_batch_is_put_aside(void)
{
	char path[200];

	open_all();
	enrol();
	struct uplink_spool *s = open_spool(1);
	snprintf(path, sizeof(path), "%s/0000000000000001-00000000-00000000-2-5.ready",
	    spool_dir);
	FILE *out = fopen(path, "w");
	fputs("this is not zstd", out);
	fclose(out);
	put(s, 0);
	start_session();
	check(drained());
	stop_session();
	uplink_spool_close(s);
	check_eq(arrived(), 1);
	check_eq(left("refused"), 1);
	close_all();
}

static void who_sends_too_much_is_asked_to_wait(void)
{
	open_all();
	enrol();
	ingest_close(door);
	records_per_s = 100;
	records_burst = 200;
	check(open_door());
	struct uplink_spool *s = open_spool(20000);
	for (unsigned i = 0; i < 1200; i++)
		put(s, i);
	start_session();
	uplink_spool_close(s);
	check(drained());
	stop_session();
	check_eq(arrived(), 1200);
	close_all();
}

/* --- orders --- */

static volatile int control_stop;
static pthread_t control;
static bool cuts; /* stands between two ports */
static struct verdict_orders seen_orders;
static int64_t rules_version, unfit; /* what runs; what inspect says it cannot use */
static char rule_paths[4][RENEW_PATH_ROOM];

static void *run_control(void *nothing)
{
	struct renew_conf conf = { .dir = orders_dir,
		.centre_dir = id_dir,
		.centre = url,
		.cert = cert,
		.key = key,
		.ca = ca_file,
		.retry_ms = 20,
		.retry_max_ms = 100 };

	(void)nothing;
	check_eq(renew_run(&conf, &control_stop), 0);
	return NULL;
}

/* What inspect does between two packets. */
static void *run_inspect(void *nothing)
{
	struct renew_seen *s = renew_seen_open(orders_dir);

	(void)nothing;
	while (!control_stop) {
		usleep(20000);
		if (!renew_seen_changed(s) || renew_seen_read(s) < 0)
			continue;
		renew_seen_orders(s, &seen_orders);
		unsigned files;
		rules_version = renew_seen_bundle(s, "rules", rule_paths, 4, &files);
		json_t *applied = json_pack("{s:b}", "inline", cuts);
		if (unfit && rules_version == unfit) {
			json_object_set_new(
			    applied, "bundle_unfit", json_string("rules"));
			json_object_set_new(applied, "bundle_why",
			    json_string("9 of 9 rules are refused"));
		}
		check_eq(renew_seen_answer(s, applied), 0);
	}
	renew_seen_close(s);
	return NULL;
}

static pthread_t inspect;

static void start_control(void)
{
	control_stop = 0;
	seen_orders.cuts = 0;
	must(pthread_create(&inspect, NULL, run_inspect, NULL) == 0);
	must(pthread_create(&control, NULL, run_control, NULL) == 0);
}

static void stop_control(void)
{
	control_stop = 1;
	pthread_join(control, NULL);
	pthread_join(inspect, NULL);
}

static struct fleet_contain cut;

static int ask_cut(struct store_db *db, void *arg)
{
	struct fleet_by by = { .keys = keys, .now_us = clock_now_us() };

	(void)arg;
	cut = (struct fleet_contain){ .gate_id = 1,
		.mac = "02:00:5E:00:00:01",
		.reason = "遠隔操作の疑い",
		.until_us = by.now_us + FLEET_UNDO_US };
	return fleet_contain(db, &by, &cut);
}

static int ask_release(struct store_db *db, void *arg)
{
	struct fleet_by by = { .keys = keys, .now_us = clock_now_us() };

	(void)arg;
	return fleet_release(db, &by, cut.id);
}

static bool becomes(const char *query, const char *answer)
{
	for (unsigned i = 0; i < WAIT_S * 100; i++) {
		if (strcmp(sample_text(&centre, query), answer) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

#define STATE "SELECT state FROM containment"

static void a_machine_is_cut_off_and_released(void)
{
	open_all();
	enrol();
	cuts = true;
	start_control();
	usleep(300000); /* it waits at the door by now */
	int64_t asked_us = clock_now_us();
	check_eq(store_write(centre.store, ask_cut, NULL), 0);
	int64_t id = cut.id;
	check_eq(store_write(centre.store, ask_cut, NULL), FAIL_CONFLICT);
	cut.id = id;
	check(becomes(STATE, "cut"));
	check(clock_now_us() - asked_us < 3000000);
	check_eq(seen_orders.cuts, 1);
	check_eq(seen_orders.cut[0].machine.mac[5], 1);
	check(becomes("SELECT state FROM gate_order", "done"));
	check_eq(store_write(centre.store, ask_release, NULL), 0);
	check(becomes(STATE, "released"));
	check_eq(seen_orders.cuts, 0);
	check_eq(store_write(centre.store, ask_release, NULL), FAIL_CONFLICT);
	stop_control();
	close_all();
}

/* Switched off and on, the centre away: who was cut off stays so. */
static void who_is_cut_off_stays_so(void)
{
	open_all();
	enrol();
	cuts = true;
	start_control();
	check_eq(store_write(centre.store, ask_cut, NULL), 0);
	check(becomes(STATE, "cut"));
	stop_control();
	ingest_close(door);
	start_control();
	for (unsigned i = 0; i < 300 && !seen_orders.cuts; i++)
		usleep(10000);
	check_eq(seen_orders.cuts, 1);
	check(open_door());
	check_eq(store_write(centre.store, ask_release, NULL), 0);
	check(becomes(STATE, "released"));
	stop_control();
	close_all();
}

static void a_gate_that_only_listens_says_so(void)
{
	open_all();
	enrol();
	cuts = false;
	start_control();
	check_eq(store_write(centre.store, ask_cut, NULL), 0);
	check(becomes(STATE, "listening"));
	stop_control();
	close_all();
}

/* Another box for the same place: the old one is locked out, the new one knows what holds. */
static void another_box_takes_the_place(void)
{
	open_all();
	enrol();
	cuts = true;
	start_control();
	check_eq(store_write(centre.store, ask_cut, NULL), 0);
	check(becomes(STATE, "cut"));
	stop_control();
	snprintf(id_dir, sizeof(id_dir), "%s/new", gate_dir);
	snprintf(orders_dir, sizeof(orders_dir), "%s/new-orders", gate_dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", id_dir);
	snprintf(key, sizeof(key), "%s/key.pem", id_dir);
	snprintf(ca_file, sizeof(ca_file), "%s/ca.pem", id_dir);
	enrol();
	start_control();
	for (unsigned i = 0; i < 500 && !seen_orders.cuts; i++)
		usleep(10000);
	check_eq(seen_orders.cuts, 1);
	check(becomes("SELECT count(*) FROM gate_order WHERE state = 'done'", "2"));
	stop_control();
	close_all();
}

/* Somebody in between, or a database that was put back: the gate remembers. */
static int put_back(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db,
	    "UPDATE gate_order SET state = 'waiting', number = number + 1",
	    STORE_NO_ARGS);
}

static void an_old_order_with_a_new_number_is_refused(void)
{
	open_all();
	enrol();
	cuts = true;
	start_control();
	check_eq(store_write(centre.store, ask_cut, NULL), 0);
	check(becomes(STATE, "cut"));
	check_eq(store_write(centre.store, put_back, NULL), 0);
	check(becomes(
	    "SELECT count(*) > 0 FROM audit WHERE action = 'gate.order_refused'", "1"));
	check_eq(seen_orders.cuts, 1);
	stop_control();
	close_all();
}

static void read_text(const char *path, struct buf *text)
{
	buf_init(text, 64u << 10);
	check_eq(uplink_file_read(AT_FDCWD, path, text), 0);
}

/* Long before its certificate ends the gate has another, and nobody notices. */
static void a_certificate_is_renewed(void)
{
	struct buf before, after;

	open_all();
	enrol();
	read_text(cert, &before);
	renew_days = 3650; /* more than it lives */
	struct uplink_spool *s = open_spool(1);
	put(s, 0);
	start_session();
	check(drained());
	put(s, 1);
	uplink_spool_close(s);
	check(drained());
	stop_session();
	read_text(cert, &after);
	check(strcmp(buf_text(&before), buf_text(&after)) != 0);
	check_eq(arrived(), 2);
	check_text(sample_text(&centre,
		       "SELECT fingerprint_next IS NULL FROM gate WHERE id = 1"),
	    "1");
	buf_fini(&before);
	buf_fini(&after);
	close_all();
}

static int make_other_code(struct store_db *db, void *arg)
{
	int64_t until;

	(void)arg;
	return ingest_code_new(db, ca, 2, clock_now_us(), code, &until);
}

/* The box moves to another company: what it kept of the first stays untold, and that it did
 * is told. */
static void a_gate_that_moves_takes_nothing_along(void)
{
	open_all();
	enrol();
	struct uplink_spool *s = open_spool(1);
	put(s, 0);
	start_session();
	check(drained());
	check_eq(arrived(), 1);
	stop_session();
	for (unsigned i = 0; i < 5; i++)
		put(s, i);
	check_eq(store_write(centre.store, make_other_code, NULL), 0);
	check_eq(uplink_enrol(url, code, id_dir), 0);
	start_session();
	check(drained());
	put(s, 7);
	uplink_spool_close(s);
	check(drained());
	stop_session();
	check_text(
	    sample_text(&centre, "SELECT what FROM incident WHERE gate_id = 2 AND "
				 "cause = 'RECORDS_LOST'"),
	    "5");
	check_eq(sample_int(&centre,
		     "SELECT SUM(events) FROM incident WHERE cause = 'EXPLOIT'"),
	    2);
	close_all();
}

/* --- bundles --- */

static int revoke_second(struct store_db *db, void *arg)
{
	(void)arg;
	return ingest_revoke(db, 2, 0, clock_now_us());
}

static int64_t bundle_version;
static bool bundle_forged;

static int publish(struct store_db *db, void *arg)
{
	struct fleet_by by = { .keys = keys, .now_us = clock_now_us() };
	static char rules[700000]; /* three parts */
	struct sign_key stranger;
	char sum[65], signature[SIGN_TEXT_ROOM], manifest[400], why[160];
	struct buf file;

	(void)arg;
	memset(rules, '#', sizeof(rules));
	check_eq(sign_key_make(&stranger), 0);
	const struct sign_key *key_used = bundle_forged ? &stranger : &keys->now;
	wire_bundle_sum(span_of(rules, sizeof(rules)), sum);
	snprintf(manifest, sizeof(manifest),
	    "{\"name\":\"rules\",\"version\":%lld,\"expires_us\":%lld,\"files\":[{\"path\":"
	    "\"our.rules\",\"size\":%zu,\"sha256\":\"%s\"}]}",
	    (long long)bundle_version, (long long)by.now_us + 60000000, sizeof(rules),
	    sum);
	sign_make(key_used, SIGN_BUNDLE, span_text(manifest), signature);
	buf_init(&file, WIRE_BUNDLE_MAX);
	buf_addf(&file, "otasuke-bundle 1\n%s\n%s %s\n", manifest, key_used->public,
	    signature);
	buf_add(&file, rules, sizeof(rules));
	struct fleet_bundle b = { .chamber_id = 1, .file = buf_span(&file) };
	int err = fleet_bundle_publish(db, &by, &b, why, sizeof(why));
	struct fleet_rollout r = { .bundle_id = b.id, .rings = "[100]" };
	if (err == 0)
		err = fleet_rollout_start(db, &by, &r);
	buf_fini(&file);
	return err;
}

static int step(struct store_db *db, void *arg)
{
	struct fleet_by by = { .keys = keys, .now_us = clock_now_us() };

	(void)arg;
	return fleet_rollout_step(db, &by);
}

static void rules_reach_the_gate_and_go_back(void)
{
	open_all();
	enrol();
	check_eq(store_write(centre.store, revoke_second, NULL), 0);
	cuts = true;
	rules_version = unfit = 0;
	start_control();
	bundle_version = 7;
	bundle_forged = true;
	check_eq(store_write(centre.store, publish, NULL), FAIL_DENIED);
	bundle_forged = false;
	check_eq(store_write(centre.store, publish, NULL), 0);
	check_eq(store_write(centre.store, publish, NULL), FAIL_CONFLICT);
	check(store_write(centre.store, step, NULL) >= 0);
	check(becomes("SELECT state FROM rollout_gate", "runs"));
	check_eq(rules_version, 7);
	check_eq(access(rule_paths[0], R_OK), 0);
	check(store_write(centre.store, step, NULL) >= 0);
	check(becomes("SELECT state FROM rollout", "done"));
	/* The next one is no good: inspect refuses it, the gate stays at 7, the roll-out is undone. */
	bundle_version = unfit = 8;
	check_eq(store_write(centre.store, publish, NULL), 0);
	check(store_write(centre.store, step, NULL) >= 0);
	check(becomes("SELECT state FROM rollout_gate WHERE rollout_id = 2", "failed"));
	for (unsigned i = 0; i < 300 && rules_version != 7; i++)
		usleep(10000);
	check_eq(rules_version, 7);
	check(store_write(centre.store, step, NULL) >= 0);
	check(becomes("SELECT state FROM rollout WHERE id = 2", "undone"));
	check_text(sample_text(&centre, "SELECT why FROM rollout WHERE id = 2"),
	    "1 of 1 gates could not use it");
	stop_control();
	close_all();
}

static const struct check_case cases[] = { { a_code_lets_one_gate_in_once },
	{ what_was_spooled_arrives_once }, { the_centre_goes_and_comes },
	{ revoked_waits_for_a_new_code }, { a_repeated_batch_counts_once },
	{ a_broken_batch_is_put_aside }, { who_sends_too_much_is_asked_to_wait },
	{ a_machine_is_cut_off_and_released }, { who_is_cut_off_stays_so },
	{ a_gate_that_only_listens_says_so }, { another_box_takes_the_place },
	{ an_old_order_with_a_new_number_is_refused },
	{ rules_reach_the_gate_and_go_back }, { a_certificate_is_renewed },
	{ a_gate_that_moves_takes_nothing_along } };

int main(void)
{
	log_init("join_test", LOG_ERROR); /* the trouble is what we make */
	return check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "a_code_lets_one_gate_in_once, what_was_spooled_arrives_once, "
	    "the_centre_goes_and_comes, revoked_waits_for_a_new_code, "
	    "a_repeated_batch_counts_once, a_broken_batch_is_put_aside, "
	    "who_sends_too_much_is_asked_to_wait, a_machine_is_cut_off_and_released, "
	    "who_is_cut_off_stays_so, a_gate_that_only_listens_says_so, "
	    "another_box_takes_the_place, an_old_order_with_a_new_number_is_refused, "
	    "rules_reach_the_gate_and_go_back, a_certificate_is_renewed, "
	    "a_gate_that_moves_takes_nothing_along");
}
