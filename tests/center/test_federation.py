# SPDX-License-Identifier: GPL-3.0-or-later
"""A chamber's centre and a national one, both real: counts go up once and exact, also after
an outage; advisories and bundles come down, and only those that are signed."""
import json
import subprocess
import time

import pytest
from centre import BUILD, Centre, alert

OTASUKE = BUILD / "cli" / "otasuke"


def wait_until(fn, tries=60):
    for _ in range(tries):
        if fn():
            return
        time.sleep(0.5)
    raise AssertionError("it does not come")


def otasuke(centre, *args, ok=True):
    run = subprocess.run([OTASUKE, *map(str, args), "--data", centre.data], text=True,
                         capture_output=True, timeout=60)
    assert (run.returncode == 0) == ok, (args, run.stdout, run.stderr)
    return run.stdout.strip()


@pytest.fixture
def pair(tmp_path):
    """The national centre, and a chamber's with four companies and a gate each."""
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up = Centre(tmp_path / "up").start()
    token = otasuke(up, "federation", "admit", "--name", "堺見本商工会議所")
    (tmp_path / "token").write_text(token + "\n")
    down = Centre(tmp_path / "down", **{
        "national.url": f"http://127.0.0.1:{up.portal}", "national.every_s": 1,
        "national.token_file": tmp_path / "token",
        "national.key": otasuke(up, "federation", "key")}).start()
    down.all = []
    for name in ("A社", "B社", "C社", "D社"):
        company = int(otasuke(down, "company", "add", "--name", name, "--mail", "x@x.example"))
        number = int(otasuke(down, "gate", "add", "--company", company, "--name", "g" + name))
        gate = down.gate()  # a directory of its own
        gate.number = number
        assert gate.enrol(down.code(number))[0] == 200
        down.all.append(gate)
    yield up, down
    for centre in (up, down):
        if centre.process.poll() is None:
            assert centre.stop() == 0, centre.log.read_text()


def sealed(up):
    """{(cause, stopped): (events, companies)} of what counts at the national centre."""
    return {(c, s): (e, n) for c, s, e, n in up.sql(
        "SELECT c.cause, c.stopped, SUM(c.events), MAX(c.companies) FROM federation_count c JOIN "
        "federation_day d ON d.member_id = c.member_id AND d.day = c.day AND d.as_of_us = "
        "c.as_of_us GROUP BY c.cause, c.stopped")}


def test_counts_arrive_once_and_exact_after_an_outage_too(pair, tmp_path):
    up, down = pair
    for i, gate in enumerate(down.all[:3]):
        for n in range(i + 1):
            assert gate.send(alert("VIRUS_WEB", "SECRETPC", True, n))[0] == 200
    # Two companies only: told by nobody's name, and not by itself either.
    for gate in down.all[:2]:
        assert gate.send(alert("BACKDOOR", "SECRETPC", True))[0] == 200
    wait_until(lambda: sealed(up).get(("VIRUS_WEB", 1)) == (6, 3))
    time.sleep(2.5)  # further exchanges add nothing
    assert sealed(up)[("VIRUS_WEB", 1)] == (6, 3)
    assert not any(cause == "BACKDOOR" for cause, _ in sealed(up))
    # An outage; meanwhile more happens, also days ago.
    port = up.portal
    assert up.stop() == 0
    before = json.loads(alert("VIRUS_WEB", "SECRETPC", True, 9))
    before["timestamp"] = time.strftime("%Y-%m-%dT12:00:00.000000+0000",
                                        time.gmtime(time.time() - 3 * 86400))
    for gate in down.all[:3]:
        assert gate.send(json.dumps(before).encode() + b"\n")[0] == 200
    assert down.all[3].send(alert("VIRUS_WEB", "SECRETPC", True))[0] == 200
    wait_until(lambda: down.one("SELECT count(*) FROM federation_state WHERE name = 'failed'"))
    up.settings["portal.listen"] = f"127.0.0.1:{port}"
    up.write_conf()
    up.start()
    wait_until(lambda: sealed(up).get(("VIRUS_WEB", 1)) == (10, 4), 100)
    assert up.one("SELECT count(DISTINCT day) FROM federation_day") == 2
    assert up.sql("SELECT companies, gates FROM federation_member") == [(4, 4)]
    # Nothing that names anybody went up.
    everything = json.dumps([up.sql(f"SELECT * FROM {t}") for t in (
        "federation_count", "federation_day", "federation_member", "chamber")], ensure_ascii=False)
    for word in ("SECRET", "A社", "192.168", "198.51", "sample rule"):
        assert word not in everything
    assert up.one("SELECT count(*) FROM federation_count WHERE companies < 3") == 0
    # As the chamber's own count says.
    own = down.one("SELECT SUM(events) FROM count_day WHERE cause = 'VIRUS_WEB'")
    assert own == 10
    assert "heard" in otasuke(up, "federation", "status")
    assert "exchange done" in otasuke(down, "federation", "status")


def texts(word):
    return [part for lang in ("ja", "en", "easy") for part in
            (f"--title-{lang}", f"{word} {lang}", f"--text-{lang}", f"text {lang}")]


def test_an_advisory_comes_down_and_is_withdrawn(pair):
    up, down = pair
    number = otasuke(up, "advisory", "add", *texts("UPDATE"), "--severity", "urgent")
    wait_until(lambda: down.one("SELECT count(*) FROM advisory"))
    assert down.sql("SELECT own, severity, withdrawn, shown_us FROM advisory") == [(0, 2, 0, None)]
    assert "heard" in otasuke(down, "advisory", "list")
    otasuke(up, "advisory", "withdraw", number)
    otasuke(up, "advisory", "withdraw", number, ok=False)
    wait_until(lambda: down.one("SELECT withdrawn FROM advisory"))
    # What is heard here is not ours to withdraw.
    otasuke(down, "advisory", "withdraw", down.one("SELECT id FROM advisory"), ok=False)


def test_forged_signatures_are_refused(pair):
    up, down = pair
    otasuke(up, "advisory", "add", *texts("TRUE"))
    wait_until(lambda: down.one("SELECT count(*) FROM advisory"))
    body, signature, key = up.sql("SELECT body, signature, key FROM advisory")[0]
    for uid, forged in (("a", body.replace("TRUE", "FALSE")), ("b", body.replace('"serial":1', '"serial":9'))):
        up.sql("INSERT INTO advisory (chamber_id, uid, serial, body, signature, key, own, severity, from_us, "
               "until_us, heard_us) SELECT 1, ?, 1, ?, ?, ?, 1, 1, 0, until_us, 0 FROM advisory WHERE uid NOT IN "
               "('a', 'b')", uid, forged, signature, key)
    wait_until(lambda: " C412 " in down.log.read_text())
    time.sleep(1.5)
    assert down.one("SELECT count(*) FROM advisory") == 1
    assert "FALSE" not in down.one("SELECT body FROM advisory")
    assert down.one("SELECT serial FROM advisory") == 1


def test_a_wrong_token_gets_nowhere(pair, tmp_path):
    up, down = pair
    (tmp_path / "token").write_text("otk_" + "A" * 43 + "\n")
    wait_until(lambda: "answered 401" in down.log.read_text())
    for gate in down.all[:3]:
        assert gate.send(alert("VIRUS_WEB", "x", True))[0] == 200
    time.sleep(2.5)
    assert sealed(up) == {}
    # The right one again: nothing was lost.  A newer one ends it.
    fresh = otasuke(up, "federation", "admit", "--name", "堺見本商工会議所")
    (tmp_path / "token").write_text(fresh + "\n")
    wait_until(lambda: sealed(up).get(("VIRUS_WEB", 1)) == (3, 3), 100)
    assert up.one("SELECT count(*) FROM federation_member") == 1


def test_a_bundle_is_offered_and_not_rolled_out(pair, tmp_path):
    up, down = pair
    rules, out = tmp_path / "national.rules", tmp_path / "bundle"
    rules.write_text('alert tcp any any -> any any (msg:"x"; sid:9000002; rev:1;)\n' * 9000)
    subprocess.run([OTASUKE, "bundle", "build", "--name", "rules", "--version", "7", "--out", out, rules],
                   check=True)
    otasuke(up, "bundle", "sign", out)
    number = otasuke(up, "bundle", "publish", out)
    time.sleep(1.5)
    assert down.one("SELECT count(*) FROM federation_bundle") == 0  # only what is offered
    otasuke(up, "federation", "offer", number)
    wait_until(lambda: down.one("SELECT count(*) FROM federation_bundle"))
    assert down.sql("SELECT name, version, taken_us FROM federation_bundle") == [("rules", 7, None)]
    assert down.one("SELECT count(*) FROM bundle") + down.one("SELECT count(*) FROM rollout") == 0
    mine = otasuke(down, "federation", "take", 1)
    assert down.sql("SELECT name, version FROM bundle WHERE id = ?", int(mine)) == [("rules", 7)]
    assert down.one("SELECT count(*) FROM rollout") == 0
    otasuke(down, "federation", "take", 1, ok=False)  # it is there already
