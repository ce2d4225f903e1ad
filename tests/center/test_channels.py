# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way by which a notice leaves, against real local servers."""
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest
from centre import CENTRE, Centre, alert

SECRET = "a secret of the sample company"


class Server(http.server.ThreadingHTTPServer):
    """Keeps every request; `answers` are (status, body, headers), the last one stays."""
    daemon_threads = True

    def __init__(self, *answers, tls=None, hang=False):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.got, self.hang = list(answers) or [(200, b"", {})], [], hang
        self.scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path="/"):
        return f"{self.scheme}://localhost:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        pass

    def wait(self, n, seconds=20):
        until(lambda: len(self.got) >= n, seconds)
        return self.got


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append((self.command, self.path, dict(self.headers), body))
        if self.server.hang:
            time.sleep(60)
        n = min(len(self.server.got), len(self.server.answers)) - 1
        status, text, headers = self.server.answers[n]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST

    def log_message(self, *args):
        pass


def until(true, seconds=20):
    for _ in range(seconds * 20):
        if true():
            return True
        time.sleep(0.05)
    return False


def certificate(dir, name="localhost"):
    """A certificate of its own for `name`: (cert, key)."""
    cert, key = dir / f"{name}.pem", dir / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days",
                    "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
                   check=True, capture_output=True)
    return cert, key


def centre_with(tmp_path, **settings):
    """Without the mail contact that every sample company has."""
    c = Centre(tmp_path, **{"notify.retry_s": 1, "notify.caution_delay_s": 0,
                            "portal.url": "https://portal.example", **settings})
    c.sql("DELETE FROM contact")
    return c


def state(c, notice=1):
    return c.sql("SELECT state, error FROM notice WHERE id = ?", notice)[0]


def signed(headers, body):
    mac = hmac.new(SECRET.encode(), headers["Otasuke-Timestamp"].encode() + b"." + body,
                   hashlib.sha256).hexdigest()
    return headers["Otasuke-Signature"] == f"v1={mac}" and \
        abs(int(headers["Otasuke-Timestamp"]) - time.time()) < 60


def test_webhook_over_tls(tmp_path):
    tls = certificate(tmp_path)
    hook = Server((503, b"", {}), (302, b"", {"Location": "/elsewhere"}), (204, b"", {}), tls=tls)
    c = centre_with(tmp_path, **{"webhook.private": "yes", "notify.ca_file": tls[0]})
    c.contact("webhook", hook.url("/in?a=b"), secret=SECRET)
    c.start()
    assert c.enrolled().send(alert("BACKDOOR", "koujou-pc"))[0] == 200
    got = hook.wait(3)
    assert until(lambda: state(c)[0] == "sent")
    assert [g[1] for g in got] == ["/in?a=b"] * 3  # the redirect was not followed
    assert all(signed(g[2], g[3]) for g in got)
    assert len({g[2]["Idempotency-Key"] for g in got}) == 1
    notice = json.loads(got[2][3])
    assert notice["subject"] == "【緊急】koujou-pc：裏口の通信（見本）"
    assert notice["id"] == got[2][2]["Otasuke-Id"]
    assert notice["company"] == {"id": 1, "name": "見本ねじ製作所"}
    assert notice["incident"] == {"id": 1, "cause": "BACKDOOR"}
    assert notice["link"] == "https://portal.example/member/#/incidents/1"
    assert c.stop() == 0


def test_webhook_refusals(tmp_path):
    """A certificate that nobody vouches for, plain http, our own networks."""
    tls, other = certificate(tmp_path), certificate(tmp_path, "other")
    unknown, named = Server(tls=tls), Server(tls=other)
    c = centre_with(tmp_path, **{"webhook.private": "yes", "notify.ca_file": other[0]})
    c.contact("webhook", unknown.url(), secret=SECRET)
    c.contact("webhook", named.url(), secret=SECRET)  # right issuer, wrong name
    c.start()
    assert c.enrolled().send(alert("BACKDOOR"))[0] == 200
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE error LIKE '%certificate%'") == 2)
    assert unknown.got == [] and named.got == []
    assert c.stop() == 0
    c.settings.pop("webhook.private")
    c.write_conf()
    c.sql("DELETE FROM notice")
    c.sql("DELETE FROM contact")
    plain = Server()
    c.contact("webhook", plain.url(), secret=SECRET)
    c.contact("webhook", unknown.url(), secret=SECRET)
    c.contact("webhook", f"https://[::1]:{unknown.server_port}/", secret=SECRET)
    c.start()
    assert c.enrolled().send(alert("BACKDOOR", "other"))[0] == 200
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE error <> ''") == 3)
    assert "https" in c.sql("SELECT error FROM notice ORDER BY id")[0][0]
    assert c.one("SELECT COUNT(*) FROM notice WHERE error LIKE '%private network%'") == 2
    assert plain.got == [] and unknown.got == []
    assert c.stop() == 0


def test_webhook_is_turned_off(tmp_path):
    hook = Server((500, b"", {}))
    c = centre_with(tmp_path, **{"webhook.private": "yes", "webhook.off_s": 60})
    c.contact("webhook", hook.url(), secret=SECRET)
    c.sql("UPDATE contact SET fails = 1, failing_us = 1")
    c.start()
    assert c.enrolled().send(alert("BACKDOOR"))[0] == 200
    assert until(lambda: c.one("SELECT state FROM contact") == "off")
    assert c.one("SELECT COUNT(*) FROM audit WHERE action = 'contact.off'") == 1
    assert c.stop() == 0


def test_incident_events(tmp_path):
    """Opened, changed, closed: each once, in this order, whatever else happens."""
    hook = Server()
    c = centre_with(tmp_path, **{"webhook.private": "yes"})
    c.contact("webhook", hook.url(), secret=SECRET, events=1)
    c.start()
    gate = c.enrolled()
    assert gate.send(alert("EXPLOIT", "keiri-pc"))[0] == 200
    hook.wait(1)
    for _ in range(3):
        assert gate.send(alert("EXPLOIT", "keiri-pc"))[0] == 200
    assert gate.send(alert("EXPLOIT", "keiri-pc", stopped=False))[0] == 200
    got = hook.wait(2)
    time.sleep(1)
    bodies = [json.loads(g[3]) for g in got]
    assert [b["type"] for b in bodies] == ["incident.opened", "incident.changed"]
    assert [b["incident"]["severity"] for b in bodies] == ["caution", "urgent"]
    assert all(signed(g[2], g[3]) for g in got)
    assert len({b["id"] for b in bodies}) == 2
    c.sql("UPDATE change_counter SET value = value + 1")
    c.sql("UPDATE incident SET state = 'done', outcome = 'solved', "
          "change = (SELECT value FROM change_counter)")
    assert gate.send(alert("EXPLOIT", "other"))[0] == 200  # the centre looks
    types = [json.loads(g[3])["type"] for g in hook.wait(4)]
    assert sorted(types[2:]) == ["incident.closed", "incident.opened"]
    assert c.stop() == 0


def test_a_hanging_server_holds_nobody_up(tmp_path):
    """One receiver never answers, the mail server neither: others get theirs at once, and
    the centre ends when it is told to."""
    hanging, fine = Server(hang=True), Server()
    silent = socket.create_server(("127.0.0.1", 0))  # takes connections, says nothing
    c = centre_with(tmp_path, **{
        "webhook.private": "yes", "smtp.url": f"smtp://127.0.0.1:{silent.getsockname()[1]}"})
    c.contact("mail", "president@sample.example")
    c.contact("webhook", hanging.url(), secret=SECRET)
    c.contact("webhook", fine.url(), secret=SECRET)
    c.start()
    began = time.time()
    assert c.enrolled().send(alert("BACKDOOR"))[0] == 200
    fine.wait(1)
    assert time.time() - began < 5
    hanging.wait(1)
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE state = 'sending'") == 2)
    began = time.time()
    assert c.stop() == 0
    assert time.time() - began < 5
    # What was under way is taken up again by the next.
    again = Server()
    c.sql("UPDATE notice SET recipient = ? WHERE state = 'sending' AND channel = 'webhook'",
          again.url())
    c.start()
    assert len(again.wait(1)) == 1
    assert c.stop() == 0


def test_sms_and_voice_gateway(tmp_path):
    gateway = Server((200, b'{"messages":[{"status":"queued"}]}', {}))
    secret = tmp_path / "secret"
    secret.write_text("sample key\n")
    c = centre_with(tmp_path, **{
        "sms.url": gateway.url("/sms/{id}"), "sms.type": "json",
        "sms.headers": "Authorization: Bearer {secret} | X-Sample: 1",
        "sms.secret_file": secret, "sms.body": '{"to":"{to}","text":"{text}"}',
        "sms.ok_json": "/messages/0/status=queued", "sms.parts": 1,
        "voice.url": gateway.url("/call"), "voice.type": "form",
        "voice.body": "number={to}&say={text}", "voice.ok_text": "queued"})
    c.contact("sms", "090-0000-0001")
    c.contact("voice", "06-0000-0002")
    c.start()
    assert c.enrolled().send(alert("BACKDOOR", 'a"b&c'))[0] == 200
    got = {g[1].split("/")[1]: g for g in gateway.wait(2)}
    sms = json.loads(got["sms"][3])
    assert sms["to"] == "09000000001" and len(sms["text"].encode("utf-16-le")) <= 140
    assert sms["text"].startswith('【緊急】a"b&c：裏口の通信') and "電話06-0000-0000" in sms["text"]
    assert got["sms"][2]["Authorization"] == "Bearer sample key"
    assert re.fullmatch("/sms/[0-9a-f]{32}", got["sms"][1])
    call = urllib.parse.parse_qs(got["call"][3].decode())
    assert call["number"] == ["0600000002"] and set(call) == {"number", "say"}
    assert 'こちらは見守りセンターです' in call["say"][0] and 'a"b&c' in call["say"][0]
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE state = 'sent'") == 2)
    assert c.stop() == 0


def test_a_gateway_that_says_no(tmp_path):
    """200 without the word of success: not asked again (each time may cost), and the next
    contact hears instead."""
    gateway, hook = Server((200, b'{"messages":[{"status":"rejected"}]}', {})), Server()
    c = centre_with(tmp_path, **{
        "sms.url": gateway.url("/sms"), "sms.body": "{text}", "sms.type": "text",
        "sms.ok_json": "/messages/0/status=queued", "webhook.private": "yes"})
    c.contact("sms", "090-0000-0001")
    c.contact("webhook", hook.url(), secret=SECRET, reserve=1)
    c.start()
    assert c.enrolled().send(alert("BACKDOOR"))[0] == 200
    hook.wait(1)
    time.sleep(2.5)
    assert len(gateway.got) == 1 and len(hook.got) == 1
    assert state(c)[0] == "failed" and "rejected" in state(c)[1]
    assert c.stop() == 0


class Line(Server):
    """LINE as its documentation describes it."""

    def __init__(self, month=200):
        super().__init__()
        self.month, self.keys = month, set()
        self.RequestHandlerClass = LineHandler


class LineHandler(Handler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["X-Line-Retry-Key"]
        answer, status = {}, 200
        if self.headers["Authorization"] != "Bearer sample token":
            status, answer = 401, {"message": "Authentication failed"}
        elif self.path != "/v2/bot/message/push":
            status, answer = 404, {"message": "Not found"}
        elif key in self.server.keys:
            status, answer = 409, {"message": "The retry key is already accepted"}
        elif len(self.server.keys) >= self.server.month:
            status, answer = 429, {"message": "You have reached your monthly limit."}
        else:
            self.server.keys.add(key)
            answer = {"sentMessages": [{"id": str(len(self.server.keys))}]}
        self.server.got.append((status, json.loads(body), key))
        if len(self.server.got) == 1:
            self.close_connection = True
            return  # accepted, and the answer is lost
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def test_line(tmp_path):
    token = tmp_path / "token"
    token.write_text("sample token\n")
    line = Line()
    c = centre_with(tmp_path, **{"line.url": line.url(""), "line.token_file": token,
                                 "line.month": 5, "line.reserve": 2})
    c.contact("line", "U" + "0123456789abcdef" * 2)
    c.contact("mail", "president@sample.example", reserve=1)
    c.start()
    gate = c.enrolled()
    assert gate.send(alert("BACKDOOR", "a"))[0] == 200
    assert until(lambda: c.one("SELECT state FROM notice") == "sent")
    # The lost answer: tried again under the same key, delivered once.
    assert [g[0] for g in line.got] == [200, 409] and len({g[2] for g in line.got}) == 1
    assert line.got[0][1]["to"].startswith("U0123") and len(line.got[0][1]["messages"]) == 1
    assert "【緊急】a：裏口の通信" in line.got[0][1]["messages"][0]["text"]
    # 注意 may use three of five; the others are kept for 緊急.
    for machine in ("bb", "ccc", "dddd", "eeeee"):
        assert gate.send(alert("EXPLOIT", machine))[0] == 200
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE state = 'failed'") == 2)
    assert c.one("SELECT n FROM channel_use") == 3
    assert c.one("SELECT COUNT(*) FROM notice WHERE channel = 'mail'") == 2
    assert gate.send(alert("BACKDOOR", "ffffff"))[0] == 200
    assert until(lambda: c.one("SELECT n FROM channel_use") == 4)
    assert c.stop() == 0


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_fax(tmp_path):
    spool = tmp_path / "fax"
    spool.mkdir()
    c = centre_with(tmp_path, **{"fax.dir": spool})
    c.contact("fax", "072-000-0001")
    c.start()
    assert c.enrolled().send(alert("BACKDOOR", "koujou-pc"))[0] == 200
    assert until(lambda: state(c)[0] == "sent")
    page, = spool.iterdir()
    assert re.fullmatch(r"0720000001-[0-9a-f]{32}\.pdf", page.name)
    assert page.stat().st_size <= 100 * 1024
    text = subprocess.run(["pdftotext", page, "-"], capture_output=True, text=True).stdout
    assert "【緊急】koujou-pc：裏口の通信" in text and "06-0000-0000" in text
    assert c.stop() == 0


BOUNCE = """\
From: MAILER-DAEMON@relay.example
To: bounces+{name}@centre.example
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

Sorry.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822;president@sample.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--x--
"""


def bounced(c, name, action="failed", status="5.1.1"):
    run = subprocess.run([CENTRE, "bounce", "--config", c.conf], text=True, capture_output=True,
                         input=BOUNCE.format(name=name, action=action, status=status))
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_bounce_by_pipe(tmp_path):
    c = centre_with(tmp_path)
    mail = c.contact("mail", "president@sample.example")
    hook = Server()
    c.settings["webhook.private"] = "yes"
    c.write_conf()
    c.contact("webhook", hook.url(), secret=SECRET, reserve=1)
    c.start()
    assert c.enrolled().send(alert("BACKDOOR"))[0] == 200
    c.sql("UPDATE notice SET state = 'sent', sent_us = 1")  # no mail server here
    name = c.one("SELECT message_id FROM notice").split("@")[0]
    assert bounced(c, "0" * 32) == "came back"  # not ours: nothing changes
    assert bounced(c, name, "delayed", "4.4.1") == "delayed"
    assert state(c)[0] == "sent" and "delayed: 4.4.1" in state(c)[1]
    assert bounced(c, name) == "came back"
    assert state(c) == ("bounced", "came back: 5.1.1 550 no such user")
    assert c.one("SELECT state FROM contact WHERE id = ?", mail) == "bounced"
    assert len(hook.wait(1)) == 1  # somebody else is told
    assert bounced(c, name) == "came back"  # a second time changes nothing
    assert c.one("SELECT COUNT(*) FROM notice") == 2
    # From now on nobody is sent where nobody is.
    assert c.enrolled().send(alert("BACKDOOR", "other"))[0] == 200
    assert c.one("SELECT COUNT(*) FROM notice WHERE channel = 'mail'") == 1
    junk = subprocess.run([CENTRE, "bounce", "--config", c.conf], input=b"\0\xff" * 9999,
                          capture_output=True)
    assert junk.stdout.strip() == b"no report about delivery"
    assert c.stop() == 0


def test_flood(tmp_path):
    """100,000 alerts of 200 machines within a minute: what the policy says and no more."""
    hook = Server()
    c = centre_with(tmp_path, **{"webhook.private": "yes", "gate.records_per_s": 100000})
    c.contact("webhook", hook.url(), secret=SECRET)
    c.contact("webhook", hook.url("/second"), secret=SECRET)
    c.sql("INSERT INTO notify_policy VALUES (1, 6, 12, 20, 22)")
    c.start()
    gate = c.enrolled()
    lines = []
    for n in range(200):
        machine = json.loads(alert("BACKDOOR" if n % 2 else "EXPLOIT", "pc-%03d" % n))
        machine["otasuke"]["machine"]["mac"] = "00:00:5e:00:%02x:%02x" % (n // 256, n % 256)
        lines.append(json.dumps(machine).encode() + b"\n")
    batch = b"".join(lines) * 50
    began = time.time()
    for _ in range(10):
        assert gate.send(batch)[0] == 200
    assert time.time() - began < 60
    assert until(lambda: c.one("SELECT COUNT(*) FROM notice WHERE state IN ('waiting', 'sending') "
                               "AND due_us < ?", int(time.time() * 1e6)) == 0)
    time.sleep(1)
    assert c.one("SELECT SUM(events) FROM incident") == 100000
    assert c.one("SELECT COUNT(*) FROM incident") == 200
    for path in ("/", "/second"):
        got = [json.loads(g[3]) for g in hook.got if g[1] == path]
        assert 0 < len(got) <= 12
        assert [b["step"] for b in got].count("summary") <= 1
        firsts = [b["incident"]["id"] for b in got if b["step"] == "first"]
        assert len(firsts) == len(set(firsts))
    assert len(hook.got) <= 22
    # Nothing is left out: what was not said alone was said in a summary.
    assert c.one("SELECT COUNT(*) FROM notice WHERE state = 'folded' AND summary_id IN "
                 "(SELECT id FROM notice WHERE step = 'summary' AND state = 'sent')") > 150
    assert c.one("SELECT COUNT(*) FROM notice WHERE state NOT IN ('sent', 'folded')") == 0
    summary = next(json.loads(g[3]) for g in hook.got if b'"summary"' in g[3])
    assert "件をまとめてお送りします" in summary["subject"]
    assert c.stop() == 0
