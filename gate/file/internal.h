/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/file/file.h"

/* clamd.c: one scanner behind a UNIX socket.  Times are CLOCK_MONOTONIC, ms. */
enum clamd_state { CLAMD_NONE, CLAMD_UP, CLAMD_DOWN };

struct file_clamd {
	const char *path; /* NULL: none */
	uint32_t wait_ms;
	enum clamd_state state;
	char reason[96];   /* what the last try said */
	unsigned failures; /* in a row */
	int64_t retry_ms;  /* not before then */
	int64_t probe_ms;  /* next question whether it lives */
	int ping;          /* an unanswered question whether it lives, or −1 */
	int64_t made_us;   /* when its signatures were made; 0: not known */
	int64_t ping_end_ms;
};

/* Asks once, waiting up to a second: the state is known from the first packet on. */
void file_clamd_init(struct file_clamd *c, const char *path, uint32_t wait_ms);
void file_clamd_fini(struct file_clamd *c);
/* Hands the descriptor over and waits up to `wait_ms`.  `text` gets the virus's name or the
 * reason.  FILE_SCAN_FAILED at once while it is down. */
enum file_scan file_clamd_scan(
    struct file_clamd *c, int fd, uint32_t wait_ms, char *text, size_t room);
/* Looks after that question; never waits. */
void file_clamd_probe(struct file_clamd *c);
/* What one reply means.  `text` is printable ASCII whatever came. */
enum file_scan file_clamd_reply(struct span reply, char *text, size_t room);
/* What the answer to VERSION says of the signatures' age, µs since 1970; 0: nothing. */
int64_t file_clamd_made_us(const char *reply);
int64_t file_now_ms(void);

/* clean.c: what clamd found clean a short while ago.  Ten PCs load the same page; it need
 * not be scanned ten times.  Short, because signatures change. */
#define FILE_CLEAN_MAX 2048u
#define FILE_CLEAN_MS  300000

struct file_clean {
	uint64_t seed; /* strangers choose files; they shall not choose places */

	struct {
		uint8_t sha256[32];
		int64_t until_ms;
	} rows[FILE_CLEAN_MAX];
};

struct file_clean *file_clean_new(void) __attribute__((malloc));
bool file_clean_has(
    const struct file_clean *c, const uint8_t sha256[32], int64_t now_ms);
void file_clean_note(struct file_clean *c, const uint8_t sha256[32], int64_t now_ms);

/* hashes.c: our own list of bad files. */
struct file_hashes;
struct file_hashes *file_hashes_load(const char *path) __attribute__((malloc));
void file_hashes_free(struct file_hashes *h);
/* The name of what is listed, or NULL. */
const char *file_hashes_find(const struct file_hashes *h, const uint8_t sha256[32]);

/* locked.c: "encrypted zip", "encrypted office document", or NULL when not locked. */
const char *file_locked(struct span whole);
