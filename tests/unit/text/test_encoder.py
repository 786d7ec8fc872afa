"""The shipped text encoder: the same text always means the same, and related texts are near."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.errors import ModelDamaged, ModelMissing
from engine.models.packs import pack_folder
from engine.text.encoder import TextEncoder

FOLDER = pack_folder("lite") / "text_encoder"


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.from_pretrained(FOLDER)


def test_shapes_and_mask(encoder: TextEncoder) -> None:
    batch = encoder.encode(["dog", "a girl sitting on a wooden bench in a park"])
    texts, length, width = batch.tokens.shape
    assert (texts, width) == (2, 192)
    assert batch.mask.shape == (2, length)
    assert batch.pooled.shape == (2, 192)
    assert batch.tokens.dtype == batch.pooled.dtype == torch.float32
    assert batch.mask[0].sum() < batch.mask[1].sum() == length
    assert not batch.tokens[~batch.mask].any()
    assert torch.allclose(batch.pooled.norm(dim=1), torch.ones(2))


def test_a_text_means_the_same_alone_and_in_company(encoder: TextEncoder) -> None:
    alone = encoder.encode(["two cats"])
    company = encoder.encode(["a long caption of a street full of people and cars", "two cats", ""])
    length = alone.tokens.shape[1]
    assert torch.allclose(alone.pooled[0], company.pooled[1], atol=1e-5)
    assert torch.allclose(alone.tokens[0], company.tokens[1, :length], atol=1e-5)
    assert torch.equal(alone.pooled, encoder.encode(["two cats"]).pooled)


def test_case_and_accents_do_not_matter(encoder: TextEncoder) -> None:
    assert torch.equal(encoder.encode(["Café DOG"]).pooled, encoder.encode(["cafe dog"]).pooled)


@pytest.mark.parametrize("text", ["", "   ", "🐶", "dog " * 200, "a" * 300, "狗", "\x00"])
def test_odd_texts_have_finite_vectors(encoder: TextEncoder, text: str) -> None:
    batch = encoder.encode([text], max_length=16)
    assert batch.tokens.shape[1] <= 16
    assert torch.isfinite(batch.tokens).all()
    assert torch.isfinite(batch.pooled).all()


def test_no_texts_give_empty_tensors(encoder: TextEncoder) -> None:
    assert encoder.encode([]).pooled.shape == (0, 192)
    assert encoder.embed([]).shape == (0, 192)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("puppy", "dog", "airplane"),
        ("automobile", "car", "banana"),
        ("a boy riding a bicycle", "a child on a bike", "a bowl of soup"),
        ("cottage", "house", "horse"),
        ("sailing boat", "ship", "sofa"),
        ("lady", "woman", "train"),
    ],
)
def test_related_texts_are_nearer(encoder: TextEncoder, text: str, near: str, far: str) -> None:
    vectors = encoder.embed([text, near, far])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_saved_and_opened_it_is_the_same(encoder: TextEncoder, tmp_path: Path) -> None:
    encoder.save_pretrained(tmp_path / "copy")
    again = TextEncoder.from_pretrained(tmp_path / "copy")
    assert torch.allclose(again.embed(["a red kite"]), encoder.embed(["a red kite"]), atol=1e-5)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="config.json"):
        TextEncoder.from_pretrained(tmp_path)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "text_encoder"
    TextEncoder.from_pretrained(FOLDER).save_pretrained(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelDamaged, match="text_encoder"):
        TextEncoder.from_pretrained(folder)
