/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/internal.h"

#include <netinet/in.h>

#define IPV4_LEN  20u
#define IPV6_LEN  40u
#define TCP_LEN   20u
#define HOPS      64u
#define LINK_MAX  (CAPTURE_RESET_MAX - IPV6_LEN - TCP_LEN)
#define PPPOE_END 4u /* length and PPP protocol stand last in its header */

static void put16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, (uint16_t)(v >> 16));
	put16(at + 2, (uint16_t)v);
}

/* RFC 1071, over an even number of bytes. */
static uint32_t add_words(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Link header of the packet, addresses turned round for an answer. */
static size_t put_link(
    const struct packet *pkt, bool answer, size_t ip_bytes, uint8_t *at)
{
	size_t len = (size_t)(pkt->ip.at - pkt->bytes);

	memcpy(at, pkt->bytes, len);
	if (answer && len >= 12) {
		memcpy(at, pkt->bytes + 6, 6);
		memcpy(at + 6, pkt->bytes, 6);
	}
	if (pkt->pppoe_session && len > PPPOE_END)
		put16(at + len - PPPOE_END, (uint16_t)(ip_bytes + 2));
	return len;
}

static size_t put_ip(const struct addr *from, const struct addr *to, uint8_t *at)
{
	if (from->version == 4) {
		memset(at, 0, IPV4_LEN);
		at[0] = 0x45;
		put16(at + 2, IPV4_LEN + TCP_LEN);
		at[6] = 0x40; /* do not fragment: then the identification may be 0 */
		at[8] = HOPS;
		at[9] = IPPROTO_TCP;
		memcpy(at + 12, from->bytes, 4);
		memcpy(at + 16, to->bytes, 4);
		put16(at + 10, fold(add_words(0, at, IPV4_LEN)));
		return IPV4_LEN;
	}
	memset(at, 0, IPV6_LEN);
	at[0] = 0x60;
	put16(at + 4, TCP_LEN);
	at[6] = IPPROTO_TCP;
	at[7] = HOPS;
	memcpy(at + 8, from->bytes, 16);
	memcpy(at + 24, to->bytes, 16);
	return IPV6_LEN;
}

/* Sequence space that the packet takes: SYN and FIN count as one byte each. */
static uint32_t tcp_len(const struct packet *pkt)
{
	return pkt->payload.len + !!(pkt->tcp_flags & PACKET_TCP_SYN) +
	       !!(pkt->tcp_flags & PACKET_TCP_FIN);
}

static void put_tcp(const struct packet *pkt, bool answer, uint8_t *at)
{
	bool acks = pkt->tcp_flags & PACKET_TCP_ACK;

	memset(at, 0, TCP_LEN);
	put16(at, answer ? pkt->dst_port : pkt->src_port);
	put16(at + 2, answer ? pkt->src_port : pkt->dst_port);
	if (answer) {
		put32(at + 4, acks ? pkt->tcp_ack : 0);
		put32(at + 8, pkt->tcp_seq + tcp_len(pkt));
	} else {
		put32(at + 4, pkt->tcp_seq);
		put32(at + 8, acks ? pkt->tcp_ack : 0);
	}
	at[12] = (TCP_LEN / 4) << 4;
	at[13] = PACKET_TCP_RST | (answer || acks ? PACKET_TCP_ACK : 0);
}

static bool can_reset(const struct packet *pkt)
{
	return pkt->ip_proto == IPPROTO_TCP && pkt->l4.len >= TCP_LEN &&
	       !(pkt->tcp_flags & PACKET_TCP_RST) && pkt->tunnel_depth == 0 &&
	       !pkt->ip_rebuilt && pkt->ip.at >= pkt->bytes &&
	       pkt->ip.at < pkt->bytes + pkt->len &&
	       pkt->ip.at - pkt->bytes <= LINK_MAX;
}

size_t capture_reset(const struct packet *pkt, bool for_sender, uint8_t *frame)
{
	if (!can_reset(pkt))
		return 0;
	const struct addr *from = for_sender ? &pkt->dst : &pkt->src;
	const struct addr *to = for_sender ? &pkt->src : &pkt->dst;
	size_t bytes = from->version == 4 ? 4 : 16;
	size_t ip_len = from->version == 4 ? IPV4_LEN : IPV6_LEN;
	size_t link = put_link(pkt, for_sender, ip_len + TCP_LEN, frame);
	uint8_t *tcp = frame + link + put_ip(from, to, frame + link);

	put_tcp(pkt, for_sender, tcp);
	uint32_t sum = add_words(IPPROTO_TCP + TCP_LEN, tcp, TCP_LEN);
	sum = add_words(add_words(sum, from->bytes, bytes), to->bytes, bytes);
	put16(tcp + 16, fold(sum));
	return link + ip_len + TCP_LEN;
}
