"""The main figures of what puts things into pictures: insertion by mask, and Click2Mask."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.all_asked import Asked, Measured, Model, cpu_seconds
from engine.evaluation.click2mask_cases import ClickCase, held_out_cases
from engine.evaluation.insert import BOX, SMARTMASK, Made, insert_all, inserter, segmenter
from engine.evaluation.insert_metrics import overlap
from engine.models.packs import pack_hash

_CASES, _QUICK_CASES = 40, 6
_CLICKS, _QUICK_CLICKS = 20, 3
_RESULTS = 1
"""Of a click. The best of several would be chosen by the scorer, which a disc gains from too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inserted:
    cases: Sequence[ClickCase]
    made: Mapping[str, Sequence[Made]]
    seconds: float


_made: dict[tuple[str, str, bool], _Inserted] = {}
"""Pictures that two rows of the table are read from: drawn once."""


def insertions(asked: Asked) -> Measured:
    """Inserted things whose class the judge reads there, beside a plain box as the mask."""
    from engine.evaluation.insert import recognised
    from engine.evaluation.render_judge import SHIPPED, load_judge

    judge, found = load_judge(SHIPPED), _inserted(asked)

    def seen(method: str) -> float:
        return float(
            np.mean(
                [
                    recognised(judge, made.picture, case.mask, case.label)["class_seen"]
                    for case, made in zip(found.cases, found.made[method], strict=True)
                ]
            )
        )

    return Measured(
        value=seen(SMARTMASK),
        baseline=seen(BOX),
        n=len(found.cases),
        cpu_seconds=found.seconds,
    )


def insertion_masks(asked: Asked) -> Measured:
    """IoU of SmartMask's mask with the truth, beside filling the box and segmenting the result."""
    found, segment = _inserted(asked), segmenter(asked.pack)
    after = []
    for number, (case, made) in enumerate(zip(found.cases, found.made[BOX], strict=True)):
        asked.context.progress("Segmenting", number, len(found.cases))
        after.append(overlap(segment(case, made.picture), case.mask))
    ours = [
        overlap(made.mask, case.mask)
        for case, made in zip(found.cases, found.made[SMARTMASK], strict=True)
    ]
    case, made = found.cases[0], found.made[BOX][0]
    return Measured(
        value=float(np.mean(ours)),
        baseline=float(np.mean(after)),
        n=len(ours),
        cpu_seconds=cpu_seconds(lambda: segment(case, made.picture)),
    )


def _inserted(asked: Asked) -> _Inserted:
    key = (asked.pack, pack_hash(asked.pack), asked.quick)
    if key not in _made:
        cases = held_out_cases(_QUICK_CASES if asked.quick else _CASES, seed=0)
        started = time.process_time()
        made = insert_all(
            cases,
            inserter(),
            pack=asked.pack,
            seed=0,
            steps=None,
            methods=(SMARTMASK, BOX),
            context=asked.context,
        )
        spent = time.process_time() - started
        _made.clear()
        _made[key] = _Inserted(cases=cases, made=made, seconds=spent / (2 * len(cases)))
    return _made[key]


def clicks(asked: Asked) -> Measured:
    """Things that a judge names first of all at the click, beside a disc of the end's size."""
    from engine.click2mask.alpha_clip import AlphaClip
    from engine.click2mask.config import default_preset, pack_config
    from engine.click2mask.load import open_parts
    from engine.evaluation.click2mask import Bench, checked_judge
    from engine.evaluation.click2mask_arms import OURS, main_arms
    from engine.evaluation.click2mask_metrics import JUDGE, Judge
    from engine.models.packs import pack_folder
    from engine.text.nearest import known_things

    judge = Judge(AlphaClip.from_pretrained(checked_judge(JUDGE)), known_things())
    folder = pack_folder(asked.pack)
    pipeline, scorer = open_parts(asked.pack, asked.context)
    cases = held_out_cases(_QUICK_CLICKS if asked.quick else _CLICKS, seed=0)
    bench = Bench(
        pack=asked.pack,
        pipeline=pipeline,
        scorer=scorer,
        judge=judge,
        context=asked.context,
        count=_RESULTS,
        seed=0,
        total=2 * len(cases),
    )
    arms = {arm.name: arm for arm in main_arms(pack_config(folder, default_preset(folder)))}
    started = time.process_time()
    bench.ask(OURS, cases, arms[OURS])
    spent = time.process_time() - started
    bench.ask("end disc", cases, arms["end disc"])
    hits = {
        name: float(np.mean([scores["hit"] for scores in rows.values()]))
        for name, rows in bench.rows.items()
    }
    return Measured(
        value=hits[OURS],
        baseline=hits["end disc"],
        n=len(cases),
        cpu_seconds=spent / len(cases),
    )


MODELS = (
    Model(
        key="inpaint",
        name="insertion ControlNet",
        components=("text_to_image", "controlnet_inpaint", "smartmask"),
        weights=("controlnet_inpaint",),
        figure="inserted things whose class a judge reads there",
        baseline="a plain box as the mask",
        use="one insertion",
        measure=insertions,
    ),
    Model(
        key="insert-mask",
        name="insertion's mask",
        components=("text_to_image", "controlnet_inpaint", "smartmask", "segmenter"),
        weights=("smartmask/denoiser", "smartmask/layout_encoder"),
        figure="IoU of the inserted thing's mask with the true one",
        baseline="fill the box, then segment",
        use="one segmentation",
        measure=insertion_masks,
    ),
    Model(
        key="click2mask",
        name="Click2Mask",
        components=("text_to_image", "click_scorer"),
        weights=(
            "text_to_image/unet",
            "click_scorer",
            "controlnet_seg",
            "controlnet_inpaint",
            "smartmask/denoiser",
        ),
        figure="things that a judge names first of all at the click",
        baseline="a disc of the end's size",
        use="one click, one result",
        measure=clicks,
    ),
)
