/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/wire/code.h"

#include "tests/check.h"

static const char ours[] = "the DER of our CA", theirs[] = "the DER of another CA";

static void makes_what_it_reads(void)
{
	struct wire_code made, read;
	char text[WIRE_CODE_ROOM];

	check_eq(wire_code_make(span_text(ours), &made), 0);
	wire_code_format(&made, text);
	check_eq(strlen(text), WIRE_CODE_ROOM - 1);
	check_eq(wire_code_parse(text, &read), 0);
	check_text(read.secret, made.secret);
	check_text(read.print, made.print);
}

static void knows_its_centre(void)
{
	struct wire_code code;

	check_eq(wire_code_make(span_text(ours), &code), 0);
	check(wire_code_vouches(&code, span_text(ours)));
	check(!wire_code_vouches(&code, span_text(theirs)));
}

/* Two codes of one centre end differently: a forged certificate cannot be prepared. */
static void fingerprint_depends_on_the_secret(void)
{
	struct wire_code one, two;

	check_eq(wire_code_make(span_text(ours), &one), 0);
	check_eq(wire_code_make(span_text(ours), &two), 0);
	check(strcmp(one.secret, two.secret) != 0);
	check(strcmp(one.print, two.print) != 0);
	memcpy(two.print, one.print, sizeof(two.print));
	check(!wire_code_vouches(&two, span_text(ours)));
}

/* HMAC-SHA-256("000000000000000", "") begins with fbf257e1, by openssl(1). */
static void spells_most_significant_bit_first(void)
{
	struct wire_code code;
	char text[WIRE_CODE_ROOM];

	check_eq(wire_code_parse("00000-00000-00000-ZFS5F-RCPBZ", &code), 0);
	check(wire_code_vouches(&code, span_text("")));
	wire_code_format(&code, text);
	check_text(text, "00000-00000-00000-ZFS5F-RCPBZ");
}

static void forgives_how_people_type(void)
{
	struct wire_code code;

	check_eq(wire_code_parse(" abcde fghjk mnpqr\tstvwx yz0Oi\n", &code), 0);
	check_text(code.secret, "ABCDEFGHJKMNPQR");
	check_text(code.print, "STVWXYZ001");
	check_eq(wire_code_parse("abcdefghjkmnpqrstvwxyz01l", &code), 0);
	check_text(code.print, "STVWXYZ011");
}

static void refuses_the_rest(void)
{
	struct wire_code code;

	check_eq(wire_code_parse("", &code), FAIL_FORMAT);
	check_eq(wire_code_parse("ABCDE-FGHJK-MNPQR-STVWX-YZ00", &code), FAIL_FORMAT);
	check_eq(wire_code_parse("ABCDE-FGHJK-MNPQR-STVWX-YZ0000", &code), FAIL_FORMAT);
	check_eq(wire_code_parse("UBCDE-FGHJK-MNPQR-STVWX-YZ000", &code), FAIL_FORMAT);
	check_eq(wire_code_parse("ABCDE_FGHJK_MNPQR_STVWX_YZ000", &code), FAIL_FORMAT);
}

CHECK_MAIN(makes_what_it_reads, knows_its_centre, fingerprint_depends_on_the_secret,
    spells_most_significant_bit_first, forgives_how_people_type, refuses_the_rest)
