/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/internal.h"

/* RFC 9293. */

#define TCP_LEN         20u
#define WSCALE_MAX      14u     /* RFC 7323 2.3 */
#define FAST_OPEN_MAGIC 0xf989u /* RFC 7413 A.1: the experimental form */

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACK_OK = 4,
	OPT_SACK = 5,
	OPT_TIMESTAMP = 8,
	OPT_MD5 = 19,
	OPT_AO = 29,
	OPT_FAST_OPEN = 34,
	OPT_EXPERIMENT1 = 253,
	OPT_EXPERIMENT2 = 254,
};

/* Takes an option that must have exactly `want` bytes and come once. */
static bool once(struct packet *pkt, uint8_t len, uint8_t want, bool *has)
{
	if (len != want) {
		packet_note(pkt, DECODE_TCP_OPT_INVALID_LEN);
		return false;
	}
	if (*has) {
		packet_note(pkt, DECODE_TCP_OPT_DUPLICATE);
		return false;
	}
	*has = true;
	return true;
}

static void fast_open(struct packet *pkt, bool right_len)
{
	if (!right_len)
		packet_note(pkt, DECODE_TCP_OPT_INVALID_LEN);
	else if (pkt->tcp_opt.has_fast_open)
		packet_note(pkt, DECODE_TCP_OPT_DUPLICATE);
	else
		pkt->tcp_opt.has_fast_open = true;
}

static void selective_ack(struct packet *pkt, uint8_t len, bool *seen)
{
	if (len == 2)
		return; /* empty: useless and common */
	if (len < 10 || len > 34 || (len - 2) % 8)
		packet_note(pkt, DECODE_TCP_OPT_INVALID_LEN);
	else if (*seen)
		packet_note(pkt, DECODE_TCP_OPT_DUPLICATE);
	*seen = true;
}

/* `o` is a whole option of `len` bytes. */
static void option(struct packet *pkt, const uint8_t *o, uint8_t len, bool *sack_seen)
{
	struct packet_tcp_opt *opt = &pkt->tcp_opt;

	switch (o[0]) {
	case OPT_MSS:
		if (once(pkt, len, 4, &opt->has_mss))
			opt->mss = decode_be16(o + 2);
		break;
	case OPT_WSCALE:
		if (once(pkt, len, 3, &opt->has_wscale))
			opt->wscale = o[2] <= WSCALE_MAX ? o[2] : 0;
		break;
	case OPT_SACK_OK:
		(void)once(pkt, len, 2, &opt->has_sack_ok);
		break;
	case OPT_SACK:
		selective_ack(pkt, len, sack_seen);
		break;
	case OPT_TIMESTAMP:
		if (once(pkt, len, 10, &opt->has_ts)) {
			opt->ts_value = decode_be32(o + 2);
			opt->ts_echo = decode_be32(o + 6);
		}
		break;
	case OPT_MD5:
		if (len != 18)
			decode_bad(pkt, DECODE_TCP_OPT_INVALID_LEN);
		break;
	case OPT_AO:
		if (len < 4)
			decode_bad(pkt, DECODE_TCP_OPT_INVALID_LEN);
		break;
	case OPT_FAST_OPEN:
		fast_open(pkt, len == 2 || (len >= 6 && len <= 18 && len % 2 == 0));
		break;
	case OPT_EXPERIMENT1:
	case OPT_EXPERIMENT2:
		if (len != 4 && len != 12)
			packet_note(pkt, DECODE_TCP_OPT_INVALID_LEN);
		else if (decode_be16(o + 2) == FAST_OPEN_MAGIC)
			fast_open(pkt, true);
		break;
	default:
		break;
	}
}

static void options(struct packet *pkt)
{
	struct reader r = reader_of(pkt->tcp_options.at, pkt->tcp_options.len);
	bool sack_seen = false;

	while (reader_left(&r) > 0 && r.at[0] != OPT_END) {
		if (r.at[0] == OPT_NOP) {
			reader_take(&r, 1);
			continue;
		}
		if (reader_left(&r) < 2)
			return;
		uint8_t len = r.at[1];
		const uint8_t *o = len >= 2 ? reader_take(&r, len) : NULL;
		if (!o) {
			decode_bad(pkt, DECODE_TCP_OPT_INVALID_LEN);
			return;
		}
		option(pkt, o, len, &sack_seen);
	}
}

void decode_tcp(struct decode *d, struct packet *pkt)
{
	const uint8_t *h = pkt->l4.at;

	if (pkt->l4.len < TCP_LEN) {
		decode_bad(pkt, DECODE_TCP_PKT_TOO_SMALL);
		return;
	}
	uint32_t header = (h[12] >> 4) * 4u;
	if (header > pkt->l4.len) {
		decode_bad(pkt, DECODE_TCP_HLEN_TOO_SMALL);
		return;
	}
	if (header < TCP_LEN) {
		decode_bad(pkt, DECODE_TCP_INVALID_OPTLEN);
		return;
	}
	pkt->src_port = decode_be16(h);
	pkt->dst_port = decode_be16(h + 2);
	pkt->tcp_seq = decode_be32(h + 4);
	pkt->tcp_ack = decode_be32(h + 8);
	pkt->tcp_flags = h[13];
	pkt->tcp_window = decode_be16(h + 14);
	pkt->tcp_options = span_of(h + TCP_LEN, header - TCP_LEN);
	pkt->payload = span_of(h + header, pkt->l4.len - header);
	options(pkt);
	decode_check_l4(d, pkt);
}
