/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/capture/capture.h"

/* One kind of capture: file.c, afpacket.c. */
struct capture_kind {
	int (*next)(
	    struct capture *c, struct packet *pkt, int wait_ms, struct buf *why);
	void (*verdict)(struct capture *c, struct packet *pkt, enum verdict v);
	void (*count)(struct capture *c); /* brings c->counts up to date */
	int (*percent)(struct capture *c);
	void (*close)(struct capture *c);
};

struct capture {
	const struct capture_kind *kind;
	struct capture_counts counts;
};

/* reset.c: a frame that ends the TCP conversation of `pkt` for its sender (or else for its
 * receiver), as from the other side.  Returns its length, 0 when none can be made (not TCP,
 * a tunnel, itself a reset).  RFC 9293 3.5.2. */
#define CAPTURE_RESET_MAX 192u
size_t capture_reset(const struct packet *pkt, bool for_sender, uint8_t *frame);
