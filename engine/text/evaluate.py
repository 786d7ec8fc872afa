"""`eval text`: how close the text encoder comes to the sentence model it was distilled from."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from engine.errors import ModelMissing
from engine.text.corpus import build_corpus, read_data_captions
from engine.text.encoder import TextEncoder
from engine.text.words import VOCAB_FOLDER

PROJECTION_FILE = "teacher_projection.safetensors"
"""Beside the weights: rows (D, 384) that project the teacher's vectors to the encoder's width."""

WORDS_FILE = VOCAB_FOLDER / "nearest_words.json"
"""A small world of things, and words it does not hold with what they may be taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReport:
    """What `eval text` measures.

    Attributes:
        caption_cosine, phrase_cosine: Mean cosine with the projected teacher vector, on whole
            captions and on made-up phrases that were held out; None without the texts.
        caption_agreement: Pearson correlation of all pair similarities of held-out captions with
            those of the full teacher.
        same_neighbour: Share of held-out captions whose nearest other one is the teacher's too.
        word_accuracy, teacher_word_accuracy: Share of the words taken for a right thing.
        missed: Words the encoder took for something else, with what it took them for.
    """

    captions: int
    caption_cosine: float | None
    caption_agreement: float | None
    same_neighbour: float | None
    phrases: int
    phrase_cosine: float
    words: int
    things: int
    word_accuracy: float
    teacher_word_accuracy: float
    missed: tuple[str, ...]


def evaluate(folder: Path, *, data: Path | None = None, quick: bool = False) -> TextReport:
    """Measure a text encoder folder against the teacher, which must be installed.

    Args:
        data: Folder with captions; without it only made-up phrases and words are measured.
        quick: At most 200 texts of each kind.
    """
    from engine.text.teacher import Teacher

    encoder, teacher = TextEncoder.from_pretrained(folder), Teacher()
    projection_file = folder / PROJECTION_FILE
    if not projection_file.is_file():
        raise ModelMissing(f"{projection_file} is missing: make it with `main.py train text`.")
    projection = load_file(projection_file)["projection"].astype(np.float32)
    corpus = build_corpus(read_data_captions(data))
    most = 200 if quick else 2000
    captions, phrases = corpus.held_captions[:most], corpus.held_phrases[:most]

    def ours(texts: Sequence[str]) -> np.ndarray:
        return encoder.embed(texts).numpy()

    def cosine(texts: Sequence[str], theirs: np.ndarray) -> float:
        wanted = theirs @ projection.T
        wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
        return float((ours(texts) * wanted).sum(1).mean())

    caption_cosine = agreement = neighbour = None
    if captions:
        theirs = teacher.embed(captions)
        caption_cosine = cosine(captions, theirs)
        agreement, neighbour = _compare_pairs(ours(captions), theirs)
    things, words = words_tried()
    taken = _taken_for(ours([*words]), ours(things), things)
    by_teacher = _taken_for(teacher.embed(list(words)), teacher.embed(things), things)
    return TextReport(
        captions=len(captions),
        caption_cosine=caption_cosine,
        caption_agreement=agreement,
        same_neighbour=neighbour,
        phrases=len(phrases),
        phrase_cosine=cosine(phrases, teacher.embed(phrases)),
        words=len(words),
        things=len(things),
        word_accuracy=_accuracy(taken, words),
        teacher_word_accuracy=_accuracy(by_teacher, words),
        missed=tuple(
            f"{word} -> {name}"
            for (word, wanted), name in zip(words.items(), taken, strict=True)
            if name not in wanted
        ),
    )


def words_tried() -> tuple[list[str], dict[str, list[str]]]:
    """The things of a small world, and words it does not hold with what they may be taken for."""
    tried = json.loads(WORDS_FILE.read_text(encoding="utf-8"))
    return tried["things"], tried["words"]


def word_accuracy(encoder: TextEncoder) -> float:
    """Share of the words that the encoder takes for a right thing; needs no teacher."""
    things, words = words_tried()
    vectors = encoder.embed([*words]).numpy(), encoder.embed(things).numpy()
    return _accuracy(_taken_for(*vectors, things), words)


def spelled_accuracy() -> float:
    """The same share for whoever takes the thing that is spelled most alike."""
    things, words = words_tried()
    taken = [difflib.get_close_matches(word, things, n=1, cutoff=0.0)[0] for word in words]
    return _accuracy(taken, words)


def _compare_pairs(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    pairs = np.triu_indices(len(ours), 1)
    a, b = ours @ ours.T, theirs @ theirs.T
    agreement = float(np.corrcoef(a[pairs], b[pairs])[0, 1])
    np.fill_diagonal(a, -1)
    np.fill_diagonal(b, -1)
    return agreement, float((a.argmax(1) == b.argmax(1)).mean())


def _taken_for(words: np.ndarray, things: np.ndarray, names: list[str]) -> list[str]:
    return [names[k] for k in (words @ things.T).argmax(1)]


def _accuracy(taken: Sequence[str], words: Mapping[str, Sequence[str]]) -> float:
    return float(
        np.mean([name in right for name, right in zip(taken, words.values(), strict=True)])
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="data set folder; without it, made-up phrases")
    parser.add_argument("--model", type=Path, help="model folder (default: the lite pack's)")
    parser.add_argument("--quick", action="store_true", help="few texts")
    parser.add_argument("--json", action="store_true", help="print JSON for other programs")


def run(args: argparse.Namespace) -> None:
    from engine.models.packs import pack_folder

    folder = args.model or pack_folder("lite") / "text_encoder"
    report = evaluate(folder, data=args.data, quick=args.quick)
    if args.json:
        print(json.dumps(asdict(report), indent=2))
        return
    print(f"Text encoder {folder}")
    if report.captions:
        print(f"  {report.captions} held-out captions")
        print(f"    cosine with the teacher            {report.caption_cosine:.3f}")
        print(f"    correlation of pair similarities   {report.caption_agreement:.3f}")
        print(f"    same nearest neighbour             {report.same_neighbour:.3f}")
    print(f"  {report.phrases} held-out phrases")
    print(f"    cosine with the teacher            {report.phrase_cosine:.3f}")
    print(f"  {report.words} words against {report.things} things")
    print(
        f"    right, encoder / teacher           "
        f"{report.word_accuracy:.3f} / {report.teacher_word_accuracy:.3f}"
    )
    print(f"    missed: {'; '.join(report.missed) or 'none'}")
