/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/bounce/bounce.h"
#include "lib/base/must.h"

/* A mail that came to the bounces' address, from anybody.  Whatever it is: the texts are
 * short plain lines, a name is 32 hex digits or nothing, and without a name it is no
 * report. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_line(const char *text, size_t room)
{
	must(strlen(text) < room);
	for (; *text; text++)
		must((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct notify_bounce b, again;

	if (len > NOTIFY_BOUNCE_MAX)
		return 0;
	notify_bounce_read(span_of(bytes, len), &b);
	check_line(b.status, sizeof(b.status));
	check_line(b.recipient, sizeof(b.recipient));
	check_line(b.diagnostic, sizeof(b.diagnostic));
	must(!b.name[0] || strspn(b.name, "0123456789abcdef") == 32);
	must(b.name[0] || b.kind == NOTIFY_BOUNCE_NONE);
	notify_bounce_read(span_of(bytes, len), &again);
	must(again.kind == b.kind && strcmp(again.name, b.name) == 0);
	return 0;
}
