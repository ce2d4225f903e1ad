/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "gate/finding.h"
#include "gate/tx.h"
#include "lib/base/log.h"
#include "tests/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SRC_ROOT
#	define SRC_ROOT "."
#endif

static char dir[] = "/tmp/otasuke-file-XXXXXX";
static char socket_path[64], list_path[64];
static pid_t clamd;

/* The EICAR test file in two halves. */
static const char eicar[] = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD"
			    "-ANTIVIRUS"
			    "-TEST-FILE!$H+H*";

static void nap(void)
{
	usleep(20000);
}

static bool start_clamd(void)
{
	int status;

	clamd = fork();
	if (clamd == 0) {
		if (!freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "w", stderr))
			_exit(77);
		execl(
		    "/bin/sh", "sh", SRC_ROOT "/tools/sample/clamd.sh", dir, (char *)0);
		_exit(77);
	}
	for (unsigned i = 0; i < 1500; i++) { /* half a minute on a busy machine */
		struct file_clamd c;
		file_clamd_init(&c, socket_path, 1000);
		file_clamd_fini(&c);
		if (c.state == CLAMD_UP)
			return true;
		if (waitpid(clamd, &status, WNOHANG) == clamd)
			return false;
		nap();
	}
	return false;
}

static void stop_clamd(int sig)
{
	kill(clamd, sig);
	kill(clamd, SIGCONT);
	waitpid(clamd, NULL, 0);
}

/* --- one flow with one transaction, and packets through file_run() --- */

static struct arena arena;
static struct packet pkt;
static struct flow flow;
static int64_t clock_us = 1000000;

static struct finding *next_packet(struct file_shop *s)
{
	arena_reset(&arena);
	clock_us += 2000000; /* far enough for the scanner to be asked */
	pkt = (struct packet){ .arena = &arena, .flow = &flow, .time_us = clock_us };
	file_run(s, &pkt);
	return pkt.findings;
}

static struct file *carry(struct file_shop *s, struct tx *tx, const char *name,
    const void *bytes, size_t len, size_t step)
{
	struct app_file_sink sink = file_sink(s);
	struct file *file = sink.open(sink.ctx, tx, PACKET_TO_CLIENT, span_text(name));

	if (!file)
		return NULL;
	for (size_t at = 0; at < len; at += step)
		sink.bytes(sink.ctx, file,
		    span_of(
			(const char *)bytes + at, len - at < step ? len - at : step));
	sink.close(sink.ctx, file, true);
	return file;
}

static struct file_shop *open_shop(const struct file_conf *conf)
{
	struct file_shop *s = file_new(conf);

	if (!s)
		exit(1);
	struct finding *f = next_packet(s);
	if (conf->clamd_socket)
		check(f && f->kind == FINDING_SCANNER && f->on && !f->next);
	else
		check(!f);
	return s;
}

static void names_the_virus(void)
{
	struct file_conf conf = { .clamd_socket = socket_path };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);

	check(file_scanner_is_up(s));
	struct file *file = carry(s, tx, "請求書.exe", eicar, strlen(eicar), 7);
	struct finding *f = next_packet(s);
	check(f && f->kind == FINDING_VIRUS);
	if (!f)
		return;
	check_eq(f->wish, FINDING_REJECT);
	check(span_is(f->name, "Eicar-Test-Signature"));
	check(span_is(f->detail, "請求書.exe"));
	check_text(f->where, "http");
	check_text(f->list, "clamav");
	check(f->tx == tx && f->file == file && !f->next);
	check_eq(file->scan, FILE_INFECTED);
	check_eq(file->size, 68);
	check(memcmp(file->md5, "\x44\xd8\x86\x12\xfe\xa8\xa8\xf3", 8) == 0);
	check(memcmp(file->sha256, "\x27\x5a\x02\x1b\xbf\xb6\x48\x9e", 8) == 0);
	check(!next_packet(s));
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

/* More than the head: the memfd path; the signature stands at the very end. */
static void scans_large_files(void)
{
	static const char ours[] = "OTASUKE-SAMPLE-"
				   "VIRUS-NOT-A-REAL-ONE";
	size_t len = 300000;
	char *bytes = malloc(len);
	struct file_conf conf = { .clamd_socket = socket_path };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_SMTP);

	memset(bytes, 'x', len);
	struct file *clean = carry(s, tx, "clean.txt", bytes, len, 1460);
	memcpy(bytes + len - strlen(ours), ours, strlen(ours));
	struct file *bad = carry(s, tx, "bad.txt", bytes, len, 1460);
	struct finding *f = next_packet(s);
	check(f && span_is(f->name, "Otasuke.Sample.TestVirus") && !f->next);
	check_eq(clean->scan, FILE_CLEAN);
	check_eq(bad->scan, FILE_INFECTED);
	check(f && strcmp(f->where, "smtp") == 0);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
	free(bytes);
}

static void says_when_it_cannot_look(void)
{
	static const char zip[] =
	    "PK\3\4\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0a!";
	struct file_conf conf = { .clamd_socket = socket_path, .scan_max = 1000 };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_SMTP);
	char large[2000] = { 0 };

	struct file *locked = carry(s, tx, "locked.zip", zip, 32, 32);
	struct finding *f = next_packet(s);
	check(f && f->kind == FINDING_UNSCANNABLE && f->wish == FINDING_COUNT);
	check(f && span_is(f->detail, "locked.zip"));
	check_eq(locked->scan, FILE_UNSCANNABLE);
	struct file *too_large = carry(s, tx, "large", large, sizeof(large), 100);
	f = next_packet(s);
	check(f && f->kind == FINDING_UNSCANNABLE);
	check(f && span_is(f->name, "larger than the scan limit"));
	check_eq(too_large->size, 2000);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

/* A clamd that is stopped is not asked again for what it found clean. */
static void asks_once_for_the_same_file(void)
{
	struct file_conf conf = { .clamd_socket = socket_path, .clamd_wait_ms = 300 };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);

	struct file *first = carry(s, tx, "a", "a page", 6, 6);
	check(!next_packet(s));
	kill(clamd, SIGSTOP);
	struct file *again = carry(s, tx, "b", "a page", 6, 3);
	struct file *other = carry(s, tx, "c", "another page", 12, 3);
	next_packet(s);
	kill(clamd, SIGCONT);
	check_eq(first->scan, FILE_CLEAN);
	check_eq(again->scan, FILE_CLEAN);
	check_eq(other->scan, FILE_SCAN_FAILED);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

static void clean_is_forgotten_in_time(void)
{
	static const uint8_t one[32] = { 1 }, two[32] = { 2 };
	struct file_clean *c = file_clean_new();

	check(!file_clean_has(c, one, 0));
	file_clean_note(c, one, 1000);
	check(file_clean_has(c, one, 1000 + FILE_CLEAN_MS - 1));
	check(!file_clean_has(c, one, 1000 + FILE_CLEAN_MS));
	check(!file_clean_has(c, two, 1000));
	free(c);
}

/* Down is told once, files are marked, and up is told once it answers again. */
static void tells_when_clamd_dies_and_returns(void)
{
	struct file_conf conf = { .clamd_socket = socket_path };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);

	check(!next_packet(s));
	stop_clamd(SIGKILL);
	struct file *file = carry(s, tx, "a", eicar, strlen(eicar), 100);
	struct finding *f = next_packet(s);
	check(f && f->kind == FINDING_SCANNER && !f->on && f->name.len > 0);
	check_eq(file->scan, FILE_SCAN_FAILED);
	check(!file_scanner_is_up(s));
	check(!next_packet(s));
	check(start_clamd());
	for (unsigned i = 0; i < 500 && !file_scanner_is_up(s); i++) {
		nap();
		f = next_packet(s);
	}
	check(file_scanner_is_up(s));
	check(f && f->kind == FINDING_SCANNER && f->on);
	file = carry(s, tx, "b", eicar, strlen(eicar), 100);
	f = next_packet(s);
	check(f && f->kind == FINDING_VIRUS);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

/* A clamd that hangs costs one packet its wait, not every packet. */
static void waits_only_once(void)
{
	struct file_conf conf = { .clamd_socket = socket_path, .clamd_wait_ms = 300 };
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);

	kill(clamd, SIGSTOP);
	struct file *files[3];
	for (unsigned i = 0; i < 3; i++)
		files[i] = carry(s, tx, "a", eicar, strlen(eicar), 100);
	int64_t before_ms = file_now_ms();
	struct finding *f = next_packet(s);
	int64_t took_ms = file_now_ms() - before_ms;
	check(took_ms >= 290 && took_ms < 5000);
	check(f && f->kind == FINDING_SCANNER && !f->on);
	for (unsigned i = 0; i < 3; i++)
		check_eq(files[i]->scan, FILE_SCAN_FAILED);
	kill(clamd, SIGCONT);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

static void the_list_needs_no_scanner(void)
{
	FILE *out = fopen(list_path, "w");
	struct file_conf conf = { .bad_hashes = list_path };

	fputs(
	    "# our own\n"
	    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f  test file\n"
	    "not a hash\n"
	    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855\n",
	    out);
	fclose(out);
	struct file_shop *s = open_shop(&conf);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);
	check(!file_scanner_is_up(s));
	carry(s, tx, "", eicar, strlen(eicar), 1);
	carry(s, tx, "", "", 0, 1);
	struct file *other = carry(s, tx, "", "other", 5, 1);
	struct finding *f = next_packet(s);
	check(f && span_is(f->name, "test file") && strcmp(f->list, "hash") == 0);
	check(f && f->next && span_is(f->next->name, "Listed.e3b0c442") &&
	      !f->next->next);
	check_eq(other->scan, FILE_NOT_SCANNED);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

static void has_limits(void)
{
	struct file_conf conf = {
		.files_max = 2, .clamd_socket = socket_path, .kept_max = 100
	};
	struct file_shop *s = open_shop(&conf);
	struct app_file_sink sink = file_sink(s);
	struct tx *tx = tx_new(&flow, FLOW_APP_HTTP);
	char name[400], bytes[80] = { 0 };

	memset(name, 'n', sizeof(name));
	memcpy(name + 253, "あ", 3);
	struct file *one = sink.open(sink.ctx, tx, 0, span_of(name, sizeof(name)));
	struct file *two = sink.open(sink.ctx, tx, 0, span_of(NULL, 0));
	check(one && two && !sink.open(sink.ctx, tx, 0, span_of(NULL, 0)));
	if (!one || !two)
		return;
	check_eq(strlen(one->name), 253);
	sink.bytes(sink.ctx, one, span_of(bytes, 80));
	sink.bytes(sink.ctx, two, span_of(bytes, 80));
	sink.close(sink.ctx, two, true);
	struct finding *f = next_packet(s);
	check(f && span_is(f->name, "too many files at once"));
	file_tx_end(s, tx); /* with one of them still open, and room again */
	tx->files = NULL;
	check(carry(s, tx, "", bytes, 80, 80) != NULL);
	file_tx_end(s, tx);
	tx_free(tx);
	file_free(s);
}

static const struct check_case cases[] = { { names_the_virus }, { scans_large_files },
	{ says_when_it_cannot_look }, { tells_when_clamd_dies_and_returns },
	{ waits_only_once }, { asks_once_for_the_same_file },
	{ clean_is_forgotten_in_time }, { the_list_needs_no_scanner }, { has_limits } };

int main(void)
{
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(socket_path, sizeof(socket_path), "%s/clamd.sock", dir);
	snprintf(list_path, sizeof(list_path), "%s/bad", dir);
	log_init("file_test", LOG_ERROR); /* the rest is what we provoke */
	arena_init(&arena, 1 << 20);
	if (!start_clamd()) {
		printf("1..0 # SKIP clamd (clamav-daemon) is not installed\n");
		return 77;
	}
	failed = check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "names_the_virus, scans_large_files, says_when_it_cannot_look, "
	    "tells_when_clamd_dies_and_returns, waits_only_once, "
	    "asks_once_for_the_same_file, clean_is_forgotten_in_time, "
	    "the_list_needs_no_scanner, has_limits");
	stop_clamd(SIGTERM);
	arena_fini(&arena);
	if (fork() == 0)
		execl("/bin/rm", "rm", "-rf", dir, (char *)0);
	wait(NULL);
	return failed;
}
