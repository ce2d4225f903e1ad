/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* Fields of the IP, TCP, UDP and ICMP headers. */

static uint64_t most_of(uint8_t kind)
{
	switch (kind) {
	case CHECK_TTL:
	case CHECK_TOS:
	case CHECK_ITYPE:
	case CHECK_ICODE:
	case CHECK_IP_PROTO:
	case CHECK_TCP_WSCALE:
	case CHECK_VLAN_LAYERS:
		return UINT8_MAX;
	case CHECK_IP_ID:
	case CHECK_ICMP_ID:
	case CHECK_ICMP_SEQ:
	case CHECK_WINDOW:
	case CHECK_TCP_MSS:
	case CHECK_FRAGOFFSET:
		return UINT16_MAX;
	default:
		return UINT32_MAX;
	}
}

/* itype:8; ttl:<5; seq:0; … */
int detect_keyword_number(struct draft *d, const struct keyword *k, char *value)
{
	struct number_test t;

	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	if (!detect_parse_test(value, most_of((uint8_t)k->arg), &t))
		return detect_parse_no(
		    d, "%s: %.60s is not understood", k->name, value);
	struct check *c = detect_parse_check(d, (uint8_t)k->arg);
	if (!c)
		return FAIL_FORMAT;
	c->u.number = t;
	return 0;
}

static const struct {
	char letter;
	uint8_t bit;
} tcp_letters[] = { { 'F', PACKET_TCP_FIN }, { 'S', PACKET_TCP_SYN },
	{ 'R', PACKET_TCP_RST }, { 'P', PACKET_TCP_PSH }, { 'A', PACKET_TCP_ACK },
	{ 'U', PACKET_TCP_URG }, { 'E', PACKET_TCP_ECE }, { 'C', PACKET_TCP_CWR },
	{ '2', PACKET_TCP_ECE }, { '1', PACKET_TCP_CWR }, { '0', 0 } };

static int read_tcp_letters(struct draft *d, const char *s, uint32_t *bits)
{
	*bits = 0;
	for (; *s; s++) {
		size_t i = 0, n = sizeof(tcp_letters) / sizeof(tcp_letters[0]);
		while (i < n && tcp_letters[i].letter != toupper((unsigned char)*s))
			i++;
		if (i == n)
			return detect_parse_no(d, "flags: unknown letter %c", *s);
		*bits |= tcp_letters[i].bit;
	}
	return 0;
}

/* A sign in front or behind says how to compare: `+` all of these, `*` any, `!` not so. */
static uint8_t take_sign(char **s)
{
	static const char signs[] = "+*!";
	static const uint8_t ops[] = { MASK_ALL, MASK_ANY, MASK_NONE };
	size_t n = strlen(*s);

	for (unsigned i = 0; i < 3; i++) {
		if (n && **s == signs[i]) {
			(*s)++;
			return ops[i];
		}
		if (n && (*s)[n - 1] == signs[i]) {
			(*s)[n - 1] = 0;
			return ops[i];
		}
	}
	return MASK_EXACT;
}

/* flags:[!+*]letters[,letters to leave out] */
int detect_keyword_flags(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	char *wanted = detect_parse_part(&rest, ',');
	const char *ignored = detect_parse_part(&rest, ',');
	uint32_t bits, mask = 0;

	(void)k;
	if (d->sig.proto != SIG_PROTO_TCP && !(d->sig.proto & SIG_PROTO_TCP))
		return detect_parse_no(d, "flags in a rule that is not about tcp");
	uint8_t op = take_sign(&wanted);
	if (!*wanted)
		return detect_parse_no(d, "flags: no letters");
	if (read_tcp_letters(d, detect_parse_trim(wanted), &bits) < 0 ||
	    (ignored && read_tcp_letters(d, ignored, &mask) < 0))
		return FAIL_FORMAT;
	struct check *c = detect_parse_check(d, CHECK_FLAGS);
	if (!c)
		return FAIL_FORMAT;
	c->op = op;
	c->mask = 0xff & ~mask;
	c->u.number.a = bits;
	return 0;
}

/* fragbits:[!+*]MDR */
int detect_keyword_fragbits(struct draft *d, const struct keyword *k, char *value)
{
	char *s = value;
	uint8_t op = take_sign(&s);
	uint32_t bits = 0;

	(void)k;
	for (s = detect_parse_trim(s); *s; s++) {
		const char *letters = "MDR",
			   *at = strchr(letters, toupper((unsigned char)*s));
		if (!at)
			return detect_parse_no(d, "fragbits: unknown letter %c", *s);
		bits |= 1u << (at - letters);
	}
	struct check *c = detect_parse_check(d, CHECK_FRAGBITS);
	if (!c)
		return FAIL_FORMAT;
	c->op = op;
	c->u.number.a = bits;
	return 0;
}

int detect_keyword_sameip(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	(void)value;
	return detect_parse_check(d, CHECK_SAMEIP) ? 0 : FAIL_FORMAT;
}

/* The option's number in the IPv4 header; `any` is 0xffff. */
static const struct {
	const char *name;
	uint16_t option;
} ip_options[] = { { "rr", 7 }, { "lsrr", 131 }, { "eol", 0 }, { "nop", 1 },
	{ "ts", 68 }, { "sec", 130 }, { "ssrr", 137 }, { "satid", 136 },
	{ "cipso", 134 }, { "esec", 133 }, { "rtralt", 148 }, { "any", 0xffff } };

int detect_keyword_ipopts(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	for (size_t i = 0; i < sizeof(ip_options) / sizeof(ip_options[0]); i++) {
		if (strcasecmp(value, ip_options[i].name) != 0)
			continue;
		struct check *c = detect_parse_check(d, CHECK_IPOPTS);
		if (!c)
			return FAIL_FORMAT;
		c->u.number.a = ip_options[i].option;
		return 0;
	}
	return detect_parse_no(d, "ipopts: unknown option %.40s", value);
}

static const struct {
	const char *name;
	uint8_t number;
} ip_names[] = { { "icmp", 1 }, { "igmp", 2 }, { "ipip", 4 }, { "tcp", 6 },
	{ "egp", 8 }, { "udp", 17 }, { "dccp", 33 }, { "ipv6", 41 }, { "rsvp", 46 },
	{ "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 },
	{ "icmp6", 58 }, { "ospf", 89 }, { "pim", 103 }, { "vrrp", 112 },
	{ "l2tp", 115 }, { "sctp", 132 }, { "udplite", 136 } };

/* ip_proto:[!<>]number or name */
int detect_keyword_ip_proto(struct draft *d, const struct keyword *k, char *value)
{
	char text[16], *name = value;

	while (*name && strchr("!<>= \"", *name))
		name++;
	for (size_t i = 0; i < sizeof(ip_names) / sizeof(ip_names[0]); i++) {
		size_t n = strlen(ip_names[i].name);
		if (strncasecmp(name, ip_names[i].name, n) == 0 &&
		    (!name[n] || name[n] == '"')) {
			snprintf(text, sizeof(text), "%.*s%u", (int)(name - value) % 4,
			    value, ip_names[i].number);
			value = text[0] == '"' ? text + 1 : text;
			break;
		}
	}
	return detect_keyword_number(d, k, value);
}

/* tcpv4-csum:valid; or invalid.  arg: the IP version, then the protocol's bit. */
int detect_keyword_csum(struct draft *d, const struct keyword *k, char *value)
{
	if (*value == '"' && !detect_parse_quoted(&value))
		return FAIL_FORMAT;
	bool invalid = strcasecmp(value, "invalid") == 0;
	if (!invalid && strcasecmp(value, "valid") != 0)
		return detect_parse_no(d, "%s is valid or invalid", k->name);
	struct check *c = detect_parse_check(d, CHECK_CSUM);
	if (!c)
		return FAIL_FORMAT;
	c->op = (uint8_t)(k->arg >> 8);
	c->which = (uint8_t)k->arg;
	c->negated = invalid;
	return 0;
}

/* flow.pkts:either,>10; flow.bytes_toserver:>100 */
int detect_keyword_flow_count(struct draft *d, const struct keyword *k, char *value)
{
	static const char *const sides[] = { "toserver", "toclient", "either", "both" };
	const char *side = strchr(k->name, '_');
	char *rest = value;
	unsigned i = 0;

	side = side ? side + 1 : detect_parse_part(&rest, ',');
	while (i < 4 && strcmp(side, sides[i]) != 0)
		i++;
	if (i == 4 || !rest)
		return detect_parse_no(d, "%s: which direction?", k->name);
	struct check *c = detect_parse_check(d, (uint8_t)k->arg);
	if (!c)
		return FAIL_FORMAT;
	c->which = (uint8_t)i;
	if (!detect_parse_test(detect_parse_trim(rest), UINT64_MAX, &c->u.number))
		return FAIL_FORMAT;
	d->sig.flags |= SIG_NEEDS_FLOW;
	return 0;
}

/* vlan.id:300; vlan.id:>300,1; (the depth counts from the outside) */
int detect_keyword_vlan_id(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	char *number = detect_parse_part(&rest, ',');
	const char *layer = detect_parse_part(&rest, ',');
	uint64_t n;
	struct check *c = detect_parse_check(d, CHECK_VLAN_ID);

	(void)k;
	if (!c)
		return FAIL_FORMAT;
	c->which = UINT8_MAX;
	if (!detect_parse_test(number, 4095, &c->u.number))
		return FAIL_FORMAT;
	if (!layer || strcmp(layer, "any") == 0)
		return 0;
	if (!detect_parse_u64(layer, PACKET_VLAN_MAX - 1, &n))
		return detect_parse_no(
		    d, "vlan.id: layer %.20s is not supported", layer);
	c->which = (uint8_t)n;
	return 0;
}
