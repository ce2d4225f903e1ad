/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/app/app.h"

/* DNS messages over UDP and TCP (RFC 1035).  Each message is a transaction of its own.
 *
 * Owns:    struct app_dns (tx->proto of a transaction with app FLOW_APP_DNS), which lives
 *          in the transaction's arena with all that it points to.
 * Threads: those of the flow's worker.
 * Limits:  APP_DNS_NAME_MAX, APP_DNS_JUMPS_MAX, APP_DNS_QUESTIONS_MAX, APP_DNS_RECORDS_MAX.
 * Serves:  002-03, 002-05 */
#define APP_DNS_NAME_MAX      1025u /* bytes of a name in text form */
#define APP_DNS_JUMPS_MAX     64u   /* compression pointers followed in one name */
#define APP_DNS_QUESTIONS_MAX 32u
#define APP_DNS_RECORDS_MAX   256u /* of all three sections of one message */

enum app_dns_type {
	APP_DNS_A = 1,
	APP_DNS_NS = 2,
	APP_DNS_CNAME = 5,
	APP_DNS_SOA = 6,
	APP_DNS_NULL = 10,
	APP_DNS_PTR = 12,
	APP_DNS_MX = 15,
	APP_DNS_TXT = 16,
	APP_DNS_AAAA = 28,
	APP_DNS_SRV = 33,
	APP_DNS_OPT = 41,
	APP_DNS_SSHFP = 44,
};

struct app_dns_question {
	struct span name; /* labels joined by dots, no dot at the end, bytes as sent */
	uint16_t type, class;
};

struct app_dns_record {
	struct span name;
	uint16_t type, class;
	uint32_t ttl;
	struct span rdata; /* as sent */
	/* A, AAAA: address in text.  CNAME, NS, PTR: the name.  MX, SRV: the target.
	 * TXT: the strings one behind the other.  SOA: the first name server.  NULL: bytes.
	 * SSHFP: the fingerprint in colon hex.  Others: empty. */
	struct span text;
	uint16_t priority;                   /* MX, SRV */
	uint16_t weight, port;               /* SRV */
	uint8_t algorithm, fingerprint_type; /* SSHFP */
	struct span mailbox;                 /* SOA */
	uint32_t serial, refresh, retry, expire, minimum;
};

struct app_dns {
	uint16_t id;
	uint16_t flags; /* the second 16 bits as sent */
	uint8_t opcode, rcode;
	bool response;
	unsigned question_count, answer_count, authority_count, additional_count;
	struct app_dns_question *questions;
	struct app_dns_record *answers, *authorities, *additionals;
};

/* "A", "AAAA", … or NULL for a type without a name. */
const char *app_dns_type_name(uint16_t type);
/* "NOERROR", "NXDOMAIN", … or NULL. */
const char *app_dns_rcode_name(uint8_t rcode);
