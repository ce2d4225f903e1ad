/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* The upper layers with short headers, and the table that chooses among all of them:
 * UDP (RFC 768), SCTP (RFC 9260), ESP (RFC 4303), IGMP (RFC 3376). */

#define UDP_LEN         8u
#define SCTP_LEN        12u
#define SCTP_CHUNK_LEN  4u
#define SCTP_CHUNKS_MAX 32u
#define ESP_LEN         8u
#define IGMP_LEN        8u

void decode_udp(struct decode *d, struct packet *pkt)
{
	const uint8_t *h = pkt->l4.at;

	if (pkt->l4.len < UDP_LEN) {
		decode_bad(pkt, DECODE_UDP_HLEN_TOO_SMALL);
		return;
	}
	uint16_t len = decode_be16(h + 4);
	if (len > pkt->l4.len) {
		decode_bad(pkt, DECODE_UDP_PKT_TOO_SMALL);
		return;
	}
	if (len < UDP_LEN) {
		decode_bad(pkt, DECODE_UDP_LEN_INVALID);
		return;
	}
	pkt->src_port = decode_be16(h);
	pkt->dst_port = decode_be16(h + 2);
	pkt->payload = span_of(h + UDP_LEN, len - UDP_LEN);
	decode_check_l4(d, pkt);
}

enum { SCTP_DATA = 0, SCTP_INIT = 1, SCTP_INIT_ACK = 2 };

static void sctp_chunks(struct packet *pkt, uint32_t tag)
{
	struct reader r = reader_of(pkt->payload.at, pkt->payload.len);
	unsigned count = 0;
	bool init = false;

	for (; reader_left(&r) > 0 && count < SCTP_CHUNKS_MAX; count++) {
		if (reader_left(&r) < SCTP_CHUNK_LEN) {
			decode_bad(pkt, DECODE_SCTP_CHUNK_TOO_SMALL);
			return;
		}
		uint8_t type = r.at[0];
		uint16_t len = decode_be16(r.at + 2);
		if (len < SCTP_CHUNK_LEN || !reader_take(&r, len)) {
			decode_bad(pkt, DECODE_SCTP_CHUNK_LEN_INVALID);
			return;
		}
		size_t pad = (4u - len % 4u) % 4u;
		reader_take(&r, pad < reader_left(&r) ? pad : reader_left(&r));
		init = init || type == SCTP_INIT || type == SCTP_INIT_ACK;
		if (type == SCTP_INIT && tag != 0)
			packet_note(pkt, DECODE_SCTP_INIT_WITH_NON_ZERO_VTAG);
		if (type == SCTP_DATA && tag == 0)
			packet_note(pkt, DECODE_SCTP_DATA_WITH_ZERO_VTAG);
	}
	if (reader_left(&r) > 0)
		packet_note(pkt, DECODE_SCTP_TOO_MANY_CHUNKS);
	if (init && count > 1)
		packet_note(pkt, DECODE_SCTP_INIT_CHUNK_BUNDLED);
}

void decode_sctp(struct packet *pkt)
{
	const uint8_t *h = pkt->l4.at;

	if (pkt->l4.len < SCTP_LEN) {
		decode_bad(pkt, DECODE_SCTP_PKT_TOO_SMALL);
		return;
	}
	pkt->src_port = decode_be16(h);
	pkt->dst_port = decode_be16(h + 2);
	pkt->payload = span_of(h + SCTP_LEN, pkt->l4.len - SCTP_LEN);
	sctp_chunks(pkt, decode_be32(h + 4));
}

void decode_esp(struct packet *pkt)
{
	if (pkt->l4.len < ESP_LEN) {
		decode_bad(pkt, DECODE_ESP_PKT_TOO_SMALL);
		return;
	}
	pkt->payload = span_of(pkt->l4.at + ESP_LEN, pkt->l4.len - ESP_LEN);
}

void decode_igmp(struct packet *pkt)
{
	if (pkt->l4.len < IGMP_LEN) {
		decode_bad(pkt, DECODE_IGMP_PKT_TOO_SMALL);
		return;
	}
	pkt->payload = span_of(pkt->l4.at + IGMP_LEN, pkt->l4.len - IGMP_LEN);
}

bool decode_upper(struct decode *d, struct packet *pkt, uint8_t proto)
{
	struct reader r = reader_of(pkt->l4.at, pkt->l4.len);

	switch (proto) {
	case DECODE_IP_TCP:
		decode_tcp(d, pkt);
		return true;
	case DECODE_IP_UDP:
		decode_udp(d, pkt);
		return true;
	case DECODE_IP_ICMP:
		decode_icmpv4(d, pkt);
		return true;
	case DECODE_IP_ICMPV6:
		decode_icmpv6(d, pkt);
		return true;
	case DECODE_IP_SCTP:
		decode_sctp(pkt);
		return true;
	case DECODE_IP_ESP:
		decode_esp(pkt);
		return true;
	case DECODE_IP_IGMP:
		decode_igmp(pkt);
		return true;
	case DECODE_IP_IPIP:
	case DECODE_IP_IPV6:
		decode_tunnel(d, pkt, &r, proto);
		return true;
	case DECODE_IP_GRE:
		decode_gre(d, pkt, &r);
		return true;
	default:
		return false;
	}
}
