"""The texts that the text encoder learns from: captions, their pieces, words, made-up scenes."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import DataError
from engine.text.words import load_words, read_captions


def _stock(text: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in text.split(";"))


_COLOURS = _stock(
    """
    red; blue; green; yellow; black; white; brown; grey; orange; purple; pink; golden; silver
    """
)
_LOOKS = _stock(
    """
    small; big; large; tiny; huge; old; young; new; tall; short; long; fat; thin; round;
    little; cute; happy; sad; wooden; metal; plastic; stone; glass; shiny; dirty; clean; empty;
    full; broken; colourful; striped; spotted; fluffy; furry; wild; sleeping; antique; modern;
    round; fancy; beautiful; giant; dark; bright
    """
)
_POSES = _stock(
    """
    sitting; standing; lying; running; walking; jumping; sleeping; eating; flying; swimming;
    kneeling; dancing; waving; crouching; leaning; playing; resting; looking; reading; riding
    """
)
_PLACES = _stock(
    """
    in a park; in a forest; on a street; on a beach; in a kitchen; in a living room; in a
    bedroom; in an office; on a farm; in a harbour; in the mountains; in a meadow; on a
    playground; in a desert; in the snow; at night; in the sky; by a lake; by a river; in a
    garden; in a city; in a village; at sea; on a road; in a bathroom; in a classroom; at a
    zoo; at a market; in a field; under a starry sky; on a sunny day; in the rain; in front of
    a house; at a station
    """
)
_RELATIONS = _stock(
    """
    next to; in front of; behind; on; under; above; below; beside; near; to the left of; to the
    right of; on top of; with; and; holding; sitting on; standing on; lying on; leaning on;
    riding; inside
    """
)
_NUMBERS = _stock(
    """
    two; three; four; five; six; several; many; some; a few
    """
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts by use; no text of `train` is in the two held-out lists.

    Attributes:
        train: Every text once, in a fixed order.
        held_captions: Whole captions; none of their pieces is in `train` on their account.
        held_phrases: Short made-up phrases whose combination of words is not in `train`.
    """

    train: tuple[str, ...]
    held_captions: tuple[str, ...]
    held_phrases: tuple[str, ...]


def is_held_out(text: str, *, share: float) -> bool:
    """A fixed choice by the text alone, whatever else the corpus holds."""
    digest = hashlib.sha256(text.lower().encode()).digest()
    return int.from_bytes(digest[:4]) < share * 2**32


def read_data_captions(folder: Path | None) -> tuple[str, ...]:
    """The captions of a data folder: plain caption files and the NSR-1K prompts in it."""
    if folder is None:
        return ()
    if not folder.is_dir():
        raise DataError(f"There is no data folder {folder}: give a folder that exists to --data.")
    captions: list[str] = []
    for path in sorted(folder.glob("coco_captions*.txt*")):
        captions += read_captions(path)
    for path in sorted(folder.glob("nsr1k_*.json.gz")):
        try:
            captions += [item["prompt"] for item in json.loads(gzip.decompress(path.read_bytes()))]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is not an NSR-1K file: {error}") from error
    return tuple(dict.fromkeys(captions))


def build_corpus(captions: Sequence[str], *, seed: int = 0, made_up: int = 60_000) -> Corpus:
    """Everything there is to learn from; the same arguments give the same corpus.

    Args:
        captions: Whole sentences; 4 % of them are held out.
        made_up: Number of phrases and of scene captions put together from the word list.
    """
    chance = random.Random(seed)
    words = load_words()
    held_captions = [text for text in captions if is_held_out(text, share=0.04)]
    seen = [text for text in captions if not is_held_out(text, share=0.04)]
    nouns = words["things"] + words["compounds"][::4] + words["icons"][::2]
    familiar = _familiar_nouns(seen, words["things"]) or words["things"]

    phrases = [_phrase(chance, nouns, familiar) for _ in range(made_up)]
    scenes = [_scene(chance, nouns, familiar) for _ in range(made_up // 2)]
    pieces = [piece for text in seen for piece in _pieces(chance, text)]
    lists = [text for kind in words.values() for text in kind]
    lists += [_article(word) for word in words["things"] + words["icons"]]
    lists += [plural(word) for word in words["things"]]
    held_phrases = dict.fromkeys(text for text in phrases if is_held_out(text, share=0.02))
    train = dict.fromkeys([*lists, *seen, *pieces, *phrases, *scenes])
    for text in (*held_phrases, *held_captions):
        train.pop(text, None)
    return Corpus(tuple(train), tuple(held_captions), tuple(held_phrases))


def _familiar_nouns(captions: Sequence[str], things: Sequence[str]) -> list[str]:
    """Things by how often captions name them, repeated by the root of their count."""
    counts: dict[str, int] = dict.fromkeys(things, 0)
    for caption in captions:
        for word in re.findall(r"[a-z]+", caption.lower()):
            if word in counts:
                counts[word] += 1
    return [word for word, n in counts.items() for _ in range(round(n**0.5))]


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def plural(noun: str) -> str:
    """Regular English plural of a noun phrase, good enough to learn from."""
    irregular = {"man": "men", "woman": "women", "child": "children", "person": "people"}
    head = noun.rsplit(" ", 1)[-1]
    stem = noun.removesuffix(head)
    if head in irregular:
        return stem + irregular[head]
    if re.search(r"(s|x|z|ch|sh)$", head):
        return noun + "es"
    if re.search(r"[^aeiou]y$", head):
        return noun[:-1] + "ies"
    return noun + "s"


def _noun(chance: random.Random, nouns: Sequence[str], familiar: Sequence[str]) -> str:
    return chance.choice(familiar if chance.random() < 0.6 else nouns)


def _phrase(chance: random.Random, nouns: Sequence[str], familiar: Sequence[str]) -> str:
    """What someone types as one object: "small brown dog", "a girl, sitting", "two cats"."""
    noun = _noun(chance, nouns, familiar)
    looks = chance.sample(_LOOKS, chance.choice((0, 0, 1, 1, 2)))
    if chance.random() < 0.4:
        looks.append(chance.choice(_COLOURS))
    phrase = " ".join([*looks, noun])
    kind = chance.random()
    if kind < 0.1:
        return f"{chance.choice(_NUMBERS)} {plural(phrase)}"
    if kind < 0.5:
        phrase = _article(phrase)
    if kind < 0.2:
        return f"{phrase}, {chance.choice(_POSES)}"
    if kind < 0.3:
        other = _article(_noun(chance, nouns, familiar))
        return f"{phrase} {chance.choice(_RELATIONS)} {other}"
    if kind > 0.9:
        return f"{phrase} {chance.choice(_POSES)}"
    return phrase


def _scene(chance: random.Random, nouns: Sequence[str], familiar: Sequence[str]) -> str:
    """What someone types as a whole scene: "a dog and two cats in a park"."""
    things = []
    for _ in range(chance.choice((1, 2, 2, 3, 3, 4))):
        noun = _noun(chance, nouns, familiar)
        if chance.random() < 0.3:
            noun = f"{chance.choice(_COLOURS + _LOOKS)} {noun}"
        if chance.random() < 0.25:
            things.append(f"{chance.choice(_NUMBERS)} {plural(noun)}")
        else:
            things.append(_article(noun))
    listed = ", ".join(things[:-1]) + (" and " if len(things) > 1 else "") + things[-1]
    if len(things) == 2 and chance.random() < 0.6:
        listed = f"{things[0]} {chance.choice(_RELATIONS)} {things[1]}"
    place = chance.choice(_PLACES)
    if chance.random() < 0.3:
        return f"{place}: {listed}"
    return f"{listed} {place}" if chance.random() < 0.8 else listed


def _pieces(chance: random.Random, caption: str) -> Iterator[str]:
    """Two random runs of words of a caption."""
    words = caption.rstrip(".").split()
    for _ in range(2):
        length = chance.randint(2, 7)
        start = chance.randint(0, max(0, len(words) - length))
        yield " ".join(words[start : start + length])
