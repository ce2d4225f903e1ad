/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* What changes a buffer before it is looked into. */

int detect_keyword_transform(struct draft *d, const struct keyword *k, char *value)
{
	(void)value;
	return detect_parse_transform(
	    d, &(struct transform){ .kind = (uint8_t)k->arg });
}

/* xor:"0a0b0c" */
int detect_keyword_xor(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	size_t n = strlen(value);
	if (n == 0 || n % 2 || n / 2 > 255)
		return detect_parse_no(
		    d, "xor: the key is pairs of hexadecimal digits");
	uint8_t *key = arena_alloc(d->load->keep, n / 2);
	if (!key)
		return FAIL_MEMORY;
	for (size_t i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)value[i]))
			return detect_parse_no(
			    d, "xor: the key is pairs of hexadecimal digits");
		int c = tolower((unsigned char)value[i]);
		int v = c >= 'a' ? c - 'a' + 10 : c - '0';
		key[i / 2] = (uint8_t)(key[i / 2] << 4 | v);
	}
	return detect_parse_transform(
	    d, &(struct transform){
		   .kind = TRANSFORM_XOR, .key = key, .key_len = (uint16_t)(n / 2) });
}

/* pcrexform:"expression": what its first group captures. */
int detect_keyword_pcrexform(struct draft *d, const struct keyword *k, char *value)
{
	size_t n = strlen(value);

	(void)k;
	if (n < 2 || *value != '"' || value[n - 1] != '"')
		return detect_parse_no(d, "pcrexform must stand in quotation marks");
	const struct regex *re = detect_parse_regex(d, value + 1, n - 2, 0);
	if (!re)
		return FAIL_FORMAT;
	return detect_parse_transform(
	    d, &(struct transform){ .kind = TRANSFORM_PCRE, .re = re });
}

/* from_base64: bytes 10, offset 2, mode rfc4648 — all of them may be missing. */
int detect_keyword_from_base64(struct draft *d, const struct keyword *k, char *value)
{
	static const char *const modes[] = { "rfc4648", "rfc2045", "strict" };
	struct transform t = { .kind = TRANSFORM_BASE64 };
	char *rest = value, *s;

	(void)k;
	while (*value && (s = detect_parse_part(&rest, ','))) {
		char *arg = s;
		while (*arg && !isspace((unsigned char)*arg))
			arg++;
		if (*arg)
			*arg++ = 0;
		arg = detect_parse_trim(arg);
		bool ok = false;
		if (strcmp(s, "bytes") == 0)
			ok = detect_parse_i32(arg, &t.a) && t.a > 0;
		else if (strcmp(s, "offset") == 0)
			ok = detect_parse_i32(arg, &t.b) && t.b >= 0;
		for (uint8_t i = 0; strcmp(s, "mode") == 0 && i < 3; i++)
			if (strcmp(arg, modes[i]) == 0) {
				t.mode = i;
				ok = true;
			}
		if (!ok || t.a > 65535 || t.b > 65535)
			return detect_parse_no(d, "from_base64: %.20s %.20s", s, arg);
	}
	return detect_parse_transform(d, &t);
}
