/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/finding.h"

struct finding *finding_add(struct packet *pkt, enum finding_kind kind)
{
	struct finding *f = NULL;

	if (pkt->finding_count < FINDING_PER_PACKET_MAX)
		f = arena_alloc(pkt->arena, sizeof(*f));
	if (!f) {
		pkt->out_of_budget = true;
		return NULL;
	}
	f->kind = kind;
	if (!pkt->findings_tail)
		pkt->findings_tail = &pkt->findings;
	*pkt->findings_tail = f;
	pkt->findings_tail = &f->next;
	pkt->finding_count++;
	return f;
}
