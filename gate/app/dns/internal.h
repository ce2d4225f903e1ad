/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/dns/dns.h"

#define APP_DNS_HEADER_LEN 12u

/* What was wrong with a message; each bit is one app event. */
enum app_dns_wrong {
	APP_DNS_MALFORMED = 1,
	APP_DNS_LONG_NAME = 2,
	APP_DNS_LOOP = 4,
	APP_DNS_LABELS = 8,
	APP_DNS_AUTHORITIES = 16,
	APP_DNS_ADDITIONALS = 32,
	APP_DNS_CUT = 64, /* more records or bytes than we keep: no event */
};

/* Could these be the first bytes of a message?  `s` holds at least its header. */
bool app_dns_looks_right(struct span s);

/* Reads what can be read of `message` into `dns`, with copies in `arena`; returns what was
 * wrong (enum app_dns_wrong). */
unsigned app_dns_read(struct span message, struct arena *arena, struct app_dns *dns);
