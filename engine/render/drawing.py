"""One picture: words encoded, regions laid out, the stock pipeline called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.render import region_attention
from engine.render.load import Renderer
from engine.render.region_attention import Regions, acting
from engine.render.scene import Scene

OnStep = Callable[[int, NDArray[np.uint8] | None], None]
"""Gets the number of finished steps and, where there is one, a look at the picture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoded:
    """A scene's words as the denoiser reads them, and the regions they act on."""

    embeddings: dict[str, torch.Tensor]
    regions: Regions | None


def encode(renderer: Renderer, scene: Scene) -> Encoded:
    """Run the text encoders once for all pictures of a scene."""
    with torch.inference_mode():
        embeddings, lengths = region_attention.encode(
            renderer.pipeline,
            scene.prompt,
            scene.negative,
            guided=scene.guidance > 1,
            phrases=[region.text for region in scene.regions],
        )
    if not lengths:
        return Encoded(embeddings=embeddings, regions=None)
    width, height = scene.size
    factor = renderer.pipeline.vae_scale_factor
    masks = np.stack([region.mask for region in scene.regions])
    regions = Regions(
        torch.from_numpy(masks).float(),
        lengths,
        whole=embeddings["prompt_embeds"].shape[1] - sum(lengths),
        latent=(height // factor, width // factor),
        boost=scene.boost,
    )
    return Encoded(embeddings=embeddings, regions=regions)


def draw(
    renderer: Renderer, scene: Scene, encoded: Encoded, *, seed: int, on_step: OnStep
) -> NDArray[np.uint8]:
    """One picture, RGB uint8 (height, width, 3). What `on_step` raises ends it at once."""
    pipeline, regions = renderer.pipeline, encoded.regions

    def after_step(_: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
        done = step + 1
        if regions is not None:
            regions.at(1 - done / scene.steps)
        # The multistep solver keeps what the denoiser foresees of the finished latents.
        foreseen = pipeline.scheduler.model_outputs[-1]
        on_step(done, renderer.preview(foreseen) if done < scene.steps else None)
        return values

    with steered(renderer, regions):
        made = pipeline(
            **encoded.embeddings,
            **_condition(renderer, scene),
            width=scene.size[0],
            height=scene.size[1],
            num_inference_steps=scene.steps,
            guidance_scale=scene.guidance,
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=after_step,
            output_type="np",
        )
    return (made.images[0] * 255).round().astype(np.uint8)


@contextmanager
def steered(renderer: Renderer, regions: Regions | None) -> Iterator[None]:
    """One picture's call of the pipeline: words keep to their regions meanwhile."""
    if regions is not None:
        regions.at(1.0)
    try:
        with nullcontext() if regions is None else acting(renderer.denoisers, regions):
            yield
    except BaseException:
        # The pipelines give offloaded models back only when they come to their end.
        renderer.pipeline.maybe_free_model_hooks()
        raise


def _condition(renderer: Renderer, scene: Scene) -> dict[str, Any]:
    if not renderer.control:
        return {}
    assert scene.condition is not None
    # 0..1, not -1..1 (algorithms 5.1); a tensor of the right size is resized by nobody.
    image = torch.from_numpy(scene.condition).permute(2, 0, 1)[None].float() / 255
    scale = {"controlnet_conditioning_scale": scene.control_scale}
    if renderer.union:
        from engine.render.load import UNION_SEGMENT

        return {"control_image": [image], "control_mode": [UNION_SEGMENT], **scale}
    return {"image": image, **scale}


def token_count(renderer: Renderer, text: str) -> tuple[int, int]:
    """Tokens of a text, marks included, and how many the text encoder reads."""
    tokenizer = renderer.pipeline.tokenizer
    return len(tokenizer(text)["input_ids"]), int(tokenizer.model_max_length)
