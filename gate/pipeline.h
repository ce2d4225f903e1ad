/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"
#include "gate/asset/asset.h"
#include "gate/decode/decode.h"
#include "gate/detect/detect.h"
#include "gate/event/event.h"
#include "gate/file/file.h"
#include "gate/packet.h"
#include "gate/stream/stream.h"
#include "gate/track/track.h"
#include "gate/verdict/weigh.h"

/* Called once per stage with its folder's name (otasuke-gate explain).  `chunk` and
 * `verdict` are NULL until their stages have spoken. */
typedef void pipeline_explain_fn(void *ctx, const char *stage, const struct packet *pkt,
    const struct chunk *chunk, const struct verdict_result *verdict);

struct pipeline_conf {
	struct decode_conf decode;
	struct track_conf track;
	struct stream_conf stream;
	struct app_conf app;
	struct file_conf file;
	struct asset_conf asset;
	struct verdict_conf verdict;
	struct event_conf event;
	pipeline_explain_fn *explain;
	void *explain_ctx;
};

/* Everything one worker needs to carry packets; nothing in it is shared but the engine. */
struct worker;

struct worker *pipeline_new(const struct pipeline_conf *conf, struct engine *engine)
    __attribute__((malloc));
/* Ends all flows (their events are written) and frees. */
void pipeline_free(struct worker *w);
struct event *pipeline_event(struct worker *w);
struct detect *pipeline_detect(struct worker *w);
struct file_shop *pipeline_file(struct worker *w);
struct asset_table *pipeline_asset(struct worker *w);
/* Between two packets: weigh so from now on. */
void pipeline_set_verdict(struct worker *w, const struct verdict_conf *conf);

/* Ends all flows: their events are written and counted.  Nothing is carried afterwards. */
void pipeline_end(struct worker *w);

/* Carries one packet through every stage. */
enum verdict pipeline_run(struct worker *w, struct packet *pkt);
/* Called between packets when time passes without any (µs). */
void pipeline_idle(struct worker *w, int64_t now_us);
