/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/renew/internal.h"

#include "gate/uplink/file.h"
#include "lib/base/log.h"
#include "lib/wire/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bundles: fetched in parts, checked, unpacked beside the ones that run.  Inspect looks at
 * them and says whether it could use them; if not, what ran before runs on. */

/* "rules-7" */
static void folder_of(const char *name, int64_t version, char text[64])
{
	snprintf(text, 64, "%.16s-%" PRId64, name, version);
}

static json_t *entry_of(const struct renew_kept *k, const char *name)
{
	json_t *all = json_object_get(k->state, "bundles");

	if (!json_is_object(all)) {
		all = json_object();
		(void)json_object_set_new(k->state, "bundles", all);
	}
	return json_object_get(all, name);
}

static int64_t integer(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

/* A version once run is the floor: only a signed order to roll back goes below. */
const char *renew_bundle_want(struct renew_kept *k, const struct wire_order *o)
{
	const json_t *runs = entry_of(k, o->name);

	if (strcmp(o->name, "rules") != 0 && strcmp(o->name, "sites") != 0)
		return "this gate knows no bundles of that name";
	if (o->size <= 0 || o->size > WIRE_BUNDLE_MAX)
		return "larger than a bundle may be";
	if (o->version <= integer(runs, "version"))
		return "not newer than what runs";
	(void)json_object_set_new(k->state, "want",
	    json_pack("{s:s, s:I, s:s, s:I, s:I}", "name", o->name, "version",
		(json_int_t)o->version, "sha256", o->sha256, "size",
		(json_int_t)o->size, "number", (json_int_t)o->number));
	k->changed = true;
	return NULL;
}

const char *renew_bundle_back(struct renew_kept *k, const struct wire_order *o)
{
	json_t *runs = entry_of(k, o->name), *want = json_object_get(k->state, "want");
	int64_t before = integer(runs, "before");

	/* Still on its way: it need not come. */
	if (want && integer(want, "version") == o->version &&
	    strcmp(json_string_value(json_object_get(want, "name")), o->name) == 0) {
		renew_take_bundle(k, integer(want, "number"), "taken back");
		(void)json_object_del(k->state, "want");
		return NULL;
	}
	if (!runs || integer(runs, "version") != o->version)
		return NULL; /* it never got there, or is back already */
	(void)json_object_set_new(json_object_get(k->state, "bundles"), o->name,
	    before ? json_pack("{s:I}", "version", (json_int_t)before)
		   : json_pack("{s:i}", "version", 0));
	log_info("G320", "%s: back from version %" PRId64 " to %" PRId64, o->name,
	    o->version, before);
	k->changed = true;
	return NULL;
}

static bool by_pinned(const struct renew_kept *k, const struct wire_bundle *b)
{
	size_t i;
	json_t *key;

	json_array_foreach(json_object_get(k->pins, "keys"), i, key)
	{
		if (wire_bundle_signed(b, json_string_value(key)))
			return true;
	}
	return false;
}

static const char *check(const struct renew_kept *k, struct span file,
    const json_t *want, struct wire_bundle *b, int64_t now_us)
{
	static char why[128]; /* one thread */
	char sum[65];

	wire_bundle_sum(file, sum);
	if (strcmp(sum, json_string_value(json_object_get(want, "sha256"))) != 0)
		return "it is not what was ordered";
	if (wire_bundle_read(file, b, why, sizeof(why)) < 0)
		return why;
	if (!by_pinned(k, b))
		return "none of the pinned keys signed it";
	if (strcmp(b->name, json_string_value(json_object_get(want, "name"))) != 0 ||
	    b->version != integer(want, "version"))
		return "it says another name or version than the order";
	return b->expires_us <= now_us ? "it has expired" : NULL;
}

static int unpack(struct renew_kept *k, const struct wire_bundle *b)
{
	char folder[64];
	int err = 0;

	folder_of(b->name, b->version, folder);
	if (mkdirat(k->dir, folder, 0750) < 0 && errno != EEXIST)
		return FAIL_IO;
	int dir =
	    openat(k->dir, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return FAIL_IO;
	for (unsigned i = 0; i < b->files && err == 0; i++)
		err = uplink_file_write(dir, b->file[i].path, b->file[i].bytes, false);
	close(dir);
	return err;
}

static void use(struct renew_kept *k, const struct wire_bundle *b)
{
	json_t *files = json_array();
	json_t *runs = entry_of(k, b->name);

	for (unsigned i = 0; i < b->files; i++)
		(void)json_array_append_new(files, json_string(b->file[i].path));
	(void)json_object_set_new(json_object_get(k->state, "bundles"), b->name,
	    json_pack("{s:I, s:I}", "version", (json_int_t)b->version, "before",
		(json_int_t)integer(runs, "version")));
	/* What a folder holds stands beside it: rolling back needs it, too. */
	char folder[64];
	folder_of(b->name, b->version, folder);
	json_t *held = json_object_get(k->state, "held");
	if (!json_is_object(held)) {
		held = json_object();
		(void)json_object_set_new(k->state, "held", held);
	}
	(void)json_object_set_new(held, folder, files);
	k->changed = true;
}

/* One part; appended to what is there. */
static int take_part(struct renew_kept *k, const char *part_file, const json_t *answer)
{
	const char *text = json_string_value(json_object_get(answer, "bytes"));
	uint8_t *bytes = text ? malloc(WIRE_BUNDLE_PART) : NULL;
	size_t len = 0;
	int err = FAIL_FORMAT;

	if (bytes &&
	    sodium_base642bin(bytes, WIRE_BUNDLE_PART, text, strlen(text), NULL, &len,
		NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    len > 0) {
		int fd = openat(k->dir, part_file,
		    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
		err = fd >= 0 && write(fd, bytes, len) == (ssize_t)len ? 0 : FAIL_IO;
		if (fd >= 0)
			close(fd);
	}
	free(bytes);
	return err;
}

static void finish(
    struct renew_kept *k, const json_t *want, const char *part_file, int64_t now_us)
{
	static struct wire_bundle b; /* large; one thread */
	struct buf file;
	const char *why = "it cannot be read";
	int64_t number = integer(want, "number");

	buf_init(&file, WIRE_BUNDLE_MAX);
	if (uplink_file_read(k->dir, part_file, &file) == 0)
		why = check(k, buf_span(&file), want, &b, now_us);
	if (!why && unpack(k, &b) < 0)
		why = "no room to unpack it";
	if (!why)
		use(k, &b);
	else
		log_warn("G321", "a bundle was refused: %s", why);
	unlinkat(k->dir, part_file, 0);
	renew_take_bundle(k, number, why);
	buf_fini(&file);
	(void)json_object_del(k->state, "want");
	k->changed = true;
}

bool renew_bundle_due(const struct renew_kept *k)
{
	return json_is_object(json_object_get(k->state, "want"));
}

bool renew_bundle_path(const struct renew_kept *k, char *path, size_t room)
{
	const json_t *want = json_object_get(k->state, "want");
	char part_file[80];
	struct stat st = { 0 };

	snprintf(part_file, sizeof(part_file), "%.16s.part",
	    json_string_value(json_object_get(want, "name")));
	if (fstatat(k->dir, part_file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		st.st_size = 0;
	/* Torn by a crash in the middle of a part: from the part's beginning. */
	if (st.st_size % WIRE_BUNDLE_PART && st.st_size < integer(want, "size")) {
		unlinkat(k->dir, part_file, 0);
		st.st_size = 0;
	}
	snprintf(path, room, "/gate/v1/bundles/%.16s/%" PRId64 "/%" PRId64,
	    json_string_value(json_object_get(want, "name")), integer(want, "version"),
	    (int64_t)st.st_size / WIRE_BUNDLE_PART);
	return st.st_size < integer(want, "size");
}

void renew_bundle_part(struct renew_kept *k, const json_t *answer, int64_t now_us)
{
	json_t *want = json_incref(json_object_get(k->state, "want"));
	char part_file[80], path[128];

	snprintf(part_file, sizeof(part_file), "%.16s.part",
	    json_string_value(json_object_get(want, "name")));
	if (answer && take_part(k, part_file, answer) < 0)
		log_warn("G322", "a part of a bundle could not be kept");
	if (!renew_bundle_path(k, path, sizeof(path)))
		finish(k, want, part_file, now_us);
	json_decref(want);
}

void renew_bundle_unfit(struct renew_kept *k, const char *name, int64_t version)
{
	struct wire_order o = { .version = version };

	snprintf(o.name, sizeof(o.name), "%s", name);
	(void)renew_bundle_back(k, &o);
}
