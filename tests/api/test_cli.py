# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line says what it does, and what is wrong."""
import os
import re
import subprocess

import pytest
from portal import BUILD, OTASUKE, ROOT, otasuke

COMMANDS = ("status", "incidents", "chamber", "company", "gate", "user", "enrol", "demo")


@pytest.mark.parametrize("command", COMMANDS)
def test_help(command):
    run = otasuke(command, "--help", ok=False)
    assert run.returncode == 0 and run.stdout.startswith("usage: otasuke " + command)


@pytest.mark.parametrize("args", [
    (), ("nothing",), ("status", "--no-such"), ("status", "word"), ("company",),
    ("company", "add"), ("company", "add", "--name"), ("gate", "code"), ("gate", "code", "x"),
    ("user", "add"), ("user", "passwd"), ("enrol",), ("enrol", "--centre", "x"), ("demo",),
    ("demo", "dance"), ("chamber", "set"), ("incidents", "--severity", "1")])
def test_wrong_arguments(args, tmp_path):
    # Some open the store before they look: not the one of this machine.
    own = ["--data", tmp_path] if args and args[0] in ("company", "gate", "user", "chamber") else []
    run = subprocess.run([OTASUKE, *args, *own], capture_output=True, text=True, cwd=tmp_path,
                         stdin=subprocess.DEVNULL)
    assert run.returncode == 2 and run.stderr and not run.stdout


def test_only_utf8(world):
    """A terminal in EUC-JP: such a name would break every page that shows it."""
    before = otasuke("company", "list", data=world.centre.data)
    run = subprocess.run([OTASUKE, "company", "add", "--data", world.centre.data, "--name",
                          "見本".encode("euc-jp")], capture_output=True)
    assert run.returncode == 2 and b"UTF-8" in run.stderr
    assert otasuke("company", "list", data=world.centre.data) == before


def test_every_command_is_in_the_manual():
    page = (ROOT / "docs/man/otasuke.1").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f".It Cm {command}" in page, command


def test_data(world):
    data = world.centre.data
    assert "NEIGHBOUR社" in otasuke("company", "list", data=data)
    assert "enrolled" in otasuke("gate", "list", data=data)
    users = otasuke("user", "list", data=data)
    assert "member@one.example" in users and "argon2" not in users
    again = otasuke("user", "add", "--mail", "Member@One.example", "--name", "x", "--role",
                    "member", "--company", 1, data=data, ok=False)
    assert again.returncode == 1 and "already" in again.stderr
    for args in (("user", "add", "--mail", "a@b.example", "--name", "x", "--role", "member",
                  "--company", 99), ("user", "once", "--mail", "nobody@b.example"),
                 ("gate", "add", "--company", 99, "--name", "x"), ("gate", "code", 99),
                 ("gate", "revoke", 99)):
        run = otasuke(*args, data=data, ok=False)
        assert run.returncode == 1 and run.stderr, args
    short = otasuke("user", "passwd", "--mail", "member@one.example", data=data, stdin="short\n",
                    ok=False)
    assert short.returncode == 1 and "characters" in short.stderr


def test_status_of_a_centre(world):
    run = otasuke("status", data=world.centre.data, ok=False)
    assert run.returncode == 1 and "The centre runs." in run.stdout  # urgent things are open
    env = dict(os.environ, LANG="ja_JP.UTF-8", LC_ALL="")
    ja = subprocess.run([OTASUKE, "status", "--data", world.centre.data], env=env, text=True,
                        capture_output=True).stdout
    assert "センターは動いています" in ja and "緊急" in ja
    incidents = otasuke("incidents", "--all", data=world.centre.data)
    assert "OWN-pc" in incidents or "倉庫" in incidents


def test_status_of_a_gate(tmp_path):
    conf = tmp_path / "gate.conf"
    conf.write_text(f"state.dir = {tmp_path}\ncentre.url = https://centre.example:8443\n"
                    f"clamd.socket = {tmp_path}/none\n")
    run = otasuke("status", "--gate", conf, ok=False)
    assert run.returncode == 1
    for line in ("does not run", "clamd) is down", "has not joined"):
        assert line in run.stdout
    conf.write_text("no.such = key\n")
    run = otasuke("status", "--gate", conf, ok=False)
    assert run.returncode == 1 and "no.such" in run.stderr


def test_settings_in_the_manual_exist():
    for page, program in (("otasuke-center.8", BUILD / "center/otasuke-center"),
                          ("otasuke-gate.8", BUILD / "gate/otasuke-gate")):
        known = subprocess.run([program, "--help", "config"], capture_output=True, text=True, check=True).stdout
        text = (ROOT / "docs/man" / page).read_text(encoding="utf-8").replace("\\\n", "")
        keys = [k for line in text.splitlines() if line.startswith(".It Ic ")
                for k in line[7:].replace(" No and so on", "").split(" , ")]
        assert len(keys) > 5
        for key in keys:
            assert re.search(rf"^{re.escape(key)} =", known, re.M), (page, key)
