/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/file/internal.h"

#include "tests/check.h"

#include <stdlib.h>
#include <time.h>

static char text[128];

static enum file_scan reply(const char *bytes)
{
	return file_clamd_reply(span_text(bytes), text, sizeof(text));
}

static void reads_the_three_answers(void)
{
	check_eq(reply("fd[10]: OK"), FILE_CLEAN);
	check_text(text, "");
	check_eq(reply("fd[10]: Win.Trojan.Agent-1 FOUND"), FILE_INFECTED);
	check_text(text, "Win.Trojan.Agent-1");
	check_eq(reply("fd[10]: Can't allocate memory ERROR"), FILE_SCAN_FAILED);
	check_text(text, "Can't allocate memory");
	check_eq(file_clamd_reply(span_of("fd[1]: OK\0junk", 14), text, sizeof(text)),
	    FILE_CLEAN);
}

static void shortens_names(void)
{
	check_eq(reply("fd[9]: Eicar-Test-Signature.UNOFFICIAL("
		       "44d88612fea8a8f36de82e1278abb02f:68) FOUND"),
	    FILE_INFECTED);
	check_text(text, "Eicar-Test-Signature");
}

static void locked_is_not_infected(void)
{
	check_eq(reply("fd[9]: Heuristics.Encrypted.Zip FOUND"), FILE_UNSCANNABLE);
	check_eq(reply("fd[9]: Heuristics.Limits.Exceeded.MaxRecursion FOUND"),
	    FILE_UNSCANNABLE);
	check_eq(reply("fd[9]: Heuristics.Phishing.Email FOUND"), FILE_INFECTED);
}

static void believes_nothing_else(void)
{
	check_eq(reply(""), FILE_SCAN_FAILED);
	check_eq(reply("OK"), FILE_SCAN_FAILED);
	check_eq(reply("UNKNOWN COMMAND"), FILE_SCAN_FAILED);
	check_eq(reply("fd[9]:  FOUND"), FILE_SCAN_FAILED);
	check_eq(reply("fd[9]: (a:1) FOUND"), FILE_SCAN_FAILED);
	check_eq(reply("fd[9]: a\x1b[2Jb FOUND"), FILE_INFECTED);
	check_text(text, "a?[2Jb");
}

static void knows_how_old_it_is(void)
{
	setenv("TZ", "JST-9", 1);
	tzset();
	check_eq(file_clamd_made_us("ClamAV 1.4.3/27823/Fri Nov 20 17:15:32 2026"),
	    INT64_C(1795162532) * 1000000);
	check_eq(file_clamd_made_us("ClamAV 1.4.3"), 0);
	check_eq(file_clamd_made_us("ClamAV 1.4.3/27823/"), 0);
	check_eq(file_clamd_made_us("ClamAV/x/y"), 0);
	check_eq(file_clamd_made_us(""), 0);
}

CHECK_MAIN(reads_the_three_answers, shortens_names, locked_is_not_infected,
    believes_nothing_else, knows_how_old_it_is)
