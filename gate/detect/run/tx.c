/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/events.h"
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/run/run.h"

#include <stdlib.h>

/*
 * Rules on transactions.
 *
 * New fields of the packet's direction are searched for patterns; the rules that this
 * brings up, and those that wait from earlier packets, are looked at in the order of rules.
 * A rule whose buffers are not all there yet waits on tx->detect; one that has told is
 * noted there, so that a growing body does not make it tell twice.
 */
enum outcome { OUTCOME_NO, OUTCOME_YES, OUTCOME_WAIT };

/* field->inspected holds the bytes looked at plus one: 0 is "never". */
static uint32_t whole_length(const struct tx_field *f)
{
	return f->offset + f->data.len + 1;
}

static bool is_news(const struct tx_field *f, unsigned dir)
{
	return f->dir == dir && f->inspected < whole_length(f);
}

static struct detect_tx *tx_state(struct detect *d, struct tx *tx)
{
	struct detect_tx *t = tx->detect;

	if (!t)
		t = tx->detect = calloc(1, sizeof(*t));
	if (t && t->generation != d->engine->generation) {
		t->generation = d->engine->generation;
		t->count = 0;
		t->begun[0] = t->begun[1] = false;
	}
	return t;
}

/* First row that is not before (sig, dir). */
static uint32_t rule_place(const struct detect_tx *t, uint32_t sig, uint8_t dir)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct tx_rule *r = &t->rules[mid];
		if (r->sig < sig || (r->sig == sig && r->dir < dir))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct tx_rule *find_rule(const struct detect_tx *t, uint32_t sig, uint8_t dir)
{
	uint32_t i = rule_place(t, sig, dir);

	return i < t->count && t->rules[i].sig == sig && t->rules[i].dir == dir
		   ? &t->rules[i]
		   : NULL;
}

static void note_rule(struct detect *d, struct detect_tx *t, const struct tx_rule *rule)
{
	uint32_t i = rule_place(t, rule->sig, rule->dir);

	if (i < t->count && t->rules[i].sig == rule->sig &&
	    t->rules[i].dir == rule->dir) {
		t->rules[i] = *rule;
		return;
	}
	if (t->count == t->room) {
		uint32_t room = t->room ? t->room * 2 : 8;
		struct tx_rule *more = room > RUN_PENDING_MAX
					   ? NULL
					   : realloc(t->rules, room * sizeof(*more));
		if (!more) {
			d->pkt->out_of_budget = true;
			return;
		}
		t->rules = more;
		t->room = room;
	}
	memmove(&t->rules[i + 1], &t->rules[i], (t->count - i) * sizeof(*t->rules));
	t->rules[i] = *rule;
	t->count++;
}

struct ask {
	struct detect *d;
	struct tx *tx;
	const struct sig *sig;
	enum tx_progress progress;
};

static bool field_holds(
    const struct ask *a, const struct block *b, const struct tx_field *f)
{
	struct span data = f->data;

	if (b->source->transforms)
		data = detect_match_transform(&a->d->transform, b->source, data);
	return detect_match_block(&a->d->look, b, data,
	    b->source->transforms ? 0 : f->offset, f->growing && a->progress < TX_DONE);
}

static enum outcome field_block(const struct ask *a, const struct block *b)
{
	bool present = false, growing = false;

	for (const struct tx_field *f = a->tx->fields; f; f = f->next) {
		if (f->buffer != b->source->buffer || f->dir != a->d->dir)
			continue;
		present = true;
		growing |= f->growing;
		if (!b->absent_only && field_holds(a, b, f))
			return OUTCOME_YES;
	}
	bool over = a->progress == TX_DONE ||
		    a->progress > detect_keyword_buffer_stage(b->source->buffer);
	if (!present && over)
		return b->absent_ok || b->absent_only ? OUTCOME_YES : OUTCOME_NO;
	if (!present || growing || b->source->many)
		return over && !growing         ? OUTCOME_NO
		       : a->progress == TX_DONE ? OUTCOME_NO
						: OUTCOME_WAIT;
	return OUTCOME_NO;
}

static enum outcome block_outcome(const struct ask *a, const struct block *b)
{
	struct span data;

	if (b->source->buffer < TX_BUFFER_MAX)
		return field_block(a, b);
	if (b->source->buffer == BUFFER_PAYLOAD) {
		if (detect_run_payload_block(a->d, a->sig, b))
			return OUTCOME_YES;
		return a->progress == TX_DONE ? OUTCOME_NO : OUTCOME_WAIT;
	}
	return detect_match_header(a->d->pkt, b->source->buffer, &data) &&
	       detect_match_block(&a->d->look, b, data, 0, false);
}

static enum outcome events_outcome(const struct ask *a)
{
	for (unsigned i = 0; i < a->sig->check_count; i++) {
		const struct check *c = &a->sig->checks[i];
		bool noted = false;
		if (c->kind != CHECK_APP_EVENT)
			continue;
		for (unsigned k = 0; k < a->tx->event_count; k++)
			noted |= a->tx->events[k] == c->u.number.a;
		if (!noted)
			return a->progress == TX_DONE ? OUTCOME_NO : OUTCOME_WAIT;
	}
	return OUTCOME_YES;
}

/* Fills rule->matched as far as it goes. */
static enum outcome ask_rule(const struct ask *a, struct tx_rule *rule)
{
	const struct sig *s = a->sig;
	enum outcome all = events_outcome(a);

	if (s->vars)
		rule->matched =
		    0; /* byte variables are not kept from packet to packet */
	for (unsigned i = 0; all != OUTCOME_NO && i < s->block_count; i++) {
		if (rule->matched & 1u << i)
			continue;
		enum outcome one = block_outcome(a, &s->blocks[i]);
		if (one == OUTCOME_YES)
			rule->matched |= 1u << i;
		else
			all = one;
		if (one == OUTCOME_WAIT && s->vars)
			break; /* later blocks may need its variables */
	}
	return all;
}

static void look_at_rule(struct detect *d, struct tx *tx, uint32_t sig, bool last)
{
	struct detect_tx *t = tx->detect;
	struct tx_rule *known = find_rule(t, sig, d->dir);
	struct ask a = { d, tx, d->engine->sigs[sig],
		last ? TX_DONE : tx->progress[d->dir] };
	struct tx_rule rule = { .sig = sig, .dir = d->dir };

	if (known) {
		rule = *known;
		if (rule.done)
			return;
	} else if (!detect_run_header(d, a.sig) ||
		   (a.sig->app != FLOW_APP_UNKNOWN && a.sig->app != tx->app)) {
		return;
	}
	enum outcome o = ask_rule(&a, &rule);
	if (o == OUTCOME_NO && !known)
		return;
	rule.done = o != OUTCOME_WAIT;
	note_rule(d, t, &rule);
	if (o == OUTCOME_YES)
		detect_run_match(d, a.sig, tx, true);
}

/* The part of a growing field that was not searched yet, with what a pattern may need from
 * before it. */
static struct span unsearched(const struct tx_field *f, uint32_t longest)
{
	uint32_t before = f->inspected ? f->inspected - 1 : 0; /* of the whole buffer */
	uint32_t back = longest ? longest - 1 : 0;

	before = before > f->offset ? before - f->offset : 0;
	before = before > back ? before - back : 0;
	return span_of(f->data.at ? f->data.at + before : NULL, f->data.len - before);
}

static void search_field(struct detect *d, const struct tx_field *f)
{
	const struct source *const *s =
	    (const struct source *const *)d->engine->of_buffer[f->buffer];

	for (; *s; s++) {
		const struct index_group *g = &d->engine->tx_groups[(*s)->id];
		if ((*s)->transforms)
			detect_run_scan(d, g,
			    detect_match_transform(&d->transform, *s, f->data), 0);
		else
			detect_run_scan(d, g, unsearched(f, g->longest), 0);
	}
}

/* True when there is something that rules have not seen. */
static bool search_fields(struct detect *d, struct tx *tx, bool rules)
{
	bool news = tx->progress[d->dir] != tx->inspected[d->dir];

	for (struct tx_field *f = tx->fields; f; f = f->next) {
		if (!is_news(f, d->dir))
			continue;
		news = true;
		if (f->inspected == 0)
			detect_run_sites(d, tx, f);
		if (rules)
			search_field(d, f);
		f->inspected = whole_length(f);
	}
	return news;
}

static void add_waiting(struct detect *d, const struct detect_tx *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		if (t->rules[i].dir == d->dir && !t->rules[i].done)
			detect_run_candidate(d, t->rules[i].sig);
}

static void run_tx(struct detect *d, struct tx *tx, bool last)
{
	const struct engine *e = d->engine;
	bool rules = e->any_tx_rule[tx->app] && !d->pkt->flow->passed;
	struct detect_tx *t = rules ? tx_state(d, tx) : NULL;
	bool news = search_fields(d, tx, t != NULL);

	if (t && (news || last) && !t->ended[d->dir]) {
		if (!t->begun[d->dir]) {
			t->begun[d->dir] = true;
			for (uint32_t i = 0; i < e->tx_direct_count[tx->app][d->dir];
			     i++)
				detect_run_candidate(
				    d, e->tx_direct[tx->app][d->dir][i]);
		}
		add_waiting(d, t);
		detect_run_sort(d);
		for (uint32_t i = 0; i < d->hit_count; i++)
			look_at_rule(d, tx, d->hits[i], last);
		t->ended[d->dir] = last || tx->progress[d->dir] == TX_DONE;
	}
	detect_run_forget(d);
	tx->inspected[d->dir] = tx->progress[d->dir];
}

void detect_run_txs(struct detect *d, bool last)
{
	for (struct tx *tx = d->pkt->flow->txs; tx; tx = tx->next)
		run_tx(d, tx, last);
}
