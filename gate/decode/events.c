/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/events.h"

#include <string.h>
#include <strings.h>

#define FRAME_PREFIX  "decoder."
#define STREAM_PREFIX "stream."

static const char *const names[DECODE_EVENT_MAX] = {
#define FRAME_NAME(id, name) [DECODE_##id] = FRAME_PREFIX name,
	DECODE_EVENTS(FRAME_NAME)
#undef FRAME_NAME
#define STREAM_NAME(id, name) [STREAM_##id] = STREAM_PREFIX name,
	    DECODE_STREAM_EVENTS(STREAM_NAME)
#undef STREAM_NAME
};

/* Names that published rule files use beside those of the table. */
static const struct {
	const char *name;
	uint16_t code;
} aliases[] = {
	{ "3whs_synack_resend_with_different_ack",
	    STREAM_3WHS_SYNACK_RESEND_WITH_DIFF_ACK },
	{ "est_synack_resend_with_different_ack",
	    STREAM_EST_SYNACK_RESEND_WITH_DIFF_ACK },
};

const char *decode_event_name(uint16_t code)
{
	return code < DECODE_EVENT_MAX ? names[code] : NULL;
}

static uint16_t find(const char *name, unsigned from, unsigned to, size_t skip)
{
	for (unsigned i = from; i < to; i++)
		if (names[i] && strcasecmp(names[i] + skip, name) == 0)
			return (uint16_t)i;
	return DECODE_EVENT_NONE;
}

uint16_t decode_event_find(const char *name)
{
	return find(name, 1, DECODE_EVENT_LAST_FRAME, strlen(FRAME_PREFIX));
}

uint16_t decode_stream_event_find(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcasecmp(aliases[i].name, name) == 0)
			return aliases[i].code;
	return find(
	    name, DECODE_EVENT_LAST_FRAME + 1, DECODE_EVENT_MAX, strlen(STREAM_PREFIX));
}
