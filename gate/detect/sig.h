/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/detect.h"

/* A rule after loading: what the worker reads for every packet.
 *
 * Owns:    nothing; everything lives in the engine's arena and never changes.
 * Threads: any. */
#define SIG_ITEMS_MAX      64u /* checks in one buffer: the matcher calls itself per check */
#define SIG_VARS_MAX       16u /* byte_extract and byte_math names per rule */
#define SIG_TRANSFORMS_MAX 8u
#define SIG_BLOCKS_MAX     32u /* buffers per rule; a transaction keeps one bit for each */

enum sig_action { SIG_PASS, SIG_DROP, SIG_REJECT, SIG_ALERT };

/* Bits of the upper-layer protocols a rule is about. */
enum sig_proto {
	SIG_PROTO_TCP = 1,
	SIG_PROTO_UDP = 2,
	SIG_PROTO_ICMP4 = 4,
	SIG_PROTO_ICMP6 = 8,
	SIG_PROTO_SCTP = 16,
	SIG_PROTO_OTHER = 32, /* any further IP protocol */
	SIG_PROTO_NONIP = 64, /* no IP header could be read */
	SIG_PROTO_IP = 63,
};

enum sig_flag {
	SIG_BOTH_WAYS = 1u << 0, /* `<>`: source and destination may be swapped */
	SIG_IPV4_ONLY = 1u << 1,
	SIG_IPV6_ONLY = 1u << 2,
	SIG_PACKET_ONLY =
	    1u << 3, /* tcp-pkt, dsize, header keywords: never the stream */
	SIG_STREAM_ONLY = 1u << 4, /* tcp-stream, flow:only_stream */
	SIG_PACKET_TOO =
	    1u << 5, /* offset or depth: the stream first, then the packet */
	SIG_ESTABLISHED = 1u << 6,
	SIG_NOT_ESTABLISHED = 1u << 7,
	SIG_TX = 1u << 8,       /* looks into a transaction */
	SIG_PAYLOAD = 1u << 9,  /* looks into payload bytes */
	SIG_ADDRESS = 1u << 10, /* nothing but addresses: once per flow and direction */
	SIG_NOALERT = 1u << 11,
	SIG_SOURCE_TARGET = 1u << 12, /* target:src_ip */
	SIG_DEST_TARGET = 1u << 13,
	SIG_NEEDS_FLOW = 1u << 14,
	SIG_READS_BITS = 1u << 15,
	SIG_WRITES_BITS = 1u << 16,
	SIG_PKTHDR = 1u << 17, /* pkthdr: also broken packets */
	SIG_FLOW_DROP = 1u << 18,
	SIG_REJECT_SRC = 1u << 19,
	SIG_REJECT_DST = 1u << 20,
	SIG_TELLS = 1u << 21, /* `alert`: a pass rule that tells */
};

/* Which packets a rule may look at: bits 1 << enum packet_dir. */
#define SIG_TO_SERVER 1u
#define SIG_TO_CLIENT 2u

/* ---- addresses and ports: interned, so that equal sets are decided once a packet */
struct addr_range4 {
	uint32_t first, last;
};

__extension__ typedef unsigned __int128 addr_number;

struct addr_range6 {
	addr_number first, last;
};

struct addr_set {
	uint32_t id; /* place in engine->addr_sets */
	bool any;
	uint32_t n4, n6;
	const struct addr_range4 *v4; /* sorted, apart */
	const struct addr_range6 *v6;
};

struct port_range {
	uint16_t first, last;
};

struct port_set {
	uint32_t id;
	bool any;
	uint32_t n;
	const struct port_range *range; /* sorted, apart */
};

/* ---- numbers: `value op a [b]` */
enum number_op {
	NUMBER_EQ,
	NUMBER_NE,
	NUMBER_LT,
	NUMBER_LE,
	NUMBER_GT,
	NUMBER_GE,
	NUMBER_INSIDE,  /* a < value < b */
	NUMBER_OUTSIDE, /* not so */
	NUMBER_WITHIN,  /* a <= value <= b */
};

struct number_test {
	uint64_t a, b;
	uint8_t op;
};

static inline bool number_ok(const struct number_test *t, uint64_t v)
{
	switch (t->op) {
	case NUMBER_EQ:
		return v == t->a;
	case NUMBER_NE:
		return v != t->a;
	case NUMBER_LT:
		return v < t->a;
	case NUMBER_LE:
		return v <= t->a;
	case NUMBER_GT:
		return v > t->a;
	case NUMBER_GE:
		return v >= t->a;
	case NUMBER_INSIDE:
		return v > t->a && v < t->b;
	case NUMBER_OUTSIDE:
		return !(v > t->a && v < t->b);
	default:
		return v >= t->a && v <= t->b;
	}
}

/* ---- checks of the packet and its flow */
enum check_kind {
	CHECK_TTL,
	CHECK_TOS,
	CHECK_IP_ID,
	CHECK_IP_PROTO,
	CHECK_ITYPE,
	CHECK_ICODE,
	CHECK_ICMP_ID,
	CHECK_ICMP_SEQ,
	CHECK_SEQ,
	CHECK_ACK,
	CHECK_WINDOW,
	CHECK_TCP_MSS,
	CHECK_TCP_WSCALE,
	CHECK_DSIZE,
	CHECK_FLAGS,
	CHECK_FRAGBITS,
	CHECK_FRAGOFFSET,
	CHECK_SAMEIP,
	CHECK_IPOPTS,
	CHECK_STREAM_SIZE,
	CHECK_APP_PROTO,
	CHECK_EVENT,
	CHECK_APP_EVENT,
	CHECK_FLOWBITS,
	CHECK_FLOWINT,
	CHECK_XBITS,
	CHECK_FLOW_AGE,
	CHECK_FLOW_PKTS,
	CHECK_FLOW_BYTES,
	CHECK_VLAN_ID,
	CHECK_VLAN_LAYERS,
	CHECK_CSUM,
	CHECK_NEVER, /* cannot match by its own words, but loads */
	CHECK_PAYLOAD_ITEMS,
};

/* Three ways in which a check may compare TCP flags or fragment bits. */
enum mask_op { MASK_EXACT, MASK_ALL, MASK_ANY, MASK_NONE };

enum bits_op {
	BITS_SET,
	BITS_UNSET,
	BITS_TOGGLE,
	BITS_ISSET,
	BITS_ISNOTSET,
	BITS_ADD,
	BITS_SUB,
	BITS_LT,
	BITS_LE,
	BITS_EQ,
	BITS_NE,
	BITS_GE,
	BITS_GT,
};

enum track_by {
	TRACK_SRC,
	TRACK_DST,
	TRACK_BOTH,
	TRACK_RULE,
	TRACK_FLOW,
	TRACK_EITHER, /* suppress: source or destination */
};

enum flow_side { FLOW_SIDE_SERVER, FLOW_SIDE_CLIENT, FLOW_SIDE_EITHER, FLOW_SIDE_BOTH };

struct check {
	uint8_t kind;
	uint8_t op;    /* enum mask_op, enum bits_op … */
	uint8_t which; /* direction, track_by, vlan layer … */
	bool negated;
	uint32_t mask; /* flags not to be looked at; xbits: seconds */

	union {
		struct number_test number;

		struct {
			const uint64_t
			    *names; /* hashes of the names, `count` of them */
			uint32_t count;
			uint64_t value; /* flowint */
			uint64_t
			    other; /* flowint: hash of the variable compared with */
		} bits;
	} u;
};

/* ---- what is looked for in a buffer */
enum item_kind {
	ITEM_CONTENT,
	ITEM_PCRE,
	ITEM_BYTE_TEST,
	ITEM_BYTE_JUMP,
	ITEM_BYTE_EXTRACT,
	ITEM_BYTE_MATH,
	ITEM_ISDATAAT,
	ITEM_SIZE, /* bsize, urilen */
	ITEM_BASE64,
	ITEM_ABSENT,
	ITEM_ENTROPY,
	ITEM_ASN1,
};

enum item_flag {
	ITEM_NEGATED = 1u << 0,
	ITEM_RELATIVE = 1u << 1, /* counts from the end of the last match */
	ITEM_AGAIN = 1u << 2, /* a later item is relative to it: try further matches */
	ITEM_NOCASE = 1u << 3,
	ITEM_DEPTH = 1u << 4,
	ITEM_OFFSET = 1u << 5,
	ITEM_DISTANCE = 1u << 6,
	ITEM_WITHIN = 1u << 7,
	ITEM_ENDS = 1u << 8,
	ITEM_STARTS = 1u << 9,
	ITEM_DEPTH_VAR = 1u << 10,
	ITEM_OFFSET_VAR = 1u << 11,
	ITEM_DISTANCE_VAR = 1u << 12,
	ITEM_WITHIN_VAR = 1u << 13,
	ITEM_FAST = 1u << 14, /* the rule's author chose it as the fast pattern */
	ITEM_FAST_ONLY = 1u << 15,
	ITEM_LAST = 1u << 16,
	/* byte_* */
	ITEM_LITTLE = 1u << 17,
	ITEM_TEXT = 1u << 18, /* digits, not a binary number */
	ITEM_FROM_BEGIN = 1u << 19,
	ITEM_FROM_END = 1u << 20,
	ITEM_ALIGN = 1u << 21,
	ITEM_VALUE_VAR = 1u << 22,
	ITEM_NBYTES_VAR = 1u << 23,
	ITEM_DCE = 1u << 24,
	ITEM_FINAL = 1u << 25, /* when it fails everywhere, the whole buffer fails */
};

struct content {
	const uint8_t *bytes; /* lower case when ITEM_NOCASE */
	uint16_t len;
	uint16_t fast_offset, fast_len; /* part that serves as fast pattern; 0: all */
	int32_t offset, depth, distance, within; /* or the number of a variable */
};

enum byte_op {
	BYTE_LT,
	BYTE_GT,
	BYTE_EQ,
	BYTE_LE,
	BYTE_GE,
	BYTE_AND,
	BYTE_OR,
	BYTE_XOR,
	BYTE_ADD,
	BYTE_SUB,
	BYTE_MUL,
	BYTE_DIV,
	BYTE_SHL,
	BYTE_SHR,
};

struct bytes_item {
	uint8_t nbytes; /* 0: from variable nbytes_var */
	uint8_t base;   /* of ITEM_TEXT: 8, 10, 16 */
	uint8_t op;     /* enum byte_op */
	uint8_t var;    /* where byte_extract and byte_math put their result */
	uint8_t nbytes_var;
	uint8_t shift; /* right shift by the mask's trailing zeros */
	uint8_t align;
	int32_t offset; /* or the number of a variable */
	int32_t post_offset;
	uint32_t multiplier;
	uint64_t mask;  /* 0: none */
	uint64_t value; /* or the number of a variable */
};

/* Shannon's entropy in bits a byte: 0 to 8. */
struct entropy_item {
	double a, b;
	uint32_t bytes, offset;
	uint8_t op; /* enum number_op */
};

struct pcre_item {
	const struct regex *re;
	uint8_t captures; /* byte variables are not filled from captures */
};

struct item {
	uint8_t kind;
	uint32_t flags;

	union {
		struct content content;
		struct bytes_item *bytes;
		struct pcre_item pcre;

		struct {
			int32_t at; /* isdataat: or the number of a variable */
		} isdataat;
		struct number_test *size;

		struct {
			uint32_t bytes; /* encoded bytes to take; 0: all */
			uint32_t offset;
			uint8_t mode;
			const struct block *then; /* base64_data, or NULL */
		} base64;

		struct {
			bool or_else;
		} absent;

		struct entropy_item *entropy;
	} u;
};

/* ---- where rules look */
enum {
	BUFFER_PAYLOAD = TX_BUFFER_MAX, /* packet or stream */
	BUFFER_IPV4_HDR,
	BUFFER_IPV6_HDR,
	BUFFER_TCP_HDR,
	BUFFER_UDP_HDR,
	BUFFER_ICMPV4_HDR,
	BUFFER_ICMPV6_HDR,
	BUFFER_IP_SRC,
	BUFFER_IP_DST,
	BUFFER_BASE64,
	BUFFER_MAX,
};

enum transform_kind {
	TRANSFORM_LOWER,
	TRANSFORM_UPPER,
	TRANSFORM_STRIP_SPACE,
	TRANSFORM_COMPRESS_SPACE,
	TRANSFORM_DOTPREFIX,
	TRANSFORM_URL_DECODE,
	TRANSFORM_MD5,
	TRANSFORM_SHA1,
	TRANSFORM_SHA256,
	TRANSFORM_XOR,
	TRANSFORM_HEADER_LOWER,
	TRANSFORM_STRIP_PSEUDO,
	TRANSFORM_BASE64,
	TRANSFORM_PCRE,
	TRANSFORM_SUBSLICE,
	TRANSFORM_DOMAIN,
	TRANSFORM_TLD,
};

struct transform {
	uint8_t kind;
	uint8_t mode;
	uint16_t key_len;
	int32_t a, b;
	const uint8_t *key;
	const struct regex *re;
};

/* A buffer with its transforms; equal ones are one source.  Source 0 is the payload. */
struct source {
	uint16_t id;
	uint16_t buffer;
	uint8_t transforms;
	bool many; /* may have several instances: each use in a rule is on its own */
	struct transform transform[SIG_TRANSFORMS_MAX];
};

struct block {
	const struct source *source;
	const struct item *items;
	uint16_t count;
	bool absent_ok; /* absent: matches when the buffer never came */
	bool absent_only;
};

/* ---- how often a rule may tell */
enum threshold_kind {
	THRESHOLD_NONE,
	THRESHOLD_LIMIT,
	THRESHOLD_THRESHOLD,
	THRESHOLD_BOTH,
	THRESHOLD_FILTER, /* detection_filter: begins after `count` */
	THRESHOLD_BACKOFF,
	THRESHOLD_RATE,
	THRESHOLD_SUPPRESS,
};

struct threshold {
	uint8_t kind;
	uint8_t by;         /* enum track_by */
	uint8_t new_action; /* THRESHOLD_RATE */
	uint8_t unique;     /* detection_filter unique_on: 0, 1 src_port, 2 dst_port */
	uint32_t count, seconds, multiplier, timeout;
	const struct addr_set *addrs; /* THRESHOLD_SUPPRESS */
	const struct threshold *next;
};

struct sig {
	struct rule rule; /* first: a struct rule is its sig */
	uint32_t flags;
	uint8_t action;
	uint8_t rank; /* place of the action in the order of actions */
	uint8_t proto; /* enum sig_proto bits */
	uint8_t app;   /* enum flow_app; FLOW_APP_UNKNOWN: any */
	uint8_t dirs;
	uint8_t vars; /* byte variables used */
	uint8_t block_count;
	uint8_t
	    ip_proto; /* for a header protocol such as esp: the one number, else 0 */
	uint16_t check_count, act_count;
	const struct addr_set *src, *dst;
	const struct port_set *src_port, *dst_port;
	const struct check *checks, *acts;
	const struct block *blocks;
	const struct threshold *threshold;
};

static inline const struct sig *sig_of(const struct rule *rule)
{
	return (const struct sig *)(const void *)rule;
}
