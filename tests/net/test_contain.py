# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine is cut off on a real bridge: from the click at the desk to the cut at most 3 s, it
holds when the gate is started anew, and the release opens it again."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from test_sample_day import SAMPLE, World, missing

CUT_WITHIN_S = 3


class Other(World):
    """The same world with names of its own."""

    def __init__(self, tmp):
        super().__init__(tmp)
        self.port = 18490
        self.env.update(OTASUKE_NS="otc", OTASUKE_PORT=str(self.port))


@pytest.fixture(scope="module")
def world():
    why = missing()
    if why:
        pytest.skip(why)
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="otasuke-cut-"))
    w = Other(tmp)
    w.run("stop")
    try:
        started = w.run("start", check=False)
        assert started.returncode == 0, started.stdout + started.stderr + w.logs()
        yield w
    finally:
        w.run("stop", check=False)
        shutil.rmtree(tmp, ignore_errors=True)


def reaches(world, name="lan1", seconds=1):
    done = subprocess.run(
        [SAMPLE / "company.sh", "exec", name, "curl", "-sS", "-m", str(seconds), "--resolve",
         "www.supplier.example:80:203.0.113.10", "http://www.supplier.example/"],
        env=world.env, capture_output=True, text=True)
    return "見本" in done.stdout


def address(world, name="lan1"):
    out = subprocess.run([SAMPLE / "company.sh", "exec", name, "ip", "-4", "-o", "addr"],
                         env=world.env, capture_output=True, text=True).stdout
    return next(word.split("/")[0] for line in out.splitlines() if "192.168.10." in line
                for word in line.split() if word.startswith("192.168.10."))


def machine_of(operator, ip):
    for _ in range(100):
        for m in operator.call("GET", "/api/v1/machines?limit=100")["items"]:
            if m["ip"] == ip:
                return m
        time.sleep(0.3)
    raise AssertionError(f"{ip} was not seen")


def state_of(operator, number):
    return next(c["state"] for c in operator.call("GET", "/api/v1/containments")["items"]
                if c["id"] == number)


def until(what, seconds):
    start = time.time()
    while time.time() - start < seconds:
        if what():
            return time.time() - start
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def test_cut_off_and_back(world):
    operator = world.login("operator@chamber.example")
    world.day("ordinary")
    ip = address(world)
    assert reaches(world)
    machine = machine_of(operator, ip)
    cut = operator.call("POST", f"/api/v1/machines/{machine['id']}/contain",
                        {"reason": "遠隔操作の疑い", "minutes": 30})
    took = until(lambda: not reaches(world), CUT_WITHIN_S)
    print(f"# cut after {took:.1f} s (a second of it is the wait for an answer)")
    until(lambda: state_of(operator, cut["id"]) == "cut", 5)
    assert reaches(world, "lan2"), "others go on"

    # inspect is killed: the monitor starts it anew, and who was cut off stays so.
    children = pathlib.Path(f"/proc/{world.pid('gate')}/task/{world.pid('gate')}/children").read_text()
    inspect = [int(p) for p in children.split()
               if pathlib.Path(f"/proc/{p}/comm").read_text().strip() == "gate-inspect"]
    os.kill(inspect[0], signal.SIGKILL)
    until(lambda: reaches(world, "lan2"), 30)
    assert not reaches(world)

    operator.call("POST", f"/api/v1/containments/{cut['id']}/release", {})
    until(lambda: reaches(world), CUT_WITHIN_S + 2)
    until(lambda: state_of(operator, cut["id"]) == "released", 5)


def test_settings_arrive_and_drift_shows(world):
    operator = world.login("operator@chamber.example")
    gate = operator.call("GET", "/api/v1/gates")["items"][0]["id"]
    where = f"/api/v1/gates/{gate}/fleet"

    def setting(name):
        return next(s for s in operator.call("GET", where)["settings"] if s["name"] == name)

    operator.call("PUT", f"/api/v1/gates/{gate}/settings",
                  {"level": "company", "name": "heartbeat_s", "value": "7"})
    until(lambda: setting("heartbeat_s")["runs"] == "7", 10)
    assert setting("heartbeat_s")["runs_from"] == "centre"
    assert operator.call("GET", where)["drift"] == "none"
    operator.call("PUT", f"/api/v1/gates/{gate}/settings",
                  {"level": "company", "name": "heartbeat_s"})
    until(lambda: setting("heartbeat_s")["runs_from"] != "centre", 10)
