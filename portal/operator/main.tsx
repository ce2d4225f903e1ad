/* SPDX-License-Identifier: GPL-3.0-or-later */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
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
import "./operator.css";
import "../shared/style/print.css";
import { CampaignPage, CampaignsPage } from "./campaigns";
import { CompaniesPage } from "./companies";
import { CutsPage } from "./cuts";
import { words as fleetWords } from "./fleetwords";
import { type Filter, NO_FILTER } from "./filter";
import { GatePage } from "./gate";
import { GatesPage } from "./gates";
import { InboxPage } from "./inbox";
import { RegisterPage } from "./register";
import { RolloutsPage } from "./rollouts";
import { words as rolloutWords } from "./rolloutwords";
import { SuppressionsPage } from "./suppress";
import { QuietPage } from "../shared/ui/quiet";
import { WatchPage } from "./watch";
import { watchWords } from "./watchwords";
import { words as operatorWords } from "./words";

function Nowhere(): JSX.Element {
	const words = useWords(operatorWords);
	const shared = useCommon();
	const heading = useHeading(words("unknown_place"), "nowhere");
	return (
		<>
			<h1 ref={heading} tabIndex={-1}>{words("unknown_place")}</h1>
			<Empty icon="question"><a href="#/">{shared("back_home")}</a></Empty>
		</>
	);
}

function Operator(): JSX.Element {
	const words = useWords(operatorWords);
	const fleet = useWords(fleetWords);
	const rollouts = useWords(rolloutWords);
	const shared = useCommon();
	const watch = useWords(watchWords);
	const { parts } = usePlace();
	const { me } = useSession();
	const who = useWords(people);
	const may = (what: string) => me.may.includes(what);
	const [where, which] = parts;
	/* The filter stays while the operator looks at other pages. */
	const [filter, setFilter] = useState<Filter>(NO_FILTER);
	const id = idOf(which);
	const inbox = where === undefined || (where === "incidents" && (which === undefined || id !== null));
	const page =
		me.factor_needed ? <Account />
		: inbox ? <InboxPage id={id} filter={filter} setFilter={setFilter} />
		: where === "campaigns" ? (id === null ? <CampaignsPage /> : <CampaignPage id={id} key={id} />)
		: where === "suppressions" ? <SuppressionsPage />
		: where === "gates" ? <GatesPage company={id} />
		: where === "gate" && id !== null ? <GatePage id={id} key={id} />
		: where === "cuts" ? <CutsPage />
		: where === "rollouts" ? <RolloutsPage />
		: where === "companies" ? <CompaniesPage show={(company) => setFilter({ ...NO_FILTER, company: String(company) })} />
		: where === "contacts" && id ? <ContactsPage company={id} key={id} />
		: where === "people" ? <PeoplePage />
		: where === "register" ? <RegisterPage />
		: where === "watch" ? <WatchPage />
		: where === "quiet" ? <QuietPage {...(id ? { company: id } : {})} key={id ?? 0} />
		: where === "account" ? <Account />
		: <Nowhere />;
	return (
		<Frame home="#/" wide={where !== "account"} ways={[
			{ href: "#/", label: words("way_inbox"), current: inbox },
			{ href: "#/campaigns", label: words("way_campaigns"), current: where === "campaigns" },
			{ href: "#/suppressions", label: words("way_suppressions"), current: where === "suppressions" },
			{ href: "#/gates", label: words("way_gates"), current: where === "gates" || where === "gate" },
			{ href: "#/cuts", label: fleet("way_cuts"), current: where === "cuts" },
			...(may("rollout.see") ? [{ href: "#/rollouts", label: rollouts("way"), current: where === "rollouts" }] : []),
			{ href: "#/companies", label: words("way_companies"), current: where === "companies" || where === "contacts" },
			...(may("people.see") ? [{ href: "#/people", label: who("people"), current: where === "people" }] : []),
			...(may("company.edit") || may("recovery") ? [{ href: "#/register", label: words("register"), current: where === "register" }] : []),
			...(may("duty.see") ? [{ href: "#/watch", label: watch("watch"), current: where === "watch" || where === "quiet" }] : []),
			{ href: "#/account", label: shared("account"), current: where === "account" },
		]}>{page}</Frame>
	);
}

start("operator", Operator);
