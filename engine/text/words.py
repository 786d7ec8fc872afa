"""Builds `resources/vocab/words.json`, the word list of the text encoder and the class table.

    python -m engine.text.words --wordnet DIR --icons icons.json ... --captions FILE

WordNet (its own permissive licence) says which words name physical things, the teacher's word
piece list says which of them are common, icon names and captions add what designers draw. The
list is kept in the repository, so this is needed only to change it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

VOCAB_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "vocab"
WORDS_FILE = VOCAB_FOLDER / "words.json"

_PHYSICAL = {5, 6, 8, 13, 17, 18, 19, 20, 27}
"""WordNet lexicographer files: animal, artifact, body, food, object, person, phenomenon, plant,
substance."""

_PERSON = 18
_SENSES_LOOKED_AT = 4
_SKIN_TONE = re.compile(r"-(medium-light|medium-dark|light|medium|dark)(-skin-tone)?(?=-|$)")
_ICON_NOISE = re.compile(
    r"flag-|keycap|button|clock-\d|o-clock|thirty|japanese-.*-button|skin-tone|regional|\d"
)
_UNWANTED = re.compile(
    r"\b(nigger|nigra|negro|negress|faggot|fag|dyke|whore|slut|bitch|bastard|retard|cripple|"
    r"spic|kike|chink|gook|jap|wog|coon|darky|darkie|paki|tranny|queer|savage|mulatto|gypsy|"
    r"jew|jewess|honky|redskin|squaw|eskimo|slave|rapist|molester|pedophile|nazi|fuck\w*|cunt|"
    r"cock|dick|prick|pussy|tits?|boobs?|penis|vagina|anus|ass|arse|shit|turd|crap|nude|"
    r"homosexual|lesbian|gay|prostitute|hooker|streetwalker|idiot|moron|imbecile|spastic)\b"
)


@dataclass(frozen=True, slots=True)
class Synset:
    """A WordNet noun meaning.

    Attributes:
        lexicographer: WordNet's lexicographer file number.
        words: Its lemmas, as written, with spaces.
        parents: Byte offsets of its hypernyms.
        instance: A single named thing ("Rome"), not a kind of thing.
    """

    lexicographer: int
    words: tuple[str, ...]
    parents: tuple[int, ...]
    instance: bool


@dataclass(frozen=True, slots=True)
class WordNet:
    """A WordNet `dict` folder: noun synsets by offset, their offsets by lemma, commonest first, and
    the lemmas of the other parts of speech."""

    synsets: dict[int, Synset]
    senses: dict[str, tuple[int, ...]]
    others: frozenset[str]

    def physical_sense(self, lemma: str) -> int | None:
        """Offset of the commonest meaning that is a kind of physical thing; None without one."""
        for offset in self.senses.get(lemma, ())[:_SENSES_LOOKED_AT]:
            synset = self.synsets[offset]
            if synset.lexicographer in _PHYSICAL and not synset.instance:
                return offset
        return None

    def is_mainly_physical(self, lemma: str) -> bool:
        """Whether the commonest meaning of all is a kind of physical thing."""
        return self.physical_sense(lemma) == self.senses.get(lemma, (None,))[0] is not None

    def ancestors(self, offset: int) -> Iterator[int]:
        """The meaning itself, then its hypernyms, nearest first."""
        seen: set[int] = set()
        row = [offset]
        while row:
            yield from row
            seen.update(row)
            row = [
                parent
                for here in row
                for parent in self.synsets[here].parents
                if parent not in seen
            ]


def read_wordnet(folder: Path) -> WordNet:
    """WordNet 3.x from its `data.noun` and index files."""
    synsets: dict[int, Synset] = {}
    for line in _data_lines(folder / "data.noun"):
        fields = line.split("|")[0].split()
        count = int(fields[3], 16)
        words = tuple(fields[4 + 2 * k].replace("_", " ") for k in range(count))
        pointers = fields[4 + 2 * count + 1 :]
        symbols = [(pointers[k], int(pointers[k + 1])) for k in range(0, len(pointers) - 3, 4)]
        synsets[int(fields[0])] = Synset(
            lexicographer=int(fields[1]),
            words=words,
            parents=tuple(offset for symbol, offset in symbols if symbol in ("@", "@i")),
            instance=any(symbol == "@i" for symbol, _ in symbols),
        )
    senses: dict[str, tuple[int, ...]] = {}
    for line in _data_lines(folder / "index.noun"):
        fields = line.split()
        count = int(fields[2])
        senses[fields[0].replace("_", " ")] = tuple(int(x) for x in fields[-count:])
    others = frozenset(
        line.split()[0]
        for part in ("adj", "adv", "verb")
        for line in _data_lines(folder / f"index.{part}")
    )
    return WordNet(synsets, senses, others)


def _data_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from (line for line in file if not line.startswith("  "))


def icon_names(files: Iterable[Path]) -> set[str]:
    """Plain names of the drawings in iconify files, without skin tones, flags and signs."""
    names: set[str] = set()
    for file in files:
        for icon in json.loads(file.read_text(encoding="utf-8"))["icons"]:
            plain = _SKIN_TONE.sub("", icon)
            if not _ICON_NOISE.search(plain):
                names.add(plain.replace("-", " ").strip())
    return names


def read_captions(path: Path) -> list[str]:
    """Lines of a plain or gzipped text file."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return [line.strip() for line in text.decode("utf-8").splitlines() if line.strip()]


def build_words(
    *, wordnet: WordNet, common: Iterable[str], icons: Iterable[str], captions: Iterable[str]
) -> dict[str, list[str]]:
    """The word list by kind.

    Returns:
        "things": common nouns with a physical meaning; "compounds": two-word ones; "icons": names
        of drawings; "words": every other common English word, for the text encoder only.
    """
    common = {word for word in common if re.fullmatch(r"[a-z]{2,}", word)}
    counts = Counter(
        word for caption in captions for word in re.findall(r"[a-z]+", caption.lower())
    )
    known = common | {word for word, count in counts.items() if count >= 3}
    things = {
        lemma
        for lemma in known
        if len(lemma) > 2
        and (sense := wordnet.physical_sense(lemma)) is not None
        and (lemma in wordnet.synsets[sense].words)
    }
    compounds = set()
    for lemma in wordnet.senses:
        parts = lemma.split()
        sense = wordnet.physical_sense(lemma) if len(parts) == 2 else None
        if sense is None or not set(parts) <= known or parts[1] not in things:
            continue
        synset = wordnet.synsets[sense]
        if lemma in synset.words and synset.lexicographer != _PERSON:
            compounds.add(lemma)
    pairs = Counter(
        pair for caption in captions for pair in _pairs(re.findall(r"[a-z]+", caption.lower()))
    )
    compounds |= {pair for pair, n in pairs.items() if n >= 3 and wordnet.physical_sense(pair)}
    lists = {
        "things": things,
        "compounds": compounds,
        "icons": {
            name
            for name in set(icons) - things - compounds
            if all(part in known or part in wordnet.senses for part in name.split())
        },
        "words": {
            word for word in known - things if _is_english(word, wordnet) or counts[word] > 2
        },
    }
    return {
        kind: sorted(word for word in words if not _UNWANTED.search(word))
        for kind, words in lists.items()
    }


def _is_english(word: str, wordnet: WordNet) -> bool:
    """Whether the word or what it is inflected from is in WordNet and not only a name."""
    stems = [word] + [word.removesuffix(end) for end in ("s", "es", "ed", "d", "ing", "ly", "er")]
    stems += [word.removesuffix("ing") + "e", word.removesuffix("ies") + "y"]
    return any(
        stem in wordnet.others
        or any(stem in wordnet.synsets[offset].words for offset in wordnet.senses.get(stem, ()))
        for stem in stems
        if len(stem) > 1
    )


def _pairs(words: list[str]) -> Iterator[str]:
    return (f"{a} {b}" for a, b in zip(words, words[1:], strict=False))


def load_words() -> dict[str, list[str]]:
    """The kept word list; see `build_words` for its kinds."""
    return json.loads(WORDS_FILE.read_text(encoding="utf-8"))


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wordnet", type=Path, required=True, help="WordNet's dict folder")
    parser.add_argument(
        "--icons", type=Path, nargs="*", default=[], help="iconify icons.json files"
    )
    parser.add_argument("--captions", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WORDS_FILE)
    args = parser.parse_args(argv)
    from engine.text.teacher import teacher_folder

    common = (teacher_folder() / "vocab.txt").read_text(encoding="utf-8").split()
    words = build_words(
        wordnet=read_wordnet(args.wordnet),
        common=common,
        icons=icon_names(args.icons),
        captions=read_captions(args.captions),
    )
    args.out.write_text(json.dumps(words, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print({kind: len(entries) for kind, entries in words.items()})


if __name__ == "__main__":
    main()
