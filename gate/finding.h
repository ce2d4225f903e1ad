/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/packet.h"

struct asset;
struct file;
struct tx;
struct flow;
struct rule;

#define FINDING_PER_PACKET_MAX 64u

/* What a stage noticed.  verdict/ weighs findings, event/ tells them. */
enum finding_kind {
	FINDING_RULE,        /* detect: a rule matched; `rule` is set */
	FINDING_VIRUS,       /* file: clamd or the hash list named it; `name` */
	FINDING_UNSCANNABLE, /* file: encrypted or too deep; `name` says why */
	FINDING_SCANNER, /* file: the scanner went down or came back; `name`, `on` */
	FINDING_SITE,    /* detect/site: `name` host, `detail` category, `dangerous` */
	FINDING_APP, /* app: an application was recognised; `name`, `detail` category */
	FINDING_ASSET, /* asset: a machine, new when `on`, else another name or kind; `name` */
	FINDING_KIND_MAX,
};

/* What the finder asks for.  verdict/ decides. */
enum finding_wish {
	FINDING_TELL, /* alert */
	FINDING_DROP, /* stop this packet and, for TCP and UDP, the rest of the flow */
	FINDING_REJECT, /* drop, and reset both sides */
	FINDING_PASS,   /* look no further at this flow */
	FINDING_COUNT,  /* no alert; a record for the statistics */
};

/* Lives in the packet's arena.  Text may point into flow, tx or rule memory: event/ reads
 * it before the packet ends. */
struct finding {
	struct finding *next;
	enum finding_kind kind;
	enum finding_wish wish;
	const struct rule *rule; /* FINDING_RULE */
	struct tx *tx;           /* the transaction, or NULL */
	struct span name;
	struct span detail;
	const char *
	    where; /* FINDING_SITE: "dns", "sni", "http"; FINDING_VIRUS: "http", "smtp" */
	const char
	    *list; /* FINDING_SITE: the list's name; FINDING_VIRUS: "clamav", "hash" */
	struct file
	    *file; /* FINDING_VIRUS, FINDING_UNSCANNABLE: which; `detail` is its name */
	bool packet_only; /* DROP, PASS: of this packet, not of its flow */
	struct asset
	    *asset; /* FINDING_ASSET: which; the packet may be another machine's */
	bool dangerous;
	bool on;
	bool
	    suppressed; /* matched, but threshold or noalert says: no alert (wish still counts) */
	int64_t exception; /* number of the order that lets it be; 0: none */
};

/* A new finding at the end of the packet's list; NULL when the packet has enough, which
 * puts the packet out of budget. */
struct finding *finding_add(struct packet *pkt, enum finding_kind kind);
