/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/syslog/syslog.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define FACILITY 16 /* local0 */
/* For documentation (RFC 5612); an organisation with a number of its own has none of ours. */
#define SD_ID      "otasuke@32473"
#define TEXT_CUT   512u
#define CEF_VENDOR "otasuke"

/* RFC 5424 section 6.2.1 */
static int priority(enum record_severity s)
{
	static const int levels[] = {
		[RECORD_LOG] = 6, [RECORD_CAUTION] = 4, [RECORD_URGENT] = 2
	};

	return FACILITY * 8 + levels[s];
}

/* Text without control characters, `escaped` ones behind a backslash, cut at TEXT_CUT bytes
 * between two characters. */
static void add_text(struct buf *out, const char *text, const char *escaped)
{
	size_t n = strlen(text);

	if (n > TEXT_CUT)
		for (n = TEXT_CUT; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		char one[2] = { c < 0x20 || c == 0x7f ? ' ' : (char)c, 0 };
		if (strchr(escaped, one[0]))
			buf_add_text(out, "\\");
		buf_add_text(out, one);
	}
}

/* The printable ASCII of a name, at most `most` of it; "-" for nothing. */
static void add_name(struct buf *out, const char *name, size_t most)
{
	size_t n = 0;

	for (; *name && n < most; name++)
		if (*name > ' ' && *name < 0x7f) {
			buf_add(out, name, 1);
			n++;
		}
	if (n == 0)
		buf_add_text(out, "-");
}

static void add_header(struct buf *out, const struct publish_syslog_line *l)
{
	time_t s = (time_t)(l->at_us / 1000000);
	struct tm tm;
	char text[64];

	gmtime_r(&s, &tm);
	(void)snprintf(text, sizeof(text),
	    "<%d>1 %04d-%02d-%02dT%02d:%02d:%02d.%06" PRId64 "Z ",
	    priority(l->severity), tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, l->at_us % 1000000);
	buf_add_text(out, text);
	add_name(out, l->host, 255);
	buf_add_text(out, " otasuke-center - ");
	add_name(out, l->action, 32);
	buf_add_text(out, " ");
}

struct pair {
	const char *name, *text;
	int64_t number; /* when text is NULL */
};

#define PAIRS_MAX 16

/* What both forms say, under the names of the one or the other. */
static unsigned pairs_of(
    const struct publish_syslog_line *l, bool cef, struct pair pairs[PAIRS_MAX])
{
	const struct pair all[] = {
		{ cef ? "externalId" : "incident", NULL, l->incident_id },
		{ cef ? "cs1" : "company", l->company, 0 },
		{ cef ? "cn1" : "company_id", NULL, l->company_id },
		{ cef ? "dvchost" : "gate", l->gate, 0 },
		{ cef ? "shost" : "machine", l->machine, 0 },
		{ cef ? "smac" : "mac", l->mac, 0 },
		{ cef ? "src" : "ip", l->ip, 0 },
		{ cef ? "dst" : "peer", l->peer, 0 },
		{ cef ? "cs2" : "what", l->what, 0 },
		{ cef ? "cs3" : "state", l->state, 0 },
		{ cef ? "act" : "stopped", l->stopped ? "blocked" : "allowed", 0 },
		{ cef ? "cnt" : "events", NULL, l->events },
		{ cef ? "reason" : "detail", l->detail, 0 },
		{ cef ? "deviceCustomNumber1Label" : "audit", cef ? "companyId" : NULL,
		    l->audit_id },
	};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!all[i].text || all[i].text[0])
			pairs[n++] = all[i];
	return n;
}

static void add_value(struct buf *out, const struct pair *p, const char *escaped)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%" PRId64, p->number);
	add_text(out, p->text ? p->text : number, escaped);
}

static void write_rfc5424(const struct publish_syslog_line *l, struct buf *out)
{
	struct pair pairs[PAIRS_MAX];
	unsigned n = pairs_of(l, false, pairs);

	buf_add_text(out, "[" SD_ID " cause=\"");
	buf_add_text(out, record_cause_id(l->cause));
	buf_add_text(out, "\"");
	for (unsigned i = 0; i < n; i++) {
		buf_add_text(out, " ");
		buf_add_text(out, pairs[i].name);
		buf_add_text(out, "=\"");
		add_value(out, &pairs[i], "\"\\]");
		buf_add_text(out, "\"");
	}
	/* A byte order mark says that the text is UTF-8 (section 6.4). */
	buf_add_text(out, "] \xef\xbb\xbf");
	add_text(out, record_cause_title(l->cause, RECORD_JA), "");
	buf_add_text(out, " / ");
	add_text(out, l->company, "");
}

static void write_cef(const struct publish_syslog_line *l, struct buf *out)
{
	static const int levels[] = {
		[RECORD_LOG] = 2, [RECORD_CAUTION] = 6, [RECORD_URGENT] = 9
	};
	struct pair pairs[PAIRS_MAX];
	unsigned n = pairs_of(l, true, pairs);
	char text[64];

	buf_add_text(out, "- CEF:0|" CEF_VENDOR "|centre|" OTASUKE_VERSION "|");
	add_text(out, record_cause_id(l->cause), "\\|");
	buf_add_text(out, "|");
	add_text(out, record_cause_title(l->cause, RECORD_EN), "\\|");
	(void)snprintf(text, sizeof(text), "|%d|rt=%" PRId64, levels[l->severity],
	    l->at_us / 1000);
	buf_add_text(out, text);
	buf_add_text(out, " cs1Label=company cs2Label=what cs3Label=state cat=");
	add_text(out, l->action, "\\=");
	for (unsigned i = 0; i < n; i++) {
		buf_add_text(out, " ");
		buf_add_text(out, pairs[i].name);
		buf_add_text(out, "=");
		add_value(out, &pairs[i], "\\=");
	}
}

void publish_syslog_write(
    const struct publish_syslog_line *l, bool cef, struct buf *out)
{
	add_header(out, l);
	if (cef)
		write_cef(l, out);
	else
		write_rfc5424(l, out);
}
