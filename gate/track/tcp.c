/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/track/internal.h"

/*
 * What a TCP connection is doing (RFC 9293 3.3.2), seen from between its ends.
 *
 * The question for each segment is: will the receiver take it?  What it will not take must
 * not reach the reassembly, or an attacker could show us other bytes than the receiver
 * sees.  Where that cannot be known (bytes that we missed), we go on rather than give up.
 */
#define WSCALE_UNKNOWN 14u /* taken up midstream: the largest there is */
#define SYNS_MAX       10u /* different ones without an answer: a flood */

enum {
	SYN = PACKET_TCP_SYN,
	ACK = PACKET_TCP_ACK,
	FIN = PACKET_TCP_FIN,
	RST = PACKET_TCP_RST
};

/* One segment in its connection. */
struct seg {
	const struct track_conf *conf;
	struct flow *f;
	struct flow_tcp *t;
	struct packet *pkt;
	unsigned d, o; /* its direction and the other */
	uint8_t flags;
	uint32_t seq, end, ack; /* end: behind payload and FIN */
};

static bool before(uint32_t a, uint32_t b)
{
	return flow_seq_before(a, b);
}

static void ignore(struct seg *s, uint16_t code)
{
	if (code)
		packet_note(s->pkt, code);
	s->pkt->tcp_ignored = true;
}

static void set_state(struct seg *s, enum flow_tcp_state state)
{
	s->f->tcp_state = state;
	if (state >= FLOW_TCP_LAST_ACK)
		s->f->state = FLOW_CLOSED;
	else if (state >= FLOW_TCP_ESTABLISHED)
		s->f->state = FLOW_ESTABLISHED;
}

static bool to_server(const struct seg *s)
{
	return s->d == PACKET_TO_SERVER;
}

/* Learns where the bytes of a direction begin. */
static void start(struct seg *s, unsigned d, uint32_t isn)
{
	s->t->isn[d] = isn;
	s->t->next[d] = isn + 1;
	s->t->known[d] = true;
}

/* The highest sequence number that direction `d` may reach, as far as we know. */
static bool limit(const struct seg *s, unsigned d, uint32_t *to)
{
	*to = s->t->ack[!d] + s->t->window[!d];
	return s->t->has_ack[!d];
}

static uint32_t offered(const struct seg *s)
{
	/* The window of a SYN is never scaled (RFC 7323 2.2). */
	return (uint32_t)s->pkt->tcp_window
	       << (s->flags & SYN || !s->t->scaling ? 0 : s->t->wscale[s->d]);
}

/* Remembers what a good segment says. */
static void learn(struct seg *s)
{
	struct flow_tcp *t = s->t;

	if (!t->known[s->d])
		start(s, s->d, s->seq - 1);
	if (before(t->next[s->d], s->end))
		t->next[s->d] = s->end;
	/* Only what the receiver would take as next may move its clock (RFC 7323 4.3). */
	if (s->pkt->tcp_opt.has_ts &&
	    (!t->has_ack[s->o] || !before(t->ack[s->o], s->seq)))
		t->ts[s->d] = s->pkt->tcp_opt.ts_value;
	if (!(s->flags & ACK))
		return;
	if (!t->has_ack[s->d] || !before(s->ack, t->ack[s->d])) {
		t->ack[s->d] = s->ack;
		t->window[s->d] = offered(s);
		t->has_ack[s->d] = true;
	}
	if (!t->known[s->o])
		start(s, s->o, s->ack - 1);
}

/* Whether the acknowledgement is possible: of what was sent, or of what may have been sent
 * while we missed it. */
static bool ack_possible(const struct seg *s)
{
	uint32_t to;

	if (!(s->flags & ACK) || !s->t->known[s->o] ||
	    !before(s->t->next[s->o], s->ack))
		return true;
	return limit(s, s->o, &to) && !before(to, s->ack);
}

static uint16_t bad_ack_event(enum flow_tcp_state state)
{
	switch (state) {
	case FLOW_TCP_FIN_WAIT1:
		return STREAM_FIN1_INVALID_ACK;
	case FLOW_TCP_FIN_WAIT2:
		return STREAM_FIN2_INVALID_ACK;
	case FLOW_TCP_CLOSE_WAIT:
		return STREAM_CLOSEWAIT_INVALID_ACK;
	case FLOW_TCP_CLOSING:
		return STREAM_CLOSING_INVALID_ACK;
	case FLOW_TCP_LAST_ACK:
		return STREAM_LASTACK_INVALID_ACK;
	case FLOW_TCP_TIME_WAIT:
		return STREAM_TIMEWAIT_INVALID_ACK;
	default:
		return STREAM_EST_INVALID_ACK;
	}
}

static uint16_t bad_seq_event(enum flow_tcp_state state, uint8_t flags)
{
	switch (state) {
	case FLOW_TCP_FIN_WAIT1:
		return flags & FIN ? STREAM_FIN1_FIN_WRONG_SEQ
				   : STREAM_FIN1_ACK_WRONG_SEQ;
	case FLOW_TCP_FIN_WAIT2:
		return flags & FIN ? STREAM_FIN2_FIN_WRONG_SEQ
				   : STREAM_FIN2_ACK_WRONG_SEQ;
	case FLOW_TCP_CLOSE_WAIT:
		return flags & FIN ? STREAM_CLOSEWAIT_FIN_OUT_OF_WINDOW
				   : STREAM_CLOSEWAIT_ACK_OUT_OF_WINDOW;
	case FLOW_TCP_CLOSING:
		return STREAM_CLOSING_ACK_WRONG_SEQ;
	case FLOW_TCP_LAST_ACK:
		return STREAM_LASTACK_ACK_WRONG_SEQ;
	case FLOW_TCP_TIME_WAIT:
		return STREAM_TIMEWAIT_ACK_WRONG_SEQ;
	default:
		return flags & FIN ? STREAM_FIN_OUT_OF_WINDOW
				   : STREAM_EST_PACKET_OUT_OF_WINDOW;
	}
}

/* A probe repeats the last byte to hear whether the other side lives (RFC 9293 3.8.4); one
 * byte beyond a closed window asks whether it has opened (3.8.6.1).  Neither carries data
 * that the receiver keeps. */
static bool is_probe(const struct seg *s)
{
	uint32_t to;

	if (s->pkt->payload.len > 1 || s->flags & (SYN | FIN | RST))
		return false;
	if (s->t->has_ack[s->o] && s->seq == s->t->ack[s->o] - 1)
		return true;
	return s->pkt->payload.len == 1 && limit(s, s->d, &to) &&
	       s->t->window[s->o] == 0 && s->seq == to;
}

/* An old timestamp marks an old duplicate, which the receiver drops (RFC 7323 5).  One tick
 * less passes, as on Linux: two processors of the sender may disagree by so much. */
static bool is_stale(const struct seg *s)
{
	return s->t->stamping && s->pkt->tcp_opt.has_ts && s->t->ts[s->d] != 0 &&
	       before(s->pkt->tcp_opt.ts_value + 1, s->t->ts[s->d]);
}

/* Whether the receiver looks at the segment at all; notes why not. */
static bool is_acceptable(struct seg *s)
{
	uint32_t to;

	if (!ack_possible(s)) {
		ignore(s, bad_ack_event(s->f->tcp_state));
		return false;
	}
	if (is_stale(s)) {
		ignore(s, STREAM_PKT_INVALID_TIMESTAMP);
		return false;
	}
	if (is_probe(s)) {
		if (s->pkt->payload.len && s->t->window[s->o] == 0)
			packet_note(s->pkt, STREAM_EST_ACK_ZWP_DATA);
		s->end = s->seq; /* not data */
		s->pkt->tcp_ignored = true;
		return true;
	}
	if (limit(s, s->d, &to) && before(to, s->seq)) {
		ignore(s, bad_seq_event(s->f->tcp_state, s->flags));
		return false;
	}
	if (s->pkt->payload.len && s->t->has_ack[s->o] &&
	    !before(s->t->ack[s->o], s->end))
		packet_note(s->pkt, STREAM_PKT_SPURIOUS_RETRANSMISSION);
	return true;
}

/* RFC 9293 3.10.7.4: a RST counts only inside the window.  Even there the receiver may ask
 * back instead (RFC 5961 3.2), or drop it for an option that we do not judge (RFC 2385), so
 * this is never the last word: see on_closed(). */
static void reset(struct seg *s)
{
	uint32_t to;
	unsigned o = s->o;

	if (!ack_possible(s)) {
		ignore(s, STREAM_RST_INVALID_ACK);
		return;
	}
	if (is_stale(s))
		packet_note(
		    s->pkt, STREAM_PKT_INVALID_TIMESTAMP); /* RFC 7323 5.2: but taken */
	if (s->pkt->payload.len)
		packet_note(s->pkt, STREAM_RST_WITH_DATA);
	if (s->t->has_ack[o] && before(s->seq, s->t->ack[o])) {
		ignore(s, STREAM_EST_PACKET_OUT_OF_WINDOW);
		return;
	}
	if (s->seq != s->t->next[s->d] && limit(s, s->d, &to) && before(to, s->seq)) {
		ignore(s, STREAM_EST_PACKET_OUT_OF_WINDOW);
		return;
	}
	s->t->has_reset = true;
	s->t->reset_by = s->pkt->dir;
	s->pkt->tcp_ignored = true; /* data on a RST is not data of the stream */
	set_state(s, FLOW_TCP_CLOSED);
}

/*
 * Until the handshake is done, either side may have offered more than one initial sequence
 * number: a new attempt from the same port, a server that forgot the first SYN.  Which one
 * counts is what the other side acknowledges; we remember some, or a second SYN would be
 * all it takes to hide a connection.
 */
static void remember(struct flow_tcp *t, unsigned d, uint32_t isn)
{
	for (unsigned i = 0; i < FLOW_TCP_TRIES && i < t->tried[d]; i++)
		if (t->tries[d][i] == isn)
			return;
	t->tries[d][t->tried[d] % FLOW_TCP_TRIES] = isn;
	if (t->tried[d] < UINT8_MAX)
		t->tried[d]++;
}

/* Makes the attempt whose first byte is `first` the one that counts; false: none such. */
static bool choose(struct flow_tcp *t, unsigned d, uint32_t first)
{
	if (t->known[d] && t->isn[d] + 1 == first)
		return true;
	for (unsigned i = 0; i < FLOW_TCP_TRIES && i < t->tried[d]; i++) {
		if (t->tries[d][i] + 1 != first)
			continue;
		t->tries[d][i] = t->isn[d];
		t->isn[d] = first - 1;
		t->next[d] = first;
		/* Its options are forgotten: be generous. */
		t->wscale[d] = WSCALE_UNKNOWN;
		t->scaling = true;
		t->stamping = false;
		return true;
	}
	return false;
}

/* What a SYN or SYN-ACK says of its sender. */
static void introduce(struct seg *s)
{
	start(s, s->d, s->seq);
	s->t->next[s->d] = s->seq + 1 + s->pkt->payload.len;
	s->t->wscale[s->d] = s->pkt->tcp_opt.wscale;
	s->t->ts[s->d] = s->pkt->tcp_opt.ts_value;
}

static void syn(struct seg *s)
{
	const struct packet_tcp_opt *opt = &s->pkt->tcp_opt;
	bool again = s->t->known[s->d] && s->t->isn[s->d] == s->seq;
	uint8_t wscale = s->t->wscale[s->d];

	if (s->t->known[s->d] && !again)
		remember(s->t, s->d, s->t->isn[s->d]);
	if (s->t->tried[s->d] > SYNS_MAX)
		packet_note(s->pkt, STREAM_3WHS_SYN_FLOOD);
	introduce(s);
	/* Some drop their options when a SYN stays without an answer; the server may still
	 * answer the first one. */
	if (again && !opt->has_wscale)
		s->t->wscale[s->d] = wscale;
	s->t->scaling = opt->has_wscale || (again && s->t->scaling);
	s->t->stamping = opt->has_ts;
	if (s->flags & FIN)
		packet_note(s->pkt, STREAM_FIN_SYN);
	set_state(s, FLOW_TCP_SYN_SENT);
}

/* The answer to a SYN; an option holds only when both ask for it (RFC 7323 1.3, 2.2). */
static void syn_ack(struct seg *s)
{
	introduce(s);
	s->t->scaling = s->t->scaling && s->pkt->tcp_opt.has_wscale;
	s->t->stamping = s->t->stamping && s->pkt->tcp_opt.has_ts;
	s->t->ack[s->d] = s->ack;
	s->t->window[s->d] = s->pkt->tcp_window;
	s->t->has_ack[s->d] = true;
	set_state(s, FLOW_TCP_SYN_RECV);
}

/* The connection is under way and we have not seen its beginning. */
static void pick_up(struct seg *s)
{
	s->f->midstream = true;
	s->t->wscale[0] = s->t->wscale[1] = WSCALE_UNKNOWN;
	s->t->scaling = true;
	learn(s);
	set_state(s, FLOW_TCP_ESTABLISHED);
}

static void on_none(struct seg *s)
{
	if (s->flags & RST) {
		ignore(s, STREAM_RST_BUT_NO_SESSION);
	} else if ((s->flags & (SYN | ACK)) == SYN) {
		syn(s);
	} else if (s->flags & FIN) {
		ignore(s, STREAM_FIN_BUT_NO_SESSION);
	} else if (!s->conf->midstream) {
		ignore(s, 0);
	} else if (s->flags & SYN) {
		s->f->midstream = true;
		start(s, s->o, s->ack - 1);
		s->t->wscale[s->o] = WSCALE_UNKNOWN;
		s->t->scaling = true;
		syn_ack(s);
	} else {
		pick_up(s);
	}
}

/* A SYN-ACK to our client's SYN.  With Fast Open (RFC 7413) the server may take the data of
 * the SYN or leave it. */
static void on_syn_ack(struct seg *s)
{
	uint32_t first = s->t->isn[s->o] + 1;

	if (to_server(s)) {
		ignore(s, STREAM_3WHS_SYNACK_IN_WRONG_DIRECTION);
		return;
	}
	bool right = !before(s->ack, first) && !before(s->t->next[s->o], s->ack);
	if (!right && !choose(s->t, s->o, s->ack)) {
		ignore(s, STREAM_3WHS_SYNACK_WITH_WRONG_ACK);
		return;
	}
	if (right && s->ack == first && s->t->next[s->o] != first)
		packet_note(s->pkt, STREAM_3WHS_SYNACK_TFO_DATA_IGNORED);
	syn_ack(s);
}

static void on_syn_sent(struct seg *s)
{
	uint8_t kind = s->flags & (SYN | ACK);

	if (s->flags & RST) {
		bool refused =
		    !to_server(s) && s->flags & ACK && s->ack == s->t->next[s->o];
		if (refused || to_server(s)) {
			s->pkt->tcp_ignored = true;
			set_state(s, FLOW_TCP_CLOSED);
		} else {
			ignore(s, STREAM_RST_INVALID_ACK);
		}
	} else if (kind == (SYN | ACK) && s->t->known[s->d] && to_server(s) &&
		   s->t->known[s->o]) {
		/* Both opened at once (RFC 9293 3.5): the server's SYN came before. */
		if (s->ack != s->t->isn[s->o] + 1)
			ignore(s, STREAM_4WHS_SYNACK_WITH_WRONG_ACK);
		else if (s->seq != s->t->isn[s->d])
			ignore(s, STREAM_4WHS_SYNACK_WITH_WRONG_SYN);
		else
			syn_ack(s);
	} else if (kind == (SYN | ACK)) {
		on_syn_ack(s);
	} else if (kind == SYN) {
		syn(s);
	} else if (s->conf->midstream) {
		pick_up(s); /* the SYN-ACK went another way */
	} else {
		ignore(s, 0);
	}
}

/* Another SYN-ACK to the client: of another attempt on either side, or only repeated. */
static void on_syn_recv_syn_ack(struct seg *s)
{
	if (s->ack != s->t->ack[s->d]) {
		packet_note(s->pkt, STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_ACK);
		if (!choose(s->t, s->o, s->ack)) {
			ignore(s, 0);
			return;
		}
	}
	if (s->seq != s->t->isn[s->d]) {
		packet_note(s->pkt, STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_SEQ);
		remember(s->t, s->d, s->t->isn[s->d]);
	}
	syn_ack(s);
}

static void on_syn_recv_syn(struct seg *s)
{
	if (s->flags & ACK && to_server(s)) {
		ignore(s, STREAM_3WHS_SYNACK_TOSERVER_ON_SYN_RECV);
	} else if (s->flags & ACK) {
		on_syn_recv_syn_ack(s);
	} else if (!to_server(s)) {
		ignore(s, STREAM_3WHS_SYN_TOCLIENT_ON_SYN_RECV);
	} else if (s->seq != s->t->isn[s->d]) {
		remember(s->t, s->d, s->seq);
		ignore(s, STREAM_3WHS_SYN_RESEND_DIFF_SEQ_ON_SYN_RECV);
	} else {
		ignore(s, 0);
	}
}

static void on_established(struct seg *s);

/* The third segment: from the client, acknowledging the server's SYN. */
static void on_syn_recv(struct seg *s)
{
	if (to_server(s) && (s->flags & (SYN | ACK | RST)) == ACK) {
		(void)choose(s->t, s->o, s->ack);
		(void)choose(s->t, s->d, s->seq);
	}
	bool seq_right = !before(s->seq, s->t->isn[s->d] + 1) &&
			 !before(s->t->isn[s->d] + 1 + s->t->window[s->o], s->seq);
	bool ack_right = (s->flags & ACK) && !before(s->ack, s->t->isn[s->o] + 1) &&
			 !before(s->t->next[s->o], s->ack);

	if (s->flags & RST) {
		reset(s);
	} else if (s->flags & SYN) {
		on_syn_recv_syn(s);
	} else if (!to_server(s) && s->pkt->payload.len == 0) {
		ignore(s, s->flags & FIN ? 0 : STREAM_3WHS_ACK_IN_WRONG_DIR);
	} else if (!to_server(s)) {
		/* Fast Open lets the server go ahead; else the client's ACK passed us by. */
		if (seq_right && ack_right) {
			packet_note(s->pkt, STREAM_3WHS_ACK_IN_WRONG_DIR);
			set_state(s, FLOW_TCP_ESTABLISHED);
			on_established(s);
		} else {
			ignore(s, STREAM_3WHS_ACK_DATA_INJECT);
		}
	} else if (!ack_right) {
		ignore(s, seq_right ? STREAM_3WHS_RIGHT_SEQ_WRONG_ACK_EVASION
				    : STREAM_3WHS_WRONG_SEQ_WRONG_ACK);
	} else if (!seq_right) {
		ignore(s, STREAM_3WHS_WRONG_SEQ_WRONG_ACK);
	} else {
		set_state(s, FLOW_TCP_ESTABLISHED);
		on_established(s);
	}
}

static void on_established_syn(struct seg *s)
{
	bool ack = s->flags & ACK;
	bool same = s->t->known[s->d] && s->seq == s->t->isn[s->d];

	if (ack && to_server(s))
		ignore(s, STREAM_EST_SYNACK_TOSERVER);
	else if (ack && !same)
		ignore(s, STREAM_EST_SYNACK_RESEND_WITH_DIFF_SEQ);
	else if (ack)
		ignore(s, STREAM_EST_SYNACK_RESEND);
	else if (!to_server(s))
		ignore(s, STREAM_EST_SYN_TOCLIENT);
	else
		ignore(
		    s, same ? STREAM_EST_SYN_RESEND : STREAM_EST_SYN_RESEND_DIFF_SEQ);
}

/* Who closes first names the state, as Suricata does: the server FIN_WAIT, the client
 * CLOSE_WAIT. */
static void fin(struct seg *s)
{
	bool acked =
	    s->t->has_fin[s->o] && (s->flags & ACK) && before(s->t->fin[s->o], s->ack);

	s->t->has_fin[s->d] = true;
	s->t->fin[s->d] = s->end - 1;
	switch (s->f->tcp_state) {
	case FLOW_TCP_ESTABLISHED:
		set_state(s, to_server(s) ? FLOW_TCP_CLOSE_WAIT : FLOW_TCP_FIN_WAIT1);
		break;
	case FLOW_TCP_FIN_WAIT1:
		if (to_server(s))
			set_state(s, acked ? FLOW_TCP_TIME_WAIT : FLOW_TCP_CLOSING);
		break;
	case FLOW_TCP_FIN_WAIT2:
		if (to_server(s))
			set_state(s, FLOW_TCP_TIME_WAIT);
		break;
	case FLOW_TCP_CLOSE_WAIT:
		if (!to_server(s))
			set_state(s, FLOW_TCP_LAST_ACK);
		break;
	default:
		break;
	}
}

/* An acknowledgement of the other side's FIN. */
static void fin_acked(struct seg *s)
{
	switch (s->f->tcp_state) {
	case FLOW_TCP_FIN_WAIT1:
		set_state(s, FLOW_TCP_FIN_WAIT2);
		break;
	case FLOW_TCP_CLOSING:
		set_state(s, FLOW_TCP_TIME_WAIT);
		break;
	case FLOW_TCP_LAST_ACK:
		if (to_server(s))
			set_state(s, FLOW_TCP_CLOSED);
		break;
	case FLOW_TCP_TIME_WAIT:
		if (!to_server(s))
			set_state(s, FLOW_TCP_CLOSED);
		break;
	default:
		break;
	}
}

/* Data flows, or the ends are closing. */
static void on_established(struct seg *s)
{
	if (s->flags & RST) {
		reset(s);
		return;
	}
	if (s->flags & SYN) {
		on_established_syn(s);
		return;
	}
	if (!is_acceptable(s))
		return;
	bool had_fin = s->t->has_fin[s->d];
	learn(s);
	if (s->flags & FIN && !had_fin)
		fin(s);
	else if (s->flags & ACK && s->t->has_fin[s->o] &&
		 before(s->t->fin[s->o], s->ack))
		fin_acked(s);
}

/* After the end.  Whoever goes on after his own RST shows that it was not his, or that the
 * receiver did not take it: the connection lives.  What the other side still sends is on its
 * way since before, and is looked at like everything else. */
static void on_closed(struct seg *s)
{
	if (s->flags & SYN) {
		ignore(s, STREAM_SHUTDOWN_SYN_RESEND);
		return;
	}
	if (s->flags & RST || !is_acceptable(s)) {
		s->pkt->tcp_ignored = true;
		return;
	}
	if (s->t->has_reset && s->pkt->dir == s->t->reset_by) {
		packet_note(s->pkt, STREAM_SUSPECTED_RST_INJECT);
		s->t->has_reset = false;
		if (!s->t->has_fin[0] || !s->t->has_fin[1])
			set_state(s, FLOW_TCP_ESTABLISHED);
	}
	learn(s);
}

bool track_tcp_begins_anew(const struct flow *f, const struct packet *pkt)
{
	if ((pkt->tcp_flags & (SYN | ACK | RST)) != SYN || pkt->l4_checksum_bad)
		return false;
	bool from_client = pkt->dir == PACKET_TO_SERVER;
	if (f->tcp_state == FLOW_TCP_NONE)
		return !from_client;
	if (f->tcp_state < FLOW_TCP_LAST_ACK && f->tcp_state != FLOW_TCP_CLOSING)
		return false;
	if (!f->tcp.known[!pkt->dir])
		return true; /* refused, and tried once more */
	return !f->tcp.known[pkt->dir] || f->tcp.isn[pkt->dir] != pkt->tcp_seq;
}

void track_tcp(const struct track_conf *conf, struct flow *f, struct packet *pkt)
{
	struct seg s = { .conf = conf,
		.f = f,
		.t = &f->tcp,
		.pkt = pkt,
		.d = pkt->dir,
		.o = !pkt->dir,
		.flags = pkt->tcp_flags,
		.seq = pkt->tcp_seq,
		.ack = pkt->tcp_ack };

	s.end = s.seq + pkt->payload.len + (s.flags & FIN ? 1 : 0);
	if (pkt->l4_checksum_bad) {
		ignore(&s, 0);
		return;
	}
	f->tcp_flags[pkt->dir] |= s.flags;
	if ((s.flags & ACK) == 0 && s.ack != 0 && !(s.flags & RST))
		packet_note(pkt, STREAM_PKT_BROKEN_ACK);
	switch (f->tcp_state) {
	case FLOW_TCP_NONE:
		on_none(&s);
		break;
	case FLOW_TCP_SYN_SENT:
		on_syn_sent(&s);
		break;
	case FLOW_TCP_SYN_RECV:
		on_syn_recv(&s);
		break;
	case FLOW_TCP_CLOSED:
		on_closed(&s);
		break;
	default:
		on_established(&s);
		break;
	}
}
