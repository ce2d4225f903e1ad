/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A dialog on the browser's own <dialog>: Escape closes it, the focus stays inside and goes
 * back to the button that opened it.
 */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../shared/api/client";
import { Icon } from "../shared/ui/icon";
import { sentence } from "../shared/ui/parts";
import { useCommon, useLang, useWords } from "../shared/ui/session";
import { words as operatorWords } from "./words";

export function Dialog({ label, title, children }: {
	label: string; title: string; children: (close: () => void) => ComponentChildren;
}): JSX.Element {
	const [open, setOpen] = useState(false);
	const box = useRef<HTMLDialogElement>(null);
	const words = useWords(operatorWords);
	useEffect(() => {
		if (open) box.current?.showModal();
	}, [open]);
	const close = () => box.current?.close();
	return (
		<>
			<button type="button" class="button small" aria-haspopup="dialog" onClick={() => setOpen(true)}>{label}</button>
			{open && (
				<dialog class="dialog" ref={box} aria-label={title} onClose={() => setOpen(false)}>
					<div class="dialog-head">
						<h2>{title}</h2>
						<button type="button" class="plain" onClick={close}>{words("close")}</button>
					</div>
					{children(close)}
				</dialog>
			)}
		</>
	);
}

/* Runs something once at a time and says what went wrong. */
export function useAct(): { busy: boolean; problem: string; act: (what: () => Promise<void>) => void } {
	const shared = useCommon();
	const words = useWords(operatorWords);
	const lang = useLang();
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState("");
	const act = (what: () => Promise<void>) => {
		if (busy) return;
		setBusy(true);
		setProblem("");
		what().catch((error: unknown) => {
			const known = error instanceof ApiError ? error : new ApiError(0, "broken", "", "", 0);
			setProblem(known.status === 409 ? words("refused") : sentence(known, lang, shared));
		}).finally(() => setBusy(false));
	};
	return { busy, problem, act };
}

export function Problem({ text }: { text: string }): JSX.Element {
	return <div role="alert">{text && <p class="problem"><Icon name="alert" size={18} />{text}</p>}</div>;
}
