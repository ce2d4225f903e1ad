/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent decoding in place.  Control bytes are refused, written out or escaped: nothing of
 * ours has them, and a NUL would make the rest invisible. */
static int decode(char *s, bool plus_is_space)
{
	char *to = s;

	for (; *s; s++) {
		int c = (unsigned char)*s;
		if (c == '%') {
			int high = hex(s[1]), low = high < 0 ? -1 : hex(s[2]);
			if (low < 0)
				return FAIL_FORMAT;
			c = high << 4 | low;
			s += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f)
			return FAIL_FORMAT;
		*to++ = (char)c;
	}
	*to = '\0';
	return 0;
}

static int one_query(struct api_request *q, char *pair)
{
	if (!*pair)
		return 0;
	if (q->queries == API_QUERY_MAX)
		return FAIL_FORMAT;
	struct api_query *to = &q->query[q->queries++];
	char *equals = strchr(pair, '=');
	to->name = pair;
	to->value = equals ? equals + 1 : pair + strlen(pair);
	if (equals)
		*equals = '\0';
	return decode(to->name, true) < 0 || decode(to->value, true) < 0 ? FAIL_FORMAT
									 : 0;
}

int api_request_target(struct api_request *q, const char *target)
{
	size_t len = strlen(target);

	q->path = "/";
	if (len == 0 || len >= sizeof(q->target) || target[0] != '/')
		return FAIL_FORMAT;
	memcpy(q->target, target, len + 1);
	char *rest = strchr(q->target, '?');
	if (rest)
		*rest++ = '\0';
	if (decode(q->target, false) < 0)
		return FAIL_FORMAT;
	q->path = q->target;
	while (rest) {
		char *next = strchr(rest, '&');
		if (next)
			*next++ = '\0';
		if (one_query(q, rest) < 0)
			return FAIL_FORMAT;
		rest = next;
	}
	return 0;
}

void api_request_fini(struct api_request *q)
{
	json_decref(q->json);
	q->json = NULL;
}

bool api_request_cookie(const char *header, const char *name, char *value, size_t room)
{
	size_t name_len = strlen(name);

	while (header && *header) {
		header += strspn(header, " ;");
		size_t len = strcspn(header, ";");
		if (len > name_len && header[name_len] == '=' &&
		    memcmp(header, name, name_len) == 0) {
			size_t value_len = len - name_len - 1;
			if (value_len == 0 || value_len >= room)
				return false;
			memcpy(value, header + name_len + 1, value_len);
			value[value_len] = '\0';
			return true;
		}
		header += len;
	}
	return false;
}

bool api_request_forwarded(const char *header, char *peer, size_t room)
{
	/* What stands before the last comma came from outside: anybody may write that. */
	const char *last = strrchr(header, ',');
	uint8_t bytes[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	last = last ? last + 1 : header;
	last += strspn(last, " \t");
	size_t len = strcspn(last, " \t");
	if (len >= sizeof(text) || len >= room)
		return false;
	memcpy(text, last, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, bytes) != 1 &&
	    inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	memcpy(peer, text, len + 1);
	return true;
}

const char *api_query_text(const struct api_request *q, const char *name)
{
	for (unsigned i = 0; i < q->queries; i++)
		if (strcmp(q->query[i].name, name) == 0)
			return q->query[i].value;
	return NULL;
}

static int number(const char *text, int64_t *value)
{
	char *end;

	if (!((*text >= '0' && *text <= '9') || *text == '-'))
		return FAIL_FORMAT;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno || *end ? FAIL_FORMAT : 0;
}

int64_t api_query_int(const struct api_request *q, const char *name, int64_t otherwise)
{
	const char *text = api_query_text(q, name);
	int64_t value;

	return text && number(text, &value) == 0 ? value : otherwise;
}

const char *api_body_text(const struct api_request *q, const char *name)
{
	return json_string_value(json_object_get(q->json, name));
}

int64_t api_body_int(const struct api_request *q, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(q->json, name);

	return v ? json_integer_value(v) : otherwise;
}

/* ---- checking against a table ---- */

static bool among(const char *words, const char *text)
{
	size_t len = strlen(text);

	while (words) {
		size_t word = strcspn(words, "|");
		if (word == len && memcmp(words, text, len) == 0)
			return true;
		words = words[word] ? words + word + 1 : NULL;
	}
	return false;
}

static bool text_fits(const struct api_field *f, const char *text)
{
	int64_t characters = 0;

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		/* A text may have lines; other control characters have no business. */
		if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
			return false;
		if (f->type == API_T_DIGITS && (*c < '0' || *c > '9'))
			return false;
		characters += (*c & 0xc0) != 0x80;
	}
	if (f->type == API_T_WORD)
		return among(f->words, text);
	return characters >= f->min && characters <= f->max;
}

static const struct api_field *field_of(
    const struct api_field *fields, const char *name)
{
	for (; fields && fields->name; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields;
	return NULL;
}

static int check_object(
    json_t *object, const struct api_field *fields, struct api_reply *a);

static bool member_fits(const struct api_field *f, json_t *v, struct api_reply *a)
{
	switch (f->type) {
	case API_T_INT:
		return json_is_integer(v) && json_integer_value(v) >= f->min &&
		       json_integer_value(v) <= f->max;
	case API_T_OBJECT:
		return json_is_object(v) && check_object(v, f->sub, a) == 0;
	default:
		return json_is_string(v) && text_fits(f, json_string_value(v));
	}
}

static int refuse(struct api_reply *a, const char *what, const char *name)
{
	char detail[128];

	(void)snprintf(detail, sizeof(detail), "%s: %.60s", what, name);
	api_fail(a, API_BAD, detail);
	return FAIL_FORMAT;
}

static int check_object(
    json_t *object, const struct api_field *fields, struct api_reply *a)
{
	const char *name;
	json_t *v;

	json_object_foreach(object, name, v)
	{
		const struct api_field *f = field_of(fields, name);
		if (!f)
			return refuse(a, "unknown", "member");
		if (!member_fits(f, v, a))
			return a->status ? FAIL_FORMAT : refuse(a, "value", f->name);
	}
	for (; fields && fields->name; fields++)
		if (fields->required && !json_object_get(object, fields->name))
			return refuse(a, "missing", fields->name);
	return 0;
}

int api_check_body(
    struct api_request *q, const struct api_field *fields, struct api_reply *a)
{
	json_error_t why;

	if (q->body.len == 0) {
		/* Nothing is {}: fine where nothing is asked for. */
		q->json = json_object();
		return q->json ? check_object(q->json, fields, a)
			       : (api_fail(a, API_BROKEN, NULL), FAIL_MEMORY);
	}
	if (!q->type || strncasecmp(q->type, "application/json", 16) != 0 ||
	    (q->type[16] && !strchr("; \t", q->type[16])))
		return refuse(a, "Content-Type", "application/json");
	q->json = json_loadb(
	    (const char *)q->body.at, q->body.len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(q->json))
		return refuse(a, "JSON", q->json ? "not an object" : "malformed");
	return check_object(q->json, fields, a);
}

static bool is_utf8(const char *text)
{
	json_t *probe = json_string(text);

	json_decref(probe);
	return probe != NULL;
}

static bool query_fits(const struct api_field *f, const char *value)
{
	int64_t n;

	if (f->type == API_T_INT)
		return number(value, &n) == 0 && n >= f->min && n <= f->max;
	return text_fits(f, value) && is_utf8(value);
}

int api_check_query(
    struct api_request *q, const struct api_field *fields, struct api_reply *a)
{
	for (unsigned i = 0; i < q->queries; i++) {
		const struct api_field *f = field_of(fields, q->query[i].name);
		if (!f || api_query_text(q, f->name) != q->query[i].value)
			return refuse(a, "query", f ? f->name : "unknown parameter");
		if (!query_fits(f, q->query[i].value))
			return refuse(a, "query", f->name);
	}
	return 0;
}
