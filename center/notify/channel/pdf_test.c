/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/notify/channel/pdf.h"
#include "tests/check.h"
#include "tests/tempdir.h"

#include <stdlib.h>
#include <unistd.h>

/* What pdftotext finds in it; "" where poppler-utils is not installed. */
static const char *read_pdf(const struct buf *pdf, const char *with)
{
	static char text[1u << 20];
	char dir[64], path[100], command[200];

	tempdir_make(dir);
	snprintf(path, sizeof(path), "%s/x.pdf", dir);
	FILE *f = fopen(path, "wb");
	check(f && fwrite(pdf->at, 1, pdf->len, f) == pdf->len && fclose(f) == 0);
	snprintf(command, sizeof(command), "%s %s%s", with, path,
	    strcmp(with, "pdftotext") == 0 ? " -" : "");
	FILE *p = popen(command, "r");
	text[p ? fread(text, 1, sizeof(text) - 1, p) : 0] = 0;
	if (p)
		pclose(p);
	tempdir_remove(dir);
	/* Where a line ended does not matter. */
	char *to = text;
	for (const char *from = text; *from; from++)
		if (*from != '\n')
			*to++ = *from;
	*to = 0;
	return text;
}

static const char body[] =
    "岸和田ねじ製作所 様\n\n■ 何が起きたか\n社内の「koujou-pc」が、攻撃者のものとみられる相手"
    "（198.51.100.7）と通信しようとしました。見守り装置が止めました。\n\n■ 今すること\n「koujou-"
    "pc」のネットワークの線を抜いてください。\n\n■ 連絡先\n電話 072-555-0100\n";

static bool is_installed(void)
{
	return system("command -v pdftotext >/dev/null 2>&1") == 0;
}

static void japanese_that_can_be_searched(void)
{
	struct buf b;

	buf_init(&b, NOTIFY_PDF_MAX);
	check_eq(notify_pdf(
		     "【緊急】koujou-pc：裏口の通信", body, "見守りセンター 0123", &b),
	    0);
	check(b.len > 1000 && b.len <= 100u << 10);
	check(memcmp(b.at, "%PDF-", 5) == 0);
	if (is_installed()) {
		const char *text = read_pdf(&b, "pdftotext");
		check(strstr(text, "【緊急】koujou-pc：裏口の通信") != NULL);
		check(strstr(text, "072-555-0100") != NULL);
		check(strstr(text, "線を抜いてください") != NULL);
		check(strstr(read_pdf(&b, "pdffonts"), "IPAexGothic") != NULL);
		check(strstr(read_pdf(&b, "pdfinfo"), "A4") != NULL);
	}
	buf_fini(&b);
}

/* Long texts go on, and end; bytes that are no text do no harm. */
static void long_and_broken_texts(void)
{
	struct buf b, text;

	buf_init(&b, NOTIFY_PDF_MAX);
	buf_init(&text, 1u << 20);
	for (int i = 0; i < 1000; i++)
		buf_addf(&text, "%d 行目です。\n", i);
	check_eq(notify_pdf("長いお知らせ", buf_text(&text), "x", &b), 0);
	check(b.len <= 100u << 10);
	if (is_installed())
		check(strstr(read_pdf(&b, "pdfinfo"), "Pages:           10") != NULL);
	buf_clear(&b);
	check_eq(
	    notify_pdf("\xff\xfe<b>x</b>\x01", "\xe3\x81 &amp; \x1b[31m", "\xc0", &b),
	    0);
	buf_clear(&b);
	check_eq(notify_pdf("", "", "", &b), 0);
	buf_fini(&b);
	buf_init(&b, 100);
	check_eq(notify_pdf("x", "y", "z", &b), FAIL_LIMIT);
	buf_fini(&b);
	buf_fini(&text);
}

/* What fontconfig keeps for the life of a process is its own. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\n";
}

CHECK_MAIN(japanese_that_can_be_searched, long_and_broken_texts)
