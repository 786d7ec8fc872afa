"""`train click-scorer`: a small CLIP with an alpha channel, on generated pictures.

Contrastive, as CLIP and Alpha-CLIP are, but from scratch, with several right answers in a batch,
and with the text tower held to the lite text encoder's idea of which words are near each other,
so that a word that no picture shows lies beside its neighbours. `--kind judge` trains one of
another build for evaluation: who guides must not judge.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel

from engine.click2mask.alpha_clip import (
    WINDOW_KEY,
    AlphaClip,
    normalised_alpha,
    normalised_rgb,
)
from engine.models.packs import pack_folder
from engine.text.encoder import TextEncoder
from engine.text.words import WORDS_FILE
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    load_matching,
    options_from,
)
from engine.training.picture_pool import open_pools, painted_pools
from engine.training.scorer_samples import Samples

WINDOW = 1.3
"""Of the shown region; the middle of what is trained."""
WORD_BATCH, WORD_WEIGHT = 192, 2.0
HELD_OUT, CHECKED = 300, 512
"""Pictures that no training sees, and regions of them that a checkpoint is judged by."""
TEXT_LENGTH = 32
SHAPES = {
    "guide": {"image_size": 112, "patch_size": 16, "hidden_size": 192, "num_hidden_layers": 5},
    "judge": {"image_size": 96, "patch_size": 12, "hidden_size": 160, "num_hidden_layers": 6},
}
_TEXT_WIDTH = 128
_HEAD = 32


class ExactPatches(nn.Conv2d):
    """A patch embedding that stays in float32.

    Under bf16 autocast PyTorch 2.13 gets it wrong on CPUs with AMX where a patch of 16 px has four
    channels (oneDNN; off by more than the values themselves), and what was so trained then sees
    nothing in float32.
    """

    def forward(self, input: Tensor) -> Tensor:
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="click-scorer", seconds=5400, batch_size=96, lr=1e-3)
    parser.add_argument(
        "--kind", choices=tuple(SHAPES), default="guide", help="guide (ships) or judge (evaluates)"
    )
    parser.add_argument("--samples", type=int, default=12_000, help="pictures to paint")
    parser.add_argument(
        "--pool", type=Path, help="folder of painted pictures, for example text-to-image's pool"
    )


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    text = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
    model = new_scorer(args.kind, text)
    if options.init is not None:
        load_matching(model, options.init)
    model.to(options.device)  # pyright: ignore[reportArgumentType]
    size = SHAPES[args.kind]["image_size"]

    def report(done: int) -> None:
        print(f"Painted {done} pictures.", flush=True)

    if args.pool:
        pools = painted_pools(args.pool)
    else:
        folder = options.out / "pool"
        pools = open_pools(folder, count=args.samples, seed=options.seed, report=report)
    held = open_pools(options.out / "held-out", count=HELD_OUT, seed=options.seed + 1, split="val")
    draw = Samples(pools, size=size, seed=options.draw_seed)
    print(f"{sum(map(len, draw.things.values()))} things of {len(draw.names)} kinds.", flush=True)
    words = WordNeighbours(text, options)

    def loss_of_batch(step: int) -> tuple[Tensor, Mapping[str, float]]:
        rgb, alpha, texts, names = draw.draw(options.batch_size)
        images = embedded(model, rgb.to(options.device), alpha.to(options.device))
        said = text_vectors(model, text, texts)
        match = contrastive(images, said, names, model.logit_scale)
        near = words.loss(model)
        loss = match + WORD_WEIGHT * near
        return loss, {"match": float(match.detach()), "words": float(near.detach())}

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, CLIPModel)
        figures = quality(averaged, text, Samples(held, size=size, seed=0), names=draw.names)
        print(f"{seconds:.0f} s: {figures}", flush=True)
        save(averaged, text, options.out / "model", figures | {"steps": step})

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


def new_scorer(kind: str, text: TextEncoder) -> CLIPModel:
    """An untrained scorer of one of SHAPES that reads with the text encoder's tokenizer."""
    shape, width = SHAPES[kind], SHAPES[kind]["hidden_size"]
    config = CLIPConfig(
        text_config={
            "vocab_size": text.model.config.vocab_size,
            "hidden_size": _TEXT_WIDTH,
            "intermediate_size": 3 * _TEXT_WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": _TEXT_WIDTH // _HEAD,
            "max_position_embeddings": TEXT_LENGTH,
            "bos_token_id": text.tokenizer.cls_token_id,
            "eos_token_id": text.tokenizer.sep_token_id,
            "pad_token_id": text.tokenizer.pad_token_id,
        },
        vision_config={
            **shape,
            "intermediate_size": 4 * width,
            "num_attention_heads": width // _HEAD,
            "num_channels": 4,
        },
        projection_dim=128,
        logit_scale_init_value=math.log(1 / 0.07),
    )
    setattr(config, WINDOW_KEY, WINDOW)
    model = CLIPModel(config)
    model.vision_model.embeddings.patch_embedding.__class__ = ExactPatches
    # Words start where the text encoder has them, as far as the width goes.
    known = text.model.get_input_embeddings().weight.detach().float()
    centred = known - known.mean(0)
    _, _, axes = torch.linalg.svd(centred, full_matrices=False)
    small = centred @ axes[:_TEXT_WIDTH].T
    with torch.no_grad():
        model.text_model.embeddings.token_embedding.weight.copy_(small / small.std() * 0.05)
    return model


def embedded(model: CLIPModel, rgb: Tensor, alpha: Tensor) -> Tensor:
    """Unit vectors of pictures at the model's size and their regions, (B, D)."""
    pixels = torch.cat([normalised_rgb(rgb), normalised_alpha(alpha)], dim=1)
    out = model.get_image_features(pixel_values=pixels)  # pyright: ignore[reportArgumentType]
    return F.normalize(out.pooler_output.float(), dim=-1)  # pyright: ignore


def text_vectors(model: CLIPModel, text: TextEncoder, texts: Sequence[str]) -> Tensor:
    """Unit vectors of texts, (len(texts), D)."""
    batch = text.tokenize(texts, max_length=TEXT_LENGTH)
    ids, mask = batch["input_ids"].to(model.device), batch["attention_mask"].to(model.device)
    out = model.get_text_features(input_ids=ids, attention_mask=mask)
    return F.normalize(out.pooler_output.float(), dim=-1)  # pyright: ignore


def contrastive(images: Tensor, texts: Tensor, names: Sequence[str], scale: Tensor) -> Tensor:
    """CLIP's loss with every pair of the same name right, each sharing its row's probability."""
    logits = scale.exp().clamp(max=100) * images @ texts.T
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    kinds = torch.tensor([numbers[name] for name in names], device=images.device)
    same = (kinds[:, None] == kinds[None]).float()
    target = same / same.sum(1, keepdim=True)
    rows = -(target * logits.log_softmax(1)).sum(1).mean()
    columns = -(target * logits.log_softmax(0)).sum(0).mean()
    return (rows + columns) / 2


class WordNeighbours:
    """Holds the text tower to which words the text encoder finds near each other."""

    def __init__(self, text: TextEncoder, options: TrainOptions) -> None:
        from engine.text.nearest import known_things

        lists = json.loads(WORDS_FILE.read_text("utf-8"))
        words = [*known_things(), *lists["things"], *lists["icons"]]
        self.words = list(dict.fromkeys(words))
        self.known = len(known_things())
        self.vectors = text.embed(self.words)
        self.text = text
        self.rng = np.random.default_rng([options.draw_seed, 43])

    def loss(self, model: CLIPModel) -> Tensor:
        """Mean squared difference of the cosines of a batch of words, half of them known."""
        half = WORD_BATCH // 2
        rows = np.concatenate(
            [
                self.rng.integers(0, self.known, half),
                self.rng.integers(self.known, len(self.words), WORD_BATCH - half),
            ]
        )
        said = [self.words[row] for row in rows]
        articles = self.rng.random(len(said)) < 0.5
        ours = text_vectors(
            model, self.text, [f"a {w}" if a else w for w, a in zip(said, articles, strict=True)]
        )
        theirs = self.vectors[torch.from_numpy(rows)].to(ours.device)
        return (ours @ ours.T - theirs @ theirs.T).square().mean()


@torch.inference_mode()
def quality(
    model: CLIPModel, text: TextEncoder, samples: Samples, *, names: Sequence[str]
) -> dict[str, float]:
    """Shares of held-out things that are told right, at once or among five, of all names."""
    known = text_vectors(model, text, [f"a {name}" for name in names])
    right1 = right5 = total = 0
    for _ in range(CHECKED // 32):
        rgb, alpha, _, told = samples.draw(32)
        images = embedded(model, rgb.to(model.device), alpha.to(model.device))
        order = (images @ known.T).argsort(dim=1, descending=True)[:, :5].cpu()
        for best, name in zip(order.tolist(), told, strict=True):
            if name in names:
                found = [names[k] for k in best]
                total += 1
                right1 += found[0] == name
                right5 += name in found
    return {"top1": round(right1 / max(total, 1), 4), "top5": round(right5 / max(total, 1), 4)}


def save(model: CLIPModel, text: TextEncoder, folder: Path, figures: dict[str, float]) -> None:
    """Write the folder that `AlphaClip.from_pretrained` opens, weights in half precision."""
    weights = {key: value.half().contiguous() for key, value in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=weights)
    text.tokenizer.save_pretrained(folder)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    AlphaClip.from_pretrained(folder)
