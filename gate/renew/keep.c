/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/renew/internal.h"

#include "gate/uplink/file.h"
#include "lib/base/log.h"
#include "lib/sign/sign.h"

#include <stdlib.h>
#include <unistd.h>

int renew_json_read(int dir, const char *name, json_t **tree)
{
	struct buf text;
	json_error_t error;

	*tree = NULL;
	buf_init(&text, RENEW_STATE_MAX);
	int err = uplink_file_read(dir, name, &text);
	if (err == 0)
		*tree = json_loadb((const char *)text.at, text.len, 0, &error);
	if (err == 0 && !json_is_object(*tree)) {
		json_decref(*tree);
		*tree = NULL;
		err = FAIL_FORMAT;
	}
	buf_fini(&text);
	return err;
}

int renew_json_write(int dir, const char *name, const json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT);
	int err =
	    text ? uplink_file_write(dir, name, span_text(text), true) : FAIL_MEMORY;

	free(text);
	return err;
}

static json_t *nothing(void)
{
	return json_pack("{s:i, s:i, s:i, s:[], s:[], s:{s:i, s:{}}, s:[]}", "gate", 0,
	    "seq", 0, "number", 0, "contained", "exceptions", "config", "version", 0,
	    "values", "results");
}

static bool has_key(const json_t *keys, const char *key)
{
	size_t i;
	json_t *k;

	json_array_foreach(keys, i, k)
	{
		if (key && json_is_string(k) && strcmp(json_string_value(k), key) == 0)
			return true;
	}
	return false;
}

/* The state belongs to whoever is pinned: after joining another centre, or another place of
 * the same one, numbers begin anew and nothing holds. */
static bool is_ours(const json_t *state, const json_t *pins)
{
	size_t i;
	json_t *k;

	if (json_integer_value(json_object_get(state, "gate")) !=
	    json_integer_value(json_object_get(pins, "gate")))
		return false;
	json_array_foreach(json_object_get(pins, "keys"), i, k)
	{
		if (has_key(json_object_get(state, "keys"), json_string_value(k)))
			return true;
	}
	return false;
}

static void belong(struct renew_kept *k)
{
	if (!is_ours(k->state, k->pins)) {
		/* inspect must notice: the count goes on. */
		json_int_t seq = json_integer_value(json_object_get(k->state, "seq"));
		json_decref(k->state);
		k->state = nothing();
		(void)json_object_set_new(k->state, "seq", json_integer(seq));
		k->changed = true;
	}
	(void)json_object_set(k->state, "gate", json_object_get(k->pins, "gate"));
	(void)json_object_set(k->state, "keys", json_object_get(k->pins, "keys"));
}

int renew_kept_open(struct renew_kept *k, const char *dir, const char *centre_dir)
{
	*k = (struct renew_kept){ .dir = uplink_dir_open(dir),
		.centre_dir = uplink_dir_open(centre_dir) };
	if (k->dir < 0 || k->centre_dir < 0)
		return FAIL_IO;
	int err = renew_json_read(k->dir, RENEW_STATE, &k->state);
	if (err == FAIL_FORMAT)
		log_error("G300",
		    "%s/" RENEW_STATE " cannot be read: what the centre "
		    "ordered is asked for again",
		    dir);
	if (err < 0)
		k->state = nothing();
	err = renew_json_read(k->centre_dir, RENEW_PINS, &k->pins);
	if (err < 0)
		k->pins = json_object();
	if (renew_kept_gate(k))
		belong(k);
	return k->state && k->pins ? 0 : FAIL_MEMORY;
}

void renew_kept_close(struct renew_kept *k)
{
	json_decref(k->state);
	json_decref(k->pins);
	if (k->dir >= 0)
		close(k->dir);
	if (k->centre_dir >= 0)
		close(k->centre_dir);
}

int64_t renew_kept_gate(const struct renew_kept *k)
{
	return json_integer_value(json_object_get(k->pins, "gate"));
}

int renew_kept_pin(struct renew_kept *k, json_t *pins)
{
	size_t i;
	json_t *key, *keys = json_object_get(pins, "keys");
	bool good = json_integer_value(json_object_get(pins, "gate")) > 0 &&
		    json_array_size(keys) == 2;

	json_array_foreach(keys, i, key) good =
	    good && sign_public_fits(json_string_value(key));
	int err =
	    good ? renew_json_write(k->centre_dir, RENEW_PINS, pins) : FAIL_FORMAT;
	if (err < 0) {
		json_decref(pins);
		return err;
	}
	json_decref(k->pins);
	k->pins = pins;
	belong(k);
	return 0;
}

int renew_kept_save(struct renew_kept *k)
{
	if (!k->changed)
		return 0;
	int err = renew_json_write(k->dir, RENEW_STATE, k->state);
	k->changed = err < 0;
	return err;
}

static void tidy_list(struct renew_kept *k, const char *name, int64_t now_us)
{
	json_t *list = json_object_get(k->state, name);

	for (size_t i = json_array_size(list); i-- > 0;) {
		const json_t *one = json_array_get(list, i);
		json_int_t until = json_integer_value(json_object_get(one, "until_us"));
		if (until == 0 || until > now_us)
			continue;
		log_info("G301", "%s %lld has ended by itself",
		    strcmp(name, "contained") == 0 ? "containment" : "exception",
		    (long long)json_integer_value(json_object_get(one, "id")));
		(void)json_array_remove(list, i);
		k->changed = true;
	}
}

void renew_kept_tidy(struct renew_kept *k, int64_t now_us)
{
	tidy_list(k, "contained", now_us);
	tidy_list(k, "exceptions", now_us);
	if (k->changed)
		(void)json_object_set_new(k->state, "seq",
		    json_integer(
			json_integer_value(json_object_get(k->state, "seq")) + 1));
}
