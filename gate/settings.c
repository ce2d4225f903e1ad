/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/settings.h"

#include "lib/wire/remote.h"

#include <stdio.h>
#include <stdlib.h>

#define HOMES_MAX 256u
#define LIST_MAX  1024u

/* Variables that published rules expect (the stock file of Suricata has them). */
static const char *const usual_vars[][2] = {
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

#define USUAL_VARS (sizeof(usual_vars) / sizeof(usual_vars[0]))

struct settings *settings_new(void)
{
	struct settings *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->conf = conf_new(settings_rows, settings_row_count);
	if (s->conf)
		return s;
	free(s);
	return NULL;
}

void settings_free(struct settings *s)
{
	if (!s)
		return;
	conf_free(s->conf);
	free(s->home);
	free(s->rule_files);
	free(s->site_lists);
	free(s->vars);
	free(s->store);
	for (size_t i = 0; s->own && i < wire_remote_row_count; i++)
		free(s->own[i]);
	free(s->own);
	free(s);
}

int settings_read(struct settings *s, const char *path, struct buf *why)
{
	return conf_load(s->conf, path, why);
}

int settings_set(struct settings *s, const char *where, const char *key,
    const char *value, struct buf *why)
{
	return conf_set(s->conf, where, key, value, why);
}

void settings_path(const struct settings *s, const char *key, const char *name,
    char *path, size_t room)
{
	const char *given = conf_text(s->conf, key);

	if (given)
		snprintf(path, room, "%s", given);
	else
		snprintf(path, room, "%s/%s", conf_text(s->conf, "state.dir"), name);
}

/* The plain networks of "[10.0.0.0/8, !10.1.0.0/16]"; variables and exclusions cannot be
 * looked at here and do not make anybody a stranger. */
static unsigned read_nets(const char *text, struct addr_net *nets)
{
	char net[64];
	unsigned n = 0;

	while (*text && n < HOMES_MAX) {
		size_t len = strcspn(text, "[], ");
		if (len && len < sizeof(net)) {
			memcpy(net, text, len);
			net[len] = 0;
			n += addr_net_parse(net, &nets[n]) == 0;
		}
		text += len + (text[len] != 0);
	}
	return n;
}

static int fill_home(struct settings *s, struct buf *why)
{
	const char *var = conf_given(s->conf, "var.HOME_NET")
			      ? conf_text(s->conf, "var.HOME_NET")
			      : NULL;
	bool given = conf_given(s->conf, "home_net");
	const char *text = given || !var ? conf_text(s->conf, "home_net") : var;

	s->home = calloc(HOMES_MAX, sizeof(*s->home));
	if (!s->home)
		return FAIL_MEMORY;
	s->pipeline.asset.home = s->home;
	s->pipeline.asset.homes = read_nets(text, s->home);
	if (given && s->pipeline.asset.homes == 0) {
		buf_addf(why,
		    "home_net: \"%s\" names no network such as 192.0.2.0/24\n", text);
		return FAIL_FORMAT;
	}
	return 0;
}

/* Values of a repeatable key as a list. */
static int fill_list(
    struct settings *s, const char *key, const char ***list, unsigned *count)
{
	const char *name, *value;

	*list = calloc(LIST_MAX, sizeof(**list));
	if (!*list)
		return FAIL_MEMORY;
	while (*count < LIST_MAX && conf_each(s->conf, key, *count, &name, &value))
		(*list)[(*count)++] = value;
	return 0;
}

static void add_var(struct settings *s, const char *name, const char *value)
{
	if (s->rules.var_count >= LIST_MAX)
		return;
	s->vars[2 * s->rules.var_count] = name;
	s->vars[2 * s->rules.var_count + 1] = value;
	s->rules.var_count++;
}

static bool has_var(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->rules.var_count; i++)
		if (strcmp(s->vars[2 * i], name) == 0)
			return true;
	return false;
}

static int fill_vars(struct settings *s)
{
	const char *key, *value;

	s->vars = calloc(2 * LIST_MAX, sizeof(*s->vars));
	if (!s->vars)
		return FAIL_MEMORY;
	for (unsigned n = 0; conf_each(s->conf, "var.*", n, &key, &value); n++)
		add_var(s, key + strlen("var."), value);
	for (unsigned n = 0; conf_each(s->conf, "port.*", n, &key, &value); n++)
		add_var(s, key + strlen("port."), value);
	if (!has_var(s, "HOME_NET"))
		add_var(s, "HOME_NET", conf_text(s->conf, "home_net"));
	for (size_t i = 0; i < USUAL_VARS; i++)
		if (!has_var(s, usual_vars[i][0]))
			add_var(s, usual_vars[i][0], usual_vars[i][1]);
	s->rules.vars = s->vars;
	return 0;
}

static int fill_rules(struct settings *s)
{
	if (fill_list(s, "rules", &s->rule_files, &s->rules.rule_file_count) < 0 ||
	    fill_list(s, "sites", &s->site_lists, &s->rules.site_list_count) < 0)
		return FAIL_MEMORY;
	s->rules.rule_files = s->rule_files;
	s->rules.site_lists = s->site_lists;
	s->rules.classification = conf_text(s->conf, "rules.classification");
	s->rules.action_order = conf_text(s->conf, "action_order");
	s->rules.threshold_file = conf_text(s->conf, "threshold_file");
	s->rules.alerts_max = (unsigned)conf_int(s->conf, "alert.max_per_packet");
	s->strict = conf_bool(s->conf, "rules.strict");
	return fill_vars(s);
}

/* auto is yes. */
static bool is_on(const struct settings *s, const char *key)
{
	return !conf_is(s->conf, key, "false") && !conf_is(s->conf, key, "no");
}

static uint32_t timeout(const struct settings *s, const char *proto, const char *state)
{
	char key[64];
	const char *text;

	snprintf(key, sizeof(key), "flow_timeout.%s.%s", proto, state);
	text = conf_given(s->conf, key) ? conf_text(s->conf, key) : NULL;
	return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* Bytes; 0 means without a limit to whoever writes the file. */
static uint32_t limit(const struct settings *s, const char *key)
{
	int64_t bytes = conf_int(s->conf, key);
	return bytes == 0 || bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

static void fill_wire(struct settings *s, bool replay)
{
	struct pipeline_conf *p = &s->pipeline;

	p->decode.check_checksums =
	    is_on(s, "checksum") && conf_bool(s->conf, "stream.checksum");
	p->decode.udp_as_is = replay && conf_is(s->conf, "checksum", "auto");
	p->track.flows_max = (uint32_t)conf_int(s->conf, "flows_max");
	p->track.vlan_in_key = conf_bool(s->conf, "vlan.tracking");
	p->track.midstream = conf_bool(s->conf, "stream.midstream");
	p->track.tcp_new_s = timeout(s, "tcp", "new");
	p->track.tcp_established_s = timeout(s, "tcp", "established");
	p->track.tcp_closed_s = timeout(s, "tcp", "closed");
	p->track.udp_new_s = timeout(s, "udp", "new");
	p->track.udp_established_s = timeout(s, "udp", "established");
	p->track.other_s = timeout(s, "default", "new");
	p->stream.depth = limit(s, "stream.depth");
	p->stream.parsed_beyond = !conf_given(s->conf, "stream.depth");
	p->stream.memory_max = (uint64_t)conf_int(s->conf, "stream.memory_max");
	p->stream.inline_mode = conf_is(s->conf, "stream.inline", "auto")
				    ? p->verdict.inline_path
				    : is_on(s, "stream.inline");
}

static void fill_app(struct settings *s)
{
	struct pipeline_conf *p = &s->pipeline;

	p->app.request_body_max = limit(s, "http.request_body_limit");
	p->app.response_body_max = limit(s, "http.response_body_limit");
	p->app.http_layers_max = (uint8_t)conf_int(s->conf, "http.decompress_layers");
	p->app.http_lzma = conf_bool(s->conf, "http.lzma");
	p->app.http_double_decode_path = conf_bool(s->conf, "http.double_decode_path");
	p->app.http_double_decode_query =
	    conf_bool(s->conf, "http.double_decode_query");
	p->app.guess = true;
	p->app.ja3 = is_on(s, "tls.ja3");
	p->file.clamd_socket = conf_text(s->conf, "clamd.socket");
	p->file.clamd_wait_ms = (uint32_t)conf_int(s->conf, "clamd.wait_ms");
	p->file.scan_max = (uint32_t)conf_int(s->conf, "file.scan_max");
	p->file.bad_hashes = conf_text(s->conf, "file.bad_hashes");
	p->asset.vendors = conf_text(s->conf, "asset.vendors");
}

static void fill_verdict(struct settings *s, bool replay)
{
	struct verdict_conf *v = &s->pipeline.verdict;

	v->mode =
	    conf_is(s->conf, "mode", "observe") ? VERDICT_OBSERVE : VERDICT_PROTECT;
	v->inline_path = conf_is(s->conf, "mode", "ips") ||
			 (!replay && !conf_is(s->conf, "mode", "ids") &&
			     conf_is(s->conf, "capture.mode", "inline"));
	v->fail_closed = conf_bool(s->conf, "fail_closed");
	v->block_off_business = conf_bool(s->conf, "block_off_business");
	s->rules.inline_mode = v->inline_path && v->mode == VERDICT_PROTECT;
}

static bool eve_is(const struct settings *s, const char *key, bool preset)
{
	if (!conf_given(s->conf, key))
		return preset;
	const char *text = conf_text(s->conf, key);
	return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
}

static void fill_event(struct settings *s, bool replay)
{
	struct event_conf *e = &s->pipeline.event;
	const char *hash = conf_given(s->conf, "eve.files.force-hash")
			       ? conf_text(s->conf, "eve.files.force-hash")
			       : "";

	e->eve_path = conf_text(s->conf, "eve.path");
	e->eve_all = replay || conf_bool(s->conf, "eve.all");
	e->mode = s->pipeline.verdict.mode == VERDICT_OBSERVE ? "observe" : "protect";
	e->ips = s->rules.inline_mode;
	e->payload = eve_is(s, "eve.alert.payload", false);
	e->payload_printable = eve_is(s, "eve.alert.payload-printable", false);
	e->packet = eve_is(s, "eve.alert.packet", false);
	e->verdict = eve_is(s, "eve.alert.verdict", false);
	e->drop_verdict = eve_is(s, "eve.drop.verdict", false);
	e->ether = eve_is(s, "eve.ethernet", false);
	e->bare = !eve_is(s, "eve.alert.metadata", true);
	e->drop_all = conf_given(s->conf, "eve.drop.flows") &&
		      strcmp(conf_text(s->conf, "eve.drop.flows"), "all") == 0;
	e->drop_alerts = eve_is(s, "eve.drop.alerts", true);
	e->md5 = strstr(hash, "md5") != NULL;
	if (!replay)
		e->in_iface = conf_text(s->conf, "capture.lan");
}

static int fill_ports(struct settings *s, bool replay, struct buf *why)
{
	bool pair = conf_is(s->conf, "capture.mode", "inline");

	s->ports = (struct capture_ports){ .lan = conf_text(s->conf, "capture.lan"),
		.wan = conf_text(s->conf, "capture.wan"),
		.inline_pair = pair };
	if (conf_is(s->conf, "capture.mode", "file"))
		s->recording = conf_text(s->conf, "capture.file");
	if (s->recording)
		return 0;
	if (replay || (s->ports.lan && (s->ports.wan || !pair)))
		return 0;
	if (conf_is(s->conf, "capture.mode", "file")) {
		buf_add_text(why, "capture.file: name the recording to play\n");
		return FAIL_FORMAT;
	}
	buf_add_text(
	    why, pair ? "capture.lan and capture.wan: name the two ports, or set "
			"capture.mode = passive\n"
		      : "capture.lan: name the port to listen to\n");
	return FAIL_FORMAT;
}

static int fill_store(struct settings *s, bool replay)
{
	char path[4096];

	if (replay && !conf_given(s->conf, "asset.store"))
		return 0; /* a replay leaves no traces */
	settings_path(s, "asset.store", "assets.json", path, sizeof(path));
	s->store = strdup(path);
	s->pipeline.asset.store = s->store;
	return s->store ? 0 : FAIL_MEMORY;
}

int settings_done(struct settings *s, bool replay, struct buf *why)
{
	int fail = fill_ports(s, replay, why);

	if (fail == 0)
		fail = fill_home(s, why);
	if (fail == 0)
		fail = fill_rules(s);
	if (fail == 0)
		fail = fill_store(s, replay);
	if (fail < 0)
		return fail;
	fill_verdict(s, replay);
	fill_wire(s, replay);
	fill_app(s);
	fill_event(s, replay);
	return 0;
}

/* What stood there before the centre said something. */
static int remember(struct settings *s, size_t row, const char *key)
{
	if (!s->own)
		s->own = calloc(wire_remote_row_count, sizeof(*s->own));
	if (!s->own)
		return FAIL_MEMORY;
	if (s->own[row])
		return 0;
	const char *now = conf_text(s->conf, key);
	s->own[row] = strdup(now ? now : "");
	return s->own[row] ? 0 : FAIL_MEMORY;
}

int settings_remote(
    struct settings *s, const char *key, const char *value, struct buf *why)
{
	const struct conf_row *row = wire_remote_find(key);

	if (!row) {
		buf_addf(why, "%.64s: not a setting of the centre\n", key);
		return FAIL_FORMAT;
	}
	size_t i = (size_t)(row - wire_remote_rows);
	if (!value && (!s->own || !s->own[i]))
		return 0;
	if (remember(s, i, key) < 0)
		return FAIL_MEMORY;
	if (!value)
		value = s->own[i];
	const char *now = conf_text(s->conf, key);
	if (now && strcmp(now, value) == 0)
		return 0;
	return conf_set(s->conf, "centre", key, value, why);
}

int settings_again(struct settings *s, struct buf *why)
{
	free(s->home);
	free(s->rule_files);
	free(s->site_lists);
	free(s->vars);
	s->home = NULL;
	s->rule_files = s->site_lists = s->vars = NULL;
	s->rules.rule_file_count = s->rules.site_list_count = s->rules.var_count = 0;
	int fail = fill_home(s, why);
	if (fail == 0)
		fail = fill_rules(s);
	if (fail == 0) {
		fill_verdict(s, false);
		fill_app(s);
		s->pipeline.event.mode =
		    s->pipeline.verdict.mode == VERDICT_OBSERVE ? "observe" : "protect";
		s->pipeline.event.ips = s->rules.inline_mode;
	}
	return fail;
}

int settings_bundle(struct settings *s, const char *const *rules, unsigned rule_count,
    const char *const *sites, unsigned site_count)
{
	if (rule_count > LIST_MAX || site_count > LIST_MAX)
		return FAIL_LIMIT;
	if (rule_count) {
		memcpy(s->rule_files, rules, rule_count * sizeof(*rules));
		s->rules.rule_file_count = rule_count;
	}
	if (site_count) {
		memcpy(s->site_lists, sites, site_count * sizeof(*sites));
		s->rules.site_list_count = site_count;
	}
	return 0;
}
