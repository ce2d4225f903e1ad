# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre as a service: what it tells systemd, and the sample files of packaging/."""
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from centre import ROOT, Centre

PACKAGING = ROOT / "packaging"
need = lambda program: pytest.mark.skipif(not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"),  # noqa: E731
                                          reason=f"{program} is not installed")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_ready_alive_stopping(tmp_path, monkeypatch):
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.settimeout(20)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    centre = Centre(tmp_path).start()
    try:
        assert heard.recv(4096) == b"READY=1"
        alive = heard.recv(4096)
        assert alive == b"WATCHDOG=1\nSTATUS=watching"
    finally:
        assert centre.stop() == 0
    assert heard.recv(4096) == b"STOPPING=1"


@need("systemd-analyze")
def test_unit_is_understood(tmp_path):
    for unit in sorted((PACKAGING / "systemd").glob("*.service")):
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.M)
        text = re.sub(r"^(User|Group)=.*", r"\1=root", text, flags=re.M)
        copy = tmp_path / unit.name
        copy.write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if unit.name in line]
        assert not said, said


def certificate(tmp_path):
    cert, key = tmp_path / "portal.pem", tmp_path / "portal.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=mimamori.example", "-keyout", key, "-out", cert], check=True, capture_output=True)
    both = tmp_path / "portal-with-key.pem"
    both.write_text(cert.read_text() + key.read_text())
    return cert, key, both


def ask(port, path, **headers):
    c = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=ssl._create_unverified_context())
    c.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = c.getresponse()
    return answer.status, answer.read()


def wait_open(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


def who_guessed(centre, port):
    """Whose address the centre writes down for a wrong password that came this way."""
    c = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=ssl._create_unverified_context())
    c.request("POST", "/api/v1/login", '{"mail": "nobody@one.example", "password": "wrong"}',
              {"Content-Type": "application/json", "X-Forwarded-For": "203.0.113.9"})
    assert c.getresponse().status == 401
    return [r[0] for r in centre.sql("SELECT detail FROM audit WHERE action = 'login.wrong'")]


@pytest.fixture
def centre(tmp_path):
    one = Centre(tmp_path, **{"portal.proxy": "127.0.0.1"}).start()
    yield one
    assert one.stop() == 0


@need("nginx")
def test_nginx_in_front(tmp_path, centre):
    cert, key, _ = certificate(tmp_path)
    port = free_port()
    text = (PACKAGING / "nginx/otasuke.conf").read_text()
    text = (text.replace("listen 443", f"listen 127.0.0.1:{port}")
            .replace("server 127.0.0.1:8480", f"server 127.0.0.1:{centre.portal}")
            .replace("/etc/otasuke/portal.pem", str(cert)).replace("/etc/otasuke/portal.key", str(key)))
    conf = tmp_path / "nginx.conf"
    paths = "".join(f"{n}_temp_path {tmp_path}/{n};\n" for n in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf.write_text(f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;\n"
                    f"events {{}}\nhttp {{ access_log off;\n{paths}{text}\n}}\n")
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", str(conf), "-e", str(tmp_path / "error.log")],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_open(port)
        assert ask(port, "/readyz")[0] == 200
        assert ask(port, "/metrics")[0] == 401
        assert "203.0.113.9" not in who_guessed(centre, port)
    finally:
        nginx.terminate()
        nginx.wait(20)


@need("haproxy")
def test_haproxy_in_front(tmp_path, centre):
    _, _, both = certificate(tmp_path)
    port, gates = free_port(), free_port()
    text = (PACKAGING / "haproxy/otasuke.cfg").read_text()
    text = (text.replace("bind :443", f"bind 127.0.0.1:{port}").replace("bind :8443", f"bind 127.0.0.1:{gates}")
            .replace("/etc/otasuke/portal-with-key.pem", str(both)).replace("log /dev/log local0", "")
            .replace("\tlog global\n", "").replace("maxconn 60000", "maxconn 200").replace("8480", str(centre.portal))
            .replace("127.0.0.1:8443", f"127.0.0.1:{centre.door}").replace("option tcplog", ""))
    conf = tmp_path / "haproxy.cfg"
    conf.write_text(text)
    checked = subprocess.run(["/usr/sbin/haproxy", "-c", "-q", "-f", str(conf)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    haproxy = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", str(conf)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        wait_open(port)
        assert ask(port, "/readyz")[0] == 200
        assert ask(port, "/metrics")[0] == 403
        assert "203.0.113.9" not in who_guessed(centre, port)
        # The gates' TLS goes through unopened: the certificate is the centre's own CA's.
        with socket.create_connection(("127.0.0.1", gates), timeout=20) as raw:
            with ssl._create_unverified_context().wrap_socket(raw) as tls:
                assert b"otasuke" in tls.getpeercert(True)
    finally:
        haproxy.terminate()
        haproxy.wait(20)
