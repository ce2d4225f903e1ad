/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/addr.h"

#include "lib/base/fail.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

struct addr addr_v4(const uint8_t bytes[4])
{
	struct addr a = { .version = 4 };
	memcpy(a.bytes, bytes, 4);
	return a;
}

struct addr addr_v6(const uint8_t bytes[16])
{
	struct addr a = { .version = 6 };
	memcpy(a.bytes, bytes, 16);
	return a;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->version == b->version && memcmp(a->bytes, b->bytes, 16) == 0;
}

bool addr_inside(const struct addr *a, const struct addr_net *net)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (a->version != net->base.version || memcmp(a->bytes, net->base.bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	uint8_t mask = (uint8_t)(0xff00u >> rest);
	return (a->bytes[whole] & mask) == (net->base.bytes[whole] & mask);
}

void addr_format(const struct addr *a, char *text)
{
	text[0] = 0;
	if (a->version != 0)
		inet_ntop(a->version == 4 ? AF_INET : AF_INET6, a->bytes, text, ADDR_TEXT_MAX);
}

int addr_parse(const char *text, struct addr *a)
{
	*a = (struct addr){ 0 };
	if (inet_pton(AF_INET, text, a->bytes) == 1) {
		a->version = 4;
		return 0;
	}
	if (inet_pton(AF_INET6, text, a->bytes) == 1) {
		a->version = 6;
		return 0;
	}
	return FAIL_FORMAT;
}

int addr_net_parse(const char *text, struct addr_net *net)
{
	char host[ADDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	if (len >= sizeof(host))
		return FAIL_FORMAT;
	memcpy(host, text, len);
	host[len] = 0;
	if (addr_parse(host, &net->base) < 0)
		return FAIL_FORMAT;
	long most = net->base.version == 4 ? 32 : 128;
	char *end = NULL;
	long bits = slash ? strtol(slash + 1, &end, 10) : most;
	if (slash && (end == slash + 1 || *end != 0 || bits < 0 || bits > most))
		return FAIL_FORMAT;
	net->bits = (uint8_t)bits;
	return 0;
}
