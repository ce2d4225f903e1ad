#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks.py ROOT: what members read in rules/playbooks/ needs no dictionary and is read in one
breath; easy Japanese is still easier (lib/record/cause_test.c measures the notices alike)."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root / "tools"))
import books  # noqa: E402

# [word, the longer words in which it is allowed …]
JARGON = [re.findall('"([^"]+)"', row) for row in re.findall(r"\[([^\[\]]+)\]", re.search(
    r"JARGON_JA.*?= \[(.*?)\n\];", (root / "portal/shared/words/jargon.ts").read_text(encoding="utf-8"), re.S)[1])]


def plain(text):
    return re.sub(r"\{\w+\}|「[^」]*」|（[^）]*）", "", text)


def sentences(text):
    return [s for s in re.split(r"[。\n]", plain(text)) if s.strip()]


def faults(lang, text, for_members):
    longest, run, share = {"ja": (60, 9, 60), "easy": (32, 2, 42)}[lang]
    for sentence in sentences(text):
        if len(sentence) > longest:
            yield f"{len(sentence)} characters in one sentence: {sentence}"
    if re.search(r"[一-鿿]{%d,}" % (run + 1), plain(text)):
        yield f"more than {run} kanji in a row: {text}"
    letters = plain(text)
    kanji = len(re.findall(r"[一-鿿]", letters))
    if len(letters) > 12 and 100 * kanji > share * len(letters):
        yield f"{100 * kanji // len(letters)} % kanji: {text}"
    if for_members:
        for word, *allowed in JARGON:
            if word in re.sub("|".join(allowed) or "$^", "", text):
                yield f"the word {word}: {text}"


def main():
    wrong = []
    for path in sorted((root / "rules/playbooks").glob("*.book")):
        book = books.read(path)
        texts = [("title", book["title"], True)]
        texts += [(f"step {name}", t, who == "member") for name, who, _, t in book["steps"]]
        texts += [(f"letter {name}", t, True) for name, t in book["letters"]]
        for where, by_lang, members in texts:
            for lang in ("ja", "easy"):
                for line in by_lang.get(lang, []):
                    wrong += [f"{path.name}: {where}: {fault}" for fault in faults(lang, line, members)]
    print("\n".join(wrong) or "every playbook can be read")
    # The measure itself: a text that must not pass.
    assert list(faults("easy", "端末のログを確認し、感染経路となった脆弱性を特定してください。", True))
    sys.exit(bool(wrong))


main()
