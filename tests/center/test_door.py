# SPDX-License-Identifier: GPL-3.0-or-later
"""The gates' door over real TLS: who comes in, what a batch may be, what is kept."""
import http.client
import socket
import ssl
import subprocess
import time

import pytest
from centre import BUILD, CENTRE, SERVER, Centre, alert, zstd_bomb, zstd_frame


def test_ca_needs_no_certificate(centre):
    status, pem = centre.ask("GET", "/gate/v1/ca")
    assert status == 200 and pem == centre.ca_file.read_text()


def test_a_code_works_once(centre):
    gate = centre.gate()
    code = centre.code(gate.number)
    assert gate.enrol(code.lower().replace("-", " "))[0] == 200  # as a person types
    assert gate.send(alert())[0] == 200
    status, answer = gate.enrol(code)
    assert (status, answer["error"]["code"]) == (403, "code")
    assert centre.one("SELECT COUNT(*) FROM audit WHERE action = 'gate.enrol'") == 1


def test_the_command_line_enrols(centre, tmp_path):
    """`otasuke gate code` beside a running centre, `otasuke enrol` at the gate."""
    gate = centre.gate()
    cli = BUILD / "cli" / "otasuke"
    code = subprocess.run([cli, "gate", "code", "--data", centre.data, str(gate.number)],
                          check=True, capture_output=True, text=True).stdout.strip()
    enrol = [cli, "enrol", "--centre", f"https://127.0.0.1:{centre.door}", "--dir", gate.dir,
             "--code"]
    mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert subprocess.run(enrol + [mistyped], capture_output=True).returncode == 1
    subprocess.run(enrol + [code], check=True, capture_output=True)
    assert gate.send(alert())[0] == 200
    assert subprocess.run(enrol + [code], capture_output=True).returncode == 1


def test_wrong_and_old_codes(centre):
    gate = centre.gate()
    assert gate.enrol(centre.code(gate.number, life_s=-1))[0] == 403
    assert gate.enrol("AAAAA-AAAAA-AAAAA-AAAAA-AAAAA")[0] == 403
    assert gate.enrol("no code at all")[0] == 403
    code = centre.code(gate.number)
    swapped = code[:-1] + ("0" if code[-1] != "0" else "1")  # another centre's
    assert gate.enrol(swapped)[0] == 403
    assert centre.ask("POST", "/gate/v1/enrol", {"code": code})[0] == 400
    assert centre.ask("POST", "/gate/v1/enrol", {"code": code, "csr": "x" * 99})[0] == 400
    assert centre.ask("POST", "/gate/v1/enrol", {"code": code, "csr": "x" * 20000})[0] == 413
    assert gate.enrol(code)[0] == 200  # it was not used up by what failed


def test_weak_keys_are_not_certified(centre, tmp_path):
    gate = centre.gate()
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout",
                    tmp_path / "k", "-out", tmp_path / "c", "-subj", "/CN=x"], check=True,
                   capture_output=True)
    body = {"code": centre.code(gate.number), "csr": (tmp_path / "c").read_text()}
    assert centre.ask("POST", "/gate/v1/enrol", body)[0] == 400


def test_enrolling_again_ends_the_old_certificate(centre, tmp_path):
    gate = centre.enrolled()
    assert gate.send(alert())[0] == 200
    old = (gate.dir / "cert.pem").read_text(), (gate.dir / "key.pem").read_text()
    assert gate.enrol(centre.code(gate.number))[0] == 200
    assert gate.send(alert())[0] == 403  # the open connection still shows the old one
    gate.connect()
    assert gate.send(alert())[0] == 200
    (gate.dir / "cert.pem").write_text(old[0])
    (gate.dir / "key.pem").write_text(old[1])
    gate.connect()
    assert gate.send(alert())[0] == 403


def test_a_batch_becomes_an_incident(centre):
    gate = centre.enrolled()
    status, answer = gate.send(alert() + b"garbage\n" + alert(cause="BACKDOOR"))
    assert (status, answer) == (200, {"taken": 2, "refused": 1, "again": False})
    assert centre.sql("SELECT cause, severity, events FROM incident ORDER BY id") == [
        ("EXPLOIT", 2, 1), ("BACKDOOR", 2, 1)]
    # An attack that was stopped, and then the machine calls home: one story, as bad as its worst.
    assert centre.one("SELECT severity FROM incident WHERE cause = 'BACKDOOR'") == 2
    assert centre.sql("SELECT line FROM refused") == [(2,)]


def test_replayed_twice_counts_once(centre):
    gate = centre.enrolled()
    body = zstd_frame(alert())
    assert gate.post(body, seq=7)[1]["again"] is False
    assert gate.post(body, seq=7)[1]["again"] is True
    gate.connect()
    assert gate.post(body, seq=7)[1]["again"] is True
    assert gate.post(body, seq=7, boot="otherboot")[1]["again"] is False
    assert centre.one("SELECT events FROM incident") == 2


def test_cut_in_the_middle(centre):
    """The connection breaks before the batch is whole: nothing of it is kept, and the whole
    batch is welcome later."""
    gate = centre.enrolled()
    body = zstd_frame(alert() * 500)
    for cut in (0, 1, 100, len(body) // 2, len(body) - 1):
        raw = socket.create_connection(("127.0.0.1", centre.door))
        tls = gate.context().wrap_socket(raw, server_hostname="127.0.0.1")
        tls.sendall(b"POST /gate/v1/batches/cut/1 HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Type: application/zstd\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body[:cut])
        raw.close()
        tls.close()
    # A shorter length that ends in the middle of the frame: complete HTTP, broken zstd.
    assert gate.post(body[:len(body) // 2], seq=1, boot="cut")[0] == 400
    assert centre.one("SELECT COUNT(*) FROM batch") == 0
    assert gate.post(body, seq=1, boot="cut") == (
        200, {"taken": 500, "refused": 0, "again": False})


def test_many_at_once_are_asked_to_come_again(tmp_path):
    """Gates back from an outage: what is under way has a bound, and nothing is lost."""
    centre = Centre(tmp_path, **{"gate.memory_mb": 16}).start()
    gate, lines = centre.enrolled(), []
    for _ in range(10):
        tls = gate.context().wrap_socket(socket.create_connection(("127.0.0.1", centre.door)),
                                         server_hostname="127.0.0.1")
        tls.sendall(b"POST /gate/v1/batches/slow/1 HTTP/1.1\r\nHost: x\r\nContent-Type: "
                    b"application/zstd\r\nContent-Length: 2097152\r\n\r\n")
        lines.append(tls)
    time.sleep(0.5)
    assert gate.send(alert())[0] == 503 and int(gate.retry_after) > 0
    for tls in lines:
        tls.close()
    time.sleep(0.5)
    assert gate.send(alert() * 5000)[0] == 200
    assert centre.stop() == 0, centre.log.read_text()


def test_revoked_and_unknown_gates(centre, tmp_path):
    gate = centre.enrolled()
    assert gate.send(alert())[0] == 200
    centre.sql("UPDATE gate SET revoked_us = 1")
    assert gate.send(alert())[0] == 403  # at once, on the open connection
    assert centre.ask("POST", "/gate/v1/batches/b/1", {})[0] == 403  # no certificate
    assert centre.ask("GET", "/gate/v1/orders")[0] == 403
    # A certificate of somebody else's authority is refused like none.
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", gate.dir / "key.pem",
                    "-out", gate.dir / "cert.pem", "-subj", "/CN=gate-1"], check=True,
                   capture_output=True)
    gate.connect()
    try:
        assert gate.send(alert())[0] == 403
    except (ssl.SSLError, http.client.RemoteDisconnected, ConnectionError):
        pass  # or the handshake ends
    assert centre.one("SELECT COUNT(*) FROM batch") == 1


def test_limits(centre):
    gate = centre.enrolled()
    assert gate.post(zstd_bomb(1 << 30))[0] == 413  # 24 kB that become a GiB
    assert gate.send(alert() * 10001)[0] == 413
    assert gate.send(alert() * 10000) == (
        200, {"taken": 10000, "refused": 0, "again": False})
    assert gate.post(b"x" * 100)[0] == 400
    assert gate.post(b"")[0] == 400
    assert gate.send(b"")[1] == {"taken": 0, "refused": 0, "again": False}
    assert gate.send(b"x" * 70000 + b"\n" + alert())[1]["refused"] == 1
    assert gate.send(b"[" * 60000 + b"\n")[1]["refused"] == 1
    try:
        assert gate.post(b"x" * (3 << 20))[0] == 413
    except (ConnectionError, ssl.SSLError):
        gate.http = None  # told early, while we were still sending
    assert gate.send(alert())[0] == 200


def test_strange_requests(centre):
    gate = centre.enrolled()
    assert gate.send(alert(), type="application/json")[0] == 415
    for seq in ("x", "-1", "1/2", "99999999999999999999", "1%00"):
        assert gate.send(alert(), seq=seq)[0] == 404, seq
    assert gate.send(alert(), boot="b" * 33)[0] == 404
    assert centre.ask("GET", "/nothing")[0] == 404
    assert centre.ask("POST", "/gate/v1/ca", {})[0] == 405
    gate.http.request("GET", "/gate/v1/orders")
    assert gate.http.getresponse().read() == b'{"orders":[],"again_s":0}'


def test_quota(tmp_path):
    from centre import Centre
    c = Centre(tmp_path, **{"gate.records_per_s": 50, "gate.records_burst": 1000}).start()
    gate, other = c.enrolled(), c.enrolled()
    assert gate.send(alert() * 1200)[0] == 200  # how many is known only afterwards
    assert gate.send(alert())[0] == 429
    assert 1 <= int(gate.retry_after) <= 5
    assert other.send(alert())[0] == 200  # its neighbour is not punished
    time.sleep(int(gate.retry_after) + 0.2)
    assert gate.send(alert())[0] == 200
    assert c.stop() == 0


def test_many_gates_share_commits(centre):
    import threading
    gates = [centre.enrolled() for _ in range(12)]
    wrong = []

    def work(gate):
        for _ in range(25):
            status, answer = gate.send(alert(machine="pc-%d" % gate.number))
            if (status, answer.get("taken")) != (200, 1):
                wrong.append((status, answer))

    threads = [threading.Thread(target=work, args=(g,)) for g in gates]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert centre.one("SELECT SUM(events) FROM incident") == 300


def test_second_centre_and_unknown_key(centre):
    second = subprocess.run([CENTRE, "run", "--config", centre.conf], capture_output=True)
    assert second.returncode == 1 and b"C005" in second.stderr
    wrong = centre.dir / "wrong.conf"
    wrong.write_text(centre.conf.read_text() + "gate.lisen = 1\n")
    second = subprocess.run([CENTRE, "run", "--config", wrong], capture_output=True)
    assert second.returncode == 1 and b"gate.listen" in second.stderr  # did you mean


def test_backup_and_check(centre, tmp_path):
    gate = centre.enrolled()
    assert gate.send(alert())[0] == 200
    copy = tmp_path / "copy"
    backup = subprocess.run([CENTRE, "backup", "--config", centre.conf, copy], capture_output=True)
    if SERVER:
        assert backup.returncode == 1 and b"pg_basebackup" in backup.stderr
    else:
        import sqlite3
        assert backup.returncode == 0
        assert sqlite3.connect(copy).execute("SELECT COUNT(*) FROM event").fetchone() == (1,)
    check = [CENTRE, "check", "--config", centre.conf]
    assert subprocess.run(check, capture_output=True).stdout == b"ok\n"
    centre.sql("DROP TRIGGER audit_no_change ON audit" if SERVER else "DROP TRIGGER audit_no_update"
               )  # whoever owns the file can
    centre.sql("UPDATE audit SET detail = 'nothing happened' WHERE id = 1")
    broken = subprocess.run(check, capture_output=True)
    assert broken.returncode == 1 and b"line 1" in broken.stdout


@pytest.mark.parametrize("signal_at", [0.0, 0.05])
def test_sigterm_under_load_loses_nothing(tmp_path, signal_at):
    import threading
    from centre import Centre
    c = Centre(tmp_path).start()
    gates = [c.enrolled() for _ in range(4)]
    said = []

    def work(gate):
        try:
            while True:
                status, _ = gate.send(alert())
                if status != 200:
                    break
                said.append((gate.number, gate.seq))
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=work, args=(g,)) for g in gates]
    for t in threads:
        t.start()
    for _ in range(3000):
        if len(said) >= 5:
            break
        time.sleep(0.01)
    time.sleep(signal_at)
    assert c.stop() == 0
    for t in threads:
        t.join()
    kept = set(c.sql("SELECT gate_id, seq FROM batch"))
    assert said and set(said) <= kept
