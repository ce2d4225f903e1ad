/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Script cannot see the session's cookie.  This mark says that there probably is one, so that
 * the login page asks the centre only when it makes sense.  It proves nothing to anybody.
 */
const KEPT = "otasuke-in";

export function noteVisit(isIn: boolean): void {
	try {
		if (isIn) localStorage.setItem(KEPT, "1");
		else localStorage.removeItem(KEPT);
	} catch {
		/* Without storage the person just sees the login form again. */
	}
}

export function visited(): boolean {
	try {
		return localStorage.getItem(KEPT) === "1";
	} catch {
		return false;
	}
}
