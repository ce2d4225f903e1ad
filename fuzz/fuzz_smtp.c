/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/talk.h"

#include <netinet/in.h>

/* Only what smtp/ made: what follows STARTTLS is another target's business. */
static bool is_mail(const struct talk *t)
{
	return t->flow.app == FLOW_APP_SMTP && !t->flow.app_orig;
}

/* Invariant: the limits of a transaction hold and every attachment is closed; transactions,
 * fields and attachments are the same whether bytes come all at once or one by one. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool whole_is, cut_is;
	uint64_t whole = talk_run(bytes, len, IPPROTO_TCP, 25, 0, is_mail, &whole_is);
	uint64_t cut = talk_run(bytes, len, IPPROTO_TCP, 25, 1, is_mail, &cut_is);

	must(whole_is == cut_is && (!whole_is || whole == cut));
	return 0;
}
