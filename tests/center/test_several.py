# SPDX-License-Identifier: GPL-3.0-or-later
"""Two otasuke-center on one PostgreSQL database: batches come to both doors, either is killed,
nothing acknowledged is lost, one incident is one incident and one mail is one mail."""
import contextlib
import http.client
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import pytest
from centre import CENTRE, ROOT, Centre, alert

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "api")]
import postgres  # noqa: E402

SEED = 20261121


@pytest.fixture(scope="module")
def server():
    if not postgres.installed():
        pytest.skip("no PostgreSQL server is installed")
    s = postgres.Server().init().start()
    yield s
    s.remove()


class Twin(Centre):
    """A second process on the first one's database: a directory of its own, the same CA."""

    def __init__(self, first, dir, **more):
        self.dir = pathlib.Path(dir)
        self.data = self.dir / "data"
        self.data.mkdir(parents=True, mode=0o700)
        (self.data / "ca").symlink_to(first.data / "ca")
        self.conf, self.log = self.dir / "centre.conf", self.dir / "log"
        self.settings = {**first.settings, "data.dir": self.data, **more}
        self.write_conf()
        self.process, self.gates = None, 0


def two(server, dir, name, **settings):
    import psycopg2
    with contextlib.closing(psycopg2.connect(server.url())) as db:
        db.autocommit = True
        db.cursor().execute(f"CREATE DATABASE {name}")
    (dir / "one").mkdir()
    one = Centre(dir / "one", **{"store.url": server.url(name), **settings}).start()
    return one, Twin(one, dir / "two").start()


class Sender(threading.Thread):
    """A gate behind a load balancer: a batch without an answer goes to the next door, as it
    was, until somebody takes it."""

    def __init__(self, gate, doors, lines, said):
        super().__init__(daemon=True)
        self.gate, self.doors, self.lines, self.said = gate, doors, lines, said
        self.over = threading.Event()

    def run(self):
        turn = self.gate.number
        while not self.over.is_set():
            self.gate.centre = self.doors[turn % len(self.doors)]
            try:
                status, _ = self.gate.send(self.lines, seq=self.gate.seq + 1)
            except (OSError, http.client.HTTPException):
                self.gate.http, status = None, 0
            if status == 200:
                self.gate.seq += 1
                self.said.append((self.gate.number, self.gate.seq))
                if self.gate.seq % 5:
                    continue
            turn += 1
            self.gate.http = None
            time.sleep(0.02)


def wait_for(said, n, seconds=60):
    for _ in range(seconds * 100):
        if len(said) >= n:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(said)} of {n} acknowledgements in a minute")


def test_either_may_die(server, tmp_path):
    dice, said = random.Random(SEED), []
    doors = two(server, tmp_path, "either")
    one = doors[0]
    # Every gate tells of its own machine and of one that all of them see.
    gates = [one.enrolled() for _ in range(4)]
    senders = [Sender(g, doors, alert(machine="p" * g.number) * 2 + alert(machine="q" * 30), said)
               for g in gates]
    for s in senders:
        s.start()
    for turn in range(8):
        wait_for(said, len(said) + dice.randrange(5, 30))
        victim = doors[turn % 2]
        victim.kill()
        wait_for(said, len(said) + 10)  # the other goes on alone
        lost = set(said) - set(one.sql("SELECT gate_id, seq FROM batch"))
        assert not lost, f"turn {turn}, seed {SEED}: acknowledged, not there: {lost}"
        victim.start()
    for s in senders:
        s.over.set()
    for s in senders:
        s.join()
    batches = one.one("SELECT COUNT(*) FROM batch")
    assert set(said) <= set(one.sql("SELECT gate_id, seq FROM batch"))
    assert one.one("SELECT SUM(events) FROM incident") == 3 * batches
    # One for each gate's machine and one for the machine of all, whoever's door it was.
    assert one.one("SELECT COUNT(*) FROM incident") == len(gates) + 1
    assert one.one("SELECT COUNT(*) FROM machine") == len(gates) + 1
    assert one.sql("SELECT incident_id, recipient FROM notice GROUP BY incident_id, recipient, step "
                   "HAVING COUNT(*) > 1") == []
    assert subprocess.run([CENTRE, "check", "--config", one.conf]).returncode == 0
    assert [d.stop() for d in doors] == [0, 0]


@pytest.mark.skipif(not os.path.exists("/usr/sbin/exim4"), reason="exim4 is not installed")
def test_one_mail(server, tmp_path):
    """The same urgent thing at both doors at once, both processes send: one mail."""
    import tempfile
    from test_mail import MailServer
    dir = pathlib.Path(tempfile.mkdtemp(prefix="otasuke-mail-"))
    dir.chmod(0o755)
    mails = MailServer(dir).start()
    doors = two(server, tmp_path, "mail", **{"smtp.url": f"smtp://127.0.0.1:{mails.port}"})
    try:
        gates = [doors[0].enrolled() for _ in range(6)]
        barrier = threading.Barrier(len(gates))

        def work(n, gate):
            gate.centre = doors[n % 2]
            barrier.wait()
            for k in range(10):
                assert gate.send(alert("BACKDOOR", f"pc-{k}".ljust(12 + k, "x"), stopped=False)
                                 )[0] == 200

        threads = [threading.Thread(target=work, args=a) for a in enumerate(gates)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        incidents = doors[0].one("SELECT COUNT(*) FROM incident WHERE severity = 2")
        assert incidents == 10
        mails.wait(10)
        time.sleep(3)  # a second one would come now
        names = [m["Message-ID"] for m in mails.mails()]
        assert len(names) == len(set(names)) and 1 <= len(names) <= 20
        about = [m["Subject"] + m.get_content()[-200:] for m in mails.mails()]
        assert len(about) == len(set(about)) == 10
        assert doors[0].one("SELECT COUNT(*) FROM notice WHERE tries > 1") == 0
        assert doors[0].one("SELECT COUNT(DISTINCT sender) FROM notice WHERE state = 'sent'") >= 1
        assert [d.stop() for d in doors] == [0, 0]
    finally:
        mails.stop()


def test_a_session_is_good_at_both(server, tmp_path):
    from portal import Person, otasuke, PASSWORD
    one, other = two(server, tmp_path, "session")
    otasuke("user", "add", "--mail", "member@one.example", "--name", "m", "--role", "member",
            "--company", 1, data=one.data)
    otasuke("user", "passwd", "--mail", "member@one.example", data=other.data,
            stdin=PASSWORD + "\n")  # the command line finds the same data from either directory
    person = Person(one)
    assert person.login("member@one.example")[0] == 200
    person.centre = other
    assert person.ask("GET", "/me")[0] == 200
    assert person.ask("POST", "/logout")[0] == 204
    person.centre = one
    assert person.ask("GET", "/me")[0] == 401
    assert [one.stop(), other.stop()] == [0, 0]


def test_another_authority_is_refused(server, tmp_path):
    one, other = two(server, tmp_path, "authority")
    assert one.enrolled().send(alert())[0] == 200
    assert other.stop() == 0
    (other.data / "ca").unlink()
    stranger = subprocess.run([CENTRE, "run", "--config", other.conf], capture_output=True,
                              timeout=60)
    assert stranger.returncode == 1 and b"C016" in stranger.stderr
    assert one.stop() == 0
