/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/bundle.h"

#include "lib/sign/sign.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#define FIRST_LINE "otasuke-bundle 1\n"

void wire_bundle_sum(struct span bytes, char sum[65])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, bytes.at ? bytes.at : (const uint8_t *)"", bytes.len);
	sodium_bin2hex(sum, 65, hash, sizeof(hash));
}

bool wire_bundle_path_fits(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && len < WIRE_BUNDLE_PATH && path[0] != '.' &&
	       strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789._-") == len;
}

/* The next line, without its end; false when there is none. */
static bool take_line(struct span *rest, struct span *line)
{
	const uint8_t *end = rest->len ? memchr(rest->at, '\n', rest->len) : NULL;

	if (!end)
		return false;
	*line = span_of(rest->at, (size_t)(end - rest->at));
	*rest = span_of(end + 1, rest->len - line->len - 1);
	return true;
}

static int no(char *why, size_t room, const char *what)
{
	snprintf(why, room, "%s", what);
	return FAIL_FORMAT;
}

static bool hex_fits(const char *text)
{
	return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static int take_file(struct wire_bundle *b, const json_t *entry, struct span *rest,
    char *why, size_t room)
{
	struct wire_bundle_file *f = &b->file[b->files];
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *sum = json_string_value(json_object_get(entry, "sha256"));
	json_int_t size = json_integer_value(json_object_get(entry, "size"));
	char is[65];

	if (b->files == WIRE_BUNDLE_FILES || !path || !wire_bundle_path_fits(path) ||
	    !hex_fits(sum) || size < 0 || size > rest->len)
		return no(why, room, "a file of the manifest cannot be");
	for (unsigned i = 0; i < b->files; i++)
		if (strcmp(b->file[i].path, path) == 0)
			return no(why, room, "two files have one name");
	snprintf(f->path, sizeof(f->path), "%s", path);
	snprintf(f->sha256, sizeof(f->sha256), "%s", sum);
	f->bytes = span_of(rest->at, (size_t)size);
	*rest = span_of(rest->at + size, rest->len - (size_t)size);
	wire_bundle_sum(f->bytes, is);
	b->files++;
	return strcmp(is, sum) == 0 ? 0 : no(why, room, "a file differs from its sum");
}

static int take_manifest(
    struct wire_bundle *b, const json_t *m, struct span rest, char *why, size_t room)
{
	const char *name = json_string_value(json_object_get(m, "name"));
	size_t i;
	json_t *entry;
	int err = 0;

	b->version = json_integer_value(json_object_get(m, "version"));
	b->expires_us = json_integer_value(json_object_get(m, "expires_us"));
	if (!name || strlen(name) >= sizeof(b->name) || !*name ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz") != strlen(name) ||
	    b->version <= 0 || b->expires_us <= 0)
		return no(why, room, "name, version or expiry of the manifest");
	snprintf(b->name, sizeof(b->name), "%s", name);
	json_array_foreach(json_object_get(m, "files"), i, entry)
	{
		if (err == 0)
			err = take_file(b, entry, &rest, why, room);
	}
	if (err == 0 && (b->files == 0 || rest.len))
		err = no(why, room, "other bytes than the manifest names");
	return err;
}

static bool take_signature(struct wire_bundle *b, struct span line)
{
	if (span_is(line, "-"))
		return true;
	if (line.len != 64 + 1 + 128 || line.at[64] != ' ')
		return false;
	memcpy(b->key, line.at, 64);
	memcpy(b->signature, line.at + 65, 128);
	return true;
}

int wire_bundle_read(struct span file, struct wire_bundle *b, char *why, size_t room)
{
	struct span first, signature, rest = file;
	json_error_t error;

	*b = (struct wire_bundle){ 0 };
	if (file.len > WIRE_BUNDLE_MAX)
		return no(why, room, "larger than a bundle may be");
	if (file.len < strlen(FIRST_LINE) ||
	    memcmp(file.at, FIRST_LINE, strlen(FIRST_LINE)) != 0 ||
	    !take_line(&rest, &first) || !take_line(&rest, &b->manifest) ||
	    !take_line(&rest, &signature) || !take_signature(b, signature))
		return no(why, room, "not a bundle");
	json_t *m = json_loadb((const char *)b->manifest.at, b->manifest.len,
	    JSON_REJECT_DUPLICATES, &error);
	int err = json_is_object(m) ? take_manifest(b, m, rest, why, room)
				    : no(why, room, "the manifest is not JSON");
	json_decref(m);
	return err;
}

bool wire_bundle_signed(const struct wire_bundle *b, const char *key)
{
	return b->key[0] && key && strcmp(b->key, key) == 0 &&
	       sign_fits(key, SIGN_BUNDLE, b->manifest, b->signature);
}
