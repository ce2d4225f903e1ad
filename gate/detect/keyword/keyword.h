/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/detect/parse/parse.h"

/* The words of the rule language: one row a keyword.  The parser and the printed list
 * (detect_keywords_print) both come from the table in table.c.
 *
 * Threads: the table never changes. */
enum keyword_flag {
	KEYWORD_VALUE = 1, /* must have a value */
	KEYWORD_BARE = 2,  /* must not have one */
	KEYWORD_TO_SERVER =
	    4, /* the request's side only, although the buffer has both */
};

struct keyword;
typedef int keyword_parse_fn(struct draft *d, const struct keyword *k, char *value);

struct keyword {
	const char *name;
	const char *says;        /* one sentence for the list */
	keyword_parse_fn *parse; /* NULL: known, and refused */
	uint16_t flags;
	uint16_t arg; /* enum tx_buffer, enum check_kind, … as `parse` wants */
};

const struct keyword *detect_keyword_find(const char *name);

/* buffer.c: what is known of a buffer (TX_* or BUFFER_*) */
bool detect_keyword_buffer_many(uint16_t buffer);
uint8_t detect_keyword_buffer_dirs(uint16_t buffer);
enum flow_app detect_keyword_buffer_app(uint16_t buffer);
const char *detect_keyword_buffer_name(uint16_t buffer);
/* The stage of a transaction after which the buffer cannot come any more. */
enum tx_progress detect_keyword_buffer_stage(uint16_t buffer);

keyword_parse_fn detect_keyword_sticky, detect_keyword_legacy,
    detect_keyword_uricontent, detect_keyword_pkt_data, detect_keyword_absent,
    detect_keyword_tls_version, detect_keyword_text;
/* meta.c */
keyword_parse_fn detect_keyword_msg, detect_keyword_sid, detect_keyword_rev,
    detect_keyword_gid, detect_keyword_classtype, detect_keyword_priority,
    detect_keyword_reference, detect_keyword_metadata, detect_keyword_target,
    detect_keyword_requires, detect_keyword_hint;
/* content.c */
keyword_parse_fn detect_keyword_content, detect_keyword_nocase, detect_keyword_depth,
    detect_keyword_offset, detect_keyword_distance, detect_keyword_within,
    detect_keyword_startswith, detect_keyword_endswith, detect_keyword_fast_pattern,
    detect_keyword_rawbytes;
/* size.c */
keyword_parse_fn detect_keyword_bsize, detect_keyword_urilen, detect_keyword_dsize,
    detect_keyword_isdataat;
/* bytes.c */
keyword_parse_fn detect_keyword_byte_test, detect_keyword_byte_jump,
    detect_keyword_byte_extract, detect_keyword_byte_math;
keyword_parse_fn detect_keyword_base64_decode;
/* pcre.c */
keyword_parse_fn detect_keyword_pcre;
/* transform.c */
keyword_parse_fn detect_keyword_transform, detect_keyword_xor, detect_keyword_pcrexform,
    detect_keyword_from_base64;
/* entropy.c */
keyword_parse_fn detect_keyword_entropy;
/* flow.c */
keyword_parse_fn detect_keyword_flow, detect_keyword_flowbits, detect_keyword_flowint,
    detect_keyword_xbits, detect_keyword_hostbits, detect_keyword_alert,
    detect_keyword_noalert, detect_keyword_stream_size, detect_keyword_app_protocol,
    detect_keyword_app_event, detect_keyword_event;
/* header.c */
keyword_parse_fn detect_keyword_number, detect_keyword_flags, detect_keyword_fragbits,
    detect_keyword_sameip, detect_keyword_ipopts, detect_keyword_ip_proto,
    detect_keyword_csum, detect_keyword_flow_count, detect_keyword_vlan_id;
/* threshold.c */
/* "by_src" …, "limit" …: also for threshold.config */
int detect_keyword_track(struct draft *d, const char *s, struct threshold *t);
int detect_keyword_threshold_type(struct draft *d, const char *s, struct threshold *t);
keyword_parse_fn detect_keyword_threshold, detect_keyword_detection_filter;
