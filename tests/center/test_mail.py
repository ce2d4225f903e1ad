# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices through a real mail server (exim4) into a real mailbox."""
import email
import email.policy
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from centre import ROOT, Centre, alert

pytestmark = pytest.mark.skipif(not os.path.exists("/usr/sbin/exim4"),
                                reason="exim4 is not installed")


class MailServer:
    def __init__(self, dir):
        self.dir = dir
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [ROOT / "tools/sample/exim.sh", self.dir, str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("exim did not start")

    def stop(self):
        if self.process:
            os.killpg(self.process.pid, 15)
            self.process.wait()
            self.process = None

    def mails(self):
        box = self.dir / "Maildir" / "new"
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default)
                for f in sorted(box.glob("*"), key=lambda f: f.stat().st_mtime)]

    def wait(self, n, seconds=40):
        for _ in range(seconds * 20):
            if len(self.mails()) >= n:
                break
            time.sleep(0.05)
        return self.mails()


class Listener(threading.Thread):
    """A mail server that offers a login and no STARTTLS, as somebody between would."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket, self.heard = socket.create_server(("127.0.0.1", 0)), []
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            line, _ = self.socket.accept()
            with line, line.makefile("rwb", buffering=0) as f:
                f.write(b"220 between\r\n")
                while said := f.readline():
                    self.heard.append(said)
                    f.write(b"250-between\r\n250 AUTH PLAIN LOGIN\r\n"
                            if said.startswith(b"EHLO") else b"502 no\r\n")


def test_a_password_never_goes_in_clear(tmp_path):
    between, password = Listener(), tmp_path / "password"
    password.write_text("sample word\n")
    centre = Centre(tmp_path, **{"smtp.url": f"smtp://127.0.0.1:{between.port}",
                                 "smtp.user": "centre", "smtp.password_file": password}).start()
    assert centre.enrolled().send(alert(stopped=False))[0] == 200
    for _ in range(200):
        if centre.one("SELECT error FROM notice"):
            break
        time.sleep(0.05)
    assert centre.one("SELECT state FROM notice") in ("waiting", "sending")
    assert between.heard and not any(b"AUTH" in said for said in between.heard)
    assert centre.stop() == 0


@pytest.fixture
def server(tmp_path_factory):
    # Not below tmp_path: exim runs as its own user and must be let in.
    import tempfile
    import pathlib
    dir = pathlib.Path(tempfile.mkdtemp(prefix="otasuke-mail-"))
    dir.chmod(0o755)
    s = MailServer(dir)
    yield s
    s.stop()
    shutil.rmtree(dir, ignore_errors=True)


def centre_with(tmp_path, server, **more):
    return Centre(tmp_path, **{
        "smtp.url": f"smtp://127.0.0.1:{server.port}",
        "smtp.from": "mimamori@chamber.example", "notify.retry_s": 1,
        "notify.caution_delay_s": 3, "portal.url": "https://portal.example", **more})


def test_urgent_at_once_caution_later_log_never(tmp_path, server):
    server.start()
    c = centre_with(tmp_path, server).start()
    gate = c.enrolled()
    assert gate.send(alert("BACKDOOR", "koujou-pc") + alert("EXPLOIT", "keiri-pc") +
                     alert("OFF_BUSINESS_SITE", "eigyo-note"))[0] == 200
    first = server.wait(1)
    assert first[0]["Subject"] == "【緊急】koujou-pc：裏口の通信（見本）"
    assert first[0]["To"] == "president@sample.example"
    assert first[0]["Auto-Submitted"] == "auto-generated"
    assert "見守りセンター <mimamori@chamber.example>" == str(first[0]["From"])
    text = first[0].get_content()
    assert "koujou-pc" in text and "06-0000-0000" in text
    assert "https://portal.example/member/#/incidents/1" in text
    # The same again and again brings no more mail.
    for _ in range(5):
        assert gate.send(alert("BACKDOOR", "koujou-pc") * 20)[0] == 200
    mails = server.wait(2)
    time.sleep(1)
    assert [m["Subject"] for m in server.mails()] == [
        "【緊急】koujou-pc：裏口の通信（見本）", "【注意】keiri-pc：外からの攻撃（見本）"]
    assert c.sql("SELECT state, tries FROM notice") == [("sent", 1)] * 2
    assert c.one("SELECT sent_us - created_us FROM notice WHERE severity = 1") >= 3e6
    # It gets worse: one update, in the thread of the first.
    assert gate.send(alert("EXPLOIT", "keiri-pc", stopped=False))[0] == 200
    assert gate.send(alert("EXPLOIT", "keiri-pc", stopped=False))[0] == 200
    update = server.wait(3)[2]
    assert update["Subject"] == "【緊急】続報：keiri-pc：外からの攻撃（見本）"
    assert update["In-Reply-To"] == mails[1]["Message-ID"]
    time.sleep(1)
    assert len(server.mails()) == 3
    assert c.stop() == 0


def test_server_down_then_up(tmp_path, server):
    c = centre_with(tmp_path, server).start()
    gate = c.enrolled()
    assert gate.send(alert("BACKDOOR", "koujou-pc") + alert("BACKDOOR", "keiri-pc"))[0] == 200
    for _ in range(800):
        if c.one("SELECT MAX(tries) FROM notice") >= 2:
            break
        time.sleep(0.05)
    state, error = c.sql("SELECT state, error FROM notice WHERE tries >= 1")[0]
    assert state in ("waiting", "sending") and "connect" in error.lower()  # can be seen
    assert gate.send(alert())[0] == 200  # and nothing else waits for it
    c.kill()
    c.start()
    server.start()
    mails = server.wait(3)
    time.sleep(1)
    mails = server.mails()
    assert len(mails) == 3
    assert len({m["Message-ID"] for m in mails}) == 3
    assert c.one("SELECT COUNT(*) FROM notice WHERE state = 'sent'") == 3
    assert c.stop() == 0


def test_kill_while_sending_loses_none(tmp_path, server):
    """Ten machines, and the centre is killed again and again while it sends.  Everything
    arrives; what arrives twice was in SMTP's own blind spot, and has the same name."""
    server.start()
    c = centre_with(tmp_path, server).start()
    gate = c.enrolled()
    assert gate.send(b"".join(alert("BACKDOOR", "x" * n) for n in range(1, 11)))[0] == 200
    for pause in (0.01, 0.05, 0.1, 0.02, 0.2):
        time.sleep(pause)
        c.kill()
        c.start()
    for _ in range(400):
        if c.one("SELECT COUNT(*) FROM notice WHERE state = 'sent'") == 10:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    names = [m["Message-ID"] for m in server.mails()]
    assert len(set(names)) == 10
    assert len(names) <= 10 + 5  # at most one doubtful mail a kill
    assert c.stop() == 0


def test_closed_before_it_was_due(tmp_path, server):
    """The scanner came back before anybody was told: nobody is told."""
    server.start()
    c = centre_with(tmp_path, server, **{"notify.caution_delay_s": 8}).start()
    gate = c.enrolled()
    line = b'{"event_type":"scanner","scanner":{"state":"%s"}}\n'
    assert gate.send(line % b"down")[0] == 200
    assert gate.send(line % b"up")[0] == 200
    for _ in range(800):
        if c.one("SELECT state FROM notice") != "waiting":
            break
        time.sleep(0.05)
    assert c.one("SELECT state FROM notice") == "cancelled"
    assert server.mails() == []
    assert c.stop() == 0
