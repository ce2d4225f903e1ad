/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/uplink/file.h"
#include "gate/uplink/http.h"
#include "gate/uplink/uplink.h"
#include "lib/base/buf.h"

#include <openssl/types.h>

#define UPLINK_SEVERITIES   3u
#define UPLINK_MERGE_BYTES  (1u << 20) /* lines in one batch; packed it is smaller */
#define UPLINK_READY_MAX    (4u << 20)
#define UPLINK_SEGMENTS_MAX 262144u

enum uplink_state {
	UPLINK_PART,   /* the writer appends */
	UPLINK_CLOSED, /* lines; may be packed together with others */
	UPLINK_READY,  /* packed; its number stays with these bytes */
	UPLINK_ALONE,  /* lines that are sent as they are: no room to pack them */
};

/* segment.c: a file of the spool; everything but its contents stands in its name:
 * BOOT-FIRST-LAST-SEVERITY-RECORDS.STATE */
struct uplink_segment {
	uint64_t boot;
	uint32_t first, last; /* numbers of the closed segments that are in it */
	uint32_t severity, records;
	enum uplink_state state;
	uint64_t bytes; /* on the disk, whole blocks */
};

#define UPLINK_NAME_ROOM 64u

struct uplink_list {
	struct uplink_segment *at;
	size_t count, room;
};

void uplink_segment_name(const struct uplink_segment *s, char name[UPLINK_NAME_ROOM]);
bool uplink_segment_parse(const char *name, struct uplink_segment *s);
/* Takes "NAME.lock" inside; the descriptor holds it.  −1 with the reason logged. */
int uplink_dir_lock(int dir, const char *path, const char *name);
/* All segments, oldest first.  Free with uplink_list_fini() in any case. */
int uplink_list_read(struct uplink_list *l, int dir) must_use;
void uplink_list_fini(struct uplink_list *l);
int uplink_segment_rename(int dir, const struct uplink_segment *from,
    const struct uplink_segment *to) must_use;
int uplink_segment_unlink(int dir, const struct uplink_segment *s) must_use;

/* recover.c: whole lines that look like records; what a crash tore is left out and counted
 * as one. */
void uplink_recover_lines(
    struct span part, struct buf *lines, uint32_t *records, uint32_t *torn);
/* Closes the parts that an earlier boot left. */
int uplink_recover(int dir, const struct uplink_list *l) must_use;

/* reader.c: batches out of a spool. */
struct uplink_reader;
struct uplink_reader *uplink_reader_open(const char *path) __attribute__((malloc));
void uplink_reader_close(struct uplink_reader *r);
/* The next batch to send, packed.  0, FAIL_MISSING: nothing to send; FAIL_IO. */
int uplink_reader_next(
    struct uplink_reader *r, struct uplink_segment *s, struct buf *packed) must_use;
/* The centre has it. */
int uplink_reader_done(
    struct uplink_reader *r, const struct uplink_segment *s) must_use;
/* The centre cannot read it: put aside, the oldest of those deleted. */
int uplink_reader_refuse(
    struct uplink_reader *r, const struct uplink_segment *s) must_use;
/* Packs everything that is closed: less room while the centre is away. */
int uplink_reader_pack_all(struct uplink_reader *r) must_use;
/* Waits until something was closed or `wait_ms` is over or a signal came. */
void uplink_reader_wait(struct uplink_reader *r, uint32_t wait_ms);
size_t uplink_reader_waiting(const struct uplink_reader *r);

/* key.c: a key and what it asks for. */
EVP_PKEY *uplink_key_make(void);
/* PEM of a certificate request, or of the private key. */
int uplink_key_request(EVP_PKEY *key, struct buf *pem) must_use;
int uplink_key_pem(EVP_PKEY *key, struct buf *pem) must_use;
/* The certificate is for this key and signed by that CA; both PEM. */
bool uplink_key_fits(EVP_PKEY *key, const char *cert_pem, const char *ca_pem);
/* First certificate of a PEM as DER, appended. */
int uplink_pem_der(struct span pem, struct buf *der) must_use;
/* The same certificate as PEM, appended, without whatever came behind it. */
int uplink_pem_first(struct span pem, struct buf *first) must_use;
