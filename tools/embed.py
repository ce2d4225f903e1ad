#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""embed.py OUT.c FILE…: what center/store carries inside the program, as C: the migrations
(NNNN.sql, or NNNN.sqlite.sql and NNNN.postgres.sql where they must differ) in the order of
their numbers, and typical.txt."""
import pathlib
import re
import sys


def array(name, path, zero):
    # Not a string: C17 need not take one above 4095 characters.
    data = path.read_bytes() + b"\0" * zero
    rows = ("\t" + "".join(f"{b - 256 * (b > 127)}," for b in data[i:i + 24]) for i in range(0, len(data), 24))
    return "%schar %s[] = {\n%s\n};\n" % (
        "static const " if zero else "const ", name, "\n".join(rows))


def main(out, *files):
    text = '#include "center/store/internal.h"\n\n'
    found = {}
    for path in sorted(map(pathlib.Path, files)):
        if path.name == "typical.txt":
            text += array("store_typical", path, 0)
            text += "const size_t store_typical_len = sizeof(store_typical);\n\n"
            continue
        name = re.fullmatch(r"(\d{4})(?:\.(sqlite|postgres))?\.sql", path.name)
        if not name:
            sys.exit(f"{path}: migrations are called 0001.sql, or 0001.sqlite.sql and 0001.postgres.sql")
        kind = name[2] or "sql"
        found.setdefault(name[1], {})[kind] = f"{kind}_{name[1]}"
        text += array(f"{kind}_{name[1]}", path, 1) + "\n"
    rows = ""
    for number, kinds in sorted(found.items()):
        if set(kinds) not in ({"sql"}, {"sqlite", "postgres"}):
            sys.exit(f"migration {number}: one text for both, or one for each")
        fields = "".join(f", .{kind} = {name}" for kind, name in sorted(kinds.items()))
        rows += f'\t{{ {int(number)}, "{number}"{fields} }},\n'
    text += "const struct store_migration store_migrations[] = {\n%s\t{ 0 },\n};\n" % rows
    pathlib.Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
