/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/addr.h"
#include "lib/base/arena.h"
#include "lib/base/span.h"

struct finding;
struct flow;

#define PACKET_VLAN_MAX   3u  /* deeper stacks are a finding, not a loop */
#define PACKET_EVENTS_MAX 16u /* decode and stream events kept of one packet */

/* Which port of the gate a frame came in by. */
enum packet_side {
	PACKET_SIDE_UNKNOWN, /* a file, a mirror port */
	PACKET_SIDE_LAN,
	PACKET_SIDE_WAN,
};

/* Direction within its flow: towards the one who answers, or towards the one who asked. */
enum packet_dir {
	PACKET_TO_SERVER = 0,
	PACKET_TO_CLIENT = 1,
};

enum packet_tcp_flag {
	PACKET_TCP_FIN = 0x01,
	PACKET_TCP_SYN = 0x02,
	PACKET_TCP_RST = 0x04,
	PACKET_TCP_PSH = 0x08,
	PACKET_TCP_ACK = 0x10,
	PACKET_TCP_URG = 0x20,
	PACKET_TCP_ECE = 0x40,
	PACKET_TCP_CWR = 0x80,
};

/* The TCP options that later stages ask for, read once. */
struct packet_tcp_opt {
	uint32_t ts_value, ts_echo;
	uint16_t mss;
	uint8_t wscale; /* 0 when more than 14 was sent (RFC 7323 2.3) */
	bool has_ts, has_mss, has_wscale, has_sack_ok, has_fast_open;
};

/*
 * Tour 2: The one thing that travels.
 *
 * capture fills the first group; decode the second; track the third; every stage may add
 * findings.  Nobody takes away.  All pointers lead into `bytes` (capture's, or the
 * reassembled datagram that decode keeps in the arena) and die when pipeline_run() returns.
 */
struct packet {
	/* capture */
	const uint8_t *bytes; /* the frame as it came, `len` bytes */
	uint32_t len;
	uint32_t wire_len; /* length on the wire, ≥ len */
	int linktype;      /* DLT_… of pcap(3) */
	int64_t time_us;   /* since 1970 UTC */
	uint64_t
	    number; /* 1-based place in the capture (EVE pcap_cnt); live: a counter */
	enum packet_side side;
	bool checksum_unready; /* offloaded checksum: do not verify */
	struct arena
	    *arena; /* for this packet's findings and copies; reset by the caller */

	/* decode */
	const uint8_t *mac_src, *mac_dst; /* 6 bytes each, or NULL */
	uint16_t vlan[PACKET_VLAN_MAX];
	uint8_t vlan_depth;
	uint16_t ethertype;     /* innermost */
	uint16_t pppoe_session; /* 0 = none */
	uint8_t tunnel_depth;   /* IP-in-IP, 6in4, … */
	struct span net;        /* behind the innermost link header: ARP, IP, … */
	struct addr src, dst;   /* version 0: no IP */
	struct span ip;         /* innermost IP header onwards */
	uint16_t ip_header_len; /* with IPv6 extension headers: up to the upper layer */
	uint8_t ip_ttl;         /* or hop limit */
	uint8_t ip_proto;       /* upper-layer protocol number */
	uint8_t ip_tos;
	uint32_t ip_id;
	bool ip_fragment; /* a fragment that could not be put together yet */
	bool ip_rebuilt;  /* put together from fragments */
	bool ip_more_fragments, ip_dont_fragment, ip_reserved_bit;
	uint16_t ip_fragment_offset; /* bytes */
	uint16_t src_port, dst_port; /* TCP, UDP, SCTP */
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_id, icmp_seq;
	uint32_t tcp_seq, tcp_ack;
	uint8_t tcp_flags;
	uint16_t tcp_window;
	struct span tcp_options;
	struct packet_tcp_opt tcp_opt;
	struct span l4;                    /* TCP/UDP/ICMP header onwards */
	struct span payload;               /* behind it */
	uint16_t event[PACKET_EVENTS_MAX]; /* enum decode_event / stream_event */
	uint8_t events;
	bool malformed;       /* some header could not be read; what was read stays */
	bool ip_checksum_bad; /* IPv4 header; only when decode_conf.check_checksums */
	bool
	    l4_checksum_bad; /* TCP, UDP, ICMP: the receiver will not take it, nor do we */

	/* track */
	struct flow *flow; /* NULL when the packet belongs to none */
	enum packet_dir dir;
	bool
	    tcp_ignored; /* the receiver will not take this segment; stream leaves it out */

	/* stream */
	bool
	    stream_unread, /* inline: no room to wait behind a hole; not to be let through */
	    stream_differs; /* contradicts bytes that went by before; event[] says it too */

	/* anybody */
	struct finding *findings, **findings_tail;
	unsigned finding_count;
	/* Memory, time or a maximum ran out before somebody had looked to the end;
	 * verdict/exception.c says what becomes of it. */
	bool out_of_budget;
};

/* Notes `code` once; beyond PACKET_EVENTS_MAX it is forgotten. */
static inline void packet_note(struct packet *pkt, uint16_t code)
{
	for (unsigned i = 0; i < pkt->events; i++)
		if (pkt->event[i] == code)
			return;
	if (pkt->events < PACKET_EVENTS_MAX)
		pkt->event[pkt->events++] = code;
}
