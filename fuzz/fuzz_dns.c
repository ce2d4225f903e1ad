/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/talk.h"

#include <netinet/in.h>

static bool is_dns(const struct talk *t)
{
	return t->flow.app == FLOW_APP_DNS;
}

/* Invariant: the limits of a transaction hold; over TCP the transactions and fields are the
 * same whether bytes come all at once or one by one. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool whole_is, cut_is;
	uint64_t whole = talk_run(bytes, len, IPPROTO_TCP, 53, 0, is_dns, &whole_is);
	uint64_t cut = talk_run(bytes, len, IPPROTO_TCP, 53, 1, is_dns, &cut_is);

	must(whole_is == cut_is && (!whole_is || whole == cut));
	talk_run(bytes, len, IPPROTO_UDP, 53, 0, NULL, NULL);
	return 0;
}
