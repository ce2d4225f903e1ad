/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/keyword/keyword.h"

#include <ctype.h>
#include <stdlib.h>

/* One row a keyword.  A row without a function is a word of the language that we know and
 * refuse. */
#define STICKY(id, keyword, dir)                                 \
	{ keyword, "looks into " keyword, detect_keyword_sticky, \
		TX_##id == TX_DNS_QUERY ? KEYWORD_TO_SERVER : 0, TX_##id },
#define ALIAS(name, id)                                                              \
	{                                                                            \
		name, "older name of a buffer", detect_keyword_sticky, KEYWORD_BARE, \
		    id                                                               \
	}
#define LEGACY(name, id)                                                    \
	{                                                                   \
		name, "moves the content before it", detect_keyword_legacy, \
		    KEYWORD_BARE, id                                        \
	}
#define NUMBER(name, says, id)                                       \
	{                                                            \
		name, says, detect_keyword_number, KEYWORD_VALUE, id \
	}
#define TRANSFORM(name, says, id)                                      \
	{                                                              \
		name, says, detect_keyword_transform, KEYWORD_BARE, id \
	}
#define HEADER(name, id)                                                     \
	{                                                                    \
		name, "looks into the header itself", detect_keyword_sticky, \
		    KEYWORD_BARE, id                                         \
	}
#define CSUM(name, id)                                                    \
	{                                                                 \
		name, "whether a checksum is valid", detect_keyword_csum, \
		    KEYWORD_VALUE, id                                     \
	}
#define TEXT(name, id)                                                               \
	{                                                                            \
		name, "a text in one buffer", detect_keyword_text, KEYWORD_VALUE, id \
	}
#define REFUSED(name, says)            \
	{                              \
		name, says, NULL, 0, 0 \
	}

static const struct keyword rows[] = {
	/* what the rule is */
	{ "msg", "what the alert says", detect_keyword_msg, KEYWORD_VALUE, 0 },
	{ "sid", "number of the rule", detect_keyword_sid, KEYWORD_VALUE, 0 },
	{ "rev", "revision of the rule", detect_keyword_rev, KEYWORD_VALUE, 0 },
	{ "gid", "group of rule numbers", detect_keyword_gid, KEYWORD_VALUE, 0 },
	{ "classtype", "class, gives category and priority", detect_keyword_classtype,
	    KEYWORD_VALUE, 0 },
	{ "priority", "1 to 255, 1 is the gravest", detect_keyword_priority,
	    KEYWORD_VALUE, 0 },
	{ "reference", "where to read more", detect_keyword_reference, KEYWORD_VALUE,
	    0 },
	{ "metadata", "pairs that go into the alert", detect_keyword_metadata,
	    KEYWORD_VALUE, 0 },
	{ "target", "which side is attacked", detect_keyword_target, KEYWORD_VALUE, 0 },
	{ "requires", "passes the rule over when the engine lacks something",
	    detect_keyword_requires, KEYWORD_VALUE, 0 },
	{ "prefilter", "a hint for speed", detect_keyword_hint, 0, 0 },

	/* the conversation */
	{ "flow", "direction and state of the flow", detect_keyword_flow, KEYWORD_VALUE,
	    0 },
	{ "flowbits", "bits that rules keep on a flow", detect_keyword_flowbits,
	    KEYWORD_VALUE, 0 },
	{ "flowint", "numbers that rules keep on a flow", detect_keyword_flowint,
	    KEYWORD_VALUE, 0 },
	{ "xbits", "bits that rules keep on addresses", detect_keyword_xbits,
	    KEYWORD_VALUE, 0 },
	{ "hostbits", "bits that rules keep on an address", detect_keyword_hostbits,
	    KEYWORD_VALUE, 0 },
	{ "noalert", "the rule acts without telling", detect_keyword_noalert,
	    KEYWORD_BARE, 0 },
	{ "alert", "the rule tells (the opposite of noalert)", detect_keyword_alert,
	    KEYWORD_BARE, 0 },
	{ "stream_size", "bytes of the stream so far", detect_keyword_stream_size,
	    KEYWORD_VALUE, 0 },
	{ "app-layer-protocol", "protocol that was recognised",
	    detect_keyword_app_protocol, KEYWORD_VALUE, 0 },
	{ "app-layer-event", "oddity that a protocol parser noticed",
	    detect_keyword_app_event, KEYWORD_VALUE, 0 },
	{ "decode-event", "oddity of the packet", detect_keyword_event, KEYWORD_VALUE,
	    0 },
	{ "engine-event", "older name of decode-event", detect_keyword_event,
	    KEYWORD_VALUE, 0 },
	{ "stream-event", "oddity of the TCP connection", detect_keyword_event,
	    KEYWORD_VALUE, 1 },
	{ "threshold", "how often the rule tells", detect_keyword_threshold,
	    KEYWORD_VALUE, 0 },
	{ "detection_filter", "from which count on the rule tells",
	    detect_keyword_detection_filter, KEYWORD_VALUE, 0 },

	/* what is looked for */
	{ "content", "bytes to be found", detect_keyword_content, KEYWORD_VALUE, 0 },
	{ "uricontent", "bytes to be found in http.uri", detect_keyword_uricontent,
	    KEYWORD_VALUE, 0 },
	{ "nocase", "capitals do not matter", detect_keyword_nocase, KEYWORD_BARE, 0 },
	{ "depth", "how far from the beginning to search", detect_keyword_depth,
	    KEYWORD_VALUE, 0 },
	{ "offset", "from where to search", detect_keyword_offset, KEYWORD_VALUE, 0 },
	{ "distance", "how far behind the last match", detect_keyword_distance,
	    KEYWORD_VALUE, 0 },
	{ "within", "how soon after the last match", detect_keyword_within,
	    KEYWORD_VALUE, 0 },
	{ "startswith", "at the beginning", detect_keyword_startswith, KEYWORD_BARE,
	    0 },
	{ "endswith", "at the end", detect_keyword_endswith, KEYWORD_BARE, 0 },
	{ "fast_pattern", "the content to search first", detect_keyword_fast_pattern, 0,
	    0 },
	{ "rawbytes", "the bytes as they came", detect_keyword_rawbytes, KEYWORD_BARE,
	    0 },
	{ "pcre", "a regular expression", detect_keyword_pcre, KEYWORD_VALUE, 0 },
	{ "bsize", "size of the buffer", detect_keyword_bsize, KEYWORD_VALUE, 0 },
	{ "urilen", "length of the URI", detect_keyword_urilen, KEYWORD_VALUE, 0 },
	{ "dsize", "size of the packet's payload", detect_keyword_dsize, KEYWORD_VALUE,
	    0 },
	{ "isdataat", "whether there is data at a place", detect_keyword_isdataat,
	    KEYWORD_VALUE, 0 },
	{ "byte_test", "compares a number in the traffic", detect_keyword_byte_test,
	    KEYWORD_VALUE, 0 },
	{ "byte_jump", "goes as far as a number in the traffic says",
	    detect_keyword_byte_jump, KEYWORD_VALUE, 0 },
	{ "byte_extract", "keeps a number of the traffic", detect_keyword_byte_extract,
	    KEYWORD_VALUE, 0 },
	{ "byte_math", "calculates with a number of the traffic",
	    detect_keyword_byte_math, KEYWORD_VALUE, 0 },
	{ "base64_decode", "decodes from here", detect_keyword_base64_decode, 0, 0 },
	{ "base64_data", "looks into what was decoded", detect_keyword_sticky,
	    KEYWORD_BARE, BUFFER_BASE64 },
	{ "entropy", "how mixed the bytes are", detect_keyword_entropy, KEYWORD_VALUE,
	    0 },
	{ "absent", "the buffer is not there", detect_keyword_absent, 0, 0 },
	{ "pkt_data", "back to the payload", detect_keyword_pkt_data, KEYWORD_BARE, 0 },

	/* headers */
	NUMBER("ttl", "time to live", CHECK_TTL),
	NUMBER("tos", "type of service", CHECK_TOS),
	NUMBER("id", "IPv4 identification", CHECK_IP_ID),
	NUMBER("itype", "ICMP type", CHECK_ITYPE),
	NUMBER("icode", "ICMP code", CHECK_ICODE),
	NUMBER("icmp_id", "ICMP identifier", CHECK_ICMP_ID),
	NUMBER("icmp_seq", "ICMP sequence number", CHECK_ICMP_SEQ),
	NUMBER("seq", "TCP sequence number", CHECK_SEQ),
	NUMBER("tcp.seq", "TCP sequence number", CHECK_SEQ),
	NUMBER("ack", "TCP acknowledgement number", CHECK_ACK),
	NUMBER("tcp.ack", "TCP acknowledgement number", CHECK_ACK),
	NUMBER("window", "TCP window", CHECK_WINDOW),
	NUMBER("tcp.window", "TCP window", CHECK_WINDOW),
	NUMBER("tcp.mss", "TCP maximum segment size", CHECK_TCP_MSS),
	NUMBER("tcp.wscale", "TCP window scale", CHECK_TCP_WSCALE),
	NUMBER("fragoffset", "IP fragment offset", CHECK_FRAGOFFSET),
	NUMBER("flow.age", "seconds since the flow began", CHECK_FLOW_AGE),
	NUMBER("vlan.layers", "number of VLAN tags", CHECK_VLAN_LAYERS),
	{ "flags", "TCP flags", detect_keyword_flags, KEYWORD_VALUE, 0 },
	{ "tcp.flags", "TCP flags", detect_keyword_flags, KEYWORD_VALUE, 0 },
	{ "fragbits", "IP fragment bits", detect_keyword_fragbits, KEYWORD_VALUE, 0 },
	{ "sameip", "source and destination are equal", detect_keyword_sameip,
	    KEYWORD_BARE, 0 },
	{ "ipopts", "IPv4 options", detect_keyword_ipopts, KEYWORD_VALUE, 0 },
	{ "ip_proto", "IP protocol number", detect_keyword_ip_proto, KEYWORD_VALUE,
	    CHECK_IP_PROTO },
	CSUM("ipv4-csum", 0x400),
	CSUM("tcpv4-csum", 0x400 | SIG_PROTO_TCP),
	CSUM("tcpv6-csum", 0x600 | SIG_PROTO_TCP),
	CSUM("udpv4-csum", 0x400 | SIG_PROTO_UDP),
	CSUM("udpv6-csum", 0x600 | SIG_PROTO_UDP),
	CSUM("icmpv4-csum", 0x400 | SIG_PROTO_ICMP4),
	CSUM("icmpv6-csum", 0x600 | SIG_PROTO_ICMP6),
	{ "flow.pkts", "packets of the flow", detect_keyword_flow_count, KEYWORD_VALUE,
	    CHECK_FLOW_PKTS },
	{ "flow.bytes", "bytes of the flow", detect_keyword_flow_count, KEYWORD_VALUE,
	    CHECK_FLOW_BYTES },
	{ "flow.pkts_toserver", "packets to the server", detect_keyword_flow_count,
	    KEYWORD_VALUE, CHECK_FLOW_PKTS },
	{ "flow.pkts_toclient", "packets to the client", detect_keyword_flow_count,
	    KEYWORD_VALUE, CHECK_FLOW_PKTS },
	{ "flow.bytes_toserver", "bytes to the server", detect_keyword_flow_count,
	    KEYWORD_VALUE, CHECK_FLOW_BYTES },
	{ "flow.bytes_toclient", "bytes to the client", detect_keyword_flow_count,
	    KEYWORD_VALUE, CHECK_FLOW_BYTES },
	{ "vlan.id", "number of a VLAN tag", detect_keyword_vlan_id, KEYWORD_VALUE, 0 },
	HEADER("ipv4.hdr", BUFFER_IPV4_HDR),
	HEADER("ipv6.hdr", BUFFER_IPV6_HDR),
	HEADER("tcp.hdr", BUFFER_TCP_HDR),
	HEADER("udp.hdr", BUFFER_UDP_HDR),
	HEADER("icmpv4.hdr", BUFFER_ICMPV4_HDR),
	HEADER("icmpv6.hdr", BUFFER_ICMPV6_HDR),

	/* buffers of protocols */
	TX_BUFFERS(STICKY){ "tls_version", "version of TLS", detect_keyword_tls_version,
	    KEYWORD_VALUE, 0 },
	ALIAS("file_data", TX_FILE_DATA),
	ALIAS("http_request_line", TX_HTTP_REQUEST_LINE),
	ALIAS("http_response_line", TX_HTTP_RESPONSE_LINE),
	ALIAS("http_header_names", TX_HTTP_HEADER_NAMES),
	ALIAS("http_protocol", TX_HTTP_PROTOCOL),
	ALIAS("http_start", TX_HTTP_START),
	ALIAS("http_accept", TX_HTTP_ACCEPT),
	ALIAS("http_accept_enc", TX_HTTP_ACCEPT_ENC),
	ALIAS("http_accept_lang", TX_HTTP_ACCEPT_LANG),
	ALIAS("http_connection", TX_HTTP_CONNECTION),
	ALIAS("http_content_len", TX_HTTP_CONTENT_LEN),
	ALIAS("http_content_type", TX_HTTP_CONTENT_TYPE),
	ALIAS("http_referer", TX_HTTP_REFERER),
	{ "dns_query", "older name of a buffer", detect_keyword_sticky,
	    KEYWORD_TO_SERVER, TX_DNS_QUERY },
	ALIAS("dns.queries.rrname", TX_DNS_QUERY),
	ALIAS("dns.query.name", TX_DNS_QUERY),
	ALIAS("dns.answers.rrname", TX_DNS_ANSWER),
	ALIAS("tls_sni", TX_TLS_SNI),
	TEXT("tls.subject", TX_TLS_SUBJECT),
	TEXT("tls.issuerdn", TX_TLS_ISSUER),
	TEXT("tls.fingerprint", TX_TLS_FINGERPRINT),
	TEXT("filename", TX_FILE_NAME),
	TEXT("fileext", TX_FILE_NAME),
	ALIAS("tls_cert_subject", TX_TLS_SUBJECT),
	ALIAS("tls_cert_issuer", TX_TLS_ISSUER),
	ALIAS("tls_cert_serial", TX_TLS_SERIAL),
	ALIAS("tls_cert_fingerprint", TX_TLS_FINGERPRINT),
	ALIAS("tls_certs", TX_TLS_CERTS),
	ALIAS("ja3_hash", TX_TLS_JA3_HASH),
	ALIAS("ja3_string", TX_TLS_JA3_STRING),
	ALIAS("http.server_body", TX_HTTP_RESPONSE_BODY),
	LEGACY("http_uri", TX_HTTP_URI),
	LEGACY("http_raw_uri", TX_HTTP_URI_RAW),
	LEGACY("http_method", TX_HTTP_METHOD),
	LEGACY("http_header", TX_HTTP_HEADER),
	LEGACY("http_raw_header", TX_HTTP_HEADER_RAW),
	LEGACY("http_host", TX_HTTP_HOST),
	LEGACY("http_raw_host", TX_HTTP_HOST_RAW),
	LEGACY("http_user_agent", TX_HTTP_USER_AGENT),
	LEGACY("http_cookie", TX_HTTP_COOKIE),
	LEGACY("http_client_body", TX_HTTP_REQUEST_BODY),
	LEGACY("http_server_body", TX_HTTP_RESPONSE_BODY),
	LEGACY("http_stat_code", TX_HTTP_STAT_CODE),
	LEGACY("http_stat_msg", TX_HTTP_STAT_MSG),

	/* transforms */
	TRANSFORM("to_lowercase", "small letters", TRANSFORM_LOWER),
	TRANSFORM("to_uppercase", "capitals", TRANSFORM_UPPER),
	TRANSFORM("strip_whitespace", "without white space", TRANSFORM_STRIP_SPACE),
	TRANSFORM("compress_whitespace", "one blank for each run of white space",
	    TRANSFORM_COMPRESS_SPACE),
	TRANSFORM("dotprefix", "with a dot in front", TRANSFORM_DOTPREFIX),
	TRANSFORM("url_decode", "%20 and + undone", TRANSFORM_URL_DECODE),
	TRANSFORM("to_md5", "its MD5", TRANSFORM_MD5),
	TRANSFORM("to_sha1", "its SHA-1", TRANSFORM_SHA1),
	TRANSFORM("to_sha256", "its SHA-256", TRANSFORM_SHA256),
	TRANSFORM("header_lowercase", "header names in small letters",
	    TRANSFORM_HEADER_LOWER),
	TRANSFORM("strip_pseudo_headers", "without HTTP/2 pseudo headers",
	    TRANSFORM_STRIP_PSEUDO),
	{ "pcrexform", "what a regular expression captures", detect_keyword_pcrexform,
	    KEYWORD_VALUE, 0 },
	{ "from_base64", "base64 undone", detect_keyword_from_base64, 0, 0 },
	{ "xor", "combined with a key", detect_keyword_xor, KEYWORD_VALUE, 0 },

	/* known and refused */
	REFUSED("geoip", "country of an address"),
	REFUSED("asn1", "checks ASN.1"),
	REFUSED("ftpbounce", "FTP bounce attack"),
	REFUSED("tag", "logs packets after the alert"),
	REFUSED("replace", "changes the payload"),
	REFUSED("dataset", "sets of data in files"),
	REFUSED("datarep", "reputation of data in files"),
	REFUSED("iprep", "reputation of addresses in files"),
	REFUSED("lua", "scripts in rules"),
	REFUSED("luaxform", "scripts as transforms"),
	REFUSED("rpc", "Sun RPC calls"),
	REFUSED("frame", "frames of a protocol"),
	REFUSED("bypass", "lets the rest of the flow through unseen"),
	REFUSED("filestore", "keeps files"),
	REFUSED("config", "settings for a flow"),
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int compare(const void *key, const void *row)
{
	const struct keyword *const *k = row;
	return strcasecmp(key, (*k)->name);
}

static int compare_rows(const void *a, const void *b)
{
	const struct keyword *const *x = a, *const *y = b;
	return strcasecmp((*x)->name, (*y)->name);
}

static const struct keyword *sorted[ROWS];

/* Before main(): later there may be several threads. */
__attribute__((constructor)) static void sort_rows(void)
{
	for (size_t i = 0; i < ROWS; i++)
		sorted[i] = &rows[i];
	qsort(sorted, ROWS, sizeof(sorted[0]), compare_rows);
}

const struct keyword *detect_keyword_find(const char *name)
{
	const struct keyword *const *k =
	    bsearch(name, sorted, ROWS, sizeof(sorted[0]), compare);
	return k ? *k : NULL;
}

void detect_keywords_print(FILE *to)
{
	for (size_t i = 0; i < ROWS; i++)
		fprintf(to, "%-24s %s%s\n", sorted[i]->name, sorted[i]->says,
		    sorted[i]->parse ? "" : " (refused)");
}
