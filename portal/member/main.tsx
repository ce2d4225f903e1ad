/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { Account } from "../shared/ui/account";
import { ContactsPage } from "../shared/ui/contacts";
import { Frame } from "../shared/ui/frame";
import { Empty } from "../shared/ui/parts";
import { idOf, usePlace } from "../shared/ui/route";
import { PeoplePage } from "../shared/ui/people";
import { useCommon, useHeading, useSession, useWords } from "../shared/ui/session";
import { start } from "../shared/ui/start";
import { people } from "../shared/words/people";
import "../shared/style/base.css";
import "../shared/style/table.css";
import "./member.css";
import "../shared/style/print.css";
import { HomePage } from "./home";
import { IncidentPage } from "./incident";
import { IncidentsPage } from "./incidents";
import { MachinesPage } from "./machines";
import { QuietPage } from "../shared/ui/quiet";
import { words as memberWords } from "./words";

function Nowhere(): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const heading = useHeading(words("unknown_place"), "nowhere");
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("unknown_place")}</h1>
			<Empty icon="question"><a href="#/">{shared("back_home")}</a></Empty>
		</>
	);
}

function Member(): JSX.Element {
	const words = useWords(memberWords);
	const shared = useCommon();
	const { parts } = usePlace();
	const { me } = useSession();
	const who = useWords(people);
	const [where, which] = parts;
	const id = idOf(which);
	const page =
		me.factor_needed ? <Account />
		: where === undefined ? <HomePage />
		: where === "incidents" && which === undefined ? <IncidentsPage />
		: where === "incidents" && id ? <IncidentPage id={id} key={id} />
		: where === "machines" ? <MachinesPage />
		: where === "contacts" ? <ContactsPage />
		: where === "people" ? <PeoplePage />
		: where === "quiet" ? <QuietPage />
		: where === "account" ? <Account />
		: <Nowhere />;
	return (
		<Frame home="#/" ways={[
			{ href: "#/", label: words("way_home"), current: where === undefined },
			{ href: "#/incidents", label: words("way_incidents"), current: where === "incidents" },
			{ href: "#/machines", label: words("way_machines"), current: where === "machines" },
			{ href: "#/contacts", label: words("way_contacts"), current: where === "contacts" },
			...(me.may.includes("people.see") ? [{ href: "#/people", label: who("people"), current: where === "people" }] : []),
			{ href: "#/account", label: shared("account"), current: where === "account" },
		]}>{page}</Frame>
	);
}

start("member", Member);
