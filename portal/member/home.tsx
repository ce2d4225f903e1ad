/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The member's first screen: one sentence, one button, then the month.
 */
import type { JSX } from "preact";
import { api } from "../shared/api/client";
import type { Home, HomeGate } from "../shared/api/types";
import { Icon, type IconName } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { Empty, Fetched, tel, type Tone } from "../shared/ui/parts";
import { quietWords } from "../shared/words/quiet";
import { useCommon, useHeading, useLang, useSession, useWords } from "../shared/ui/session";
import { monthName, when } from "../shared/ui/time";
import { said } from "../shared/words/words";
import { Cuts } from "./cut";
import { IncidentList } from "./list";
import { first, type Standing, standing, waiting } from "./standing";
import { words as memberWords } from "./words";

/* The centre hands out no more than this many; with so many there may be others. */
const OPEN_MAX = 5;

const LOOK: Record<Standing, { tone: Tone; icon: IconName }> = {
	urgent: { tone: "alarm", icon: "alarm" },
	caution: { tone: "care", icon: "alert" },
	gate: { tone: "care", icon: "alert" },
	calm: { tone: "calm", icon: "shieldcheck" },
	begin: { tone: "quiet", icon: "clock" },
};

function Verdict({ home }: { home: Home }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const lang = useLang();
	const { me } = useSession();
	const now = standing(home);
	const look = LOOK[now];
	const sentence = now === "calm" ? words("needed_no")
		: now === "begin" ? words("not_begun")
		: words("needed_yes");
	const heading = useHeading(words("home_title"), "home");
	const todo = now === "urgent" || now === "caution" ? first(home) : null;
	const others = waiting(home) - 1;
	return (
		<section class={`verdict-box tone-${look.tone}`} data-standing={now}>
			<h1 class="verdict" ref={heading} tabIndex={-1}>
				<Icon name={look.icon} size={44} />
				<span>{sentence}</span>
			</h1>
			{now === "calm" && <p class="verdict-more">{words("calm_more")}</p>}
			{now === "begin" && <p class="verdict-more">{words("begin_more")}</p>}
			{now === "gate" && (
				<>
					<p class="verdict-more"><strong>{words("gate_silent")}</strong>{lang === "en" && " "}{words("gate_check")}</p>
					{me.chamber.desk_phone && (
						<a class="button main big" href={tel(me.chamber.desk_phone)}>
							<Icon name="phone" />{me.chamber.desk_name || shared("desk")} {me.chamber.desk_phone}
						</a>
					)}
				</>
			)}
			{todo && (
				<>
					<p class="verdict-more">
						<strong>{words(todo.severity === "urgent" ? "urgent_now" : "soon")}</strong>
						<span aria-hidden="true">{lang !== "en" ? "：" : ": "}</span>
						{said(todo, "title", lang)}
						{todo.machine && (lang !== "en" ? `（${todo.machine.label}）` : ` (${todo.machine.label})`)}
					</p>
					<a class="button main big" href={`#/incidents/${todo.id}`}>{words("see_what")}<Icon name="arrow" /></a>
					{others > 0 && (
						<p class="verdict-others"><a href="#/incidents">{words(home.open.length < OPEN_MAX ? "more_open" : "more_open_many", { n: others })}</a></p>
					)}
				</>
			)}
			{(now === "urgent" || now === "caution") && !todo && (
				<a class="button main big" href="#/incidents">{words("see_what")}<Icon name="arrow" /></a>
			)}
		</section>
	);
}

function Figure({ icon, label, n }: { icon: IconName; label: string; n: number }): JSX.Element {
	const words = useWords(memberWords);
	return (
		<li class={n ? "figure" : "figure none"}>
			<Icon name={icon} size={22} />
			<span class="figure-label">{label}</span>
			<span class="figure-n"><b>{n}</b>{words("count_unit")}</span>
		</li>
	);
}

function Month({ home }: { home: Home }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const c = home.counts;
	const total = Object.values(c).reduce((sum, n) => sum + n, 0);
	return (
		<section class="card" aria-labelledby="month">
			<h2 id="month">{words("month_title", { month: monthName(home.month, lang) })}</h2>
			{total === 0 && <p class="soft last">{words("month_none")}</p>}
			{total > 0 && (
			<div class="ways">
				<div class="way">
					<h3>
						<span class="path"><Icon name="cloud" size={28} /><Icon name="arrow" size={20} /><Icon name="office" size={28} /></span>
						<span>{words("way_in")}<small>{words("way_in_note")}</small></span>
					</h3>
					<ul>
						<Figure icon="alert" label={words("count_exploit")} n={c.exploit_in} />
						<Figure icon="virus" label={words("count_virus")} n={c.virus} />
					</ul>
				</div>
				<div class="way">
					<h3>
						<span class="path"><Icon name="office" size={28} /><Icon name="arrow" size={20} /><Icon name="cloud" size={28} /></span>
						<span>{words("way_out")}<small>{words("way_out_note")}</small></span>
					</h3>
					<ul>
						<Figure icon="door" label={words("count_backdoor")} n={c.backdoor_out} />
						<Figure icon="site" label={words("count_site")} n={c.dangerous_site} />
					</ul>
				</div>
				<div class="way know">
					<h3>
						<span class="path"><Icon name="office" size={28} /></span>
						<span>{words("way_know")}<small>{words("way_know_note")}</small></span>
					</h3>
					<ul>
						<Figure icon="hand" label={words("count_remote")} n={c.remote_control} />
						<Figure icon="machine" label={words("count_machine")} n={c.new_machine} />
						<Figure icon="coffee" label={words("count_off")} n={c.off_business} />
					</ul>
				</div>
			</div>
			)}
		</section>
	);
}

function GateLine({ gate, many }: { gate: HomeGate; many: boolean }): JSX.Element {
	const words = useWords(memberWords);
	const lang = useLang();
	const ok = gate.state === "ok";
	const scanner = ok && gate.scanner !== "up" ? words(`scanner_${gate.scanner}`) : "";
	const tone: Tone = gate.state === "silent" || (ok && gate.scanner === "down") ? "care" : ok ? "calm" : "quiet";
	return (
		<li class={`gate-line tone-${tone}`}>
			<Icon name={tone === "calm" ? "pulse" : tone === "care" ? "alert" : "clock"} size={28} />
			<div>
				<p>
					{many && <strong>{gate.site} {gate.name} </strong>}
					<b>{words(`gate_${gate.state}`)}</b>
					{gate.seen_us !== null && gate.state !== "revoked" && (
						<span class="soft small seen">{words("gate_seen", { time: when(gate.seen_us, lang) })}</span>
					)}
				</p>
				{ok && gate.mode === "observe" && <p>{words("gate_observe")}</p>}
				{scanner && <p>{scanner}</p>}
			</div>
		</li>
	);
}

export function HomePage(): JSX.Element {
	const words = useWords(memberWords);
	const quiet = useWords(quietWords);
	const { change } = useSession();
	const home = useLoad(() => api.home(), ["home"], change);
	const recent = useLoad(() => api.incidents({ state: "all", limit: 6 }), ["recent"], change);
	return (
		<Fetched from={home}>
			{(h) => (
				<>
					<Cuts />
					<Verdict home={h} />
					<Month home={h} />
					<div class="pair">
						<section class="card" aria-labelledby="gates">
							<h2 id="gates">{words("gate_title")}</h2>
							{h.gates.length === 0
								? <p class="soft">{words("gate_never")}</p>
								: <ul class="bare">{h.gates.map((g) => <GateLine gate={g} many={h.gates.length > 1} key={g.id} />)}</ul>}
							<p><a href="#/quiet">{quiet("quiet")}</a></p>
						</section>
						<section class="card" aria-labelledby="machines">
							<h2 id="machines">{words("machines_count")}</h2>
							<p class="count"><b>{h.machines}</b>{words("machines_unit")}</p>
							<a href="#/machines">{words("machines_see")}</a>
						</section>
					</div>
					<section class="card" aria-labelledby="recent">
						<h2 id="recent">{words("recent")}</h2>
						<Fetched from={recent}>
							{(page) => page.items.length === 0
								? <Empty icon="shieldcheck">{words("recent_none")}</Empty>
								: (
									<>
										<IncidentList items={page.items} />
										<p class="after-list"><a href="#/incidents">{words("all_incidents")}</a></p>
									</>
								)}
						</Fetched>
					</section>
				</>
			)}
		</Fetched>
	);
}
