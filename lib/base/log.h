/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Tells the operator, on standard error, one line a message:
 *   2026-11-21T09:30:00+0900 otasuke-gate warn G012 spool is full: …
 * `id` is stable (docs/reference lists them); the text is for people and says the remedy.
 * Threads: any; a line is written with one write(2).
 * Limits: a line is cut at LOG_LINE_MAX bytes.
 */
#define LOG_LINE_MAX 2048u

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* `program` is borrowed for ever.  Levels above `most` are not written. */
void log_init(const char *program, enum log_level most);

void log_say(enum log_level level, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(id, ...) log_say(LOG_ERROR, id, __VA_ARGS__)
#define log_warn(id, ...)  log_say(LOG_WARN, id, __VA_ARGS__)
#define log_info(id, ...)  log_say(LOG_INFO, id, __VA_ARGS__)
#define log_debug(id, ...) log_say(LOG_DEBUG, id, __VA_ARGS__)
