/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/store/db.h"
#include "lib/base/buf.h"

#include <stdio.h>

/* Tour 16: One writer, many readers.
 *
 * Keeps what the centre knows, and says when something changed.
 *
 * One writer thread; whoever wants to change something hands it a function.  Many waiting
 * writers share one commit (group commit), and nobody is told "done" before the commit is on
 * the disk.  Readers have connections of their own and see a consistent picture.
 *
 * Owns:    DIR/otasuke.db or its connections to PostgreSQL, the writer thread, a pool of
 *          read connections.
 * Threads: any may call store_write(), store_post(), store_read(), store_wait_change().
 * Limits:  STORE_JOBS_MAX waiting writers, then FAIL_BUSY; STORE_READERS_MAX readers, more
 *          wait; STORE_GROUP_MAX jobs a commit, and no new one after STORE_GROUP_MS.
 * Serves:  one storage interface; law 5: acknowledged is durable. */
#define STORE_JOBS_MAX    4096u
#define STORE_READERS_MAX 32u
#define STORE_GROUP_MAX   256u
#define STORE_GROUP_MS    50u
#define STORE_CHANGES_MAX 100000

struct store;

/* Where the data of a centre's directory DIR is: in the PostgreSQL database whose address
 * DIR/store.url holds (postgres://…, libpq's URI, also with several hosts), or, without such
 * a file, in DIR/otasuke.db (SQLite).  Writes that file (0600; DIR is made when missing). */
int store_place_set(const char *dir, const char *url) must_use;
/* The first line of `file`, an address.  FAIL_MISSING: there is no such file. */
int store_place_read(const char *file, char *url, size_t room) must_use;

/* Opens the data of DIR (made when missing, 0700), brings the schema up to date and starts
 * the writer.  NULL, with the reason logged. */
struct store *store_open(const char *dir) __attribute__((malloc));
/* Finishes the waiting writes, ends the writer, closes. */
void store_close(struct store *s);

/* Brings the schema of DIR up to date: each migration in one transaction, its text recorded
 * with a checksum; two starters at once are safe.  Refuses (FAIL_CONFLICT) a database from a
 * newer version or one whose recorded migrations differ from ours. */
int store_migrate(const char *dir) must_use;
/* Number of the newest migration of this binary. */
unsigned store_schema_newest(void);

/* Runs inside the writer's transaction, in a savepoint of its own: a negative return undoes
 * what it did (and nothing of the others).  Must not wait for anybody. */
typedef int store_write_fn(struct store_db *db, void *arg);

/* Returns what `fn` returned, after the commit is durable; a failed commit is FAIL_IO. */
int store_write(struct store *s, store_write_fn *fn, void *arg) must_use;

/* The same without waiting: `done` is called by the writer thread after the commit (or its
 * failure) and must be quick.  The job belongs to the store until then. */
struct store_job {
	store_write_fn *fn;
	void *arg;
	void (*done)(struct store_job *job, int result);
	void *done_arg;
	/* The store's own. */
	struct store_job *next;
	int result;
};

/* 0, or FAIL_BUSY (queue full or closing): `done` will not be called. */
int store_post(struct store *s, struct store_job *job) must_use;

/* A connection for reading, inside a transaction: everything read through it belongs to one
 * moment.  NULL when the database cannot be opened.  Give it back soon. */
struct store_db *store_read(struct store *s);
void store_read_done(struct store *s, struct store_db *db);

/* Writers: says that incidents changed; returns the new value of the change counter, which
 * the changed rows carry in `change`.  Watchers wake after the commit.  Negative: fail. */
int64_t store_note_change(struct store_db *db);
/* The same of something that concerns one company only: others are not woken.  The last
 * STORE_CHANGES_MAX changes stand in the table `changed`. */
int64_t store_note_change_of(struct store_db *db, int64_t company_id);
/* The counter now. */
int64_t store_change(struct store *s);
/* Waits until the counter is beyond `since`, at most `timeout_ms`; returns the counter. */
int64_t store_wait_change(struct store *s, int64_t since, unsigned timeout_ms);

/* Several centre processes may share one PostgreSQL: is this the one that does what time
 * alone brings (silent gates, tidying, retention …)?  Always on SQLite.  Another takes over
 * within seconds when it ends or loses the database.  For a moment two may believe it: what
 * is done so must be safe to do twice. */
bool store_leads(struct store *s);
/* Is this the only process that has asked store_leads() on this database? */
bool store_alone(struct store *s);

/* One line of the audit log.  Lines are chained by their hashes: a line that somebody
 * changed or took out later shows (store_audit_check).  `who` is the account, 0 for the
 * centre itself. */
struct store_audit {
	int64_t at_us, account_id, company_id, incident_id;
	const char *action; /* a stable word: incident.open, gate.revoke … */
	const char *detail; /* text for people, or NULL */
};

int store_audit(struct store_db *db, const struct store_audit *line) must_use;
/* Walks the chain, and the anchors.  0, or FAIL_FORMAT with the first wrong line's id in
 * *broken. */
int store_audit_check(struct store_db *db, int64_t *broken) must_use;

#define STORE_AUDIT_HASH_ROOM 65u

/* A place in the chain: a line and its hash, which stands for all lines before. */
struct store_audit_place {
	int64_t line;
	char hash[STORE_AUDIT_HASH_ROOM];
};

/* Walks from line `from` (1: from the beginning) on; *end receives where the chain ends. */
int store_audit_verify(struct store_db *db, int64_t from, int64_t *broken,
    struct store_audit_place *end) must_use;
/* 0 when the chain has this line with this hash, else FAIL_FORMAT: a tail that was cut off
 * shows when the place was written down elsewhere. */
int store_audit_holds(
    struct store_db *db, const struct store_audit_place *place) must_use;
/* Writer: once a day, where the chain ends.  1 with *end when a new anchor was written, 0
 * when the last one is young, or a fail. */
int store_audit_anchor(
    struct store_db *db, int64_t now_us, struct store_audit_place *end) must_use;

/* After rows with ids of one's own choice were written: ids that INSERT gives go on after the
 * largest.  (SQLite does so by itself, PostgreSQL counts.) */
int store_settle_ids(struct store_db *db) must_use;

/* Readers on behalf of somebody: from here to the end of this read connection's transaction
 * the database itself hides what is not of this chamber, or of this company (0: no fence of
 * that kind).  A second fence, behind the conditions of each query, on PostgreSQL; nothing on
 * SQLite. */
int store_fence(struct store_db *db, int64_t chamber_id, int64_t company_id) must_use;

/* Writers: a row of `event`, of which there are many.  `columns` is a text that lives for
 * ever, "company_id, gate_id, …" without id; the rows are there after store_event_end(), or
 * when the job has ended. */
int store_event_add(struct store_db *db, const char *columns, int64_t taken_us,
    struct store_args args) must_use;
int store_event_end(struct store_db *db) must_use;

/* Writers, once a minute by the process that leads: what the database wants done ahead of
 * time (months of `event`), and what stands empty and may go. */
int store_tend(struct store_db *db, int64_t now_us) must_use;

/* A consistent copy of the database into a new file (0600), while others go on working.
 * FAIL_CONFLICT, saying what to use, on PostgreSQL. */
int store_backup(const char *dir, const char *file) must_use;

/* Takes all data of DIR from SQLite to the empty PostgreSQL database at `url`, compares every
 * row there with what it was, and only then writes DIR/store.url.  No centre may run.  Nothing
 * is left there after a failure but empty tables; the SQLite file stays as it is.
 * FAIL_CONFLICT: the other one is not empty, or DIR is not SQLite. */
struct store_move_done {
	FILE *say; /* progress goes here; NULL: nowhere */
	int64_t tables, rows;
	int64_t mended; /* texts with bytes that PostgreSQL cannot hold */
};

int store_move(const char *dir, const char *url, struct store_move_done *done) must_use;

/* Puts the backup FILE in the place of DIR's SQLite database, after having checked it; what
 * was there stays as otasuke.db.before.  No centre may run.  FAIL_FORMAT: FILE is no whole
 * database; FAIL_CONFLICT: DIR holds data and `force` is false, or is on PostgreSQL. */
int store_restore(const char *dir, const char *file, bool force) must_use;

/* Checks the file itself, foreign keys and the audit chain of DIR; 0, or FAIL_FORMAT with the
 * findings as lines in `report`. */
int store_check(const char *dir, struct buf *report) must_use;

/* Records at rest: zstd with a dictionary, one byte in front that says which.  Works on any
 * text.  `words` is what this centre has learned of its own records (store_words); NULL: the
 * typical ones that the program carries. */
struct store_words;
int store_pack_with(
    const struct store_words *words, struct span text, struct buf *out) must_use;
/* FAIL_FORMAT: no packed text; FAIL_MISSING: its dictionary is not in this database. */
int store_unpack(struct store_db *db, struct span packed, struct buf *out) must_use;
/* The same of a record whose dictionary this process has met already. */
int store_unpack_text(struct span packed, struct buf *out) must_use;
/* Any thread: what to pack with now. */
const struct store_words *store_words(struct store *s);
/* Learns a new dictionary when it is time, takes over one that another process learned, and
 * forgets those that no record needs.  Takes a second or two then; every minute or so. */
int store_learn(struct store *s, int64_t now_us) must_use;
