/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/internal.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <zdict.h>

/* What this centre's records look like, learned of them: its gates see the same rules, hosts
 * and machines again and again, which no text written beforehand can know. */
#define SAMPLES_LEAST 2000u
#define SAMPLES_MOST  4000u
#define SAMPLES_BYTES (8u << 20)
#define WORDS_BYTES   (64u << 10)
#define GROWN         16 /* times as many events as the last one knew of */
#define OLD_US        (INT64_C(30) * 24 * 3600 * 1000000)
#define DAY_US        (INT64_C(24) * 3600 * 1000000)

struct samples {
	struct buf text;
	size_t sizes[SAMPLES_MOST];
	unsigned n;
	int64_t newest; /* event */
};

/* ---- reading ---- */

static int load(struct store_db *db, uint32_t id)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows, "SELECT bytes FROM dictionary WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows))
		found = store_words_add(id, store_col_span(rows, 0)) ? 0 : FAIL_MEMORY;
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int store_unpack(struct store_db *db, struct span packed, struct buf *out)
{
	int err = store_unpack_text(packed, out);

	/* One that another process, or an earlier life of this one, has learned. */
	if (err != FAIL_MISSING)
		return err;
	err = load(db, store_pack_words(packed));
	return err < 0 ? err : store_unpack_text(packed, out);
}

struct newest {
	uint32_t id;
	int64_t made_us, events;
};

static int find_newest(struct store_db *db, struct newest *n)
{
	struct store_rows *rows;

	*n = (struct newest){ 0 };
	store_query(db, &rows,
	    "SELECT id, made_us, events FROM dictionary ORDER BY made_us DESC, id DESC "
	    "LIMIT 1",
	    STORE_NO_ARGS);
	if (store_next(rows))
		*n = (struct newest){ (uint32_t)store_col_int(rows, 0),
			store_col_int(rows, 1), store_col_int(rows, 2) };
	return store_rows_free(rows);
}

int store_words_newest(struct store_db *db, const struct store_words **words)
{
	struct newest n;
	int err = find_newest(db, &n);

	*words = NULL;
	if (err < 0 || !n.id)
		return err;
	*words = store_words_find(n.id);
	if (*words)
		return 0;
	err = load(db, n.id);
	*words = store_words_find(n.id);
	return err;
}

/* ---- learning ---- */

static int add_sample(struct store_db *db, struct samples *s, int64_t from, int64_t *id)
{
	struct store_rows *rows;
	struct buf text;
	int err = 0;

	*id = 0;
	buf_init(&text, STORE_PACK_TEXT_MAX);
	store_query(db, &rows,
	    "SELECT id, eve FROM event WHERE id >= ? ORDER BY id LIMIT 1",
	    STORE_ARGS(STORE_INT(from)));
	if (store_next(rows)) {
		*id = store_col_int(rows, 0);
		err = store_unpack(db, store_col_span(rows, 1), &text);
	}
	if (*id && err == 0 && s->text.len + text.len <= SAMPLES_BYTES) {
		buf_add(&s->text, text.at, text.len);
		s->sizes[s->n++] = text.len;
	}
	buf_fini(&text);
	err = store_rows_free(rows);
	return err;
}

/* Records spread evenly over the newest quarter of a million. */
static int collect(struct store_db *db, struct samples *s)
{
	int64_t from = s->newest > 250000 ? s->newest - 250000 : 0;
	int64_t step = (s->newest - from) / SAMPLES_MOST + 1, id = from;
	int err = 0;

	while (err == 0 && s->n < SAMPLES_MOST) {
		err = add_sample(db, s, id + 1, &id);
		if (!id)
			break;
		id += step - 1;
	}
	return err;
}

static bool is_due(const struct newest *n, int64_t newest_event, int64_t now_us)
{
	if (newest_event < SAMPLES_LEAST)
		return false;
	return !n->id || newest_event >= n->events * GROWN ||
	       now_us - n->made_us > OLD_US;
}

/* How small the samples become, every tenth. */
static size_t weigh(const struct samples *s, const struct store_words *w)
{
	struct buf packed;
	size_t at = 0, sum = 0;

	buf_init(&packed, STORE_PACK_TEXT_MAX + (64u << 10));
	for (unsigned i = 0; i < s->n; at += s->sizes[i++]) {
		buf_clear(&packed);
		if (i % 10 == 0 &&
		    store_pack_with(
			w, span_of(s->text.at + at, s->sizes[i]), &packed) == 0)
			sum += packed.len;
	}
	buf_fini(&packed);
	return sum;
}

struct learned {
	struct newest row;
	struct span bytes;
};

static int write_learned(struct store_db *db, void *arg)
{
	const struct learned *l = arg;

	return store_exec(db,
	    "INSERT INTO dictionary (id, made_us, events, bytes) VALUES (?, ?, ?, ?) "
	    "ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(l->row.id), STORE_INT(l->row.made_us),
		STORE_INT(l->row.events), STORE_BYTES(l->bytes)));
}

/* Its name is what it is: two centres, or a copy, never mean different things by it. */
static uint32_t name_of(struct span bytes)
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256(bytes.at, bytes.len, sum);
	return ((uint32_t)(sum[0] & 0x7f) << 24 | (uint32_t)sum[1] << 16 |
		   (uint32_t)sum[2] << 8 | sum[3]) |
	       1u;
}

/* Durable before the first record is packed with it. */
static int adopt(struct store *s, struct learned *l, const struct samples *samples)
{
	const struct store_words *old = store_words(s);

	l->row.id = name_of(l->bytes);
	const struct store_words *fresh = store_words_add(l->row.id, l->bytes);
	if (!fresh)
		return FAIL_MEMORY;
	size_t before = weigh(samples, old), after = weigh(samples, fresh);
	if (after > before - before / 20)
		return 0;
	int err = store_write(s, write_learned, l);
	if (err < 0)
		return err;
	store_words_set(s, fresh);
	log_info("C120", "records are packed with a new dictionary: %zu%% of before",
	    after * 100 / (before ? before : 1));
	return 0;
}

static int learn(struct store *s, const struct samples *samples, int64_t now_us)
{
	uint8_t *room = malloc(WORDS_BYTES);

	if (!room)
		return FAIL_MEMORY;
	size_t len = ZDICT_trainFromBuffer(
	    room, WORDS_BYTES, samples->text.at, samples->sizes, samples->n);
	struct learned l = { .row = { 0, now_us, samples->newest },
		.bytes = span_of(room, len) };
	/* Too few, or nothing in common: all right, typical.txt it is. */
	int err = ZDICT_isError(len) ? 0 : adopt(s, &l, samples);
	free(room);
	return err;
}

/* What nothing is packed with any more goes: it holds pieces of records. */
static int forget(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db,
	    "DELETE FROM dictionary WHERE EXISTS (SELECT 1 FROM dictionary later WHERE "
	    "later.made_us > dictionary.made_us AND later.made_us + ? < "
	    "(SELECT COALESCE(MIN(e.taken_us), 0) FROM event e WHERE e.id = "
	    "(SELECT MIN(first.id) FROM event first)))",
	    STORE_ARGS(STORE_INT(DAY_US)));
}

static int look(
    struct store_db *db, struct newest *n, struct samples *samples, int64_t now_us)
{
	int err = find_newest(db, n);

	if (err == 0)
		err = store_get_int(db, &samples->newest,
		    "SELECT COALESCE(MAX(id), 0) FROM event", STORE_NO_ARGS);
	if (err == 0 && is_due(n, samples->newest, now_us))
		err = collect(db, samples);
	return err;
}

int store_learn(struct store *s, int64_t now_us)
{
	struct samples *samples = calloc(1, sizeof(*samples));
	struct store_db *db = samples ? store_read(s) : NULL;
	const struct store_words *words = NULL;
	struct newest n;
	int err = db ? 0 : FAIL_MEMORY;

	if (err == 0) {
		buf_init(&samples->text, SAMPLES_BYTES);
		err = store_words_newest(db, &words);
		if (err == 0)
			err = look(db, &n, samples, now_us);
		store_read_done(s, db);
	}
	if (words && words != store_words(s))
		store_words_set(s, words);
	if (err == 0 && samples->n >= SAMPLES_LEAST)
		err = learn(s, samples, now_us);
	if (err == 0 && samples->newest && n.id)
		err = store_write(s, forget, NULL);
	if (samples)
		buf_fini(&samples->text);
	free(samples);
	return err;
}
