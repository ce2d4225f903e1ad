/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The login page in easy Japanese (やさしい日本語).
 */
export const easy = {
	title: "ログイン",
	lead: "あなたの会社のインターネットを、いつも見まもっています。",
	mail: "メールアドレス",
	password: "パスワード",
	show: "パスワードを見る",
	login: "ログインする",
	busy: "まってください…",
	mail_missing: "メールアドレスを入れてください。",
	password_missing: "パスワードを入れてください。",
	wrong: "メールアドレスかパスワードがちがいます。もう一回、入れてください。",
	code_title: "ばんごうを入れてください",
	code_lead: "スマートフォンのアプリの、6つの数字です。",
	code: "ばんごう（6つの数字）",
	code_wrong: "ばんごうがちがいます。アプリの今のばんごうを入れてください。",
	code_digits: "6つの数字を入れてください。",
	code_back: "メールアドレスにもどる",
	once_busy: "ログインしています…",
	once_wrong: "このリンクは、もう使えません。下からログインしてください。新しいリンクは、相談するところに聞いてください。",
	again_please: "このページを見るときは、ログインしてください。",
	help_title: "ログインできないとき",
	help: "おしらせのメールの番号に電話してください。パスワードは、電話でもメールでも聞きません。",
};
