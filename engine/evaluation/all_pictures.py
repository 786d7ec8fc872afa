"""The main figures of the lite models that make and read pictures."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.all_asked import Asked, Measured, Model, cpu_seconds
from engine.models.packs import load_text_encoder, pack_folder

if TYPE_CHECKING:
    import torch

    from engine.training.picture_pool import PicturePool

_HELD_OUT_SEED = 7_000
"""Far from the seeds that trainings use for theirs."""
_PICTURES, _QUICK_PICTURES = 24, 8
_POOL, _QUICK_POOL = 60, 20


def picture_autoencoder(asked: Asked) -> Measured:
    """PSNR in dB of held-out pictures with what is left of them."""
    import torch
    from diffusers import AutoencoderKL, AutoencoderTiny
    from torch.nn import functional

    from engine.training.picture_autoencoder import picture_of, to_model

    folder = pack_folder(asked.pack) / "text_to_image" / "vae"
    kind = json.loads((folder / "config.json").read_text("utf-8"))["_class_name"]
    opened = AutoencoderTiny if kind == "AutoencoderTiny" else AutoencoderKL
    model = opened.from_pretrained(folder, torch_dtype=torch.float32, local_files_only=True).eval()  # pyright: ignore[reportAttributeAccessIssue]
    count = _QUICK_PICTURES if asked.quick else _PICTURES
    pictures = [_whole(picture_of(_HELD_OUT_SEED + k, split="val")) for k in range(count)]

    @torch.inference_mode()
    def again(picture: torch.Tensor) -> torch.Tensor:
        made: Any = model.encode(picture, return_dict=False)[0]
        latent = made.mean if hasattr(made, "mean") and not torch.is_tensor(made) else made
        return model.decode(latent, return_dict=False)[0].clamp(-1, 1)  # pyright: ignore

    def thumbnail(picture: torch.Tensor, numbers: int) -> torch.Tensor:
        scale = (numbers / picture.numel()) ** 0.5
        small = functional.interpolate(
            picture, scale_factor=scale, mode="bicubic", antialias=True, align_corners=False
        )
        return functional.interpolate(
            small, size=picture.shape[-2:], mode="bicubic", align_corners=False
        ).clamp(-1, 1)

    tensors = [to_model(picture[None], "cpu") for picture in pictures]
    channels = int(model.config["latent_channels"])
    ours, plain = [], []
    for tensor in tensors:
        numbers = channels * tensor.shape[-1] * tensor.shape[-2] // 256
        ours.append(_psnr(again(tensor), tensor))
        plain.append(_psnr(thumbnail(tensor, numbers), tensor))
    return Measured(
        value=float(np.mean(ours)),
        baseline=float(np.mean(plain)),
        n=count,
        cpu_seconds=cpu_seconds(lambda: again(tensors[0])),
    )


def _whole(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to multiples of 16, which the model can take."""
    height, width = picture.shape[:2]
    return picture[: height // 16 * 16, : width // 16 * 16]


def _psnr(made: torch.Tensor, true: torch.Tensor) -> float:
    return float(-10 * ((made - true) / 2).square().mean().log10())


def renders(asked: Asked) -> Measured:
    """Things of a layout that the judge finds in their place, beside words alone."""
    from engine.evaluation.render import FINE, FLOOR, Options, draw_all, judged, painters, report_of
    from engine.evaluation.render_judge import SHIPPED, load_judge
    from engine.evaluation.render_scenes import held_out

    judge = load_judge(SHIPPED)
    options = Options(
        count=_QUICK_PICTURES if asked.quick else 60,
        seed=0,
        pack=asked.pack,
        steps=None,
        boost=0.0,
        methods=(FINE, FLOOR),
    )
    scenes, methods = held_out(options.count, seed=options.seed), painters(options)
    pictures = draw_all(scenes, methods, context=asked.context)
    report = report_of(judged(judge, scenes, pictures), options)
    hits = {row["method"]: row["hit"] for row in report["rows"]}
    return Measured(
        value=hits[FINE],
        baseline=hits[FLOOR],
        n=len(scenes),
        cpu_seconds=cpu_seconds(lambda: methods[FINE](scenes[0])),
    )


def segmenter(asked: Asked) -> Measured:
    """Panoptic quality on held-out illustrations, beside a sky above grass for every picture."""
    from engine.evaluation.panoptic import panoptic_score
    from engine.segment.model import load_segmenter, panoptic
    from engine.training.segmenter import label_ids, truth_of

    opened = load_segmenter(asked.pack, asked.context)
    labels = tuple(opened.names[key].label for key in sorted(opened.names))
    with tempfile.TemporaryDirectory() as place:
        pools = _held_out_pools(Path(place), quick=asked.quick)
        classes = classes_in(pools, labels)
        ours, plain, pictures = [], [], []
        for pool in pools:
            for row in range(pool.count):
                ids = label_ids(pool, row, labels, classes)
                layers = np.array(pool.maps[row])
                truth = [(labels[k], mask) for k, mask in truth_of(layers, ids, labels)]
                picture = np.array(pool.pictures[row])
                pictures.append(picture)
                found = panoptic(opened, picture)
                ours.append(([(s.name.label, s.visible) for s in found], truth))
                upper = np.zeros(layers.shape, bool)
                upper[: len(upper) // 2] = True
                plain.append(([("sky", upper), ("grass", ~upper)], truth))
    return Measured(
        value=panoptic_score(ours).pq,
        baseline=panoptic_score(plain).pq,
        n=len(pictures),
        cpu_seconds=cpu_seconds(lambda: panoptic(opened, pictures[0])),
    )


def classes_in(pools: Sequence[PicturePool], labels: Collection[str]) -> dict[str, str]:
    """Label of the generated world -> what a segmenter of these classes should call it."""
    from engine.layout.palette import ade_classes
    from engine.training.segmenter import GENERAL_ONLY

    names, found = [entry.name.strip() for entry in ade_classes()], {}
    for words in (words for pool in pools for words in pool.words):
        for text, ade_class in zip(words.labels, words.classes[1:], strict=False):
            label, general = text.split(",")[0], names[ade_class - 1]
            own = label in labels and general not in GENERAL_ONLY
            found[label] = label if own else general
    return found


def click_scorer(asked: Asked) -> Measured:
    """Held-out things named first of all names, beside a guess."""
    from engine.click2mask.alpha_clip import AlphaClip
    from engine.text.nearest import known_things
    from engine.training.scorer import CHECKED, quality
    from engine.training.scorer_samples import Samples

    scorer = AlphaClip.from_pretrained(pack_folder(asked.pack) / "click_scorer")
    model, names = scorer.model, known_things()
    size = int(model.config.to_dict()["vision_config"]["image_size"])
    with tempfile.TemporaryDirectory() as place:
        samples = Samples(_held_out_pools(Path(place), quick=asked.quick), size=size, seed=0)
        found = quality(model, load_text_encoder(asked.pack), samples, names=names)
        rgb, alpha, _, _ = samples.draw(1)
    return Measured(
        value=found["top1"],
        baseline=1 / len(names),
        n=CHECKED,
        cpu_seconds=cpu_seconds(lambda: scorer.image(rgb, alpha)),
    )


def _held_out_pools(folder: Path, *, quick: bool) -> list[PicturePool]:
    from engine.training.picture_pool import open_pools

    count = _QUICK_POOL if quick else _POOL
    return open_pools(folder, count=count, seed=_HELD_OUT_SEED, split="val")


MODELS = (
    Model(
        key="picture-autoencoder",
        name="picture autoencoder",
        components=("text_to_image",),
        weights=("text_to_image/vae",),
        figure="PSNR of pictures with their reconstruction, dB",
        baseline="a thumbnail of as many numbers",
        use="one 256 px picture, there and back",
        measure=picture_autoencoder,
        best=None,
    ),
    Model(
        key="render",
        name="text-to-image and ControlNet",
        components=("text_to_image", "controlnet_seg"),
        weights=("text_to_image/unet", "controlnet_seg"),
        figure="things of a layout that a judge finds in their place",
        baseline="the words alone",
        use="one render of a 256 px layout",
        measure=renders,
    ),
    Model(
        key="segmenter",
        name="segmenter",
        components=("segmenter",),
        weights=("segmenter",),
        figure="panoptic quality on illustrations",
        baseline="sky above, grass below",
        use="one picture",
        measure=segmenter,
    ),
    Model(
        key="scorer",
        name="click scorer",
        components=("click_scorer", "text_encoder"),
        weights=("click_scorer",),
        figure="things in pictures named first of all names",
        baseline="a guess",
        use="one region",
        measure=click_scorer,
    ),
)
