/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"
#include "gate/detect/parse/text.h"
#include "lib/base/buf.h"

#include <stdlib.h>

/* The last step of a rule: what it must satisfy as a whole, what kind of rule it is, and
 * its copy in the engine's arena. */

#define METADATA_JSON_MAX 65536u

static bool moves_position(const struct item *it)
{
	return it->kind == ITEM_CONTENT || it->kind == ITEM_PCRE ||
	       it->kind == ITEM_BYTE_JUMP;
}

/* A content without `within` that fails at all of its places: earlier items need not be
 * tried elsewhere, its places would be fewer then.  Holds while everything before it is
 * tried from left to right. */
static void mark_final(struct item *items, unsigned n)
{
	const uint32_t not_fixed = ITEM_NEGATED | ITEM_WITHIN | ITEM_DISTANCE_VAR |
				   ITEM_WITHIN_VAR | ITEM_OFFSET_VAR | ITEM_DEPTH_VAR;
	bool forward = true, vars = false;

	for (unsigned i = 0; i < n; i++) {
		struct item *it = &items[i];
		if (it->kind == ITEM_CONTENT) {
			if (!(it->flags & not_fixed) && !vars &&
			    (forward || !(it->flags & ITEM_RELATIVE)))
				it->flags |= ITEM_FINAL;
		} else if (it->kind != ITEM_ISDATAAT && it->kind != ITEM_SIZE &&
			   it->kind != ITEM_BYTE_TEST) {
			forward = false;
			/* Another place would give the variable another value. */
			vars |=
			    it->kind == ITEM_BYTE_EXTRACT || it->kind == ITEM_BYTE_MATH;
		}
	}
}

/* When a later item counts from this one's end and fails, this one may match elsewhere. */
static void mark_again(struct item *items, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		items[i].flags &= ~(uint32_t)(ITEM_AGAIN | ITEM_LAST | ITEM_FINAL);
		if (items[i].kind != ITEM_CONTENT && items[i].kind != ITEM_PCRE)
			continue;
		for (unsigned j = i + 1; j < n; j++) {
			if (items[j].flags & ITEM_RELATIVE) {
				items[i].flags |= ITEM_AGAIN;
				break;
			}
			if (moves_position(&items[j]) &&
			    !(items[j].flags & ITEM_NEGATED))
				break;
		}
	}
	mark_final(items, n);
	if (n)
		items[n - 1].flags |= ITEM_LAST;
}

/* Numbers that `bsize`/`dsize` allow at most; UINT64_MAX: no limit. */
static uint64_t most_allowed(const struct number_test *t)
{
	switch (t->op) {
	case NUMBER_EQ:
	case NUMBER_LE:
		return t->a;
	case NUMBER_LT:
		return t->a - 1;
	case NUMBER_INSIDE:
		return t->b - 1;
	case NUMBER_WITHIN:
		return t->b;
	default:
		return UINT64_MAX;
	}
}

/* How far a content reaches at the least, when `before` is the end of the last one. */
static int64_t reach(const struct item *it, int64_t before)
{
	const struct content *c = &it->u.content;
	int64_t at = 0;

	if (it->flags & (ITEM_WITHIN_VAR | ITEM_DISTANCE_VAR | ITEM_OFFSET_VAR))
		return c->len;
	if ((it->flags & ITEM_NEGATED) && (it->flags & ITEM_WITHIN))
		return before + (it->flags & ITEM_DISTANCE ? c->distance : 0) +
		       c->within;
	if (it->flags & ITEM_RELATIVE)
		return before + (it->flags & ITEM_DISTANCE ? c->distance : 0) + c->len;

	if ((it->flags & ITEM_OFFSET) && !(it->flags & ITEM_OFFSET_VAR))
		at = c->offset;
	return at + c->len;
}

/* A content that the size keyword leaves no room for can never match. */
static int check_sizes(struct draft *d, const struct draft_block *b)
{
	uint64_t most = UINT64_MAX;

	for (unsigned i = 0; i < b->count; i++)
		if (b->items[i].kind == ITEM_SIZE &&
		    most > most_allowed(b->items[i].u.size))
			most = most_allowed(b->items[i].u.size);
	if (b->source->buffer == BUFFER_PAYLOAD)
		for (uint32_t i = 0; i < d->check_count; i++)
			if (d->checks[i].kind == CHECK_DSIZE &&
			    most > most_allowed(&d->checks[i].u.number))
				most = most_allowed(&d->checks[i].u.number);
	if (most == UINT64_MAX)
		return 0;
	int64_t before = 0;
	for (unsigned i = 0; i < b->count; i++) {
		const struct item *it = &b->items[i];
		if (it->kind != ITEM_CONTENT ||
		    ((it->flags & ITEM_NEGATED) && !(it->flags & ITEM_WITHIN)))
			continue;
		int64_t end = reach(it, before);
		if (!(it->flags & ITEM_NEGATED))
			before = end;
		if (end > 0 && (uint64_t)end > most)
			return detect_parse_no(d,
			    "a content does not fit into the size that is asked for");
	}
	return 0;
}

/* http.host is lower case already: a capital letter never matches. */
static int check_host(struct draft *d, const struct draft_block *b)
{
	if (b->source->buffer != TX_HTTP_HOST || b->source->transforms)
		return 0;
	for (unsigned i = 0; i < b->count; i++) {
		const struct item *it = &b->items[i];
		if (it->kind != ITEM_CONTENT)
			continue;
		if (it->flags & ITEM_NOCASE)
			return detect_parse_no(
			    d, "http.host is in lower case already: remove nocase");
		for (unsigned k = 0; k < it->u.content.len; k++)
			if (it->u.content.bytes[k] >= 'A' &&
			    it->u.content.bytes[k] <= 'Z')
				return detect_parse_no(d,
				    "http.host is in lower case: capitals never match");
	}
	return 0;
}

static int check_content(struct draft *d, const struct item *it)
{
	const struct content *c = &it->u.content;
	uint32_t f = it->flags;

	if ((f & ITEM_DEPTH) && !(f & ITEM_DEPTH_VAR) && c->depth < c->len)
		return detect_parse_no(d,
		    "depth %d is less than the content's length %u", c->depth, c->len);
	if ((f & ITEM_WITHIN) && !(f & ITEM_WITHIN_VAR) && c->within < c->len)
		return detect_parse_no(d,
		    "within %d is less than the content's length %u", c->within,
		    c->len);
	if ((f & (ITEM_DISTANCE | ITEM_WITHIN)) && (f & (ITEM_DEPTH | ITEM_OFFSET)))
		return detect_parse_no(
		    d, "offset or depth together with distance or within");
	if ((f & ITEM_FAST) && (f & ITEM_NEGATED) &&
	    (f & (ITEM_DEPTH | ITEM_OFFSET | ITEM_DISTANCE | ITEM_WITHIN)))
		return detect_parse_no(
		    d, "fast_pattern on a negated content with a place");
	if ((f & ITEM_FAST_ONLY) && ((f & (ITEM_DEPTH | ITEM_OFFSET | ITEM_DISTANCE |
					      ITEM_WITHIN | ITEM_NEGATED))))
		return detect_parse_no(
		    d, "fast_pattern:only with a place or a negation");
	return 0;
}

/* A content that the transforms before it leave no chance. */
static int check_changed(struct draft *d, const struct source *s, const struct item *it)
{
	const struct content *c = &it->u.content;

	for (unsigned i = 0; i < s->transforms; i++) {
		bool space_before = false;
		for (unsigned k = 0; k < c->len; k++) {
			uint8_t b = c->bytes[k];
			bool space = b == ' ' || (b >= 9 && b <= 13);
			bool bad = false;
			switch (s->transform[i].kind) {
			case TRANSFORM_LOWER:
				bad = b >= 'A' && b <= 'Z';
				break;
			case TRANSFORM_UPPER:
				bad =
				    b >= 'a' && b <= 'z' && !(it->flags & ITEM_NOCASE);
				break;
			case TRANSFORM_STRIP_SPACE:
				bad = space;
				break;
			case TRANSFORM_COMPRESS_SPACE:
				bad = space && space_before;
				break;
			default:
				break;
			}
			if (bad)
				return detect_parse_no(d,
				    "a content that the transform before it leaves no chance");
			space_before = space;
		}
	}
	return 0;
}

static int check_block(struct draft *d, struct draft_block *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct item *it = &b->items[i];
		if (it->kind == ITEM_CONTENT && check_content(d, it) < 0)
			return FAIL_FORMAT;
		if (it->kind == ITEM_CONTENT && check_changed(d, b->source, it) < 0)
			return FAIL_FORMAT;
		if ((it->flags & ITEM_FAST) && it->kind == ITEM_CONTENT &&
		    b->source->buffer == BUFFER_BASE64)
			return detect_parse_no(d, "fast_pattern in base64_data");
	}
	if (check_sizes(d, b) < 0 || check_host(d, b) < 0)
		return FAIL_FORMAT;
	if ((b->absent_only || b->absent_ok) && b->count && b->absent_only)
		return detect_parse_no(
		    d, "absent leaves nothing to look into: use absent:or_else");
	return 0;
}

static bool packet_only_check(uint8_t kind)
{
	switch (kind) {
	case CHECK_FLOWBITS:
	case CHECK_FLOWINT:
	case CHECK_XBITS:
	case CHECK_APP_PROTO:
	case CHECK_APP_EVENT:
	case CHECK_FLOW_AGE:
	case CHECK_FLOW_PKTS:
	case CHECK_FLOW_BYTES:
	case CHECK_NEVER:
	case CHECK_CSUM:
	case CHECK_VLAN_ID:
	case CHECK_VLAN_LAYERS:
		return false;
	default:
		return true;
	}
}

static void mark_payload(struct draft *d, const struct draft_block *b)
{
	struct sig *s = &d->sig;

	s->flags |= SIG_PAYLOAD;
	if (s->flags & (SIG_PACKET_ONLY | SIG_STREAM_ONLY))
		return;
	for (uint32_t i = 0; i < d->check_count; i++)
		if (packet_only_check(d->checks[i].kind)) {
			s->flags |= SIG_PACKET_ONLY;
			return;
		}
	for (unsigned i = 0; i < b->count; i++)
		if (b->items[i].kind == ITEM_CONTENT &&
		    (b->items[i].flags & (ITEM_DEPTH | ITEM_OFFSET)))
			s->flags |= SIG_PACKET_TOO;
}

static bool header_buffer(uint16_t buffer)
{
	return buffer > BUFFER_PAYLOAD && buffer < BUFFER_BASE64;
}

static bool address_only(const struct draft *d)
{
	const struct sig *s = &d->sig;

	if (d->block_count || s->app != FLOW_APP_UNKNOWN || d->check_count ||
	    (s->flags & (SIG_PKTHDR | SIG_PACKET_ONLY | SIG_STREAM_ONLY |
			    SIG_ESTABLISHED | SIG_NOT_ESTABLISHED)) ||
	    s->dirs != (SIG_TO_SERVER | SIG_TO_CLIENT) || s->proto == SIG_PROTO_NONIP)
		return false;
	if (d->seen & SEEN_FLOW)
		return false;
	for (uint32_t i = 0; i < d->act_count; i++)
		if (d->acts[i].kind != CHECK_FLOWBITS || d->acts[i].op != BITS_SET)
			return false;
	return true;
}

static void classify(struct draft *d)
{
	struct sig *s = &d->sig;

	for (uint32_t i = 0; i < d->block_count; i++) {
		const struct draft_block *b = &d->blocks[i];
		if (b->source->buffer < TX_BUFFER_MAX)
			s->flags |= SIG_TX;
		else if (b->source->buffer == BUFFER_PAYLOAD)
			mark_payload(d, b);
		else if (header_buffer(b->source->buffer))
			s->flags |= SIG_PACKET_ONLY;
	}
	for (uint32_t i = 0; i < d->check_count; i++) {
		uint8_t kind = d->checks[i].kind;
		if (packet_only_check(kind) && kind != CHECK_APP_EVENT &&
		    !(s->flags & SIG_PAYLOAD))
			s->flags |= SIG_PACKET_ONLY;
		if (kind == CHECK_APP_EVENT)
			s->flags |= SIG_TX;
		if (kind == CHECK_FLOWBITS || kind == CHECK_FLOWINT ||
		    kind == CHECK_XBITS)
			s->flags |= SIG_READS_BITS;
	}
	if (d->act_count)
		s->flags |= SIG_WRITES_BITS;
	if (address_only(d))
		s->flags |= SIG_ADDRESS;
}

/* ---- copies */

/* By key, values of one key as they were written. */
static void sort_metadata(struct draft *d)
{
	for (uint32_t i = 1; i < d->meta_count; i++) {
		const char *key = d->meta_keys[i], *value = d->meta_values[i];
		uint32_t k = i;
		for (; k > 0 && strcasecmp(d->meta_keys[k - 1], key) > 0; k--) {
			d->meta_keys[k] = d->meta_keys[k - 1];
			d->meta_values[k] = d->meta_values[k - 1];
		}
		d->meta_keys[k] = key;
		d->meta_values[k] = value;
	}
}

static void json_text(struct buf *b, const char *s)
{
	buf_add_byte(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_byte(b, '\\');
		if ((unsigned char)*s < 0x20)
			buf_addf(b, "\\u%04x", (unsigned)(unsigned char)*s);
		else
			buf_add_byte(b, (uint8_t)*s);
	}
	buf_add_byte(b, '"');
}

/* {"key":["value",…],…}, keys in order, as EVE writes alert.metadata. */
static const char *make_metadata(struct draft *d)
{
	struct buf b;

	if (d->meta_count == 0)
		return NULL;
	sort_metadata(d);
	buf_init(&b, METADATA_JSON_MAX);
	buf_add_byte(&b, '{');
	for (uint32_t i = 0; i < d->meta_count; i++) {
		bool same = i > 0 && strcmp(d->meta_keys[i], d->meta_keys[i - 1]) == 0;
		if (!same) {
			if (i > 0)
				buf_add_text(&b, "],");
			json_text(&b, d->meta_keys[i]);
			buf_add_text(&b, ":[");
		} else {
			buf_add_byte(&b, ',');
		}
		json_text(&b, d->meta_values[i]);
	}
	buf_add_text(&b, "]}");
	const char *text =
	    b.overflowed ? NULL : detect_parse_keep(d->load->keep, buf_text(&b));
	buf_fini(&b);
	return text;
}

static void *copy(struct arena *keep, const void *from, size_t size)
{
	void *to = size ? arena_alloc(keep, size) : NULL;

	if (to)
		memcpy(to, from, size);
	return to;
}

static bool copy_blocks(struct draft *d, struct sig *s)
{
	struct arena *keep = d->load->keep;
	struct block *blocks =
	    arena_alloc(keep, (d->block_count + 1) * sizeof(*blocks));
	uint8_t n = 0;

	if (!blocks)
		return false;
	for (uint32_t i = 0; i < d->block_count; i++) {
		struct draft_block *b = &d->blocks[i];
		if (b->count == 0 && !b->absent_ok && !b->absent_only)
			continue;
		mark_again(b->items, b->count);
		struct block *to = &blocks[n++];
		*to = (struct block){ .source = b->source,
			.count = b->count,
			.absent_ok = b->absent_ok,
			.absent_only = b->absent_only,
			.items = copy(keep, b->items, b->count * sizeof(struct item)) };
		if (b->count && !to->items)
			return false;
	}
	/* base64_data is looked into by the base64_decode before it, not by itself. */
	for (uint8_t i = 0; i < n; i++) {
		if (blocks[i].source->buffer != BUFFER_BASE64)
			continue;
		struct block *inner = copy(keep, &blocks[i], sizeof(*inner));
		if (!inner)
			return false;
		for (uint8_t k = 0; k < n; k++) {
			struct item *items = (struct item *)(uintptr_t)blocks[k].items;
			for (unsigned j = 0; j < blocks[k].count; j++)
				if (items[j].kind == ITEM_BASE64)
					items[j].u.base64.then = inner;
		}
		memmove(
		    &blocks[i], &blocks[i + 1], (size_t)(n - i - 1) * sizeof(*blocks));
		n--;
		i--;
	}
	s->blocks = blocks;
	s->block_count = n;
	return true;
}

static bool copy_thresholds(struct draft *d, struct sig *s)
{
	const struct threshold *next = NULL;

	for (uint32_t i = d->threshold_count; i-- > 0;) {
		struct threshold *t =
		    copy(d->load->keep, &d->thresholds[i], sizeof(*t));
		if (!t)
			return false;
		t->next = next;
		next = t;
	}
	s->threshold = next;
	return true;
}

static int copy_all(struct draft *d, struct sig **out)
{
	struct arena *keep = d->load->keep;
	struct sig *s = copy(keep, &d->sig, sizeof(*s));

	if (!s || !copy_blocks(d, s) || !copy_thresholds(d, s))
		return detect_parse_no(d, "out of memory");
	s->checks = copy(keep, d->checks, d->check_count * sizeof(struct check));
	s->check_count = (uint16_t)d->check_count;
	s->acts = copy(keep, d->acts, d->act_count * sizeof(struct check));
	s->act_count = (uint16_t)d->act_count;
	s->rule.metadata = make_metadata(d);
	if ((d->check_count && !s->checks) || (d->act_count && !s->acts))
		return detect_parse_no(d, "out of memory");
	*out = s;
	return 0;
}

int detect_parse_freeze(struct draft *d, struct sig **out)
{
	struct sig *s = &d->sig;

	if (!(d->seen & SEEN_SID))
		return detect_parse_no(d, "sid is missing");
	if (d->sticky && d->block < 0)
		return detect_parse_no(d, "nothing is looked for in %s",
		    detect_keyword_buffer_name(d->spec.buffer));
	if (d->base64)
		d->base64 = NULL;
	for (uint32_t i = 0; i < d->block_count; i++)
		if (check_block(d, &d->blocks[i]) < 0)
			return FAIL_FORMAT;
	s->dirs = d->flow_dirs & d->buffer_dirs;
	if (s->dirs == 0)
		return detect_parse_no(
		    d, "flow asks for the other direction than the rule's buffers");
	s->vars = (uint8_t)d->var_count;
	if (!s->rule.msg)
		s->rule.msg = "";
	if (!s->rule.class_id)
		s->rule.class_id = "";
	if (!s->rule.class_text)
		s->rule.class_text = "";
	classify(d);
	if ((s->flags & SIG_TX) && (s->flags & SIG_PACKET_ONLY))
		for (uint32_t i = 0; i < d->check_count; i++)
			if (d->checks[i].kind == CHECK_DSIZE)
				return detect_parse_no(
				    d, "dsize together with a buffer of a protocol");
	return copy_all(d, out);
}
