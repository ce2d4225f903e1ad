/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/pdf.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>

/* A4 for a FAX machine: black on white, nothing thin, nothing grey, letters that stay legible
 * at 200 by 100 dots an inch.  Fonts are embedded in part, so the text can be searched. */
#define WIDTH  595.0 /* A4 in points */
#define HEIGHT 842.0
#define MARGIN 56.0 /* 2 cm: FAX machines cut the edge off */
#define FOOT   30.0
#define FONT   "IPAexGothic"
#define PAGES  10
#define TITLE  22
#define BODY   15

struct sheet {
	cairo_t *cr;
	PangoLayout *layout;
	double y;
	int page;
	const char *foot;
};

static cairo_status_t take(void *arg, const unsigned char *bytes, unsigned len)
{
	struct buf *b = arg;

	buf_add(b, bytes, len);
	return b->overflowed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void set_font(struct sheet *s, int size, bool bold)
{
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family(font, FONT);
	pango_font_description_set_size(font, size * PANGO_SCALE);
	if (bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	pango_layout_set_font_description(s->layout, font);
	pango_font_description_free(font);
}

static void write_foot(struct sheet *s)
{
	char text[200];

	set_font(s, 10, false);
	snprintf(text, sizeof(text), "%s  – %d –", s->foot, s->page);
	pango_layout_set_text(s->layout, text, -1);
	pango_layout_set_alignment(s->layout, PANGO_ALIGN_CENTER);
	cairo_move_to(s->cr, MARGIN, HEIGHT - MARGIN);
	pango_cairo_show_layout(s->cr, s->layout);
	pango_layout_set_alignment(s->layout, PANGO_ALIGN_LEFT);
}

static bool next_page(struct sheet *s)
{
	write_foot(s);
	cairo_show_page(s->cr);
	s->y = MARGIN;
	return ++s->page <= PAGES;
}

/* White on black in a box that even a bad line does not lose. */
static void write_title(struct sheet *s, const char *title)
{
	int width, height;

	set_font(s, TITLE, true);
	pango_layout_set_text(s->layout, title, -1);
	pango_layout_set_width(
	    s->layout, (int)((WIDTH - 2 * MARGIN - 24) * PANGO_SCALE));
	pango_layout_get_pixel_size(s->layout, &width, &height);
	cairo_set_line_width(s->cr, 3);
	cairo_rectangle(s->cr, MARGIN, s->y, WIDTH - 2 * MARGIN, height + 20);
	cairo_stroke(s->cr);
	cairo_move_to(s->cr, MARGIN + 12, s->y + 10);
	pango_cairo_show_layout(s->cr, s->layout);
	pango_layout_set_width(s->layout, (int)((WIDTH - 2 * MARGIN) * PANGO_SCALE));
	s->y += height + 36;
}

/* Line by line, so that a page ends between two. */
static void write_body(struct sheet *s, const char *body)
{
	struct buf lines;

	buf_init(&lines, 1u << 20);
	buf_add_text(&lines, body);
	set_font(s, BODY, false);
	pango_layout_set_text(s->layout, buf_text(&lines), -1);
	/* The layout is used again for the foot: keep the lines' own copy. */
	PangoLayout *all = pango_layout_copy(s->layout);
	PangoLayoutIter *i = pango_layout_get_iter(all);
	do {
		PangoLayoutLine *line = pango_layout_iter_get_line_readonly(i);
		PangoRectangle box;
		pango_layout_line_get_extents(line, NULL, &box);
		double height = (double)box.height / PANGO_SCALE * 1.25;
		if (s->y + height > HEIGHT - MARGIN - FOOT && !next_page(s))
			break;
		cairo_move_to(s->cr, MARGIN, s->y - (double)box.y / PANGO_SCALE);
		pango_cairo_show_layout_line(s->cr, line);
		s->y += height;
	} while (pango_layout_iter_next_line(i));
	pango_layout_iter_free(i);
	g_object_unref(all);
	buf_fini(&lines);
}

/* What is no UTF-8 becomes a question mark; control characters vanish. */
static char *clean(const char *text)
{
	char *copy = g_utf8_make_valid(text, -1), *to = copy;

	for (const char *from = copy; *from; from++)
		if ((unsigned char)*from >= 0x20 || *from == '\n')
			*to++ = *from;
	*to = 0;
	return copy;
}

int notify_pdf(const char *title, const char *body, const char *foot, struct buf *out)
{
	cairo_surface_t *surface =
	    cairo_pdf_surface_create_for_stream(take, out, WIDTH, HEIGHT);
	struct sheet s = { .cr = cairo_create(surface), .y = MARGIN, .page = 1 };
	char *t = clean(title), *b = clean(body), *f = clean(foot);

	s.foot = f;
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, t);
	s.layout = pango_cairo_create_layout(s.cr);
	pango_layout_set_width(s.layout, (int)((WIDTH - 2 * MARGIN) * PANGO_SCALE));
	pango_layout_set_wrap(s.layout, PANGO_WRAP_WORD_CHAR);
	write_title(&s, t);
	write_body(&s, b);
	if (s.page <= PAGES)
		write_foot(&s);
	g_object_unref(s.layout);
	cairo_destroy(s.cr);
	cairo_surface_finish(surface);
	cairo_status_t status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	g_free(t);
	g_free(b);
	g_free(f);
	return out->overflowed                  ? FAIL_LIMIT
	       : status == CAIRO_STATUS_SUCCESS ? 0
						: FAIL_IO;
}
