/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/http/internal.h"

#include <strings.h>

static void on_header(void *ctx, unsigned depth, struct span name, struct span value)
{
	(void)ctx;
	(void)depth;
	(void)name;
	(void)value;
}

static void on_part(void *ctx, const struct app_mime_part *part)
{
	struct http_tx *h = ctx;
	struct http_form *form = &h->form;

	form->part_is_file = part->name.len > 0 && h->home;
	if (!form->part_is_file)
		return;
	form->file = app_file_open(h->home->app, h->tx, PACKET_TO_SERVER, part->name);
	app_parts_begin(&form->files, h->tx);
}

static void on_bytes(void *ctx, struct span bytes)
{
	struct http_tx *h = ctx;

	if (!h->form.part_is_file || !h->home)
		return;
	app_file_bytes(h->home->app, h->form.file, bytes);
	app_parts_add(&h->form.files, h->tx, PACKET_TO_SERVER, bytes,
	    h->home->app->conf.request_body_max);
}

static void on_part_end(void *ctx, bool whole)
{
	struct http_tx *h = ctx;

	if (h->form.part_is_file && h->home)
		app_file_close(h->home->app, h->form.file, whole);
	app_parts_end(&h->form.files);
	h->form.file = NULL;
	h->form.part_is_file = false;
}

static void on_odd(void *ctx, enum app_mime_odd what)
{
	struct http_tx *h = ctx;

	if (what == APP_MIME_MALFORMED)
		app_event_note(h->tx, APP_EVENT_HTTP_FORM_HEADER);
	else if (what == APP_MIME_LONG_FILENAME)
		app_event_note(h->tx, APP_EVENT_HTTP_NAME_TOO_LONG);
}

static bool is_form(struct span type)
{
	static const char form[] = "multipart/form-data";

	return type.len >= sizeof(form) - 1 &&
	       strncasecmp((const char *)type.at, form, sizeof(form) - 1) == 0;
}

void http_form_begin(struct http_tx *h, const htp_tx_t *htp)
{
	const struct app_mime_sink sink = { .ctx = h,
		.header = on_header,
		.part = on_part,
		.bytes = on_bytes,
		.part_end = on_part_end,
		.odd = on_odd };
	const htp_header_t *type =
	    htp_table_get_c(htp->request_headers, "Content-Type");
	struct buf boundary;

	if (!type || !is_form(http_span(type->value)))
		return;
	buf_init(&boundary, APP_MIME_BOUNDARY_MAX);
	if (app_mime_parameter(http_span(type->value), "boundary", &boundary) &&
	    boundary.len && !boundary.overflowed)
		h->form.mime = app_mime_new(&sink, buf_span(&boundary));
	else
		app_event_note(h->tx, APP_EVENT_HTTP_FORM_ERROR);
	buf_fini(&boundary);
}

void http_form_bytes(struct http_tx *h, struct span bytes)
{
	app_mime_feed(h->form.mime, bytes);
}

void http_form_end(struct http_tx *h, bool whole)
{
	if (!h->form.mime)
		return;
	app_mime_end(h->form.mime, whole);
	app_mime_free(h->form.mime);
	h->form.mime = NULL;
}
