# SPDX-License-Identifier: GPL-3.0-or-later
"""A real otasuke-center for tests: its own directory, ports of its own, made-up gates that
come in with real certificates."""
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import signal
import sqlite3
import ssl
import struct
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("OTASUKE_BUILD", ROOT / "b"))
CENTRE = BUILD / "center" / "otasuke-center"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def zstd_frame(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True,
                          check=True).stdout


def zstd_bomb(size):
    """`size` newlines from a few bytes: RLE blocks (RFC 8878 section 3.1.1.2)."""
    out = struct.pack("<I", 0xFD2FB528) + b"\x00" + b"\x58"
    blocks = size // 131072
    for i in range(blocks):
        out += struct.pack("<I", 131072 << 3 | 1 << 1 | (i == blocks - 1))[:3] + b"\n"
    return out


def alert(cause="EXPLOIT", machine="keiri-pc", stopped=True, number=1):
    return json.dumps({
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000+0000", time.gmtime()),
        "event_type": "alert", "src_ip": "192.168.1.23", "src_port": 50000 + number % 9999,
        "dest_ip": "198.51.100.7", "dest_port": 80, "proto": "TCP", "flow_id": number,
        "alert": {"action": "blocked" if stopped else "allowed", "gid": 1,
                  "signature_id": 9000001, "rev": 1, "signature": "sample rule"},
        "otasuke": {"cause": cause, "way": "out", "stopped": stopped, "machine": {
            "mac": "00:00:5e:00:53:%02x" % len(machine), "name": machine,
            "ip": "192.168.1.23"}}}).encode() + b"\n"


# A PostgreSQL server (tests/postgres.py): every centre gets a database of its own there.
SERVER = os.environ.get("OTASUKE_STORE_URL")
SETTLE = """DO $$ DECLARE c record; top bigint; BEGIN
FOR c IN SELECT table_name AS t, column_name AS n FROM information_schema.columns
WHERE table_schema = 'public' AND is_identity = 'YES' LOOP
EXECUTE format('SELECT max(%I) FROM %I', c.n, c.t) INTO top;
PERFORM setval(pg_get_serial_sequence(c.t, c.n), coalesce(top, 1), top IS NOT NULL);
END LOOP; END $$"""


def database():
    import psycopg2
    name = "t" + os.urandom(8).hex()
    with contextlib.closing(psycopg2.connect(SERVER)) as db:
        db.autocommit = True
        db.cursor().execute(f"CREATE DATABASE {name}")
    return re.sub(r"/\w*(\?|$)", f"/{name}\\1", SERVER)


def postgres_sql(url, text, values):
    """As sqlite3 would: `?` for values, rows as tuples, ids of one's own choice do no harm."""
    import psycopg2
    with contextlib.closing(psycopg2.connect(url)) as db:
        db.autocommit = True
        cursor = db.cursor()
        cursor.execute(text.replace("%", "%%").replace("?", "%s"), values)
        rows = cursor.fetchall() if cursor.description else []
        if text.startswith("INSERT"):
            cursor.execute(SETTLE)
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]


class Gate:
    def __init__(self, centre, number, dir):
        self.centre, self.number, self.dir = centre, number, dir
        self.boot, self.seq, self.http = "boot%d" % number, 0, None

    def enrol(self, code):
        key, csr = self.dir / "key.pem", self.dir / "csr.pem"
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", csr,
                        "-subj", "/CN=somebody"], check=True, capture_output=True)
        status, answer = self.centre.ask(
            "POST", "/gate/v1/enrol", {"code": code, "csr": csr.read_text()})
        if status == 200:
            (self.dir / "cert.pem").write_text(answer["cert"])
        return status, answer

    def context(self):
        c = ssl.create_default_context(cafile=self.centre.ca_file)
        c.load_cert_chain(self.dir / "cert.pem", self.dir / "key.pem")
        return c

    def connect(self):
        self.http = http.client.HTTPSConnection(
            "127.0.0.1", self.centre.door, context=self.context(), timeout=30)

    def post(self, body, seq=None, boot=None, type="application/zstd"):
        if seq is None:
            self.seq += 1
            seq = self.seq
        if not self.http:
            self.connect()
        try:
            self.http.request("POST", f"/gate/v1/batches/{boot or self.boot}/{seq}", body,
                              {"Content-Type": type})
            answer = self.http.getresponse()
            text = answer.read()
        except Exception:
            self.http.close()
            self.http = None
            raise
        self.retry_after = answer.getheader("Retry-After")
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    def send(self, lines, **more):
        return self.post(zstd_frame(lines), **more)


class Centre:
    def __init__(self, dir, **settings):
        self.dir = pathlib.Path(dir)
        self.data = self.dir / "data"
        self.conf = self.dir / "centre.conf"
        self.settings = {"data.dir": self.data, "gate.listen": "127.0.0.1:0",
                         "portal.listen": "127.0.0.1:0", **settings}
        if SERVER:
            self.settings.setdefault("store.url", database())
        self.write_conf()
        self.process = None
        self.log = self.dir / "log"
        subprocess.run([CENTRE, "migrate", "--config", self.conf], check=True)
        self.sql("INSERT INTO chamber VALUES (1, '見本商工会議所', '相談窓口', '06-0000-0000', "
                 "'desk@chamber.example')")
        self.sql("INSERT INTO company (id, chamber_id, name, sample, created_us) "
                 "VALUES (1, 1, '見本ねじ製作所', 1, 0)")
        self.contact("mail", "president@sample.example")
        self.sql("INSERT INTO site VALUES (1, 1, '本社')")
        self.gates = 0

    def contact(self, channel, address, company=1, **more):
        """A row of the company's list whom to tell; its id."""
        row = {"chamber_id": 1, "company_id": company, "channel": channel, "address": address,
               "position": 1 + self.one("SELECT COUNT(*) FROM contact"), "created_us": 0, **more}
        return self.one(f"INSERT INTO contact ({', '.join(row)}) VALUES "
                        f"({', '.join('?' * len(row))}) RETURNING id", *row.values())

    def write_conf(self):
        self.conf.write_text("".join(f"{k} = {v}\n" for k, v in self.settings.items()))

    def sql(self, text, *values):
        if "store.url" in self.settings:
            return postgres_sql(self.settings["store.url"], text, values)
        with sqlite3.connect(self.data / "otasuke.db", timeout=20) as db:
            return db.execute(text, values).fetchall()

    def one(self, text, *values):
        return self.sql(text, *values)[0][0]

    def start(self):
        with open(self.log, "ab") as log:
            log.write(b"---- start\n")
            log.flush()
            self.process = subprocess.Popen([CENTRE, "run", "--config", self.conf],
                                            stderr=log)
        for _ in range(200):
            last = self.log.read_text().rsplit("---- start\n", 1)[1]
            ready = re.search(r" C001 ready: portal on port (\d+), gates' door on port (\d+)",
                              last)
            if ready:
                self.portal, self.door = int(ready[1]), int(ready[2])
                self.ca_file = self.data / "ca" / "ca.pem"
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None):
        """Without a client certificate."""
        c = http.client.HTTPSConnection(
            "127.0.0.1", self.door, timeout=30,
            context=ssl.create_default_context(cafile=self.ca_file))
        c.request(method, path, None if body is None else json.dumps(body),
                  {"Content-Type": "application/json"})
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text.decode()

    def code(self, gate, life_s=3600):
        """A one-time code as lib/wire/code.c makes it."""
        secret = "".join(LETTERS[b % 32] for b in os.urandom(15))
        der = ssl.PEM_cert_to_DER_cert(self.ca_file.read_text())
        mac = hmac.new(secret.encode(), der, hashlib.sha256).digest()
        bits = int.from_bytes(mac[:8], "big") >> 14
        mark = "".join(LETTERS[bits >> 5 * i & 31] for i in range(9, -1, -1))
        self.sql("INSERT INTO enrol_code (gate_id, hash, expires_us) VALUES (?, ?, ?)", gate,
                 hashlib.sha256(secret.encode()).hexdigest(),
                 int((time.time() + life_s) * 1e6))
        return "-".join((secret + mark)[i:i + 5] for i in range(0, 25, 5))

    def gate(self):
        self.gates += 1
        number = self.one("INSERT INTO gate (company_id, site_id, name) VALUES (1, 1, ?) "
                          "RETURNING id", "gate-%d" % self.gates)
        dir = self.dir / ("gate%d" % number)
        dir.mkdir()
        return Gate(self, number, dir)

    def enrolled(self):
        gate = self.gate()
        status, answer = gate.enrol(self.code(gate.number))
        assert status == 200, answer
        return gate
