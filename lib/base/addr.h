/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/span.h"

/* An IPv4 or IPv6 address in network order.  `version` 0 means none. */
struct addr {
	uint8_t bytes[16]; /* IPv4: the first four, the rest zero */
	uint8_t version;   /* 0, 4 or 6 */
};

/* A block of addresses in CIDR form. */
struct addr_net {
	struct addr base;
	uint8_t bits; /* 0..32 or 0..128 */
};

#define ADDR_TEXT_MAX 46u

struct addr addr_v4(const uint8_t bytes[4]);
struct addr addr_v6(const uint8_t bytes[16]);
bool addr_equal(const struct addr *a, const struct addr *b);
bool addr_inside(const struct addr *a, const struct addr_net *net);
/* Text form (RFC 5952 for IPv6); `text` has room for ADDR_TEXT_MAX. */
void addr_format(const struct addr *a, char *text);
/* "192.0.2.1", "2001:db8::1"; 0 or FAIL_FORMAT. */
int addr_parse(const char *text, struct addr *a);
/* "192.0.2.0/24", or an address alone; 0 or FAIL_FORMAT. */
int addr_net_parse(const char *text, struct addr_net *net);
