# SPDX-License-Identifier: GPL-3.0-or-later
"""EVE of a real Suricata at the gates' door: with a certificate, with a token, packed or
plain, once or twice; what is only counted; clocks that are wrong and keys in two places."""
import gzip
import http.client
import json
import pathlib
import resource
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

from centre import BUILD, Centre, alert, zstd_frame


def stamp(offset_s=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456+0000", time.gmtime(time.time() + offset_s))


def suricata(number=1, kind="alert", **more):
    """A line as Suricata 7 writes it (made up)."""
    line = {"timestamp": stamp(), "flow_id": 1700000000000000 + number, "in_iface": "eth1",
            "event_type": kind, "src_ip": "192.168.1.23", "src_port": 50012,
            "dest_ip": "198.51.100.7", "dest_port": 443, "proto": "TCP",
            "pkt_src": "wire/pcap"}
    if kind in ("alert", "drop"):
        line["alert"] = {"action": "allowed", "gid": 1, "signature_id": 2030001, "rev": 3,
                         "signature": "ET MALWARE made up", "severity": 1,
                         "category": "Malware Command and Control Activity Detected"}
    line.update(more)
    return json.dumps(line).encode() + b"\n"


class Forwarder:
    def __init__(self, centre, gate, token=None):
        self.gate, self.token, self.centre = gate, token, centre

    def post(self, body, **headers):
        context = (ssl.create_default_context(cafile=self.centre.ca_file) if self.token
                   else self.gate.context())
        c = http.client.HTTPSConnection("127.0.0.1", self.centre.door, context=context,
                                        timeout=30)
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        c.request("POST", "/gate/v1/eve", body, headers)
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, json.loads(text)


def cli(centre, *args):
    return subprocess.run([BUILD / "cli" / "otasuke", "gate", *map(str, args), "--data",
                           centre.data], check=True, capture_output=True, text=True).stdout


def test_suricata_becomes_incidents(centre):
    gate = centre.enrolled()
    lines = (suricata(1) + suricata(2, "flow") + suricata(3, "tls") + suricata(4, "quic") +
             suricata(5, "drop") + suricata(6, alert={"action": "blocked", "signature_id": 7,
                                                      "signature": "w", "severity": 3,
                                                      "category": "Misc activity"}) +
             suricata(7, "stats", stats={"uptime": 5, "decoder": {"pkts": 8, "bytes": 99},
                                         "capture": {"kernel_drops": 2}}) + b"{broken\n")
    status, answer = Forwarder(centre, gate).post(lines)
    assert status == 200
    assert (answer["taken"], answer["refused"], answer["counted"]) == (4, 1, 3)
    assert centre.sql("SELECT cause, severity, stopped, events, peer FROM incident "
                      "ORDER BY id") == [("BACKDOOR", 2, 0, 2, "198.51.100.7"),
                                         ("PROBE", 0, 1, 1, "198.51.100.7")]
    assert centre.sql("SELECT ip FROM machine") == [("192.168.1.23",)]
    assert centre.sql("SELECT kind, events FROM eve_count ORDER BY kind") == [
        ("flow", 1), ("quic", 1), ("tls", 1)]
    sensor, state = centre.sql("SELECT sensor, state FROM gate")[0]
    assert sensor == "suricata" and json.loads(state)["capture_lost"] == 2


def test_forms_of_a_body(centre):
    gate = centre.enrolled()
    f = Forwarder(centre, gate)
    assert f.post(gzip.compress(suricata(1)), Content_Encoding="gzip")[1]["taken"] == 1
    assert f.post(zstd_frame(suricata(2)), Content_Encoding="zstd")[1]["taken"] == 1
    listed = b"[" + suricata(3).strip() + b",\r\n " + suricata(4).strip() + b"]"
    assert f.post(listed, Content_Type="application/json")[1]["taken"] == 2
    assert f.post(b"[]")[1]["taken"] == 0
    assert f.post(b"[" + suricata(5).strip())[0] == 400
    assert f.post(gzip.compress(suricata(6))[:-9])[0] == 400
    assert f.post(gzip.compress(b"\n" * (9 << 20)))[0] == 413
    assert f.post(suricata(7), Content_Encoding="br")[0] == 415
    assert f.post(b"[" * 100000)[0] == 400
    assert centre.one("SELECT SUM(events) FROM incident") == 4


def test_a_drop_and_its_alert_are_one(centre):
    f = Forwarder(centre, centre.enrolled())
    assert f.post(suricata(1) + suricata(1, "drop") + suricata(2, "drop") + suricata(2))[
        1]["taken"] == 2
    assert centre.sql("SELECT events, stopped FROM incident") == [(2, 1)]


def test_the_same_body_counts_once(centre):
    gate = centre.enrolled()
    f = Forwarder(centre, gate)
    body = suricata(1) + suricata(2)
    assert f.post(body)[1]["again"] is False
    assert f.post(gzip.compress(body))[1]["again"] is True  # its content counts, not its form
    assert f.post(suricata(3), Otasuke_Batch="vector/1")[1]["again"] is False
    assert f.post(suricata(3), Otasuke_Batch="vector/1")[1]["again"] is True
    assert f.post(suricata(3), Otasuke_Batch="no place")[0] == 400
    assert centre.one("SELECT SUM(events) FROM incident") == 3


def test_tokens(centre):
    gate, other = centre.gate(), centre.enrolled()
    token = cli(centre, "token", gate.number).strip()
    assert centre.one("SELECT COUNT(*) FROM gate_token WHERE hash LIKE '%' || ?", token) == 0
    f = Forwarder(centre, gate, token)
    assert f.post(suricata(1))[1]["taken"] == 1
    assert centre.one("SELECT gate_id FROM incident") == gate.number
    assert Forwarder(centre, gate, "otasuke-" + "0" * 32).post(suricata(2))[0] == 403
    assert Forwarder(centre, gate, "x").post(suricata(2))[0] == 403
    # It opens this door and no other.
    c = http.client.HTTPSConnection("127.0.0.1", centre.door, timeout=30,
                                    context=ssl.create_default_context(cafile=centre.ca_file))
    c.request("GET", "/gate/v1/orders", headers={"Authorization": "Bearer " + token})
    assert c.getresponse().status == 403
    cli(centre, "untoken", gate.number)
    assert f.post(suricata(3))[0] == 403
    token = cli(centre, "token", gate.number).strip()
    cli(centre, "revoke", gate.number)
    assert Forwarder(centre, gate, token).post(suricata(4))[0] == 403
    assert other.send(alert())[0] == 200


def test_home_networks(centre):
    gate = centre.enrolled()
    cli(centre, "home", gate.number, "--net", "203.0.113.0/24, 2001:db8::/32")
    line = suricata(1, src_ip="198.51.100.9", dest_ip="203.0.113.80")
    assert Forwarder(centre, gate).post(line)[0] == 200
    assert centre.sql("SELECT ip FROM machine") == [("203.0.113.80",)]
    bad = subprocess.run([BUILD / "cli" / "otasuke", "gate", "home", str(gate.number), "--net",
                          "here", "--data", centre.data], capture_output=True)
    assert bad.returncode == 2


def test_bad_lines_are_counted(centre):
    f = Forwarder(centre, centre.enrolled())
    lines = [b'{"event_type":"alert","event_type":"flow"}', b'{"event_type":"alert",'
             b'"flow_id":99999999999999999999}', b'{"event_type":"al\xff\xfe"}',
             b"[" * 3000 + b"]" * 3000, b'{"event_type":7}', b"null", b'{"a":1e999}',
             b'{"event_type":"alert","flow_id":9223372036854775807,"alert":{"signature_id":'
             b'-9223372036854775808}}']
    status, answer = f.post(b"{}\n" + b"\n".join(lines) + b"\n")
    assert status == 200 and (answer["taken"], answer["refused"]) == (1, 8)
    assert centre.one("SELECT COUNT(*) FROM refused WHERE why <> ''") == 8


def test_a_worm_day(centre):
    """A hundred thousand alerts of one company in a minute: rows stay bounded, counts stay
    exact, one incident for each cause and machine."""
    gate = centre.enrolled()
    body = zstd_frame(b"".join(alert(machine="pc%02d" % (i % 2), number=i)
                               for i in range(10000)))
    for _ in range(10):
        assert gate.post(body, seq=gate.seq + 1)[0] == 200
        gate.seq += 1
    assert centre.sql("SELECT COUNT(*), SUM(events), SUM(kept) FROM incident") == [
        (1, 100000, centre.one("SELECT COUNT(*) FROM event"))]
    assert centre.one("SELECT COUNT(*) FROM event") <= 200
    assert centre.one("SELECT COUNT(*) FROM notice") <= 2
    # A gate that counted itself says so.
    more = json.loads(alert())
    more["otasuke"]["more"] = 400
    assert gate.send(json.dumps(more).encode() + b"\n")[1]["taken"] == 1
    assert centre.one("SELECT SUM(events) FROM incident") == 100401


def clocked(gate, lines, clock_s, boot=None, seq=None):
    """A batch of a gate whose clock is so far ahead."""
    if not gate.http:
        gate.connect()
    gate.seq += 1
    gate.http.request("POST", f"/gate/v1/batches/{boot or gate.boot}/{seq or gate.seq}",
                      zstd_frame(lines), {"Content-Type": "application/zstd",
                                          "Otasuke-Clock": str(int((time.time() + clock_s) * 1e6))})
    answer = gate.http.getresponse()
    return answer.status, json.loads(answer.read())


def at(offset_s, **more):
    line = json.loads(alert(**more))
    line["timestamp"] = stamp(offset_s)
    return json.dumps(line).encode() + b"\n"


def test_a_wrong_clock_is_corrected_and_told(centre):
    gate = centre.enrolled()
    hour = 3600
    # It happened ten minutes ago; the gate's clock is two hours ahead.
    assert clocked(gate, at(2 * hour - 600), 2 * hour)[0] == 200
    shift, clock = centre.sql("SELECT shift_us, clock FROM event")[0]
    assert clock == 1 and abs(shift / 1e6 + 2 * hour) < 5
    assert abs(centre.one("SELECT first_us FROM incident") / 1e6 - (time.time() - 600)) < 5
    assert abs(centre.one("SELECT skew_us FROM gate") / 1e6 - 2 * hour) < 5
    assert centre.one("SELECT COUNT(*) FROM incident WHERE cause = 'CLOCK'") == 0
    centre.sql("UPDATE gate SET skewed_us = skewed_us - 3601000000")
    assert clocked(gate, at(2 * hour), 2 * hour)[1]["taken"] == 1
    what, severity = centre.sql("SELECT what, severity FROM incident WHERE cause = 'CLOCK'")[0]
    assert what in ("120 分進んでいます", "119 分進んでいます") and severity == 0
    assert clocked(gate, alert(), 0)[0] == 200
    assert centre.sql("SELECT state, outcome FROM incident WHERE cause = 'CLOCK'") == [
        ("done", "solved")]


def test_impossible_times_are_marked(centre):
    gate = centre.enrolled()
    assert gate.send(at(7200) + at(-time.time() + 60))[1]["taken"] == 2
    assert centre.sql("SELECT clock FROM event") == [(2,), (2,)]
    first, last = centre.sql("SELECT first_us, last_us FROM incident")[0]
    assert abs(first / 1e6 - time.time()) < 10 and abs(last / 1e6 - time.time()) < 10
    # A gate without a clock battery: right again once it says what it believes.
    assert clocked(gate, at(-time.time() + 50), -time.time() + 60)[0] == 200
    assert centre.one("SELECT clock FROM event WHERE id = 3") == 1


def test_nobody_is_woken_for_last_week(centre):
    """A gate was cut off for a week: what it kept is told by day, as what it was."""
    gate = centre.enrolled()
    assert gate.send(at(-7 * 86400, cause="BACKDOOR", stopped=False))[0] == 200
    assert gate.send(alert(cause="EXPLOIT", stopped=False))[0] == 200
    rows = centre.sql("SELECT i.cause, i.severity, n.due_us FROM notice n JOIN incident i ON "
                      "i.id = n.incident_id ORDER BY i.id")
    (late, two, due), (_, _, now) = rows
    assert (late, two) == ("BACKDOOR", 2)
    assert 8 <= time.localtime(due / 1e6).tm_hour < 21
    assert due > now and abs(now / 1e6 - time.time()) < 60


def boot_of(offset_s):
    return "%08x%08x" % (int(time.time() + offset_s), 0x1234)


def twice(centre):
    return centre.one("SELECT COUNT(*) FROM incident WHERE cause = 'KEY_TWICE'")


def test_a_key_in_two_places(centre):
    gate = centre.enrolled()
    one, two = boot_of(-7200), boot_of(-3600)
    for i in range(5):
        assert gate.send(alert(), boot=one, seq=i)[0] == 200
        assert gate.send(alert(), boot=two, seq=i)[0] == 200
    assert twice(centre) == 1
    assert centre.one("SELECT severity FROM incident WHERE cause = 'KEY_TWICE'") == 1


def test_a_restarted_gate_is_not_two(centre):
    """What waited from the life before comes beside what is new."""
    gate = centre.enrolled()
    one, two = boot_of(-7200), boot_of(-60)
    for i in range(8):
        assert gate.send(at(-3600 + i), boot=one, seq=i)[0] == 200
        assert gate.send(alert(), boot=two, seq=i)[0] == 200
    assert twice(centre) == 0


def test_one_number_for_two_batches(centre):
    """A forged batch, or a copied gate: it is told, and neither's records are lost."""
    gate = centre.enrolled()
    assert gate.send(alert(number=1), seq=5)[1]["again"] is False
    forged = alert(number=2)  # made once: its time is part of it
    assert gate.send(forged, seq=5)[1]["again"] is False
    assert gate.send(forged, seq=5)[1]["again"] is True
    assert centre.one("SELECT events FROM incident WHERE cause = 'EXPLOIT'") == 2
    assert twice(centre) == 1


def renew(gate):
    key, csr = gate.dir / "next.key", gate.dir / "next.csr"
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", csr, "-subj",
                    "/CN=x"], check=True, capture_output=True)
    gate.http.request("POST", "/gate/v1/renew", json.dumps({"csr": csr.read_text()}),
                      {"Content-Type": "application/json"})
    answer = gate.http.getresponse()
    return answer.status, json.loads(answer.read())


def test_renewal_keeps_the_old_until_the_new_is_used(centre):
    gate = centre.enrolled()
    assert gate.send(alert())[0] == 200
    old = (gate.dir / "cert.pem").read_text(), (gate.dir / "key.pem").read_text()
    status, answer = renew(gate)
    assert status == 200 and "BEGIN CERTIFICATE" in answer["cert"]
    gate.connect()
    assert gate.send(alert())[0] == 200  # the old one is good still
    (gate.dir / "cert.pem").write_text(answer["cert"])
    (gate.dir / "key.pem").write_text((gate.dir / "next.key").read_text())
    gate.connect()
    assert gate.send(alert())[0] == 200
    (gate.dir / "cert.pem").write_text(old[0])
    (gate.dir / "key.pem").write_text(old[1])
    gate.connect()
    assert gate.send(alert())[0] == 403
    assert centre.one("SELECT COUNT(*) FROM audit WHERE action = 'gate.renew'") == 1
    centre.sql("UPDATE gate SET revoked_us = 1")
    assert renew(gate)[0] == 403


def wait_for(what, least, limit_s=30):
    for _ in range(limit_s * 10):
        got = what()
        if got is not None and got >= least:
            return got
        time.sleep(0.1)
    return what()


def test_the_sensor_program(centre):
    """otasuke-gate sensor: a file that is renamed while it runs and while it does not."""
    gate = centre.gate()
    dir = pathlib.Path(tempfile.mkdtemp(prefix="otasuke-sensor-"))
    dir.chmod(0o755)
    (dir / "state").mkdir()
    eve = dir / "eve.json"
    program = BUILD / "gate" / "otasuke-gate"
    conf = dir / "conf"
    conf.write_text(f"state.dir = {dir}/state\ncentre.url = https://127.0.0.1:{centre.door}\n"
                    f"user = nobody\nheartbeat_s = 1\nsensor.eve = {eve}\n")
    subprocess.run([program, "enrol", "--config", conf, centre.code(gate.number)], check=True,
                   capture_output=True)
    events = lambda: centre.one("SELECT SUM(events) FROM incident WHERE cause = 'BACKDOOR'")

    def run():
        return subprocess.Popen([program, "sensor", "--config", conf],
                                stderr=open(dir / "log", "a"))

    try:
        eve.write_bytes(suricata(1) + suricata(2, "flow") + suricata(3)[:50])
        process = run()
        assert wait_for(events, 1) == 1, (dir / "log").read_text()
        with open(eve, "ab") as out:
            out.write(suricata(3)[50:])
        eve.rename(dir / "eve.json.1")
        eve.write_bytes(suricata(4) + suricata(5, "stats", stats={"uptime": 9, "detect": {
            "engines": [{"rules_loaded": 40000, "rules_failed": 2}]}}))
        assert wait_for(events, 3) == 3, (dir / "log").read_text()
        time.sleep(1.5)
        process.terminate()
        assert process.wait(20) == 0
        with open(eve, "ab") as out:
            out.write(suricata(6))
        eve.rename(dir / "eve.json.2")
        eve.write_bytes(suricata(7))
        process = run()
        assert wait_for(events, 5) == 5, (dir / "log").read_text()
        beats = lambda: json.loads(centre.one("SELECT state FROM gate WHERE id = ?",
                                              gate.number)).get("uptime_s")
        wait_for(beats, 0)
        assert centre.one("SELECT sensor FROM gate WHERE id = ?", gate.number) == "suricata"
        assert centre.sql("SELECT kind, events FROM eve_count") == [("flow", 1)]
        assert abs(centre.one("SELECT skew_us FROM gate WHERE id = ?", gate.number)) < 5e6
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        shutil.rmtree(dir)


def test_half_open_and_slow_clients(tmp_path):
    """Ten thousand lines that say nothing and one that drips: gates come in all the same,
    and the silent are hung up on."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 12000), most))
    count = min(10000, min(most, 12000) - 500)
    centre = Centre(tmp_path).start()
    gate = centre.enrolled()
    lines = [socket.create_connection(("127.0.0.1", centre.door)) for _ in range(count)]
    tls = gate.context().wrap_socket(socket.create_connection(("127.0.0.1", centre.door)),
                                     server_hostname="127.0.0.1")
    tls.sendall(b"POST /gate/v1/batches/drip/1 HTTP/1.1\r\nHost: x\r\nContent-Type: "
                b"application/zstd\r\nContent-Length: 1000\r\n\r\n")
    started = time.time()
    assert gate.send(alert())[0] == 200
    assert time.time() - started < 10
    cut = None
    for _ in range(60):
        try:
            tls.sendall(b"x")
            tls.settimeout(0.5)
            if tls.recv(100) == b"":
                cut = time.time()
                break
        except (TimeoutError, socket.timeout):
            continue
        except OSError:
            cut = time.time()
            break
    assert cut and cut - started < 30  # a byte now and then is not enough
    lines[0].settimeout(15)
    assert lines[0].recv(1) == b""
    assert gate.send(alert())[0] == 200
    for line in lines:
        line.close()
    assert centre.stop() == 0
