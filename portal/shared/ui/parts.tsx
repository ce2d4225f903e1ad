/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small pieces that every page is made of.
 */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api/client";
import type { GateState, Lang, Severity, State } from "../api/types";
import { Icon, type IconName } from "./icon";
import type { Loaded } from "./load";
import { useCommon, useLang } from "./session";
import { said } from "../words/words";

/* A tone is a colour family of tokens.css; every use also has an icon and a word. */
export type Tone = "calm" | "care" | "alarm" | "quiet";

export const SEVERITY_TONE: Record<Severity, Tone> = { urgent: "alarm", caution: "care", log: "quiet" };
export const SEVERITY_ICON: Record<Severity, IconName> = { urgent: "alarm", caution: "alert", log: "note" };

export function Badge({ tone, icon, children }: {
	tone: Tone; icon?: IconName; children: ComponentChildren;
}): JSX.Element {
	return (
		<span class={`badge tone-${tone}`}>
			{icon && <Icon name={icon} size={16} />}
			{children}
		</span>
	);
}

export function SeverityBadge({ severity }: { severity: Severity }): JSX.Element {
	const words = useCommon();
	return (
		<Badge tone={SEVERITY_TONE[severity]} icon={SEVERITY_ICON[severity]}>
			{words(`severity_${severity}`)}
		</Badge>
	);
}

export function StateBadge({ state }: { state: State }): JSX.Element {
	const words = useCommon();
	return <Badge tone={state === "done" ? "calm" : "quiet"} icon={state === "done" ? "check" : "clock"}>
		{words(`state_${state}`)}
	</Badge>;
}

export function GateBadge({ state }: { state: GateState }): JSX.Element {
	const words = useCommon();
	const tone: Tone = state === "ok" ? "calm" : state === "silent" ? "care" : "quiet";
	const icon: IconName = state === "ok" ? "pulse" : state === "silent" ? "alert" : "note";
	return <Badge tone={tone} icon={icon}>{words(`gate_${state}`)}</Badge>;
}

export function SampleMark(): JSX.Element {
	const words = useCommon();
	return <span class="sample" title={words("sample_note")}>{words("sample")}</span>;
}

/* One sentence a person can act on.  The centre's own sentence where it says more than we
 * know (409 and such); ours for what the network does. */
export function sentence(error: ApiError, lang: Lang, words: ReturnType<typeof useCommon>): string {
	if (error.code === "offline") return words("offline");
	if (error.code === "slow")
		return words("slow", { minutes: Math.max(1, Math.ceil(error.retry_after_s / 60)) });
	if (error.status === 404) return words("gone");
	const own = said(error, "message", lang);
	return own || words("server");
}

export function Loading(): JSX.Element {
	const words = useCommon();
	return <p class="loading" role="status"><span class="spinner" aria-hidden="true" />{words("loading")}</p>;
}

export function Failed({ error, again }: { error: ApiError; again?: () => void }): JSX.Element {
	const words = useCommon();
	const lang = useLang();
	return (
		<div class="panel tone-care failed" role="alert">
			<p class="panel-title"><Icon name="alert" />{words("failed")}</p>
			<p>{sentence(error, lang, words)}</p>
			{again && <button type="button" class="button" onClick={again}>{words("again")}</button>}
		</div>
	);
}

export function Empty({ icon = "coffee", children }: {
	icon?: IconName; children: ComponentChildren;
}): JSX.Element {
	return <div class="empty"><Icon name={icon} size={40} /><p>{children}</p></div>;
}

/* Shows what was fetched, or why it is not there. */
export function Fetched<T>({ from, children }: {
	from: Loaded<T>; children: (data: T) => ComponentChildren;
}): JSX.Element {
	if (from.data !== null) return <>{children(from.data)}</>;
	if (from.error) return <Failed error={from.error} again={from.reload} />;
	return <Loading />;
}

/* A button that cannot be pressed twice and tells what went wrong under itself. */
export function ActButton({ act, children, class: cls = "button", disabled = false, label }: {
	act: () => Promise<unknown>; children: ComponentChildren; class?: string;
	disabled?: boolean; label?: string;
}): JSX.Element {
	const words = useCommon();
	const lang = useLang();
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);
	const press = async () => {
		if (busy) return;
		setBusy(true);
		setError(null);
		try {
			await act();
		} catch (problem) {
			setError(problem instanceof ApiError ? problem : new ApiError(0, "broken", "", "", 0));
		} finally {
			setBusy(false);
		}
	};
	return (
		<>
			<button type="button" class={cls} disabled={disabled} aria-busy={busy} onClick={press}
				aria-label={label}>
				{children}
			</button>
			{error && <p class="problem" role="alert"><Icon name="alert" size={18} />{sentence(error, lang, words)}</p>}
		</>
	);
}

/* The number as a telephone link; nothing when the chamber gave none. */
export function tel(phone: string): string {
	return `tel:${phone.replace(/[^\d+]/g, "")}`;
}
