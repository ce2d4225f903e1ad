/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/code.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>

#define WIRE_CODE_LETTERS (WIRE_CODE_SECRET + WIRE_CODE_PRINT)

static const char wire_code_alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* `n` characters from the first 5 × n bits, most significant first. */
static void spell(const uint8_t *bytes, unsigned n, char *text)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned bit = i * 5, at = bit / 8;
		unsigned two = (unsigned)bytes[at] << 8 | bytes[at + 1];
		text[i] = wire_code_alphabet[two >> (11 - bit % 8) & 31];
	}
	text[n] = 0;
}

static int fingerprint(const char *secret, struct span ca_der, char *print)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), ca_der.at, ca_der.len, mac,
		&len))
		return FAIL_IO;
	spell(mac, WIRE_CODE_PRINT, print);
	return 0;
}

int wire_code_make(struct span ca_der, struct wire_code *code)
{
	/* One byte more than the bits need: spell() looks at two at a time. */
	uint8_t random[WIRE_CODE_SECRET * 5 / 8 + 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return FAIL_IO;
	spell(random, WIRE_CODE_SECRET, code->secret);
	OPENSSL_cleanse(random, sizeof(random));
	return fingerprint(code->secret, ca_der, code->print);
}

void wire_code_format(const struct wire_code *code, char text[WIRE_CODE_ROOM])
{
	snprintf(text, WIRE_CODE_ROOM, "%.5s-%.5s-%.5s-%.5s-%.5s", code->secret,
	    code->secret + 5, code->secret + 10, code->print, code->print + 5);
}

/* The letter meant by `c`, 0 for a separator, '?' for anything else. */
static char letter(char c)
{
	if (c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n')
		return 0;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c && strchr(wire_code_alphabet, c) ? c : '?';
}

int wire_code_parse(const char *text, struct wire_code *code)
{
	char letters[WIRE_CODE_LETTERS];
	unsigned n = 0;

	for (; *text; text++) {
		char c = letter(*text);
		if (c == 0)
			continue;
		if (c == '?' || n == WIRE_CODE_LETTERS)
			return FAIL_FORMAT;
		letters[n++] = c;
	}
	if (n != WIRE_CODE_LETTERS)
		return FAIL_FORMAT;
	*code = (struct wire_code){ 0 };
	memcpy(code->secret, letters, WIRE_CODE_SECRET);
	memcpy(code->print, letters + WIRE_CODE_SECRET, WIRE_CODE_PRINT);
	return 0;
}

bool wire_code_vouches(const struct wire_code *code, struct span ca_der)
{
	char print[WIRE_CODE_PRINT + 1];

	if (fingerprint(code->secret, ca_der, print) < 0)
		return false;
	return CRYPTO_memcmp(print, code->print, WIRE_CODE_PRINT) == 0;
}
