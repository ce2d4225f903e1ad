#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""run.py GATE CASE…: replays each case's capture and compares the events with `expect.json`.

A case is a folder: `expect.json`, and beside it `capture.pcap`, `rules`, `gate.conf` as far
as the case needs them.  expect.json:

    {"capture": "../../data/x.pcap.gz",    instead of capture.pcap; .gz is unpacked
     "rules": ["rules/otasuke.rules"],     from the tree's root, instead of `rules`
     "args": ["--home-net", "10.0.0.0/8"], more arguments
     "needs": "clamd",                     the case is skipped where clamd is missing
     "events": [{"count": 1, "why": "…", "match": {"event_type": "alert", "alert.signature_id": 1}},
                {"at_least": 1, "match": {…}}]}

A match value compares with the member at that path; "~text" means: contains text.
Speaks TAP.
"""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parents[2]


def member(event, path):
    for part in path.split("."):
        if not isinstance(event, dict) or part not in event:
            return None
        event = event[part]
    return event


def fits(event, match):
    for path, want in match.items():
        got = member(event, path)
        if isinstance(want, str) and want.startswith("~"):
            if got is None or want[1:] not in str(got):
                return False
        elif got != want:
            return False
    return True


def with_clamd(folder):
    """A real clamd on folder/clamd.sock; None where there is none."""
    if not (shutil.which("clamd") or os.path.exists("/usr/sbin/clamd")):
        return None
    p = subprocess.Popen([root / "tools/sample/clamd.sh", folder], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    for _ in range(200):
        if (folder / "clamd.sock").exists():
            return p
        time.sleep(0.1)
    p.kill()
    return None


def run(gate, case):
    expect = json.loads((case / "expect.json").read_text())
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        capture = case / expect.get("capture", "capture.pcap")
        if capture.suffix == ".gz":
            plain = tmp / "capture.pcap"
            plain.write_bytes(gzip.decompress(capture.read_bytes()))
            capture = plain
        cmd = [gate, "replay", "--eve", str(tmp / "eve.json"), *expect.get("args", [])]
        for rules in [root / r for r in expect.get("rules", [])] or [case / "rules"]:
            if rules.exists():
                cmd += ["--rules", str(rules)]
        conf = (case / "gate.conf").read_text() if (case / "gate.conf").exists() else ""
        clamd = None
        if expect.get("needs") == "clamd":
            clamd = with_clamd(tmp)
            if not clamd:
                return "skip", "clamd is missing"
            conf += f"\nclamd.socket = {tmp}/clamd.sock\n"
        conf = conf.replace("@root@", str(root))
        (tmp / "gate.conf").write_text(conf)
        cmd += ["--config", str(tmp / "gate.conf"), str(capture)]
        try:
            done = subprocess.run(cmd, capture_output=True, text=True, timeout=120, cwd=root)
        finally:
            if clamd:
                clamd.terminate()
                clamd.wait()
        if done.returncode != expect.get("status", 0):
            return "fail", f"exit {done.returncode}: {done.stderr[-2000:]}"
        if (tmp / "eve.json").exists():
            events = [json.loads(x) for x in (tmp / "eve.json").read_text().splitlines()]
        else:
            events = []
        bad = []
        if expect.get("says") and expect["says"] not in done.stderr:
            bad.append(f"does not say {expect['says']!r} but: {done.stderr[-500:]}")
        for want in expect.get("events", []):
            n = sum(fits(e, want["match"]) for e in events)
            ok = n == want["count"] if "count" in want else n >= want["at_least"]
            if not ok:
                bad.append(f"{n} events instead of {want.get('count', want.get('at_least'))}: "
                           f"{want.get('why', '')} {want['match']}")
        return ("fail", "\n".join(bad)) if bad else ("ok", "")


def main():
    gate, cases = os.path.abspath(sys.argv[1]), [pathlib.Path(c) for c in sys.argv[2:]]
    failed = 0
    print(f"1..{len(cases)}")
    for n, case in enumerate(cases, 1):
        result, text = run(gate, case)
        for line in text.splitlines():
            print("#", line)
        failed += result == "fail"
        print(f"{'not ok' if result == 'fail' else 'ok'} {n} - {case.name}" +
              (f" # SKIP {text}" if result == "skip" else ""), flush=True)
    sys.exit(failed > 0)


main()
