/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/events.h"
#include "gate/decode/events.h"
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"

#include <ctype.h>

/* Direction and state of the conversation, and what rules remember about it. */

static const struct {
	const char *name;
	uint32_t flag;
	uint8_t dirs;
} flow_words[] = {
	{ "to_server", 0, SIG_TO_SERVER },
	{ "from_client", 0, SIG_TO_SERVER },
	{ "to_client", 0, SIG_TO_CLIENT },
	{ "from_server", 0, SIG_TO_CLIENT },
	{ "established", SIG_ESTABLISHED | SIG_NEEDS_FLOW, 0 },
	{ "not_established", SIG_NOT_ESTABLISHED | SIG_NEEDS_FLOW, 0 },
	{ "stateless", 0, 0 },
	{ "only_stream", SIG_STREAM_ONLY, 0 },
	{ "no_stream", SIG_PACKET_ONLY, 0 },
	{ "no_frag", 0, 0 },
};

static int flow_word(struct draft *d, const char *s, uint32_t *seen)
{
	size_t n = sizeof(flow_words) / sizeof(flow_words[0]), i = 0;

	while (i < n && strcasecmp(s, flow_words[i].name) != 0)
		i++;
	if (i == n)
		return detect_parse_no(d, "flow: %.40s is not known", s);
	if (flow_words[i].dirs) {
		if (d->flow_dirs != (SIG_TO_SERVER | SIG_TO_CLIENT))
			return detect_parse_no(d, "flow: two directions");
		d->flow_dirs = flow_words[i].dirs;
		d->sig.flags |= SIG_NEEDS_FLOW;
	}
	if (*seen & 1u << i)
		return detect_parse_no(d, "flow: %s stands there twice", s);
	*seen |= 1u << i;
	if (flow_words[i].flag & SIG_STREAM_ONLY && d->sig.flags & SIG_PACKET_ONLY)
		return detect_parse_no(d, "flow: only_stream together with no_stream");
	d->sig.flags |= flow_words[i].flag;
	return 0;
}

int detect_keyword_flow(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value, *s;
	uint32_t seen = 0;

	if (d->seen & SEEN_FLOW)
		return detect_parse_no(d, "%s stands there twice", k->name);
	d->seen |= SEEN_FLOW;
	while ((s = detect_parse_part(&rest, ',')))
		if (flow_word(d, s, &seen) < 0)
			return FAIL_FORMAT;
	unsigned states = !!(d->sig.flags & SIG_ESTABLISHED) +
			  !!(d->sig.flags & SIG_NOT_ESTABLISHED) + !!(seen & 1u << 6);
	return states > 1 ? detect_parse_no(d, "flow: two states") : 0;
}

/* "a|b|c" as hashes. */
static int read_names(struct draft *d, char *text, struct check *c)
{
	uint64_t names[32];
	uint32_t n = 0;
	char *rest = text, *s;

	while ((s = detect_parse_part(&rest, '|'))) {
		if (!*s || strpbrk(s, " \t,"))
			return detect_parse_no(d, "%.60s is not a name", s);
		if (n >= sizeof(names) / sizeof(names[0]))
			return detect_parse_no(d, "too many names");
		names[n++] = detect_parse_hash_text(s);
	}
	uint64_t *keep = arena_alloc(d->load->keep, n * sizeof(*keep));
	if (!keep)
		return FAIL_MEMORY;
	memcpy(keep, names, n * sizeof(*keep));
	c->u.bits.names = keep;
	c->u.bits.count = n;
	return 0;
}

static const struct {
	const char *name;
	uint8_t op;
	bool writes;
} bit_words[] = {
	{ "set", BITS_SET, true },
	{ "unset", BITS_UNSET, true },
	{ "toggle", BITS_TOGGLE, true },
	{ "isset", BITS_ISSET, false },
	{ "isnotset", BITS_ISNOTSET, false },
};

static struct check *bits_check(struct draft *d, const char *cmd, uint8_t kind)
{
	for (size_t i = 0; i < sizeof(bit_words) / sizeof(bit_words[0]); i++) {
		if (strcasecmp(cmd, bit_words[i].name) != 0)
			continue;
		struct check *c = bit_words[i].writes ? detect_parse_act(d, kind)
						      : detect_parse_check(d, kind);
		if (c)
			c->op = bit_words[i].op;
		return c;
	}
	detect_parse_no(d, "%.20s is no command for flow bits", cmd);
	return NULL;
}

int detect_keyword_flowbits(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	const char *cmd = detect_parse_part(&rest, ',');

	(void)k;
	if (strcasecmp(cmd, "noalert") == 0) {
		if (rest)
			return detect_parse_no(d, "flowbits:noalert takes no name");
		d->sig.flags |= SIG_NOALERT;
		return 0;
	}
	if (!rest)
		return detect_parse_no(d, "flowbits: the name is missing");
	struct check *c = bits_check(d, cmd, CHECK_FLOWBITS);
	if (!c)
		return FAIL_FORMAT;
	if (c->op <= BITS_TOGGLE && strchr(rest, '|'))
		return detect_parse_no(
		    d, "flowbits: several names only with isset, isnotset");
	d->sig.flags |= SIG_NEEDS_FLOW;
	return read_names(d, detect_parse_trim(rest), c);
}

static const struct {
	const char *name;
	uint8_t op;
	bool writes, value;
} int_words[] = {
	{ "+", BITS_ADD, true, true },
	{ "-", BITS_SUB, true, true },
	{ "=", BITS_SET, true, true },
	{ "<", BITS_LT, false, true },
	{ "<=", BITS_LE, false, true },
	{ "==", BITS_EQ, false, true },
	{ "!=", BITS_NE, false, true },
	{ ">=", BITS_GE, false, true },
	{ ">", BITS_GT, false, true },
	{ "isset", BITS_ISSET, false, false },
	{ "isnotset", BITS_ISNOTSET, false, false },
	{ "notset", BITS_ISNOTSET, false, false },
};

/* flowint: name, modifier [, value or name] */
int detect_keyword_flowint(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	char *name = detect_parse_part(&rest, ',');
	const char *word = detect_parse_part(&rest, ',');
	const char *number = detect_parse_part(&rest, ',');
	size_t n = sizeof(int_words) / sizeof(int_words[0]), i = 0;

	(void)k;
	while (word && i < n && strcasecmp(word, int_words[i].name) != 0)
		i++;
	if (!word || i == n)
		return detect_parse_no(
		    d, "flowint: unknown modifier %.20s", word ? word : "");
	if (int_words[i].value && (!number || !*number))
		return detect_parse_no(d, "flowint: the value is missing");
	struct check *c = int_words[i].writes ? detect_parse_act(d, CHECK_FLOWINT)
					      : detect_parse_check(d, CHECK_FLOWINT);
	if (!c)
		return FAIL_FORMAT;
	c->op = int_words[i].op;
	if (int_words[i].value &&
	    !detect_parse_u64(number, UINT32_MAX, &c->u.bits.value)) {
		if (isdigit((unsigned char)*number) || *number == '-')
			return detect_parse_no(d, "flowint: %.20s is no value", number);
		c->u.bits.other = detect_parse_hash_text(number);
	}
	d->sig.flags |= SIG_NEEDS_FLOW;
	return read_names(d, name, c);
}

/* xbits: set, name, track ip_src [, expire 60] */
int detect_keyword_xbits(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value, *s;
	const char *cmd = detect_parse_part(&rest, ',');
	char *name = detect_parse_part(&rest, ',');
	const char *track = NULL;
	uint64_t expire = 30;

	(void)k;
	if (strcasecmp(cmd, "noalert") == 0 && !name) {
		d->sig.flags |= SIG_NOALERT;
		return 0;
	}
	while (name && (s = detect_parse_part(&rest, ','))) {
		if (strncmp(s, "track", 5) == 0 && isspace((unsigned char)s[5]))
			track = detect_parse_trim(s + 5);
		else if (strncmp(s, "expire", 6) == 0 && isspace((unsigned char)s[6])) {
			if (!detect_parse_u64(
				detect_parse_trim(s + 6), UINT32_MAX, &expire) ||
			    expire == 0)
				return detect_parse_no(d, "xbits: %.40s is no time", s);
		} else {
			return detect_parse_no(d, "xbits: %.40s is not known", s);
		}
	}
	if (!name || !track)
		return detect_parse_no(d, "xbits: name and track are missing");
	struct check *c = bits_check(d, cmd, CHECK_XBITS);
	if (!c)
		return FAIL_FORMAT;
	if (strcmp(track, "ip_src") == 0)
		c->which = TRACK_SRC;
	else if (strcmp(track, "ip_dst") == 0)
		c->which = TRACK_DST;
	else if (strcmp(track, "ip_pair") == 0)
		c->which = TRACK_BOTH;
	else
		return detect_parse_no(d, "xbits: track %.20s is not supported", track);
	c->mask = (uint32_t)expire;
	return read_names(d, name, c);
}

/* hostbits: set, name [, src|dst|both]: xbits of one address without a time of their own. */
int detect_keyword_hostbits(struct draft *d, const struct keyword *k, char *value)
{
	char *rest = value;
	const char *cmd = detect_parse_part(&rest, ',');
	char *name = detect_parse_part(&rest, ',');
	const char *side = detect_parse_part(&rest, ',');

	(void)k;
	if (!name && strcasecmp(cmd, "noalert") == 0) {
		d->sig.flags |= SIG_NOALERT;
		return 0;
	}
	if (!name)
		return detect_parse_no(d, "hostbits: the name is missing");
	struct check *c = bits_check(d, cmd, CHECK_XBITS);
	if (!c)
		return FAIL_FORMAT;
	if (!side || strcmp(side, "src") == 0)
		c->which = TRACK_SRC;
	else if (strcmp(side, "dst") == 0)
		c->which = TRACK_DST;
	else
		return detect_parse_no(d, "hostbits: %.20s is not supported", side);
	c->mask = 300;
	return read_names(d, name, c);
}

int detect_keyword_noalert(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	(void)value;
	d->sig.flags |= SIG_NOALERT;
	return 0;
}

int detect_keyword_alert(struct draft *d, const struct keyword *k, char *value)
{
	(void)k;
	(void)value;
	if (d->sig.flags & SIG_NOALERT)
		return detect_parse_no(d, "alert together with noalert");
	d->sig.flags |= SIG_TELLS;
	return 0;
}

/* stream_size: server|client|both|either, <, bytes */
int detect_keyword_stream_size(struct draft *d, const struct keyword *k, char *value)
{
	static const char *const sides[] = { "server", "client", "both", "either" };
	char *rest = value;
	const char *side = detect_parse_part(&rest, ',');
	const char *op = detect_parse_part(&rest, ',');
	const char *number = detect_parse_part(&rest, ',');
	char expr[32];
	unsigned i = 0;

	(void)k;
	while (i < 4 && strcmp(side, sides[i]) != 0)
		i++;
	struct check *c = detect_parse_check(d, CHECK_STREAM_SIZE);
	if (!c)
		return FAIL_FORMAT;
	if (i == 4 || !op || !number)
		return detect_parse_no(
		    d, "stream_size is written side,comparison,bytes");
	snprintf(expr, sizeof(expr), "%.2s%.20s", op, number);
	if (!detect_parse_test(expr, UINT32_MAX, &c->u.number))
		return detect_parse_no(d, "stream_size: %s is not understood", expr);
	c->which = (uint8_t)i;
	return 0;
}

int detect_keyword_app_protocol(struct draft *d, const struct keyword *k, char *value)
{
	bool negated = *value == '!';
	char *rest = value + negated;
	const char *name = detect_parse_part(&rest, ',');
	enum flow_app app = flow_app_find(name);

	(void)k;
	if (rest)
		return detect_parse_no(
		    d, "app-layer-protocol: %.20s is not supported yet", rest);
	if (d->sig.app != FLOW_APP_UNKNOWN)
		return detect_parse_no(
		    d, "app-layer-protocol in a rule that names one already");
	if (strcmp(name, "failed") == 0)
		app = FLOW_APP_FAILED;
	else if (strcmp(name, "unknown") == 0)
		app = FLOW_APP_UNKNOWN;
	else if (strcmp(name, "ssl") == 0)
		app = FLOW_APP_TLS;
	else if (strcmp(name, "http1") == 0)
		app = FLOW_APP_HTTP;
	else if (app == FLOW_APP_MAX)
		return detect_parse_no(d, "protocol %.20s is not parsed yet", name);
	for (uint32_t i = 0; i < d->check_count; i++) {
		const struct check *o = &d->checks[i];
		if (o->kind == CHECK_APP_PROTO &&
		    (!o->negated || !negated || o->which == app))
			return detect_parse_no(
			    d, "app-layer-protocol contradicts another one");
	}
	struct check *c = detect_parse_check(d, CHECK_APP_PROTO);
	if (!c)
		return FAIL_FORMAT;
	c->which = (uint8_t)app;
	c->negated = negated;
	d->sig.flags |= SIG_NEEDS_FLOW;
	return 0;
}

int detect_keyword_app_event(struct draft *d, const struct keyword *k, char *value)
{
	enum app_event event = app_event_find(value);

	(void)k;
	if (event == APP_EVENT_MAX)
		return detect_parse_no(d, "event %.60s is not raised yet", value);
	struct check *c = detect_parse_check(d, CHECK_APP_EVENT);
	if (!c)
		return FAIL_FORMAT;
	c->u.number = (struct number_test){ .a = event };
	const char *dot = strchr(value, '.');
	char proto[24];
	snprintf(proto, sizeof(proto), "%.*s", (int)(dot ? dot - value : 0), value);
	enum flow_app app = flow_app_find(proto);
	if (app != FLOW_APP_MAX)
		d->sig.app = (uint8_t)app;
	return 0;
}

/* decode-event:ipv4.trunc_pkt; stream-event:fin_syn; (`stream-event:stream.x` too) */
int detect_keyword_event(struct draft *d, const struct keyword *k, char *value)
{
	const char *name = value;

	if (k->arg && strncasecmp(name, "stream.", 7) == 0)
		name += 7;
	else if (!k->arg && strncasecmp(name, "decoder.", 8) == 0)
		name += 8;
	uint16_t event =
	    k->arg ? decode_stream_event_find(name) : decode_event_find(name);
	if (event == DECODE_EVENT_NONE)
		return detect_parse_no(d, "event %.60s is not known", value);
	struct check *c = detect_parse_check(d, CHECK_EVENT);
	if (!c)
		return FAIL_FORMAT;
	c->u.number.a = event;
	return 0;
}
