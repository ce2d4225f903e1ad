/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/parse/text.h"

#include <ctype.h>
#include <netinet/in.h>

/* What stands in front of the brackets: action, protocol, addresses, ports, direction. */

static const struct {
	const char *name;
	uint8_t action;
	uint32_t flags;
} actions[] = {
	{ "alert", SIG_ALERT, 0 },
	{ "drop", SIG_DROP, 0 },
	{ "pass", SIG_PASS, 0 },
	{ "reject", SIG_REJECT, SIG_REJECT_SRC },
	{ "rejectsrc", SIG_REJECT, SIG_REJECT_SRC },
	{ "rejectdst", SIG_REJECT, SIG_REJECT_DST },
	{ "rejectboth", SIG_REJECT, SIG_REJECT_SRC | SIG_REJECT_DST },
};

static const struct {
	const char *name;
	uint8_t proto;
	uint8_t number; /* of a single IP protocol */
	uint32_t flags;
} protocols[] = {
	{ "ip", SIG_PROTO_IP, 0, 0 },
	{ "any", SIG_PROTO_IP, 0, 0 },
	{ "ip4", SIG_PROTO_IP, 0, SIG_IPV4_ONLY },
	{ "ipv4", SIG_PROTO_IP, 0, SIG_IPV4_ONLY },
	{ "ip6", SIG_PROTO_IP, 0, SIG_IPV6_ONLY },
	{ "ipv6", SIG_PROTO_IP, 0, SIG_IPV6_ONLY },
	{ "pkthdr", SIG_PROTO_IP | SIG_PROTO_NONIP, 0, SIG_PKTHDR },
	{ "tcp", SIG_PROTO_TCP, 0, 0 },
	{ "tcp-pkt", SIG_PROTO_TCP, 0, SIG_PACKET_ONLY },
	{ "tcp-stream", SIG_PROTO_TCP, 0, SIG_STREAM_ONLY },
	{ "udp", SIG_PROTO_UDP, 0, 0 },
	{ "icmp", SIG_PROTO_ICMP4 | SIG_PROTO_ICMP6, 0, 0 },
	{ "icmpv4", SIG_PROTO_ICMP4, 0, 0 },
	{ "icmpv6", SIG_PROTO_ICMP6, 0, 0 },
	{ "sctp", SIG_PROTO_SCTP, 0, 0 },
	{ "esp", SIG_PROTO_OTHER, IPPROTO_ESP, 0 },
	{ "ah", SIG_PROTO_OTHER, IPPROTO_AH, 0 },
	{ "gre", SIG_PROTO_OTHER, IPPROTO_GRE, 0 },
};

static const struct {
	const char *name;
	enum flow_app app;
	uint8_t proto;
} apps[] = {
	{ "http", FLOW_APP_HTTP, SIG_PROTO_TCP },
	{ "http1", FLOW_APP_HTTP, SIG_PROTO_TCP },
	{ "dns", FLOW_APP_DNS, SIG_PROTO_TCP | SIG_PROTO_UDP },
	{ "tls", FLOW_APP_TLS, SIG_PROTO_TCP },
	{ "ssl", FLOW_APP_TLS, SIG_PROTO_TCP },
	{ "smtp", FLOW_APP_SMTP, SIG_PROTO_TCP },
};

/* Protocols of the rule language that have no parser in gate/app. */
static const char *const unparsed[] = { "http2", "ftp", "ftp-data", "ssh", "smb",
	"dcerpc", "imap", "pop3", "msn", "nfs", "ntp", "ikev2", "ike", "krb5", "tftp",
	"dhcp", "snmp", "sip", "rfb", "mqtt", "telnet", "websocket", "ldap", "doh2",
	"rdp", "modbus", "dnp3", "enip", "bittorrent-dht", "quic", "template", "pgsql",
	"mdns", "jabber", "irc" };

static int read_action(struct draft *d, const char *word)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(word, actions[i].name) != 0)
			continue;
		d->sig.action = actions[i].action;
		d->sig.flags |= actions[i].flags;
		d->sig.rule.action = actions[i].name;
		return 0;
	}
	return detect_parse_no(d, "unknown action %.40s", word);
}

static int read_protocol(struct draft *d, const char *word)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcasecmp(word, protocols[i].name) != 0)
			continue;
		d->sig.proto = protocols[i].proto;
		d->sig.ip_proto = protocols[i].number;
		d->sig.flags |= protocols[i].flags;
		return 0;
	}
	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++) {
		if (strcasecmp(word, apps[i].name) != 0)
			continue;
		d->sig.proto = apps[i].proto;
		d->sig.app = (uint8_t)apps[i].app;
		return 0;
	}
	for (size_t i = 0; i < sizeof(unparsed) / sizeof(unparsed[0]); i++)
		if (strcasecmp(word, unparsed[i]) == 0)
			return detect_parse_no(
			    d, "protocol %s is not parsed yet", word);
	return detect_parse_no(d, "unknown protocol %.40s", word);
}

/* The next word; a bracketed list is one word even with blanks in it. */
static char *next_word(char **text)
{
	char *s = *text;
	int depth = 0;

	while (isspace((unsigned char)*s))
		s++;
	char *start = s;
	for (; *s && (depth > 0 || !isspace((unsigned char)*s)); s++) {
		if (*s == '[')
			depth++;
		else if (*s == ']')
			depth--;
		else if (*s == '(' && depth <= 0)
			break;
	}
	if (s == start)
		return NULL;
	if (*s == '(')
		return NULL; /* the options begin too early */
	if (*s)
		*s++ = 0;
	*text = s;
	return start;
}

int detect_parse_header(struct draft *d, char **text)
{
	char *word[7];

	for (unsigned i = 0; i < 7; i++) {
		word[i] = next_word(text);
		if (!word[i])
			return detect_parse_no(d,
			    "the rule has no action, protocol, addresses, ports and "
			    "direction in front of the bracket");
	}
	if (read_action(d, word[0]) < 0 || read_protocol(d, word[1]) < 0)
		return FAIL_FORMAT;
	if (strcmp(word[4], "<>") == 0)
		d->sig.flags |= SIG_BOTH_WAYS;
	else if (strcmp(word[4], "=>") == 0)
		return detect_parse_no(d,
		    "direction => (both sides of a transaction) is "
		    "not supported yet");
	else if (strcmp(word[4], "->") != 0)
		return detect_parse_no(d, "unknown direction %.20s", word[4]);
	d->sig.src = detect_parse_addrs(d, word[2]);
	d->sig.src_port = d->sig.src ? detect_parse_ports(d, word[3]) : NULL;
	d->sig.dst = d->sig.src_port ? detect_parse_addrs(d, word[5]) : NULL;
	d->sig.dst_port = d->sig.dst ? detect_parse_ports(d, word[6]) : NULL;
	return d->sig.dst_port ? 0 : FAIL_FORMAT;
}
