/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gate/tx.h"

/* What was odd about a conversation: EVENT(enum suffix, name in rules).  Names are those of
 * Suricata's app-layer-event keyword; only events that a parser here raises are listed. */
#define APP_EVENTS(X)                               \
	X(DNS_MALFORMED_DATA, "dns.malformed_data") \
	X(DNS_NOT_A_REQUEST, "dns.not_request")     \
	X(DNS_NOT_A_RESPONSE, "dns.not_response")   \
	X(DNS_Z_FLAG_SET, "dns.z_flag_set")         \
	X(DNS_INVALID_OPCODE, "dns.invalid_opcode") \
	X(DNS_NAME_TOO_LONG, "dns.name_too_long")   \
	X(DNS_INFINITE_LOOP, "dns.infinite_loop")   \
	X(DNS_TOO_MANY_LABELS, "dns.too_many_labels")

enum app_event {

#define APP_EVENT_ENUM(id, name) APP_EVENT_##id,
	APP_EVENTS(APP_EVENT_ENUM)
#undef APP_EVENT_ENUM
	    APP_EVENT_MAX,
};

/* Rule name of an event, static text. */
const char *app_event_name(enum app_event event);
/* The reverse; APP_EVENT_MAX when no parser raises it. */
enum app_event app_event_find(const char *name);
/* Notes an event once; past the room in tx->events it is forgotten. */
void app_event_note(struct tx *tx, enum app_event event);
