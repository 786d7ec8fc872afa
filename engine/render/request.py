"""What goes into render and insert jobs and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.layout.guidance import Guidance
from engine.layout.layer import Layer
from engine.layout.layout import Layout
from engine.layout.mask import Mask

MAX_PICTURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """Ask for pictures of a layout. The same request gives the same pictures.

    Attributes:
        layout: What to draw; its caption and the layers' prompts make the prompt.
        prompt: Used instead of the prompt that the layout makes; "" takes the layout's.
        negative: What the picture should not show.
        style: Name of a style preset ("" leaves the prompt as it is); see `engine.render.styles`.
        count: Number of pictures, 1..MAX_PICTURES.
        seed: Picture k (from 1) is drawn with seed + k - 1, whatever the count.
        size: Longest side in px; None takes the pack's own size.
        steps, guidance, control_scale: Denoising steps, classifier-free guidance scale,
            ControlNet's weight; None takes the pack's default.
        layer_prompts: Whether each layer's words also act on its own region (attention by mask).
        pack: Which pack answers.
    """

    layout: Layout
    prompt: str = ""
    negative: str = ""
    style: str = ""
    count: int = 1
    seed: int = 0
    size: int | None = None
    steps: int | None = None
    guidance: float | None = None
    control_scale: float | None = None
    layer_prompts: bool = True
    pack: str = "lite"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One finished picture.

    Attributes:
        sample: Number k, from 1.
        seed: The seed this picture was drawn with.
        pixels: RGB, uint8 (height, width, 3).
        score: Of an insertion, 0..1 for the order of display; 0 where nothing is ranked.
    """

    sample: int
    seed: int
    pixels: NDArray[np.uint8]
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RenderResult:
    """Pictures of a render request, in the order of their seeds.

    Attributes:
        request: As it was drawn, the pack's defaults filled in.
        prompt: The prompt that was used, style included.
        notes: Lines the user should read.
        pack, model_hash: Who answered.
        seconds: Wall time by stage ("load", "draw").
    """

    request: RenderRequest
    pictures: tuple[Picture, ...]
    prompt: str = ""
    notes: tuple[str, ...] = ()
    pack: str = ""
    model_hash: str = ""
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InsertRequest:
    """Ask for an object inside an existing picture, its background kept.

    Attributes:
        photo: RGB, uint8 (height, width, 3); pixels outside the mask's feather come back
            bit-identical.
        layout: The photo's layers at the photo's size, which SmartMask sees and the seg
            ControlNet is shown; None has the photo segmented first.
        label: What to insert.
        mask: Where exactly; None has SmartMask propose masks from `guidance`.
        guidance: Used without a mask.
        like: Used without a mask: variation k takes of the masks that SmartMask proposes the one
            that overlaps k-th best with this one.
        caption: Of the whole picture; "" makes one of the label.
        count: Number of variations, 1..MAX_PICTURES; variation k uses seed + k - 1.
        feather: Width in px of the soft edge outside the mask; None takes the pack's share of the
            longest side.
        behind: Id of the layer of `layout` that the object goes behind.
        Others as in RenderRequest.
    """

    photo: NDArray[np.uint8]
    label: str
    layout: Layout | None = None
    mask: Mask | None = None
    guidance: Guidance = field(default_factory=Guidance)
    like: Mask | None = None
    caption: str = ""
    negative: str = ""
    style: str = ""
    count: int = 1
    seed: int = 0
    feather: int | None = None
    behind: str | None = None
    steps: int | None = None
    scale: float | None = None
    control_scale: float | None = None
    pack: str = "lite"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Insertion:
    """One variation: the whole picture, and the inserted object as a layer."""

    picture: Picture
    layer: Layer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InsertResult:
    """Variations of an insert request, best first.

    Attributes:
        layout: The photo's layout as it was seen, without the new object.
        Others as in RenderResult.
    """

    request: InsertRequest
    insertions: tuple[Insertion, ...]
    layout: Layout
    notes: tuple[str, ...] = ()
    pack: str = ""
    model_hash: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
