/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/finding.h"
#include "lib/base/addr.h"

/* What people decided beforehand: machines that are cut off, and what is let be.
 *
 * A machine that is cut off is cut off in observe mode too: that mode is about what the gate
 * decides by itself.  It still gets an address and finds its neighbours (ARP, DHCP, neighbour
 * discovery): nothing of it passes to the Internet.  What machines say to each other through a
 * switch never comes by here.
 *
 * Owns:    nothing; Borrows: packet and findings during the call.  Threads: one at a time.
 * Limits:  VERDICT_CUTS_MAX, VERDICT_EXCEPTS_MAX.
 * Serves:  fleet: containment, exceptions with reason, scope and expiry */
#define VERDICT_CUTS_MAX    256u
#define VERDICT_EXCEPTS_MAX 512u

struct verdict_machine {
	bool by_mac;
	uint8_t mac[6];
	struct addr ip;
};

struct verdict_cut {
	int64_t id;
	struct verdict_machine machine;
	int64_t until_us; /* 0: until it is taken away */
};

enum verdict_except_what { VERDICT_HOST, VERDICT_SIGNATURE, VERDICT_MACHINE };

struct verdict_except {
	int64_t id;
	enum verdict_except_what what;
	char host[256]; /* and what ends with ".host" */
	uint32_t sid;
	struct verdict_machine machine;
	int64_t until_us;
};

struct verdict_orders {
	struct verdict_cut cut[VERDICT_CUTS_MAX];
	struct verdict_except except[VERDICT_EXCEPTS_MAX];
	unsigned cuts, excepts;
};

/* "02:00:5e:00:00:01" or an address; false when it is neither. */
bool verdict_machine_parse(const char *text, struct verdict_machine *m);
/* Is this packet from or to a machine that is cut off? */
bool verdict_orders_cut(const struct verdict_orders *o, const struct packet *p);
/* Marks findings that are let be: no alert, no stop; f->exception says by which. */
void verdict_orders_except(const struct verdict_orders *o, struct packet *p);
