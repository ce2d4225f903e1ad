/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/syslog/syslog.h"
#include "tests/check.h"

static const struct publish_syslog_line plain = { .at_us = 1763683200000123,
	.audit_id = 9,
	.incident_id = 7,
	.company_id = 3,
	.events = 12,
	.action = "incident.open",
	.detail = "urgent",
	.company = "見本ねじ製作所",
	.gate = "gate-1",
	.machine = "keiri-pc",
	.mac = "00:00:5e:00:53:01",
	.ip = "192.168.1.23",
	.what = "sample rule",
	.peer = "198.51.100.7",
	.state = "new",
	.cause = RECORD_CAUSE_BACKDOOR,
	.severity = RECORD_URGENT,
	.stopped = true,
	.host = "centre.example" };

static const char *written(const struct publish_syslog_line *l, bool cef)
{
	static char text[16384];
	struct buf out;

	buf_init(&out, sizeof(text));
	publish_syslog_write(l, cef, &out);
	(void)snprintf(text, sizeof(text), "%s", buf_text(&out));
	buf_fini(&out);
	return text;
}

static void both_forms(void)
{
	check_text(written(&plain, false),
	    "<130>1 2025-11-21T00:00:00.000123Z centre.example otasuke-center - "
	    "incident.open [otasuke@32473 cause=\"BACKDOOR\" incident=\"7\" "
	    "company=\"見本ねじ製作所\" company_id=\"3\" gate=\"gate-1\" "
	    "machine=\"keiri-pc\" mac=\"00:00:5e:00:53:01\" ip=\"192.168.1.23\" "
	    "peer=\"198.51.100.7\" what=\"sample rule\" state=\"new\" stopped=\"blocked\" "
	    "events=\"12\" detail=\"urgent\" audit=\"9\"] \xef\xbb\xbf裏口の通信 / "
	    "見本ねじ製作所");
	check_text(written(&plain, true),
	    "<130>1 2025-11-21T00:00:00.000123Z centre.example otasuke-center - "
	    "incident.open - CEF:0|otasuke|centre|" OTASUKE_VERSION
	    "|BACKDOOR|Backdoor traffic from inside|9|rt=1763683200000 cs1Label=company "
	    "cs2Label=what cs3Label=state cat=incident.open externalId=7 "
	    "cs1=見本ねじ製作所 cn1=3 dvchost=gate-1 shost=keiri-pc "
	    "smac=00:00:5e:00:53:01 src=192.168.1.23 dst=198.51.100.7 cs2=sample rule "
	    "cs3=new act=blocked cnt=12 reason=urgent "
	    "deviceCustomNumber1Label=companyId");
}

/* A machine may call itself anything. */
static void texts_do_not_break_out(void)
{
	struct publish_syslog_line l = plain;

	l.machine = "x\"] evil=\"1\n<0>1 forged\\";
	l.what = "a|b=c\r\nd";
	l.mac = "";
	l.host = "two words\n";
	const char *text = written(&l, false);
	check(strstr(text, "machine=\"x\\\"\\] evil=\\\"1 <0>1 forged\\\\\"") != NULL);
	check(!strpbrk(text, "\r\n") && !strstr(text, "mac="));
	check(strstr(text, "Z twowords otasuke") != NULL);
	text = written(&l, true);
	check(strstr(text, "cs2=a|b\\=c  d ") != NULL);
	check(!strpbrk(text, "\r\n"));
}

static void long_texts_are_cut_between_characters(void)
{
	static char text[2000];
	struct publish_syslog_line l = plain;

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "あ", 3);
	l.machine = l.what = l.detail = l.company = l.peer = text;
	for (unsigned cef = 0; cef < 2; cef++) {
		const char *line = written(&l, cef);
		check(strlen(line) < PUBLISH_SYSLOG_LINE_MAX);
		check(strstr(line, cef ? "cs2=あ" : "what=\"あ") != NULL);
		check(strstr(line, cef ? "あ cs3=" : "あ\" state=") != NULL);
	}
}

CHECK_MAIN(both_forms, texts_do_not_break_out, long_texts_are_cut_between_characters)
