"""`train smartmask`: layout encoder and denoiser of the lite pack, jointly (Eq. 3)."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from engine.errors import ModelMissing
from engine.models.packs import pack_folder
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.conditioning import (
    MODE_SLOTS,
    OUTLINE,
    SCRIBBLE_SIZE,
    blend,
    colour_table,
    outline_frame,
)
from engine.smartmask.denoiser import PLACEMENT, Condition, ShapeDenoiser
from engine.smartmask.layout_encoder import LayoutEncoder
from engine.smartmask.pipeline import SmartMaskPipeline
from engine.smartmask.regions import GEOMETRY, MAX_REGIONS, regions_of
from engine.text.encoder import TextEncoder
from engine.training.common import (
    TrainOptions,
    add_common_arguments,
    fit,
    load_matching,
    move,
    options_from,
)
from engine.training.samples import (
    Pool,
    SceneSource,
    draw_pool,
    generated_source,
    real_source,
    unpack_frames,
)

OBJECT_WORDS, CONTEXT_WORDS = 10, 32
DRAWS = 4
"""Times and noises per condition: the layout costs more than a denoising pass."""
PLACEMENT_WEIGHT = 1.0
STEPS = 8
"""Drawing steps of the pack; `eval sampling` shows no gain beyond."""
OUTLINE_WEIGHT = 0.3
SHADES = 33
"""Levels of G that training tells apart."""
TEXT_DROP, BOTH_DROP, LAYOUT_DROP = 0.05, 0.05, 0.05
"""As InstructPix2Pix: 5 % without text, 5 % without either, 5 % without layout."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common_arguments(parser, name="smartmask", seconds=7200, batch_size=192, lr=8e-4)
    parser.add_argument(
        "--autoencoder", type=Path, help="folder of the mask autoencoder (default: the pack's)"
    )
    parser.add_argument("--real-samples", type=int, default=45_000, help="pool of real scenes")
    parser.add_argument("--generated-samples", type=int, default=90_000, help="and generated ones")
    parser.add_argument(
        "--scribble-samples", type=int, default=45_000, help="real shapes under scribbles alone"
    )


def run(args: argparse.Namespace) -> int:
    options = options_from(args)
    autoencoder = _autoencoder(args.autoencoder)
    move(autoencoder, options.device)
    text = TextEncoder.from_pretrained(pack_folder("lite") / "text_encoder")
    pools = _pools(
        options,
        real=args.real_samples,
        generated=args.generated_samples,
        scribbles=args.scribble_samples,
    )
    data = [prepare(pool, autoencoder, text, options.device) for pool in pools]
    model = Learner()
    if options.init is not None:
        for name in ("layout_encoder", "denoiser"):
            load_matching(getattr(model, name), options.init / name)
    else:
        _set_placement_statistics(model.denoiser, data)
    move(model, options.device)
    draw = Batches(data, options)

    def loss_of_batch(step: int) -> tuple[torch.Tensor, Mapping[str, float]]:
        return flow_loss(model, draw(), device=options.device)

    labels = sorted({label for pool in pools for label in labels_of(pool)})

    def on_checkpoint(averaged: nn.Module, step: int, seconds: float) -> None:
        assert isinstance(averaged, Learner)
        export(averaged, autoencoder, options.out / "model", labels=labels)
        _sheet(options)

    fit(model, options=options, loss_of_batch=loss_of_batch, on_checkpoint=on_checkpoint)
    return 0


class Learner(nn.Module):
    """What is trained: E_phi and U_theta."""

    def __init__(self) -> None:
        super().__init__()
        self.layout_encoder = LayoutEncoder()
        self.denoiser = ShapeDenoiser()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A pool with codes and encoded texts; index texts with the pool's `text` field.

    `codes` holds every shape as it is and mirrored, (N, 2, code_size), standardised. `classes`
    (N, R) and `geometry` (N, R, 7) are the regions of the layouts.
    """

    pool: Pool
    codes: torch.Tensor
    classes: torch.Tensor
    geometry: torch.Tensor
    tokens: torch.Tensor
    mask: torch.Tensor
    pooled: torch.Tensor


@torch.inference_mode()
def prepare(pool: Pool, autoencoder: ShapeAutoencoder, text: TextEncoder, device: str) -> Prepared:
    """Encode shapes and texts once, so that a training step only looks them up.

    What was encoded is kept beside the pool, for the runs that go on from a checkpoint.
    """
    models = (autoencoder.state_dict(), text.model.state_dict())
    parts = ",".join(field.name for field in fields(Prepared)).encode()
    key = hashlib.sha256(
        parts
        + b"".join(v.float().cpu().numpy().tobytes() for state in models for v in state.values())
    ).hexdigest()[:16]
    kept = pool.folder / f"encoded-{key}.pt"
    if kept.is_file():
        return Prepared(pool=pool, **torch.load(kept, weights_only=True, mmap=True))
    print(f"Encoding the samples in {pool.folder}.", flush=True)
    classes, geometry = _regions(pool)
    encoded = {
        "codes": _codes(pool, autoencoder, device),
        "classes": classes,
        "geometry": geometry,
        **_texts(pool.texts, text),
    }
    torch.save(encoded, kept)
    return Prepared(pool=pool, **encoded)


def _codes(pool: Pool, autoencoder: ShapeAutoencoder, device: str) -> torch.Tensor:
    codes = torch.empty(pool.size, 2, autoencoder.config["code_size"], dtype=torch.float16)
    for start in range(0, pool.size, 128):
        packed = np.asarray(pool.arrays["frame"][start : start + 128])
        frames = torch.from_numpy(unpack_frames(packed))[:, None].to(device).float() / 255
        frames = frames.contiguous(memory_format=torch.channels_last)
        for side, view in enumerate((frames, frames.flip(-1))):
            with torch.autocast(device, dtype=torch.bfloat16):
                codes[start : start + 128, side] = autoencoder.encode(view).half().cpu()
    return codes


def _regions(pool: Pool) -> tuple[torch.Tensor, torch.Tensor]:
    classes = torch.zeros(pool.size, MAX_REGIONS, dtype=torch.uint8)
    geometry = torch.zeros(pool.size, MAX_REGIONS, GEOMETRY, dtype=torch.float16)
    for row in range(pool.size):
        regions = regions_of(np.asarray(pool.arrays["ids_whole"][row]))
        classes[row] = torch.from_numpy(regions.classes)
        geometry[row] = torch.from_numpy(regions.geometry)
    return classes, geometry


def _texts(texts: list[str], encoder: TextEncoder) -> dict[str, torch.Tensor]:
    words, width = CONTEXT_WORDS, encoder.dimension
    tokens = torch.zeros(len(texts), words, width, dtype=torch.float16)
    mask = torch.zeros(len(texts), words, dtype=torch.bool)
    pooled = torch.zeros(len(texts), width)
    for start in range(0, len(texts), 256):
        batch = encoder.encode(texts[start : start + 256], max_length=words)
        rows, used = slice(start, start + len(batch.tokens)), batch.tokens.shape[1]
        tokens[rows, :used], mask[rows, :used] = batch.tokens.half().cpu(), batch.mask.cpu()
        pooled[rows] = batch.pooled.cpu()
    return {"tokens": tokens, "mask": mask, "pooled": pooled}


class Batches:
    """Draws batches from the pools in proportion to their sizes; mirrors half of what it may."""

    def __init__(self, data: list[Prepared], options: TrainOptions) -> None:
        self.data, self.size, self.device = data, options.batch_size, options.device
        self.rng = np.random.default_rng(options.seed)
        self.shares = np.array([d.pool.size for d in data], float)
        self.shares /= self.shares.sum()

    def __call__(self) -> dict[str, Any]:
        counts = self.rng.multinomial(self.size, self.shares)
        parts = [self._part(d, int(n)) for d, n in zip(self.data, counts, strict=True) if n]
        return {key: torch.cat([part[key] for part in parts]).to(self.device) for key in parts[0]}

    def _part(self, data: Prepared, count: int) -> dict[str, torch.Tensor]:
        rows = np.sort(self.rng.integers(0, data.pool.size, count))
        arrays = {k: np.asarray(v[rows]) for k, v in data.pool.arrays.items() if k != "frame"}
        mirror = arrays["can_mirror"] & (self.rng.random(count) < 0.5)
        for name in ("ids_whole", "ids_zoom", "guide_whole", "guide_zoom"):
            arrays[name][mirror] = arrays[name][mirror][:, :, ::-1]
        for name, columns in (("placement", (0,)), ("scalars", (9, 13))):
            for column in columns:
                arrays[name][mirror, column] *= -1
        texts = torch.from_numpy(arrays["text"]).long()
        picks, sides = torch.from_numpy(rows), torch.from_numpy(mirror).long()
        geometry = data.geometry[picks].float()
        geometry[..., 0] *= 1 - 2.0 * sides[:, None]
        return {
            **{
                name: torch.from_numpy(arrays[name])
                for name in (
                    "ids_whole", "ids_zoom", "guide_whole", "guide_zoom",
                    "scalars", "placement", "shape_known",
                )
            },
            "code": data.codes[picks, sides].float(),
            "outline": torch.from_numpy(_outlines(arrays["scalars"], arrays["guide_zoom"])),
            "region_classes": data.classes[picks],
            "region_geometry": geometry,
            "object_tokens": data.tokens[texts[:, 0], :OBJECT_WORDS].float(),
            "object_mask": data.mask[texts[:, 0], :OBJECT_WORDS],
            "object_pooled": data.pooled[texts[:, 0]],
            "context_tokens": data.tokens[texts[:, 1]].float(),
            "context_mask": data.mask[texts[:, 1]],
            "context_pooled": data.pooled[texts[:, 1]],
        }  # fmt: skip


def _outlines(scalars: NDArray[np.float32], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frames of the scribbles among these rows, (B, OUTLINE, OUTLINE); black for the rest."""
    frames = np.zeros((len(scalars), OUTLINE, OUTLINE), np.uint8)
    for row in np.flatnonzero(scalars[:, MODE_SLOTS.index("scribble")]):
        frames[row] = outline_frame(drawn[row])
    return frames


def flow_loss(
    model: Learner, batch: dict[str, torch.Tensor], *, device: str
) -> tuple[torch.Tensor, dict[str, float]]:
    """Mean squared error of the flow, Eq. 3 in rectified-flow form, DRAWS times a condition.

    What a scribble is taken for is also compared with the shape's code itself: through the
    denoiser alone the reading of outlines is learned much more slowly.
    """
    count = len(batch["code"])
    drop = torch.rand(count, device=device)
    text_kept = drop >= TEXT_DROP + BOTH_DROP
    layout_kept = (drop < TEXT_DROP) | (drop >= TEXT_DROP + BOTH_DROP + LAYOUT_DROP)
    outline, scribbled = outlines_of(model, batch)
    condition = condition_of(
        model, batch, outline=outline, text_kept=text_kept, layout_kept=layout_kept
    )
    place = (batch["placement"] - model.denoiser.placement_mean) / model.denoiser.placement_std
    clean = torch.cat((place, batch["code"]), dim=1)[:, None]
    noise = torch.randn(count, DRAWS, clean.shape[-1], device=device)
    time = torch.sigmoid(torch.randn(count, DRAWS, device=device))
    noisy = torch.lerp(clean.expand_as(noise), noise, time[..., None])
    flow = model.denoiser(noisy, time, condition).float()
    error = (flow - (noise - clean)) ** 2
    known = batch["shape_known"].float()[:, None]
    of_place = error[..., :PLACEMENT].mean()
    of_shape = (error[..., PLACEMENT:].mean(-1) * known).sum() / (known.sum() * DRAWS).clamp_min(1)
    of_outline = ((outline.float() - batch["code"]) ** 2)[scribbled].mean(-1).sum() / count
    loss = of_shape + PLACEMENT_WEIGHT * of_place + OUTLINE_WEIGHT * of_outline
    figures = {
        "place": float(of_place.detach()),
        "shape": float(of_shape.detach()),
        "outline": float(of_outline.detach()) * count / max(int(scribbled.sum()), 1),
    }
    return loss, figures


def outlines_of(
    model: Learner, batch: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the scribbles are taken for (B, code_size), zero in other modes, and which rows are."""
    scalars = batch["scalars"]
    scribbled = scalars[:, MODE_SLOTS.index("scribble")] > 0.5
    if not scribbled.any():
        return torch.zeros_like(batch["code"]), scribbled
    frames = batch["outline"][scribbled].float() / 255
    codes = model.layout_encoder.outline(frames, scalars[scribbled, SCRIBBLE_SIZE])
    return _spread(codes, scribbled), scribbled


def condition_of(
    model: Learner,
    batch: dict[str, torch.Tensor],
    *,
    outline: torch.Tensor,
    text_kept: torch.Tensor,
    layout_kept: torch.Tensor,
) -> Condition:
    table = _feature_table(str(batch["scalars"].device))
    zoom_used = batch["scalars"][:, MODE_SLOTS.index("free")] < 0.5
    whole, near = (
        model.layout_encoder.encode(_features(table, batch[f"ids_{name}"][rows], drawn[rows]))
        for name, rows, drawn in (
            ("whole", slice(None), batch["guide_whole"]),
            ("zoom", zoom_used, batch["guide_zoom"]),
        )
    )
    return model.denoiser.condition(
        layout=whole,
        regions=model.layout_encoder.regions(batch["region_classes"], batch["region_geometry"]),
        zoom=(
            _spread(near[0], zoom_used),
            _spread(near[1], zoom_used),
            _spread(near[2], zoom_used),
        ),
        zoom_used=zoom_used,
        outline=outline,
        object_text=(batch["object_tokens"], batch["object_mask"], batch["object_pooled"]),
        context_text=(batch["context_tokens"], batch["context_mask"], batch["context_pooled"]),
        scalars=batch["scalars"],
        text_kept=text_kept,
        layout_kept=layout_kept,
    )


@cache
def _feature_table(device: str) -> torch.Tensor:
    """`LayoutEncoder.features` of every id under every shade of G, (256 * SHADES, features).

    Eq. 5 and the features act on single pixels, so a training step can look them up; that takes
    half the time of computing them.
    """
    shades = np.linspace(0, 1, SHADES, dtype=np.float32)
    drawn = np.broadcast_to(shades, (256, SHADES))
    guided = blend(np.broadcast_to(colour_table()[:, None], (256, SHADES, 3)), drawn)
    pixels = np.concatenate((guided, drawn[..., None]), axis=-1).reshape(-1, 4)
    features = LayoutEncoder.features(torch.from_numpy(pixels))
    return features.to(device, torch.bfloat16)


def _features(table: torch.Tensor, ids: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Ids and G (B, 64, 64) of bytes to (B, 64, 64, features)."""
    shade = (drawn.int() * (SHADES - 1) + 127) // 255
    return F.embedding(ids.int() * SHADES + shade, table)


def _spread(rows: torch.Tensor, used: torch.Tensor) -> torch.Tensor:
    """The rows at the places where `used` is True, zero at the others."""
    out = rows.new_zeros(len(used), *rows.shape[1:])
    out[used] = rows
    return out


def _autoencoder(folder: Path | None) -> ShapeAutoencoder:
    folder = folder or pack_folder("lite") / "smartmask" / "mask_autoencoder"
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"There is no mask autoencoder in {folder}: train one with `main.py train "
            "autoencoder` and name its folder with --autoencoder."
        )
    return ShapeAutoencoder.from_pretrained(folder).eval()


def _pools(options: TrainOptions, *, real: int, generated: int, scribbles: int) -> list[Pool]:
    """The pools in the work folder, drawn now where they are missing or of another size."""
    wanted: list[tuple[str, int, Callable[[], SceneSource], bool]] = [
        ("generated", generated, lambda: generated_source(split="train"), False)
    ]
    data = options.data
    if data is not None:
        source = partial(real_source, data, split="train")
        wanted += [("real", real, source, False), ("scribbles", scribbles, source, True)]
    pools = []
    for name, size, open_source, scribbles_only in wanted:
        if size <= 0:
            continue
        folder = options.out / f"pool-{name}"
        pool = Pool.open(folder)
        if pool is None or pool.size != size:
            print(f"Drawing {size} samples: {name}.", flush=True)
            pool = draw_pool(
                folder,
                open_source(),
                size=size,
                seed=options.seed,
                scribbles_only=scribbles_only,
                report=lambda done: print(f"  {done}", flush=True),
            )
        pools.append(pool)
    return pools


def _set_placement_statistics(denoiser: ShapeDenoiser, data: list[Prepared]) -> None:
    every = np.concatenate([np.asarray(d.pool.arrays["placement"]) for d in data])
    denoiser.get_buffer("placement_mean").copy_(torch.from_numpy(every.mean(0)))
    denoiser.get_buffer("placement_std").copy_(torch.from_numpy(every.std(0)))


def labels_of(pool: Pool) -> list[str]:
    """The things that a pool's samples are of, without their poses."""
    texts = pool.texts
    return [texts[index].split(",")[0] for index in np.unique(pool.arrays["text"][:, 0])]


def export(
    model: Learner, autoencoder: ShapeAutoencoder, folder: Path, *, labels: list[str]
) -> None:
    """Write the pipeline folder in half precision; the text encoder stays in its own."""
    pipeline = SmartMaskPipeline(
        layout_encoder=model.layout_encoder,
        denoiser=model.denoiser,
        mask_autoencoder=autoencoder,
        scheduler=DPMSolverMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, final_sigmas_type="zero"
        ),
        steps=STEPS,
        known_labels=labels,
    )
    halves = {name: getattr(pipeline, name) for name in ("layout_encoder", "denoiser")}
    full = {
        name: {k: v.detach().clone() for k, v in module.state_dict().items()}
        for name, module in (*halves.items(), ("mask_autoencoder", autoencoder))
    }
    pipeline.to(torch.float16)
    pipeline.save_pretrained(folder)
    pipeline.to(torch.float32)
    for name, state in full.items():
        getattr(pipeline, name).load_state_dict(state)


def _sheet(options: TrainOptions) -> None:
    from engine.training.sample_sheet import write_sample_sheet

    write_sample_sheet(
        options.out / "model", options.out / "sheet.png", data=options.data, seed=options.seed
    )
