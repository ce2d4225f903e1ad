/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/ingest/ca.h"
#include "center/ingest/internal.h"
#include "center/ingest/x509.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX       (64u << 10)
#define DAY_US        INT64_C(86400000000)
#define CA_DAYS       (20 * 365)
#define GATE_DAYS     (5 * 365)
#define DOOR_DAYS     397
#define DOOR_MIN_DAYS 30

struct ingest_ca {
	char dir[PATH_MAX - 32];
	struct x509_pair pair; /* the authority's own */
	struct buf pem, der, door_cert, door_key;
};

static int read_file(const char *dir, const char *name, struct buf *b)
{
	char path[PATH_MAX], piece[4096];
	ssize_t n;

	buf_clear(b);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return FAIL_MISSING;
	if (fd < 0)
		goto fail;
	while ((n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(b, piece, (size_t)n);
	close(fd);
	if (n < 0 || b->overflowed)
		goto fail;
	return 0;

fail:
	log_error("C201", "cannot read %s: %s", path, strerror(errno));
	return FAIL_IO;
}

/* Whole or not at all, and on the disk before it counts. */
static int write_file(const char *dir, const char *name, struct buf *b)
{
	char path[PATH_MAX], fresh[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(fresh, sizeof(fresh), "%s/%s.new", dir, name);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good =
	    fd >= 0 && write(fd, b->at, b->len) == (ssize_t)b->len && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!good || rename(fresh, path) < 0) {
		log_error("C202", "cannot write %s: %s", path, strerror(errno));
		return FAIL_IO;
	}
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0) {
		fsync(dir_fd);
		close(dir_fd);
	}
	return 0;
}

/* The first start.  The key goes first: a certificate without its key would lock everybody
 * out, a key without certificate is made anew. */
static int make(struct ingest_ca *ca)
{
	struct buf key;
	struct x509_wish wish = { .kind = X509_AUTHORITY,
		.name = "otasuke centre",
		.now_us = clock_real_us(),
		.days = CA_DAYS };

	buf_init(&key, PEM_MAX);
	int err = ingest_x509_make(&wish, NULL, &ca->pem, &key);
	if (err == 0)
		err = write_file(ca->dir, "ca.key", &key);
	if (err == 0)
		err = write_file(ca->dir, "ca.pem", &ca->pem);
	if (err == 0)
		err = ingest_x509_pair_read(
		    &ca->pair, buf_text(&ca->pem), buf_text(&key));
	if (err == 0)
		log_info("C203",
		    "made the centre's certificate authority in %s: back it up",
		    ca->dir);
	buf_fini(&key);
	return err;
}

static int load(struct ingest_ca *ca)
{
	struct buf key;
	int err = read_file(ca->dir, "ca.pem", &ca->pem);

	if (err == FAIL_MISSING)
		return make(ca);
	if (err < 0)
		return err;
	buf_init(&key, PEM_MAX);
	err = read_file(ca->dir, "ca.key", &key);
	if (err == 0)
		err = ingest_x509_pair_read(
		    &ca->pair, buf_text(&ca->pem), buf_text(&key));
	if (err < 0)
		log_error("C204",
		    "%s: ca.pem and ca.key do not belong together, or cannot "
		    "be read; put the backup in place",
		    ca->dir);
	buf_fini(&key);
	return err;
}

/* The command line and the centre may both be the first. */
static int load_alone(struct ingest_ca *ca)
{
	int fd = open(ca->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0) {
		log_error("C207", "cannot lock %s: %s", ca->dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		return FAIL_IO;
	}
	int err = load(ca);
	close(fd);
	return err;
}

struct ingest_ca *ingest_ca_open(const char *dir)
{
	struct ingest_ca *ca = calloc(1, sizeof(*ca));

	if (!ca)
		return NULL;
	buf_init(&ca->pem, PEM_MAX);
	buf_init(&ca->der, PEM_MAX);
	buf_init(&ca->door_cert, PEM_MAX);
	buf_init(&ca->door_key, PEM_MAX);
	int len = snprintf(ca->dir, sizeof(ca->dir), "%s", dir);
	if (len < 0 || (size_t)len >= sizeof(ca->dir) ||
	    (mkdir(ca->dir, 0700) < 0 && errno != EEXIST)) {
		log_error("C205", "cannot make %s: %s", ca->dir, strerror(errno));
		goto fail;
	}
	if (load_alone(ca) < 0 || ingest_x509_der(&ca->pair, &ca->der) < 0)
		goto fail;
	buf_text(&ca->pem);
	return ca;

fail:
	ingest_ca_close(ca);
	return NULL;
}

void ingest_ca_close(struct ingest_ca *ca)
{
	if (!ca)
		return;
	ingest_x509_pair_fini(&ca->pair);
	buf_fini(&ca->pem);
	buf_fini(&ca->der);
	buf_fini(&ca->door_cert);
	buf_fini(&ca->door_key);
	free(ca);
}

struct span ingest_ca_der(const struct ingest_ca *ca)
{
	return buf_span(&ca->der);
}

const char *ingest_ca_pem(const struct ingest_ca *ca)
{
	return (const char *)ca->pem.at;
}

const char *ingest_ca_door_cert(const struct ingest_ca *ca)
{
	return (const char *)ca->door_cert.at;
}

const char *ingest_ca_door_key(const struct ingest_ca *ca)
{
	return (const char *)ca->door_key.at;
}

int ingest_ca_sign(const struct ingest_ca *ca, const char *csr_pem, int64_t gate_id,
    int64_t now_us, struct buf *cert_pem, char fingerprint[65])
{
	char name[40];
	struct x509_wish wish = { .kind = X509_CLIENT,
		.name = name,
		.csr_pem = csr_pem,
		.now_us = now_us,
		.days = GATE_DAYS };

	snprintf(name, sizeof(name), "gate-%lld", (long long)gate_id);
	int err = ingest_x509_make(&wish, &ca->pair, cert_pem, NULL);
	return err < 0 ? err : ingest_x509_fingerprint(buf_text(cert_pem), fingerprint);
}

int ingest_ca_renew(
    struct ingest_ca *ca, const char *names, int64_t now_us, bool *changed)
{
	struct x509_wish wish = { .kind = X509_SERVER,
		.name = "otasuke gate door",
		.names = names,
		.now_us = now_us,
		.days = DOOR_DAYS };
	int err = 0;

	*changed = false;
	if (!ca->door_cert.len) {
		err = read_file(ca->dir, "door.pem", &ca->door_cert);
		if (err == 0)
			err = read_file(ca->dir, "door.key", &ca->door_key);
		if (err < 0 && err != FAIL_MISSING)
			return err;
	}
	if (err == 0 &&
	    ingest_x509_serves(buf_text(&ca->door_cert), buf_text(&ca->door_key),
		&ca->pair, names, now_us + DOOR_MIN_DAYS * DAY_US))
		return 0;
	buf_clear(&ca->door_cert);
	buf_clear(&ca->door_key);
	err = ingest_x509_make(&wish, &ca->pair, &ca->door_cert, &ca->door_key);
	if (err == 0)
		err = write_file(ca->dir, "door.key", &ca->door_key);
	if (err == 0)
		err = write_file(ca->dir, "door.pem", &ca->door_cert);
	if (err < 0)
		return err;
	buf_text(&ca->door_cert);
	buf_text(&ca->door_key);
	*changed = true;
	log_info("C206", "made a certificate for the gates' door: %s", names);
	return 0;
}
