#!/usr/bin/env python3
"""docs/tour.md goes past every numbered stop of the source: tour.py ROOT.

A stop is a comment "Tour N: title." in gate/, lib/ or center/.  Each number stands once, from
1 on without a hole, and the page has a heading "## N. title" with the file's path below it, in
order."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
STOP = re.compile(r"\bTour (\d+): ([^\n.]+)")
stops, bad = {}, []

for part in ("gate", "lib", "center"):
    for path in sorted((root / part).rglob("*")):
        if path.suffix not in (".c", ".h", ".tbl"):
            continue
        for number, title in STOP.findall(path.read_text()):
            where = path.relative_to(root).as_posix()
            if int(number) in stops:
                bad.append(f"stop {number} stands twice: {stops[int(number)][1]} and {where}")
            stops[int(number)] = (title.strip(), where)
if sorted(stops) != list(range(1, len(stops) + 1)):
    bad.append(f"stops are not counted 1 to {len(stops)}: {sorted(stops)}")

page = (root / "docs/tour.md").read_text()
at = 0
for number in sorted(stops):
    title, where = stops[number]
    heading = page.find(f"\n## {number}. {title}\n", at)
    path = page.find(where, heading) if heading >= 0 else -1
    if heading < 0 or path < 0:
        bad.append(f"docs/tour.md lacks, in its place: ## {number}. {title} … {where}")
        continue
    at = path
extra = set(map(int, re.findall(r"^## (\d+)\. ", page, re.M))) - set(stops)
bad += [f"docs/tour.md has stop {n}, the source has not" for n in sorted(extra)]
print("\n".join(bad) or f"{len(stops)} stops")
sys.exit(bool(bad))
