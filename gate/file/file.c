/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "gate/finding.h"
#include "gate/tx.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_SCAN_MAX (25u << 20) /* clamd's own MaxFileSize and StreamMaxLength */
#define FILE_KEPT_MAX (256u << 20)
#define FILE_OPEN_MAX 256u
#define FILE_WAIT_MS  5000u
#define FILE_NAME_MAX 255u
#define FILE_HEAD_MAX (64u << 10) /* most files end before a memfd is needed */
#define FILE_PROBE_US 1000000

/* A file and what only this folder knows of it. */
struct kept {
	struct file file; /* first: the pointer others hold */
	struct kept *next_done;
	bool done; /* waits for file_run() */
	EVP_MD_CTX *sha256, *md5;
	struct buf head;  /* bytes not yet in the memfd */
	int memfd;        /* −1: none */
	uint64_t kept;    /* bytes in head and memfd */
	const char *lost; /* why not all of it was kept, or NULL */
};

struct file_shop {
	struct file_conf conf;
	struct file_clamd clamd;
	enum clamd_state told; /* the last state a finding told */
	struct file_hashes *bad;
	struct file_clean *clean;
	EVP_MD *sha256, *md5; /* fetched once: a fetch costs more than a small file */
	struct kept *done, **done_tail;
	unsigned open;
	uint64_t kept;
	uint64_t refused; /* files not followed: too many at once */
	int64_t probe_us; /* packet time */
};

static uint64_t or_else(uint64_t value, uint64_t otherwise)
{
	return value ? value : otherwise;
}

void file_set_limits(struct file_shop *s, uint32_t scan_max, uint32_t clamd_wait_ms)
{
	s->conf.scan_max = (uint32_t)or_else(scan_max, FILE_SCAN_MAX);
	s->conf.clamd_wait_ms = (uint32_t)or_else(clamd_wait_ms, FILE_WAIT_MS);
}

struct file_shop *file_new(const struct file_conf *conf)
{
	struct file_shop *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = *conf;
	s->conf.scan_max = (uint32_t)or_else(conf->scan_max, FILE_SCAN_MAX);
	s->conf.kept_max = or_else(conf->kept_max, FILE_KEPT_MAX);
	s->conf.files_max = (uint32_t)or_else(conf->files_max, FILE_OPEN_MAX);
	s->conf.clamd_wait_ms = (uint32_t)or_else(conf->clamd_wait_ms, FILE_WAIT_MS);
	s->done_tail = &s->done;
	s->clamd.ping = -1;
	s->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	s->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	s->clean = file_clean_new();
	if (!s->sha256 || !s->md5 || !s->clean) {
		log_error("G136", "OpenSSL offers no SHA-256 or no MD5, or no memory");
		goto fail;
	}
	if (conf->bad_hashes && !(s->bad = file_hashes_load(conf->bad_hashes)))
		goto fail;
	file_clamd_init(&s->clamd, conf->clamd_socket, s->conf.clamd_wait_ms);
	/* The first state is told too: who heard "down" from us before must hear "up". */
	s->told = CLAMD_NONE;
	return s;
fail:
	file_free(s);
	return NULL;
}

void file_free(struct file_shop *s)
{
	if (!s)
		return;
	file_clamd_fini(&s->clamd);
	file_hashes_free(s->bad);
	free(s->clean);
	EVP_MD_free(s->sha256);
	EVP_MD_free(s->md5);
	free(s);
}

bool file_scanner_is_up(const struct file_shop *s)
{
	return s->clamd.state == CLAMD_UP;
}

int64_t file_scanner_made_us(const struct file_shop *s)
{
	return s->clamd.made_us;
}

/* --- following --- */

static void let_go(struct file_shop *s, struct kept *k)
{
	buf_fini(&k->head);
	if (k->memfd >= 0)
		close(k->memfd);
	k->memfd = -1;
	s->kept -= k->kept;
	k->kept = 0;
}

static void free_kept(struct kept *k)
{
	EVP_MD_CTX_free(k->sha256);
	EVP_MD_CTX_free(k->md5);
	free(k->file.name);
	free(k);
}

/* At most FILE_NAME_MAX bytes, cut between two UTF-8 characters. */
static char *copy_name(struct span name)
{
	uint32_t len = name.len;

	if (len > FILE_NAME_MAX) {
		len = FILE_NAME_MAX;
		while (len && (name.at[len] & 0xc0) == 0x80)
			len--;
	}
	char *copy = malloc(len + 1);
	if (!copy)
		return NULL;
	for (uint32_t i = 0; i < len; i++)
		copy[i] = (char)(name.at[i] ? name.at[i] : '?');
	copy[len] = 0;
	return copy;
}

static bool start_hashes(const struct file_shop *s, struct kept *k)
{
	k->sha256 = EVP_MD_CTX_new();
	k->md5 = EVP_MD_CTX_new();
	return k->sha256 && k->md5 &&
	       EVP_DigestInit_ex2(k->sha256, s->sha256, NULL) == 1 &&
	       EVP_DigestInit_ex2(k->md5, s->md5, NULL) == 1;
}

static struct file *sink_open(
    void *ctx, struct tx *tx, enum packet_dir dir, struct span name)
{
	struct file_shop *s = ctx;
	struct kept *k = NULL;

	if (s->open < s->conf.files_max)
		k = calloc(1, sizeof(*k));
	if (!k) {
		if (s->refused++ == 0)
			log_warn("G137",
			    "more than %u files at once: some pass unscanned",
			    s->conf.files_max);
		return NULL;
	}
	k->memfd = -1;
	buf_init(&k->head, FILE_HEAD_MAX);
	k->file.tx = tx;
	k->file.dir = dir;
	k->file.name = copy_name(name);
	if (!k->file.name || !start_hashes(s, k)) {
		free_kept(k);
		return NULL;
	}
	k->file.next = tx->files;
	tx->files = &k->file;
	s->open++;
	return &k->file;
}

static bool write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_of(bytes.at + n, bytes.len - (size_t)n);
	}
	return true;
}

static bool flush_head(struct kept *k)
{
	if (k->memfd < 0)
		k->memfd =
		    memfd_create("otasuke-file", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool good = k->memfd >= 0 && write_all(k->memfd, buf_span(&k->head));
	buf_clear(&k->head);
	return good;
}

/* Appends to what clamd will be given, piece by piece of the head's size. */
static bool keep(struct kept *k, struct span bytes)
{
	while (bytes.len) {
		uint32_t room = FILE_HEAD_MAX - (uint32_t)k->head.len;
		uint32_t len = bytes.len < room ? bytes.len : room;
		buf_add(&k->head, bytes.at, len);
		if (k->head.overflowed)
			return false;
		if (k->head.len == FILE_HEAD_MAX && !flush_head(k))
			return false;
		bytes = span_of(bytes.at + len, bytes.len - len);
	}
	return true;
}

static void keep_or_lose(struct file_shop *s, struct kept *k, struct span bytes)
{
	if (k->file.size > s->conf.scan_max)
		k->lost = "larger than the scan limit";
	else if (s->kept + bytes.len > s->conf.kept_max)
		k->lost = "too many files at once";
	else if (!keep(k, bytes))
		k->lost = "no memory to keep it";
	if (k->lost) {
		let_go(s, k);
		return;
	}
	k->kept += bytes.len;
	s->kept += bytes.len;
}

static void sink_bytes(void *ctx, struct file *file, struct span bytes)
{
	struct file_shop *s = ctx;
	struct kept *k = (struct kept *)file;

	if (file->state != FILE_OPEN || bytes.len == 0)
		return;
	file->size += bytes.len;
	EVP_DigestUpdate(k->sha256, bytes.at, bytes.len);
	EVP_DigestUpdate(k->md5, bytes.at, bytes.len);
	if (!k->lost && s->conf.clamd_socket)
		keep_or_lose(s, k, bytes);
}

static void sink_close(void *ctx, struct file *file, bool whole)
{
	struct file_shop *s = ctx;
	struct kept *k = (struct kept *)file;

	if (file->state != FILE_OPEN)
		return;
	file->state = whole ? FILE_CLOSED : FILE_TRUNCATED;
	EVP_DigestFinal_ex(k->sha256, file->sha256, NULL);
	EVP_DigestFinal_ex(k->md5, file->md5, NULL);
	s->open--;
	k->done = true;
	*s->done_tail = k;
	s->done_tail = &k->next_done;
}

struct app_file_sink file_sink(struct file_shop *s)
{
	return (struct app_file_sink){
		.ctx = s, .open = sink_open, .bytes = sink_bytes, .close = sink_close
	};
}

/* --- judging --- */

static const char *carrier(const struct file *file)
{
	const char *name = flow_app_name(file->tx->app);

	return name ? name : "";
}

static void tell_file(
    struct packet *pkt, struct file *file, enum finding_kind kind, const char *list)
{
	struct finding *f = finding_add(pkt, kind);

	if (!f)
		return;
	f->wish = kind == FINDING_VIRUS ? FINDING_REJECT : FINDING_COUNT;
	f->tx = file->tx;
	f->file = file;
	f->name = span_text(file->virus);
	f->detail = span_text(file->name);
	f->where = carrier(file);
	f->list = list;
}

/* What is kept as one view, for file_locked(); empty when the kernel refuses. */
static struct span map_kept(const struct kept *k)
{
	void *at = mmap(NULL, k->kept, PROT_READ, MAP_PRIVATE, k->memfd, 0);

	return at == MAP_FAILED ? span_of(NULL, 0) : span_of(at, k->kept);
}

static void find_lock(struct kept *k)
{
	struct span whole = map_kept(k);
	const char *lock = whole.len ? file_locked(whole) : NULL;

	if (lock) {
		k->file.scan = FILE_UNSCANNABLE;
		snprintf(k->file.virus, sizeof(k->file.virus), "%s", lock);
	}
	if (whole.len)
		munmap((void *)(uintptr_t)whole.at, whole.len);
}

static void scan(struct file_shop *s, struct kept *k, int64_t end_ms)
{
	struct file *file = &k->file;
	int64_t now_ms = file_now_ms(), left_ms = end_ms - now_ms;

	if (file_clean_has(s->clean, file->sha256, now_ms)) {
		file->scan = FILE_CLEAN;
		return;
	}
	if (!flush_head(k)) {
		file->scan = FILE_UNSCANNABLE;
		snprintf(file->virus, sizeof(file->virus), "no memory to keep it");
		return;
	}
	/* clamd gets the file as it is: neither side can change it any more. */
	fcntl(k->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	file->scan = file_clamd_scan(&s->clamd, k->memfd,
	    left_ms > 1 ? (uint32_t)left_ms : 1, file->virus, sizeof(file->virus));
	if (file->scan == FILE_CLEAN || file->scan == FILE_SCAN_FAILED)
		find_lock(k);
	if (file->scan == FILE_CLEAN)
		file_clean_note(s->clean, file->sha256, now_ms);
}

/* The list first: it costs nothing and works without clamd. */
static void judge(
    struct file_shop *s, struct packet *pkt, struct kept *k, int64_t end_ms)
{
	struct file *file = &k->file;
	const char *listed = file_hashes_find(s->bad, file->sha256);

	if (listed) {
		file->scan = FILE_INFECTED;
		snprintf(file->virus, sizeof(file->virus), "%s", listed);
	} else if (k->lost) {
		file->scan = FILE_UNSCANNABLE;
		snprintf(file->virus, sizeof(file->virus), "%s", k->lost);
	} else if (s->conf.clamd_socket && file->size == 0) {
		file->scan = FILE_CLEAN;
	} else if (s->conf.clamd_socket) {
		scan(s, k, end_ms);
	}
	if (file->scan == FILE_INFECTED)
		tell_file(pkt, file, FINDING_VIRUS, listed ? "hash" : "clamav");
	else if (file->scan == FILE_UNSCANNABLE)
		tell_file(pkt, file, FINDING_UNSCANNABLE, NULL);
}

static void tell_scanner(struct file_shop *s, struct packet *pkt)
{
	struct finding *f = finding_add(pkt, FINDING_SCANNER);

	if (!f)
		return; /* the next packet tells it */
	f->wish = FINDING_COUNT;
	f->on = s->clamd.state == CLAMD_UP;
	f->name = arena_copy(pkt->arena, span_text(s->clamd.reason));
	s->told = s->clamd.state;
}

void file_run(struct file_shop *s, struct packet *pkt)
{
	/* Packet time decides whether to look at the clock at all; a capture file may run
	 * backwards. */
	if (pkt->time_us >= s->probe_us ||
	    s->probe_us - pkt->time_us > 2 * FILE_PROBE_US) {
		s->probe_us = pkt->time_us + FILE_PROBE_US;
		file_clamd_probe(&s->clamd);
	}
	if (s->done) {
		int64_t end_ms = file_now_ms() + s->conf.clamd_wait_ms;
		struct kept *k = s->done;
		s->done = NULL;
		s->done_tail = &s->done;
		for (struct kept *next; k; k = next) {
			next = k->next_done;
			k->next_done = NULL;
			k->done = false;
			judge(s, pkt, k, end_ms);
			let_go(s, k);
		}
	}
	if (s->clamd.state != s->told)
		tell_scanner(s, pkt);
}

/* --- forgetting --- */

static void take_off_done(struct file_shop *s, struct kept *k)
{
	struct kept **at = &s->done;

	while (*at != k)
		at = &(*at)->next_done;
	*at = k->next_done;
	if (!*at)
		s->done_tail = at;
}

void file_tx_end(struct file_shop *s, struct tx *tx)
{
	struct file *next;

	for (struct file *file = tx->files; file; file = next) {
		struct kept *k = (struct kept *)file;
		next = file->next;
		if (file->state == FILE_OPEN)
			s->open--;
		if (k->done)
			take_off_done(s, k);
		let_go(s, k);
		free_kept(k);
	}
	tx->files = NULL;
}
