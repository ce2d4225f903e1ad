/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the browser does with passkeys, between the centre's question and its answer.
 */
import { api } from "./client";
import type { Me } from "./types";

function bytes(text: string): Uint8Array {
	const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
	const out = new Uint8Array(new ArrayBuffer(plain.length));
	for (let i = 0; i < plain.length; i++) out[i] = plain.charCodeAt(i);
	return out;
}

function text(from: ArrayBuffer): string {
	let plain = "";
	for (const b of new Uint8Array(from)) plain += String.fromCharCode(b);
	return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/* ES256, EdDSA, RS256: what the centre can check. */
const KINDS = [-7, -8, -257];

export const passkeysPossible = (): boolean => typeof PublicKeyCredential === "function";

export async function makePasskey(name: string): Promise<void> {
	const offer = await api.passkeyOffer();
	const made = await navigator.credentials.create({ publicKey: {
		challenge: bytes(offer.challenge),
		rp: { id: offer.rp, name: offer.rp },
		user: { id: bytes(offer.user.id), name: offer.user.mail, displayName: offer.user.name },
		pubKeyCredParams: KINDS.map((alg) => ({ type: "public-key", alg })),
		excludeCredentials: offer.known.map((id) => ({ type: "public-key", id: bytes(id) })),
		authenticatorSelection: { residentKey: "required", userVerification: "required" },
		attestation: "none",
	} }) as PublicKeyCredential;
	const answer = made.response as AuthenticatorAttestationResponse;
	await api.passkeyAdd(name, text(answer.clientDataJSON), text(answer.getAuthenticatorData()));
}

export async function loginByPasskey(): Promise<Me> {
	const asked = await api.passkeyAsk();
	const got = await navigator.credentials.get({ publicKey: {
		challenge: bytes(asked.challenge), rpId: asked.rp, userVerification: "required",
	} }) as PublicKeyCredential;
	const answer = got.response as AuthenticatorAssertionResponse;
	return api.passkeyLogin(text(got.rawId), text(answer.clientDataJSON),
		text(answer.authenticatorData), text(answer.signature));
}
