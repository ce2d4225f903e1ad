/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

#include <strings.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The value behind `filename=`, without quotes (RFC 6266). */
static struct span value_at(struct span s)
{
	uint32_t len = 0;

	while (s.len && is_blank(s.at[0]))
		s = span_of(s.at + 1, s.len - 1);
	if (s.len && s.at[0] == '"') {
		s = span_of(s.at + 1, s.len - 1);
		while (len < s.len && s.at[len] != '"')
			len++;
	} else {
		while (len < s.len && s.at[len] != ';')
			len++;
		while (len && is_blank(s.at[len - 1]))
			len--;
	}
	return span_of(s.at, len);
}

/* Parameter `filename` of Content-Disposition; empty when it has none. */
static struct span disposition_name(struct span s)
{
	static const char key[] = "filename";
	const uint32_t key_len = sizeof(key) - 1;
	bool quoted = false;

	for (uint32_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"')
			quoted = !quoted;
		if (quoted || s.at[i] != ';')
			continue;
		uint32_t at = i + 1;
		while (at < s.len && is_blank(s.at[at]))
			at++;
		if (s.len - at <= key_len ||
		    strncasecmp((const char *)s.at + at, key, key_len) != 0)
			continue;
		at += key_len;
		while (at < s.len && is_blank(s.at[at]))
			at++;
		if (at < s.len && s.at[at] == '=')
			return value_at(span_of(s.at + at + 1, s.len - at - 1));
	}
	return span_of(NULL, 0);
}

struct span http_file_name(struct http_tx *h, const htp_tx_t *htp, enum packet_dir dir)
{
	struct span name = span_of(NULL, 0);

	(void)h;
	if (dir == PACKET_TO_CLIENT) {
		const htp_header_t *cd =
		    htp_table_get_c(htp->response_headers, "Content-Disposition");
		if (cd)
			name = disposition_name(http_span(cd->value));
	}
	if (!name.len && htp->parsed_uri)
		name = http_span(htp->parsed_uri->path);
	if (name.len > APP_HTTP_NAME_MAX)
		name.len = APP_HTTP_NAME_MAX;
	return name;
}
