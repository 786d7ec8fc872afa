"""Results drawn close up. Ours, for packs whose picture model is small.

A clicked object covers 3 to 5 % of the canvas: of the lite model's 16 x 16 latents, 3 x 3. So the
mask still evolves as the paper has it, but what is drawn into it is drawn as an insertion: in a
window around the mask, by the ControlNets, the words kept to the object's region.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CloseUp:
    """One result.

    Attributes:
        photo: The whole photo with the object.
        mask: What the object was drawn into, at the photo's size.
    """

    seed: int
    photo: Pixels
    mask: Mask


def close_ups(
    request: ClickRequest, mask: Mask, *, shaped: bool, context: JobContext, cost: Cost
) -> list[CloseUp]:
    """As many results as are wanted, in the order of their seeds.

    Args:
        mask: The evolved one, at the photo's size.
        shaped: Whether the results are drawn into silhouettes that SmartMask proposes at the click
            (in the mask's box where there are several), those first that agree best with the mask.
            The small model's evolved masks are much the same blob whatever is asked for: it is
            SmartMask that knows how large a cow is there, and which side is up.
    """
    shaped = shaped and has_component(request.pack, "smartmask")
    one = len(request.clicks) == 1
    result = insert.run(
        InsertRequest(
            photo=request.photo,
            label=_ARTICLE.sub("", request.prompt)[:MAX_LABEL],
            mask=None if shaped else mask,
            guidance=Guidance.at_point(*request.clicks[0]) if one else Guidance.at_box(mask.box),
            like=mask,
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
    return [
        CloseUp(seed=each.picture.seed, photo=each.picture.pixels, mask=each.layer.mask)
        for each in made
    ]
