/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/sign/sign.h"

#include "lib/base/log.h"
#include "tests/check.h"
#include "tests/tempdir.h"

#include <sys/stat.h>

static void who_signed_it_shows(void)
{
	struct sign_key one, two;
	char sig[SIGN_TEXT_ROOM];
	struct span said = span_text("cut off the machine");

	check_eq(sign_key_make(&one), 0);
	check_eq(sign_key_make(&two), 0);
	sign_make(&one, SIGN_ORDER, said, sig);
	check(sign_fits(one.public, SIGN_ORDER, said, sig));
	check(!sign_fits(two.public, SIGN_ORDER, said, sig));
	check(!sign_fits(one.public, SIGN_BUNDLE, said, sig));
	check(
	    !sign_fits(one.public, SIGN_ORDER, span_text("cut off the machine."), sig));
	check(!sign_fits(one.public, SIGN_ORDER, span_text(""), sig));
	sig[0] = sig[0] == '0' ? '1' : '0';
	check(!sign_fits(one.public, SIGN_ORDER, said, sig));
}

static void what_is_no_signature_never_fits(void)
{
	struct sign_key key;

	check_eq(sign_key_make(&key), 0);
	check(!sign_fits(key.public, SIGN_ORDER, span_text(""), ""));
	check(!sign_fits(key.public, SIGN_ORDER, span_text("a"), NULL));
	check(!sign_fits(NULL, SIGN_ORDER, span_text("a"), "00"));
	check(!sign_fits("zz", SIGN_ORDER, span_text("a"), "zz"));
	check(sign_public_fits(key.public));
	check(!sign_public_fits("abc"));
	check(!sign_public_fits(NULL));
}

static void a_key_file_is_made_once_and_for_its_owner(void)
{
	char dir[64], path[96], sig[SIGN_TEXT_ROOM];
	struct sign_key made, again;
	struct stat st;

	tempdir_make(dir);
	snprintf(path, sizeof(path), "%s/order.key", dir);
	check_eq(sign_key_open(path, false, &made), FAIL_MISSING);
	check_eq(sign_key_open(path, true, &made), 0);
	check_eq(sign_key_open(path, true, &again), 0);
	check_text(made.public, again.public);
	sign_make(&again, SIGN_ORDER, span_text("x"), sig);
	check(sign_fits(made.public, SIGN_ORDER, span_text("x"), sig));
	check_eq(stat(path, &st), 0);
	check_eq(st.st_mode & 0777, 0600);
	FILE *f = fopen(path, "w");
	fputs("otasuke-ed25519 1234\n", f);
	fclose(f);
	log_init("sign_test", LOG_ERROR);
	check_eq(sign_key_open(path, true, &again), FAIL_FORMAT);
	tempdir_remove(dir);
}

CHECK_MAIN(who_signed_it_shows, what_is_no_signature_never_fits,
    a_key_file_is_made_once_and_for_its_owner)
