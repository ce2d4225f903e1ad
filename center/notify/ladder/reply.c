/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/ladder/internal.h"
#include "lib/base/clock.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>

/* A person's reply to what they were called with.  The name of that notice, 128 random bits
 * that only its recipient has seen, says which one it is; the address must be the one it went
 * to.  A notice of absence answers nothing (RFC 3834). */

struct reply {
	char names[8][200]; /* In-Reply-To and References, the newest first */
	unsigned n;
	char from[NOTIFY_ADDRESS_MAX + 1];
	int answered;
};

static void take_names(struct reply *r, const char *header)
{
	const char *at = header ? strrchr(header, '<') : NULL;

	while (at && r->n < sizeof(r->names) / sizeof(r->names[0])) {
		size_t len = strcspn(at + 1, ">");
		if (len < sizeof(r->names[0])) {
			memcpy(r->names[r->n], at + 1, len);
			r->names[r->n++][len] = '\0';
		}
		while (at > header && *--at != '<')
			;
		if (*at != '<' || at == header)
			break;
	}
}

static bool is_automatic(GMimeObject *o)
{
	static const char *const names[] = { "Auto-Submitted", "X-Autoreply",
		"X-Autorespond" };
	const char *precedence = g_mime_object_get_header(o, "Precedence");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = g_mime_object_get_header(o, names[i]);
		if (value && strncasecmp(value, "no", 2) != 0)
			return true;
	}
	return precedence && (strcasecmp(precedence, "bulk") == 0 ||
				 strcasecmp(precedence, "auto_reply") == 0 ||
				 strcasecmp(precedence, "junk") == 0);
}

static void take_from(struct reply *r, GMimeMessage *m)
{
	InternetAddressList *from = g_mime_message_get_from(m);
	InternetAddress *one = from && internet_address_list_length(from) == 1
				   ? internet_address_list_get_address(from, 0)
				   : NULL;
	const char *address =
	    one && INTERNET_ADDRESS_IS_MAILBOX(one)
		? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))
		: NULL;

	if (address && notify_address_ok(address))
		snprintf(r->from, sizeof(r->from), "%s", address);
}

static void read_reply(struct span mail, struct reply *r)
{
	GMimeStream *s =
	    g_mime_stream_mem_new_with_buffer((const char *)mail.at, mail.len);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);

	if (m && !is_automatic(GMIME_OBJECT(m))) {
		take_from(r, m);
		take_names(r, g_mime_object_get_header(GMIME_OBJECT(m), "In-Reply-To"));
		take_names(r, g_mime_object_get_header(GMIME_OBJECT(m), "References"));
	}
	if (m)
		g_object_unref(m);
	g_object_unref(p);
	g_object_unref(s);
}

static int take(struct store_db *db, void *arg)
{
	struct reply *r = arg;
	int64_t now_us = clock_now_us();

	r->answered = 0;
	for (unsigned i = 0; i < r->n; i++) {
		struct notify_ladder_call c;
		int err =
		    notify_ladder_find_notice(db, r->names[i], r->from, now_us, &c);
		if (err == 0)
			err = notify_ladder_answer(db, &c, "mail", now_us);
		if (err == 0)
			r->answered = 1;
		if (err != FAIL_MISSING && err != FAIL_CONFLICT)
			return err;
	}
	return 0;
}

static void start(void)
{
	g_mime_init();
}

int notify_ladder_reply(struct store *store, struct span mail)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct reply r = { 0 };

	pthread_once(&once, start);
	read_reply(mail, &r);
	if (!r.n || !*r.from)
		return 0;
	int err = store_write(store, take, &r);
	return err < 0 ? err : r.answered;
}
