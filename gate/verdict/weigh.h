/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/finding.h"
#include "gate/flow.h"
#include "gate/verdict.h"
#include "gate/verdict/orders.h"

/* Decides what becomes of a packet from what was found.
 *
 * Owns:    nothing; Borrows: packet and flow.  Threads: any.
 * Serves:  002-02, 002-18 (observe drops nothing), 002-27 */
enum verdict_mode {
	VERDICT_OBSERVE, /* tell, stop nothing */
	VERDICT_PROTECT, /* stop what asks to be stopped */
};

struct verdict_conf {
	enum verdict_mode mode;
	bool inline_path; /* false: a replay or a mirror: stopping is only told */
	bool
	    fail_closed; /* out of budget: block instead of letting through (exception.c) */
	bool block_off_business;
	const struct verdict_orders *orders; /* NULL: none */
};

struct verdict_result {
	enum verdict verdict;
	const struct finding *cause; /* what decided, or NULL */
	const char *reason; /* EVE drop.reason: "rules", "flow drop", "contained", … */
	bool standing;      /* the next packets too, whatever is in them */
};

struct verdict_result verdict_weigh(
    const struct verdict_conf *conf, struct packet *pkt);
const char *verdict_name(enum verdict v);
