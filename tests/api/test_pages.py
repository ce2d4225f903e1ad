# SPDX-License-Identifier: GPL-3.0-or-later
"""The portal's files, the sample mailbox, and waiting for changes."""
import concurrent.futures
import gzip
import http.client
import json
import select
import socket
import ssl
import subprocess
import time

import pytest
from portal import Centre, Person, alert, otasuke


def get(world, target, **headers):
    return Person(world.centre).raw("GET", target, None,
                                    {k.replace("_", "-"): v for k, v in headers.items()})


def test_files(world):
    for target, kind, text in (
            ("/", "text/html; charset=utf-8", b"login"),
            ("/member/", "text/html; charset=utf-8", b"member"),
            ("/member/incidents/5", "text/html; charset=utf-8", b"member"),
            ("/member/?x=1", "text/html; charset=utf-8", b"member"),
            ("/assets/logo.svg", "image/svg+xml", b"<svg/>"),
            ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", b"console")):
        answer, body = get(world, target)
        assert (answer.status, answer.getheader("Content-Type")) == (200, kind), target
        assert text in body
        csp = answer.getheader("Content-Security-Policy")
        assert "default-src 'none'" in csp and "unsafe" not in csp and "frame-ancestors 'none'" in csp
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
    answer, _ = get(world, "/member")
    assert (answer.status, answer.getheader("Location")) == (308, "/member/")
    assert get(world, "/assets/app-1a2b.js")[0].getheader("Cache-Control").endswith("immutable")
    assert get(world, "/")[0].getheader("Cache-Control") == "no-cache"
    answer, body = Person(world.centre).raw("HEAD", "/")
    assert answer.status == 200 and body == b""
    assert Person(world.centre).raw("POST", "/", b"x")[0].status == 405


def test_files_are_not_sent_twice(world):
    answer, _ = get(world, "/")
    again, body = get(world, "/", If_None_Match=answer.getheader("ETag"))
    assert again.status == 304 and body == b""
    packed, body = get(world, "/", Accept_Encoding="gzip, br")
    assert packed.getheader("Content-Encoding") == "gzip" and b"login" in gzip.decompress(body)
    assert packed.getheader("ETag") != answer.getheader("ETag")


@pytest.mark.parametrize("target", [
    "/../above.html", "/member/../../above.html", "/%2e%2e/above.html", "/..%2fabove.html",
    "/assets/..%2f..%2fabove.html", "//above.html", "/secret.html", "/assets/app-1a2b.js.map",
    "/assets/", "/assets", "/index.html/", "/.git/config", "/member/index.html%00.js",
    "/%c0%ae%c0%ae/above.html", "/assets\\..\\..\\above.html", "/data/otasuke.db"])
def test_nothing_else_is_to_be_had(world, target):
    with socket.create_connection(("127.0.0.1", world.centre.portal), timeout=20) as s:
        s.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        text = b""
        while part := s.recv(65536):
            text += part
    assert text.split()[1] in (b"400", b"404"), text
    assert b"ABOVE" not in text


def test_sample_mailbox(world, nobody, member):
    status, mails = nobody.ask("GET", "/demo/mail")
    (mail,) = mails["items"]
    assert mail["subject"] == "<script>alert(1)</script>"
    assert mail["from"] == "見守り <otasuke@one.example>"
    assert nobody.ask("GET", "/demo/mail/" + mail["id"])[1]["text"] == "見守り\n"
    for target in ("/demo/mail", "/demo/mail/" + mail["id"]):
        answer, page = get(world, target, Accept="text/html")
        assert "見本" in page.decode() and b"<script" not in page and b"&lt;script" in page
    for other in ("..", "%2e%2e", "..%2f..%2fabove.html", "none", "1700000000"):
        assert get(world, "/demo/mail/" + other)[0].status == 404
    assert member.ask("GET", "/me")[1]["demo"] == {"mailbox": "/demo/mail"}


def test_waiting_for_a_change(world, member, stranger):
    now = member.ask("GET", "/live")[1]["now"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waits = pool.submit(member.ask, "GET", f"/live?since={now}")
        # Another company's matters wake nobody here.
        world.gates[2].send(alert("VIRUS_WEB", "NEIGHBOUR-note"))
        time.sleep(1.5)
        assert not waits.done()
        world.gates[1].send(alert("VIRUS_WEB", "OWN-pc"))
        status, answer = waits.result(10)
    assert status == 200 and answer["changed"] and answer["now"] > now


def test_waiting_pages_are_no_burden(world, nobody, operator):
    """More waiting pages than threads: the others are served all the same."""
    now = operator.ask("GET", "/live")[1]["now"]

    def wait():
        c = operator.connect()
        c.request("GET", f"/api/v1/live?since={now}",
                  headers={"Cookie": "otasuke_session=" + operator.cookie})
        return c

    def read(c):
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer.status, json.loads(body).get("changed")

    lines = []
    for _ in range(20):
        lines.append(wait())
        time.sleep(0.02)
    time.sleep(2.5)
    assert nobody.ask("GET", "/healthz")[0] == 200
    # One session waits eight times; those that waited longest gave way.
    gone = [read(c) for c in lines[:12]]
    assert gone == [(200, False)] * 12
    world.gates[1].send(alert("OTHER", "OWN-pc"))
    assert [read(c) for c in lines[12:]] == [(200, True)] * 8


def test_a_session_that_only_waits_is_refused(operator):
    """Of sixty waiting pages of one session at most eight go on waiting; each of the others
    gives way or is refused, however fast the machine is."""
    now = operator.ask("GET", "/live")[1]["now"]
    ask = {"Cookie": "otasuke_session=" + operator.cookie}
    lines = []
    for _ in range(60):
        c = operator.connect()
        c.request("GET", f"/api/v1/live?since={now}", headers=ask)
        lines.append(c)
    waiting, until = {c.sock: c for c in lines}, time.time() + 20
    while len(waiting) > 8 and time.time() < until:
        for sock in select.select(list(waiting), [], [], 1)[0]:
            answer = waiting.pop(sock).getresponse()
            body = json.loads(answer.read())
            assert (answer.status == 200 and body["changed"] is False or
                    answer.status == 503 and answer.getheader("Retry-After"))
    assert len(waiting) <= 8
    for c in lines:
        c.close()


def test_the_centre_ends_while_pages_wait(world, member):
    now = member.ask("GET", "/live")[1]["now"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waits = pool.submit(member.ask, "GET", f"/live?since={now}")
        time.sleep(0.5)
        assert world.centre.stop() == 0
        try:
            assert waits.result(10)[0] == 200
        except ConnectionError:
            pass
    world.centre.start()
    assert member.ask("GET", "/me")[0] == 200  # a session outlives the process


def test_with_a_certificate(tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days",
                    "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    centre = Centre(tmp_path, **{"portal.cert": cert, "portal.key": key}).start()
    try:
        trust = ssl.create_default_context(cafile=cert)
        c = http.client.HTTPSConnection("127.0.0.1", centre.portal, context=trust, timeout=20)
        otasuke("user", "add", "--mail", "m@one.example", "--name", "m", "--role", "operator",
                data=centre.data)
        link = otasuke("user", "once", "--mail", "m@one.example", data=centre.data)
        c.request("POST", "/api/v1/once", json.dumps({"token": link.split("=")[1]}),
                  {"Content-Type": "application/json"})
        answer = c.getresponse()
        assert answer.status == 200 and answer.read()
        assert "; Secure" in answer.getheader("Set-Cookie")
        assert answer.getheader("Strict-Transport-Security")
        old = ssl.create_default_context(cafile=cert)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, OSError)):
            old.wrap_socket(socket.create_connection(("127.0.0.1", centre.portal)),
                            server_hostname="127.0.0.1")
    finally:
        assert centre.stop() == 0


@pytest.mark.parametrize("settings, why", [
    ({"portal.listen": "0.0.0.0:0"}, "C304"), ({"portal.listen": "nonsense"}, "C302"),
    ({"portal.cert": "/nonexistent", "portal.key": "/nonexistent"}, "C303"),
    ({"portal.dir": "/nonexistent"}, "C307")])
def test_settings_that_cannot_be(tmp_path, settings, why):
    with pytest.raises(RuntimeError) as told:
        Centre(tmp_path, **settings).start()
    assert f" {why} " in str(told.value)
