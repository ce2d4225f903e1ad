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

/* The settings of a gateway that is spoken to by HTTP. */
#define GATEWAY(at, ja, en)                                                         \
	TEXT(at ".url", NULL,                                                       \
	    ja " を送る先の URL（{to} {text} {id} {secret} が使える）",             \
	    "URL of the gateway for " en                                            \
	    "; {to} {text} {id} {secret} are filled in, here "                      \
	    "and in headers and body"),                                             \
	    TEXT(at ".method", NULL,                                                \
		ja " の要求の種類（なければ POST、本文がなければ GET）",            \
		"method of its request; preset: POST with a body, else GET"),       \
	    TEXT(at ".headers", NULL, ja " の要求のヘッダー（| で区切る）",         \
		"headers of its request, | between"),                               \
	    TEXT(at ".body", NULL, ja " の要求の本文", "body of its request"),      \
	    { at ".type", CONF_CHOICE, "json", 0, 0, "json|form|text", NULL, false, \
		    false, ja " の要求の本文の種類",                                \
		    "kind of that body: how values are escaped" },                  \
	    TEXT(at ".secret_file", NULL, ja " の鍵を書いたファイル（{secret}）",   \
		"file with the secret that {secret} stands for"),                   \
	    TEXT(at ".ok_json", NULL,                                               \
		ja " の答えのどこを見れば成功か（JSON pointer。「/a/b=値」）",      \
		"JSON pointer that a good answer has, or /pointer=value"),          \
	    TEXT(at ".ok_text", NULL, ja " の答えが成功のときに合う正規表現",       \
		"extended regular expression that a good answer matches")

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
	TEXT("oidc.issuer", NULL,
	    "共通ログイン（OpenID Connect）の発行元。なければ使わない",
	    "issuer of a common login (OpenID Connect); without it there is none"),
	TEXT("oidc.client", NULL, "共通ログインでのこのセンターの名前",
	    "this centre's client id there"),
	TEXT("oidc.secret_file", NULL, "共通ログインの合言葉を書いたファイル",
	    "file with the client's secret"),
	TEXT("oidc.scopes", "openid email profile", "共通ログインに求める項目",
	    "scopes to ask for"),
	TEXT("oidc.ca_file", NULL,
	    "共通ログインのサーバーの証明書を確かめる CA（PEM ファイル）",
	    "CA certificates of that server, PEM file; preset: the system's"),
	{ "oidc.link", CONF_CHOICE, "no", 0, 0, "no|yes", NULL, false, false,
	    "同じメールアドレスの人がすでにいれば、その人とみなす",
	    "accounts that are there are found by their (verified) mail address" },
	{ "oidc.create", CONF_CHOICE, "no", 0, 0, "no|yes", NULL, false, false,
	    "規則（otasuke oidc）に合う人のアカウントを自動で作る",
	    "people whom a rule (otasuke oidc) fits get an account when they first come" },
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
	TEXT("bounce.address", NULL,
	    "届かなかったメールが戻ってくる番地（bounces@…）。お知らせごとに bounces+名前@… になる",
	    "address to which mails that did not arrive come back; each notice leaves as "
	    "user+NAME@host of it"),
	TEXT("bounce.maildir", NULL,
	    "戻ってきたメールの受け箱（Maildir）。なければ otasuke-center bounce で渡す",
	    "Maildir of that address, looked through every few seconds; or pipe each mail into "
	    "otasuke-center bounce"),
	TEXT("notify.ca_file", NULL,
	    "外へ知らせるときに信じる証明書（PEM ファイル）。なければシステムのもの",
	    "certificates to trust when sending notices, PEM file; preset: the system's"),
	{ "webhook.private", CONF_BOOL, "no", 0, 0, NULL, NULL, false, false,
	    "Webhook を組織内のネットワークや http:// に送ってもよいか",
	    "may webhooks go into private networks and over plain http://" },
	INT("webhook.off_s", "259200", 60, 31536000, "s",
	    "Webhook が続けて失敗したとき、何秒で止めるか",
	    "a webhook that failed for this long without a success is turned off"),
	GATEWAY("sms", "SMS", "SMS"),
	INT("sms.parts", "2", 1, 10, NULL,
	    "一通の SMS に使う通数の上限（一通は 70 文字）",
	    "most parts of one SMS (70 characters alone, 67 each of several)"),
	GATEWAY("voice", "自動音声電話", "telephone calls"),
	TEXT("line.token_file", NULL,
	    "LINE のチャネルアクセストークンを書いたファイル。なければ LINE は使わない",
	    "file with the channel access token of a LINE official account; without it LINE is "
	    "off"),
	TEXT("line.url", "https://api.line.me", "LINE の Messaging API の番地",
	    "address of LINE's Messaging API"),
	INT("line.month", "200", 1, 10000000, NULL, "一か月に送れる LINE の通数",
	    "messages a month that the LINE contract allows"),
	INT("line.reserve", "50", 0, 10000000, NULL,
	    "そのうち「緊急」のために残しておく通数",
	    "of them, kept for notices of level urgent"),
	TEXT("fax.dir", NULL, "FAX 用の PDF を置く場所（番号-名前.pdf）",
	    "directory for FAX pages (NUMBER-NAME.pdf) that a FAX program looks through"),
	TEXT("fax.mail", NULL, "FAX に変えるメールの番地（{to} が番号になる）",
	    "mail address of a FAX gateway; {to} becomes the number"),
	TEXT("syslog.url", NULL,
	    "できごとの経過をほかの記録装置へも送る先（udp://、tcp://、tls:// ホスト:ポート）",
	    "log server that is told of incidents too (udp://host:514, tcp://host:601, "
	    "tls://host:6514)"),
	{ "syslog.format", CONF_CHOICE, "rfc5424", 0, 0, "rfc5424|cef", NULL, false,
	    false, "その形式", "its form: RFC 5424 structured data, or CEF" },
	TEXT("syslog.ca", NULL, "tls:// の相手を確かめる証明書（PEM ファイル）",
	    "certificates that a tls:// log server is checked against, PEM file"),
	TEXT("national.url", NULL,
	    "全国のセンターの番地（https://…）。なければ統計は送らない",
	    "address of a national centre (https://…) that gets statistics and hands down "
	    "advisories; without it nothing is sent"),
	TEXT("national.token_file", NULL, "そこから受け取ったトークンを書いたファイル",
	    "file with the token that the national centre gave out"),
	TEXT("national.ca", NULL, "そのサーバーの証明書を確かめる CA（PEM ファイル）",
	    "CA certificates of that server, PEM file; preset: the system's"),
	TEXT("national.key", NULL,
	    "注意喚起と規則の束の署名を確かめる公開鍵（二つまで、空白で区切る）",
	    "public keys that its advisories and bundles are signed by (otasuke federation key "
	    "there); without them none are taken"),
	INT("national.every_s", "3600", 1, 86400, "s", "何秒ごとにやりとりするか",
	    "pause between two exchanges"),
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
			log_error("C015", "store.url_file %s does not exist", file);
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
