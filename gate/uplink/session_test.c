/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "gate/uplink/test_door.h"
#include "lib/base/log.h"
#include "lib/wire/code.h"
#include "tests/check.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char base[] = "/tmp/otasuke-uplink-XXXXXX";
static char spool_dir[64], id_dir[64], cert[96], key[96], ca[96];
static struct test_door door;
static volatile int stop;
static pthread_t thread;
static int result;

static void fresh(void)
{
	static unsigned n;

	snprintf(spool_dir, sizeof(spool_dir), "%s/spool%u", base, n++);
	memset(door.shared, 0, sizeof(*door.shared));
}

static void set_id(const char *name)
{
	snprintf(id_dir, sizeof(id_dir), "%s/%s", base, name);
	snprintf(cert, sizeof(cert), "%s/cert.pem", id_dir);
	snprintf(key, sizeof(key), "%s/key.pem", id_dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", id_dir);
}

static void new_code(struct test_door *d, char text[WIRE_CODE_ROOM])
{
	struct wire_code code;

	check_eq(wire_code_make(span_of(d->ca_der, d->ca_der_len), &code), 0);
	wire_code_format(&code, text);
	snprintf(d->shared->code, sizeof(d->shared->code), "%s", text);
}

/* --- enrolment --- */

static void enrols_once(void)
{
	char code[WIRE_CODE_ROOM];
	struct stat st;

	fresh();
	set_id("id");
	new_code(&door, code);
	check_eq(uplink_enrol(door.url, code, id_dir), 0);
	check_eq(door.shared->enrolments, 1);
	check(stat(key, &st) == 0 && (st.st_mode & 0777) == 0600);
	check(stat(id_dir, &st) == 0 && (st.st_mode & 0777) == 0700);
	check(access(cert, R_OK) == 0 && access(ca, R_OK) == 0);
	set_id("again");
	check_eq(uplink_enrol(door.url, code, id_dir), FAIL_DENIED);
	check(access(key, F_OK) != 0);
	check_eq(uplink_enrol(door.url, "ABCDE-FGHJK", id_dir), FAIL_FORMAT);
	set_id("id");
}

/* Another centre at that address: the code stays with us. */
static void never_says_the_code_to_a_stranger(void)
{
	struct test_door stranger;
	char code[WIRE_CODE_ROOM];

	fresh();
	check(test_door_init(&stranger) && test_door_start(&stranger));
	new_code(&door, code);
	snprintf(stranger.shared->code, sizeof(stranger.shared->code), "%s", code);
	check_eq(uplink_enrol(stranger.url, code, base), FAIL_DENIED);
	check_eq(stranger.shared->enrolments, 0);
	/* It also shows our centre's CA, but cannot speak for it. */
	memcpy(stranger.ca_der, door.ca_der, sizeof(door.ca_der));
	test_door_stop(&stranger);
	void *own = stranger.ca_cert;
	stranger.ca_cert = door.ca_cert;
	check(test_door_start(&stranger));
	check_eq(uplink_enrol(stranger.url, code, base), FAIL_PEER);
	check_eq(stranger.shared->enrolments, 0);
	/* Nor by sending its own behind ours: the code vouches for one certificate. */
	test_door_stop(&stranger);
	stranger.shown_too = own;
	check(test_door_start(&stranger));
	check_eq(uplink_enrol(stranger.url, code, base), FAIL_PEER);
	check_eq(stranger.shared->enrolments, 0);
	stranger.shown_too = NULL;
	stranger.ca_cert = own;
	test_door_fini(&stranger);
}

static void refuses_a_certificate_that_does_not_fit(void)
{
	char code[WIRE_CODE_ROOM];

	fresh();
	new_code(&door, code);
	door.shared->foreign = true;
	set_id("foreign");
	check_eq(uplink_enrol(door.url, code, id_dir), FAIL_PEER);
	check(access(cert, F_OK) != 0);
	set_id("id");
	check_eq(uplink_enrol("https://127.0.0.1:1", code, id_dir), FAIL_PEER);
}

/* --- the session --- */

static void *run(void *nothing)
{
	struct uplink_session_conf conf = { .spool_dir = spool_dir,
		.centre = door.url,
		.dir = id_dir,
		.poll_ms = 50,
		.retry_ms = 20,
		.retry_max_ms = 200 };

	(void)nothing;
	result = uplink_session_run(&conf, &stop);
	return NULL;
}

static void start_session(void)
{
	stop = 0;
	if (pthread_create(&thread, NULL, run, NULL) != 0)
		exit(1);
}

static void stop_session(void)
{
	stop = 1;
	pthread_join(thread, NULL);
	check_eq(result, 0);
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

/* Half a minute at most, for a busy machine. */
static bool drained(void)
{
	for (unsigned i = 0; i < 3000; i++) {
		if (left(".") == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static struct uplink_spool *fill(unsigned records, unsigned severity)
{
	struct uplink_spool_conf conf = { .dir = spool_dir, .batch_bytes = 1 };
	struct uplink_spool *s = uplink_spool_open(&conf);

	for (unsigned i = 0; s && i < records; i++)
		check_eq(uplink_spool_put(s, severity, span_text("{\"a\":1}")), 0);
	return s;
}

static unsigned taken(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < door.shared->taken_n; i++)
		n += door.shared->taken[i].records;
	return n;
}

static void empties_the_spool_over_one_connection(void)
{
	fresh();
	struct uplink_spool *s = fill(10, 0);
	start_session();
	check(drained());
	check_eq(taken(), 10);
	for (unsigned i = 0; i < 5; i++) {
		check_eq(uplink_spool_put(s, 2, span_text("{\"b\":2}")), 0);
		check(drained());
	}
	check_eq(taken(), 15);
	check_eq(door.shared->connections, 1);
	check_eq(door.shared->without_cert, 0);
	check(strncmp(door.shared->taken[0].path, "/gate/v1/batches/", 17) == 0);
	stop_session();
	uplink_spool_close(s);
}

/* Every answer but 200 keeps the batch; it comes again with its number and its bytes. */
static void repeats_until_it_is_taken(void)
{
	static const int script[] = { 500, 503, 429, 403, 404, 502 };

	fresh();
	memcpy(door.shared->script, script, sizeof(script));
	uplink_spool_close(fill(3, 0));
	start_session();
	check(drained());
	stop_session();
	check_eq(taken(), 3);
	check_eq(door.shared->asked, 7);
}

static void a_broken_batch_does_not_block(void)
{
	static const int script[] = { 400, 0, 413 };

	fresh();
	memcpy(door.shared->script, script, sizeof(script));
	uplink_spool_close(fill(2, 2));
	uplink_spool_close(fill(3, 1));
	uplink_spool_close(fill(4, 0));
	start_session();
	check(drained());
	stop_session();
	check_eq(left("refused"), 2);
	check_eq(door.shared->taken_n, 1);
}

static void waits_as_long_as_it_is_told(void)
{
	fresh();
	door.shared->script[0] = 429;
	door.shared->retry_after_s = 1;
	uplink_spool_close(fill(1, 2));
	start_session();
	for (unsigned i = 0; i < 1000 && door.shared->asked == 0; i++)
		usleep(5000);
	usleep(700000);
	check_eq(door.shared->asked, 1);
	check(drained());
	check_eq(door.shared->asked, 2);
	stop_session();
}

/* The centre is away, records pile up, the session is restarted; nothing is missing. */
static void survives_an_outage(void)
{
	fresh();
	test_door_stop(&door);
	struct uplink_spool *s = fill(50, 1);
	start_session();
	usleep(300000);
	stop_session();
	for (unsigned i = 0; i < 50; i++)
		check_eq(uplink_spool_put(s, 0, span_text("{\"c\":3}")), 0);
	start_session();
	usleep(300000);
	check(left(".") < 10); /* packed */
	check(test_door_start(&door));
	check(drained());
	check_eq(taken(), 100);
	stop_session();
	uplink_spool_close(s);
}

static void needs_its_certificate(void)
{
	fresh();
	set_id("none");
	stop = 0;
	run(NULL);
	check_eq(result, FAIL_IO);
	set_id("id");
}

static const struct check_case cases[] = { { enrols_once },
	{ never_says_the_code_to_a_stranger },
	{ refuses_a_certificate_that_does_not_fit },
	{ empties_the_spool_over_one_connection }, { repeats_until_it_is_taken },
	{ a_broken_batch_does_not_block }, { waits_as_long_as_it_is_told },
	{ survives_an_outage }, { needs_its_certificate } };

int main(void)
{
	if (!mkdtemp(base) || !test_door_init(&door) || !test_door_start(&door))
		return 1;
	log_init("session_test", LOG_ERROR); /* the trouble is what we make */
	int failed = check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "enrols_once, never_says_the_code_to_a_stranger, "
	    "refuses_a_certificate_that_does_not_fit, empties_the_spool_over_one_connection, "
	    "repeats_until_it_is_taken, a_broken_batch_does_not_block, "
	    "waits_as_long_as_it_is_told, survives_an_outage, needs_its_certificate");
	test_door_fini(&door);
	if (fork() == 0)
		execl("/bin/rm", "rm", "-rf", base, (char *)0);
	wait(NULL);
	return failed;
}
