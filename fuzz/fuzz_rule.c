/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/fuzz.h"

#include "gate/detect/detect.h"
#include "gate/detect/index/index.h"

#include <stdlib.h>
#include <unistd.h>

#define FUZZ_RULES_MAX 16384u

/* Invariant: any text as a rule file is either loaded or refused line by line.  Each rule
 * that loads has a sid, every refusal a reason and a line, and the indexes can be built. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char path[] = "/tmp/fuzz-rule-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0);
	if (len > FUZZ_RULES_MAX)
		len = FUZZ_RULES_MAX;
	must(write(fd, bytes, len) == (ssize_t)len);
	close(fd);

	const char *const files[] = { path };
	struct engine_source source = { .rule_files = files, .rule_file_count = 1 };
	struct buf why;
	buf_init(&why, 4096);
	struct engine *e = engine_build(&source, &why);
	unlink(path);
	if (e) {
		struct engine_report r = engine_report(e);
		must(r.loaded == e->sig_count);
		for (uint32_t i = 0; i < e->sig_count; i++)
			must(e->sigs[i]->rule.sid != 0 && e->sigs[i]->rule.index == i);
		for (unsigned i = 0; i < r.refused; i++)
			must(r.refusals[i].line > 0 && r.refusals[i].reason[0]);
		engine_unref(e);
	}
	buf_fini(&why);
	return 0;
}
