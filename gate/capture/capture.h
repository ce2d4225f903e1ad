/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/flow.h"
#include "gate/verdict.h"
#include "lib/base/buf.h"
#include "lib/base/fail.h"

/* Brings frames in and, between two ports, lets them out again.
 *
 * Owns:    the file or the ports, and the bytes of the frame that capture_next() gave last.
 * Borrows: packet and flow in capture_verdict(), during the call.
 * Threads: one worker.
 * Limits:  CAPTURE_FRAME_MAX bytes a frame (the kernel joins segments up to 64 KiB).
 * Serves:  002-02 (a bridge that needs no setting), 002-18
 *
 * Four kinds: a capture file; a recording at its own speed; ports that are only listened to; a pair LAN and WAN where a
 * frame leaves by the other port after its verdict and not before.  Frames of a pair pass
 * unchanged, whatever they are: tags, padding and unknown protocols included. */
#define CAPTURE_FRAME_MAX 65664u

enum capture_got {
	CAPTURE_NONE, /* nothing came in time */
	CAPTURE_FRAME,
	CAPTURE_END, /* the file is over */
};

struct capture_counts {
	uint64_t frames; /* taken in */
	uint64_t lost;   /* the kernel had no room */
	uint64_t sent;   /* let out by the other port */
	uint64_t unsent; /* could not be let out: port down, frame too long for it */
	uint64_t resets; /* answers that ended a TCP conversation */
};

struct capture;

/* A pcap or pcapng file; "-" is standard input.  NULL with the reason in `why`. */
struct capture *capture_open_file(const char *path, struct buf *why)
    __attribute__((malloc));

/* The same as if it happened now, at its own speed; behind its end nothing comes any more. */
struct capture *capture_open_paced(const char *path, struct buf *why)
    __attribute__((malloc));

struct capture_ports {
	const char *lan, *wan; /* interface names; wan may be NULL unless inline_pair */
	bool inline_pair;
};

/* Needs CAP_NET_RAW while opening, nothing afterwards.  NULL with the reason in `why`. */
struct capture *capture_open_ports(const struct capture_ports *conf, struct buf *why)
    __attribute__((malloc));

/* The next frame within `wait_ms`: fills the capture part of `pkt`, zeroes the rest.  Returns
 * an enum capture_got, or FAIL_FORMAT, FAIL_IO with the reason in `why`. */
int capture_next(
    struct capture *c, struct packet *pkt, int wait_ms, struct buf *why) must_use;
/* What becomes of the frame that capture_next() gave; called once for each. */
void capture_verdict(struct capture *c, struct packet *pkt, enum verdict v);
struct capture_counts capture_counts(struct capture *c);
/* How much of a file was read, 0…100; −1 when nobody knows. */
int capture_percent(struct capture *c);
void capture_close(struct capture *c);
