#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run.py FILE.story…: plays each story against a real otasuke-center with an artificial clock
and says in TAP whether it went as written.  README.md says what a story may say."""
import datetime
import os
import pathlib
import re
import shlex
import shutil
import sys
import tempfile
import time
import traceback

from world import ROOT, ZONE, World

DOSSIER = re.compile(r"\d{3}-\d\d$")


class Wrong(Exception):
    pass


class Story:
    def __init__(self, file):
        self.file, self.number = pathlib.Path(file), 0
        self.title, self.cites, self.settings, self.begin_at = "", [], {}, None
        self.world, self.companies, self.people = None, {}, {}
        self.seen_mails, self.seen_calls, self.sent_at = {}, {}, None
        self.gateways = self.mailbox = False

    # ---- lines ----

    def play(self, dir):
        lines = self.file.read_text().splitlines()
        self.dir = dir
        try:
            for self.number, line in enumerate(lines, 1):
                words = shlex.split(line, comments=True)
                if words:
                    self.line(words)
            if not self.cites:
                raise Wrong("it cites no promise (cites 002-06)")
        finally:
            if self.world:
                self.world.end()

    def line(self, words):
        if re.fullmatch(r"\d\d:\d\d|\+\d+", words[0]):
            words = self.pass_time(words)
            if not words:
                return
        verb = getattr(self, "do_" + words[0], None)
        if not verb:
            raise Wrong(f"nobody knows what \"{words[0]}\" means")
        verb(*words[1:])

    def pass_time(self, words):
        """09:30 the next time the clock shows it; +1 09:30 on the day after that day."""
        self.need_world()
        days = 0
        if words[0].startswith("+"):
            days, words = int(words[0]), words[1:]
        hour, minute = map(int, words[0].split(":"))
        now = self.world.clock.now()
        then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        then += datetime.timedelta(days=days)
        if then < now.replace(second=0, microsecond=0):
            then += datetime.timedelta(days=1)
        self.world.pass_to(int(then.timestamp() * 1e6))
        return words[1:]

    def need_world(self):
        if self.world:
            return self.world
        if not self.begin_at:
            raise Wrong("begin stands first")
        self.world = World(self.dir, self.begin_at, self.settings)
        g = self.world.gateway.port
        body = '{"to":"{to}","text":"{text}","id":"{id}"}'
        if self.gateways:
            for way in ("sms", "voice"):
                self.world.settings.update({f"{way}.url": f"http://127.0.0.1:{g}/{way}",
                                            f"{way}.body": body})
            (pathlib.Path(self.dir) / "secret").write_text("sample word\n")
            self.world.settings["voice.secret_file"] = pathlib.Path(self.dir) / "secret"
        if self.mailbox:
            for part in ("new", "cur", "tmp"):
                (pathlib.Path(self.dir) / "box" / part).mkdir(parents=True)
            self.world.settings["bounce.maildir"] = pathlib.Path(self.dir) / "box"
        self.world.begin()
        return self.world

    # ---- what stands first ----

    def do_story(self, title):
        self.title = title

    def do_cites(self, *ids):
        bad = [i for i in ids if not DOSSIER.match(i)]
        if bad:
            raise Wrong(f"{bad[0]} is no number of a promise")
        self.cites += ids

    def do_begin(self, day, at):
        self.begin_at = datetime.datetime.strptime(f"{day} {at}", "%Y-%m-%d %H:%M") \
            .replace(tzinfo=ZONE)

    def do_set(self, key, equals, *value):
        if self.world:
            raise Wrong("settings stand before the first company")
        self.settings[key] = " ".join(value)

    def do_gateways(self):
        """There is one for SMS and one for the telephone."""
        self.gateways = True

    def do_company(self, id, name, *mails):
        w = self.need_world()
        has_mail = w.centre.one(
            "SELECT COUNT(*) FROM pragma_table_info('company') WHERE name = 'mail'")
        self.companies[id] = w.centre.one(
            "INSERT INTO company (chamber_id, name, sample, created_us) VALUES (1, ?, 1, 0) "
            "RETURNING id", name)
        if has_mail:
            w.centre.sql("UPDATE company SET mail = ? WHERE id = ?", " ".join(mails),
                         self.companies[id])
            return
        for n, mail in enumerate(mails):
            self.contact(self.companies[id], "mail", mail, n)

    def contact(self, company, channel, address, position=0, account=None, severity=1):
        return self.world.centre.one(
            "INSERT INTO contact (chamber_id, company_id, channel, address, position, "
            "account_id, severity, created_us) VALUES (1, ?, ?, ?, ?, ?, ?, 0) RETURNING id",
            company, channel, address, position, account, severity)

    def do_gate(self, id, *words):
        w = self.need_world()
        if words[0] == "of":
            w.gate(id, self.company(words[1]))
            return w.settle()
        gate = w.gates[id]
        said = " ".join(words)
        if said == "falls silent":
            gate.alive = False
        elif said == "comes back":
            gate.alive = True
            gate.beat()
        elif words[0] == "sends":
            self.send(gate, words[1:])
        elif words[0] == "says":
            for pair in words[1:]:
                self.says(gate, pair)
            gate.beat()
        else:
            raise Wrong(f"a gate does not \"{said}\"")
        w.settle()

    def says(self, gate, pair):
        key, value = pair.split("=", 1)
        if key == "scanner":
            if value != gate.scanner:
                gate.tell(gate.record("scanner", scanner={"state": value}))
            gate.scanner = value
            return
        if value.startswith("-") and value.endswith("d"):  # a time, so many days ago
            day = self.world.clock.now() + datetime.timedelta(days=int(value[:-1]))
            value = day.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        where = gate.lists if key.startswith("scanner.") else gate.state
        where[key.split(".")[-1]] = int(value) if re.fullmatch(r"-?\d+", value) else value

    def send(self, gate, words):
        """CAUSE on MACHINE [passed] [xN] [of NUMBER machines]"""
        cause, machine, times, passed, many = words[0], "keiri-pc", 1, False, 1
        rest = list(words[1:])
        while rest:
            word = rest.pop(0)
            if word == "on":
                machine = rest.pop(0)
            elif word == "passed":
                passed = True
            elif word[0] == "x":
                times = int(word[1:])
            elif word == "of":
                many = int(rest.pop(0))
                rest.pop(0)
            else:
                raise Wrong(f"sends … {word}?")
        names = [machine] if many == 1 else ["%s-%03d" % (machine, n) for n in range(many)]
        lines = [gate.alert(cause, n, not passed) for n in names for _ in range(times)]
        self.sent_at = time.monotonic()
        for i in range(0, len(lines), 5000):
            gate.tell(b"".join(lines[i:i + 5000]))

    # ---- people ----

    def do_officer(self, id, name, *ways):
        """officer sato 佐藤 sato@chamber.example voice=0725550101: somebody of the centre."""
        w = self.need_world()
        mail = ways[0]
        self.people[id] = w.centre.one(
            "INSERT INTO account (role, chamber_id, mail, name, password, created_us) "
            "VALUES ('operator', 1, ?, ?, '', 0) RETURNING id", mail, name)
        self.contact(None, "mail", mail, 0, self.people[id])
        for way in ways[1:]:
            channel, address = way.split("=", 1)
            self.contact(None, channel, address, 1, self.people[id])

    def person(self, id):
        if id not in self.people:
            raise Wrong(f"there is no officer {id}")
        return self.people[id]

    RANKS = {"duty": 1, "second": 2, "chief": 3}

    def do_duty(self, rank, id, days="11111111", hours="00:00-00:00", *turn):
        """duty second tanaka 11111000 17:00-09:00 [every 2 turn 1]"""
        begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in hours.split("-"))
        every, which = (int(turn[1]), int(turn[3])) if turn else (1, 0)
        self.world.centre.sql(
            "INSERT INTO duty_shift (chamber_id, account_id, rank, days, from_min, to_min, every, "
            "turn) VALUES (1, ?, ?, ?, ?, ?, ?, ?)", self.person(id), self.RANKS[rank], days, begin,
            end, every, which)

    def do_limit(self, key, value):
        self.need_world().centre.sql(
            "INSERT INTO watch_limit (chamber_id, key, value) VALUES (1, ?, ?)", key, int(value))

    def do_quiet(self, *words):
        """quiet neji|gate honsha|all from "2026-11-21 09:00" to "2026-11-21 12:00"
        quiet neji weekly 00000110 22:00-06:00"""
        w, words = self.world, list(words)
        company = gate = None
        if words[0] == "gate":
            gate = w.gates[words.pop(1)].number
            company = w.centre.one("SELECT company_id FROM gate WHERE id = ?", gate)
        elif words[0] != "all":
            company = self.company(words[0])
        by = next(iter(self.people.values()), None)
        if by is None:
            raise Wrong("an officer enters it: there is none")
        begin, end, days, minutes = 0, 1 << 60, "", (0, 0)
        if words[1] == "from":
            begin, end = (int(datetime.datetime.strptime(t, "%Y-%m-%d %H:%M").replace(
                tzinfo=ZONE).timestamp() * 1e6) for t in (words[2], words[4]))
        else:
            days = words[2]
            minutes = [int(t[:2]) * 60 + int(t[3:]) for t in words[3].split("-")]
        w.centre.sql("INSERT INTO watch_window (chamber_id, company_id, gate_id, days, from_us, "
                     "to_us, from_min, to_min, reason, by_account_id, created_us) "
                     "VALUES (1, ?, ?, ?, ?, ?, ?, ?, '工事', ?, 0)", company, gate, days, begin,
                     end, *minutes, by)

    def link_of(self, address):
        """In the newest mail or message to this address that has one."""
        texts = [m.get_content() for m, _ in self.all_mails(address)] + \
            [b["text"] for _, b, _ in self.world.gateway.got if b["to"] == address]
        for text in reversed(texts):
            path = self.world.link_path(text)
            if path:
                return path
        raise Wrong(f"{address} has no link to answer by")

    def do_answer(self, *words):
        """answer by link of ADDRESS [is refused] / answer page of ADDRESS shows "part" …"""
        if words[:3] == ("by", "link", "of"):
            status, text, _ = self.world.portal("POST", self.link_of(words[3]))
            good = "引き受けました" in text
            if (words[4:] == ("is", "refused")) == good or status != 200:
                raise Wrong(f"{status} {text}")
        elif words[:2] == ("page", "of") and words[3] == "shows":
            status, text, _ = self.world.portal("GET", self.link_of(words[2]))
            for part in words[4:]:
                if part not in text:
                    raise Wrong(f"\"{part}\" is not on the page ({status}):\n{text}")
        else:
            raise Wrong("answer by link of ADDRESS, answer page of ADDRESS shows …")
        self.world.settle()

    def do_incident(self, cause, of, company, to, state, *outcome):
        """incident BACKDOOR of neji to working: the operator moves it in the portal."""
        import json as j
        id = self.world.centre.one(
            "SELECT id FROM incident WHERE company_id = ? AND cause = ? AND state <> 'done' "
            "ORDER BY id DESC", self.company(company), cause)
        body = {"state": state, **({"outcome": outcome[0]} if outcome else {})}
        status, text = self.operator("PUT", f"/incidents/{id}", body)
        if status != 200:
            raise Wrong(f"{status} {text}")
        self.world.settle()

    def operator(self, method, path, body=None):
        """Asks as the first officer, with a session of their own."""
        import hashlib
        import json as j
        w = self.world
        account = next(iter(self.people.values()))
        cookie, now = "story" * 8 + "abc", w.clock.now_us
        hash = hashlib.sha256(cookie.encode()).hexdigest()
        w.centre.sql("DELETE FROM session WHERE hash = ?", hash)
        w.centre.sql("INSERT INTO session (hash, account_id, csrf, created_us, seen_us, "
                     "expires_us) VALUES (?, ?, 'c', ?, ?, ?)", hash, account, now, now,
                     now + 3600_000_000)
        status, text, _ = w.portal(method, "/api/v1" + path, None if body is None else j.dumps(body),
                                   headers={"Cookie": "otasuke_session=" + cookie,
                                            "X-Otasuke-Csrf": "c"})
        return status, text

    def do_reply(self, *words):
        """reply of ADDRESS ["text"] / reply of ADDRESS is automatic: into the centre's mailbox."""
        address, auto = words[1], words[2:] == ("is", "automatic")
        mail = [m for m, _ in self.all_mails(address)][-1]
        box = pathlib.Path(self.dir) / "box"
        text = (f"From: <{address}>\r\nTo: <mimamori@chamber.example>\r\n"
                f"Subject: Re: call\r\nMessage-ID: <{time.monotonic_ns()}@reply.example>\r\n"
                + ("Auto-Submitted: auto-replied\r\n" if auto else "")
                + f"In-Reply-To: {mail['Message-ID']}\r\n\r\nOK\r\n")
        (box / "new" / str(time.monotonic_ns())).write_text(text)
        self.world.pass_to(self.world.clock.now_us + 120_000_000)
        self.world.wait("looking into the mailbox", lambda: not list((box / "new").iterdir()))
        self.world.settle()

    def do_mailbox(self):
        """The centre looks into a mailbox of its own."""
        self.mailbox = True

    def do_key(self, digits, of, number, *rest):
        """key 1 of NUMBER [is forged]: somebody called presses it; the gateway tells the centre."""
        import hashlib
        import hmac
        import json as j
        calls = [b for p, b, _ in self.world.gateway.got if p == "/voice" and b["to"] == number]
        at = self.world.clock.now_us // 1_000_000
        secret = b"wrong" if rest == ("is", "forged") else b"sample word"
        mac = hmac.new(secret, f"{calls[-1]['id']}.{digits}.{at}".encode(), hashlib.sha256).hexdigest()
        status, text, _ = self.world.portal("POST", "/hook/key", j.dumps(
            {"id": calls[-1]["id"], "digits": digits, "time": at, "mac": mac}))
        if status != (403 if rest else 200):
            raise Wrong(f"{status} {text}")
        self.world.settle()

    # ---- what happens to the centre ----

    def do_clock(self, word, by):
        sign, amount, unit = re.fullmatch(r"([+-])(\d+)([mh])", by).groups()
        us = int(sign + amount) * {"m": 60, "h": 3600}[unit] * 1_000_000
        self.world.clock.monotonic_us += 1
        self.world.clock.set(self.world.clock.now_us + us)
        self.world.settle()

    def do_centre(self, *words):
        w, said = self.world, " ".join(words)
        if said == "is killed":
            w.centre.kill()
        elif said == "ends":
            assert w.centre.stop() == 0
        elif said == "starts":
            for gate in w.gates.values():
                gate.http = None
            w.centre.start()
            w.settle()
        else:
            raise Wrong(f"a centre does not \"{said}\"")

    def do_mail(self, *words):
        said = " ".join(words)
        if said not in ("server is down", "server is up"):
            raise Wrong("mail server is down|up")
        self.world.mail.down = said.endswith("down")
        self.world.settle()

    # ---- what must be ----

    def company(self, id):
        if id not in self.companies:
            raise Wrong(f"there is no company {id}")
        return self.companies[id]

    def do_expect(self, *words):
        w = self.world
        w.settle()
        way, rest = words[0], list(words[1:])
        if way == "no":
            way, rest, none = rest[0], rest[1:], True
        else:
            none = False
        check = getattr(self, "expect_" + way, None)
        if not check:
            raise Wrong(f"expect {way}?")
        check(none, *rest)

    def all_mails(self, address):
        return [(m, at) for to, m, at in self.world.mail.got if to == address]

    def expect_mail(self, none, *words):
        """mail to ADDRESS ["part of subject or text"…]: exactly one that no line has named yet."""
        if words[:1] != ("to",):
            raise Wrong("expect mail to ADDRESS")
        address, parts = words[1], words[2:]
        mails = self.all_mails(address)
        fresh = mails[self.seen_mails.get(address, 0):]
        if none:
            if fresh:
                raise Wrong(f"{address} got: " + self.show(fresh))
            return
        if len(fresh) != 1:
            raise Wrong(f"{address} got {len(fresh)} new mails, not one: " + self.show(fresh))
        self.seen_mails[address] = len(mails)
        mail, at = fresh[0]
        text = str(mail["Subject"]) + "\n" + mail.get_content()
        for part in parts:
            if part not in text:
                raise Wrong(f"the mail does not say \"{part}\":\n{text}")
        if "緊急" in str(mail["Subject"]) and self.sent_at and at >= self.sent_at:
            print(f"# {self.file.name}:{self.number} 緊急 left {at - self.sent_at:.3f} s "
                  "after its event came in")
            self.sent_at = None

    def expect_mails(self, none, *words):
        """mails to ADDRESS N | at most N: in all so far."""
        address, most = words[1], int(words[-1])
        have = self.all_mails(address)
        if len(have) > most or (words[2] != "at" and len(have) != most):
            raise Wrong(f"{address} has {len(have)} mails: " + self.show(have))
        self.seen_mails[address] = len(have)

    def show(self, mails):
        return "; ".join(str(m["Subject"]) for m, _ in mails) or "nothing"

    def expect_call(self, none, *words):
        self.expect_gateway("/voice", none, *words)

    def expect_sms(self, none, *words):
        self.expect_gateway("/sms", none, *words)

    def expect_gateway(self, path, none, *words):
        number, parts = words[1], words[2:]
        all = [b for p, b, _ in self.world.gateway.got if p == path and b["to"] == number]
        fresh = all[self.seen_calls.get((path, number), 0):]
        if none != (not fresh) or len(fresh) > 1:
            raise Wrong(f"{path} to {number}: {fresh or 'nothing'}")
        self.seen_calls[(path, number)] = len(all)
        for part in parts:
            if part not in fresh[0]["text"]:
                raise Wrong(f"\"{part}\" is not in {fresh[0]}")

    def expect_incident(self, none, cause, *words):
        """incident CAUSE of COMPANY [on MACHINE] [word…]: exactly one; words are its state,
        severity or outcome.  With `no`: none that is open."""
        company, want, machine = self.company(words[1]), words[2:], None
        if want[:1] == ("on",):
            machine, want = want[1], want[2:]
        rows = self.world.centre.sql(
            "SELECT i.state, i.severity, i.outcome FROM incident i LEFT JOIN machine m "
            "ON m.id = i.machine_id WHERE i.company_id = ? AND i.cause = ? "
            "AND (? IS NULL OR m.name = ?)", company, cause, machine, machine)
        if none:
            rows = [r for r in rows if r[0] != "done"]
            if rows:
                raise Wrong(f"there is {rows}")
            return
        if len(rows) != 1:
            raise Wrong(f"there are {len(rows)} such incidents, not one: {rows}")
        is_now = [rows[0][0], ("log", "caution", "urgent")[rows[0][1]], rows[0][2]]
        for word in want:
            if word not in is_now:
                raise Wrong(f"it is {is_now}, not {word}")

    def expect_incidents(self, none, cause, *words):
        """incidents CAUSE of COMPANY N"""
        have = self.world.centre.one(
            "SELECT COUNT(*) FROM incident WHERE company_id = ? AND cause = ?",
            self.company(words[1]), cause)
        if have != int(words[2]):
            raise Wrong(f"there are {have}")


def tell(number, story, error):
    name = f"{story.file.stem}: {story.title} ({', '.join(story.cites)})"
    print(f"{'not ok' if error else 'ok'} {number} - {name}")
    for line in (error or "").splitlines():
        print("# " + line)
    sys.stdout.flush()


def main(files):
    print(f"1..{len(files)}")
    bad = 0
    for number, file in enumerate(files, 1):
        story, error = Story(file), None
        dir = tempfile.mkdtemp(prefix="otasuke-story-")
        try:
            story.play(dir)
        except Wrong as wrong:
            error = f"{file}:{story.number}: {wrong}"
        except Exception:
            error = f"{file}:{story.number}: {traceback.format_exc()}"
        tell(number, story, error)
        bad += bool(error)
        if error and os.environ.get("OTASUKE_STORY_KEEP"):
            print("# kept in " + dir)
        else:
            shutil.rmtree(dir, ignore_errors=True)
    return bad > 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
