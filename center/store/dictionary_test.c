/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"
#include "tests/check.h"
#include "tests/storedir.h"

#include <stdio.h>

#define RECORDS 3000

/* Rules, machines and hosts come again, in ever new combinations. */
static void record(unsigned n, char text[1024])
{
	snprintf(text, 1024,
	    "{\"timestamp\":\"2026-11-21T10:%02u:%02u.%06u+0900\",\"flow_id\":%u,"
	    "\"event_type\":\"alert\",\"src_ip\":\"192.168.10.%u\",\"src_port\":%u,"
	    "\"dest_ip\":\"198.51.100.%u\",\"alert\":{\"signature_id\":%u,"
	    "\"signature\":\"SAMPLE thing number %u was seen in a request of the kind %u\","
	    "\"metadata\":{\"created_at\":[\"2024_%02u_%02u\"]}},"
	    "\"http\":{\"hostname\":\"host-%u.example\"},"
	    "\"otasuke\":{\"machine\":{\"name\":\"machine-with-a-name-%u\"}}}",
	    n % 60, n * 7 % 60, n * 7919 % 1000000, n * 2654435761u, n % 37,
	    n * 31 % 60000, n % 200, 9000000 + n % 40, n % 40, n % 40 * 77, n % 12 + 1,
	    n % 28 + 1, n % 90, n % 37);
}

static int fill(struct store_db *db, void *arg)
{
	struct store *s = arg;
	int err = store_script(db,
	    "INSERT INTO chamber (id, name) VALUES (1, 'c');"
	    "INSERT INTO company (id, chamber_id, name, created_us) VALUES (1, 1, 'n', 1);"
	    "INSERT INTO site (id, company_id, name) VALUES (1, 1, 's');"
	    "INSERT INTO gate (id, company_id, site_id, name) VALUES (1, 1, 1, 'g');");

	for (unsigned n = 0; n < RECORDS && err == 0; n++) {
		char text[1024];
		struct buf packed;
		record(n, text);
		buf_init(&packed, 4096);
		err = store_pack_with(store_words(s), span_text(text), &packed);
		if (err == 0)
			err = store_exec(db,
			    "INSERT INTO event (company_id, gate_id, at_us, taken_us, "
			    "severity, eve) VALUES (1, 1, ?, ?, 0, ?)",
			    STORE_ARGS(STORE_INT(n), STORE_INT(n),
				STORE_BYTES(buf_span(&packed))));
		buf_fini(&packed);
	}
	return err;
}

static size_t size_with(struct store *s, unsigned n)
{
	char text[1024];
	struct buf packed, back;

	record(n, text);
	buf_init(&packed, 4096);
	buf_init(&back, 4096);
	check_eq(store_pack_with(store_words(s), span_text(text), &packed), 0);
	check_eq(store_unpack_text(buf_span(&packed), &back), 0);
	check(span_is(buf_span(&back), text));
	size_t len = packed.len;
	buf_fini(&packed);
	buf_fini(&back);
	return len;
}

static int64_t dictionaries(struct store *s)
{
	struct store_db *db = store_read(s);
	int64_t n = -1;

	check_eq(
	    store_get_int(db, &n, "SELECT count(*) FROM dictionary", STORE_NO_ARGS), 0);
	store_read_done(s, db);
	return n;
}

static void records_teach(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));
	size_t before, after;

	check(s != NULL);
	check_eq(store_learn(s, 1), 0);
	check(store_words(s) == NULL); /* nothing to learn of yet */
	check_eq(store_write(s, fill, s), 0);
	before = size_with(s, RECORDS + 1);
	check_eq(store_learn(s, 1000), 0);
	check(store_words(s) != NULL);
	after = size_with(s, RECORDS + 1);
	check(after * 3 < before * 2);
	printf(
	    "# %zu bytes with typical.txt, %zu with what was learned\n", before, after);
	/* Not again before there is much more. */
	check_eq(store_learn(s, 2000), 0);
	check_eq(dictionaries(s), 1);
	store_close(s);

	s = store_open(dir);
	check(s != NULL && store_words(s) != NULL);
	check_eq(size_with(s, RECORDS + 1), after);
	store_close(s);
	storedir_remove(dir);
}

static int add_dictionary(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "INSERT INTO dictionary (id, made_us, events, bytes) VALUES "
	    "(7, 1, 1, 'x'), (8, 2, 100000000, 'y');"
	    "UPDATE event SET taken_us = 86400000003;");
}

static void what_nothing_needs_goes(void)
{
	char dir[64];
	struct store *s = store_open(storedir_make(dir));

	check_eq(store_write(s, fill, s), 0);
	check_eq(store_write(s, add_dictionary, NULL), 0);
	check_eq(store_learn(s, 3), 0);
	check_eq(dictionaries(s), 1);
	store_close(s);
	storedir_remove(dir);
}

CHECK_MAIN(records_teach, what_nothing_needs_goes)
