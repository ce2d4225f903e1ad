/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/verdict/weigh.h"

#include "tests/check.h"

static struct arena arena;
static struct flow flow;
static struct packet pkt;
static const struct verdict_conf inline_protect = { VERDICT_PROTECT,
	.inline_path = true };

static void fresh(void)
{
	arena_fini(&arena);
	arena_init(&arena, 1u << 16);
	flow = (struct flow){ 0 };
	pkt = (struct packet){ .arena = &arena, .flow = &flow };
}

static struct finding *found(enum finding_kind kind, enum finding_wish wish)
{
	struct finding *f = finding_add(&pkt, kind);

	f->wish = wish;
	return f;
}

static enum verdict weigh(struct verdict_conf conf)
{
	return verdict_weigh(&conf, &pkt).verdict;
}

static void nothing_found_passes(void)
{
	fresh();
	check_eq(weigh(inline_protect), VERDICT_PASS);
	found(FINDING_RULE, FINDING_TELL);
	found(FINDING_ASSET, FINDING_TELL);
	check_eq(weigh(inline_protect), VERDICT_PASS);
	check(!flow.dropped);
	arena_fini(&arena);
}

static void a_drop_stops_the_packet_and_its_flow(void)
{
	fresh();
	struct finding *f = found(FINDING_RULE, FINDING_DROP);
	struct verdict_result r = verdict_weigh(&inline_protect, &pkt);
	check_eq(r.verdict, VERDICT_DROP);
	check(r.cause == f && flow.dropped);
	check_text(r.reason, "rules");
	pkt.findings = NULL;
	r = verdict_weigh(&inline_protect, &pkt);
	check_eq(r.verdict, VERDICT_DROP);
	check_text(r.reason, "flow drop");
	arena_fini(&arena);
}

static void bytes_that_contradict_what_passed_are_stopped(void)
{
	fresh();
	pkt.stream_differs = true;
	struct verdict_result r = verdict_weigh(&inline_protect, &pkt);
	check_eq(r.verdict, VERDICT_DROP);
	check_text(r.reason, "stream error");
	check(!flow.dropped);
	arena_fini(&arena);
}

static void a_packet_rule_leaves_the_flow_alone(void)
{
	fresh();
	found(FINDING_RULE, FINDING_DROP)->packet_only = true;
	check_eq(weigh(inline_protect), VERDICT_DROP);
	check(!flow.dropped);
	arena_fini(&arena);
}

static void observe_and_mirror_stop_nothing(void)
{
	fresh();
	found(FINDING_VIRUS, FINDING_DROP);
	check_eq(weigh((struct verdict_conf){ VERDICT_OBSERVE, .inline_path = true }),
	    VERDICT_PASS);
	check_eq(weigh((struct verdict_conf){ VERDICT_PROTECT, .inline_path = false }),
	    VERDICT_PASS);
	check(!flow.dropped);
	arena_fini(&arena);
}

static void the_first_of_pass_and_drop_decides(void)
{
	fresh();
	found(FINDING_RULE, FINDING_PASS);
	found(FINDING_RULE, FINDING_DROP);
	check_eq(weigh(inline_protect), VERDICT_PASS);
	check(flow.passed && !flow.dropped);
	fresh();
	found(FINDING_RULE, FINDING_DROP);
	found(FINDING_RULE, FINDING_PASS);
	check_eq(weigh(inline_protect), VERDICT_DROP);
	arena_fini(&arena);
}

static void reject_is_stronger_than_drop(void)
{
	fresh();
	found(FINDING_RULE, FINDING_DROP);
	found(FINDING_RULE, FINDING_REJECT);
	check_eq(weigh(inline_protect), VERDICT_REJECT);
	arena_fini(&arena);
}

static void off_business_sites_pass_unless_the_company_asks(void)
{
	struct verdict_conf asks = inline_protect;

	fresh();
	found(FINDING_SITE, FINDING_DROP);
	check_eq(weigh(inline_protect), VERDICT_PASS);
	asks.block_off_business = true;
	check_eq(weigh(asks), VERDICT_DROP);
	fresh();
	found(FINDING_SITE, FINDING_DROP)->dangerous = true;
	check_eq(weigh(inline_protect), VERDICT_DROP);
	arena_fini(&arena);
}

static void out_of_budget_follows_the_company(void)
{
	struct verdict_conf closed = inline_protect;

	fresh();
	pkt.out_of_budget = true;
	check_eq(weigh(inline_protect), VERDICT_PASS);
	closed.fail_closed = true;
	check_eq(weigh(closed), VERDICT_DROP);
	check(flow.dropped);
	fresh();
	check_eq(weigh(closed), VERDICT_PASS);
	arena_fini(&arena);
}

CHECK_MAIN(nothing_found_passes, a_drop_stops_the_packet_and_its_flow,
    bytes_that_contradict_what_passed_are_stopped, a_packet_rule_leaves_the_flow_alone,
    observe_and_mirror_stop_nothing, the_first_of_pass_and_drop_decides,
    reject_is_stronger_than_drop, off_business_sites_pass_unless_the_company_asks,
    out_of_budget_follows_the_company)
