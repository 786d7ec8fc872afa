"""`eval nouns`: of the commonest nouns of COCO's captions, how many reach a sensible thing?

A noun reaches a thing of the lite world exactly, through the tables of names, by nearness of
meaning, or is no known word at all. Whether the thing is sensible for it was judged by eye, for
JUDGED of them, from the sheet that `--sheet` draws; the judgements lie in VERDICTS_FILE, and one
whose noun is taken for something else by now does not count.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.common import add_json, check_folder_of, print_json, write_png
from engine.errors import DataError, InputError
from engine.models.packs import load_smartmask, load_text_encoder
from engine.text.encoder import TextEncoder
from engine.text.nearest import nearest_known
from engine.text.words import VOCAB_FOLDER, read_captions
from planner.lexicon import Sort, key, match_noun
from planner.nouns import singulars

CAPTIONS = "coco_captions_val2017.txt.gz"
COUNTED_FILE = VOCAB_FOLDER / "counted_nouns.json"
"""Nouns that count although the planner leaves them out, and words that are mostly none."""
VERDICTS_FILE = VOCAB_FOLDER / "noun_verdicts.json"
COUNT, JUDGED = 1000, 100
WAYS = {
    "exact": "the noun names a thing of the lite world",
    "table": "a table of names leads to one",
    "meaning": "taken for the thing whose name means most nearly the same",
    "none": "no known word: taken for whatever comes nearest",
}
_LONGEST = 5
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A noun of the captions and what it is taken for.

    Attributes:
        count: How often it stands in the captions; 0 where no captions were read.
        taken: The thing that SmartMask draws for it.
        how: One of WAYS.
    """

    word: str
    count: int
    taken: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was seen when the noun was drawn as `taken`.

    Attributes:
        thing: Whether that is a sensible thing to draw for the noun.
        drawn: Whether, besides, the mask shows it.
    """

    taken: str
    thing: bool
    drawn: bool
    why: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, help="data set folder with the captions; without it, judged nouns only"
    )
    parser.add_argument("--n", type=int, default=COUNT, metavar="N", help="nouns (default: 1000)")
    parser.add_argument("--pack", default="lite")
    parser.add_argument("--list", action="store_true", help="also print every noun")
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="draw the judged nouns there")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.n < 1:
        raise InputError("--n must be at least 1.")
    check_folder_of(args.sheet)
    report, nouns = evaluate(args.data, count=args.n, pack=args.pack)
    if args.sheet is not None:
        from engine.evaluation.nouns_sheet import nouns_sheet

        judged = [noun for noun in nouns if noun.word in verdicts()] or list(nouns)
        write_png(args.sheet, nouns_sheet(judged, verdicts(), pack=args.pack))
    if args.json:
        print_json(report | {"list": [[n.word, n.count, n.how, n.taken] for n in nouns]})
        return 0
    print(report_text(report))
    if args.list:
        print("\n".join(f"{n.count:6} {n.how:8} {n.word} -> {n.taken}" for n in nouns))
    return 0


def evaluate(
    data: Path | None, *, count: int = COUNT, pack: str = "lite"
) -> tuple[dict[str, Any], list[Noun]]:
    """The report as plain values, and every noun, the commonest first.

    Raises:
        DataError: The folder has no captions.
    """
    judged = verdicts()
    if data is None:
        counted = [(word, 0) for word in judged]
    else:
        if not (data / CAPTIONS).is_file():
            raise DataError(f"{data} has no captions: {data / CAPTIONS} is missing.")
        counted = frequent_nouns(read_captions(data / CAPTIONS), count=count)
    known = load_smartmask(pack).config["known_labels"]
    if not known:
        raise InputError(f"The SmartMask of the pack {pack} takes any word as it is.")
    nouns = taken_for(counted, text=load_text_encoder(pack), things=known)
    return report_of(nouns, judged) | {"things": len(known)}, nouns


def frequent_nouns(captions: Iterable[str], *, count: int) -> list[tuple[str, int]]:
    """The commonest nouns for what can be seen, singular, with how often they occur.

    Compounds of the planner's lists count as one noun ("traffic light"), and its things, materials
    and places count; parts of things, of the body, and what cannot be drawn do not.
    """
    lists: dict[str, str] = json.loads(COUNTED_FILE.read_text("utf-8"))
    also, left_out = (frozenset(lists[name].split(", ")) for name in ("also", "not"))
    found: Counter[str] = Counter()
    known: dict[tuple[str, ...], tuple[str, int]] = {}
    for caption in captions:
        words = _WORD.findall(key(caption))
        start = 0
        while start < len(words):
            ahead = tuple(words[start : start + _LONGEST])
            if ahead not in known:
                known[ahead] = _noun_at(ahead, also)
            word, length = known[ahead]
            if word and word not in left_out:
                found[word] += 1
            start += length
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return ranked[:count]


def _noun_at(words: tuple[str, ...], also: frozenset[str]) -> tuple[str, int]:
    """The noun that begins a run of words, "" for none, and how many words it takes."""
    match = match_noun(words, 0)
    if match and match.noun.sort in (Sort.THING, Sort.STUFF, Sort.PLACE):
        return match.word, match.length
    if match is None and words[0].endswith("'s"):
        return _noun_at((words[0].removesuffix("'s"),), also)
    length = match.length if match else 1
    phrase = " ".join(words[:length])
    return next((form for form in (phrase, *singulars(phrase)) if form in also), ""), length


def taken_for(
    counted: Sequence[tuple[str, int]], *, text: TextEncoder, things: Sequence[str]
) -> list[Noun]:
    """What each noun is taken for."""
    out = []
    for word, count in counted:
        thing = nearest_known(word, text, things)
        out.append(Noun(word=word, count=count, taken=thing.name, how=thing.how))
    return out


def verdicts() -> dict[str, Verdict]:
    """Noun -> what was seen, from VERDICTS_FILE."""
    listed = json.loads(VERDICTS_FILE.read_text("utf-8"))
    return {word: Verdict(**fields) for word, fields in listed.items()}


def report_of(nouns: Sequence[Noun], judged: dict[str, Verdict]) -> dict[str, Any]:
    """Counts by way, and how many of the judged nouns are sensible."""
    ways = Counter(noun.how for noun in nouns)
    looked_at = [noun for noun in nouns if noun.word in judged]
    valid = [n for n in looked_at if judged[n.word].taken == n.taken]
    good = [noun for noun in valid if judged[noun.word].thing]
    drawn = [noun for noun in valid if judged[noun.word].drawn]
    return {
        "nouns": len(nouns),
        "ways": {way: ways[way] for way in WAYS},
        "judged": len(valid),
        "outdated": [n.word for n in looked_at if n not in valid],
        "sensible": len(good),
        "drawn": len(drawn),
        "by_way": {
            way: [sum(n.how == way for n in good), sum(n.how == way for n in valid)] for way in WAYS
        },
        "silly": {n.word: n.taken for n in valid if n not in good},
        "lumps": {n.word: judged[n.word].why for n in good if n not in drawn},
    }


def report_text(report: dict[str, Any]) -> str:
    """The report for reading."""
    lines = [f"{report['nouns']} nouns, {report['things']} things of the lite world"]
    for way, text in WAYS.items():
        good, judged = report["by_way"][way]
        seen = f" ({good} of {judged} judged are sensible)" if judged else ""
        lines.append(f"  {report['ways'][way]:4}  {text}{seen}")
    if report["judged"]:
        lines.append(
            f"By eye, of {report['judged']} nouns: {report['sensible']} are taken for a sensible "
            f"thing, {report['drawn']} of these with a mask that shows it"
        )
    if report["silly"]:
        silly = "; ".join(f"{word} -> {taken}" for word, taken in report["silly"].items())
        lines.append(f"Not sensible: {silly}")
    if report["lumps"]:
        lumps = "; ".join(f"{word}: {why}" for word, why in report["lumps"].items())
        lines.append(f"Sensible, but drawn badly: {lumps}")
    if report["outdated"]:
        lines.append(f"Judged as something else, look again: {', '.join(report['outdated'])}")
    return "\n".join(lines)
