#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""count.py DIR: adds up what `check` collected; names what failed and what was skipped."""
import json
import pathlib
import sys

where = pathlib.Path(sys.argv[1])
results = []
notes = where / "notes"
if notes.exists():
    results += [line.split("\t", 1) for line in notes.read_text().splitlines()]
for log in sorted(where.glob("*.json")):
    for line in log.read_text().splitlines():
        test = json.loads(line)
        results.append([test["result"], f"{log.stem}: {test['name']}"])

kinds = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}
count = {"passed": 0, "failed": 0, "skipped": 0}
for result, name in results:
    kind = kinds.get(result, "failed")
    count[kind] += 1
    if kind != "passed":
        print(f"{kind}: {name}")
print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
sys.exit(count["failed"] > 0 or count["passed"] == 0)
