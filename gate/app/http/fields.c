/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

#include <strings.h>

/* A header that has a buffer of its own, and where event/ wants it. */
struct known {
	const char *name;
	enum tx_buffer buffer; /* TX_BUFFER_MAX: none */
	size_t shown;          /* offset in struct app_http, or NOT_SHOWN */
};

#define NOT_SHOWN     SIZE_MAX
#define SHOWN(member) offsetof(struct app_http, member)

static const struct known request_known[] = {
	{ "User-Agent", TX_HTTP_USER_AGENT, SHOWN(user_agent) },
	{ "Referer", TX_HTTP_REFERER, SHOWN(referer) },
	{ "Cookie", TX_HTTP_COOKIE, NOT_SHOWN },
	{ "Accept", TX_HTTP_ACCEPT, NOT_SHOWN },
	{ "Accept-Encoding", TX_HTTP_ACCEPT_ENC, NOT_SHOWN },
	{ "Accept-Language", TX_HTTP_ACCEPT_LANG, NOT_SHOWN },
	{ "Connection", TX_HTTP_CONNECTION, NOT_SHOWN },
	{ "Content-Length", TX_HTTP_CONTENT_LEN, NOT_SHOWN },
	{ "Content-Type", TX_HTTP_CONTENT_TYPE, SHOWN(request_content_type) },
	{ "X-Forwarded-For", TX_BUFFER_MAX, SHOWN(xff) },
	{ NULL, TX_BUFFER_MAX, NOT_SHOWN },
};

static const struct known response_known[] = {
	{ "Set-Cookie", TX_HTTP_COOKIE, NOT_SHOWN },
	{ "Connection", TX_HTTP_CONNECTION, NOT_SHOWN },
	{ "Content-Length", TX_HTTP_CONTENT_LEN, NOT_SHOWN },
	{ "Content-Type", TX_HTTP_CONTENT_TYPE, SHOWN(content_type) },
	{ "Server", TX_HTTP_SERVER, NOT_SHOWN },
	{ "Location", TX_HTTP_LOCATION, SHOWN(redirect) },
	{ "Content-Range", TX_BUFFER_MAX, SHOWN(content_range) },
	{ NULL, TX_BUFFER_MAX, NOT_SHOWN },
};

/* Writes into room that was measured before. */
struct pen {
	uint8_t *at;
	size_t len, room;
};

static void pen_add(struct pen *p, struct span s)
{
	if (s.len > p->room - p->len)
		return;
	if (s.len)
		memcpy(p->at + p->len, s.at, s.len);
	p->len += s.len;
}

static void pen_text(struct pen *p, const char *text)
{
	pen_add(p, span_text(text));
}

static struct pen pen_new(struct http_tx *h, size_t room)
{
	struct pen p = { .at = arena_alloc(&h->tx->arena, room) };

	p.room = p.at ? room : 0;
	if (!p.at)
		h->tx->truncated = true;
	return p;
}

static struct span keep(struct http_tx *h, const bstr *b)
{
	struct span s = http_span(b);
	struct span copy = arena_copy(&h->tx->arena, s);

	if (copy.len != s.len)
		h->tx->truncated = true;
	return copy;
}

/* A field that has bytes; what is missing or empty is no field. */
static void show(
    struct http_tx *h, enum tx_buffer buffer, enum packet_dir dir, struct span data)
{
	if (data.len)
		tx_lend(h->tx, buffer, dir, data);
}

static bool is_cookie(struct span name, enum packet_dir dir)
{
	const char *want = dir == PACKET_TO_SERVER ? "Cookie" : "Set-Cookie";

	return name.len == strlen(want) &&
	       strncasecmp((const char *)name.at, want, name.len) == 0;
}

static const htp_header_t *header_at(const htp_table_t *headers, size_t i)
{
	return htp_table_get_index(headers, i, NULL);
}

/* Bytes that all lines take with their separators, and a little more. */
static size_t lines_size(const htp_table_t *headers, size_t from)
{
	size_t size = 8;

	for (size_t i = from; i < htp_table_size(headers); i++) {
		const htp_header_t *one = header_at(headers, i);
		size += http_span(one->name).len + http_span(one->value).len + 4;
	}
	return size;
}

/* A copy in small letters. */
static struct span lower(struct http_tx *h, const bstr *b)
{
	struct span s = http_span(b);
	struct pen p = pen_new(h, s.len);

	for (uint32_t i = 0; i < p.room; i++)
		p.at[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] | 0x20 : s.at[i];
	return span_of(p.at, p.room);
}

/* "Name: value\r\n" each; cookies have a buffer of their own. */
static void write_lines(
    struct pen *p, const htp_table_t *headers, size_t from, enum packet_dir dir)
{
	for (size_t i = from; i < htp_table_size(headers); i++) {
		const htp_header_t *one = header_at(headers, i);
		if (is_cookie(http_span(one->name), dir))
			continue;
		pen_add(p, http_span(one->name));
		pen_text(p, ": ");
		pen_add(p, http_span(one->value));
		pen_text(p, "\r\n");
	}
}

static void show_joined(struct http_tx *h, enum packet_dir dir,
    const htp_table_t *headers, size_t from, struct span line)
{
	struct pen p = pen_new(h, lines_size(headers, from) + line.len + 2);

	pen_add(&p, line);
	pen_text(&p, "\r\n");
	size_t start = p.len;
	write_lines(&p, headers, from, dir);
	show(h, TX_HTTP_HEADER, dir, span_of(p.at + (p.at ? start : 0), p.len - start));
	if (!line.len || !p.at)
		return;
	pen_text(&p, "\r\n");
	show(h, TX_HTTP_START, dir, span_of(p.at, p.len));
}

static void show_names(
    struct http_tx *h, enum packet_dir dir, const htp_table_t *headers, size_t from)
{
	struct pen p = pen_new(h, lines_size(headers, from));

	pen_text(&p, "\r\n");
	for (size_t i = from; i < htp_table_size(headers); i++) {
		pen_add(&p, http_span(header_at(headers, i)->name));
		pen_text(&p, "\r\n");
	}
	pen_text(&p, "\r\n");
	show(h, TX_HTTP_HEADER_NAMES, dir, span_of(p.at, p.len));
}

static const struct known *known_find(const struct known *table, struct span name)
{
	for (; table->name; table++)
		if (name.len == strlen(table->name) &&
		    strncasecmp((const char *)name.at, table->name, name.len) == 0)
			return table;
	return NULL;
}

/* One header line: "name: value" in one piece, and its own buffer if it has one. */
static void show_one(struct http_tx *h, enum packet_dir dir, const htp_header_t *one)
{
	struct span name = http_span(one->name), value = http_span(one->value);
	struct pen p = pen_new(h, name.len + value.len + 2);

	pen_add(&p, name);
	pen_text(&p, ": ");
	pen_add(&p, value);
	if (!p.at)
		return;
	show(h,
	    dir == PACKET_TO_SERVER ? TX_HTTP_REQUEST_HEADER : TX_HTTP_RESPONSE_HEADER,
	    dir, span_of(p.at, p.len));
	value = span_of(p.at + name.len + 2, value.len);
	const struct known *k =
	    known_find(dir == PACKET_TO_SERVER ? request_known : response_known, name);
	if (!k)
		return;
	if (k->buffer != TX_BUFFER_MAX)
		show(h, k->buffer, dir, value);
	if (k->shown != NOT_SHOWN)
		memcpy((char *)&h->shown + k->shown, &value, sizeof(value));
}

static void show_headers(struct http_tx *h, enum packet_dir dir,
    const htp_table_t *headers, size_t from, const bstr *line)
{
	size_t n = htp_table_size(headers);

	h->side[dir].headers = n;
	if (n <= from && from > 0)
		return;
	show_joined(h, dir, headers, from, http_span(line));
	if (n > from)
		show_names(h, dir, headers, from);
	for (size_t i = from; i < n; i++)
		show_one(h, dir, header_at(headers, i));
}

static void show_raw(struct http_tx *h, enum packet_dir dir)
{
	struct buf *raw = &h->side[dir].raw;

	if (raw->len)
		tx_add(h->tx, TX_HTTP_HEADER_RAW, dir, buf_span(raw));
	buf_fini(raw);
}

/* "application/pdf; x=y" becomes "application/pdf". */
static struct span without_parameters(struct span s)
{
	uint32_t len = 0;

	while (len < s.len && s.at[len] != ';')
		len++;
	while (len && (s.at[len - 1] == ' ' || s.at[len - 1] == '\t'))
		len--;
	return span_of(s.at, len);
}

/* Path, query and fragment with libhtp's normalisation, host and scheme left out. */
static struct span normal_uri(struct http_tx *h, const htp_uri_t *uri)
{
	struct span path = http_span(uri->path), query = http_span(uri->query),
		    fragment = http_span(uri->fragment);
	struct pen p = pen_new(h, (size_t)path.len + query.len + fragment.len + 2);

	pen_add(&p, path);
	if (uri->query) {
		pen_text(&p, "?");
		pen_add(&p, query);
	}
	if (uri->fragment) {
		pen_text(&p, "#");
		pen_add(&p, fragment);
	}
	return span_of(p.at, p.len);
}

void http_show_request_line(struct http_tx *h, htp_tx_t *htp)
{
	struct app_http *shown = &h->shown;

	shown->url = keep(h, htp->request_uri);
	shown->method = keep(h, htp->request_method);
	shown->protocol = keep(h, htp->request_protocol);
	show(h, TX_HTTP_REQUEST_LINE, 0, keep(h, htp->request_line));
	show(h, TX_HTTP_METHOD, 0, shown->method);
	show(h, TX_HTTP_URI_RAW, 0, shown->url);
	show(h, TX_HTTP_PROTOCOL, 0, shown->protocol);
	if (htp->parsed_uri)
		show(h, TX_HTTP_URI, 0, normal_uri(h, htp->parsed_uri));
}

void http_show_request_headers(struct http_tx *h, htp_tx_t *htp)
{
	show_raw(h, PACKET_TO_SERVER);
	show_headers(h, PACKET_TO_SERVER, htp->request_headers, 0, htp->request_line);
	h->shown.hostname = keep(h, htp->request_hostname);
	h->shown.port = htp->request_port_number;
	h->shown.request_content_type =
	    without_parameters(h->shown.request_content_type);
	show(h, TX_HTTP_HOST, 0, lower(h, htp->request_hostname));
	const bstr *raw = htp->parsed_uri ? htp->parsed_uri->hostname : NULL;
	const htp_header_t *host = htp_table_get_c(htp->request_headers, "Host");
	if (!raw && host)
		raw = host->value;
	show(h, TX_HTTP_HOST_RAW, 0, keep(h, raw));
}

void http_show_response_line(struct http_tx *h, htp_tx_t *htp)
{
	struct app_http *shown = &h->shown;
	struct span protocol = keep(h, htp->response_protocol);

	shown->status =
	    htp->response_status_number > 0 ? htp->response_status_number : 0;
	shown->status_text = keep(h, htp->response_status);
	if (!shown->protocol.len)
		shown->protocol = protocol;
	show(h, TX_HTTP_RESPONSE_LINE, 1, keep(h, htp->response_line));
	show(h, TX_HTTP_PROTOCOL, 1, protocol);
	show(h, TX_HTTP_STAT_CODE, 1, shown->status_text);
	show(h, TX_HTTP_STAT_MSG, 1, keep(h, htp->response_message));
}

void http_show_response_headers(struct http_tx *h, htp_tx_t *htp)
{
	show_raw(h, PACKET_TO_CLIENT);
	show_headers(h, PACKET_TO_CLIENT, htp->response_headers, 0, htp->response_line);
	h->shown.content_type = without_parameters(h->shown.content_type);
}

void http_show_trailer(
    struct http_tx *h, enum packet_dir dir, const htp_table_t *headers)
{
	show_headers(h, dir, headers, h->side[dir].headers, NULL);
}
