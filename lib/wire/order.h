/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"
#include "lib/base/fail.h"

#include <jansson.h>

/* What a centre orders a gate to do: a JSON text, signed as it stands (lib/sign).
 *
 * The gate checks the signature over the bytes, then reads them here, then asks for whom and
 * until when: what stands in an order that is read is in range, nothing else is promised.
 *
 *   {"gate":7,"number":12,"kind":"contain","issued_us":…,"not_before_us":…,"expires_us":…,
 *    "args":{"id":3,"mac":"02:00:5e:00:00:01","until_us":…,"reason":"…"}}
 *
 * Owns:    a struct wire_order its `values` tree; wire_order_fini() it.
 * Threads: any; no state.
 * Limits:  WIRE_ORDER_MAX a text; the rooms below; WIRE_VALUES_MAX settings.
 * Serves:  fleet: signed orders */
#define WIRE_ORDER_MAX  (32u << 10)
#define WIRE_VALUES_MAX 64u
#define WIRE_VALUE_MAX  1024u
#define WIRE_ORDERS_MAX 50u /* in one answer */

enum wire_order_kind {
	WIRE_ORDER_CONTAIN,  /* id, mac or ip, until_us, reason */
	WIRE_ORDER_RELEASE,  /* id */
	WIRE_ORDER_EXCEPT,   /* id, what, value, until_us, reason */
	WIRE_ORDER_UNEXCEPT, /* id */
	WIRE_ORDER_CONFIG,   /* version, values */
	WIRE_ORDER_BUNDLE,   /* name, version, sha256, size */
	WIRE_ORDER_ROLLBACK, /* name, version */
	WIRE_ORDER_EXPLAIN,  /* id, ip, port, peer, peer_port, from_us, to_us */
	WIRE_ORDER_CAPTURE,  /* id, ip, port, seconds, size */
	WIRE_ORDER_KEYS,     /* keys: the public keys that count from now on */
	WIRE_ORDER_KIND_MAX,
};

enum wire_except { WIRE_EXCEPT_HOST, WIRE_EXCEPT_SIGNATURE, WIRE_EXCEPT_MACHINE };

struct wire_order {
	int64_t gate, number;
	enum wire_order_kind kind;
	int64_t issued_us, not_before_us, expires_us;

	/* args; what the kind does not have is 0 or "" */
	int64_t id; /* the centre's number of the thing that is ordered */
	char mac[18], ip[46], peer[46];
	int64_t port, peer_port;
	int64_t until_us; /* 0: until told otherwise */
	char reason[512];
	enum wire_except what;
	char value[256]; /* host, signature's number, or machine's MAC or address */
	int64_t version, size, seconds, from_us, to_us;
	char name[17]; /* of a bundle's kind: rules, sites */
	char sha256[65];
	char keys[2][65];
	json_t *values; /* CONFIG: {key: text} */
};

const char *wire_order_name(enum wire_order_kind k);
enum wire_order_kind wire_order_find(const char *name); /* WIRE_ORDER_KIND_MAX: none */
const char *wire_except_name(enum wire_except e);
/* −1: none of them. */
int wire_except_find(const char *name);

/* "aa:bb:cc:dd:ee:ff" in lower case into 6 bytes. */
bool wire_mac_parse(const char *text, uint8_t mac[6]);

/* Reads an order.  0, or FAIL_FORMAT with the reason in `why`. */
int wire_order_read(
    struct span text, struct wire_order *o, char *why, size_t room) must_use;
void wire_order_fini(struct wire_order *o);
/* Writes the order as text; what wire_order_read() reads again. */
int wire_order_write(const struct wire_order *o, struct buf *text) must_use;
