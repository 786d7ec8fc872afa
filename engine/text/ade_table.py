"""Builds `resources/vocab/ade_table.json`: what designers say -> ADE20K-150 class.

    python -m engine.text.ade_table --wordnet DIR

A word's class is, in this order: what `ade_corrections.json` says (hand-written), the nearest
rule above its WordNet meaning (`engine.text.ade_rules`, hand-written), the class whose
description the sentence model puts nearest. Words that mostly mean no physical thing and
phrases whose head noun already leads to the same
class are left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from engine.layout import labels
from engine.layout.palette import ade_classes
from engine.text.ade_rules import DESCRIPTIONS, RULES
from engine.text.words import VOCAB_FOLDER, WordNet, load_words, read_wordnet

CORRECTIONS_FILE = VOCAB_FOLDER / "ade_corrections.json"


def rule_offsets(wordnet: WordNet, rules: Mapping[str, str] = RULES) -> dict[int, str]:
    """Synset offset -> class name, for every "lemma#sense" that WordNet has."""
    found: dict[int, str] = {}
    for name, text in rules.items():
        for entry in text.split(";"):
            lemma, _, number = entry.strip().partition("#")
            senses = wordnet.senses.get(lemma, ())
            if int(number) <= len(senses):
                found[senses[int(number) - 1]] = name
    return found


def class_by_rule(word: str, wordnet: WordNet, offsets: Mapping[int, str]) -> str | None:
    """Class of the nearest rule above the word's commonest physical meaning."""
    sense = wordnet.physical_sense(word)
    if sense is None:
        return None
    return next((offsets[up] for up in wordnet.ancestors(sense) if up in offsets), None)


def classes_by_teacher(words: list[str]) -> list[str]:
    """Class with the nearest description, by the sentence model."""
    from engine.text.teacher import Teacher

    owners, texts = [], []
    for entry in ade_classes():
        for description in DESCRIPTIONS.get(entry.name, entry.name).split(";"):
            owners.append(entry.name)
            texts.append(description.strip())
    teacher = Teacher()
    nearest = np.argmax(teacher.embed(words) @ teacher.embed(texts).T, axis=1)
    return [owners[k] for k in nearest]


def build_table(
    words: Mapping[str, list[str]], *, wordnet: WordNet, corrections: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """Class name -> words, both in alphabetical order."""
    names = {entry.name for entry in ade_classes()}
    by_hand = {word: name for name, entries in corrections.items() for word in entries}
    if unknown := set(by_hand.values()) - names:
        raise ValueError(f"ade_corrections.json names no ADE classes: {sorted(unknown)}")
    offsets = rule_offsets(wordnet)
    table = dict(by_hand)
    undecided = []
    for word in words["things"]:
        rule = class_by_rule(word, wordnet, offsets)
        if word in table or word in names or not wordnet.is_mainly_physical(word):
            continue
        if rule is None:
            undecided.append(word)
        else:
            table[word] = rule
    table |= dict(zip(undecided, classes_by_teacher(undecided), strict=True))
    print(f"{len(by_hand)} by hand, {len(undecided)} by the sentence model, {len(table)} words")
    for phrase in (*words["compounds"], *words["icons"]):
        if phrase in table or phrase in names:
            continue
        head = next((table.get(form) for form in labels.singulars(phrase.split()[-1])), None)
        rule = class_by_rule(phrase, wordnet, offsets)
        if rule is not None and rule != head and wordnet.is_mainly_physical(phrase):
            table[phrase] = rule
    grouped: dict[str, list[str]] = {}
    for word, name in sorted(table.items()):
        grouped.setdefault(name, []).append(word)
    return dict(sorted(grouped.items()))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True, help="WordNet's dict folder")
    parser.add_argument("--out", type=Path, default=labels.TABLE_FILE)
    args = parser.parse_args(argv)
    table = build_table(
        load_words(),
        wordnet=read_wordnet(args.wordnet),
        corrections=json.loads(CORRECTIONS_FILE.read_text(encoding="utf-8")),
    )
    args.out.write_text(dump_table(table), encoding="utf-8")
    print(f"{sum(map(len, table.values()))} entries in {args.out.name}")


def dump_table(table: Mapping[str, list[str]]) -> str:
    """JSON with one class a line, to be read and compared by people."""
    rows = [f"  {json.dumps(name)}: {json.dumps(words)}" for name, words in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    main()
