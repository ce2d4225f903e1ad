/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/sign/sign.h"

#include "lib/base/log.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIGN_FILE_WORD "otasuke-ed25519 "
#define SIGN_FILE_ROOM 256u

_Static_assert(
    sizeof(((struct sign_key *)0)->secret) == crypto_sign_SECRETKEYBYTES, "");

static void from_seed(struct sign_key *key, const uint8_t seed[crypto_sign_SEEDBYTES])
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];

	must(crypto_sign_seed_keypair(public, key->secret, seed) == 0);
	sodium_bin2hex(key->public, sizeof(key->public), public, sizeof(public));
}

int sign_key_make(struct sign_key *key)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	if (sodium_init() < 0)
		return FAIL_IO;
	randombytes_buf(seed, sizeof(seed));
	from_seed(key, seed);
	sodium_memzero(seed, sizeof(seed));
	return 0;
}

void sign_key_wipe(struct sign_key *key)
{
	sodium_memzero(key, sizeof(*key));
}

static bool unhex(const char *text, uint8_t *bytes, size_t len)
{
	size_t got = 0;
	const char *end;

	return text && strlen(text) == len * 2 &&
	       sodium_hex2bin(bytes, len, text, len * 2, NULL, &got, &end) == 0 &&
	       got == len && *end == 0;
}

static int read_key(int fd, struct sign_key *key)
{
	char text[SIGN_FILE_ROOM] = "";
	uint8_t seed[crypto_sign_SEEDBYTES];
	size_t word = strlen(SIGN_FILE_WORD);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	bool good = n > 0 && strncmp(text, SIGN_FILE_WORD, word) == 0;

	text[strcspn(text, "\r\n")] = 0;
	good = good && unhex(text + word, seed, sizeof(seed));
	if (good)
		from_seed(key, seed);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return good ? 0 : FAIL_FORMAT;
}

/* Whole or not at all. */
static int write_key(const char *path, const struct sign_key *key)
{
	char fresh[PATH_MAX], text[SIGN_FILE_ROOM], hex[2 * crypto_sign_SEEDBYTES + 1];

	/* libsodium keeps the seed in front of the public key. */
	sodium_bin2hex(hex, sizeof(hex), key->secret, crypto_sign_SEEDBYTES);
	int len = snprintf(text, sizeof(text), SIGN_FILE_WORD "%s\n", hex);
	int path_len = snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (path_len < 0 || (size_t)path_len >= sizeof(fresh))
		return FAIL_LIMIT;
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, text, (size_t)len) == len && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	sodium_memzero(text, sizeof(text));
	sodium_memzero(hex, sizeof(hex));
	return good && rename(fresh, path) == 0 ? 0 : FAIL_IO;
}

int sign_key_open(const char *path, bool make, struct sign_key *key)
{
	int fd = sodium_init() < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int err = fd >= 0           ? read_key(fd, key)
		  : errno == ENOENT ? FAIL_MISSING
				    : FAIL_IO;

	if (fd >= 0)
		close(fd);
	if (err == FAIL_MISSING && make) {
		err = sign_key_make(key);
		if (err == 0)
			err = write_key(path, key);
	}
	if (err < 0 && err != FAIL_MISSING)
		log_error("L060", "%s: %s", path,
		    err == FAIL_FORMAT ? "not a signing key" : strerror(errno));
	return err;
}

bool sign_public_fits(const char *public)
{
	return public && strlen(public) == SIGN_PUBLIC_ROOM - 1 &&
	       strspn(public, "0123456789abcdef") == SIGN_PUBLIC_ROOM - 1;
}

static void begin(crypto_sign_state *state, const char *purpose, struct span bytes)
{
	must(sodium_init() >= 0);
	crypto_sign_init(state);
	/* With its NUL: no purpose is the beginning of another one and its bytes. */
	crypto_sign_update(state, (const uint8_t *)purpose, strlen(purpose) + 1);
	crypto_sign_update(state, bytes.at ? bytes.at : (const uint8_t *)"", bytes.len);
}

void sign_make(const struct sign_key *key, const char *purpose, struct span bytes,
    char text[SIGN_TEXT_ROOM])
{
	crypto_sign_state state;
	uint8_t sig[crypto_sign_BYTES];

	begin(&state, purpose, bytes);
	must(crypto_sign_final_create(&state, sig, NULL, key->secret) == 0);
	sodium_bin2hex(text, SIGN_TEXT_ROOM, sig, sizeof(sig));
}

bool sign_fits(
    const char *public, const char *purpose, struct span bytes, const char *text)
{
	crypto_sign_state state;
	uint8_t sig[crypto_sign_BYTES], owner[crypto_sign_PUBLICKEYBYTES];

	begin(&state, purpose, bytes);
	if (!unhex(public, owner, sizeof(owner)) || !unhex(text, sig, sizeof(sig)))
		return false;
	return crypto_sign_final_verify(&state, sig, owner) == 0;
}
