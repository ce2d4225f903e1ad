#!/usr/bin/env python3
"""The first word of a symbol says where it lives: names.py BUILD_ROOT.

Looks at the static libraries of a build with nm.  gate/x/ and center/x/ use the folder's name,
lib/base the file's, the other lib folders their own."""
import pathlib
import re
import subprocess
import sys

build = pathlib.Path(sys.argv[1])
# Nouns of a folder that are known by a name of their own.
ALSO = {"gate/detect": ("engine_",), "gate": ("finding_", "flow_", "tx_")}
OWN = re.compile(r"^[0-9a-f]+ [TDBRVWC] ([A-Za-z]\w*)$")
bad, looked_at = [], 0


def prefixes(folder, member):
    parts = folder.split("/")
    if folder == "lib/base" or folder == "lib":
        return (re.sub(r"^base_", "", member).split(".")[0] + "_",)
    own = (parts[1] + "_",) if len(parts) > 1 else ()
    # A folder within (http/shop.c is http_shop.c.o) may use its own name for what it keeps
    # to itself.
    own += (member.split("_")[0] + "_",) if "_" in member and len(parts) > 1 else ()
    return own + ALSO.get("/".join(parts[:2]), ())


for lib in sorted(build.rglob("lib*.a")):
    folder = lib.parent.relative_to(build).as_posix()
    if folder.split("/")[0] not in ("gate", "center", "lib", "programme"):
        continue
    out = subprocess.run(["nm", "-g", "--defined-only", lib], capture_output=True, text=True)
    member = ""
    for line in out.stdout.splitlines():
        if line.endswith(".o:"):
            member = line[:-1].split("/")[-1]
        found = OWN.match(line)
        # "must" is both the macro's file and its one function must_stop().
        if found and not found[1].startswith(prefixes(folder, member) or ("",)):
            bad.append(f"{folder}: {found[1]} ({member})")
        looked_at += bool(found)
print("\n".join(bad) or f"{looked_at} symbols where they belong")
sys.exit(bool(bad) or looked_at == 0)
