/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/internal.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

static int company_of(struct store_db *db, int64_t gate_id, int64_t *company_id)
{
	return store_get_int(db, company_id, "SELECT company_id FROM gate WHERE id = ?",
	    STORE_ARGS(STORE_INT(gate_id)));
}

static int note(struct store_db *db, int64_t gate_id, int64_t account_id,
    int64_t now_us, const char *action)
{
	struct store_audit line = {
		.at_us = now_us, .account_id = account_id, .action = action
	};
	char detail[40];
	int err = company_of(db, gate_id, &line.company_id);

	if (err < 0)
		return err;
	snprintf(detail, sizeof(detail), "gate %" PRId64, gate_id);
	line.detail = detail;
	return store_audit(db, &line);
}

/* The gates of a database trust one authority.  The first centre that opens it writes down
 * which; a second process whose directory has another one would turn all gates away. */
int ingest_authority(struct store_db *db, const struct ingest_ca *ca)
{
	char sum[INGEST_SUM_ROOM];
	struct store_rows *rows;
	int64_t gates = 0;
	bool same = true;

	ingest_sum(ingest_ca_der(ca), sum);
	store_query(db, &rows, "SELECT value FROM fact WHERE name = 'authority'",
	    STORE_NO_ARGS);
	if (store_next(rows))
		same = strcmp(store_col_text(rows, 0), sum) == 0;
	int err = store_rows_free(rows);
	if (err == 0)
		err = store_get_int(db, &gates,
		    "SELECT COUNT(*) FROM gate WHERE fingerprint IS NOT NULL AND "
		    "revoked_us IS NULL",
		    STORE_NO_ARGS);
	if (err < 0)
		return err;
	if (!same && gates > 0)
		return FAIL_CONFLICT;
	return store_exec(db,
	    "INSERT INTO fact (name, value) VALUES ('authority', ?) ON CONFLICT (name) DO "
	    "UPDATE SET value = excluded.value",
	    STORE_ARGS(STORE_TEXT(sum)));
}

int ingest_code_new(struct store_db *db, const struct ingest_ca *ca, int64_t gate_id,
    int64_t now_us, char text[WIRE_CODE_ROOM], int64_t *expires_us)
{
	struct wire_code code;
	char sum[INGEST_SUM_ROOM];
	int64_t company;
	int err = company_of(db, gate_id, &company);

	if (err == 0)
		err = wire_code_make(ingest_ca_der(ca), &code);
	if (err < 0)
		return err;
	*expires_us = now_us + (int64_t)INGEST_CODE_LIFE_S * 1000000;
	ingest_sum(span_text(code.secret), sum);
	err = store_exec(db,
	    "UPDATE enrol_code SET used_us = ? "
	    "WHERE gate_id = ? AND used_us IS NULL",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO enrol_code (gate_id, hash, expires_us) VALUES (?, ?, ?)",
		    STORE_ARGS(
			STORE_INT(gate_id), STORE_TEXT(sum), STORE_INT(*expires_us)));
	if (err == 0)
		wire_code_format(&code, text);
	sodium_memzero(&code, sizeof(code));
	return err;
}

int ingest_code_swap(struct store_db *db, int64_t gate_id)
{
	return store_exec(db,
	    "UPDATE enrol_code SET kind = 'swap' WHERE gate_id = ? AND used_us IS NULL",
	    STORE_ARGS(STORE_INT(gate_id)));
}

/* The code is looked up by its hash: how long that takes says nothing about a code that one
 * does not have. */
static int use_code(struct store_db *db, const char *secret, int64_t now_us,
    int64_t *gate_id, bool *swap)
{
	char sum[INGEST_SUM_ROOM];
	struct store_rows *rows;
	int found = FAIL_DENIED;

	ingest_sum(span_text(secret), sum);
	store_query(db, &rows,
	    "UPDATE enrol_code SET used_us = ? "
	    "WHERE hash = ? AND used_us IS NULL AND expires_us > ? RETURNING gate_id, kind",
	    STORE_ARGS(STORE_INT(now_us), STORE_TEXT(sum), STORE_INT(now_us)));
	if (store_next(rows)) {
		*gate_id = store_col_int(rows, 0);
		*swap = strcmp(store_col_text(rows, 1), "swap") == 0;
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int welcome(struct store_db *db, const struct fleet_keys *keys, int64_t gate_id,
    bool swap, int64_t now_us)
{
	struct fleet_by by = { .keys = keys, .now_us = now_us };
	int err = note(db, gate_id, 0, now_us, swap ? "gate.swap" : "gate.enrol");

	return err < 0 || !keys ? err : fleet_restate(db, &by, gate_id);
}

int ingest_enrol(struct store_db *db, const struct ingest_ca *ca, const char *text,
    const struct fleet_keys *keys, const char *csr_pem, int64_t now_us,
    struct buf *cert_pem, int64_t *gate_id)
{
	bool swap = false;
	struct wire_code code;
	char fingerprint[INGEST_SUM_ROOM];

	if (wire_code_parse(text, &code) < 0)
		return FAIL_DENIED;
	int err = use_code(db, code.secret, now_us, gate_id, &swap);
	/* A code for another centre: somebody stands between, or it was mistyped. */
	if (err == 0 && !wire_code_vouches(&code, ingest_ca_der(ca)))
		err = FAIL_DENIED;
	sodium_memzero(&code, sizeof(code));
	if (err == 0)
		err = ingest_ca_sign(
		    ca, csr_pem, *gate_id, clock_real_us(), cert_pem, fingerprint);
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET fingerprint = ?, fingerprint_next = NULL, "
		    "enrolled_us = ?, revoked_us = NULL WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(fingerprint), STORE_INT(now_us),
			STORE_INT(*gate_id)));
	if (err == 0)
		err = welcome(db, keys, *gate_id, swap, now_us);
	return err;
}

int ingest_revoke(
    struct store_db *db, int64_t gate_id, int64_t account_id, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE gate SET revoked_us = ? WHERE id = ? AND revoked_us IS NULL",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));

	/* A code that is under way must not bring it back. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE enrol_code SET used_us = ? "
		    "WHERE gate_id = ? AND used_us IS NULL",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate_token SET revoked_us = ? WHERE gate_id = ? AND "
		    "revoked_us IS NULL",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));
	return err < 0 ? err : note(db, gate_id, account_id, now_us, "gate.revoke");
}

int ingest_renew(struct store_db *db, const struct ingest_ca *ca, int64_t gate_id,
    const char *shown, const char *csr_pem, int64_t now_us, struct buf *cert_pem)
{
	char fingerprint[INGEST_SUM_ROOM];
	int err = ingest_ca_sign(ca, csr_pem, gate_id, now_us, cert_pem, fingerprint);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET fingerprint_next = ? WHERE id = ? AND "
		    "revoked_us IS NULL AND (fingerprint = ? OR fingerprint_next = ?)",
		    STORE_ARGS(STORE_TEXT(fingerprint), STORE_INT(gate_id),
			STORE_TEXT(shown), STORE_TEXT(shown)));
	if (err == 0 && store_changed(db) == 0)
		err = FAIL_DENIED;
	return err < 0 ? err : note(db, gate_id, 0, now_us, "gate.renew");
}

int ingest_renew_done(struct store_db *db, int64_t gate_id, const char *fingerprint)
{
	return store_exec(db,
	    "UPDATE gate SET fingerprint = fingerprint_next, fingerprint_next = NULL "
	    "WHERE id = ? AND fingerprint_next = ?",
	    STORE_ARGS(STORE_INT(gate_id), STORE_TEXT(fingerprint)));
}

static int take_gate(struct store_rows *rows, struct ingest_gate *g)
{
	int found = FAIL_MISSING;

	if (store_next(rows)) {
		g->id = store_col_int(rows, 0);
		snprintf(g->home, sizeof(g->home), "%s", store_col_text(rows, 2));
		g->next = store_col_int(rows, 3);
		found = store_col_int(rows, 1) ? FAIL_DENIED : 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int ingest_gate_find(struct store_db *db, struct ingest_gate *g)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT id, CASE WHEN revoked_us IS NULL THEN 0 ELSE 1 END, home_net, 0 "
	    "FROM gate WHERE fingerprint = ? UNION ALL "
	    "SELECT id, CASE WHEN revoked_us IS NULL THEN 0 ELSE 1 END, home_net, 1 "
	    "FROM gate WHERE fingerprint_next = ?",
	    STORE_ARGS(STORE_TEXT(g->fingerprint), STORE_TEXT(g->fingerprint)));
	return take_gate(rows, g);
}

#define TOKENS_MAX 10

int ingest_token_new(struct store_db *db, int64_t gate_id, int64_t account_id,
    int64_t now_us, char token[INGEST_TOKEN_ROOM])
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char random[32];
	char sum[INGEST_SUM_ROOM];
	int64_t company, n;
	int err = store_get_int(db, &company,
	    "SELECT company_id FROM gate WHERE id = ? AND revoked_us IS NULL",
	    STORE_ARGS(STORE_INT(gate_id)));

	if (err == 0)
		err = store_get_int(db, &n,
		    "SELECT COUNT(*) FROM gate_token WHERE gate_id = ? AND "
		    "revoked_us IS NULL",
		    STORE_ARGS(STORE_INT(gate_id)));
	if (err == 0 && n >= TOKENS_MAX)
		err = FAIL_LIMIT;
	if (err < 0)
		return err;
	randombytes_buf(random, sizeof(random));
	memcpy(token, "otasuke-", 8);
	for (size_t i = 0; i < sizeof(random); i++)
		token[8 + i] = letters[random[i] & 31];
	token[8 + sizeof(random)] = 0;
	ingest_sum(span_text(token), sum);
	err = store_exec(db,
	    "INSERT INTO gate_token (gate_id, company_id, hash, created_us) "
	    "VALUES (?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(gate_id), STORE_INT(company), STORE_TEXT(sum),
		STORE_INT(now_us)));
	/* It has no certificate, but from now on it is expected to be heard of. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE gate SET enrolled_us = ? WHERE id = ? AND enrolled_us IS NULL",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));
	return err < 0 ? err : note(db, gate_id, account_id, now_us, "gate.token");
}

int ingest_token_revoke(
    struct store_db *db, int64_t gate_id, int64_t account_id, int64_t now_us)
{
	int err = store_exec(db,
	    "UPDATE gate_token SET revoked_us = ? WHERE gate_id = ? AND "
	    "revoked_us IS NULL",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(gate_id)));
	int64_t ended = err < 0 ? 0 : store_changed(db);

	if (err == 0)
		err = note(db, gate_id, account_id, now_us, "gate.token_revoke");
	return err < 0 ? err : (int)ended;
}

/* Looked up by its hash, as the one-time codes are. */
int ingest_token_find(struct store_db *db, const char *token, struct ingest_gate *g)
{
	struct store_rows *rows;
	char sum[INGEST_SUM_ROOM];

	ingest_sum(span_text(token), sum);
	store_query(db, &rows,
	    "SELECT g.id, CASE WHEN g.revoked_us IS NULL AND t.revoked_us IS NULL THEN 0 "
	    "ELSE 1 END, g.home_net, 0 FROM gate_token t JOIN gate g ON "
	    "g.id = t.gate_id WHERE t.hash = ?",
	    STORE_ARGS(STORE_TEXT(sum)));
	return take_gate(rows, g);
}
