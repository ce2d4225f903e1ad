/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/match/regex.h"
#include "gate/detect/parse/text.h"

/* pcre:"/expression/letters"; the letters are PCRE options or name a buffer. */

static const struct {
	char letter;
	uint16_t flag;   /* enum regex_flag */
	uint16_t buffer; /* BUFFER_MAX: not a buffer */
} letters[] = {
	{ 'i', REGEX_NOCASE, BUFFER_MAX },
	{ 'm', REGEX_LINES, BUFFER_MAX },
	{ 's', REGEX_DOTALL, BUFFER_MAX },
	{ 'x', REGEX_EXTENDED, BUFFER_MAX },
	{ 'A', REGEX_ANCHORED, BUFFER_MAX },
	{ 'E', REGEX_DOLLAR_END, BUFFER_MAX },
	{ 'G', REGEX_UNGREEDY, BUFFER_MAX },
	{ 'O', REGEX_LONGER, BUFFER_MAX },
	{ 'B', 0, BUFFER_PAYLOAD },
	{ 'U', 0, TX_HTTP_URI },
	{ 'I', 0, TX_HTTP_URI_RAW },
	{ 'P', 0, TX_HTTP_REQUEST_BODY },
	{ 'Q', 0, TX_HTTP_RESPONSE_BODY },
	{ 'H', 0, TX_HTTP_HEADER },
	{ 'D', 0, TX_HTTP_HEADER_RAW },
	{ 'M', 0, TX_HTTP_METHOD },
	{ 'C', 0, TX_HTTP_COOKIE },
	{ 'S', 0, TX_HTTP_STAT_CODE },
	{ 'Y', 0, TX_HTTP_STAT_MSG },
	{ 'V', 0, TX_HTTP_USER_AGENT },
	{ 'W', 0, TX_HTTP_HOST },
	{ 'Z', 0, TX_HTTP_HOST_RAW },
};

static int read_letters(
    struct draft *d, const char *s, unsigned *flags, uint16_t *buffer, bool *relative)
{
	for (; *s; s++) {
		size_t i = 0, n = sizeof(letters) / sizeof(letters[0]);
		if (*s == 'R') {
			*relative = true;
			continue;
		}
		while (i < n && letters[i].letter != *s)
			i++;
		if (i == n)
			return detect_parse_no(d, "pcre: unknown letter %c", *s);
		*flags |= letters[i].flag;
		if (letters[i].buffer == BUFFER_MAX)
			continue;
		if (*buffer != BUFFER_MAX && *buffer != letters[i].buffer)
			return detect_parse_no(d, "pcre: letters name two buffers");
		*buffer = letters[i].buffer;
	}
	return 0;
}

/* Equal expressions with equal options are compiled once. */
const struct regex *detect_parse_regex(
    struct draft *d, const char *pattern, size_t len, uint32_t flags)
{
	struct load *l = d->load;
	char key[PARSE_RULE_MAX + 8];

	if (len > PARSE_RULE_MAX) {
		detect_parse_no(d, "pcre: the expression is too long");
		return NULL;
	}
	memcpy(key, &flags, sizeof(flags));
	memcpy(key + sizeof(flags), pattern, len);
	void **slot = detect_parse_intern(
	    l->keep, &l->regexes, key, (uint32_t)(len + sizeof(flags)));
	if (!slot || !detect_parse_grow(&l->regex, &l->regex_room, l->regex_count,
			 sizeof(struct regex *))) {
		detect_parse_no(d, "out of memory");
		return NULL;
	}
	if (!*slot) {
		struct regex *re =
		    detect_match_regex_new(pattern, len, flags, d->why, sizeof(d->why));
		if (!re)
			return NULL;
		l->regex[l->regex_count++] = re;
		*slot = re;
	}
	return *slot;
}

int detect_keyword_pcre(struct draft *d, const struct keyword *k, char *value)
{
	unsigned flags = 0;
	uint16_t buffer = BUFFER_MAX;
	bool negated = false, relative = false;
	size_t n;

	(void)k;
	if (*value == '!') {
		negated = true;
		value = detect_parse_trim(value + 1);
	}
	n = strlen(value);
	if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		value[n - 1] = 0;
		value++;
	}
	char *end = *value == '/' ? strrchr(value + 1, '/') : NULL;
	if (!end)
		return detect_parse_no(d, "pcre is written \"/expression/letters\"");
	*end = 0;
	if (strchr(end + 1, ','))
		return detect_parse_no(
		    d, "pcre: captures into variables are not kept yet");
	if (read_letters(d, end + 1, &flags, &buffer, &relative) < 0)
		return FAIL_FORMAT;
	const struct regex *re =
	    detect_parse_regex(d, value + 1, (size_t)(end - value - 1), flags);
	if (!re)
		return FAIL_FORMAT;
	/* What HTTP answers with is a file, so Q is at home in file.data too. */
	bool body = buffer == TX_HTTP_RESPONSE_BODY && d->spec.buffer == TX_FILE_DATA;
	if (d->sticky && buffer != BUFFER_MAX && buffer != d->spec.buffer && !body)
		return detect_parse_no(
		    d, "pcre: the letter names another buffer than the sticky one");
	struct item *it = buffer == BUFFER_MAX || d->sticky
			      ? detect_parse_item(d, ITEM_PCRE)
			      : detect_parse_item_in(d, ITEM_PCRE, buffer);
	if (!it)
		return FAIL_FORMAT;
	it->flags = (negated ? ITEM_NEGATED : 0u) | (relative ? ITEM_RELATIVE : 0u);
	it->u.pcre.re = re;
	return 0;
}
