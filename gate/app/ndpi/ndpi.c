/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/ndpi/ndpi.h"
#include "gate/app/ndpi/internal.h"
#include "gate/finding.h"

#include <ndpi/ndpi_api.h>
#include <netinet/in.h>
#include <stdlib.h>

struct app_ndpi {
	struct ndpi_detection_module_struct *module;
	unsigned live; /* flows that are being watched */
};

/* flow->guess while a flow is watched. */
struct watch {
	unsigned packets;
	struct ndpi_flow_struct *flow;
};

/* flow->guess afterwards: nobody begins again. */
static char done;

struct app_ndpi *app_ndpi_new(void)
{
	struct app_ndpi *n = calloc(1, sizeof(*n));
	NDPI_PROTOCOL_BITMASK all;

	if (!n)
		return NULL;
	/* Its list of Tor addresses is as old as the release: other people live there now. */
	n->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	if (!n->module) {
		free(n);
		return NULL;
	}
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(n->module, &all);
	ndpi_finalize_initialization(n->module);
	return n;
}

void app_ndpi_free(struct app_ndpi *n)
{
	if (!n)
		return;
	ndpi_exit_detection_module(n->module);
	free(n);
}

static struct watch *watch_new(struct app_ndpi *n)
{
	if (n->live >= APP_NDPI_FLOWS_MAX)
		return NULL;
	struct watch *w = calloc(1, sizeof(*w));
	if (!w)
		return NULL;
	w->flow = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT);
	if (!w->flow) {
		free(w);
		return NULL;
	}
	memset(w->flow, 0, SIZEOF_FLOW_STRUCT);
	n->live++;
	return w;
}

static void watch_free(struct app_ndpi *n, struct flow *flow)
{
	struct watch *w = flow->guess;

	flow->guess = &done;
	ndpi_free_flow(w->flow);
	free(w);
	n->live--;
}

/* The application within the protocol: TeamViewer rather than TLS. */
static uint16_t best(ndpi_protocol p)
{
	return p.app_protocol != NDPI_PROTOCOL_UNKNOWN ? p.app_protocol
						       : p.master_protocol;
}

static void tell(struct packet *pkt)
{
	struct flow *flow = pkt->flow;

	if (!flow->app_class || !app_ndpi_is_told(flow->app_class))
		return;
	struct finding *f = finding_add(pkt, FINDING_APP);
	if (!f)
		return;
	f->wish = FINDING_COUNT;
	f->name = span_text(flow->app_name);
	f->detail = span_text(flow->app_class);
}

static void decide(struct app_ndpi *n, struct packet *pkt, ndpi_protocol p)
{
	uint16_t id = best(p);

	if (id != NDPI_PROTOCOL_UNKNOWN) {
		pkt->flow->app_name = ndpi_get_proto_name(n->module, id);
		pkt->flow->app_class = app_ndpi_class(id, (unsigned)p.category);
		tell(pkt);
	}
	watch_free(n, pkt->flow);
}

static bool is_readable(const struct packet *pkt)
{
	return pkt->payload.len && pkt->ip.len <= UINT16_MAX && !pkt->malformed &&
	       !pkt->ip_fragment;
}

void app_ndpi_packet(struct app_ndpi *n, struct packet *pkt)
{
	struct flow *flow = pkt->flow;
	struct watch *w = flow->guess;

	if (flow->guess == &done || !is_readable(pkt))
		return;
	if (!w) {
		w = flow->guess = watch_new(n);
		if (!w) {
			flow->guess = &done;
			return;
		}
	}
	ndpi_protocol p = ndpi_detection_process_packet(n->module, w->flow, pkt->ip.at,
	    (uint16_t)pkt->ip.len, (uint64_t)pkt->time_us / 1000);
	w->packets++;
	bool known = best(p) != NDPI_PROTOCOL_UNKNOWN &&
		     !ndpi_extra_dissection_possible(n->module, w->flow);
	if (known) {
		decide(n, pkt, p);
	} else if (w->packets >= APP_NDPI_PACKETS_MAX) {
		uint8_t guessed;
		decide(n, pkt, ndpi_detection_giveup(n->module, w->flow, 0, &guessed));
	}
}

void app_ndpi_flow_end(struct app_ndpi *n, struct flow *flow)
{
	if (flow->guess && flow->guess != &done)
		watch_free(n, flow);
	flow->guess = NULL;
}
