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

/* spool.c: a name that no spool had before. */
uint64_t uplink_boot_make(void);

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
/* At most so many records in a batch; of one kind, cause and machine at most `same`, the
 * others are counted in its last (aggregate.c). */
void uplink_reader_limit(struct uplink_reader *r, uint32_t records, uint32_t same);
/* The spool belongs to this enrolment from now on (owner.c).  What an earlier one left is
 * deleted, now and when its writer closes it; *dropped counts the records. */
int uplink_reader_bind(
    struct uplink_reader *r, const char *owner, uint64_t *dropped) must_use;
/* Puts a record of our own into the spool. */
int uplink_reader_tell(
    struct uplink_reader *r, unsigned severity, struct span json) must_use;

/* owner.c: whose records these are: which gate of which centre. */
#define UPLINK_OWNER_ROOM 256u
#define UPLINK_CUTS_MAX   16u

struct uplink_owner {
	char name[UPLINK_OWNER_ROOM];

	/* parts of the one before, by boot and number */
	struct uplink_cut {
		uint64_t boot;
		uint32_t first;
	} cuts[UPLINK_CUTS_MAX];

	unsigned n_cuts;
};

/* The centre's fingerprint and the gate's name in its certificate. */
int uplink_owner_name(
    const char *cert_pem, const char *ca_pem, char name[UPLINK_OWNER_ROOM]) must_use;
/* FAIL_MISSING: the spool has no owner yet. */
int uplink_owner_read(int dir, struct uplink_owner *o) must_use;
int uplink_owner_write(int dir, const struct uplink_owner *o) must_use;
bool uplink_owner_cut(const struct uplink_owner *o, const struct uplink_segment *s);

/* aggregate.c: leaves `same` records of a kind, cause, rule and machine and says in the last
 * of them how many more there were (otasuke.more).  What says something of the gate itself
 * always stays.  *records: how many are left. */
void uplink_aggregate(
    struct span lines, uint32_t same, struct buf *out, uint32_t *records);

/* hint.c: what the centre asks for in its answer. */
struct uplink_hint {
	uint32_t next_after_ms, max_records; /* 0: nothing asked */
	bool aggregate;
	int64_t refused;
};

void uplink_hint_read(struct span answer, struct uplink_hint *h);

/* renew.c: asks for a new certificate when the old one has less than `days` left; FAIL_* when
 * it was due and did not work.  *renewed: the files are new. */
struct uplink_http;
int uplink_renew(
    struct uplink_http *h, const char *dir, unsigned days, bool *renewed) must_use;
/* Ends a renewal that was interrupted. */
int uplink_renew_finish(const char *dir) must_use;

/* key.c: a key and what it asks for. */
EVP_PKEY *uplink_key_make(void);
/* PEM of a certificate request, or of the private key. */
int uplink_key_request(EVP_PKEY *key, struct buf *pem) must_use;
int uplink_key_pem(EVP_PKEY *key, struct buf *pem) must_use;
/* The certificate is for this key and signed by that CA; both PEM. */
bool uplink_key_fits(EVP_PKEY *key, const char *cert_pem, const char *ca_pem);
/* Seconds that are left of the certificate; negative: it is over. */
int uplink_pem_left(struct span pem, int64_t now_us, int64_t *left_s) must_use;
/* The common name of its subject. */
int uplink_pem_name(struct span pem, char *name, size_t room) must_use;
/* The key of a PEM; NULL: none. */
EVP_PKEY *uplink_key_read(struct span pem);
/* First certificate of a PEM as DER, appended. */
int uplink_pem_der(struct span pem, struct buf *der) must_use;
/* The same certificate as PEM, appended, without whatever came behind it. */
int uplink_pem_first(struct span pem, struct buf *first) must_use;
