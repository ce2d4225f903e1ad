/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/uplink/internal.h"

#include "lib/base/log.h"
#include "lib/record/record.h"
#include "tests/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS   20u
#define NUMBERS 200000u

static char base[] = "/tmp/otasuke-spool-XXXXXX";
static char dir[64];

/* A directory of its own for each test. */
static void fresh_dir(void)
{
	static unsigned n;

	snprintf(dir, sizeof(dir), "%s/%u", base, n++);
}

static struct uplink_spool *open_spool(uint64_t max_bytes, uint32_t batch_bytes)
{
	struct uplink_spool_conf conf = { dir, max_bytes, batch_bytes, 1000 };

	return uplink_spool_open(&conf);
}

static int put(struct uplink_spool *s, unsigned severity, unsigned number, unsigned pad)
{
	char line[8192];
	int n = snprintf(
	    line, sizeof(line), "{\"n\":%u,\"pad\":\"%0*u\"}", number, (int)pad, 0);

	return uplink_spool_put(s, severity, span_of(line, (size_t)n));
}

/* --- what is in a spool: through the reader, as the session takes it --- */

static uint8_t seen[NUMBERS];
static unsigned order[NUMBERS], ordered, batches, torn;

static void note_line(const char *line, size_t len)
{
	unsigned number;
	char end[2] = { 0 };
	char text[9000];

	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	if (sscanf(text, "{\"n\":%u,\"pad\":\"%*[0-9]\"%1[}]", &number, end) != 2 ||
	    number >= NUMBERS) {
		torn++;
		return;
	}
	seen[number]++;
	order[ordered++] = number;
}

static void note_batch(struct span packed)
{
	struct buf lines;

	buf_init(&lines, RECORD_BATCH_BYTES_MAX);
	check_eq(record_batch_unpack(packed, &lines), 0);
	for (size_t at = 0; at < lines.len;) {
		uint8_t *end = memchr(lines.at + at, '\n', lines.len - at);
		size_t len = end ? (size_t)(end - lines.at) - at : lines.len - at;
		note_line((char *)lines.at + at, len);
		at += len + 1;
	}
	buf_fini(&lines);
	batches++;
}

static void start_over(void)
{
	memset(seen, 0, sizeof(seen));
	ordered = batches = torn = 0;
}

static void empty_spool(void)
{
	struct uplink_reader *r = uplink_reader_open(dir);
	struct uplink_segment s;
	struct buf packed;

	buf_init(&packed, UPLINK_READY_MAX);
	while (r && uplink_reader_next(r, &s, &packed) == 0) {
		note_batch(buf_span(&packed));
		check_eq(uplink_reader_done(r, &s), 0);
	}
	buf_fini(&packed);
	uplink_reader_close(r);
}

static unsigned files(const char *ending)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n +=
		    strlen(e->d_name) > strlen(ending) &&
		    strcmp(e->d_name + strlen(e->d_name) - strlen(ending), ending) == 0;
	if (d)
		closedir(d);
	return n;
}

static void comes_out_as_it_went_in(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 0);
	for (unsigned i = 0; i < 1000; i++)
		check_eq(put(s, 0, i, 20), 0);
	check_eq(uplink_spool_tick(s, 1000000), 0);
	check_eq(files(".closed"), 0);
	check_eq(uplink_spool_tick(s, 2000000), 0);
	check_eq(files(".closed"), 1);
	check_eq(put(s, 0, 1000, 20), 0);
	uplink_spool_close(s);
	empty_spool();
	check_eq(ordered, 1001);
	for (unsigned i = 0; i < ordered; i++)
		check(order[i] == i);
	check_eq(files(".closed") + files(".ready") + files(".part"), 0);
}

static void urgent_goes_first(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 1);
	for (unsigned i = 0; i < 6; i++)
		check_eq(put(s, i % 3, i, 1), 0);
	uplink_spool_close(s);
	empty_spool();
	check_eq(ordered, 6);
	check(order[0] == 2 && order[1] == 5);
}

/* Small segments become few batches, each of one severity and within its limits. */
static void many_segments_become_few_batches(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 1000);
	for (unsigned i = 0; i < 4000; i++)
		check_eq(put(s, i & 1, i, 1000), 0);
	uplink_spool_close(s);
	check(files(".closed") >= 1999);
	empty_spool();
	check_eq(ordered, 4000);
	check(batches >= 4 && batches < 20);
}

static void one_writer_one_reader(void)
{
	fresh_dir();
	struct uplink_spool *s = open_spool(0, 0);
	check(!open_spool(0, 0));
	struct uplink_reader *r = uplink_reader_open(dir);
	check(r && !uplink_reader_open(dir));
	uplink_reader_close(r);
	uplink_spool_close(s);
}

/* The least severe go, the oldest of them first; nothing urgent for the sake of less. */
static void full_spool_gives_up_the_least_severe(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(1 << 20, 1000);
	for (unsigned i = 0; i < 100; i++)
		check_eq(put(s, 2, i, 1000), 0);
	unsigned lost = 0;
	for (unsigned i = 100; i < 1000; i++)
		lost += put(s, 0, i, 1000) < 0;
	check_eq(lost, 0);
	check(uplink_spool_lost(s) > 500);
	uint64_t before = uplink_spool_lost(s);
	for (unsigned i = 1000; i < 2000; i++)
		check_eq(put(s, 2, i, 1000), 0);
	check(uplink_spool_lost(s) > before);
	for (unsigned i = 2000; i < 3000; i++)
		lost += put(s, 0, i, 1000) < 0;
	uint64_t all = uplink_spool_lost(s);
	uplink_spool_close(s);
	empty_spool();
	check_eq(ordered + all, 3000);
	unsigned newest = 0;
	for (unsigned i = 1000; i < 2000; i++)
		newest += seen[i];
	check(newest > 120 && seen[1999]);
	for (unsigned i = 100; i < 1000; i++)
		check(!seen[i]);
}

static void too_small_takes_nothing(void)
{
	fresh_dir();
	struct uplink_spool *s = open_spool(4096, 1000);
	check_eq(put(s, 2, 1, 100), FAIL_LIMIT);
	check_eq(uplink_spool_lost(s), 1);
	uplink_spool_close(s);
}

static unsigned survivors(unsigned from, unsigned to)
{
	unsigned n = 0;

	for (unsigned i = from; i < to; i++)
		n += seen[i];
	return n;
}

static void oldest_of_the_same_severity_goes_first(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(1 << 20, 1000);
	for (unsigned i = 0; i < 500; i++)
		check_eq(put(s, 1, i, 1000), 0);
	uplink_spool_close(s);
	empty_spool();
	check(!seen[0] && seen[499]);
	unsigned n = survivors(0, 500);
	check_eq(survivors(500 - n, 500), n);
}

/* RLIMIT_FSIZE stands in for a full disk: write(2) fails in the middle of a record. */
static void disk_trouble_tears_nothing(void)
{
	struct rlimit was, small = { 5000, 5000 };

	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	unsigned failed = 0;
	for (unsigned i = 0; i < 10; i++)
		check_eq(put(s, 0, i, 400), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	for (unsigned i = 10; i < 20; i++)
		failed += put(s, 0, i, 400) < 0;
	setrlimit(RLIMIT_FSIZE, &was);
	check(failed > 5 && uplink_spool_lost(s) == failed);
	check_eq(put(s, 0, 20, 400), 0);
	uplink_spool_close(s);
	empty_spool();
	check_eq(ordered, 21 - failed);
	check_eq(torn, 0);
	check(seen[0] && seen[20]);
}

/* No byte can be written any more: what is there is sent all the same. */
static void full_disk_still_empties(void)
{
	struct rlimit was, none = { 0, 0 };

	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 1000);
	for (unsigned i = 0; i < 30; i++)
		check_eq(put(s, i % 3, i, 400), 0);
	uplink_spool_close(s);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	none.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_FSIZE, &none);
	empty_spool();
	setrlimit(RLIMIT_FSIZE, &was);
	check_eq(ordered, 30);
	check_eq(
	    files(".closed") + files(".ready") + files(".alone") + files(".tmp"), 0);
}

/* --- killed --- */

/* Writes numbers for ever and says each that put() took. */
_Noreturn static void write_until_killed(unsigned from, int said)
{
	struct uplink_spool *s = open_spool(0, 3000);

	for (unsigned i = from; s; i++) {
		if (put(s, i % 3, i, i % 700) < 0 || write(said, &i, sizeof(i)) < 0)
			break;
		if (uplink_spool_tick(s, (int64_t)i * 20000) < 0)
			break;
	}
	_exit(1);
}

/* Kills a writer after a random while; what it said is checked at the end. */
static unsigned kill_one(unsigned from, uint8_t *said)
{
	int pipe_fd[2];
	unsigned number, next = from;

	if (pipe(pipe_fd) < 0)
		return from;
	pid_t child = fork();
	if (child == 0)
		write_until_killed(from, pipe_fd[1]);
	close(pipe_fd[1]);
	usleep(1000 + (unsigned)rand() % 40000);
	kill(child, SIGKILL);
	while (read(pipe_fd[0], &number, sizeof(number)) == (ssize_t)sizeof(number)) {
		said[number] = 1;
		next = number + 1;
	}
	close(pipe_fd[0]);
	waitpid(child, NULL, 0);
	return next + 1; /* one may have been written and not said */
}

static void survives_kill_9(void)
{
	static uint8_t said[NUMBERS];
	unsigned next = 0, lost = 0, twice = 0, total = 0;

	fresh_dir();
	start_over();
	srand(7);
	for (unsigned i = 0; i < KILLS && next < NUMBERS - 50000; i++) {
		next = kill_one(next, said);
		if (i % 5 == 4)
			empty_spool(); /* the session goes on beside it */
	}
	uplink_spool_close(open_spool(0, 0)); /* recovers the last */
	empty_spool();
	for (unsigned i = 0; i < NUMBERS; i++) {
		lost += said[i] && !seen[i];
		twice += seen[i] > 1;
		total += said[i];
	}
	check(total > KILLS);
	check_eq(lost, 0);
	check_eq(twice, 0);
	check_eq(torn, 0);
	check_eq(files(".part") + files(".closed") + files(".ready"), 0);
	printf("# %u records, %u kills\n", total, KILLS);
}

/* The reader is killed too: between packing, deleting and sending.  What it gave out before
 * has the same number and the same records the next time. */
static void a_killed_reader_repeats_itself(void)
{
	fresh_dir();
	start_over();
	struct uplink_spool *s = open_spool(0, 100);
	for (unsigned i = 0; i < 3000; i++)
		check_eq(put(s, 0, i, 100), 0);
	uplink_spool_close(s);
	for (unsigned i = 0; i < KILLS; i++) {
		pid_t child = fork();
		if (child == 0) {
			empty_spool();
			_exit(0);
		}
		usleep(200 + (unsigned)rand() % 8000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	empty_spool();
	unsigned twice = 0;
	for (unsigned i = 0; i < 3000; i++)
		twice += seen[i] > 1;
	check_eq(twice, 0);
	check_eq(torn, 0);
	check_eq(files(".tmp"), 0);
}

static void names_read_back(void)
{
	struct uplink_segment s, again;
	char name[UPLINK_NAME_ROOM];

	check(uplink_segment_parse("0000000000000001-00000002-00000003-1-4.ready", &s));
	check(s.boot == 1 && s.first == 2 && s.last == 3 && s.severity == 1);
	uplink_segment_name(&s, name);
	check(uplink_segment_parse(name, &again) && again.records == 4);
	check(
	    !uplink_segment_parse("0000000000000001-00000003-00000002-1-4.ready", &s));
	check(
	    !uplink_segment_parse("0000000000000001-00000002-00000003-3-4.ready", &s));
	check(!uplink_segment_parse(
	    "0000000000000001-00000002-00000003-1-4.ready.tmp", &s));
	check(!uplink_segment_parse("writer.lock", &s));
}

static void recovery_keeps_whole_lines(void)
{
	static const char part[] = "{\"a\":1}\n\0\0\0\n{\"b\":2}\n{\"c\"\n{\"d\":4}";
	struct buf lines;
	uint32_t records, bad;

	buf_init(&lines, 1000);
	uplink_recover_lines(span_of(part, sizeof(part) - 1), &lines, &records, &bad);
	check_text(buf_text(&lines), "{\"a\":1}\n{\"b\":2}\n");
	check_eq(records, 2);
	check_eq(bad, 3);
	buf_fini(&lines);
}

static const struct check_case cases[] = { { comes_out_as_it_went_in },
	{ urgent_goes_first }, { many_segments_become_few_batches },
	{ one_writer_one_reader }, { full_spool_gives_up_the_least_severe },
	{ oldest_of_the_same_severity_goes_first }, { disk_trouble_tears_nothing },
	{ full_disk_still_empties }, { too_small_takes_nothing }, { survives_kill_9 },
	{ a_killed_reader_repeats_itself }, { names_read_back },
	{ recovery_keeps_whole_lines } };

int main(void)
{
	if (!mkdtemp(base))
		return 1;
	log_init("spool_test", LOG_ERROR); /* the trouble is what we make */
	int failed = check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "comes_out_as_it_went_in, urgent_goes_first, many_segments_become_few_batches, "
	    "one_writer_one_reader, full_spool_gives_up_the_least_severe, "
	    "oldest_of_the_same_severity_goes_first, disk_trouble_tears_nothing, full_disk_still_empties, "
	    "too_small_takes_nothing, "
	    "survives_kill_9, a_killed_reader_repeats_itself, names_read_back, "
	    "recovery_keeps_whole_lines");
	if (fork() == 0)
		execl("/bin/rm", "rm", "-rf", base, (char *)0);
	wait(NULL);
	return failed;
}
