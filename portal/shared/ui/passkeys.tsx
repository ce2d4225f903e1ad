/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The own passkeys and the places where one is logged in.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client";
import { makePasskey } from "../api/passkey";
import { people } from "../words/people";
import { useLoad } from "./load";
import { Fetched } from "./parts";
import { Icon } from "./icon";
import { useLang, useSession, useWords } from "./session";
import { when } from "./time";

export function Passkeys(): JSX.Element | null {
	const words = useWords(people);
	const lang = useLang();
	const { me, setMe } = useSession();
	const keys = useLoad(() => api.passkeys(), ["passkeys"]);
	const [name, setName] = useState("");
	const [said, setSaid] = useState<"" | "pk_done" | "pk_failed">("");
	if (keys.data && !keys.data.possible && keys.data.items.length === 0) return null;
	const add = async (event: Event) => {
		event.preventDefault();
		setSaid("");
		try {
			await makePasskey(name.trim() || navigator.platform || "?");
			setSaid("pk_done");
			setName("");
			keys.reload();
			setMe({ ...me, factor_needed: false });
		} catch {
			setSaid("pk_failed");
		}
	};
	const remove = async (id: number) => {
		await api.removePasskey(id).catch(() => setSaid("pk_failed"));
		keys.reload();
	};
	return (
		<section class="card stack" aria-labelledby="passkeys">
			<h2 id="passkeys">{words("pk_title")}</h2>
			<p>{words("pk_why")}</p>
			<Fetched from={keys}>
				{(list) => list.items.length === 0 ? <p class="soft">{words("pk_none")}</p> : (
					<ul class="plain-list">
						{list.items.map((k) => (
							<li class="row" key={k.id}>
								<strong>{k.name}</strong>
								<span class="soft small">{k.used_us ? words("used", { time: when(k.used_us, lang) }) : words("never")}</span>
								<button type="button" class="button small" aria-label={`${words("pk_remove")}: ${k.name}`}
									onClick={() => remove(k.id)}>{words("pk_remove")}</button>
							</li>
						))}
					</ul>
				)}
			</Fetched>
			<form class="stack" onSubmit={add}>
				<div class="field">
					<label for="pk-name">{words("pk_name")}</label>
					<input id="pk-name" maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} />
				</div>
				<div><button type="submit" class="button">{words("pk_add")}</button></div>
			</form>
			<div role="status">
				{said && <p class={said === "pk_done" ? "done-note" : "problem"}>
					<Icon name={said === "pk_done" ? "check" : "alert"} size={18} />{words(said)}</p>}
			</div>
		</section>
	);
}

export function Places(): JSX.Element {
	const words = useWords(people);
	const lang = useLang();
	const places = useLoad(() => api.sessions(), ["sessions"]);
	const end = async (id: number) => {
		await api.endSession(id).catch(() => undefined);
		places.reload();
	};
	return (
		<section class="card stack" aria-labelledby="places">
			<h2 id="places">{words("sess_title")}</h2>
			<Fetched from={places}>
				{(list) => (
					<ul class="plain-list">
						{list.items.map((s) => (
							<li class="stack" key={s.id}>
								<p>
									<strong>{words(`way_${(s.way || "password") as "password"}`)}</strong>{" "}
									<span class="soft small">{s.peer}　{words("used", { time: when(s.seen_us, lang) })}</span>
									<br /><span class="soft small">{s.browser}</span>
								</p>
								{s.own ? <p class="soft">{words("sess_own")}</p>
									: <div><button type="button" class="button small" onClick={() => end(s.id)}>{words("sess_end")}</button></div>}
							</li>
						))}
					</ul>
				)}
			</Fetched>
		</section>
	);
}
