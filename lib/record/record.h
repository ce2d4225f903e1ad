/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/addr.h"
#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <jansson.h>

/* The contract between gate and centre: what a record is, in one table (record.tbl).
 *
 * From the table come the encoder, the decoder, the EVE mapping (a record's JSON is an EVE
 * event, so that a real Suricata sensor can stand in for a gate), the severity, the plain
 * sentences and docs/reference/records.md.
 *
 * Owns:    nothing; a struct record borrows its text until it is encoded, and, when
 *          decoded, from the jansson tree that record_decode() was given.
 * Threads: any; no state.
 * Limits:  RECORD_JSON_MAX a record, RECORD_TEXT_MAX a text; longer text is cut by the
 *          encoder (at a character) and refused by the decoder.
 * Serves:  002-09, 002-19; law 10 */
#define RECORD_JSON_MAX (64u << 10)
#define RECORD_TEXT_MAX 4096u
#define RECORD_BATCH_RECORDS_MAX 10000u
#define RECORD_BATCH_BYTES_MAX   (8u << 20) /* after decompression */

enum record_type {
	RECORD_INT,  /* signed 64 bit */
	RECORD_TEXT, /* UTF-8; a text with other bytes, or NUL, has them written as \xNN */
	RECORD_ADDR, /* IPv4; IPv6 in full, eight groups of four digits */
	RECORD_TIME, /* µs since 1970 UTC; EVE's ISO 8601 */
	RECORD_BOOL,
	RECORD_JSON, /* a JSON object or array, ready made */
};

enum record_kind {
#define RECORD_KIND(id, eve, flags, ja, en) RECORD_##id,
#define RECORD_FIELD(id, path, type, kinds, doc)
#include "lib/record/record.tbl"
	RECORD_KIND_MAX,
};

enum record_field {
#define RECORD_KIND(id, eve, flags, ja, en)
#define RECORD_FIELD(id, path, type, kinds, doc) RECORD_F_##id,
#include "lib/record/record.tbl"
	RECORD_FIELD_MAX,
};

struct record_value {
	int64_t number; /* INT, TIME, BOOL */
	struct span text; /* TEXT; JSON that is to be encoded */
	const json_t *json; /* JSON that was decoded */
	struct addr addr;
};

struct record {
	enum record_kind kind;
	uint8_t has[RECORD_FIELD_MAX];
	struct record_value value[RECORD_FIELD_MAX];
};

/* 緊急, 注意, 記録 (docs/words.md). */
enum record_severity { RECORD_LOG, RECORD_CAUTION, RECORD_URGENT };

/* Why something happened, in the words of the service: one incident per cause, machine and
 * company.  causes.tbl. */
enum record_cause {
#define RECORD_CAUSE(id, stopped, passed, ja, en) RECORD_CAUSE_##id,
#define RECORD_SAY(id, lang, what, why, act)
#define RECORD_CLASS(classtype, out_cause, in_cause)
#include "lib/record/causes.tbl"
	RECORD_CAUSE_MAX,
};

/* EASY_JA: やさしい日本語. */
enum record_lang { RECORD_JA, RECORD_EN, RECORD_EASY_JA, RECORD_LANG_MAX };

void record_init(struct record *r, enum record_kind kind);
void record_int(struct record *r, enum record_field f, int64_t v);
void record_bool(struct record *r, enum record_field f, bool v);
void record_time(struct record *r, enum record_field f, int64_t us);
void record_addr(struct record *r, enum record_field f, const struct addr *a);
void record_span(struct record *r, enum record_field f, struct span s); /* TEXT, JSON */
void record_text(struct record *r, enum record_field f, const char *s); /* NULL: nothing */

/* Appends the record as one line of EVE JSON, without a newline.  Fields stand in table
 * order, nested by their paths.  When it did not fit, b->overflowed and nothing is added. */
void record_encode(const struct record *r, struct buf *b);
/* Appends `s` as a JSON string, under the rules of RECORD_TEXT. */
void record_quote(struct span s, struct buf *b);
/* Reads one EVE object.  Unknown members are ignored; a known one of the wrong type or size,
 * or an unknown event_type, is FAIL_FORMAT with the reason in `why` (≥ 128 bytes). */
int record_decode(const json_t *eve, struct record *r, char *why, size_t room) must_use;

/* Reads one EVE object as a real Suricata writes it and makes of it what a gate would have
 * said: cause (suricata.tbl), way and machine by the home networks (`homes` 0: the private
 * ones), verdict.  A "drop" with its alert becomes an alert that was stopped, "stats" a
 * heartbeat, a lease of "dhcp" a machine.  Members of an unexpected type are left out.  What
 * says otasuke.way itself is left as it is.  0; FAIL_MISSING: of a kind that is only
 * counted; FAIL_FORMAT with the reason in `why` (≥ 128 bytes). */
int record_read_sensor(const json_t *eve, const struct addr_net *home, unsigned homes,
    struct record *r, char *why, size_t room) must_use;
/* Appends the line with what was found out about it (cause, way, stopped, machine) as a gate
 * would have written it, or the record alone where that is longer than RECORD_JSON_MAX. */
void record_write_sensor(const struct record *r, struct span line, struct buf *text);
/* Is the address one of these networks, or (homes 0) of a LAN: RFC 1918, RFC 4193,
 * link-local. */
bool record_is_home(const struct addr *a, const struct addr_net *home, unsigned homes);

const char *record_kind_name(enum record_kind k);  /* EVE event_type */
enum record_kind record_kind_find(const char *eve);/* RECORD_KIND_MAX: unknown */
bool record_kind_travels(enum record_kind k);      /* goes to the centre */
const char *record_field_path(enum record_field f);
enum record_type record_field_type(enum record_field f);
bool record_may_carry(enum record_kind k, enum record_field f);

/* The cause of an alert from its classtype and direction, for other kinds from the kind. */
enum record_cause record_cause_of(
    enum record_kind kind, const char *classtype, bool outbound);
/* The cause of a whole record: what it says itself (otasuke.cause), else what its fields
 * show (a sensor that is not a gate). */
enum record_cause record_cause_get(const struct record *r);
const char *record_cause_id(enum record_cause c);
enum record_cause record_cause_find(const char *id); /* RECORD_CAUSE_MAX: unknown */
const char *record_cause_title(enum record_cause c, enum record_lang lang);
enum record_severity record_cause_severity(enum record_cause c, bool stopped);
/* "ja", "en", "easy"; what is none of them is Japanese. */
const char *record_lang_name(enum record_lang lang);
enum record_lang record_lang_find(const char *name);
const char *record_severity_name(enum record_severity s, enum record_lang lang);

/* The three sentences (what happened, why it matters, what to do now).  {machine}, {what},
 * {peer} are filled in from the arguments, NULL becomes the language's "unknown". */
struct record_words {
	const char *machine, *what, *peer;
	bool stopped;
};
void record_say(enum record_cause c, enum record_lang lang, const struct record_words *w,
    struct buf *happened, struct buf *why, struct buf *act);

/* Batches: newline-separated records, zstd-compressed. */
int record_batch_pack(struct span lines, struct buf *out) must_use;
/* FAIL_FORMAT, FAIL_LIMIT (a bomb); `lines` is born with its maximum. */
int record_batch_unpack(struct span packed, struct buf *lines) must_use;
