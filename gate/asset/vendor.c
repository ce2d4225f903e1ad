/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/asset/internal.h"

#include "lib/base/buf.h"
#include "lib/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define VENDOR_ROWS_MAX  65536u
#define VENDOR_NAMES_MAX (4u << 20)

struct row {
	uint32_t oui;
	uint32_t name; /* offset in `names` */
};

struct asset_vendors {
	struct row *rows; /* sorted */
	size_t count;
	struct buf names; /* NUL between them */
};

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->oui < y->oui ? -1 : x->oui > y->oui;
}

/* "28-6F-B9   (hex)<tabs>Name, Inc.<CR>" is one of ieee-data's rows; others are addresses. */
static const char *parse_line(const char *line, uint32_t *oui)
{
	unsigned a, b, c;
	int end = 0;

	if (sscanf(line, "%2x-%2x-%2x (hex) %n", &a, &b, &c, &end) != 3 || end == 0)
		return NULL;
	*oui = a << 16 | b << 8 | c;
	return line + end;
}

static void add(struct asset_vendors *v, uint32_t oui, const char *name)
{
	char clean[ASSET_NAME_MAX];

	if (v->count == VENDOR_ROWS_MAX)
		return;
	asset_clean_name(span_of(name, strcspn(name, "\r\n")), clean);
	v->rows[v->count++] = (struct row){ oui, (uint32_t)v->names.len };
	buf_add(&v->names, clean, strlen(clean) + 1);
}

struct asset_vendors *asset_vendors_load(const char *path)
{
	struct asset_vendors *v = calloc(1, sizeof(*v));
	FILE *in = v ? fopen(path, "re") : NULL;
	char line[256];

	if (v)
		buf_init(&v->names, VENDOR_NAMES_MAX);
	if (v && in)
		v->rows = calloc(VENDOR_ROWS_MAX, sizeof(*v->rows));
	if (!in || !v->rows) {
		log_error("G141",
		    "cannot read the makers' names %s: %s; machines go without (package ieee-data)",
		    path, strerror(errno));
		if (in)
			fclose(in);
		asset_vendors_free(v);
		return NULL;
	}
	while (fgets(line, sizeof(line), in)) {
		uint32_t oui;
		const char *name = parse_line(line, &oui);
		if (name)
			add(v, oui, name);
	}
	fclose(in);
	qsort(v->rows, v->count, sizeof(*v->rows), compare);
	return v;
}

void asset_vendors_free(struct asset_vendors *v)
{
	if (!v)
		return;
	free(v->rows);
	buf_fini(&v->names);
	free(v);
}

const char *asset_vendors_find(const struct asset_vendors *v, const uint8_t mac[6])
{
	struct row key = { (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2], 0 };
	struct row *row = NULL;

	if (v && v->count && !v->names.overflowed)
		row = bsearch(&key, v->rows, v->count, sizeof(key), compare);
	return row ? (const char *)v->names.at + row->name : "";
}
