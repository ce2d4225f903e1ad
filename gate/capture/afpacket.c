/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/capture/internal.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* The virtio header tells of joined segments and checksums that the sending card would have
 * filled in; handed back with the frame, the kernel goes on with it as before. */
#define BATCH        32u
#define TAG_LEN      4u
#define RECEIVE_ROOM (16 << 20)
#define RESETS_MAX   8u /* answers a flow; after that its sender may talk to the wall */
#define DOWN_WAIT_MS 100

struct port {
	int fd;
	char name[IFNAMSIZ];
	enum packet_side side;
	bool down; /* said */
};

struct slot {
	struct virtio_net_hdr head;
	uint8_t bytes[TAG_LEN + CAPTURE_FRAME_MAX]; /* room for a tag, then the frame */
	_Alignas(
	    struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

struct afpacket {
	struct capture base;
	struct port port[2];
	unsigned ports;
	bool inline_pair;
	unsigned from;       /* port of the batch */
	unsigned got, taken; /* frames of the batch */
	unsigned turn;       /* port asked first */
	unsigned leaving;    /* frames in out[] */
	struct slot *slots;
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_part[BATCH][2], out_part[BATCH][2];
};

static struct afpacket *of(struct capture *c)
{
	return (struct afpacket *)c;
}

/* Puts back the tag that the card or the kernel took off; returns where the frame begins. */
static uint8_t *restore_tag(
    struct slot *s, const struct tpacket_auxdata *aux, uint32_t *len)
{
	uint8_t *frame = s->bytes;
	uint16_t type = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid
								   : ETHERTYPE_VLAN;

	memmove(frame, frame + TAG_LEN, 12);
	frame[12] = (uint8_t)(type >> 8);
	frame[13] = (uint8_t)type;
	frame[14] = (uint8_t)(aux->tp_vlan_tci >> 8);
	frame[15] = (uint8_t)aux->tp_vlan_tci;
	*len += TAG_LEN;
	if (s->head.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		s->head.csum_start = (uint16_t)(s->head.csum_start + TAG_LEN);
	if (s->head.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		s->head.hdr_len = (uint16_t)(s->head.hdr_len + TAG_LEN);
	return frame;
}

static const struct tpacket_auxdata *aux_of(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			return (const struct tpacket_auxdata *)(const void *)CMSG_DATA(
			    c);
	return NULL;
}

static void fill_packet(struct afpacket *a, struct packet *pkt)
{
	struct mmsghdr *m = &a->in[a->taken];
	struct slot *s = &a->slots[a->taken];
	const struct tpacket_auxdata *aux = aux_of(&m->msg_hdr);
	uint32_t len = m->msg_len - (uint32_t)sizeof(s->head);

	pkt->bytes = s->bytes + TAG_LEN;
	if (aux && aux->tp_status & TP_STATUS_VLAN_VALID && len >= 12)
		pkt->bytes = restore_tag(s, aux, &len);
	pkt->len = len;
	pkt->wire_len = len;
	pkt->linktype = DLT_EN10MB;
	pkt->time_us = clock_now_us();
	pkt->side = a->port[a->from].side;
	pkt->checksum_unready = s->head.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ||
				s->head.gso_type != VIRTIO_NET_HDR_GSO_NONE ||
				(aux && aux->tp_status & TP_STATUS_CSUMNOTREADY);
	a->taken++;
}

/* Sends what waits in out[]: one call when all goes well; a frame that the port refuses is
 * counted and skipped. */
static void flush(struct afpacket *a)
{
	int fd = a->port[a->ports - 1 - a->from].fd;

	for (unsigned at = 0; at < a->leaving;) {
		int n = sendmmsg(fd, a->out + at, a->leaving - at, 0);
		if (n > 0) {
			a->base.counts.sent += (unsigned)n;
			at += (unsigned)n;
		} else if (n < 0 && errno != EINTR) {
			a->base.counts.unsent++;
			at++;
		}
	}
	a->leaving = 0;
}

static void prepare_batch(struct afpacket *a)
{
	for (unsigned i = 0; i < BATCH; i++) {
		struct slot *s = &a->slots[i];
		a->in_part[i][0] = (struct iovec){ &s->head, sizeof(s->head) };
		a->in_part[i][1] =
		    (struct iovec){ s->bytes + TAG_LEN, CAPTURE_FRAME_MAX };
		a->in[i].msg_hdr = (struct msghdr){ .msg_iov = a->in_part[i],
			.msg_iovlen = 2,
			.msg_control = s->control,
			.msg_controllen = sizeof(s->control) };
	}
}

/* One batch of the port, or false when nothing waits there. */
static bool receive(struct afpacket *a, unsigned port)
{
	struct port *p = &a->port[port];

	prepare_batch(a);
	int n = recvmmsg(p->fd, a->in, BATCH, MSG_DONTWAIT, NULL);
	if (n <= 0) {
		if (n < 0 && errno == ENETDOWN && !p->down)
			log_warn("G010", "port %s is down; waiting for it", p->name);
		p->down = n < 0 && (errno == ENETDOWN || (p->down && errno == EAGAIN));
		return false;
	}
	p->down = false;
	a->from = port;
	a->taken = 0;
	a->got = (unsigned)n;
	return true;
}

static bool receive_any(struct afpacket *a)
{
	a->turn = a->ports - 1 - a->turn % a->ports;
	for (unsigned i = 0; i < a->ports; i++)
		if (receive(a, (a->turn + i) % a->ports))
			return true;
	return false;
}

static void wait_for(struct afpacket *a, int wait_ms)
{
	struct pollfd fds[2];
	bool down = false;

	for (unsigned i = 0; i < a->ports; i++) {
		fds[i] = (struct pollfd){ .fd = a->port[i].fd, .events = POLLIN };
		down |= a->port[i].down;
	}
	/* A port that is down makes poll() return at once. */
	if (down)
		poll(NULL, 0, wait_ms < DOWN_WAIT_MS ? wait_ms : DOWN_WAIT_MS);
	else
		poll(fds, a->ports, wait_ms);
}

static int next(struct capture *c, struct packet *pkt, int wait_ms, struct buf *why)
{
	struct afpacket *a = of(c);

	(void)why;
	if (a->taken == a->got) {
		flush(a);
		if (!receive_any(a)) {
			wait_for(a, wait_ms);
			if (!receive_any(a))
				return CAPTURE_NONE;
		}
	}
	fill_packet(a, pkt);
	return CAPTURE_FRAME;
}

static void forward(struct afpacket *a, const struct packet *pkt)
{
	unsigned i = a->leaving++;
	struct slot *s = &a->slots[a->taken - 1];

	union {
		const uint8_t *from;
		void *to; /* sendmsg(2) does not write to it */
	} bytes = { .from = pkt->bytes };

	a->out_part[i][0] = (struct iovec){ &s->head, sizeof(s->head) };
	a->out_part[i][1] = (struct iovec){ bytes.to, pkt->len };
	a->out[i].msg_hdr =
	    (struct msghdr){ .msg_iov = a->out_part[i], .msg_iovlen = 2 };
}

static void send_reset(
    struct afpacket *a, const struct packet *pkt, bool for_sender, unsigned port)
{
	struct {
		struct virtio_net_hdr head;
		uint8_t frame[CAPTURE_RESET_MAX];
	} out = { 0 };

	size_t len = capture_reset(pkt, for_sender, out.frame);

	if (len && send(a->port[port].fd, &out, sizeof(out.head) + len, 0) > 0)
		a->base.counts.resets++;
}

/* The first time both sides learn that it is over; later whoever still sends. */
static void reset(struct afpacket *a, struct packet *pkt)
{
	struct flow *flow = pkt->flow;

	if (!flow || flow->resets >= RESETS_MAX)
		return;
	send_reset(a, pkt, true, a->from);
	if (flow->resets++ == 0)
		send_reset(a, pkt, false, a->ports - 1 - a->from);
}

static void verdict(struct capture *c, struct packet *pkt, enum verdict v)
{
	struct afpacket *a = of(c);

	if (!a->inline_pair)
		return;
	if (v == VERDICT_PASS)
		forward(a, pkt);
	else if (v == VERDICT_REJECT || (pkt->flow && pkt->flow->dropped))
		reset(a, pkt);
}

static void count(struct capture *c)
{
	struct afpacket *a = of(c);

	for (unsigned i = 0; i < a->ports; i++) {
		struct tpacket_stats st;
		socklen_t len = sizeof(st);
		/* The kernel counts from the last time it was asked. */
		if (getsockopt(
			a->port[i].fd, SOL_PACKET, PACKET_STATISTICS, &st, &len) == 0)
			a->base.counts.lost += st.tp_drops;
	}
}

static void close_ports(struct capture *c)
{
	struct afpacket *a = of(c);

	if (a->leaving)
		flush(a);
	for (unsigned i = 0; i < a->ports; i++)
		if (a->port[i].fd >= 0)
			close(a->port[i].fd);
	free(a->slots);
	free(a);
}

static const struct capture_kind afpacket_kind = {
	.next = next,
	.verdict = verdict,
	.count = count,
	.close = close_ports,
};

static int set(int fd, int level, int name, const void *value, socklen_t len)
{
	return setsockopt(fd, level, name, value, len);
}

/* NULL, or the step that failed (errno says why). */
static const char *bind_port(struct port *p)
{
	unsigned index = if_nametoindex(p->name);
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index };
	struct packet_mreq promiscuous = { .mr_ifindex = (int)index,
		.mr_type = PACKET_MR_PROMISC };
	int one = 1, room = RECEIVE_ROOM;

	if (index == 0)
		return "there is no such port";
	/* Protocol 0 until it is bound: no frame of another port gets in. */
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return "cannot listen (CAP_NET_RAW is needed)";
	if (set(p->fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
	    set(p->fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) < 0 ||
	    set(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0)
		return "the kernel is too old (5.0 is needed)";
	if (set(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		set(p->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (set(p->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
		sizeof(promiscuous)) < 0)
		return "cannot switch to promiscuous mode";
	if (bind(p->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return "cannot bind";
	return NULL;
}

static bool open_port(
    struct afpacket *a, const char *name, enum packet_side side, struct buf *why)
{
	struct port *p = &a->port[a->ports++];

	p->fd = -1;
	p->side = side;
	if (strlen(name) >= sizeof(p->name)) {
		buf_addf(why, "port %s: the name is too long", name);
		return false;
	}
	strcpy(p->name, name);
	errno = 0;
	const char *failed = bind_port(p);
	if (!failed)
		return true;
	buf_addf(why, "port %s: %s", name, failed);
	if (errno)
		buf_addf(why, ": %s", strerror(errno));
	return false;
}

struct capture *capture_open_ports(const struct capture_ports *conf, struct buf *why)
{
	struct afpacket *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->base.kind = &afpacket_kind;
	a->inline_pair = conf->inline_pair;
	a->slots = calloc(BATCH, sizeof(*a->slots));
	bool whole = a->slots != NULL;
	if (whole && conf->inline_pair && (!conf->lan || !conf->wan)) {
		buf_add_text(
		    why, "inline needs two ports: capture.lan and capture.wan");
		whole = false;
	}
	/* What is only listened to says nothing about sides when it is one port. */
	if (whole && conf->lan)
		whole = open_port(a, conf->lan,
		    conf->wan ? PACKET_SIDE_LAN : PACKET_SIDE_UNKNOWN, why);
	if (whole && conf->wan)
		whole = open_port(a, conf->wan,
		    conf->lan ? PACKET_SIDE_WAN : PACKET_SIDE_UNKNOWN, why);
	if (whole && a->ports > 0)
		return &a->base;
	if (why->len == 0)
		buf_add_text(why, "no port to listen to: set capture.lan");
	close_ports(&a->base);
	return NULL;
}
