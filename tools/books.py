#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""books.py OUT.c FILE.book…: the playbooks (rules/playbooks/README.md has the format) as the C
table incident_books.  What is wrong is said with file and line."""
import json
import pathlib
import re
import sys

LANGS = ("ja", "en", "easy")
WHO = ("member", "operator", "desk", "partner")
WHEN = ("any", "stopped", "passed")


class Wrong(Exception):
    pass


def read(path):
    """One playbook: {id, causes, title, steps, letters}."""
    book = {"id": "", "causes": [], "title": None, "steps": [], "letters": []}
    texts = None

    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").split("\n"), 1):
        try:
            if not line or line.startswith("#"):
                continue
            if line.startswith("\t"):
                lang, _, text = line[1:].partition(" ")
                if texts is None or lang not in LANGS:
                    raise Wrong("a text is ja, en or easy below a title, step or letter")
                texts.setdefault(lang, []).append(text)
                continue
            word, *rest = line.split()
            texts = None
            if word == "id" and len(rest) == 1:
                book["id"] = rest[0]
            elif word == "serves" and rest:
                pass
            elif word == "cause" and len(rest) == 2 and rest[1] in WHEN:
                book["causes"].append(tuple(rest))
            elif word == "title" and not rest:
                texts = book["title"] = {}
            elif word == "step" and len(rest) == 3 and rest[1] in WHO and rest[2].isdigit():
                texts = {}
                book["steps"].append((rest[0], rest[1], int(rest[2]), texts))
            elif word == "letter" and len(rest) == 1:
                texts = {}
                book["letters"].append((rest[0], texts))
            else:
                raise Wrong(f"not understood: {line}")
        except Wrong as wrong:
            sys.exit(f"{path}:{number}: {wrong}")
    check(path, book)
    return book


def check(path, book):
    def need(holds, what):
        if not holds:
            sys.exit(f"{path}: {what}")

    need(book["id"] == pathlib.Path(path).stem and re.fullmatch(r"[a-z-]+", book["id"]), "id is the file's name")
    need(book["title"] and all(len(book["title"].get(lang, [])) == 1 for lang in LANGS), "a title in ja, en and easy")
    need(0 < len(book["steps"]) <= 32, "1 to 32 steps")
    need(len({s[0] for s in book["steps"]}) == len(book["steps"]), "each step has a name of its own")
    for name, who, _, texts in book["steps"]:
        need(re.fullmatch(r"[a-z]+", name), f"step {name}: a name is small letters")
        for lang in LANGS if who == "member" else LANGS[:2]:
            need(len(texts.get(lang, [])) == 1, f"step {name}: one line of {lang}")
    for name, texts in book["letters"]:
        for lang in LANGS[:2]:
            need(len(texts.get(lang, [])) > 2 and texts[lang][1] == "", f"letter {name}: {lang}: subject, an empty line, text")


def c_text(lines):
    # JSON's escapes of a string are C's, as long as the letters stay letters.
    return json.dumps("\n".join(lines), ensure_ascii=False) if lines else "NULL"


def c_texts(texts):
    return "{ " + ", ".join(c_text(texts.get(lang)) for lang in LANGS) + " }"


def main(out, *paths):
    text = '#include "center/incident/playbook/playbook.h"\n\n'
    rows = ""
    taken = {}
    for path in sorted(paths):
        book = read(path)
        for cause, when in book["causes"]:
            for one in ("stopped", "passed") if when == "any" else (when,):
                if (cause, one) in taken:
                    sys.exit(f"{path}: {cause} {one} has {taken[cause, one]} already")
                taken[cause, one] = book["id"]
        name = book["id"].replace("-", "_")
        text += f"static const struct incident_step {name}_steps[] = {{\n"
        for step, who, minutes, texts in book["steps"]:
            text += f'\t{{ "{step}", INCIDENT_STEP_{who.upper()}, {minutes}, {c_texts(texts)} }},\n'
        text += "};\n"
        if book["letters"]:
            text += f"static const struct incident_letter {name}_letters[] = {{\n"
            for letter, texts in book["letters"]:
                text += f'\t{{ "{letter}", {c_texts(texts)} }},\n'
            text += "};\n"
        rows += (f'\t{{ "{book["id"]}", {c_texts(book["title"])}, {name}_steps, {len(book["steps"])}, '
                 + (f'{name}_letters, {len(book["letters"])} }},\n' if book["letters"] else "NULL, 0 },\n"))
    text += f"const struct incident_book incident_books[] = {{\n{rows}\t{{ NULL }},\n}};\n"
    text += "const struct incident_book_cause incident_book_causes[] = {\n"
    for (cause, when), book in sorted(taken.items()):
        text += f'\t{{ RECORD_CAUSE_{cause}, {"true" if when == "stopped" else "false"}, "{book}" }},\n'
    text += "\t{ RECORD_CAUSE_MAX, false, NULL },\n};\n"
    pathlib.Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
