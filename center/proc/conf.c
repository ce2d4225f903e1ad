/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/proc/proc.h"
#include "center/store/store.h"
#include "lib/base/log.h"

#define TEXT(key, preset, ja, en)                                              \
	{                                                                      \
		key, CONF_TEXT, preset, 0, 0, NULL, NULL, false, false, ja, en \
	}
#define INT(key, preset, least, most, unit, ja, en)                                  \
	{                                                                            \
		key, CONF_INT, preset, least, most, NULL, unit, false, false, ja, en \
	}

const struct conf_row proc_rows[] = {
	TEXT("data.dir", "/var/lib/otasuke-center", "データを置く場所",
	    "where the centre keeps its data"),
	TEXT("store.url", NULL,
	    "PostgreSQL を使うときの番地（postgres://…）。なければ data.dir の中の SQLite",
	    "address of a PostgreSQL database (postgres://…, several hosts allowed); without "
	    "it the data is in data.dir (SQLite)"),
	TEXT("store.url_file", NULL,
	    "store.url を一行目に書いたファイル（合言葉を設定ファイルに書かないため）",
	    "file whose first line is the store.url, to keep its password out of here"),
	TEXT("gate.listen", "0.0.0.0:8443", "見守り装置が接続してくる番地とポート",
	    "address and port where gates come in"),
	TEXT("gate.names", NULL,
	    "見守り装置から見たセンターの名前や番地（コンマ区切り）。なければ gate.listen から決める",
	    "names and addresses by which gates know the centre, comma between; preset: made "
	    "from gate.listen"),
	INT("gate.connections", "30000", 1, 1000000, NULL,
	    "同時に接続できる見守り装置の数", "gates that may be connected at once"),
	INT("gate.per_address", "512", 0, 1000000, NULL,
	    "一つの番地から同時に接続できる数（0 は制限なし。このコンピューター自身からは数えない）",
	    "connections that one address may have at once; 0: any number; this machine's own "
	    "are not counted"),
	INT("gate.parked", "10000", 0, 1000000, NULL,
	    "指示を待ったままつないでおく見守り装置の数。超えた分は、ときどき見に来る",
	    "gates that may wait at the door for orders; those beyond it come by now and then"),
	INT("gate.threads", "2", 1, 64, NULL, "見守り装置の受付に使うスレッドの数",
	    "threads of the gates' door"),
	INT("gate.silent_s", "900", 60, 86400, "s",
	    "見守り装置から連絡がないとき、何秒で知らせるか",
	    "after how long without a word a gate counts as silent and its company is told"),
	INT("gate.memory_mb", "256", 16, 65536, "MB",
	    "処理中の記録に使うメモリの上限。超えた分は、装置があとで送り直す",
	    "memory for records that are under way; gates beyond it are asked to come again"),
	INT("gate.records_per_s", "500", 1, 1000000, NULL,
	    "一台の見守り装置が続けて送れる記録の数（毎秒）",
	    "records a second that one gate may send for long"),
	INT("gate.records_burst", "200000", 1000, 100000000, NULL,
	    "一台の見守り装置が一度に送れる記録の数",
	    "records that one gate may send at once, after having been cut off"),
	TEXT("portal.listen", "127.0.0.1:8480", "ポータルの番地とポート",
	    "address and port of the portal; plain HTTP only on loopback"),
	TEXT("portal.cert", NULL, "ポータルの証明書（PEM ファイル）",
	    "the portal's certificate chain, PEM file"),
	TEXT("portal.key", NULL, "ポータルの証明書の鍵（PEM ファイル）",
	    "its key, PEM file"),
	TEXT("portal.proxy", NULL,
	    "前に置いたサーバー（nginx など）の番地。その X-Forwarded-For と "
	    "X-Forwarded-Proto を信じる",
	    "address of the server in front (nginx …): its X-Forwarded-For and "
	    "X-Forwarded-Proto are believed"),
	TEXT("portal.dir", NULL, "ポータルのファイルの場所",
	    "where the portal's files are; without it only the interface is served"),
	TEXT("portal.url", NULL, "お知らせに書くポータルの番地",
	    "address of the portal, for links in notices"),
	TEXT("smtp.url", NULL,
	    "メールサーバー（smtp://ホスト:ポート）。なければメールは送らない",
	    "mail server (smtp://host:port or smtps://…); without it no mail is sent"),
	TEXT("smtp.from", "otasuke@localhost", "お知らせの差出人",
	    "sender of the notices"),
	TEXT("smtp.name_ja", "見守りセンター", "差出人の名前（日本語）",
	    "sender's name in Japanese"),
	TEXT("smtp.name_en", "Otasuke centre", "差出人の名前（英語）",
	    "sender's name in English"),
	{ "smtp.tls", CONF_CHOICE, "try", 0, 0, "none|try|require", NULL, false, false,
	    "メールサーバーとの通信の暗号化。smtp.user があるときの try は require と同じ",
	    "encryption towards the mail server (STARTTLS); with smtp.user, try means require" },
	TEXT("smtp.user", NULL, "メールサーバーの利用者名", "login at the mail server"),
	TEXT("smtp.password_file", NULL, "メールサーバーの合言葉を書いたファイル",
	    "file with the password for smtp.user"),
	INT("notify.caution_delay_s", "600", 0, 3600, "s",
	    "「注意」のお知らせをまとめるために待つ秒数",
	    "how long a notice of level caution waits for more of the same"),
	INT("notify.retry_s", "10", 1, 3600, "s",
	    "メールを送れなかったときに最初に待つ秒数",
	    "pause after the first failed try; doubled each time up to an hour"),
	TEXT("demo.maildir", NULL, "見本の受け箱（見本の会社だけで使う）",
	    "mailbox to show at /demo/mail; for the sample company only"),
};
const size_t proc_rows_n = sizeof(proc_rows) / sizeof(proc_rows[0]);

/* One log line for each error of the file. */
static void tell(struct buf *why)
{
	char *text = why->len ? (char *)why->at : NULL, *save;

	buf_text(why);
	for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		log_error("C002", "%s", line);
}

int proc_place(const struct conf *c)
{
	const char *dir = conf_text(c, "data.dir"), *url = conf_text(c, "store.url");
	const char *file = conf_text(c, "store.url_file");
	char read[4096];

	if (!url && file) {
		int err = store_place_read(file, read, sizeof(read));
		if (err == FAIL_MISSING)
			log_error("C013", "store.url_file %s does not exist", file);
		if (err < 0)
			return err;
		url = read;
	}
	return url ? store_place_set(dir, url) : 0;
}

struct conf *proc_conf_load(const char *file)
{
	struct conf *c = conf_new(proc_rows, proc_rows_n);
	struct buf why;

	if (!c)
		return NULL;
	buf_init(&why, 64u << 10);
	if (conf_load(c, file, &why) < 0) {
		tell(&why);
		conf_free(c);
		c = NULL;
	}
	buf_fini(&why);
	return c;
}
