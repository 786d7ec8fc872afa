"""`train smartmask`: layout encoder and denoiser of the lite pack, jointly (Eq. 3)."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler
from torch import nn
from torch.nn import functional as F

from engine.errors import ModelMissing
from engine.models.packs import pack_folder
from engine.smartmask.autoencoder import ShapeAutoencoder
from engine.smartmask.brush import BRUSH
from engine.smartmask.conditioning import (
    MODE_SLOTS,
    SCALARS,
    SCRIBBLE_SIZE,
    blend,
    colour_table,
)
from engine.smartmask.denoiser import PLACEMENT, Condition, ShapeDenoiser
from engine.smartmask.layout_encoder import LayoutEncoder
from engine.smartmask.pipeline import PAINTED_MODE, SmartMaskPipeline
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
)
from engine.training.smartmask_batches import Batches, Prepared, prepare

DRAWS = 4
"""Times and noises per condition: the layout costs more than a denoising pass."""
PLACEMENT_WEIGHT = 1.0
STEPS = 8
"""Drawing steps of the pack; `eval sampling` shows no gain beyond."""
AMONG = 32
"""Samples that suggestions are chosen among: the best of four is nearer to the truth by 0.02 than
of four drawn at random (`eval smartmask`), and 32 take well under a second."""
SCALES, SCRIBBLE_SCALES = (1.25, 2.5), (1.25, 1.25)
"""Layout and text scale of the pack, as `eval sampling` suggests: the word makes a thing
recognisable, but a scribble knows better where its edge is."""
SCRIBBLE_SPREAD = (0.5, 0.7)
"""Start noise of place and shape under a scribble: who draws one wants what was drawn. By
`eval smartmask --kinds dilation stroke` IoU is 0.02 higher for it, diversity a third less."""
PAINTED_SCALES, PAINTED_SPREAD = (1.5, 1.0), (0.2, 0.3)
"""The same where the scribble covers the thing: its edge is nearly told. IoU is 0.05 higher."""
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
        self.layout_encoder = LayoutEncoder(brush=BRUSH)
        self.denoiser = ShapeDenoiser(scalars=SCALARS + BRUSH)


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
    codes = model.layout_encoder.outline(
        frames,
        scalars[scribbled, SCRIBBLE_SIZE],
        likeness=batch["likeness"][scribbled],
        core=batch["core"][scribbled],
        brush=scalars[scribbled, SCALARS:],
    )
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
        layout_scale=SCALES[0],
        text_scale=SCALES[1],
        mode_scales={"scribble": list(SCRIBBLE_SCALES), PAINTED_MODE: list(PAINTED_SCALES)},
        mode_spread={"scribble": list(SCRIBBLE_SPREAD), PAINTED_MODE: list(PAINTED_SPREAD)},
        known_labels=labels,
        among=AMONG,
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
