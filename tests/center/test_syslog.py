# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to incidents, in another log: over UDP, TCP and TLS, and after an outage."""
import contextlib
import re
import socket
import ssl
import subprocess
import threading
import time

import pytest
from centre import Centre, alert


class Listener:
    def __init__(self, port=0, context=None):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.context, self.lines, self.open = context, [], []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                stream, _ = self.socket.accept()
                self.open.append(stream)
                if self.context:
                    stream = self.context.wrap_socket(stream, server_side=True)
                    self.open.append(stream)
                threading.Thread(target=self.read, args=(stream,), daemon=True).start()
            except ssl.SSLError:
                continue
            except OSError:
                return

    def read(self, stream):
        rest = b""
        while True:
            try:
                more = stream.recv(65536)
            except OSError:
                more = b""
            if not more:
                return
            rest += more
            while (m := re.match(rb"(\d+) ", rest)) and len(rest) >= m.end() + int(m[1]):
                self.lines.append(rest[m.end():m.end() + int(m[1])].decode())
                rest = rest[m.end() + int(m[1]):]

    def close(self):
        # close() alone would wait for the threads that read.
        for s in [self.socket, *self.open]:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()

    def wait(self, n):
        for _ in range(300):
            if len(self.lines) >= n:
                return self.lines
            time.sleep(0.1)
        raise AssertionError((n, self.lines))


def opened(lines):
    return [int(re.search(r'incident="(\d+)"', line)[1]) for line in lines if " incident.open " in line]


def centre_with(tmp_path, url, **more):
    return Centre(tmp_path, **{"syslog.url": url, **more}).start()


def test_tcp_goes_on_where_it_was(tmp_path):
    there = Listener()
    centre = centre_with(tmp_path, f"tcp://127.0.0.1:{there.port}")
    try:
        gate = centre.enrolled()
        time.sleep(1.5)  # the first look says where to begin
        gate.send(alert(machine="a-pc"))
        assert opened(there.wait(1)) == [1]
        assert 'machine="a-pc"' in there.lines[0] and "裏口" not in there.lines[0]
        port = there.port
        there.close()
        gate.send(alert(machine="bb-pc"))
        time.sleep(2.5)
        gate.send(alert(machine="ccc-pc"))
        again = Listener(port)
        deadline = time.time() + 60
        while time.time() < deadline and not {2, 3} <= set(opened(again.lines)):
            time.sleep(0.2)
        # What the dying connection had taken comes again; twice is allowed, never is not.
        assert {2, 3} <= set(opened(again.lines)) <= {1, 2, 3}
        again.close()
    finally:
        assert centre.stop() == 0


@pytest.mark.parametrize("known", [True, False])
def test_tls_only_to_whom_we_know(tmp_path, known):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=log.example", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                    key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    there = Listener(context=context)
    centre = centre_with(tmp_path / "c" if (tmp_path / "c").mkdir() is None else tmp_path,
                         f"tls://127.0.0.1:{there.port}", **{"syslog.format": "cef",
                                                              **({"syslog.ca": cert} if known else {})})
    try:
        gate = centre.enrolled()
        time.sleep(1.5)
        gate.send(alert(machine="a-pc"))
        if known:
            line = there.wait(1)[0]
            assert "CEF:0|otasuke|centre|" in line and " shost=a-pc " in line
        else:
            time.sleep(4)
            assert there.lines == [] and " C401 " in centre.log.read_text()
    finally:
        assert centre.stop() == 0
        there.close()


def test_udp(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(20)
        centre = centre_with(tmp_path, f"udp://127.0.0.1:{there.getsockname()[1]}")
        try:
            gate = centre.enrolled()
            time.sleep(1.5)
            gate.send(alert())
            assert re.match(r"<\d+>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ otasuke-center - incident\.open \[otasuke@32473 ",
                            there.recv(65536).decode())
        finally:
            assert centre.stop() == 0


def test_a_wrong_address_is_said(tmp_path):
    with pytest.raises(RuntimeError, match="C400"):
        centre_with(tmp_path, "http://127.0.0.1:1")
