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
