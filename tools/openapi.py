#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""openapi.py OUT.json PART.json…: one OpenAPI description out of the topics' parts.

Objects are joined member by member, lists are put behind each other.  A member that two parts
give differently is a mistake and named."""
import json
import pathlib
import sys


def join(whole, part, where):
    for name, value in part.items():
        if name not in whole:
            whole[name] = value
        elif isinstance(value, dict) and isinstance(whole[name], dict):
            join(whole[name], value, f"{where}/{name}")
        elif isinstance(value, list) and isinstance(whole[name], list):
            whole[name] = whole[name] + value
        elif whole[name] != value:
            sys.exit(f"openapi.py: two parts give {where}/{name} differently")


def load(paths):
    whole = {}
    for path in paths:
        try:
            part = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        except ValueError as wrong:
            sys.exit(f"{path}: {wrong}")
        join(whole, part, "")
    return whole


def parts(folder):
    """The parts in the order in which they are joined: shared.json first."""
    return sorted(pathlib.Path(folder).glob("*.json"), key=lambda p: (p.name != "shared.json", p.name))


if __name__ == "__main__":
    out, *paths = sys.argv[1:]
    pathlib.Path(out).write_text(
        json.dumps(load(sorted(paths, key=lambda p: (not p.endswith("/shared.json"), p))), ensure_ascii=False, indent=1),
        encoding="utf-8")
