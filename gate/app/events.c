/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/app/events.h"

static const char *const names[APP_EVENT_MAX] = {
#define APP_EVENT_NAME(id, name) [APP_EVENT_##id] = name,
	APP_EVENTS(APP_EVENT_NAME)
#undef APP_EVENT_NAME
};

/* Names that older rules use for the same event. */
static const struct {
	const char *name;
	enum app_event event;
} aliases[] = {
	{ "dns.not_a_request", APP_EVENT_DNS_NOT_REQUEST },
	{ "dns.not_a_response", APP_EVENT_DNS_NOT_RESPONSE },
};

const char *app_event_name(enum app_event event)
{
	return event < APP_EVENT_MAX ? names[event] : NULL;
}

enum app_event app_event_find(const char *name)
{
	for (unsigned i = 0; i < APP_EVENT_MAX; i++)
		if (strcmp(names[i], name) == 0)
			return (enum app_event)i;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return aliases[i].event;
	return APP_EVENT_MAX;
}

void app_event_note(struct tx *tx, enum app_event event)
{
	for (unsigned i = 0; i < tx->event_count; i++)
		if (tx->events[i] == event)
			return;
	if (tx->event_count < sizeof(tx->events) / sizeof(tx->events[0]))
		tx->events[tx->event_count++] = (uint16_t)event;
}
