#!/usr/bin/env python3
"""Data goes down: flow.py ROOT.

The subdir() lines of gate/meson.build and center/meson.build are the order; a file may include
headers of its own folder and of folders that stand before it.  gate and
center do not know each other, lib knows neither; only cli, on top, knows all."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
PARTS = ("gate", "center", "programme", "cli", "lib")
MAY_KNOW = {"gate": {"lib"}, "center": {"lib", "programme"}, "programme": {"lib", "center"},
            "cli": {"lib", "gate", "center", "programme"}, "lib": set()}
INCLUDE = re.compile(r'^#include "((?:%s)/[^"]+)"' % "|".join(PARTS), re.M)
bad = []


def order_of(part):
    path = root / part / "meson.build"
    if part not in ("gate", "center") or not path.exists():
        return []
    return re.findall(r"^subdir\('([^']+)'\)", path.read_text(), re.M)


orders = {part: order_of(part) for part in PARTS}


def rank(name, seen=()):
    """Place of a file's folder; of a header beside the folders, the last that it needs."""
    part, *rest = name.split("/")
    order = orders[part]
    if len(rest) > 1:
        return order.index(rest[0]) if rest[0] in order else -1
    path = root / name
    if name in seen or not path.exists():
        return -1
    inner = [i for i in INCLUDE.findall(path.read_text()) if i.startswith(part + "/")]
    return max([rank(i, seen + (name,)) for i in inner], default=-1)


for part in PARTS:
    for path in sorted((root / part).rglob("*.[ch]")):
        name = path.relative_to(root).as_posix()
        if name.endswith("_test.c") or name.endswith("_test.h"):
            continue
        for seen in INCLUDE.findall(path.read_text()):
            other = seen.split("/")[0]
            if other != part and other not in MAY_KNOW[part]:
                bad.append(f"{name} includes {seen}: {part} does not know {other}")
            elif other == part and name.count("/") > 1 and rank(seen) > rank(name):
                bad.append(f"{name} includes {seen}, which is downstream")
print("\n".join(bad) or "%d folders in order" % sum(map(len, orders.values())))
sys.exit(bool(bad))
