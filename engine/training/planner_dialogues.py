"""What the planner is told and asked in training: tokens of true scenes, and of scrambled ones.

All questions about one map share its tokens, the caption and the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from engine.layout.geometry import Box
from engine.layout.labels import ade_class_of
from engine.training.planner_samples import MAP_SIDE, PlanItem, PlanRow, Rng, paint
from planner.boxes import MIN_SIDE, box_text
from planner.placer import Present, RelativeBox
from planner.prompts import (
    LISTED,
    PromptForm,
    head,
    list_answer,
    list_prompt,
    listed,
    present_text,
    question_text,
    scene_text,
)

HERE = "here"
"""What a question says of a thing that is already there."""
LIST_DROP = 0.25
"""Share of maps whose list is left out, so that the map itself is read."""
PAINTED_SHARE = 0.5
"""Of scrambled scenes that are painted; the others are listed."""
CLEAR = 0.5
"""A thing of a scrambled map must show this share of itself to be asked for."""
READABLE, LARGEST = 0.1, 0.7
"""Sides of scrambled boxes: a painted one at least about as large as a patch, none so large that it
hides most others."""
ELLIPSE = np.pi / 4
"""Share of its box."""
LOOKUP_SHARE = 0.7
"""Share of maps that are also asked where one of the things present is. Measured: without, blanking
map and list cost nothing, for nothing taught the model to find a thing that a question names."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Tokens of one map: what is shared, and (question, answer) pairs; and the class map, where it
    is another than the row's."""

    shared: list[int]
    asks: list[tuple[list[int], list[int]]]
    values: NDArray[np.uint8] | None = None

    @property
    def length(self) -> int:
        """Tokens in all."""
        return len(self.shared) + sum(len(q) + len(a) for q, a in self.asks)


@dataclass(frozen=True, slots=True)
class Words:
    """How the lite planner's texts become tokens: begin mark, map, text, end mark.

    Attributes:
        side: Patches along a side of the map, each of them a token.
    """

    tokenizer: PreTrainedTokenizerBase
    form: PromptForm
    image_token: int
    side: int

    def encode(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"] if text else []

    def shared(self, text: str) -> list[int]:
        image = [self.image_token] * self.side**2
        begin: Any = self.tokenizer.bos_token_id
        return [begin, *image, *self.encode(text)]

    def ask(self, question: str, answer: str) -> tuple[list[int], list[int]]:
        end: Any = self.tokenizer.eos_token_id
        return self.encode(question), [*self.encode(answer), end]


def place_sequence(
    row: PlanRow,
    words: Words,
    rng: Rng,
    *,
    asks: int,
    list_drop: float = LIST_DROP,
    lookup_share: float = LOOKUP_SHARE,
) -> Dialogue:
    """Stage 2: boxes of the objects that are missing, and of one that is there."""
    asked = [(a.label, a.relation, a.box) for a in row.asks[:asks]]
    found = _lookup(row, rng) if rng.random() < lookup_share else None
    if found is not None:
        asked.append((found.label, HERE, found.box))
    present = () if rng.random() < list_drop else row.present
    speech = " ".join(f"{label} {relation}" for label, relation, _ in asked)
    present = listed(present, asked=speech, limit=LISTED)
    scene = scene_text(row.caption, aspect=row.aspect, present=present, form=words.form)
    return Dialogue(
        words.shared(scene),
        [_placed(label, relation, box, words) for label, relation, box in asked],
    )


def scrambled_sequence(row: PlanRow, words: Words, rng: Rng, *, asks: int) -> Dialogue:
    """Where the things of a list are, or of a map (ours): the row's names at boxes that mean
    nothing, either listed beside a blank map or painted as ellipses, so that nothing else can tell.

    Measured: beside true scenes the guess that a name allows is good enough that a model of this
    size does not begin to look things up.
    """
    # One name of a class: two of one colour cannot be told apart on a map.
    names = list({_class_of(n): n for n in _heads(row)}.values())
    rng.shuffle(names)
    painted = rng.random() < PAINTED_SHARE
    boxes = _any_boxes(min(len(names), LISTED), rng, least=READABLE if painted else MIN_SIDE)
    there = [Present(name, box) for name, box in zip(names, boxes, strict=False)]
    values = np.zeros((MAP_SIDE, MAP_SIDE), np.uint8)
    if painted:
        items = [_item(each) for each in there]
        values, numbers = paint(items, size=(MAP_SIDE, MAP_SIDE))
        seen = np.bincount(numbers.ravel(), minlength=len(there) + 1)[1:]
        whole = [ELLIPSE * item.box.area for item in items]
        there = [t for t, n, area in zip(there, seen, whole, strict=True) if n >= CLEAR * area]
    listed_ = () if painted else there
    scene = scene_text("", aspect=1.0, present=listed_, form=words.form)
    return Dialogue(
        words.shared(scene),
        [
            _placed(there[i].label, HERE, there[i].box, words)
            for i in rng.permutation(len(there))[:asks]
        ],
        values,
    )


def _heads(row: PlanRow) -> list[str]:
    return [head(each.label) for each in (*row.present, *row.asks)]


@lru_cache(maxsize=4096)
def _class_of(label: str) -> int:
    return ade_class_of(label).ade_class


def _any_boxes(count: int, rng: Rng, *, least: float) -> list[RelativeBox]:
    """Boxes anywhere on the square, with sides of `least` at least, in hundredths."""
    sides = rng.uniform(least, LARGEST, (count, 2))
    starts = rng.random((count, 2)) * (1 - sides)
    ends = starts + sides
    return [
        RelativeBox(*(round(v, 2) for v in (x1, y1, x2, y2)))
        for (x1, y1), (x2, y2) in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def _item(there: Present) -> PlanItem:
    x1, y1, x2, y2 = (
        round(v * MAP_SIDE) for v in (there.box.x1, there.box.y1, there.box.x2, there.box.y2)
    )
    box = Box(x1, y1, max(1, x2 - x1), max(1, y2 - y1))
    return PlanItem(there.label, _class_of(there.label), box)


def _placed(
    label: str, relation: str, box: RelativeBox, words: Words
) -> tuple[list[int], list[int]]:
    """The question where something goes, or is, with its answer."""
    question = question_text(label, relation, form=words.form)
    return words.ask(question, box_text(box, brackets=words.form.brackets))


def _lookup(row: PlanRow, rng: Rng) -> Present | None:
    """A thing of the map that its name and its colour tell from all others there."""
    classes = [_class_of(head(p.label)) for p in row.present]
    single = [
        there
        for there, ade_class in zip(row.present, classes, strict=True)
        if classes.count(ade_class) == 1 and head(there.label) in row.names
    ]
    return single[int(rng.integers(len(single)))] if single else None


def name_sequence(row: PlanRow, words: Words) -> Dialogue:
    """Stage 1: the names of what is on the map."""
    return Dialogue(words.shared(""), [words.ask(list_prompt(words.form), list_answer(row.names))])


def look_sequence(row: PlanRow, words: Words) -> Dialogue:
    """Stage 0 (ours): name everything, then say where it is."""
    present = listed(row.present, asked="")
    asks = [
        words.ask(list_prompt(words.form), list_answer(row.names)),
        words.ask("boxes :", present_text(present, words.form)),
    ]
    return Dialogue(words.shared(""), asks)
