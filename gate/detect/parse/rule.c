/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* One rule: header, then `keyword: value;` until the closing bracket. */

int detect_parse_no(struct draft *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
	return FAIL_FORMAT;
}

struct check *detect_parse_check(struct draft *d, uint8_t kind)
{
	if (d->check_count >= PARSE_CHECKS_MAX) {
		detect_parse_no(d, "more than %u checks", PARSE_CHECKS_MAX);
		return NULL;
	}
	struct check *c = &d->checks[d->check_count++];
	*c = (struct check){ .kind = kind };
	return c;
}

struct check *detect_parse_act(struct draft *d, uint8_t kind)
{
	if (d->act_count >= PARSE_CHECKS_MAX) {
		detect_parse_no(
		    d, "more than %u changes of flow bits", PARSE_CHECKS_MAX);
		return NULL;
	}
	struct check *c = &d->acts[d->act_count++];
	*c = (struct check){ .kind = kind };
	return c;
}

static void reset(struct draft *d)
{
	struct load *l = d->load;

	d->sig = (struct sig){ .rule = { .gid = 1, .priority = 3 } };
	d->why[0] = 0;
	d->check_count = d->act_count = d->block_count = d->threshold_count = 0;
	d->var_count = d->meta_count = 0;
	d->spec = (struct source){ .buffer = BUFFER_PAYLOAD };
	d->sticky = d->transforms_open = d->skip = d->priority_set = false;
	d->block = -1;
	d->last = d->base64 = NULL;
	d->last_block = NULL;
	d->seen = 0;
	d->buffer_dirs = d->flow_dirs = SIG_TO_SERVER | SIG_TO_CLIENT;
	d->load = l;
}

/* The end of a value: a semicolon that no backslash protects. */
static char *value_end(char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == ';')
			return s;
	}
	return NULL;
}

static int run_keyword(struct draft *d, char *name, char *value)
{
	const struct keyword *k = detect_keyword_find(name);

	if (!k)
		return detect_parse_no(d, "keyword %.60s is not known", name);
	if (!k->parse)
		return detect_parse_no(d, "keyword %s is not supported yet", name);
	if ((k->flags & KEYWORD_VALUE) && (!value || !*value))
		return detect_parse_no(d, "keyword %s needs a value", name);
	if ((k->flags & KEYWORD_BARE) && value && *value)
		return detect_parse_no(d, "keyword %s takes no value", name);
	int r = k->parse(d, k, value ? value : name + strlen(name));
	if (r < 0 && !d->why[0])
		detect_parse_no(
		    d, "%s: %.100s is not understood", name, value ? value : "");
	return r;
}

/* Cuts one `name: value;` off `*text`. */
static int next_option(struct draft *d, char **text)
{
	char *s = *text, *value = NULL;
	char *name = s;

	while (*s && *s != ':' && *s != ';')
		s++;
	if (*s == ':') {
		*s++ = 0;
		value = s;
		s = value_end(s);
	}
	if (!s || *s != ';') {
		return detect_parse_no(d, "no ; after %.40s", detect_parse_trim(name));
	}
	*s++ = 0;
	*text = s;
	return run_keyword(
	    d, detect_parse_trim(name), value ? detect_parse_trim(value) : NULL);
}

static int read_options(struct draft *d, char *text)
{
	char *s = detect_parse_trim(text);
	size_t n = strlen(s);

	if (*s != '(' || n < 2 || s[n - 1] != ')')
		return detect_parse_no(
		    d, "the brackets around the keywords are missing");
	s[n - 1] = 0;
	s++;
	int r = 0;
	while (r >= 0) {
		while (isspace((unsigned char)*s))
			s++;
		if (!*s)
			break;
		r = next_option(d, &s);
	}
	return r < 0 ? r : 0;
}

int detect_parse_rule(struct draft *d, char *text)
{
	reset(d);
	int r = detect_parse_header(d, &text);
	/* Read on after a bad protocol or variable?  No: one reason is enough to refuse. */
	if (r == 0)
		r = read_options(d, text);
	if (r == 0 && d->skip)
		return 1;
	return r;
}

/* ---- what keywords use */

static bool same_source(const struct source *a, const struct source *b)
{
	if (a->buffer != b->buffer || a->transforms != b->transforms)
		return false;
	for (unsigned i = 0; i < a->transforms; i++) {
		const struct transform *x = &a->transform[i], *y = &b->transform[i];
		if (x->kind != y->kind || x->mode != y->mode ||
		    x->key_len != y->key_len || x->a != y->a || x->b != y->b ||
		    x->re != y->re ||
		    (x->key_len && memcmp(x->key, y->key, x->key_len) != 0))
			return false;
	}
	return true;
}

/* The engine's one source that is like `spec`. */
static const struct source *get_source(struct load *l, const struct source *spec)
{
	for (uint32_t i = 0; i < l->source_count; i++)
		if (same_source(l->source[i], spec))
			return l->source[i];
	struct source *s = arena_alloc(l->keep, sizeof(*s));
	if (!s || l->source_count >= UINT16_MAX ||
	    !detect_parse_grow(
		&l->source, &l->source_room, l->source_count, sizeof(struct source *)))
		return NULL;
	*s = *spec;
	s->id = (uint16_t)l->source_count;
	s->many = detect_keyword_buffer_many(s->buffer);
	l->source[l->source_count++] = s;
	return s;
}

static struct draft_block *get_block(struct draft *d)
{
	if (d->block >= 0)
		return &d->blocks[d->block];
	const struct source *source = get_source(d->load, &d->spec);
	if (!source) {
		detect_parse_no(d, "out of memory");
		return NULL;
	}
	for (uint32_t i = 0; i < d->block_count; i++) {
		if (d->blocks[i].source == source && !d->blocks[i].closed) {
			d->block = (int)i;
			return &d->blocks[i];
		}
	}
	if (d->block_count >= SIG_BLOCKS_MAX) {
		detect_parse_no(d, "more than %u buffers", SIG_BLOCKS_MAX);
		return NULL;
	}
	struct draft_block *b = &d->blocks[d->block_count];
	b->source = source;
	b->count = 0;
	b->closed = b->absent_ok = b->absent_only = false;
	d->block = (int)d->block_count++;
	return b;
}

struct item *detect_parse_item(struct draft *d, uint8_t kind)
{
	struct draft_block *b = get_block(d);

	if (!b)
		return NULL;
	if (b->count >= SIG_ITEMS_MAX) {
		detect_parse_no(d, "more than %u checks in one buffer", SIG_ITEMS_MAX);
		return NULL;
	}
	struct item *it = &b->items[b->count++];
	*it = (struct item){ .kind = kind };
	d->transforms_open = false;
	if (kind == ITEM_CONTENT) {
		d->last = it;
		d->last_block = b;
	}
	return it;
}

static int note_directions(struct draft *d, uint16_t buffer)
{
	uint8_t dirs = detect_keyword_buffer_dirs(buffer);

	d->buffer_dirs &= dirs;
	if (d->buffer_dirs == 0)
		return detect_parse_no(
		    d, "buffers of both directions in one rule: no packet has both");
	enum flow_app app = detect_keyword_buffer_app(buffer);
	if (app == FLOW_APP_UNKNOWN)
		return 0;
	if (d->sig.app != FLOW_APP_UNKNOWN && d->sig.app != app)
		return detect_parse_no(d, "%s does not exist in protocol %s",
		    detect_keyword_buffer_name(buffer),
		    flow_app_name((enum flow_app)d->sig.app));
	d->sig.app = (uint8_t)app;
	return 0;
}

/* An item in `buffer` without making it the one in force. */
struct item *detect_parse_item_in(struct draft *d, uint8_t kind, uint16_t buffer)
{
	struct source spec = d->spec;
	int block = d->block;
	bool open = d->transforms_open;

	d->spec = (struct source){ .buffer = buffer };
	d->block = -1;
	struct item *it = NULL;
	if (note_directions(d, buffer) == 0)
		it = detect_parse_item(d, kind);
	d->spec = spec;
	d->block = block;
	d->transforms_open = open;
	return it;
}

/* A buffer that was announced but never looked into says nothing: a mistake. */
static int close_sticky(struct draft *d)
{
	if (d->sticky && d->block < 0)
		return detect_parse_no(d, "nothing is looked for in %s",
		    detect_keyword_buffer_name(d->spec.buffer));
	if (d->sticky && d->block >= 0 && d->blocks[d->block].source->many)
		d->blocks[d->block].closed = true;
	return 0;
}

int detect_parse_sticky(struct draft *d, uint16_t buffer)
{
	if (close_sticky(d) < 0 || note_directions(d, buffer) < 0)
		return FAIL_FORMAT;
	d->spec = (struct source){ .buffer = buffer };
	d->sticky = buffer != BUFFER_PAYLOAD;
	d->transforms_open = d->sticky;
	d->block = -1;
	return 0;
}

int detect_parse_transform(struct draft *d, const struct transform *t)
{
	if (!d->sticky)
		return detect_parse_no(
		    d, "a transform needs a sticky buffer before it");
	if (!d->transforms_open) { /* the same buffer once more, changed from here on */
		if (close_sticky(d) < 0)
			return FAIL_FORMAT;
		d->spec.transforms = 0;
		d->block = -1;
		d->transforms_open = true;
	}
	if (d->spec.transforms >= SIG_TRANSFORMS_MAX)
		return detect_parse_no(
		    d, "more than %u transforms", SIG_TRANSFORMS_MAX);
	d->spec.transform[d->spec.transforms++] = *t;
	return 0;
}

/* The last content leaves the payload's block for the one of `buffer`. */
int detect_parse_move(struct draft *d, uint16_t buffer)
{
	struct draft_block *from = d->last_block;

	if (!d->last)
		return detect_parse_no(d, "there is no content before it");
	if (from->source->buffer != BUFFER_PAYLOAD || d->sticky)
		return detect_parse_no(
		    d, "the content before it belongs to a sticky buffer");
	struct item moved = *d->last;
	size_t behind = (size_t)(from->items + from->count - (d->last + 1));
	memmove(d->last, d->last + 1, behind * sizeof(*d->last));
	from->count--;
	struct item *it = detect_parse_item_in(d, moved.kind, buffer);
	if (!it)
		return FAIL_FORMAT;
	*it = moved;
	return 0;
}

int detect_parse_var_number(const struct draft *d, const char *name)
{
	for (uint32_t i = 0; i < d->var_count; i++)
		if (strcmp(d->var_names[i], name) == 0)
			return (int)i;
	return -1;
}

int detect_parse_var_new(struct draft *d, const char *name)
{
	int i = detect_parse_var_number(d, name);

	if (i >= 0)
		return i;
	if (!*name || strlen(name) >= sizeof(d->var_names[0]))
		return detect_parse_no(d, "not a name for a variable: %.60s", name);
	if (isdigit((unsigned char)*name) || *name == '-')
		return detect_parse_no(
		    d, "a variable's name begins with a letter: %.60s", name);
	if (d->var_count >= SIG_VARS_MAX)
		return detect_parse_no(d, "more than %u byte variables", SIG_VARS_MAX);
	memcpy(d->var_names[d->var_count], name, strlen(name) + 1);
	return (int)d->var_count++;
}
