# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9, twenty times: what was acknowledged is there, once, with all it set off."""
import http.client
import random
import socket
import subprocess
import threading
import time

from centre import CENTRE, Centre, alert

ROUNDS = 20
SEED = 20261121


def send_until_dead(gate, said, lines):
    """Repeats a batch that got no answer, as a gate does."""
    gate.http = None
    try:
        while True:
            status, answer = gate.send(lines, seq=gate.seq + 1)
            if status != 200:
                return
            gate.seq += 1
            said.append((gate.number, gate.seq, answer["again"]))
    except (OSError, http.client.HTTPException):
        return


def wait_for(said, n):
    for _ in range(3000):
        if len(said) >= n:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(said)} of {n} acknowledgements in half a minute")


def test_nothing_acknowledged_is_lost(tmp_path):
    dice = random.Random(SEED)
    centre = Centre(tmp_path).start()
    gates = [centre.enrolled() for _ in range(4)]
    said = []
    for turn in range(ROUNDS):
        threads = [threading.Thread(target=send_until_dead, args=(
            g, said, alert(machine="p" * g.number) * 3)) for g in gates]
        for t in threads:
            t.start()
        wait_for(said, len(said) + dice.randrange(1, 20))
        time.sleep(dice.uniform(0, 0.03))  # anywhere between two acknowledgements
        centre.kill()
        for t in threads:
            t.join()
        kept = set(centre.sql("SELECT gate_id, seq FROM batch"))
        lost = {(g, s) for g, s, _ in said} - kept
        assert not lost, f"round {turn}, seed {SEED}: acknowledged, not there: {lost}"
        # At most one batch a gate was taken without the gate having heard of it.
        assert len(kept) - len({(g, s) for g, s, _ in said}) <= len(gates)
        centre.start()
    assert len(said) >= ROUNDS
    # Every batch counted once, with what it set off.
    assert centre.one("SELECT SUM(events) FROM incident") == 3 * centre.one(
        "SELECT COUNT(*) FROM batch")
    assert centre.one("SELECT COUNT(*) FROM incident") == len(gates)
    assert centre.one("SELECT COUNT(*) FROM notice") == len(gates)
    assert subprocess.run([CENTRE, "check", "--config", centre.conf]).returncode == 0
    assert centre.stop() == 0


def test_ends_in_peace_while_others_knock(tmp_path):
    """SIGTERM in the middle of new connections to both doors: an orderly end each time."""
    centre, over = Centre(tmp_path), threading.Event()

    def knock(port):
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", port()), timeout=1) as line:
                    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    line.recv(100)
            except OSError:
                time.sleep(0.01)
    centre.start()
    knockers = [threading.Thread(target=knock, args=(port,))
                for port in (lambda: centre.portal, lambda: centre.door) for _ in range(2)]
    for k in knockers:
        k.start()
    try:
        for _ in range(10):
            time.sleep(0.1)
            assert centre.stop() == 0, centre.log.read_text()
            centre.start()
    finally:
        over.set()
        for k in knockers:
            k.join()
        assert centre.stop() == 0
