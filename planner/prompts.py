"""What the planner is asked, in words (SmartMask 3.3; wording: ours, the paper prints none)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from planner.boxes import area, box_text, canvas_box
from planner.placer import PlaceQuery, Present

FORM_FILE = "planner.json"
"""Beside a model's config: the prompt form it was trained with."""
LISTED = 12
"""Objects that a prompt lists at most: a longer list costs time and adds little."""
CAPTION_WORDS = 40

_FULL_LIST = "List the objects in this layout in drawing order."


@dataclass(frozen=True, slots=True)
class PromptForm:
    """How questions and boxes are written.

    Attributes:
        short: The clipped wording of the lite model, where every word costs time.
        brackets: Boxes as "[x1, y1, x2, y2]", as LLaVA-1.5 learned them, else bare numbers.
    """

    short: bool = False
    brackets: bool = True


FULL = PromptForm()
"""Of LLaVA-1.5-7B, and of any folder that does not say otherwise."""
SHORT = PromptForm(short=True, brackets=False)
"""Of the lite planner."""


def read_form(folder: Path) -> PromptForm:
    """The form a model folder asks for; FULL where it says nothing, as plain LLaVA-1.5 does."""
    file = folder / FORM_FILE
    if not file.is_file():
        return FULL
    return PromptForm(**json.loads(file.read_text(encoding="utf-8"))["form"])


def write_form(folder: Path, form: PromptForm) -> None:
    text = json.dumps({"form": asdict(form)}, indent=1)
    (folder / FORM_FILE).write_text(text + "\n", encoding="utf-8")


def list_prompt(form: PromptForm = FULL) -> str:
    """Stage 1: what is on this semantic map."""
    return "list :" if form.short else _FULL_LIST


def list_answer(labels: Iterable[str]) -> str:
    """The answer of stage 1: names in drawing order, poses left out."""
    return ", ".join(head(label) for label in labels)


def parse_list(text: str) -> list[str]:
    """The names in an answer of stage 1."""
    return [name for name in (part.strip(" .\n\t") for part in re.split(r"[,;\n]", text)) if name]


def place_prompt(query: PlaceQuery, form: PromptForm = FULL) -> str:
    """Stage 2: where does the next object go."""
    present = listed(query.present, asked=f"{query.label} {query.relation}")
    scene = scene_text(query.caption, aspect=query.aspect, present=present, form=form)
    return scene + question_text(query.label, query.relation, form=form)


def scene_text(
    caption: str, *, aspect: float, present: Sequence[Present], form: PromptForm = FULL
) -> str:
    """The part of a stage 2 prompt that tells what the scene is; the question follows it."""
    caption = " ".join(caption.split()[:CAPTION_WORDS])
    canvas = box_text(canvas_box(aspect), brackets=form.brackets)
    there = present_text(present, form)
    if form.short:
        return f"{caption} | {canvas} | {there} | "
    scene = f"The final scene is: {caption.rstrip('.')}. " if caption else ""
    return f"{scene}The canvas is {canvas}. " + (f"Present: {there}. " if there else "")


def question_text(label: str, relation: str, *, form: PromptForm = FULL) -> str:
    """The part of a stage 2 prompt that asks."""
    if form.short:
        return f"{label} | {relation} :" if relation else f"{label} :"
    wish = f" It should be {relation}." if relation else ""
    return f"Where should the next object, {label}, go?{wish} Answer with one box [x1, y1, x2, y2]."


def present_text(present: Sequence[Present], form: PromptForm = FULL) -> str:
    """ "sky [0.00, 0.00, 1.00, 0.50]; bench [0.20, 0.50, 0.40, 0.60]", farthest first."""
    between = " ; " if form.short else "; "
    parts = (f"{head(p.label)} {box_text(p.box, brackets=form.brackets)}" for p in present)
    return between.join(parts)


def listed(present: Sequence[Present], *, asked: str, limit: int = LISTED) -> list[Present]:
    """The objects that a prompt names: those it speaks of first, then the largest; far to near."""
    if len(present) <= limit:
        return list(present)
    words = f" {asked.lower()} "
    order = sorted(
        range(len(present)),
        key=lambda i: (head(present[i].label).lower() not in words, -area(present[i].box), i),
    )
    return [present[i] for i in sorted(order[:limit])]


def head(label: str) -> str:
    """A label without its pose: "girl, sitting" -> "girl"."""
    return label.split(",")[0].strip()
