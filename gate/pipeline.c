/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/pipeline.h"

#include "lib/base/must.h"

#include <stdlib.h>

#define PACKET_ARENA_MAX  (256u << 10)
#define EXPIRE_PER_PACKET 4u
#define EXPIRE_WHEN_IDLE  1024u

struct worker {
	struct arena arena;
	struct arena
	    last; /* for last_look(): a flow may end while a packet is carried */
	struct decode *decode;
	struct track *track;
	struct stream_shop *stream;
	struct file_shop *file;
	struct app *app;
	struct asset_table *asset;
	struct detect *detect;
	struct verdict_conf verdict;
	struct event *event;
	pipeline_explain_fn *explain;
	void *explain_ctx;
};

static void tell(const struct worker *w, const char *stage, const struct packet *pkt,
    const struct chunk *chunk, const struct verdict_result *v)
{
	if (w->explain)
		w->explain(w->explain_ctx, stage, pkt, chunk, v);
}

/* Tour 1: One packet, from the cable to the verdict.  Each line is the door of one folder;
 * the folders stand in this order in gate/meson.build. */
enum verdict pipeline_run(struct worker *w, struct packet *pkt)
{
	arena_reset(&w->arena);
	pkt->arena = &w->arena;
	tell(w, "capture", pkt, NULL, NULL);

	decode_frame(w->decode, pkt);
	tell(w, "decode", pkt, NULL, NULL);

	track_packet(w->track, pkt);
	tell(w, "track", pkt, NULL, NULL);

	struct chunk chunk = stream_push(w->stream, pkt);
	tell(w, "stream", pkt, &chunk, NULL);

	app_feed(w->app, pkt, &chunk);
	tell(w, "app", pkt, &chunk, NULL);

	file_run(w->file, pkt);
	tell(w, "file", pkt, &chunk, NULL);

	asset_note(w->asset, pkt);
	tell(w, "asset", pkt, &chunk, NULL);

	detect_run(w->detect, pkt, &chunk);
	tell(w, "detect", pkt, &chunk, NULL);

	struct verdict_result v = verdict_weigh(&w->verdict, pkt);
	tell(w, "verdict", pkt, &chunk, &v);

	event_packet(w->event, pkt, &v);
	tell(w, "event", pkt, &chunk, &v);

	if (pkt->flow)
		app_tidy(w->app, pkt->flow);
	track_expire(w->track, pkt->time_us, EXPIRE_PER_PACKET);
	return v.verdict;
}

/* A transaction leaves, with its flow or before. */
static void tx_ends(void *ctx, struct tx *tx)
{
	struct worker *w = ctx;

	detect_tx_end(w->detect, tx);
	file_tx_end(w->file, tx);
}

/* Bytes that waited behind a hole when the flow ended: the parsers still want them. */
static void drain(struct worker *w, struct flow *flow)
{
	struct packet none = {
		.flow = flow, .arena = &w->arena, .time_us = flow->last_us
	};

	for (int dir = PACKET_TO_SERVER; dir <= PACKET_TO_CLIENT; dir++) {
		struct chunk chunk =
		    stream_drain(w->stream, flow, (enum packet_dir)dir);
		for (; chunk.bytes.len;
		     chunk = stream_drain(w->stream, flow, (enum packet_dir)dir)) {
			none.dir = chunk.dir;
			app_feed(w->app, &none, &chunk);
		}
	}
}

/* What became final because the flow ends is looked at and told with a packet that never
 * was: it has no bytes and no number. */
static void last_look(struct worker *w, struct flow *flow, enum packet_dir dir)
{
	bool back = dir == PACKET_TO_CLIENT;
	struct chunk chunk = { .dir = dir, .end = true };
	struct packet pkt = { .arena = &w->last,
		.flow = flow,
		.dir = dir,
		.vlan_depth = flow->vlan_depth,
		.time_us = flow->last_us,
		.ip_proto = flow->ip_proto,
		.src = back ? flow->server : flow->client,
		.dst = back ? flow->client : flow->server,
		.src_port = back ? flow->server_port : flow->client_port,
		.dst_port = back ? flow->client_port : flow->server_port };

	memcpy(pkt.vlan, flow->vlan, sizeof(pkt.vlan));
	arena_reset(&w->last);
	file_run(w->file, &pkt);
	detect_run(w->detect, &pkt, &chunk);
	struct verdict_result v = verdict_weigh(&w->verdict, &pkt);
	event_packet(w->event, &pkt, &v);
}

/* A flow leaves: its last words, then each stage frees what it hung on it. */
static void flow_ends(void *ctx, struct flow *flow)
{
	struct worker *w = ctx;

	drain(w, flow);
	app_flow_close(w->app, flow);
	if (flow->txs) {
		last_look(w, flow, PACKET_TO_SERVER);
		last_look(w, flow, PACKET_TO_CLIENT);
	}
	detect_flow_end(w->detect, flow);
	event_flow_end(w->event, flow);
	app_flow_end(w->app, flow); /* calls tx_ends() for each that is left */
	stream_flow_end(w->stream, flow);
}

struct worker *pipeline_new(const struct pipeline_conf *conf, struct engine *engine)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	arena_init(&w->arena, PACKET_ARENA_MAX);
	arena_init(&w->last, PACKET_ARENA_MAX);
	w->verdict = conf->verdict;
	w->explain = conf->explain;
	w->explain_ctx = conf->explain_ctx;
	w->decode = decode_new(&conf->decode);
	w->track = track_new(&conf->track, flow_ends, w);
	w->stream = stream_new(&conf->stream);
	w->file = file_new(&conf->file);
	struct app_file_sink sink = { 0 };
	if (w->file)
		sink = file_sink(w->file);
	struct app_conf app = conf->app;
	app.tx_end = tx_ends;
	app.tx_end_ctx = w;
	w->app = app_new(&app, &sink);
	w->asset = asset_new(&conf->asset);
	w->detect = detect_new(engine);
	struct event_conf event = conf->event;
	event.assets = w->asset;
	w->event = event_new(&event);
	if (w->decode && w->track && w->stream && w->file && w->app && w->asset &&
	    w->detect && w->event)
		return w;
	pipeline_free(w);
	return NULL;
}

void pipeline_end(struct worker *w)
{
	track_free(w->track);
	w->track = NULL;
}

void pipeline_free(struct worker *w)
{
	if (!w)
		return;
	pipeline_end(w); /* first: the flows' last words need everybody */
	event_free(w->event);
	detect_free(w->detect);
	asset_free(w->asset);
	app_free(w->app);
	file_free(w->file);
	stream_free(w->stream);
	decode_free(w->decode);
	arena_fini(&w->arena);
	arena_fini(&w->last);
	free(w);
}

struct event *pipeline_event(struct worker *w)
{
	return w->event;
}

struct file_shop *pipeline_file(struct worker *w)
{
	return w->file;
}

struct asset_table *pipeline_asset(struct worker *w)
{
	return w->asset;
}

void pipeline_set_verdict(struct worker *w, const struct verdict_conf *conf)
{
	w->verdict = *conf;
}

struct detect *pipeline_detect(struct worker *w)
{
	return w->detect;
}

void pipeline_idle(struct worker *w, int64_t now_us)
{
	track_expire(w->track, now_us, EXPIRE_WHEN_IDLE);
	asset_idle(w->asset, now_us);
	asset_idle(w->asset, now_us);
}
