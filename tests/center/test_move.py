# SPDX-License-Identifier: GPL-3.0-or-later
"""From SQLite to PostgreSQL without loss, compared row by row from outside; and a backup put
back in its place."""
import contextlib
import os
import re
import sqlite3
import subprocess
import sys

import pytest
from centre import CENTRE, ROOT, Centre, alert, zstd_frame

sys.path.insert(0, str(ROOT / "tests"))
import postgres  # noqa: E402


@pytest.fixture(scope="module")
def server():
    if not postgres.installed():
        pytest.skip("no PostgreSQL server is installed")
    s = postgres.Server().init().start()
    yield s
    s.remove()


def new_database(server, name):
    import psycopg2
    with contextlib.closing(psycopg2.connect(server.url())) as db:
        db.autocommit = True
        db.cursor().execute(f"CREATE DATABASE {name}")
    return server.url(name)


def center(*args, conf):
    return subprocess.run([CENTRE, *args[:1], "--config", conf, *args[1:]], capture_output=True,
                          text=True)


def rows_of_sqlite(file):
    with contextlib.closing(sqlite3.connect(file)) as db:
        db.text_factory = lambda b: b.decode(errors="replace").replace("\0", "\ufffd")
        tables = [t for t, in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        found = {}
        for table in tables:
            columns = [c[1] for c in db.execute(f"PRAGMA table_info({table})")]
            names = ", ".join(f'"{c}"' for c in sorted(columns))
            found[table] = sorted(map(repr, db.execute(f'SELECT {names} FROM "{table}"')))
        return found


def rows_of_postgres(url):
    import psycopg2
    with contextlib.closing(psycopg2.connect(url)) as db:
        cursor = db.cursor()
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                       "AND relkind IN ('r', 'p') AND NOT relispartition")
        found = {}
        for table, in cursor.fetchall():
            cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name "
                           "= %s", (table,))
            names = ", ".join(f'"{c}"' for c in sorted(c for c, in cursor.fetchall()))
            cursor.execute(f'SELECT {names} FROM "{table}"')
            found[table] = sorted(repr(tuple(bytes(v) if isinstance(v, memoryview) else v
                                             for v in row)) for row in cursor.fetchall())
        return found


@pytest.fixture
def lived(tmp_path, monkeypatch):
    """A centre on SQLite that has lived a little, and stands still."""
    import centre as module
    monkeypatch.setattr(module, "SERVER", None)
    c = Centre(tmp_path).start()
    gates = [c.enrolled() for _ in range(2)]
    for n in range(30):
        assert gates[n % 2].send(alert("BACKDOOR" if n % 3 else "EXPLOIT", "pc-" + "x" * (n % 7),
                                       stopped=bool(n % 2)) * (n + 1) + b"garbage\n")[0] == 200
    assert c.stop() == 0
    c.sql("INSERT INTO site (id, company_id, name) VALUES (9007199254740993, 1, ?)",
          "岸和田 '\"\\ \t\n;--")
    c.gates_made = gates
    return c


def test_every_row_arrives(lived, server):
    url = new_database(server, "whole")
    before = rows_of_sqlite(lived.data / "otasuke.db")
    moved = center("move", "--to", url, conf=lived.conf)
    assert moved.returncode == 0, moved.stderr
    assert sum(map(len, before.values())) > 400
    after = rows_of_postgres(url)
    del before["migration"], after["migration"]  # other texts, other times
    assert set(before) == set(after)
    for table in before:
        assert before[table] == after[table], table
    said = int(re.search(r"compared: (\d+) rows of (\d+)", moved.stdout)[1])
    assert said == sum(map(len, before.values()))
    # From here on it lives there: the gates come in, ids go on, nothing comes twice.
    assert (lived.data / "store.url").read_text().strip() == url
    assert center("check", conf=lived.conf).stdout == "ok\n"
    lived.settings["store.url"] = url  # for sql() of this test
    newest = lived.one("SELECT max(id) FROM event")
    lived.start()
    gate = lived.gates_made[0]
    gate.http = None
    body = zstd_frame(alert("EXPLOIT", "other"))
    assert gate.post(body)[0] == 200
    assert gate.post(body, seq=gate.seq)[1]["again"] is True
    assert gate.send(alert("EXPLOIT", "other"))[0] == 200
    assert lived.one("SELECT max(id) FROM event") == newest + 2
    assert lived.stop() == 0


def test_refuses_what_is_not_empty(lived, server):
    url = new_database(server, "used")
    import psycopg2
    assert center("move", "--to", url, conf=lived.conf).returncode == 0
    os.unlink(lived.data / "store.url")
    before = rows_of_postgres(url)
    again = center("move", "--to", url, conf=lived.conf)
    assert again.returncode == 1 and "C134" in again.stderr
    assert rows_of_postgres(url) == before
    assert not (lived.data / "store.url").exists()
    # And what is running, or somewhere else already.
    lived.start()
    running = center("move", "--to", new_database(server, "running"), conf=lived.conf)
    assert running.returncode == 1 and "C005" in running.stderr
    assert lived.stop() == 0
    assert center("move", "--to", "mysql://x/y", conf=lived.conf).returncode == 1
    with contextlib.closing(psycopg2.connect(server.url())) as db:
        db.rollback()


def test_a_failure_leaves_nothing(lived, server):
    """A row that does not fit: all of it is undone, and after repair it works."""
    url = new_database(server, "failing")
    lived.sql("PRAGMA foreign_keys = OFF")
    lived.sql("INSERT INTO notice (id, incident_id, company_id, recipient, severity, created_us, "
              "due_us, message_id) VALUES (777, 99999, 1, 'x', 1, 1, 1, 'x')")
    failed = center("move", "--to", url, conf=lived.conf)
    assert failed.returncode == 1 and "nothing was moved" in failed.stderr, failed.stderr
    assert not (lived.data / "store.url").exists()
    left = rows_of_postgres(url)
    assert not left["company"] and not left["event"] and not left["audit"]
    lived.sql("DELETE FROM notice WHERE id = 777")
    again = center("move", "--to", url, conf=lived.conf)
    assert again.returncode == 0, again.stderr


def test_restore(lived, tmp_path):
    copy, here = tmp_path / "copy", lived.data / "otasuke.db"
    assert center("backup", copy, conf=lived.conf).returncode == 0
    before = rows_of_sqlite(here)
    refused = center("restore", copy, conf=lived.conf)
    assert refused.returncode == 1 and "C138" in refused.stderr
    lived.sql("UPDATE company SET name = 'changed'")
    changed = rows_of_sqlite(here)
    # A broken one is refused before anything is touched.
    broken = tmp_path / "broken"
    whole = bytearray(copy.read_bytes())
    whole[len(whole) // 2:len(whole) // 2 + 20000] = os.urandom(20000)
    broken.write_bytes(whole)
    (tmp_path / "text").write_text("not a database")
    for bad in (broken, tmp_path / "text", tmp_path / "absent"):
        assert center("restore", "--force", bad, conf=lived.conf).returncode == 1
        assert rows_of_sqlite(here) == changed
    lived.start()
    assert b"C005" in subprocess.run([CENTRE, "restore", "--config", lived.conf, "--force", copy],
                                     capture_output=True).stderr
    assert lived.stop() == 0
    restored = center("restore", "--force", copy, conf=lived.conf)
    assert restored.returncode == 0, restored.stderr
    assert rows_of_sqlite(here) == before
    assert (lived.data / "otasuke.db.before").exists()
    assert center("check", conf=lived.conf).stdout == "ok\n"
