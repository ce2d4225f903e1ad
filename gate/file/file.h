/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* Files on the wire: follows, hashes and scans them.
 *
 * Owns:    every struct file (memfd, hashes); freed with its transaction.
 * Borrows: packet and flow during the call.
 * Threads: one struct file_shop per worker.
 * Limits:  file_conf; larger files are followed and hashed but told as not scanned.
 * Serves:  002-01, 002-33, 002-62 */
struct file_conf {
	const char *clamd_socket; /* NULL: no scanner (visible state) */
	uint32_t scan_max;        /* bytes; 0 = 25 MiB */
	uint32_t files_max;       /* open at once; 0 = 256 */
	uint32_t clamd_wait_ms;   /* 0 = 5000 */
	const char *bad_hashes;   /* file of SHA-256 lines, or NULL */
};

enum file_state { FILE_OPEN, FILE_CLOSED, FILE_TRUNCATED };
enum file_scan { FILE_NOT_SCANNED, FILE_CLEAN, FILE_INFECTED, FILE_UNSCANNABLE, FILE_SCAN_FAILED };

struct file {
	struct file *next; /* in tx->files, newest first */
	struct tx *tx;
	enum packet_dir dir;
	char *name;        /* UTF-8 as sent, may be "" ; bounded at 255 bytes */
	uint64_t size;     /* bytes seen */
	enum file_state state;
	enum file_scan scan;
	char virus[128];   /* FILE_INFECTED: clamd's name for it */
	uint8_t sha256[32], md5[16];
	bool told;         /* event/ has written its fileinfo */
	int memfd;         /* −1 when nothing is kept */
	void *hasher;
};

struct file_shop;

struct file_shop *file_new(const struct file_conf *conf) __attribute__((malloc));
void file_free(struct file_shop *s);
struct app_file_sink file_sink(struct file_shop *s);

/* Scans what this packet completed; adds FINDING_VIRUS, FINDING_UNSCANNABLE and, when the
 * scanner's state changes, FINDING_SCANNER. */
void file_run(struct file_shop *s, struct packet *pkt);
/* True while clamd answers (or none is configured and none is expected). */
bool file_scanner_is_up(const struct file_shop *s);
/* Frees the files of a transaction. */
void file_tx_end(struct file_shop *s, struct tx *tx);
