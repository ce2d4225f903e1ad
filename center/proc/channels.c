/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/proc/channels.h"
#include "lib/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The settings of the channels, as notify wants them. */

/* The first line of the file that a setting names; none is no failure. */
static int read_secret(
    const struct conf *conf, const char *key, char secret[PROC_SECRET_MAX])
{
	const char *file = conf_text(conf, key);
	FILE *f = file ? fopen(file, "re") : NULL;

	if (!file)
		return 0;
	if (!f || !fgets(secret, PROC_SECRET_MAX, f)) {
		log_error("C006", "cannot read %s %s: %s", key, file, strerror(errno));
		if (f)
			fclose(f);
		return FAIL_IO;
	}
	fclose(f);
	secret[strcspn(secret, "\r\n")] = 0;
	return 0;
}

#define GATEWAY(conf, at)                                  \
	{                                                  \
		.url = conf_text(conf, at ".url"),         \
		.method = conf_text(conf, at ".method"),   \
		.headers = conf_text(conf, at ".headers"), \
		.body = conf_text(conf, at ".body"),       \
		.type = conf_text(conf, at ".type"),       \
		.ok_json = conf_text(conf, at ".ok_json"), \
		.ok_text = conf_text(conf, at ".ok_text"), \
	}

static void fill_mail(const struct conf *conf, struct notify_conf *n)
{
	n->portal_url = conf_text(conf, "portal.url");
	n->from = conf_text(conf, "smtp.from");
	n->from_name_ja = conf_text(conf, "smtp.name_ja");
	n->from_name_en = conf_text(conf, "smtp.name_en");
	n->smtp_url = conf_text(conf, "smtp.url");
	n->smtp_user = conf_text(conf, "smtp.user");
	n->smtp_tls = conf_text(conf, "smtp.tls");
	n->bounce = conf_text(conf, "bounce.address");
	n->bounce_maildir = conf_text(conf, "bounce.maildir");
	n->caution_delay_s = (unsigned)conf_int(conf, "notify.caution_delay_s");
	n->retry_s = (unsigned)conf_int(conf, "notify.retry_s");
}

static void fill_others(const struct conf *conf, struct notify_conf *n)
{
	n->private_ok = conf_bool(conf, "webhook.private");
	n->ca_file = conf_text(conf, "notify.ca_file");
	n->webhook_off_s = (unsigned)conf_int(conf, "webhook.off_s");
	n->sms = (struct notify_gateway)GATEWAY(conf, "sms");
	n->sms.parts = (unsigned)conf_int(conf, "sms.parts");
	n->voice = (struct notify_gateway)GATEWAY(conf, "voice");
	n->line_url = conf_text(conf, "line.url");
	n->line_month = (unsigned)conf_int(conf, "line.month");
	n->line_reserve = (unsigned)conf_int(conf, "line.reserve");
	n->fax_dir = conf_text(conf, "fax.dir");
	n->fax_mail = conf_text(conf, "fax.mail");
}

/* A file that another centre on this PostgreSQL does not have. */
static void choose_self(const struct conf *conf, struct proc_channels *c)
{
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(c->self, sizeof(c->self), "%s:%s", host, conf_text(conf, "data.dir"));
}

static int check_addresses(const struct notify_conf *n)
{
	const char *wrong = !notify_address_ok(n->from) ? "smtp.from"
			    : n->bounce && !notify_address_ok(n->bounce)
				? "bounce.address"
				: NULL;

	if (!wrong)
		return 0;
	log_error("C007", "%s %s is not a mail address", wrong,
	    strcmp(wrong, "smtp.from") == 0 ? n->from : n->bounce);
	return FAIL_FORMAT;
}

int proc_channels(const struct conf *conf, struct proc_channels *c)
{
	struct notify_conf *n = &c->notify;

	*c = (struct proc_channels){ 0 };
	fill_mail(conf, n);
	fill_others(conf, n);
	choose_self(conf, c);
	n->self = c->self;
	int err = read_secret(conf, "smtp.password_file", c->smtp);
	if (err == 0)
		err = read_secret(conf, "oidc.secret_file", c->oidc);
	if (err == 0)
		err = read_secret(conf, "sms.secret_file", c->sms);
	if (err == 0)
		err = read_secret(conf, "voice.secret_file", c->voice);
	if (err == 0)
		err = read_secret(conf, "line.token_file", c->line);
	n->smtp_password = c->smtp;
	n->sms.secret = c->sms;
	n->voice.secret = c->voice;
	n->line_token = c->line[0] ? c->line : NULL;
	return err < 0 ? err : check_addresses(n);
}
