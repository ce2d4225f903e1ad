/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/channel.h"
#include "tests/check.h"

#include <arpa/inet.h>

static bool is_private(const char *text)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (strchr(text, ':')) {
		check_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
		memcpy(&a, &in6, sizeof(in6));
	} else {
		check_eq(inet_pton(AF_INET, text, &in.sin_addr), 1);
		memcpy(&a, &in, sizeof(in));
	}
	return notify_webhook_private((const struct sockaddr *)&a);
}

static void what_is_ours_is_refused(void)
{
	static const char *const ours[] = { "127.0.0.1", "127.255.255.254", "10.1.2.3",
		"172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254",
		"0.0.0.0", "100.64.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1",
		"198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "::1",
		"fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
		"2002:7f00:1::", "2001::1", "::7f00:1", "fec0::1" };
	static const char *const theirs[] = { "8.8.8.8", "172.15.0.1", "172.32.0.1",
		"192.167.1.1", "223.255.255.254", "100.128.0.1", "2400:cb00::1",
		"2001:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!is_private(ours[i]))
			check_text(ours[i], "refused");
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (is_private(theirs[i]))
			check_text(theirs[i], "allowed");
}

static void what_is_an_address(void)
{
	check(notify_channel_address_ok("webhook", "https://hook.example/a?b=c"));
	check(notify_channel_address_ok("webhook", "https://hook.example:8443/"));
	check(notify_channel_address_ok("webhook", "http://hook.example/"));
	check(!notify_channel_address_ok("webhook", "https://user:pw@hook.example/"));
	check(!notify_channel_address_ok("webhook", "ftp://hook.example/"));
	check(!notify_channel_address_ok("webhook", "file:///etc/passwd"));
	check(!notify_channel_address_ok("webhook", "gopher://hook.example/"));
	check(!notify_channel_address_ok("webhook", "https://hook.example/\r\nX: y"));
	check(!notify_channel_address_ok("webhook", "hook"));
	check(!notify_channel_address_ok("webhook", ""));
	check(notify_channel_address_ok("line", "U0123456789abcdef0123456789abcdef"));
	check(!notify_channel_address_ok("line", "U0123456789abcdef"));
	check(!notify_channel_address_ok("line", ""));
	check(!notify_channel_address_ok("pigeon", "x"));
}

/* Checked with: printf '1795226400.{"a":1}' | openssl dgst -sha256 -hmac secret */
static void the_signature(void)
{
	char signature[65];

	notify_webhook_sign("secret", 1795226400, span_text("{\"a\":1}"), signature);
	check_text(signature,
	    "0f67c89f60b1d2fe313d29aca9fcf6e883800912f726ee4efeaf43f5387cdfce");
}

CHECK_MAIN(what_is_ours_is_refused, what_is_an_address, the_signature)
