#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""carry.py OUT.c NAME FILE: a file that a program carries, as the C array NAME and NAME_len."""
import pathlib
import sys


def main(out, name, path):
    data = pathlib.Path(path).read_bytes()
    rows = "\n".join(
        "\t" + "".join(f"{b}," for b in data[i:i + 24]) for i in range(0, len(data), 24))
    pathlib.Path(out).write_text(
        "#include <stddef.h>\n#include <stdint.h>\n\n"
        f"extern const uint8_t {name}[];\nextern const size_t {name}_len;\n"
        f"const uint8_t {name}[] = {{\n{rows}\n}};\n"
        f"const size_t {name}_len = sizeof({name});\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
