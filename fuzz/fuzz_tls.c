/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/talk.h"

#include <netinet/in.h>

/* Only what tls/ made: what is not TLS is another target's business. */
static bool is_tls(const struct talk *t)
{
	return t->flow.app == FLOW_APP_TLS && !t->flow.app_orig;
}

/* Invariant: the limits of a transaction hold; there is one at most; it and its fields are
 * the same whether bytes come all at once or one by one. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool whole_is, cut_is;
	uint64_t whole = talk_run(bytes, len, IPPROTO_TCP, 443, 0, is_tls, &whole_is);
	uint64_t cut = talk_run(bytes, len, IPPROTO_TCP, 443, 1, is_tls, &cut_is);

	must(whole_is == cut_is && (!whole_is || whole == cut));
	return 0;
}
