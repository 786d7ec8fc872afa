"""One picture: words encoded, regions laid out, the stock pipeline called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.layout.layout import Layout
from engine.render.conditioning import Size, ids_at
from engine.render.load import Renderer
from engine.render.preview import decoded
from engine.render.prompt import Phrase
from engine.render.region_attention import Regions, acting, padded, with_phrases

MAX_PHRASES = 32
"""Regions with words of their own at most: the largest ones."""
MIN_SHARE = 1 / 4096
"""Of the picture; a smaller region is left to the whole prompt."""
DECODED_PREVIEWS = 4
"""True decodes among a picture's previews, where the VAE is small."""

OnStep = Callable[[int, NDArray[np.uint8] | None], None]
"""Gets the number of finished steps and, where there is one, a look at the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Words and where they act: bool (height, width) at the size of the picture."""

    text: str
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All that the pictures of one request share.

    Attributes:
        prompt, negative: Of the whole picture, style included.
        size: (width, height) in px.
        condition: RGB uint8 (height, width, 3), or None for a renderer without ControlNet.
        regions: Words of their own for parts of the picture; none switches that off.
    """

    prompt: str
    negative: str
    size: Size
    condition: NDArray[np.uint8] | None
    regions: tuple[Region, ...]
    steps: int
    guidance: float
    control_scale: float
    boost: float


def regions_of(layout: Layout, phrases: Sequence[Phrase], size: Size) -> tuple[Region, ...]:
    """Each phrase with the visible part of its layers, by the layout's one depth order."""
    ids = ids_at(layout, size)
    regions = []
    for phrase in phrases[:MAX_PHRASES]:
        mask = np.isin(ids, np.array(phrase.layers) + 1)
        if mask.mean() >= MIN_SHARE:
            regions.append(Region(text=phrase.text, mask=mask))
    return tuple(regions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Encoded:
    """A scene's words as the denoiser reads them, and the regions they act on."""

    embeddings: dict[str, torch.Tensor]
    regions: Regions | None


def encode(renderer: Renderer, scene: Scene) -> Encoded:
    """Run the text encoders once for all pictures of a scene."""
    with torch.inference_mode():
        whole = _encoded(renderer, scene.prompt, scene.negative, scene.guidance > 1)
        if not scene.regions:
            return Encoded(embeddings=whole, regions=None)
        states = _phrases(renderer, [region.text for region in scene.regions])
        prompt = whole["prompt_embeds"]
        whole["prompt_embeds"], lengths = with_phrases(prompt, states)
        if "negative_prompt_embeds" in whole:
            whole["negative_prompt_embeds"] = padded(whole["negative_prompt_embeds"], sum(lengths))
        width, height = scene.size
        factor = renderer.pipeline.vae_scale_factor
        masks = np.stack([region.mask for region in scene.regions])
        regions = Regions(
            torch.from_numpy(masks).float(),
            lengths,
            whole=prompt.shape[1],
            latent=(height // factor, width // factor),
            boost=scene.boost,
        )
    return Encoded(embeddings=whole, regions=regions)


def draw(
    renderer: Renderer, scene: Scene, encoded: Encoded, *, seed: int, on_step: OnStep
) -> NDArray[np.uint8]:
    """One picture, RGB uint8 (height, width, 3). What `on_step` raises ends it at once."""
    pipeline, regions = renderer.pipeline, encoded.regions
    looks = _decoded_steps(scene.steps) if renderer.preview.small else frozenset()

    def after_step(_: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
        done = step + 1
        if regions is not None:
            regions.at(1 - done / scene.steps)
        # The multistep solver keeps what the denoiser foresees of the finished latents.
        foreseen = pipeline.scheduler.model_outputs[-1]
        if done in looks:
            on_step(done, decoded(pipeline.vae, foreseen))
        else:
            on_step(done, renderer.preview(foreseen) if done < scene.steps else None)
        return values

    if regions is not None:
        regions.at(1.0)
    steered = nullcontext() if regions is None else acting(renderer.denoisers, regions)
    with steered, _hooks_freed(pipeline):
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
def _hooks_freed(pipeline: Any) -> Iterator[None]:
    """The pipelines give offloaded models back only when they come to their end."""
    try:
        yield
    except BaseException:
        pipeline.maybe_free_model_hooks()
        raise


def _decoded_steps(steps: int) -> frozenset[int]:
    """Steps after which a small VAE is asked: the first of each part of the way but the last."""
    return frozenset(
        done
        for part in range(1, DECODED_PREVIEWS + 1)
        if 1 < (done := round(steps * part / (DECODED_PREVIEWS + 1))) < steps
    )


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


def _encoded(
    renderer: Renderer, prompt: str, negative: str, guided: bool
) -> dict[str, torch.Tensor]:
    """The pipeline's own encoding of a prompt, under the names of its arguments."""
    pipeline = renderer.pipeline
    found = pipeline.encode_prompt(
        prompt,
        device=pipeline._execution_device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=guided,
        negative_prompt=negative or None,
    )
    names = ("prompt_embeds", "negative_prompt_embeds")
    names += ("pooled_prompt_embeds", "negative_pooled_prompt_embeds") if renderer.xl else ()
    return {name: value for name, value in zip(names, found, strict=True) if value is not None}


def _phrases(renderer: Renderer, texts: list[str]) -> list[torch.Tensor]:
    """The text states of each phrase, without the start mark and the padding."""
    pipeline = renderer.pipeline
    found = pipeline.encode_prompt(
        texts,
        device=pipeline._execution_device,
        num_images_per_prompt=1,
        do_classifier_free_guidance=False,
    )[0]
    tokenizer = pipeline.tokenizer
    ids = tokenizer(texts, truncation=True, max_length=tokenizer.model_max_length)["input_ids"]
    return [states[1 : len(row)] for states, row in zip(found, ids, strict=True)]


def token_count(renderer: Renderer, text: str) -> tuple[int, int]:
    """Tokens of a text, marks included, and how many the text encoder reads."""
    tokenizer = renderer.pipeline.tokenizer
    return len(tokenizer(text)["input_ids"]), int(tokenizer.model_max_length)
