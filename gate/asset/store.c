/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void asset_mac_text(const uint8_t mac[6], char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
	    mac[3], mac[4], mac[5]);
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	char end;

	if (!text || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2],
			 &b[3], &b[4], &b[5], &end) != 6)
		return false;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return true;
}

static json_t *address(const struct addr *ip)
{
	char text[ADDR_TEXT_MAX];

	addr_format(ip, text);
	return json_string(text);
}

static json_t *to_json(const struct machine *who)
{
	const struct asset *a = &who->asset;
	char mac[18];

	asset_mac_text(a->mac, mac);
	return json_pack("{ss ss si ss si ss so so sI sI sb sb}", "mac", mac, "name",
	    a->name, "name_rank", (int)who->name_rank, "kind", a->kind, "kind_rank",
	    (int)who->kind_rank, "vendor", a->vendor, "ip4", address(&a->ip4), "ip6",
	    address(&a->ip6), "first_us", (json_int_t)a->first_us, "last_us",
	    (json_int_t)a->last_us, "told", a->told, "router", who->router);
}

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static int64_t int_of(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

static unsigned rank_of(const json_t *row, const char *key, unsigned most)
{
	int64_t rank = int_of(row, key);

	return rank >= 0 && rank <= (int64_t)most ? (unsigned)rank : 0;
}

static void bind_text(struct asset_map *m, struct machine *who, const char *text)
{
	struct addr ip;

	if (*text && addr_parse(text, &ip) == 0)
		asset_map_bind(m, who, &ip, false);
}

/* The file is ours, but a person may have edited it: every value is checked again. */
static void from_json(struct asset_map *m, const json_t *row)
{
	uint8_t mac[6];
	bool fresh;

	if (!parse_mac(json_string_value(json_object_get(row, "mac")), mac))
		return;
	struct machine *who = asset_map_touch(m, mac, int_of(row, "last_us"), &fresh);
	struct asset *a = &who->asset;
	for (unsigned i = 0; i < 2; i++) /* known from before: no passer-by */
		asset_map_touch(m, mac, int_of(row, "last_us"), &fresh);
	asset_clean_name(span_text(text_of(row, "name")), a->name);
	asset_clean_name(span_text(text_of(row, "vendor")), a->vendor);
	who->name_rank = rank_of(row, "name_rank", ASSET_NAME_DHCP);
	who->kind_rank = rank_of(row, "kind_rank", ASSET_KIND_ROUTER);
	a->name_from = asset_name_source(who->name_rank);
	a->kind = asset_kind_text(text_of(row, "kind"));
	a->first_us = int_of(row, "first_us");
	a->told = json_is_true(json_object_get(row, "told"));
	who->router = json_is_true(json_object_get(row, "router"));
	if (!a->told)
		asset_map_wait(m, who);
	bind_text(m, who, text_of(row, "ip4"));
	bind_text(m, who, text_of(row, "ip6"));
}

int asset_store_load(struct asset_map *m, const char *path)
{
	json_error_t error;
	char aside[PATH_MAX];

	if (access(path, F_OK) != 0)
		return 0;
	json_t *all = json_load_file(path, 0, &error);
	const json_t *rows = json_object_get(all, "machines");
	if (!json_is_array(rows)) {
		snprintf(aside, sizeof(aside), "%s.broken", path);
		log_error("G142",
		    "%s cannot be read (%s): put aside as %s, every machine counts as new",
		    path, all ? "no machines in it" : error.text, aside);
		json_decref(all);
		return rename(path, aside) == 0 ? 0 : FAIL_IO;
	}
	for (size_t i = 0; i < json_array_size(rows) && i < ASSET_MAX; i++)
		from_json(m, json_array_get(rows, i));
	json_decref(all);
	return 0;
}

static int by_last_seen(const void *a, const void *b)
{
	const struct machine *x = *(const struct machine *const *)a;
	const struct machine *y = *(const struct machine *const *)b;

	return x->asset.last_us < y->asset.last_us
		   ? -1
		   : x->asset.last_us > y->asset.last_us;
}

/* Oldest first: read in that order, the table again knows whom to forget first. */
static json_t *all_to_json(struct asset_map *m)
{
	struct machine **all = calloc(ASSET_MAX, sizeof(struct machine *));
	json_t *rows = json_array();
	size_t n = 0;

	if (!all)
		return NULL;
	for (struct machine *who = NULL; (who = asset_map_next(m, who));)
		all[n++] = who;
	qsort(all, n, sizeof(*all), by_last_seen);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(rows, to_json(all[i]));
	free(all);
	return json_pack("{si so}", "version", 1, "machines", rows);
}

/* Written, on the disk, and only then under its name. */
static int write_file(const char *path, const char *fresh, const json_t *all)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int bad = fd < 0 || json_dumpfd(all, fd, JSON_INDENT(1)) < 0 || fsync(fd) < 0;

	if (fd >= 0)
		bad |= close(fd) < 0;
	return bad || rename(fresh, path) < 0 ? FAIL_IO : 0;
}

int asset_store_save(struct asset_map *m, const char *path)
{
	char fresh[PATH_MAX];
	json_t *all = all_to_json(m);

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	int status = all ? write_file(path, fresh, all) : FAIL_MEMORY;
	if (status < 0) {
		log_error("G143", "cannot write %s: %s", path, strerror(errno));
		unlink(fresh);
	}
	json_decref(all);
	return status;
}
