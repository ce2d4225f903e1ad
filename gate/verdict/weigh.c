/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/verdict/weigh.h"

#include "gate/verdict/exception.h"

/* What the finder asks for, after what the company asked for. */
static enum finding_wish wish_of(
    const struct verdict_conf *conf, const struct finding *f)
{
	if (f->kind == FINDING_SITE && !f->dangerous)
		return conf->block_off_business ? FINDING_DROP : FINDING_COUNT;
	return f->wish;
}

/* A rule's drop reason in EVE is "rules"; ours are new words beside Suricata's. */
static const char *reason_of(const struct finding *f)
{
	switch (f->kind) {
	case FINDING_VIRUS:
		return "virus";
	case FINDING_SITE:
		return "site";
	case FINDING_APP:
		return "application";
	default:
		return "rules";
	}
}

/* The finding that decides: a pass before a drop as long as it stands before it, since
 * detect/ lists rules in the order of their actions; a reject before a drop. */
static const struct finding *deciding(
    const struct verdict_conf *conf, const struct packet *pkt)
{
	const struct finding *found = NULL;

	for (const struct finding *f = pkt->findings; f; f = f->next) {
		enum finding_wish wish = wish_of(conf, f);
		if (wish == FINDING_PASS && !found)
			return f;
		if (wish == FINDING_REJECT)
			return f;
		if (wish == FINDING_DROP && !found)
			found = f;
	}
	return found;
}

static bool ends_flow(const struct packet *pkt, const struct finding *f)
{
	return pkt->flow && !f->packet_only;
}

static struct verdict_result stop(struct packet *pkt, const struct finding *f)
{
	struct verdict_result r = {
		.verdict = VERDICT_DROP, .cause = f, .reason = reason_of(f)
	};

	if (f->wish == FINDING_REJECT)
		r.verdict = VERDICT_REJECT;
	if (ends_flow(pkt, f))
		pkt->flow->dropped = true;
	return r;
}

/* Tour 10: The verdict. */
struct verdict_result verdict_weigh(const struct verdict_conf *conf, struct packet *pkt)
{
	/* People's word goes before ours. */
	if (conf->orders && conf->inline_path && verdict_orders_cut(conf->orders, pkt))
		return (struct verdict_result){
			.verdict = VERDICT_DROP, .reason = "contained", .standing = true
		};
	if (conf->orders)
		verdict_orders_except(conf->orders, pkt);
	const struct finding *f = deciding(conf, pkt);
	bool enforced = conf->inline_path && conf->mode == VERDICT_PROTECT;

	if (f && f->wish == FINDING_PASS) {
		if (ends_flow(pkt, f))
			pkt->flow->passed = true;
		return (struct verdict_result){ .cause = f };
	}
	if (!enforced)
		return (struct verdict_result){ .verdict = VERDICT_PASS };
	if (f)
		return stop(pkt, f);
	if (pkt->flow && pkt->flow->dropped)
		return (struct verdict_result){ .verdict = VERDICT_DROP,
			.reason = "flow drop" };
	/* The same place in the stream said something else before: nobody may read both.
	 * Or it cannot be kept until it can be read. */
	if (pkt->stream_differs || pkt->stream_unread)
		return (struct verdict_result){ .verdict = VERDICT_DROP,
			.reason = "stream error" };
	return verdict_exception(conf, pkt);
}

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "pass",
		[VERDICT_DROP] = "drop",
		[VERDICT_REJECT] = "reject",
	};
	return v <= VERDICT_REJECT ? names[v] : NULL;
}
