/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/renew/internal.h"

#include "gate/uplink/file.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct renew_seen {
	int dir;
	char path[384];
	json_t *state;
	struct timespec time;
	ino_t ino;
};

struct renew_seen *renew_seen_open(const char *dir)
{
	struct renew_seen *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	snprintf(s->path, sizeof(s->path), "%s", dir);
	s->dir = uplink_dir_open(dir);
	s->state = json_object();
	if (s->dir >= 0 && s->state)
		return s;
	renew_seen_close(s);
	return NULL;
}

void renew_seen_close(struct renew_seen *s)
{
	if (!s)
		return;
	json_decref(s->state);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

/* A new file each time it is written: its number or its time differs. */
bool renew_seen_changed(struct renew_seen *s)
{
	struct stat st;

	if (fstatat(s->dir, RENEW_STATE, &st, 0) < 0)
		return false;
	if (st.st_ino == s->ino && st.st_mtim.tv_sec == s->time.tv_sec &&
	    st.st_mtim.tv_nsec == s->time.tv_nsec)
		return false;
	s->ino = st.st_ino;
	s->time = st.st_mtim;
	return true;
}

int renew_seen_read(struct renew_seen *s)
{
	json_t *state;
	int err = renew_json_read(s->dir, RENEW_STATE, &state);

	if (err == FAIL_FORMAT)
		log_error(
		    "G308", "what the centre ordered cannot be read; what held holds");
	if (err < 0)
		return err;
	json_decref(s->state);
	s->state = state;
	return 0;
}

static const char *text_of(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text ? text : "";
}

static void put_cut(struct verdict_orders *o, const json_t *entry)
{
	struct verdict_cut *cut = &o->cut[o->cuts];
	const char *mac = text_of(entry, "mac");

	*cut = (struct verdict_cut){ .id = json_integer_value(
					 json_object_get(entry, "id")),
		.until_us = json_integer_value(json_object_get(entry, "until_us")) };
	o->cuts +=
	    verdict_machine_parse(*mac ? mac : text_of(entry, "ip"), &cut->machine);
}

static void put_except(struct verdict_orders *o, const json_t *entry)
{
	struct verdict_except *e = &o->except[o->excepts];
	int what = wire_except_find(text_of(entry, "what"));
	const char *value = text_of(entry, "value");

	if (what < 0)
		return;
	*e = (struct verdict_except){ .id = json_integer_value(
					  json_object_get(entry, "id")),
		.until_us = json_integer_value(json_object_get(entry, "until_us")) };
	if (what == WIRE_EXCEPT_HOST) {
		e->what = VERDICT_HOST;
		snprintf(e->host, sizeof(e->host), "%s", value);
	} else if (what == WIRE_EXCEPT_SIGNATURE) {
		e->what = VERDICT_SIGNATURE;
		e->sid = (uint32_t)strtoul(value, NULL, 10);
	} else {
		e->what = VERDICT_MACHINE;
		if (!verdict_machine_parse(value, &e->machine))
			return;
	}
	o->excepts++;
}

void renew_seen_orders(const struct renew_seen *s, struct verdict_orders *o)
{
	size_t i;
	json_t *entry;

	o->cuts = o->excepts = 0;
	json_array_foreach(json_object_get(s->state, "contained"), i, entry)
	{
		if (o->cuts < VERDICT_CUTS_MAX)
			put_cut(o, entry);
	}
	json_array_foreach(json_object_get(s->state, "exceptions"), i, entry)
	{
		if (o->excepts < VERDICT_EXCEPTS_MAX)
			put_except(o, entry);
	}
}

const json_t *renew_seen_values(const struct renew_seen *s)
{
	return json_object_get(json_object_get(s->state, "config"), "values");
}

int64_t renew_seen_bundle(const struct renew_seen *s, const char *name,
    char (*paths)[RENEW_PATH_ROOM], unsigned most, unsigned *count)
{
	const json_t *runs =
	    json_object_get(json_object_get(s->state, "bundles"), name);
	int64_t version = json_integer_value(json_object_get(runs, "version"));
	char folder[64];
	size_t i;
	json_t *file;

	*count = 0;
	snprintf(folder, sizeof(folder), "%.16s-%lld", name, (long long)version);
	json_array_foreach(
	    json_object_get(json_object_get(s->state, "held"), folder), i, file)
	{
		if (version && *count < most)
			snprintf(paths[(*count)++], RENEW_PATH_ROOM, "%s/%s/%s",
			    s->path, folder, json_string_value(file));
	}
	return *count ? version : 0;
}

int renew_seen_answer(struct renew_seen *s, json_t *applied)
{
	json_t *seq = json_object_get(s->state, "seq");

	if (seq)
		(void)json_object_set(applied, "seq", seq);
	int err = renew_json_write(s->dir, RENEW_APPLIED, applied);
	json_decref(applied);
	return err;
}
