/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/decode/events.h"

#include "tests/check.h"

static void names_are_what_eve_writes(void)
{
	check_text(decode_event_name(DECODE_IPV4_TRUNC_PKT), "decoder.ipv4.trunc_pkt");
	check_text(decode_event_name(STREAM_FIN_SYN), "stream.fin_syn");
	check(!decode_event_name(DECODE_EVENT_NONE));
	check(!decode_event_name(DECODE_EVENT_LAST_FRAME));
	check(!decode_event_name(DECODE_EVENT_MAX));
}

static void every_name_is_found_again(void)
{
	for (uint16_t i = 1; i < DECODE_EVENT_MAX; i++) {
		const char *name = decode_event_name(i);
		if (!name)
			continue;
		const char *dot = strchr(name, '.') + 1;
		check_eq(decode_event_is_stream(i) ? decode_stream_event_find(dot)
						   : decode_event_find(dot),
		    i);
	}
}

static void unknown_names_are_not_found(void)
{
	check_eq(decode_event_find("ipv4.no_such"), DECODE_EVENT_NONE);
	check_eq(decode_event_find("fin_syn"), DECODE_EVENT_NONE);
	check_eq(decode_stream_event_find("ipv4.trunc_pkt"), DECODE_EVENT_NONE);
	check_eq(decode_event_find(""), DECODE_EVENT_NONE);
}

static void older_names_are_taken(void)
{
	check_eq(decode_stream_event_find("est_synack_resend_with_different_ack"),
	    STREAM_EST_SYNACK_RESEND_WITH_DIFF_ACK);
}

CHECK_MAIN(names_are_what_eve_writes, every_name_is_found_again,
    unknown_names_are_not_found, older_names_are_taken)
