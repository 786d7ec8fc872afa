"""Results drawn close up. Ours, for packs whose picture model is small.

A clicked object covers 3 to 5 % of the canvas: of the lite model's 16 x 16 latents, 3 x 3. So the
mask still evolves as the paper has it, but what is drawn into it is drawn as an insertion: in a
window around the mask, by the ControlNets, the words kept to the object's region.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.click2mask.diffusion import Cost, Pixels
from engine.click2mask.request import ClickRequest
from engine.jobs.context import JobContext
from engine.layout.guidance import Guidance
from engine.layout.layout import MAX_LABEL
from engine.layout.mask import Mask
from engine.models.packs import has_component
from engine.render import insert
from engine.render.request import InsertRequest

_ARTICLE = re.compile(r"^(?:an?|the)\s+(?=\S)", re.IGNORECASE)
"""Labels have none, and the small models know what they have seen."""


def can_draw(pack: str) -> bool:
    """Whether a pack has what close-ups are drawn with."""
    return has_component(pack, "controlnet_inpaint")


def close_ups(
    request: ClickRequest, mask: Mask, *, shaped: bool, context: JobContext, cost: Cost
) -> tuple[Sequence[int], list[Pixels]]:
    """Seeds and whole photos with the object, one for each result that is wanted.

    Args:
        mask: The evolved one, at the photo's size.
        shaped: Whether SmartMask draws a silhouette into the mask's box first, each result its own.
            It goes by the box, for the small model's evolved masks are all much the same blob.
    """
    has_shapes = has_component(request.pack, "smartmask")
    result = insert.run(
        InsertRequest(
            photo=request.photo,
            label=_ARTICLE.sub("", request.prompt)[:MAX_LABEL],
            mask=None if shaped and has_shapes else mask,
            guidance=Guidance.at_box(mask.box),
            count=request.count,
            seed=request.seed,
            pack=request.pack,
        ),
        context,
    )
    assert result.request.steps is not None
    calls = result.request.steps * request.count
    cost.unet, cost.unet_calls = cost.unet + calls, cost.unet_calls + calls
    made = sorted(result.insertions, key=lambda each: each.picture.sample)
    return [each.picture.seed for each in made], [each.picture.pixels for each in made]
