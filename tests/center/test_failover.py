# SPDX-License-Identifier: GPL-3.0-or-later
"""Two PostgreSQL servers in synchronous replication: the first is killed while gates send, the
second takes over, and nothing that was acknowledged is lost.  OTASUKE_FAILOVER_ROUNDS: how
often (2).  And a server that dies alone, and one whose disk is full."""
import contextlib
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from centre import CENTRE, ROOT, Centre, alert

sys.path.insert(0, str(ROOT / "tests"))
import postgres  # noqa: E402

ROUNDS = int(os.environ.get("OTASUKE_FAILOVER_ROUNDS", "2"))
SEED = int(os.environ.get("OTASUKE_FAILOVER_SEED", "20261121"))

pytestmark = pytest.mark.skipif(not postgres.installed(),
                                reason="no PostgreSQL server is installed")


def ask(server, sql, database="postgres"):
    import psycopg2
    with contextlib.closing(psycopg2.connect(server.url(database, user="postgres"))) as db:
        db.autocommit = True
        cursor = db.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


class Gates:
    """Four gates that send on and on, each batch until it is acknowledged."""

    def __init__(self, centre, n=4):
        self.said, self.over = [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(centre.enrolled(),), daemon=True)
                        for _ in range(n)]
        for t in self.threads:
            t.start()

    def run(self, gate):
        lines = alert(machine="p" * gate.number) * 3
        while not self.over.is_set():
            try:
                status, _ = gate.send(lines, seq=gate.seq + 1)
            except (OSError, http.client.HTTPException):
                gate.http, status = None, 0
            if status == 200:
                gate.seq += 1
                self.said.append((gate.number, gate.seq))
            else:
                time.sleep(0.1)

    def wait(self, more, seconds=90):
        want = len(self.said) + more
        for _ in range(seconds * 100):
            if len(self.said) >= want:
                return
            time.sleep(0.01)
        raise AssertionError(f"{len(self.said)} of {want} acknowledgements in {seconds} s")

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()


def nothing_lost(centre, gates, what):
    """A gate sends in order, so its newest batch says how many there are (old ones are
    forgotten), and every one of them is in the count of its machine's incident, once."""
    said = {}
    for gate, seq in list(gates.said):
        said[gate] = max(seq, said.get(gate, 0))
    kept = {gate: (seq, events) for gate, seq, events in centre.sql(
        "SELECT b.gate_id, MAX(b.seq), (SELECT SUM(i.events) FROM incident i WHERE i.gate_id = "
        "b.gate_id) FROM batch b GROUP BY b.gate_id")}
    for gate, seq in said.items():
        assert kept[gate][0] >= seq, f"{what}: gate {gate}: {seq} acknowledged, {kept[gate]} there"
        assert kept[gate][1] == 3 * kept[gate][0], f"{what}: gate {gate}: {kept[gate]}"


class Pair:
    """A primary and its synchronous standby."""
    PRIMARY = {"fsync": "on", "synchronous_commit": "on", "wal_level": "replica",
               "max_wal_senders": 5, "hot_standby": "on"}

    def __init__(self):
        self.servers = []
        self.primary = self.make().init().start()
        self.standby = None
        self.join()

    def make(self):
        s = postgres.Server(**self.PRIMARY)
        self.servers.append(s)
        return s

    def join(self, server=None):
        """A fresh standby beside the primary; from here on a commit waits for both."""
        s = server or self.make()
        shutil.rmtree(s.data, ignore_errors=True)
        s.run(postgres.BIN / "pg_basebackup", "-h", "127.0.0.1", "-p", self.primary.port, "-U",
              "postgres", "-D", s.data, "-c", "fast")
        (s.data / "standby.signal").touch()
        s.configure(primary_conninfo=f"'host=127.0.0.1 port={self.primary.port} user=postgres "
                    "application_name=otasuke_standby'", synchronous_standby_names="''")
        s.start()
        self.standby = s
        self.primary.configure(synchronous_standby_names="'*'")
        ask(self.primary, "SELECT pg_reload_conf()")
        for _ in range(600):
            if ask(self.primary, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND "
                   "state = 'streaming'"):
                return
            time.sleep(0.05)
        raise AssertionError("the standby does not follow:\n" + s.log.read_text()[-2000:])

    def fail_over(self, pause):
        dead = self.primary
        dead.kill()
        time.sleep(pause)  # nobody notices for a while
        assert ask(self.standby, "SELECT pg_promote(true, 60)") == [(True,)]
        self.primary = self.standby
        return dead

    def remove(self):
        for s in self.servers:
            s.remove()


def test_nothing_acknowledged_is_lost(tmp_path):
    dice, pair = random.Random(SEED), Pair()
    try:
        ask(pair.primary, "CREATE DATABASE centre OWNER otasuke")
        hosts = ",".join(f"127.0.0.1:{s.port}" for s in pair.servers)
        centre = Centre(tmp_path, **{"store.url": f"postgres://otasuke@{hosts}/centre?"
                                     "target_session_attrs=read-write"}).start()
        gates = Gates(centre)
        for turn in range(ROUNDS):
            gates.wait(dice.randrange(5, 60))
            time.sleep(dice.uniform(0, 0.05))  # anywhere in a commit
            before = time.monotonic()
            dead = pair.fail_over(dice.uniform(0, 1))
            gates.wait(10)
            print(f"round {turn}: {len(gates.said)} acknowledged, next ones "
                  f"{time.monotonic() - before:.1f} s after the kill")
            nothing_lost(centre, gates, f"round {turn}, seed {SEED}")
            pair.join(dead)
        gates.stop()
        nothing_lost(centre, gates, "at the end")
        assert centre.one("SELECT COUNT(*) FROM incident") == 4
        assert centre.process.poll() is None
        assert subprocess.run([CENTRE, "check", "--config", centre.conf]).returncode == 0
        assert centre.stop() == 0
    finally:
        pair.remove()


def test_a_server_that_dies_and_comes_back(tmp_path):
    """One server alone, killed in the middle of commits, with what a crash leaves."""
    server, dice = postgres.Server(fsync="on").init().start(), random.Random(SEED)
    try:
        ask(server, "CREATE DATABASE centre OWNER otasuke")
        centre = Centre(tmp_path, **{"store.url": server.url("centre")}).start()
        gates = Gates(centre)
        for turn in range(4):
            gates.wait(dice.randrange(5, 40))
            time.sleep(dice.uniform(0, 0.05))
            server.kill()
            time.sleep(dice.uniform(0, 1))
            server.start()
            gates.wait(10)
            nothing_lost(centre, gates, f"turn {turn}, seed {SEED}")
        gates.stop()
        nothing_lost(centre, gates, "at the end")
        assert centre.stop() == 0
        assert " C101 " in centre.log.read_text()  # it has said so
    finally:
        server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a small file system")
def test_a_full_disk(tmp_path):
    """The server's disk fills up: a clear word in the log, the gates are told to come again,
    and when there is room all of it is there."""
    small = tempfile.mkdtemp(prefix="otasuke-full-")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=711", "none", small], check=True)
    server = postgres.Server(small, max_wal_size="32MB", min_wal_size="32MB", wal_keep_size=0)
    try:
        server.init().start()
        ask(server, "CREATE DATABASE centre OWNER otasuke")
        centre = Centre(tmp_path, **{"store.url": server.url("centre")}).start()
        gates = Gates(centre)
        gates.wait(20)
        free = shutil.disk_usage(small).free
        with open(os.path.join(small, "filler"), "wb") as f:
            with contextlib.suppress(OSError):
                f.write(b"x" * (free + (1 << 20)))
        for _ in range(600):
            if server.process.poll() is not None or "C101" in centre.log.read_text():
                break
            time.sleep(0.1)
        log = centre.log.read_text()
        assert " C101 " in log, log[-2000:]
        time.sleep(1)
        os.unlink(os.path.join(small, "filler"))
        if server.process.poll() is not None:  # PostgreSQL stops when its log has no room
            server.start()
        else:
            server.wait()
        gates.wait(20)
        gates.stop()
        nothing_lost(centre, gates, "after the disk was full")
        assert subprocess.run([CENTRE, "check", "--config", centre.conf]).returncode == 0
        assert centre.stop() == 0
    finally:
        server.remove()
        subprocess.run(["umount", "-l", small])
        os.rmdir(small)
