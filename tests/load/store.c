/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/store.h"
#include "center/ingest/ca.h"
#include "lib/base/clock.h"
#include "tests/load/load.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What the load needs of the centre's store: gates before, and a look afterwards. */

#define GROUP 500u

struct made {
	const struct ingest_ca *ca;
	FILE *out;
	const char *csr;
	unsigned from, n;
};

static int make_one(struct store_db *db, const struct made *m, unsigned number)
{
	char name[64], fingerprint[65];
	int64_t company, site, gate;
	struct buf pem;

	(void)snprintf(name, sizeof(name), "見本 負荷 %06u", number);
	int err = store_get_int(db, &company,
	    "INSERT INTO company (chamber_id, name, sample, created_us) VALUES ((SELECT "
	    "min(id) FROM chamber), ?, 1, ?) RETURNING id",
	    STORE_ARGS(STORE_TEXT(name), STORE_INT(clock_now_us())));
	if (err == 0)
		err = store_get_int(db, &site,
		    "INSERT INTO site (company_id, name) VALUES (?, '本社') RETURNING id",
		    STORE_ARGS(STORE_INT(company)));
	if (err == 0)
		err = store_get_int(db, &gate,
		    "INSERT INTO gate (company_id, site_id, name) VALUES (?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(company), STORE_INT(site), STORE_TEXT(name)));
	buf_init(&pem, 16u << 10);
	if (err == 0)
		err = ingest_ca_sign(
		    m->ca, m->csr, gate, clock_real_us(), &pem, fingerprint);
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET fingerprint = ?, enrolled_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(fingerprint), STORE_INT(clock_now_us()),
			STORE_INT(gate)));
	if (err == 0)
		fprintf(m->out, "gate %" PRId64 "\n%s", gate, buf_text(&pem));
	buf_fini(&pem);
	return err;
}

static int make_group(struct store_db *db, void *arg)
{
	const struct made *m = arg;
	int err = 0;

	for (unsigned i = 0; i < m->n && err == 0; i++)
		err = make_one(db, m, m->from + i);
	return err;
}

static int make_chamber(struct store_db *db, void *arg)
{
	int64_t n;
	int err = store_get_int(db, &n, "SELECT count(*) FROM chamber", STORE_NO_ARGS);

	(void)arg;
	if (err < 0 || n > 0)
		return err;
	return store_exec(db,
	    "INSERT INTO chamber (name) VALUES ('見本商工会議所（負荷）')",
	    STORE_NO_ARGS);
}

/* All gates share one key: what is measured is the centre. */
static int make_key(FILE *out, struct buf *csr)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509_REQ *req = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *at;
	int ok = key && req && bio && X509_REQ_set_pubkey(req, key) == 1 &&
		 X509_REQ_sign(req, key, EVP_sha256()) > 0 &&
		 PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		 PEM_write_bio_X509_REQ(bio, req) == 1;

	if (ok)
		buf_add(csr, at, (size_t)BIO_get_mem_data(bio, &at));
	BIO_free(bio);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	return ok ? 0 : FAIL_MEMORY;
}

static struct store *open_store(const struct load_conf *c)
{
	if (c->url && store_place_set(c->data, c->url) < 0)
		return NULL;
	return store_open(c->data);
}

static int make_all(const struct load_conf *c, struct made *m, struct store *s)
{
	int err = store_write(s, make_chamber, NULL);

	for (m->from = 0; m->from < c->gates && err == 0; m->from += GROUP) {
		m->n = c->gates - m->from < GROUP ? c->gates - m->from : GROUP;
		err = store_write(s, make_group, m);
		if (!c->quiet)
			fprintf(stderr, "\r%u of %u gates", m->from + m->n, c->gates);
	}
	if (!c->quiet)
		fprintf(stderr, "\n");
	return err;
}

int load_prepare(const struct load_conf *c)
{
	char path[4096], ca_dir[4096];
	struct made m = { 0 };
	struct buf csr;
	int err = FAIL_IO;

	if (mkdir(c->work, 0700) < 0 && errno != EEXIST)
		return FAIL_IO;
	(void)snprintf(path, sizeof(path), "%s/gates.pem", c->work);
	(void)snprintf(ca_dir, sizeof(ca_dir), "%s/ca", c->data);
	struct store *s = open_store(c);
	struct ingest_ca *ca = s ? ingest_ca_open(ca_dir) : NULL;
	buf_init(&csr, 16u << 10);
	m.ca = ca;
	m.out = ca ? fopen(path, "we") : NULL;
	if (m.out)
		err = make_key(m.out, &csr);
	m.csr = buf_text(&csr);
	if (err == 0)
		err = make_all(c, &m, s);
	if (m.out && fclose(m.out) != 0)
		err = FAIL_IO;
	buf_fini(&csr);
	ingest_ca_close(ca);
	store_close(s);
	return err;
}

/* ---- afterwards ---- */

/* One gate's batches: all that were acknowledged, each once. */
static int look_at(struct store_db *db, const char *boot, int64_t gate, int64_t acked,
    int64_t *batches)
{
	int64_t most;
	int err = store_get_int(db, batches,
	    "SELECT count(*) FROM batch WHERE gate_id = ? AND boot = ?",
	    STORE_ARGS(STORE_INT(gate), STORE_TEXT(boot)));

	if (err == 0)
		err = store_get_int(db, &most,
		    "SELECT COALESCE(max(seq), 0) FROM batch WHERE gate_id = ? AND boot = ?",
		    STORE_ARGS(STORE_INT(gate), STORE_TEXT(boot)));
	if (err == 0 && (*batches < acked || *batches != most)) {
		printf("gate %" PRId64 ": %" PRId64 " acknowledged, %" PRId64
		       " in the store, the last is %" PRId64 "\n",
		    gate, acked, *batches, most);
		return FAIL_FORMAT;
	}
	return err;
}

static int look_at_all(struct store_db *db, FILE *f)
{
	char boot[32] = "";
	int64_t gate, acked, alerts, all = 0, sum = 0, told = 0, events = 0;
	int bad = 0, err = fscanf(f, "%31s", boot) == 1 ? 0 : FAIL_FORMAT;

	while (err >= 0 && fscanf(f, "%" SCNd64 " %" SCNd64 " %" SCNd64, &gate, &acked,
			       &alerts) == 3) {
		int64_t batches = 0;
		int one = look_at(db, boot, gate, acked, &batches);
		bad += one == FAIL_FORMAT;
		err = one == FAIL_FORMAT ? 0 : one;
		all += batches;
		sum += acked;
		told += alerts;
	}
	if (err == 0)
		err = store_get_int(db, &events,
		    "SELECT COALESCE(sum(events), 0) FROM incident WHERE cause IN ('PROBE', "
		    "'OFF_BUSINESS_SITE')",
		    STORE_NO_ARGS);
	printf("{\"acknowledged\": %" PRId64 ", \"in_store\": %" PRId64
	       ", \"gates_with_loss\": %d, \"alerts_acknowledged\": %" PRId64
	       ", \"alerts_in_incidents\": %" PRId64 "}\n",
	    sum, all, bad, told, events);
	return err < 0 ? err : bad || events < told ? FAIL_FORMAT : 0;
}

int load_verify(const struct load_conf *c)
{
	char path[4096];
	struct store *s = open_store(c);
	struct store_db *db = s ? store_read(s) : NULL;

	(void)snprintf(path, sizeof(path), "%s/acked", c->work);
	FILE *f = db ? fopen(path, "re") : NULL;
	int err = f ? look_at_all(db, f) : FAIL_IO;
	if (f)
		fclose(f);
	if (db)
		store_read_done(s, db);
	store_close(s);
	return err;
}
