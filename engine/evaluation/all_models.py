"""The main figures of the lite models for words, masks and plans."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.evaluation.all_asked import Asked, Measured, Model, cpu_seconds
from engine.models.packs import load_smartmask, load_text_encoder, pack_folder

_CODE_SIDE = 11
"""A thumbnail of 11 x 11 has about as many numbers as a shape's code (128)."""
_WORDS_TIMED = 100


def text_encoder(asked: Asked) -> Measured:
    """Words taken for a right thing, beside the thing spelled most alike."""
    from engine.text.evaluate import spelled_accuracy, word_accuracy, words_tried

    encoder = load_text_encoder(asked.pack)
    words = list(words_tried()[1])
    timed = [words[k % len(words)] for k in range(_WORDS_TIMED)]
    return Measured(
        value=word_accuracy(encoder),
        baseline=spelled_accuracy(),
        n=len(words),
        cpu_seconds=cpu_seconds(lambda: encoder.embed(timed)),
    )


def mask_autoencoder(asked: Asked) -> Measured:
    """IoU of held-out silhouettes with what is left of them, mean of real and drawn ones."""
    import torch

    from engine.training.autoencoder import held_out_iou
    from engine.training.shapes import ShapeBank, shape_bank

    bank = shape_bank(asked.data, split="val")
    if asked.quick:
        few = np.random.default_rng(0).permutation(len(bank.frames))[:300]
        bank = ShapeBank(bank.frames[few], bank.natural[few], tuple(bank.labels[i] for i in few))
    model = load_smartmask(asked.pack).mask_autoencoder
    found = held_out_iou(model, bank, "cpu")
    kinds = [kind for kind in (bank.natural, ~bank.natural) if kind.any()]
    baseline = [float(np.mean([_thumbnail_iou(f) for f in bank.frames[kind]])) for kind in kinds]
    one = torch.from_numpy(bank.frames[:1])[:, None].float() / 255

    def use() -> None:
        with torch.inference_mode():
            model.decode(model.encode(one))

    return Measured(
        value=float(np.mean(list(found.values()))),
        baseline=float(np.mean(baseline)),
        n=len(bank.frames),
        cpu_seconds=cpu_seconds(use),
    )


def _thumbnail_iou(frame: NDArray[np.uint8]) -> float:
    small = cv2.resize(frame, (_CODE_SIDE, _CODE_SIDE), interpolation=cv2.INTER_AREA)
    size = (frame.shape[1], frame.shape[0])
    made = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)) > 127
    true = frame > 127
    return float((made & true).sum() / max((made | true).sum(), 1))


def smartmask(asked: Asked) -> Measured:
    """Best of 8 masks in the true box, mean over the sources, beside 8 retrieved shapes."""
    from engine.evaluation.cases import held_out_cases
    from engine.evaluation.report import OURS
    from engine.evaluation.smartmask import TRAIN_SCENES, Options, evaluate, judges_for
    from engine.jobs.context import QuietContext
    from engine.layout.geometry import Box
    from engine.layout.guidance import Guidance
    from engine.layout.layout import Layout
    from engine.smartmask.request import SuggestRequest
    from engine.smartmask.suggest import run as suggest

    count = 40 if asked.quick else 64
    cases = held_out_cases(asked.data, count=count, seed=0)
    judges = judges_for(cases, data=asked.data, seed=0, scenes=150 if asked.quick else TRAIN_SCENES)
    # Only the fit counts here, not whether a classifier knows the shape.
    judges = {source: replace(found, classifier=None) for source, found in judges.items()}
    options = Options(
        count=count, changed=0, kinds=("box",), changed_kinds=(), seed=0, pack=asked.pack
    )
    report, _ = evaluate(
        lambda request: suggest(request, QuietContext()),
        cases, judges=judges, options=options, context=asked.context,
    )  # fmt: skip
    rows = [row for row in report["rows"] if row["size"] == "all"]
    request = SuggestRequest(
        layout=Layout(width=512, height=384),
        label="dog",
        guidance=Guidance.at_box(Box(100, 100, 200, 150)),
        pack=asked.pack,
    )
    return Measured(
        value=float(np.mean([row["best8"] for row in rows if row["method"] == OURS])),
        baseline=float(np.mean([row["best8"] for row in rows if row["method"] == "retrieved"])),
        n=sum(len(found) for found in cases.values()),
        cpu_seconds=cpu_seconds(lambda: suggest(request, QuietContext())),
    )


def planner(asked: Asked) -> Measured:
    """IoU of the top-scored box with the true one, beside the class's mean box."""
    from engine.evaluation.planner_cases import held_out_cases
    from engine.evaluation.planner_metrics import box_figures
    from planner.baselines import STATISTICS_FILE, PriorPlacer
    from planner.llava import LlavaPlanner

    folder = pack_folder(asked.pack) / "planner"
    ours = LlavaPlanner.from_pretrained(folder)
    prior = PriorPlacer.from_file(folder / STATISTICS_FILE)
    cases = held_out_cases(asked.data, count=60 if asked.quick else 480, seed=0)
    found: list[tuple[float, float]] = []
    for done, case in enumerate(cases):
        asked.context.progress("Boxes", done, len(cases))
        found.append(
            (
                box_figures(ours.propose(case.query), case.truth)["iou"],
                box_figures(prior.propose(case.query), case.truth)["iou"],
            )
        )
    value, baseline = np.mean(found, axis=0)
    return Measured(
        value=float(value),
        baseline=float(baseline),
        n=len(cases),
        cpu_seconds=cpu_seconds(lambda: ours.propose(cases[0].query)),
    )


MODELS = (
    Model(
        key="text",
        name="text encoder",
        components=("text_encoder",),
        weights=("text_encoder", "text_to_image/text_encoder"),
        figure="words taken for a right thing",
        baseline="the thing spelled most alike",
        use=f"{_WORDS_TIMED} words",
        measure=text_encoder,
    ),
    Model(
        key="mask-autoencoder",
        name="mask autoencoder",
        components=("smartmask",),
        weights=("smartmask/mask_autoencoder",),
        figure="IoU of silhouettes with their reconstruction",
        baseline="a thumbnail of as many numbers",
        use="one silhouette",
        measure=mask_autoencoder,
    ),
    Model(
        key="smartmask",
        name="SmartMask",
        components=("text_encoder", "smartmask"),
        weights=("smartmask/denoiser", "smartmask/layout_encoder"),
        figure="IoU of the best of 8 masks in the true box",
        baseline="8 retrieved training shapes",
        use="4 suggestions",
        measure=smartmask,
    ),
    Model(
        key="planner",
        name="planner",
        components=("planner",),
        weights=("planner",),
        figure="IoU of the first box with the true one",
        baseline="mean box of the class",
        use="one question",
        measure=planner,
    ),
)
