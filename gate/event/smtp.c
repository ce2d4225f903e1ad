/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"

static void put_mail(struct event *e, const struct app_smtp *smtp)
{
	struct span names[APP_SMTP_PARTS_MAX];

	for (unsigned i = 0; i < smtp->attachment_count; i++)
		names[i] = smtp->attachments[i].name;
	event_text(e, RECORD_F_EMAIL_FROM, smtp->from);
	event_list(e, RECORD_F_EMAIL_TO, smtp->to, smtp->to_count);
	event_list(e, RECORD_F_EMAIL_CC, smtp->cc, smtp->cc_count);
	event_text(e, RECORD_F_EMAIL_SUBJECT, smtp->subject);
	event_list(e, RECORD_F_EMAIL_ATTACHMENT, names, smtp->attachment_count);
	event_list(e, RECORD_F_EMAIL_URL, smtp->urls, smtp->url_count);
	record_text(&e->rec, RECORD_F_EMAIL_STATUS,
	    smtp->mail_done ? "PARSE_DONE" : "BODY_STARTED");
}

void event_smtp_object(struct event *e, const struct app_smtp *smtp)
{
	event_text(e, RECORD_F_SMTP_HELO, smtp->helo);
	event_text(e, RECORD_F_SMTP_FROM, smtp->mail_from);
	event_list(e, RECORD_F_SMTP_RCPT, smtp->rcpt_to, smtp->rcpt_count);
	if (smtp->has_mail)
		put_mail(e, smtp);
}
