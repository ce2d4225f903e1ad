/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"
#include "center/notify/channel/pdf.h"
#include "center/notify/channel/template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* A page for a FAX machine: into a directory that a FAX program looks through, or by mail to
 * a gateway.  A file has the number in its name and appears whole or not at all. */

static bool ready(const struct notify_conf *conf)
{
	return conf->fax_dir || (conf->fax_mail && conf->smtp_url);
}

static int render(struct notify_try *t, struct buf *pdf)
{
	const struct notify_notice *n = &t->notice;
	char foot[120];

	snprintf(foot, sizeof(foot), "%s %.8s",
	    n->lang != RECORD_EN ? "見守りセンター" : "Otasuke centre", n->message_id);
	if (notify_pdf(n->subject, n->body, foot, pdf) == 0)
		return 0;
	snprintf(t->why, sizeof(t->why), "the page could not be drawn");
	return FAIL_DENIED;
}

static int write_all(int fd, struct span bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.at, bytes.len);
		if (n < 0)
			return FAIL_IO;
		bytes.at += n;
		bytes.len -= (uint32_t)n;
	}
	return fsync(fd) < 0 ? FAIL_IO : 0;
}

static int put_file(struct notify_try *t, const char *to, struct span pdf)
{
	char part[PATH_MAX], whole[PATH_MAX];
	int name = (int)strcspn(t->notice.message_id, "@");

	snprintf(part, sizeof(part), "%s/.%s-%.*s.part", t->conf->fax_dir, to, name,
	    t->notice.message_id);
	snprintf(whole, sizeof(whole), "%s/%s-%.*s.pdf", t->conf->fax_dir, to, name,
	    t->notice.message_id);
	int fd =
	    open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	int err = fd < 0 ? FAIL_IO : write_all(fd, pdf);
	if (err < 0)
		snprintf(t->why, sizeof(t->why), "cannot write into %s: %s",
		    t->conf->fax_dir, strerror(errno));
	if (fd >= 0 && close(fd) < 0)
		err = FAIL_IO;
	if (err == 0 && rename(part, whole) < 0) {
		snprintf(t->why, sizeof(t->why), "cannot write into %s: %s",
		    t->conf->fax_dir, strerror(errno));
		err = FAIL_IO;
	}
	snprintf(t->reference, sizeof(t->reference), "%s-%.*s.pdf", to, name,
	    t->notice.message_id);
	return err < 0 ? err : 1;
}

static int put_mail(struct notify_try *t, const char *number, struct span pdf)
{
	const struct notify_conf *c = t->conf;
	const struct notify_notice *n = &t->notice;
	struct notify_values v = { .to = number, .text = "", .id = "" };
	struct buf to;

	buf_init(&to, 512);
	notify_template(&to, c->fax_mail, NOTIFY_IN_TEXT, &v);
	struct notify_mail mail = { .from = c->from,
		.from_name = "FAX",
		.to = buf_text(&to),
		.subject = n->subject,
		.body = "",
		.message_id = n->message_id,
		.in_reply_to = "",
		.date_us = t->now_us,
		.attachment = pdf,
		.attachment_name = "notice.pdf",
		.attachment_type = "application/pdf" };
	int err = notify_mail_write(&mail, &t->out) < 0 ? FAIL_DENIED : 0;
	if (err == 0)
		err = notify_try_smtp(t, buf_text(&to));
	else
		snprintf(t->why, sizeof(t->why), "fax.mail gives no mail address");
	buf_fini(&to);
	return err;
}

static int open_fax(struct notify_try *t)
{
	char number[20];
	struct buf pdf;

	if (!notify_phone_ok(t->notice.recipient)) {
		snprintf(t->why, sizeof(t->why), "not a FAX number");
		return FAIL_DENIED;
	}
	notify_phone_plain(t->notice.recipient, number);
	buf_init(&pdf, NOTIFY_PDF_MAX);
	int err = render(t, &pdf);
	if (err == 0)
		err = t->conf->fax_dir ? put_file(t, number, buf_span(&pdf))
				       : put_mail(t, number, buf_span(&pdf));
	buf_fini(&pdf);
	return err;
}

static int done_fax(struct notify_try *t, CURLcode rc)
{
	return notify_mail_channel.done(t, rc);
}

const struct notify_channel notify_fax_channel = { .name = "fax",
	.at_once = 2,
	.ready = ready,
	.address_ok = notify_phone_ok,
	.open = open_fax,
	.done = done_fax };
