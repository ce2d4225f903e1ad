/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* RFC 1071.  Sums are kept in the machine's own byte order: the end-around carry makes the
 * result the same, and eight bytes go at a time. */

static uint64_t sum_add(uint64_t sum, const uint8_t *at, size_t len)
{
	while (len >= 8) {
		uint64_t word;
		memcpy(&word, at, 8);
		sum += word;
		sum += sum < word; /* carry */
		at += 8;
		len -= 8;
	}
	if (len > 0) {
		uint64_t word = 0;
		memcpy(&word, at, len);
		sum += word;
		sum += sum < word;
	}
	return sum;
}

static uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t decode_sum(struct span s)
{
	uint16_t sum = sum_fold(sum_add(0, s.at, s.len));
	uint8_t b[2];

	memcpy(b, &sum, 2);
	return decode_be16(b);
}

bool decode_ip_sum_right(const struct packet *pkt)
{
	if (pkt->src.version != 4 || pkt->ip.len < pkt->ip_header_len)
		return true;
	return sum_fold(sum_add(0, pkt->ip.at, pkt->ip_header_len)) == 0;
}

/* Addresses, length and protocol in front of the upper layer (RFC 9293 3.1, RFC 8200 8.1). */
static uint64_t pseudo_header(const struct packet *pkt, uint32_t len)
{
	unsigned n = pkt->src.version == 4 ? 4 : 16;
	uint8_t tail[8] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
		(uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0, pkt->ip_proto };

	uint64_t sum = sum_add(0, pkt->src.bytes, n);
	sum = sum_add(sum, pkt->dst.bytes, n);
	return sum_add(sum, tail, sizeof(tail));
}

static bool sum_right(const struct packet *pkt, uint64_t sum, uint32_t len)
{
	return sum_fold(sum_add(sum, pkt->l4.at, len)) == 0;
}

bool decode_l4_sum_right(const struct packet *pkt)
{
	if (pkt->ip_fragment || pkt->malformed)
		return true;
	switch (pkt->ip_proto) {
	case DECODE_IP_TCP:
		return sum_right(pkt, pseudo_header(pkt, pkt->l4.len), pkt->l4.len);
	case DECODE_IP_UDP: {
		uint16_t len = decode_be16(pkt->l4.at + 4);
		if (pkt->l4.at[6] == 0 && pkt->l4.at[7] == 0)
			return true; /* none was made */
		return sum_right(pkt, pseudo_header(pkt, len), len);
	}
	case DECODE_IP_ICMP:
		return sum_right(pkt, 0, pkt->l4.len);
	case DECODE_IP_ICMPV6:
		return sum_right(pkt, pseudo_header(pkt, pkt->l4.len), pkt->l4.len);
	default:
		return true;
	}
}

void decode_check_l4(const struct decode *d, struct packet *pkt)
{
	if (d->udp_as_is && pkt->ip_proto == DECODE_IP_UDP)
		return;
	if (d->check_checksums && !pkt->checksum_unready && !decode_l4_sum_right(pkt))
		pkt->l4_checksum_bad = true;
}
