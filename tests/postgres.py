#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""postgres.py COMMAND…: runs a command with OTASUKE_STORE_URL naming a PostgreSQL server of its
own: a fresh directory, a UNIX socket and a port on loopback.  77 when no server is installed."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BIN = pathlib.Path(os.environ.get("OTASUKE_POSTGRES", "/usr/lib/postgresql/15/bin"))


def installed():
    return (BIN / "initdb").exists() and (BIN / "postgres").exists()


def as_nobody():
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One PostgreSQL server.  `settings` go into postgresql.conf."""

    def __init__(self, dir=None, **settings):
        self.own = dir is None
        self.dir = pathlib.Path(dir or tempfile.mkdtemp(prefix="otasuke-pg-"))
        self.data, self.log = self.dir / "data", self.dir / "log"
        self.port = free_port()
        self.process = None
        # A lost power supply is not what most tests are about; those that are say so.
        self.settings = {"fsync": "off", "max_connections": 200, "shared_buffers": "64MB",
                         **settings}
        self.dir.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.dir, 65534, 65534)
        os.chmod(self.dir, 0o711)

    def run(self, *command, **more):
        return subprocess.run([*as_nobody(), *map(str, command)], cwd=self.dir, check=True,
                              capture_output=True, text=True, **more)

    def init(self):
        self.run(BIN / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                 "--locale=C", "--no-sync", "--no-instructions")
        # The centre is no superuser: rules for rows would not bind one.
        self.run(BIN / "postgres", "--single", "-D", self.data, "postgres",
                 input="CREATE ROLE otasuke LOGIN CREATEDB\n")
        return self.configure()

    def configure(self, **settings):
        self.settings.update(settings)
        lines = {"port": self.port, "listen_addresses": "'127.0.0.1'",
                 "unix_socket_directories": f"'{self.dir}'", **self.settings}
        (self.data / "postgresql.auto.conf").write_text(
            "".join(f"{key} = {value}\n" for key, value in lines.items()))
        return self

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*as_nobody(), BIN / "postgres", "-D", self.data], cwd=self.dir,
                stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait()
        return self

    def wait(self, seconds=30):
        for _ in range(seconds * 50):
            if subprocess.run([BIN / "pg_isready", "-q", "-h", self.dir, "-p", str(self.port)]
                              ).returncode == 0:
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text(errors="replace")[-4000:])

    def url(self, database="postgres", tcp=True, user="otasuke"):
        if tcp:
            return f"postgres://{user}@127.0.0.1:{self.port}/{database}"
        return f"postgres://{user}@/{database}?host={self.dir}&port={self.port}"

    def kill(self):
        """As a power cut does: the server and all that belongs to it, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for _ in range(500):  # its children die a moment later, and hold the memory
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.01)

    def stop(self, how=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def remove(self):
        self.stop(signal.SIGQUIT)
        if self.own:
            shutil.rmtree(self.dir, ignore_errors=True)


def main(*command):
    if not installed():
        print("1..0 # SKIP no PostgreSQL server is installed")
        return 77
    server = Server()
    # Whoever ends us by a signal (a test that took too long) ends the server too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        server.init().start()
        return subprocess.run(command, env={
            **os.environ, "OTASUKE_STORE_URL": server.url(tcp=False)}).returncode
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
