/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A report has three parts (RFC 6522): words for people, message/delivery-status with groups
 * of fields, and what was sent.  We read the second, and from the third the Message-ID. */
#define GROUPS_MAX  20
#define PARTS_MAX   50
#define HEADERS_MAX 65536u

static void clean(char *to, size_t room, const char *from)
{
	size_t n = 0;

	for (; from && *from && n < room - 1; from++) {
		unsigned char c = (unsigned char)*from;
		if (c > 0x20 && c < 0x7f)
			to[n++] = (char)c;
		else if (n && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	while (n && to[n - 1] == ' ')
		n--;
	to[n] = 0;
}

/* "rfc822; a@b.example": what stands behind the type. */
static const char *behind_type(const char *value)
{
	const char *semicolon = value ? strchr(value, ';') : NULL;

	return semicolon ? semicolon + 1 + strspn(semicolon + 1, " \t") : value;
}

/* A name is 32 hex digits with `before` in front (or nothing) and @ behind. */
static bool take_name(const char *text, const char *before, char name[33])
{
	size_t len = strlen(before);

	for (; text && *text; text++) {
		if (strncmp(text, before, len) != 0)
			continue;
		if (strspn(text + len, "0123456789abcdef") == 32 &&
		    text[len + 32] == '@') {
			memcpy(name, text + len, 32);
			name[32] = 0;
			return true;
		}
		if (len == 0)
			text += strspn(text, "0123456789abcdef");
		if (!*text)
			break;
	}
	return false;
}

static void take_group(GMimeHeaderList *fields, struct notify_bounce *b)
{
	GMimeHeader *action = g_mime_header_list_get_header(fields, "Action");
	GMimeHeader *status = g_mime_header_list_get_header(fields, "Status");
	GMimeHeader *to = g_mime_header_list_get_header(fields, "Final-Recipient");
	GMimeHeader *said = g_mime_header_list_get_header(fields, "Diagnostic-Code");
	char word[16];

	if (!action)
		return;
	clean(word, sizeof(word), g_mime_header_get_value(action));
	enum notify_bounce_kind kind =
	    strcasecmp(word, "failed") == 0    ? NOTIFY_BOUNCE_FAILED
	    : strcasecmp(word, "delayed") == 0 ? NOTIFY_BOUNCE_LATER
	    : strcasecmp(word, "delivered") == 0 || strcasecmp(word, "relayed") == 0 ||
		    strcasecmp(word, "expanded") == 0
		? NOTIFY_BOUNCE_ARRIVED
		: NOTIFY_BOUNCE_NONE;
	/* The worst of several counts: our notices have one recipient. */
	if (kind == NOTIFY_BOUNCE_NONE || b->kind == NOTIFY_BOUNCE_FAILED)
		return;
	b->kind = kind;
	clean(b->status, sizeof(b->status),
	    status ? g_mime_header_get_value(status) : "");
	clean(b->recipient, sizeof(b->recipient),
	    to ? behind_type(g_mime_header_get_value(to)) : "");
	clean(b->diagnostic, sizeof(b->diagnostic),
	    said ? behind_type(g_mime_header_get_value(said)) : "");
}

/* The part's text as gmime decodes it: gmime itself takes message/delivery-status apart only
 * when its groups are well formed, so they are read here. */
static void take_status(GMimeObject *part, struct notify_bounce *b)
{
	GMimeDataWrapper *content =
	    GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
	GMimeStream *text = content ? g_mime_stream_mem_new() : NULL;

	if (!text)
		return;
	g_mime_data_wrapper_write_to_stream(content, text);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(text));
	const char *at = (const char *)bytes->data, *end = at + bytes->len;
	for (int i = 0; i < GROUPS_MAX && at && at < end; i++) {
		/* Each group is read as the header of a message of its own. */
		const char *gap = memmem(at, (size_t)(end - at), "\n\n", 2);
		const char *crlf = memmem(at, (size_t)(end - at), "\n\r\n", 3);
		const char *stop = crlf && (!gap || crlf < gap) ? crlf + 3
				   : gap                        ? gap + 2
								: end;
		GMimeStream *group =
		    g_mime_stream_mem_new_with_buffer(at, (size_t)(stop - at));
		GMimeParser *parser = g_mime_parser_new_with_stream(group);
		GMimeObject *one = g_mime_parser_construct_part(parser, NULL);
		if (one) {
			take_group(g_mime_object_get_header_list(one), b);
			g_object_unref(one);
		}
		g_object_unref(parser);
		g_object_unref(group);
		at = stop;
	}
	g_object_unref(text);
}

static void take_id_of(GMimeObject *object, struct notify_bounce *b)
{
	const char *id = g_mime_object_get_header(object, "Message-ID");

	if (!b->name[0] && id)
		take_name(id, "", b->name);
}

/* text/rfc822-headers, or a message that gmime left as bytes. */
static void take_id_in_text(GMimePart *part, struct notify_bounce *b)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *text = content && !b->name[0] ? g_mime_stream_mem_new() : NULL;

	if (!text)
		return;
	g_mime_data_wrapper_write_to_stream(content, text);
	g_mime_stream_write(text, "", 1);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(text));
	const char *at = (const char *)bytes->data;
	for (; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncasecmp(at, "Message-ID:", 11) == 0) {
			char line[300];
			snprintf(
			    line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
			take_name(line, "", b->name);
			break;
		}
	}
	g_object_unref(text);
}

static void take_part(GMimeObject *part, struct notify_bounce *b)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);

	if (!type)
		return;
	if (g_mime_content_type_is_type(type, "message", "delivery-status") ||
	    g_mime_content_type_is_type(type, "message", "global-delivery-status"))
		take_status(part, b);
	else if (GMIME_IS_MESSAGE_PART(part)) {
		GMimeMessage *m =
		    g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
		if (m)
			take_id_of(GMIME_OBJECT(m), b);
	} else if (GMIME_IS_PART(part) &&
		   (g_mime_content_type_is_type(type, "text", "rfc822-headers") ||
		       g_mime_content_type_is_type(type, "message", "*")))
		take_id_in_text(GMIME_PART(part), b);
}

/* Bounces+NAME stands where the last server wrote to whom it gave the mail. */
static void take_envelope(GMimeObject *mail, struct notify_bounce *b)
{
	static const char *const headers[] = { "Envelope-To", "Delivered-To",
		"X-Original-To", "To" };

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]) && !b->name[0];
	     i++) {
		const char *value = g_mime_object_get_header(mail, headers[i]);
		if (value && strlen(value) < 2000)
			take_name(value, "+", b->name);
	}
}

static void take_mail(GMimeMessage *mail, struct notify_bounce *b)
{
	GMimeObject *body = g_mime_message_get_mime_part(mail);
	GMimeContentType *type = body ? g_mime_object_get_content_type(body) : NULL;

	if (!type || !g_mime_content_type_is_type(type, "multipart", "report") ||
	    !GMIME_IS_MULTIPART(body))
		return;
	take_envelope(GMIME_OBJECT(mail), b);
	int n = g_mime_multipart_get_count(GMIME_MULTIPART(body));
	for (int i = 0; i < n && i < PARTS_MAX; i++)
		take_part(g_mime_multipart_get_part(GMIME_MULTIPART(body), i), b);
}

static void start(void)
{
	g_mime_init();
}

void notify_bounce_read(struct span mail, struct notify_bounce *b)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	*b = (struct notify_bounce){ 0 };
	pthread_once(&once, start);
	if (mail.len > NOTIFY_BOUNCE_MAX)
		mail.len = NOTIFY_BOUNCE_MAX;
	if (mail.len == 0)
		return;
	GMimeStream *stream =
	    g_mime_stream_mem_new_with_buffer((const char *)mail.at, mail.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	if (message) {
		take_mail(message, b);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	if (!b->name[0])
		b->kind = NOTIFY_BOUNCE_NONE;
}
