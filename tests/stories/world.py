# SPDX-License-Identifier: GPL-3.0-or-later
"""What a story plays in: an artificial clock, a mail server and a telephone gateway that
keep what they are given, and a real otasuke-center (tests/center/centre.py)."""
import datetime
import email
import email.policy
import hashlib
import http.server
import json
import mmap
import os
import pathlib
import socketserver
import struct
import sys
import threading
import time
import urllib.parse
import zoneinfo

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "center"))
import centre as real  # noqa: E402

ZONE = zoneinfo.ZoneInfo("Asia/Tokyo")
PATIENCE_S = 60  # of this machine, for what the story says has happened


class Clock:
    """The three numbers of lib/base/clock.h: the time, the monotonic time, and up to where
    the centre has done its work."""

    def __init__(self, file, begin):
        file.write_bytes(struct.pack("=qqq", 0, 0, 0))
        with open(file, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 24)
        self.monotonic_us = 1_000_000
        self.set(int(begin.timestamp() * 1e6))

    def set(self, now_us):
        self.now_us = now_us
        struct.pack_into("=q", self.map, 0, self.now_us)
        struct.pack_into("=q", self.map, 8, self.monotonic_us)

    def pass_us(self, us):
        self.monotonic_us += us
        self.set(self.now_us + us)

    def ticked(self):
        return struct.unpack_from("=q", self.map, 16)[0] == self.monotonic_us

    def now(self):
        return datetime.datetime.fromtimestamp(self.now_us / 1e6, ZONE)

    def stamp(self):
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f%z")


class Mail(socketserver.ThreadingTCPServer):
    """As much of RFC 5321 as a server must know.  Keeps (address, message, when)."""
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MailLine)
        self.port, self.got, self.down, self.refused = self.server_address[1], [], False, set()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class MailLine(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        box, to = self.server, []
        if box.down:
            return self.say("421 down")
        self.say("220 story")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                self.say("250 story")
            elif word == b"RCPT":
                to.append(line.split(b"<")[1].split(b">")[0].decode())
                self.say("550 nobody" if to[-1] in box.refused else "250 ok")
            elif word == b"DATA":
                self.say("354 go")
                text = b""
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    text += line[1:] if line.startswith(b"..") else line
                mail = email.message_from_bytes(text, policy=email.policy.default)
                box.got += [(a, mail, time.monotonic()) for a in to]
                to = []
                self.say("250 taken")
            elif word == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")


class Gateway(http.server.ThreadingHTTPServer):
    """An SMS or telephone gateway: keeps what is posted to /sms and /voice."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), GatewayLine)
        self.port, self.got = self.server_address[1], []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class GatewayLine(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append((self.path, json.loads(body), time.monotonic()))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Gate(real.Gate):
    """Beats every `every_us` of the story as long as it lives."""
    every_us = 300_000_000

    def begin(self, clock, name):
        self.clock, self.name, self.alive, self.next_us = clock, name, True, 0
        self.state = {"version": "1", "mode": "protect", "uptime_s": 0, "rules": 1000,
                      "rules_refused": 0, "packets": 0, "bytes": 0, "capture_lost": 0,
                      "spool_lost": 0}
        self.scanner, self.lists = "up", {}

    def record(self, kind, **more):
        return json.dumps({"timestamp": self.clock.stamp(), "event_type": kind,
                           **more}).encode() + b"\n"

    def beat(self):
        self.next_us = self.clock.monotonic_us + self.every_us
        self.state["uptime_s"] += 300
        self.state["packets"] += 1000
        self.state["bytes"] += 1000000
        return self.tell(self.record("gate", gate=self.state,
                                     scanner={"state": self.scanner, **self.lists}))

    def tell(self, lines):
        status, answer = self.send(lines)
        assert status == 200, (status, answer)
        return answer

    def alert(self, cause, machine, stopped=True, peer="198.51.100.7"):
        return self.record(
            "alert", src_ip="192.168.1.23", src_port=50000, dest_ip=peer, dest_port=443,
            proto="TCP",
            alert={"action": "blocked" if stopped else "allowed", "gid": 1,
                   "signature_id": 9000001, "rev": 1, "signature": "sample rule"},
            otasuke={"cause": cause, "way": "out", "stopped": stopped, "machine": {
                "mac": "02:00:5e:%02x:%02x:%02x" % tuple(hashlib.md5(machine.encode()).digest()[:3]),
                "name": machine, "ip": "192.168.1.23"}})


class World:
    def __init__(self, dir, begin, settings):
        self.dir = pathlib.Path(dir)
        self.clock = Clock(self.dir / "clock", begin)
        self.mail, self.gateway = Mail(), Gateway()
        os.environ.update(OTASUKE_STORY_CLOCK=str(self.dir / "clock"), TZ="Asia/Tokyo")
        self.gates, self.centre = {}, None
        self.settings = {"smtp.url": f"smtp://127.0.0.1:{self.mail.port}",
                         "smtp.from": "mimamori@chamber.example", "smtp.tls": "none",
                         "notify.retry_s": 1, "portal.url": "https://portal.example", **settings}

    def begin(self):
        self.centre = real.Centre(self.dir, **self.settings)
        self.centre.sql("DELETE FROM site")
        self.centre.sql("DELETE FROM contact" if self.has("contact") else "SELECT 1")
        self.centre.sql("DELETE FROM company")
        self.centre.start()

    def has(self, table):
        return self.centre.one("SELECT COUNT(*) FROM sqlite_master WHERE name = ?", table) > 0

    def end(self):
        if self.centre and self.centre.process and self.centre.process.poll() is None:
            assert self.centre.stop() == 0, self.centre.log.read_text()[-4000:]
        self.mail.shutdown()
        self.gateway.shutdown()

    def gate(self, name, company):
        site = self.centre.one("INSERT INTO site (company_id, name) VALUES (?, ?) RETURNING id",
                               company, "本社")
        number = self.centre.one("INSERT INTO gate (company_id, site_id, name) VALUES (?, ?, ?) "
                                 "RETURNING id", company, site, name)
        dir = self.dir / name
        dir.mkdir()
        gate = Gate(self.centre, number, dir)
        gate.begin(self.clock, name)
        # Its code is good for an hour of the story.
        code = self.centre.code(number, self.clock.now_us / 1e6 - time.time() + 3600)
        status, answer = gate.enrol(code)
        assert status == 200, answer
        self.gates[name] = gate
        gate.beat()

    def pass_to(self, until_us, step_us=60_000_000):
        """Time passes, a minute after the other; gates that live beat."""
        while self.clock.now_us < until_us:
            self.clock.pass_us(min(step_us, until_us - self.clock.now_us))
            for gate in self.gates.values():
                if gate.alive and gate.next_us <= self.clock.monotonic_us:
                    gate.beat()
            self.settle()

    def wait(self, what, done):
        end = time.monotonic() + PATIENCE_S
        while not done():
            assert self.centre.process.poll() is None, "the centre is gone: " + \
                self.centre.log.read_text()[-4000:]
            assert time.monotonic() < end, f"{what} took more than {PATIENCE_S} s\n" + \
                self.centre.log.read_text()[-2000:]
            time.sleep(0.002)

    def settle(self):
        """All that is due now is done."""
        self.wait("a tick of the centre", self.clock.ticked)
        if not self.mail.down:
            self.wait("sending what is due", lambda: self.centre.one(
                "SELECT COUNT(*) FROM notice WHERE state = 'sending' OR "
                "(state = 'waiting' AND due_us <= ?)", self.clock.now_us) == 0)

    def portal(self, method, path, body=None, type="application/json", headers=None):
        import http.client
        c = http.client.HTTPConnection("127.0.0.1", self.centre.portal, timeout=30)
        c.request(method, path, body, {**({"Content-Type": type} if body is not None else {}),
                                       **(headers or {})})
        answer = c.getresponse()
        text = answer.read().decode()
        c.close()
        return answer.status, text, answer

    def link_path(self, text):
        """The link to answer by, in a notice."""
        for word in text.split():
            if word.startswith("https://portal.example/answer/"):
                return urllib.parse.urlsplit(word).path
        return None
