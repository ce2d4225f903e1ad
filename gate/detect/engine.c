/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/index/index.h"
#include "gate/detect/match/regex.h"

#include "lib/base/must.h"

#include <errno.h>
#include <stdlib.h>

/* From files to an engine: parse, order, index. */

#define ENGINE_ALERTS_MAX 15u
#define ENGINE_BYTES_MAX  ((size_t)1 << 30)

/* How a rule uses flow bits: those that only set go first, so that those that ask see it. */
static int bits_rank(const struct sig *s)
{
	bool reads = s->flags & SIG_READS_BITS, writes = s->flags & SIG_WRITES_BITS;

	return writes && !reads ? 0 : writes ? 1 : reads ? 2 : 3;
}

/* Actions first (pass, drop, reject, alert), then bits, then priority, then as written. */
static int compare_sigs(const void *a, const void *b)
{
	const struct sig *const *x = a, *const *y = b;
	const struct sig *s = *x, *t = *y;

	if (s->rank != t->rank)
		return (int)s->rank - (int)t->rank;
	if (bits_rank(s) != bits_rank(t))
		return bits_rank(s) - bits_rank(t);
	if (s->rule.priority != t->rule.priority)
		return s->rule.priority < t->rule.priority ? -1 : 1;
	return (s->rule.index > t->rule.index) - (s->rule.index < t->rule.index);
}

/* Places of the actions in `text`; what it does not name comes last, in the usual order. */
static void read_order(const char *text, uint8_t rank[4])
{
	static const char *const names[] = { "pass", "drop", "reject", "alert" };
	uint8_t next = 0;

	for (unsigned i = 0; i < 4; i++)
		rank[i] = (uint8_t)(4 + i);
	while (text && *text) {
		size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		for (unsigned i = 0; n && i < 4; i++)
			if (strlen(names[i]) == n && memcmp(text, names[i], n) == 0)
				rank[i] = next++;
		text += n ? n : 1;
	}
}

static void order_sigs(struct engine *e, const char *action_order)
{
	uint8_t rank[4];

	read_order(action_order, rank);
	for (uint32_t i = 0; i < e->sig_count; i++) {
		e->sigs[i]->rank = rank[e->sigs[i]->action];
		e->sigs[i]->rule.index = i;
	}
	if (e->sig_count)
		qsort(e->sigs, e->sig_count, sizeof(struct sig *), compare_sigs);
	for (uint32_t i = 0; i < e->sig_count; i++)
		e->sigs[i]->rule.index = i;
}

/* Without a word from the owner: the private networks are ours, all others are not. */
static const struct parse_var defaults[] = {
	{ "HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "HTTP_SERVERS", "$HOME_NET" },
	{ "SMTP_SERVERS", "$HOME_NET" },
	{ "SQL_SERVERS", "$HOME_NET" },
	{ "DNS_SERVERS", "$HOME_NET" },
	{ "TELNET_SERVERS", "$HOME_NET" },
	{ "AIM_SERVERS", "$EXTERNAL_NET" },
	{ "DC_SERVERS", "$HOME_NET" },
	{ "DNP3_SERVER", "$HOME_NET" },
	{ "DNP3_CLIENT", "$HOME_NET" },
	{ "MODBUS_CLIENT", "$HOME_NET" },
	{ "MODBUS_SERVER", "$HOME_NET" },
	{ "ENIP_CLIENT", "$HOME_NET" },
	{ "ENIP_SERVER", "$HOME_NET" },
	{ "HTTP_PORTS", "80" },
	{ "SHELLCODE_PORTS", "!80" },
	{ "ORACLE_PORTS", "1521" },
	{ "SSH_PORTS", "22" },
	{ "DNP3_PORTS", "20000" },
	{ "MODBUS_PORTS", "502" },
	{ "FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]" },
	{ "FTP_PORTS", "21" },
	{ "GENEVE_PORTS", "6081" },
	{ "VXLAN_PORTS", "4789" },
	{ "TEREDO_PORTS", "3544" },
	{ "SIP_PORTS", "[5060,5061]" },
};

static int set_vars(struct load *l, const struct engine_source *source)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(defaults) / sizeof(defaults[0]); i++)
		r = detect_parse_var(l, defaults[i].name, defaults[i].value);
	for (unsigned i = 0; r == 0 && i < source->var_count; i++)
		r = detect_parse_var(l, source->vars[2 * i], source->vars[2 * i + 1]);
	return r;
}

static int load_rules(
    struct load *l, const struct engine_source *source, struct buf *why)
{
	int r = set_vars(l, source);

	if (r == 0)
		r = detect_parse_builtin_classes(l);
	if (r == 0 && source->classification) {
		l->class_count = 0;
		r = detect_parse_classes(l, source->classification);
		if (r == FAIL_IO)
			buf_addf(
			    why, "%s: %s", source->classification, strerror(errno));
	}
	for (unsigned i = 0; r == 0 && i < source->rule_file_count; i++) {
		r = detect_parse_file(l, source->rule_files[i]);
		if (r == FAIL_IO)
			buf_addf(why, "%s: %s", source->rule_files[i], strerror(errno));
	}
	if (r == 0 && source->threshold_file) {
		r = detect_parse_limits(l, source->threshold_file);
		if (r == FAIL_IO)
			buf_addf(
			    why, "%s: %s", source->threshold_file, strerror(errno));
	}
	return r;
}

static void site_refused(void *ctx, const char *file, unsigned line, const char *reason)
{
	struct load *l = ctx;

	detect_parse_refuse(l, file, line, 0, reason);
}

static int load_sites(struct engine *e, struct load *l,
    const struct engine_source *source, struct buf *why)
{
	int r = 0;

	e->sites = site_new();
	if (!e->sites)
		return FAIL_MEMORY;
	for (unsigned i = 0; r == 0 && i < source->site_list_count; i++)
		r = site_load(e->sites, source->site_lists[i], site_refused, l, why);
	return r;
}

/* The engine takes what the load has made. */
static void take(struct engine *e, struct load *l)
{
	e->sigs = l->sigs;
	e->sig_count = l->sig_count;
	e->sources = l->source;
	e->source_count = l->source_count;
	e->addr_set_count = l->addr_set_count;
	e->port_set_count = l->port_set_count;
	e->regexes = l->regex;
	e->regex_count = l->regex_count;
	e->refusals = l->refusals;
	e->report = (struct engine_report){ .loaded = l->sig_count,
		.refused = l->refusal_count,
		.disabled = l->disabled,
		.sites = site_count(e->sites),
		.refusals = l->refusals };
	free(l->addr_set);
	free(l->port_set);
}

struct engine *engine_build(const struct engine_source *source, struct buf *why)
{
	static atomic_uint generations;
	struct load l;

	if (hs_valid_platform() != HS_SUCCESS) {
		buf_add_text(
		    why, "this processor lacks SSSE3, which the pattern search needs");
		return NULL;
	}
	struct engine *e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	atomic_init(&e->refs, 1);
	e->generation = atomic_fetch_add(&generations, 1) + 1;
	e->inline_mode = source->inline_mode;
	e->alerts_max = source->alerts_max ? source->alerts_max : ENGINE_ALERTS_MAX;
	arena_init(&e->keep, ENGINE_BYTES_MAX);
	int r = detect_parse_init(&l, &e->keep);
	if (r == 0)
		r = load_rules(&l, source, why);
	if (r == 0)
		r = load_sites(e, &l, source, why);
	take(e, &l);
	detect_parse_fini(&l);
	if (r == 0) {
		order_sigs(e, source->action_order);
		r = detect_index_build(e, why);
	}
	if (r == 0)
		return e;
	if (why->len == 0)
		buf_add_text(why, "out of memory");
	engine_unref(e);
	return NULL;
}

struct engine *engine_ref(struct engine *e)
{
	atomic_fetch_add(&e->refs, 1);
	return e;
}

void engine_unref(struct engine *e)
{
	if (!e || atomic_fetch_sub(&e->refs, 1) != 1)
		return;
	detect_index_fini(e);
	for (uint32_t i = 0; i < e->regex_count; i++)
		detect_match_regex_free(e->regexes[i]);
	free(e->regexes);
	free(e->sigs);
	free(e->sources);
	free(e->refusals);
	site_free(e->sites);
	arena_fini(&e->keep);
	free(e);
}

struct engine_report engine_report(const struct engine *e)
{
	return e->report;
}
