"""The corpus is the same every time, and training teaches the teacher's vectors."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from engine.errors import DataError
from engine.text.corpus import build_corpus, plural, read_data_captions
from engine.text.encoder import TextEncoder
from engine.text.evaluate import PROJECTION_FILE
from engine.training.common import TrainOptions
from engine.training.text import distil, principal_directions

CAPTIONS = tuple(
    f"a {colour} {thing} number {n} by the sea"
    for n in range(40)
    for colour in ("red", "blue")
    for thing in ("boat", "gull")
)


def test_the_corpus_is_the_same_every_time_and_keeps_its_held_out_texts_apart() -> None:
    first, second = (build_corpus(CAPTIONS, made_up=2000) for _ in range(2))
    assert first == second
    assert first.held_captions and first.held_phrases
    assert not set(first.train) & {*first.held_captions, *first.held_phrases}
    assert len(set(first.train)) == len(first.train)
    assert {"dog", "a dog", "dogs"} <= set(first.train)


def test_a_missing_data_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read_data_captions(tmp_path / "nowhere")


def test_a_damaged_data_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "nsr1k_spatial.json.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match="nsr1k_spatial"):
        read_data_captions(tmp_path)


@pytest.mark.parametrize(
    ("one", "many"), [("cat", "cats"), ("bus", "buses"), ("lady", "ladies"), ("old man", "old men")]
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_principal_directions_keep_the_angles() -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(500, 5)) @ chance.normal(size=(5, 384))
    directions = principal_directions(vectors, 5)
    assert np.allclose(directions @ directions.T, np.eye(5), atol=1e-4)
    kept = vectors @ directions.T
    assert np.allclose(kept @ kept.T, vectors @ vectors.T, rtol=1e-3, atol=1e-2)


def _meaning(text: str) -> np.ndarray:
    """A stand-in teacher: the mean of one fixed random vector a word."""
    words = [
        np.random.default_rng(zlib.crc32(word.encode())).normal(size=384) for word in text.split()
    ]
    mean = np.mean(words, axis=0)
    return mean / np.linalg.norm(mean)


def test_training_teaches_the_teachers_vectors(tmp_path: Path) -> None:
    targets = np.stack([_meaning(text) for text in CAPTIONS]).astype(np.float16)
    options = TrainOptions(
        out=tmp_path, data=None, time_budget=4, batch_size=32, lr=1e-3, seed=0,
        checkpoint_every=60, device="cpu", threads=1, fresh=True, init=None,
    )  # fmt: skip
    folder = distil(CAPTIONS, targets, options=options)
    encoder = TextEncoder.from_pretrained(folder)
    projected = targets.astype(np.float32) @ principal_directions(targets, 192).T
    ours = encoder.embed(CAPTIONS).numpy()
    # Which caption is which is learnt, not only what they have in common.
    right = (ours @ projected.T).argmax(1) == np.arange(len(CAPTIONS))
    assert right.mean() > 0.8
    assert (folder / PROJECTION_FILE).is_file()
    assert not (tmp_path / "checkpoint.pt").exists()
