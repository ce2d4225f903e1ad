/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A real otasuke-center on a data directory of its own, filled through the real `otasuke`.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_MS = 20_000;

export function freePort() {
	return new Promise((done, fail) => {
		const server = createServer();
		server.on("error", fail);
		server.listen(0, "127.0.0.1", () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

export class Centre {
	constructor(build, portalDir) {
		this.build = build;
		this.portalDir = portalDir;
		this.dir = mkdtempSync(join(tmpdir(), "otasuke-e2e-"));
		this.data = join(this.dir, "data");
		this.log = join(this.dir, "log");
		mkdirSync(this.data);
	}

	async start() {
		this.port ??= await freePort();
		this.door ??= await freePort();
		/* Browsers make passkeys for localhost, not for a bare number. */
		this.url = `http://localhost:${this.port}`;
		this.near = `http://127.0.0.1:${this.port}`;
		const conf = join(this.dir, "center.conf");
		writeFileSync(conf, [
			`data.dir = ${this.data}`,
			`portal.listen = 127.0.0.1:${this.port}`,
			`portal.dir = ${this.portalDir}`,
			`portal.url = ${this.url}`,
			`gate.listen = 127.0.0.1:${this.door}`,
			"gate.names = 127.0.0.1",
			"",
		].join("\n"));
		const log = openSync(this.log, "a");
		this.process = spawn(join(this.build, "center/otasuke-center"), ["run", "--config", conf],
			{ stdio: ["ignore", log, log] });
		const gone = new Promise((done) => this.process.once("exit", (code) => done(code)));
		const until = Date.now() + START_MS;
		for (;;) {
			const up = await fetch(`${this.near}/healthz`).then((r) => r.ok, () => false);
			if (up) return;
			const ended = await Promise.race([gone, new Promise((go) => setTimeout(go, 50, undefined))]);
			if (ended !== undefined || Date.now() > until)
				throw new Error(`the centre does not answer:\n${readFileSync(this.log, "utf8").slice(-2000)}`);
		}
	}

	async stop() {
		if (!this.process || this.process.exitCode !== null) return;
		const gone = new Promise((done) => this.process.once("exit", done));
		this.process.kill("SIGTERM");
		const kill = setTimeout(() => this.process.kill("SIGKILL"), 10_000);
		await gone;
		clearTimeout(kill);
	}

	async remove() {
		await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}

	/* The number in the newest test notice to this address, as its reader would see it. */
	testCode(address) {
		const done = spawnSync("sqlite3", [join(this.data, "otasuke.db"),
			`SELECT subject FROM notice WHERE step = 'test' AND recipient = '${address}' ORDER BY id DESC LIMIT 1`],
			{ encoding: "utf8" });
		return done.stdout.trim().slice(-4);
	}

	/* The link to answer by in the newest call to this address. */
	answerLink(address) {
		const done = spawnSync("sqlite3", [join(this.data, "otasuke.db"),
			`SELECT more FROM notice WHERE step LIKE 'escalate-%' AND recipient = '${address}' ORDER BY id DESC LIMIT 1`],
			{ encoding: "utf8" });
		return /(\/answer\/\S+)/.exec(done.stdout)?.[1] ?? "";
	}

	/* Runs `otasuke ARGS…` on this centre's data; what it prints. */
	otasuke(args, input = "") {
		const done = spawnSync(join(this.build, "cli/otasuke"), [...args, "--data", this.data],
			{ encoding: "utf8", input, env: { ...process.env, LANG: "C.UTF-8" } });
		if (done.status !== 0)
			throw new Error(`otasuke ${args.join(" ")}: ${done.status}\n${done.stdout}${done.stderr}`);
		return done.stdout.trim();
	}

	company(name, mail) {
		return this.otasuke(["company", "add", "--name", name, "--mail", mail, "--sample"]);
	}

	person(role, mail, name, company) {
		this.otasuke(["user", "add", "--role", role, "--mail", mail, "--name", name,
			...(company ? ["--company", company] : [])]);
		return mail;
	}

	password(mail, password) {
		this.otasuke(["user", "passwd", "--mail", mail], `${password}\n`);
	}

	/* The one-time link that a person would be sent. */
	once(mail) {
		const printed = this.otasuke(["user", "once", "--mail", mail]);
		return `${this.url}/#once=${printed.split("#once=")[1].split(/\s/)[0]}`;
	}
}
