/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* Tour 7: Files on the wire meet the scanner.
 *
 * Files on the wire: follows, hashes and scans them.
 *
 * Owns:    every struct file and what is kept of it; freed with its transaction.
 * Borrows: packet and flow during the call.
 * Threads: one struct file_shop per worker.
 * Limits:  file_conf.  Larger files are followed and hashed, and told as unscannable.
 *          While clamd thinks the worker waits, at most clamd_wait_ms a packet.
 * Asks for, while it runs: memfd_create, write, fcntl, mmap, socket(AF_UNIX), connect,
 *          sendmsg, poll, recv, close; and the right to reach clamd's socket.
 * Serves:  002-01, 002-33, 002-62 */
struct file_conf {
	const char *clamd_socket; /* NULL: no scanner (visible state) */
	uint32_t scan_max;        /* bytes of one file; 0 = 25 MiB */
	uint64_t kept_max;        /* bytes of all files at once; 0 = 256 MiB */
	uint32_t files_max;       /* open at once; 0 = 256 */
	uint32_t clamd_wait_ms;   /* 0 = 5000 */
	const char *bad_hashes;   /* file of lines "SHA-256 [name]", or NULL */
};

enum file_state { FILE_OPEN, FILE_CLOSED, FILE_TRUNCATED };

enum file_scan {
	FILE_NOT_SCANNED,
	FILE_CLEAN,
	FILE_INFECTED,
	FILE_UNSCANNABLE,
	FILE_SCAN_FAILED
};

struct file {
	struct file *next; /* in tx->files, newest first */
	struct tx *tx;
	enum packet_dir dir;
	char *name;    /* UTF-8 as sent, may be "" ; bounded at 255 bytes */
	uint64_t size; /* bytes seen */
	enum file_state state;
	enum file_scan scan;
	char virus[128]; /* FILE_INFECTED: its name; UNSCANNABLE, SCAN_FAILED: why */
	uint8_t sha256[32], md5[16]; /* once it is not FILE_OPEN any more */
	bool told;                   /* event/ has written its fileinfo */
};

struct file_shop;

/* NULL, with the reason logged. */
/* Between two packets; 0: the preset. */
void file_set_limits(struct file_shop *s, uint32_t scan_max, uint32_t clamd_wait_ms);
struct file_shop *file_new(const struct file_conf *conf) __attribute__((malloc));
void file_free(struct file_shop *s);
struct app_file_sink file_sink(struct file_shop *s);

/* Scans what this packet completed; adds FINDING_VIRUS, FINDING_UNSCANNABLE and, on the first
 * packet and whenever the scanner's state changes, FINDING_SCANNER.  Also asks clamd now and
 * then whether it lives, so that a dead one is noticed before the next file comes. */
void file_run(struct file_shop *s, struct packet *pkt);
/* True while clamd answers; false when none is configured. */
bool file_scanner_is_up(const struct file_shop *s);
/* When the scanner's signatures were made, µs since 1970; 0: not known. */
int64_t file_scanner_made_us(const struct file_shop *s);
/* Frees the files of a transaction. */
void file_tx_end(struct file_shop *s, struct tx *tx);
