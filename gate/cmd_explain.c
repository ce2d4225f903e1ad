/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/cmd.h"

#include "gate/event/names.h"

#include <stdio.h>

static const char usage[] =
    "usage: otasuke-gate explain [--rules FILE] [--config FILE] [--home-net NETS] CAPTURE\n\n"
    "Prints the way of each packet, one line per stage; the first word of a line is the\n"
    "folder of the stage in gate/.\n";

static void put_addr(const struct addr *a, uint16_t port, bool ports)
{
	char text[ADDR_TEXT_MAX];

	addr_format(a, text);
	if (ports)
		printf(a->version == 6 ? "[%s]:%u" : "%s:%u", text, port);
	else
		printf("%s", text);
}

static void put_capture(const struct packet *p)
{
	printf("packet %llu, %u of %u bytes, link type %d",
	    (unsigned long long)p->number, p->len, p->wire_len, p->linktype);
}

static void put_events(const struct packet *p)
{
	for (unsigned i = 0; i < p->events; i++)
		printf(" !%s", decode_event_name(p->event[i]));
}

static void put_decode(const struct packet *p)
{
	char proto[8];
	bool ports = p->src_port || p->dst_port;

	for (unsigned i = 0; i < p->vlan_depth; i++)
		printf("vlan %u ", p->vlan[i]);
	if (p->src.version == 0) {
		printf("no IP, ethertype %04x", p->ethertype);
	} else {
		printf("%s ", event_proto_name(p->ip_proto, proto));
		put_addr(&p->src, p->src_port, ports);
		printf(" > ");
		put_addr(&p->dst, p->dst_port, ports);
		printf(", payload %u", p->payload.len);
	}
	if (p->ip_fragment)
		printf(", a fragment that waits");
	put_events(p);
}

static const char *dir_word(enum packet_dir dir)
{
	return dir == PACKET_TO_SERVER ? "to server" : "to client";
}

static void put_track(const struct packet *p)
{
	static const char *const states[] = {
		[FLOW_NEW] = "new",
		[FLOW_ESTABLISHED] = "established",
		[FLOW_CLOSED] = "closed",
	};
	const struct flow *f = p->flow;

	if (f)
		printf("flow %llu, %s, %s, packet %llu of it",
		    (unsigned long long)f->id, states[f->state], dir_word(p->dir),
		    (unsigned long long)(f->packets[0] + f->packets[1]));
	else
		printf("no flow");
}

static void put_stream(const struct chunk *c)
{
	if (c->bytes.len)
		printf("%u bytes %s at %llu", c->bytes.len, dir_word(c->dir),
		    (unsigned long long)c->offset);
	else
		printf("nothing new");
	if (c->gap)
		printf(", %u bytes missing", c->gap);
	if (c->end)
		printf(", end of this direction");
}

static void put_app(const struct packet *p)
{
	const char *name = p->flow ? flow_app_name(p->flow->app) : NULL;
	unsigned txs = 0;

	for (const struct tx *tx = p->flow ? p->flow->txs : NULL; tx; tx = tx->next)
		txs++;
	printf("%s", name ? name : "not decided");
	if (txs)
		printf(", %u open transactions", txs);
	if (p->flow && p->flow->app_name)
		printf(", %s", p->flow->app_name);
}

static void put_file(const struct packet *p)
{
	unsigned files = 0;

	for (const struct tx *tx = p->flow ? p->flow->txs : NULL; tx; tx = tx->next)
		for (const struct file *f = tx->files; f; f = f->next) {
			printf("%s%.60s (%llu bytes)", files++ ? ", " : "",
			    f->name[0] ? f->name : "without a name",
			    (unsigned long long)f->size);
		}
	if (!files)
		printf("none");
}

static void put_asset(const struct packet *p)
{
	char label[128];
	const struct asset *ends[] = { p->flow ? p->flow->asset_client : NULL,
		p->flow ? p->flow->asset_server : NULL };

	for (unsigned i = 0; i < 2; i++) {
		label[0] = 0;
		if (ends[i])
			asset_label(ends[i], label, sizeof(label));
		printf("%s%s", i ? " > " : "", ends[i] ? label : "?");
	}
}

static const char *const finding_words[FINDING_KIND_MAX] = {
	[FINDING_RULE] = "rule",
	[FINDING_VIRUS] = "virus",
	[FINDING_UNSCANNABLE] = "unscannable",
	[FINDING_SCANNER] = "scanner",
	[FINDING_SITE] = "site",
	[FINDING_APP] = "application",
	[FINDING_ASSET] = "machine",
};

static void put_detect(const struct packet *p)
{
	if (!p->findings)
		printf("nothing");
	for (const struct finding *f = p->findings; f; f = f->next) {
		printf("%s%s ", f == p->findings ? "" : "; ", finding_words[f->kind]);
		if (f->rule)
			printf("%u:%u %s", f->rule->gid, f->rule->sid, f->rule->msg);
		else
			printf("%.*s", (int)f->name.len, (const char *)f->name.at);
	}
}

/* Who let what be. */
static void put_exceptions(const struct packet *p)
{
	for (const struct finding *f = p->findings; f; f = f->next)
		if (f->exception)
			printf("; let be by exception %lld", (long long)f->exception);
}

static void put_verdict(const struct verdict_result *v)
{
	printf("%s", verdict_name(v->verdict));
	if (v->reason)
		printf(" (%s)", v->reason);
}

static void explain(void *ctx, const char *stage, const struct packet *p,
    const struct chunk *chunk, const struct verdict_result *v)
{
	struct worker **w = ctx;

	printf("%-8s", stage);
	if (strcmp(stage, "capture") == 0)
		put_capture(p);
	else if (strcmp(stage, "decode") == 0)
		put_decode(p);
	else if (strcmp(stage, "track") == 0)
		put_track(p);
	else if (strcmp(stage, "stream") == 0)
		put_stream(chunk);
	else if (strcmp(stage, "app") == 0)
		put_app(p);
	else if (strcmp(stage, "file") == 0)
		put_file(p);
	else if (strcmp(stage, "asset") == 0)
		put_asset(p);
	else if (strcmp(stage, "detect") == 0)
		put_detect(p);
	else if (strcmp(stage, "verdict") == 0)
		put_verdict(v), put_exceptions(p);
	else
		printf("%llu alerts so far",
		    (unsigned long long)event_counts(pipeline_event(*w))->alerts);
	putchar('\n');
}

static int explain_file(struct settings *s, const char *path)
{
	struct engine *engine = cmd_engine(s);
	struct worker *w = NULL;
	struct capture *c = NULL;
	struct buf why;

	buf_init(&why, 4096);
	s->pipeline.explain = explain;
	s->pipeline.explain_ctx = &w;
	if (engine)
		w = pipeline_new(&s->pipeline, engine);
	if (w)
		c = capture_open_file(path, &why);
	cmd_complain(&why);
	buf_fini(&why);
	int fail = c ? cmd_carry(w, c, path) : FAIL_IO;
	capture_close(c);
	pipeline_free(w);
	engine_unref(engine);
	return fail < 0 ? CMD_FAILED : CMD_WELL;
}

int cmd_explain(int argc, char **argv)
{
	struct settings *s = settings_new();
	const char *path = NULL;
	int status = s ? CMD_WELL : CMD_FAILED;

	for (int at = 1; at < argc && status == CMD_WELL;) {
		int taken = cmd_common_option(s, argv, &at);
		if (taken == 0 && !path)
			path = argv[at++];
		else if (taken <= 0)
			status = CMD_USAGE;
	}
	if (status == CMD_WELL && (!path || strcmp(path, "--help") == 0)) {
		fputs(usage, path ? stdout : stderr);
		status = path ? CMD_WELL : CMD_USAGE;
	} else if (status == CMD_WELL) {
		cmd_catch_signals();
		status = cmd_done(s, true) < 0 ? CMD_USAGE : explain_file(s, path);
	}
	settings_free(s);
	return status;
}
