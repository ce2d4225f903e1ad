/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A machine of the company that is cut off from the Internet: why, until when, and the way
 * back.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../shared/api/client";
import type { Containment } from "../shared/api/types";
import { Icon } from "../shared/ui/icon";
import { useLoad } from "../shared/ui/load";
import { ActButton } from "../shared/ui/parts";
import { useCommon, useLang, useSession, useWords } from "../shared/ui/session";
import { when } from "../shared/ui/time";
import { words as memberWords } from "./words";

const HOLDS = ["cut", "releasing"];

function Cut({ cut, changed }: { cut: Containment; changed: () => void }): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const lang = useLang();
	const [sure, setSure] = useState(false);
	return (
		<section class="panel tone-alarm" data-cut={cut.id}>
			<p><Icon name="hand" size={22} /><strong>{words("cut_now", { machine: cut.label })}</strong></p>
			<p>{words("cut_what")}</p>
			<p>{words("cut_reason")}: {cut.reason}</p>
			<p class="soft">{cut.until_us ? words("cut_until", { time: when(cut.until_us, lang) }) : words("cut_until_released")}</p>
			{cut.state === "releasing" && <p>{words("cut_releasing")}</p>}
			{cut.may_release && !sure && (
				<button type="button" class="button" onClick={() => setSure(true)}>{words("cut_release")}</button>
			)}
			{cut.may_release && sure && (
				<>
					<p>{words("cut_sure")}</p>
					<div class="row">
						<ActButton class="button warn" act={async () => { await api.releaseCut(cut.id); changed(); }}>{words("cut_release_yes")}</ActButton>
						<button type="button" class="plain" onClick={() => setSure(false)}>{shared("cancel")}</button>
					</div>
				</>
			)}
		</section>
	);
}

/* All that are cut off now; of one machine only when it is named. */
export function Cuts({ machine }: { machine?: number }): JSX.Element | null {
	const { change } = useSession();
	const cuts = useLoad(() => api.containments(), ["cuts"], change);
	const now = (cuts.data?.items ?? []).filter((c) => HOLDS.includes(c.state) && (machine === undefined || c.machine === machine));
	return now.length ? <>{now.map((c) => <Cut cut={c} changed={cuts.reload} key={c.id} />)}</> : null;
}
