/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Words that never stand in what members read: the "not" column of docs/words.md, and what a
 * clerk of a ten-person company does not know.  A row may name longer words in which it is
 * allowed ("ログ" inside "ログイン").
 */
export const JARGON_JA: [word: string, ...allowed: string[]][] = [
	["インシデント"], ["アラート"], ["シグネチャ"], ["ヘルプデスク"], ["チケット"], ["隔離"],
	["端末"], ["ユーザ"], ["お客様"], ["代理店"], ["箱"], ["野良"], ["業者"], ["出動"],
	["一次対応"], ["侵入防止"], ["有害サイト"], ["脆弱性"], ["バックドア"], ["ランサム"],
	["漏洩"], ["マルウェア"], ["マルウエア"], ["フィッシング"], ["ファイアウォール"],
	["ファイアーウォール"], ["パケット"], ["プロトコル"], ["セッション"], ["トークン"],
	["エンドポイント"], ["ドメイン"], ["ホスト"], ["トラフィック"], ["ポート", "レポート", "サポート"], ["ペイロード"],
	["エクスプロイト"], ["ボット"], ["ハッシュ"], ["認証"], ["二要素"], ["多要素"], ["ゲート"],
	["デバイス"], ["ブロック"], ["スキャン"], ["ログ", "ログイン", "ログアウト"],
	["Critical"], ["SOC"], ["C2"], ["IPS"], ["IDS"], ["UTM"], ["EVE"], ["JSON"], ["TOTP"],
	["CSRF"], ["URL"], ["DNS"], ["TLS"], ["HTTP"], ["VPN"], ["RDP"],
];

export const JARGON_EN = [
	"incident", "alert", "signature", "endpoint", "malware", "payload", "exploit", "ransomware",
	"phishing", "firewall", "packet", "protocol", "session", "token", "hostname", "vulnerability",
	"quarantine", "containment", "authentication", "two-factor", "TOTP", "CSRF", "JSON", "IPS",
	"IDS", "UTM", "SOC", "EVE", "URL", "DNS", "TLS", "HTTP", "VPN", "RDP", "C2",
];

/* The forbidden words in a Japanese text. */
export function jargonJa(text: string): string[] {
	return JARGON_JA.filter(([word, ...allowed]) => {
		const rest = allowed.reduce((t, a) => t.replaceAll(a, ""), text);
		return rest.includes(word);
	}).map(([word]) => word);
}

export function jargonEn(text: string): string[] {
	return JARGON_EN.filter((word) => new RegExp(`\\b${word}s?\\b`, "i").test(text));
}
