/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is there when the stories begin.  All made up (見本).
 */
import { Gate, records } from "./gate.mjs";

export const PEOPLE = {
	keiri: "keiri@neji.example", /* member of ねじ製作所, which things happen to */
	shacho: "shacho@insatsu.example", /* member of 印刷所, which stays quiet */
	hajime: "hajime@begin.example", /* member of a company without any gate */
	touban: "touban@chamber.example", /* operator */
	code: "code@neji.example", /* logs in with password and code */
};
export const PASSWORD = "nagai-aikotoba-desu";
export const NAMES = { neji: "見本ねじ製作所", insatsu: "見本印刷所", begin: "見本はじめ商店" };

export async function settle(centre, browser) {
	centre.otasuke(["chamber", "set", "--name", "見本商工会議所", "--desk", "見本 相談窓口",
		"--phone", "06-0000-0000", "--mail", "desk@chamber.example"]);
	const neji = centre.company(NAMES.neji, "soumu@neji.example");
	const insatsu = centre.company(NAMES.insatsu, "soumu@insatsu.example");
	const begin = centre.company(NAMES.begin, "soumu@begin.example");
	centre.person("member", PEOPLE.keiri, "見本 経理", neji);
	centre.person("member", PEOPLE.code, "見本 総務", neji);
	centre.password(PEOPLE.code, PASSWORD);
	centre.person("member", PEOPLE.shacho, "見本 社長", insatsu);
	centre.person("member", PEOPLE.hajime, "見本 はじめ", begin);
	centre.person("operator", PEOPLE.touban, "見本 当番");
	const gates = {
		neji: new Gate(centre, neji, "ねじの見守り装置"),
		insatsu: new Gate(centre, insatsu, "印刷の見守り装置"),
	};
	for (const gate of Object.values(gates)) {
		gate.join();
		await gate.send(records.heartbeat());
	}
	return { centre, browser, gates, ids: { neji, insatsu, begin } };
}
