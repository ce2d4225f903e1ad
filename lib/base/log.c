/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *log_program = "otasuke";
static enum log_level log_most = LOG_INFO;

void log_init(const char *program, enum log_level most)
{
	log_program = program;
	log_most = most;
}

void log_say(enum log_level level, const char *id, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char line[LOG_LINE_MAX];
	char when[40];
	struct tm tm;
	time_t now = time(NULL);

	if (level > log_most)
		return;
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &tm);
	int head = snprintf(
	    line, sizeof(line), "%s %s %s %s ", when, log_program, names[level], id);
	size_t len = (size_t)head < sizeof(line) ? (size_t)head : sizeof(line) - 1;
	va_list ap;
	va_start(ap, fmt);
	int body = vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (body > 0)
		len += (size_t)body;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	/* What strangers sent must not start a line of its own. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nobody left to tell */
}
