#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""openapi.py OUT.json PART.json…: one OpenAPI description out of the topics' parts.

Objects are joined member by member, lists are put behind each other.  A member that two parts
give differently is a mistake and named.  An operation names its permission (x-permission); who
has it (x-role) comes from center/api/people/roles.tbl."""
import json
import pathlib
import re
import sys

TABLE = pathlib.Path(__file__).resolve().parents[1] / "center/api/people/roles.tbl"
# x-role as it was written before there were permissions.
OLD = {"public": "public", "member": "old.member", "operator": "old.operator", "both": "old.both"}


def roles():
    """{permission: {role: reach}} of the table, without those who may not."""
    text = re.sub(r"/\*.*?\*/", "", TABLE.read_text(encoding="utf-8"), flags=re.S)
    words = re.findall(r'^ROLE\(\w+,\s*"(\w+)"', text, re.M)
    rows = re.findall(r'^MAY\(\w+,\s*"([\w.]+)",((?:\s*\w+,){%d})' % len(words), text, re.M)
    return {name: {w: r for w, r in zip(words, re.findall(r"\w+", cells)) if r != "no"}
            for name, cells in rows}


def add_roles(whole):
    table = roles()
    for path, item in whole.get("paths", {}).items():
        for op in item.values():
            if isinstance(op, dict) and "responses" in op:
                name = op.get("x-permission") or OLD.get(op.get("x-role"))
                if name not in table:
                    sys.exit(f"openapi.py: {path}: x-permission {name} is not in {TABLE.name}")
                op["x-permission"], op["x-role"] = name, list(table[name])
                if name != "public":
                    # A second factor that the chamber asks for closes everything else; a
                    # program's token does what its scopes hold, and never what is "self".
                    op["responses"].setdefault("403", {"$ref": "#/components/responses/Denied"})
                if "requestBody" in op:
                    op["responses"].setdefault("413", {"$ref": "#/components/responses/Large"})
                if name not in ("public", "self"):
                    op["security"].append({"token": []})


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
    add_roles(whole)
    return whole


def parts(folder):
    """The parts in the order in which they are joined: shared.json first."""
    return sorted(pathlib.Path(folder).glob("*.json"), key=lambda p: (p.name != "shared.json", p.name))


if __name__ == "__main__":
    out, *paths = sys.argv[1:]
    pathlib.Path(out).write_text(
        json.dumps(load(sorted(paths, key=lambda p: (not p.endswith("/shared.json"), p))), ensure_ascii=False, indent=1),
        encoding="utf-8")
