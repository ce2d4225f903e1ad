/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/packet.h"

struct app_state; /* app/: the protocol parser of this flow */
struct asset;     /* asset/: a machine on the LAN */
struct stream;    /* stream/: one direction's bytes in order */
struct tx;
struct detect_flow; /* detect/: flowbits, what was already inspected */

/* Application protocols the gate knows, by their EVE names (flow.c: flow_app_name). */
enum flow_app {
	FLOW_APP_UNKNOWN, /* not decided yet */
	FLOW_APP_FAILED,  /* decided: none that we parse */
	FLOW_APP_HTTP,
	FLOW_APP_DNS,
	FLOW_APP_TLS,
	FLOW_APP_SMTP,
	FLOW_APP_MAX,
};

enum flow_state {
	FLOW_NEW,         /* packets in one direction only, or TCP handshake not done */
	FLOW_ESTABLISHED, /* UDP: both directions seen; TCP: three-way handshake done */
	FLOW_CLOSED,      /* TCP: FIN both ways or RST */
};

enum flow_tcp_state {
	FLOW_TCP_NONE,
	FLOW_TCP_SYN_SENT,
	FLOW_TCP_SYN_RECV,
	FLOW_TCP_ESTABLISHED,
	FLOW_TCP_FIN_WAIT1,
	FLOW_TCP_FIN_WAIT2,
	FLOW_TCP_CLOSING,
	FLOW_TCP_CLOSE_WAIT,
	FLOW_TCP_LAST_ACK,
	FLOW_TCP_TIME_WAIT,
	FLOW_TCP_CLOSED,
};

/* Why a flow left the table (EVE flow.reason). */
enum flow_end {
	FLOW_END_NONE,
	FLOW_END_TIMEOUT,
	FLOW_END_FORCED,
	FLOW_END_SHUTDOWN,
	FLOW_END_TCP_REUSE, /* the same ports began another connection */
	FLOW_END_MAX,
};

#define FLOW_TCP_TRIES 4u

/* What track/ knows of a TCP connection; [dir] is the direction that the sender's bytes
 * take.  Sequence numbers wrap: compare differences (flow_seq_before). */
struct flow_tcp {
	uint32_t isn[2];    /* initial sequence number: the first byte is isn + 1 */
	uint32_t next[2];   /* behind the last byte or FIN seen */
	uint32_t ack[2];    /* highest acknowledgement that this sender sent */
	uint32_t window[2]; /* bytes this sender is ready to take, scaled */
	uint32_t fin[2];    /* sequence number of the FIN; see has_fin */
	uint32_t ts[2];     /* timestamp to compare with (RFC 7323 4.3) */
	uint8_t wscale[2];
	bool scaling;    /* both SYNs asked for it, or midstream */
	bool stamping;   /* the same for timestamps */
	bool known[2];   /* isn, next are known */
	bool has_ack[2]; /* ack, window are known */
	bool has_fin[2];
	bool has_reset; /* closed by a RST that came in direction reset_by */
	enum packet_dir reset_by;
	/* Before the handshake is done: other initial sequence numbers that were offered. */
	uint32_t tries[2][FLOW_TCP_TRIES];
	uint8_t tried[2];
};

/*
 * A conversation between two endpoints, from its first packet to its time-out.
 * The client is who spoke first (corrected when a SYN-ACK shows otherwise).
 *
 * Owned by track/ (a pool per worker).  app/, stream/, detect/ hang their own state on it
 * and free it in the hook that they gave to track_init().
 */
struct flow {
	struct flow *hash_next;
	struct flow *idle_prev, *idle_next;
	uint32_t hash;
	uint8_t idle_class; /* track/: which time-out */
	int64_t idle_us;    /* track/: when it was put at the end of the idle list */
	uint16_t
	    key_port[2]; /* ports, or ICMP type and its counterpart; client's first */
	uint64_t id;     /* EVE flow_id: stable, never 0 */

	struct addr client, server;
	uint16_t client_port, server_port;
	uint8_t ip_proto;
	uint16_t vlan[PACKET_VLAN_MAX];
	uint8_t vlan_depth;
	enum packet_side client_side; /* where the first packet came from */
	uint8_t icmp_type, icmp_code; /* of the first packet */

	enum flow_state state;
	enum flow_tcp_state tcp_state;
	struct flow_tcp tcp;
	uint8_t tcp_flags[2]; /* seen, per direction (enum packet_dir) */
	bool midstream;       /* first packet was not a SYN */
	int64_t start_us, last_us;
	uint64_t packets[2], bytes[2]; /* per direction; bytes of whole frames */

	enum flow_app app;
	enum flow_app
	    app_orig; /* before STARTTLS or CONNECT changed it; else UNKNOWN */
	struct stream *stream[2];
	struct app_state *app_state;
	struct tx *txs, *txs_tail; /* live transactions, oldest first */
	uint64_t tx_next_id;
	uint64_t tx_count;

	void *event; /* event/: what it keeps until the flow is told, or NULL */
	struct detect_flow *detect;
	struct asset *asset_client,
	    *asset_server; /* NULL: not on the LAN, or unknown */

	void *guess;           /* app/ndpi: what it remembers of this flow, opaque */
	const char *app_name;  /* nDPI's name, static text, or NULL */
	const char *app_class; /* "remote-control", "p2p", … or NULL */

	bool dropped; /* every further packet is dropped */
	uint8_t
	    drop_told; /* event/: directions whose drop was told, bit 1 << packet_dir */
	uint8_t resets;  /* capture/: answers sent to end the conversation */
	bool passed;     /* a pass rule matched: no detection */
	bool alerted;    /* EVE flow.alerted */
	bool no_payload; /* encrypted from here: bytes need no inspection */
	enum flow_end end;
};

/* "http", "dns", … "failed"; NULL while unknown. */
const char *flow_app_name(enum flow_app app);
/* The reverse, for rule headers; FLOW_APP_MAX when the name is not known. */
enum flow_app flow_app_find(const char *name);
/* "timeout", "forced", … (EVE flow.reason). */
const char *flow_end_name(enum flow_end end);
/* "syn_sent", "established", … (EVE flow tcp.state). */
const char *flow_tcp_state_name(enum flow_tcp_state state);

/* a before b, in sequence numbers that wrap (RFC 9293 3.4). */
static inline bool flow_seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}
