/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/template.h"
#include "center/notify/channel/channel.h"

#include <jansson.h>
#include <regex.h>
#include <stdlib.h>

/* {to} {text} {id} {secret}, each escaped for the place where it stands. */

static void add_url(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~", c))
			buf_add_byte(b, c);
		else
			buf_addf(b, "%%%02X", c);
	}
}

static void add_json(struct buf *b, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c == '\n')
			buf_add_text(b, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_addf(b, "\\u%04x", c);
		else
			buf_add_byte(b, c);
	}
}

static void add_plain(struct buf *b, const char *text, bool lines)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 0x20 && c != 0x7f) || (lines && c == '\n'))
			buf_add_byte(b, c);
		else
			buf_add_byte(b, ' ');
	}
}

static void add_value(struct buf *b, const char *text, enum notify_place place)
{
	switch (place) {
	case NOTIFY_IN_URL:
	case NOTIFY_IN_FORM:
		add_url(b, text);
		break;
	case NOTIFY_IN_JSON:
		add_json(b, text);
		break;
	case NOTIFY_IN_HEADER:
	case NOTIFY_IN_TEXT:
		add_plain(b, text, place == NOTIFY_IN_TEXT);
		break;
	}
}

void notify_template(struct buf *b, const char *template, enum notify_place place,
    const struct notify_values *v)
{
	const struct {
		const char *name, *value;
	} all[] = { { "{to}", v->to }, { "{text}", v->text }, { "{id}", v->id },
		{ "{secret}", v->secret ? v->secret : "" } };

	while (*template) {
		size_t i = 0, n = sizeof(all) / sizeof(all[0]);
		while (
		    i < n && strncmp(template, all[i].name, strlen(all[i].name)) != 0)
			i++;
		if (i < n) {
			add_value(b, all[i].value, place);
			template += strlen(all[i].name);
		} else {
			buf_add_byte(b, (uint8_t) * template ++);
		}
	}
}

/* ---- did it work? ---- */

/* RFC 6901, section 4. */
static const json_t *follow(const json_t *at, const char *pointer, size_t len)
{
	const char *end = pointer + len;

	while (at && pointer < end) {
		char key[128];
		size_t n = 0;
		pointer++; /* the slash */
		while (pointer < end && *pointer != '/' && n < sizeof(key) - 1) {
			if (pointer[0] == '~' &&
			    (pointer[1] == '0' || pointer[1] == '1')) {
				key[n++] = pointer[1] == '0' ? '~' : '/';
				pointer += 2;
			} else {
				key[n++] = *pointer++;
			}
		}
		key[n] = 0;
		at = json_is_array(at)
			 ? json_array_get(at, (size_t)strtoul(key, NULL, 10))
			 : json_object_get(at, key);
	}
	return at;
}

static bool is_value(const json_t *v, const char *want)
{
	if (json_is_string(v))
		return strcmp(json_string_value(v), want) == 0;
	char *text = json_dumps(v, JSON_ENCODE_ANY);
	bool same = text && strcmp(text, want) == 0;
	free(text);
	return same;
}

bool notify_answer_json(const char *pattern, struct span answer)
{
	const char *eq = strchr(pattern, '=');
	size_t len = eq ? (size_t)(eq - pattern) : strlen(pattern);
	json_t *all = json_loadb((const char *)answer.at, answer.len,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	const json_t *at = follow(all, pattern, len);
	bool ok = at && (!eq || is_value(at, eq + 1));

	json_decref(all);
	return ok;
}

bool notify_answer_text(const char *pattern, struct buf *answer)
{
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool ok = regexec(&re, buf_text(answer), 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}
