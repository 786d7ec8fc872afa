"""`train text`: distils the sentence model into the small text encoder of the lite pack.

The teacher's vectors are projected to the encoder's width along the principal directions of the
corpus; the student's mean token state must point the same way, and its similarities within a
batch must be those of the full teacher vectors (relational distillation, Park et al. 2019).
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy import linalg, sparse
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from torch import nn
from torch.nn import functional
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from engine.text.corpus import build_corpus, read_data_captions
from engine.text.encoder import MAX_LENGTH, TextEncoder, pool
from engine.text.evaluate import PROJECTION_FILE
from engine.training.common import TrainOptions, add_common_arguments, fit, options_from

DIMENSION = 192
VOCABULARY = 8_000
RELATION_WEIGHT = 20.0
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="text", seconds=1500, batch_size=256, lr=1.5e-3)


def run(args: argparse.Namespace) -> None:
    train(options_from(args))


def train(options: TrainOptions) -> Path:
    """Train and export; returns the model folder, `options.out / "model"`."""
    corpus = build_corpus(read_data_captions(options.data))
    print(f"{len(corpus.train)} texts to learn from", flush=True)
    return distil(corpus.train, teacher_vectors(corpus.train, cache=options.out), options=options)


def distil(texts: Sequence[str], targets: np.ndarray, *, options: TrainOptions) -> Path:
    """Teach an encoder the teacher's vectors (len(texts), 384) of the texts; see `train`."""
    projection = principal_directions(targets, DIMENSION)
    if options.init:
        encoder = TextEncoder.from_pretrained(options.init)
    else:
        encoder = new_encoder(texts, seed=options.seed)
        start_from_bag_of_words(encoder, texts, targets @ projection.T)
    # For texts this short it trains twice as fast as the fused kernel.
    encoder.model.set_attn_implementation("eager")
    encoder.to(options.device).model.requires_grad_(True)
    batches = Batches(encoder, texts, targets, projection, options=options)
    folder = options.out / "model"

    def export(model: nn.Module, step: int, seconds: float) -> None:
        encoder.save_pretrained(folder)
        save_file({"projection": projection.astype(np.float16)}, folder / PROJECTION_FILE)
        print(f"exported to {folder} at step {step}, {seconds:.0f} s", flush=True)

    fit(encoder.model, options=options, loss_of_batch=batches.loss, on_checkpoint=export)
    return folder


def teacher_vectors(texts: Sequence[str], *, cache: Path) -> np.ndarray:
    """Teacher vectors, float16 (len(texts), 384), computed once for the same texts."""
    key = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    path = cache / f"teacher-{key}.npy"
    if not path.exists():
        from engine.text.teacher import Teacher

        print("Computing the teacher's vectors (once) ...", flush=True)
        vectors = Teacher().embed(texts).astype(np.float16)
        np.save(path, vectors)
    return np.load(path)


def principal_directions(vectors: np.ndarray, count: int) -> np.ndarray:
    """Orthonormal rows, float32 (count, 384), that keep most of the vectors' dot products.

    Not centred: what must survive is the angle between vectors, not their spread.
    """
    moment = np.zeros((vectors.shape[1],) * 2)
    for start in range(0, len(vectors), 16_384):
        rows = vectors[start : start + 16_384].astype(np.float32)
        moment += rows.T @ rows
    _, directions = np.linalg.eigh(moment)
    return np.ascontiguousarray(directions[:, ::-1][:, :count].T).astype(np.float32)


def new_tokenizer(texts: Sequence[str], *, size: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """A lower-case WordPiece tokenizer learnt from the texts."""
    core = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=64))  # pyright: ignore[reportCallIssue]
    core.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=_SPECIAL, show_progress=False, limit_alphabet=200
    )
    core.train_from_iterator(texts, trainer)
    marks = [(mark, core.token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=marks
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        model_max_length=MAX_LENGTH,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def new_encoder(
    texts: Sequence[str],
    *,
    seed: int,
    dimension: int = DIMENSION,
    layers: int = 4,
    heads: int = 6,
    vocabulary: int = VOCABULARY,
) -> TextEncoder:
    """An untrained encoder whose tokenizer knows the texts' words."""
    tokenizer = new_tokenizer(texts, size=vocabulary)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=dimension,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * dimension,
        max_position_embeddings=64,
        type_vocab_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=0,
    )
    torch.manual_seed(seed)
    return TextEncoder(BertModel(config, add_pooling_layer=False), tokenizer)


def start_from_bag_of_words(
    encoder: TextEncoder, texts: Sequence[str], wanted: np.ndarray, *, ridge: float = 0.5
) -> None:
    """Set the word embeddings to those whose mean over a text predicts its vector best.

    The blocks start near the identity, so training begins from the best linear model (ridge
    regression) instead of from noise; this saves about half of the time.
    """
    ids = encoder.tokenizer(list(texts), truncation=True, max_length=MAX_LENGTH)["input_ids"]
    lengths = [len(row) for row in ids]  # pyright: ignore[reportArgumentType]
    rows = np.repeat(np.arange(len(texts)), lengths)
    shares = np.repeat(1 / np.asarray(lengths, np.float32), lengths)
    columns = np.concatenate([np.asarray(row) for row in ids])
    table = encoder.model.embeddings.word_embeddings.weight
    bags = sparse.csr_matrix((shares, (rows, columns)), shape=(len(texts), len(table)))
    moment = (bags.T @ bags).toarray() + ridge * np.eye(len(table), dtype=np.float32)
    best = linalg.solve(moment, bags.T @ wanted.astype(np.float32), assume_a="pos")
    best /= np.linalg.norm(best, axis=1).mean()
    with torch.no_grad():
        table.copy_(torch.from_numpy(best))


class Batches:
    """Random batches of texts of about the same length, and their loss."""

    def __init__(
        self,
        encoder: TextEncoder,
        texts: Sequence[str],
        targets: np.ndarray,
        projection: np.ndarray,
        *,
        options: TrainOptions,
    ) -> None:
        self._encoder = encoder
        self._ids = [
            np.asarray(ids, np.int64)
            for ids in encoder.tokenizer(list(texts), truncation=True, max_length=MAX_LENGTH)[
                "input_ids"
            ]  # pyright: ignore[reportArgumentType]
        ]
        self._lengths = np.asarray([len(ids) for ids in self._ids])
        self._targets = targets
        self._projection = torch.from_numpy(projection).to(options.device)
        self._options = options
        self._queue: list[np.ndarray] = []

    def loss(self, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        rows = self._next(step)
        ids, mask = self._padded(rows)
        teacher = torch.from_numpy(self._targets[rows].astype(np.float32)).to(ids.device)
        states = self._encoder.model(input_ids=ids, attention_mask=mask).last_hidden_state
        with torch.autocast(ids.device.type, enabled=False):
            ours = pool(states.float(), mask)
            wanted = functional.normalize(teacher @ self._projection.T, dim=-1)
            distance = 1 - (ours * wanted).sum(-1).mean()
            relation = functional.mse_loss(ours @ ours.T, teacher @ teacher.T)
        figures = {"distance": float(distance.detach()), "relation": float(relation.detach())}
        return distance + RELATION_WEIGHT * relation, figures

    def _next(self, step: int) -> np.ndarray:
        if not self._queue:
            chance = np.random.default_rng((self._options.seed, step))
            size = self._options.batch_size
            order = chance.permutation(len(self._ids))
            for start in range(0, len(order), 16 * size):
                pool_rows = order[start : start + 16 * size]
                by_length = pool_rows[np.argsort(self._lengths[pool_rows], kind="stable")]
                self._queue += [by_length[k : k + size] for k in range(0, len(by_length), size)]
            chance.shuffle(self._queue)  # pyright: ignore[reportArgumentType]
        return self._queue.pop()

    def _padded(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        ids = np.zeros((len(rows), int(self._lengths[rows].max())), np.int64)
        for k, row in enumerate(rows):
            ids[k, : self._lengths[row]] = self._ids[row]
        tensor = torch.from_numpy(ids).to(self._options.device)
        return tensor, (tensor != 0).long()
