/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/decode.h"

#include "gate/decode/internal.h"

#include <pcap/dlt.h>
#include <stdlib.h>

#define FRAGMENTS_MAX      1024u
#define FRAGMENT_BYTES_MAX (4u << 20)

/* DLT_… differs between systems for raw IP; files carry these too (pcap-linktype(7)). */
#define LINKTYPE_RAW     101
#define LINKTYPE_RAW_OLD 14

#define SLL_LEN   16u
#define SLL2_LEN  20u
#define NULL_LEN  4u
#define CHDLC_LEN 4u

struct decode *decode_new(const struct decode_conf *conf)
{
	struct decode *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->check_checksums = conf->check_checksums;
	d->udp_as_is = conf->udp_as_is;
	d->fragments = decode_fragments_new(
	    conf->fragments_max ? conf->fragments_max : FRAGMENTS_MAX,
	    conf->fragment_bytes_max ? conf->fragment_bytes_max : FRAGMENT_BYTES_MAX);
	if (!d->fragments) {
		free(d);
		return NULL;
	}
	return d;
}

void decode_free(struct decode *d)
{
	if (!d)
		return;
	decode_fragments_free(d->fragments);
	free(d);
}

uint32_t decode_waiting(const struct decode *d)
{
	return decode_fragments_count(d->fragments);
}

bool decode_layer(struct decode *d, struct packet *pkt)
{
	if (++d->layers <= DECODE_LAYERS_MAX)
		return true;
	decode_bad(pkt, DECODE_TOO_MANY_LAYERS);
	pkt->out_of_budget = true; /* the receiver may well go on */
	return false;
}

/* The loopback of BSD: an address family in the byte order of the writer (DLT_NULL) or of
 * the network (DLT_LOOP).  AF_INET6 is another number on every BSD and on Linux. */
static void loopback(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, NULL_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_LTNULL_PKT_TOO_SMALL);
		return;
	}
	uint32_t family = h[0] | h[1] | h[2] | h[3];
	if (family == 2) {
		decode_network(d, pkt, r, DECODE_ETHER_IPV4);
	} else if (family == 10 || family == 24 || family == 28 || family == 30) {
		decode_network(d, pkt, r, DECODE_ETHER_IPV6);
	} else {
		packet_note(pkt, DECODE_LTNULL_UNSUPPORTED_TYPE);
	}
}

static void linux_cooked(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, SLL_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_SLL_PKT_TOO_SMALL);
		return;
	}
	if (decode_be16(h + 4) == 6)
		pkt->mac_src = h + 6;
	decode_network(d, pkt, r, decode_be16(h + 14));
}

static void linux_cooked2(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, SLL2_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_SLL2_PKT_TOO_SMALL);
		return;
	}
	if (h[11] == 6)
		pkt->mac_src = h + 12;
	decode_network(d, pkt, r, decode_be16(h));
}

static void cisco_hdlc(struct decode *d, struct packet *pkt, struct reader *r)
{
	const uint8_t *h = reader_take(r, CHDLC_LEN);

	if (!h) {
		decode_bad(pkt, DECODE_CHDLC_PKT_TOO_SMALL);
		return;
	}
	decode_network(d, pkt, r, decode_be16(h + 2));
}

void decode_ip(struct decode *d, struct packet *pkt, struct reader *r)
{
	if (reader_left(r) < 1) {
		decode_bad(pkt, DECODE_IPV4_PKT_TOO_SMALL);
		return;
	}
	uint8_t version = r->at[0] >> 4;
	if (version == 4)
		decode_network(d, pkt, r, DECODE_ETHER_IPV4);
	else if (version == 6)
		decode_network(d, pkt, r, DECODE_ETHER_IPV6);
	else
		packet_note(pkt, DECODE_IPRAW_INVALID_IP_VERSION);
}

void decode_frame(struct decode *d, struct packet *pkt)
{
	struct reader r = reader_of(pkt->bytes, pkt->len);

	d->layers = 0;
	switch (pkt->linktype) {
	case DLT_EN10MB:
		decode_ethernet(d, pkt, &r);
		break;
	case DLT_RAW:
	case LINKTYPE_RAW:
	case LINKTYPE_RAW_OLD:
	case DLT_IPV4:
	case DLT_IPV6:
		decode_ip(d, pkt, &r);
		break;
	case DLT_NULL:
	case DLT_LOOP:
		loopback(d, pkt, &r);
		break;
	case DLT_LINUX_SLL:
		linux_cooked(d, pkt, &r);
		break;
	case DLT_LINUX_SLL2:
		linux_cooked2(d, pkt, &r);
		break;
	case DLT_PPP:
	case DLT_PPP_SERIAL:
		decode_ppp(d, pkt, &r);
		break;
	case DLT_C_HDLC:
		cisco_hdlc(d, pkt, &r);
		break;
	default:
		/* capture refuses other link types when it opens the source. */
		pkt->malformed = true;
		break;
	}
}
